-- Vue d'ensemble: what a council asks first.

-- name: columns_now
SELECT count(*) AS "Colonnes en service", count(*) FILTER (WHERE due) AS "À vider",
       count(*) FILTER (WHERE urgent) AS "Urgentes"
FROM boards.container_now
WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[];

-- name: level_now
SELECT avg(fill_percent) AS "Niveau moyen"
FROM boards.container_now
WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[];

-- name: overflows
SELECT sum(overflows) AS "Subis", sum(avoided) AS "Évités"
FROM boards.area_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
  AND stream = ANY (ARRAY[${flux:sqlstring}]::text[]);

-- name: kilometres
SELECT sum(distance_m) FILTER (WHERE $__timeFilter(time)) / 1000.0 AS "Période",
       sum(distance_m) FILTER (WHERE NOT ($__timeFilter(time))) / 1000.0 AS "Un an avant"
FROM boards.round_day
WHERE streams && ARRAY[${flux:sqlstring}]::text[]
  AND ($__timeFilter(time) OR $__timeFilter(time + INTERVAL '1 year'));

-- name: tonnes
SELECT sum(unloaded_kg) FILTER (WHERE $__timeFilter(time)) / 1000.0 AS "Période",
       sum(unloaded_kg) FILTER (WHERE NOT ($__timeFilter(time))) / 1000.0 AS "Un an avant"
FROM boards.round_day
WHERE streams && ARRAY[${flux:sqlstring}]::text[]
  AND ($__timeFilter(time) OR $__timeFilter(time + INTERVAL '1 year'));

-- name: level_by_day
SELECT $__timeGroupAlias(time, $__interval), stream_label AS metric,
       sum(percent_sum) / nullif(sum(heard), 0) AS value
FROM boards.area_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
  AND stream <> '*' AND ARRAY['*', stream] && ARRAY[${flux:sqlstring}]::text[]
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: overflows_by_day
SELECT $__timeGroupAlias(time, $__interval), sum(overflows) AS "Subis", sum(avoided) AS "Évités"
FROM boards.area_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
  AND stream = ANY (ARRAY[${flux:sqlstring}]::text[])
GROUP BY 1
ORDER BY 1;

-- name: communes
SELECT commune AS "Commune", count(*) FILTER (WHERE due AND NOT urgent) AS "À vider",
       count(*) FILTER (WHERE urgent) AS "Urgentes"
FROM boards.container_now
WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[] AND due
GROUP BY commune
ORDER BY count(*) DESC, commune
LIMIT 12;

-- name: alerts
SELECT CASE kind WHEN 'plan' THEN 'À planifier' WHEN 'urgent' THEN 'Urgente' WHEN 'silent' THEN 'Sonde muette'
                 WHEN 'implausible' THEN 'Mesures non crédibles' WHEN 'low_battery' THEN 'Pile faible'
                 WHEN 'fire' THEN 'Feu' WHEN 'tilt' THEN 'Colonne penchée' WHEN 'overflow' THEN 'Débordement attendu'
                 WHEN 'unexplained_emptying' THEN 'Vidage inexpliqué' ELSE kind END AS "Alerte",
       count(*) AS "Ouvertes", count(*) FILTER (WHERE NOT acknowledged) AS "Sans réponse"
FROM boards.alert_now
WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[]
GROUP BY 1
ORDER BY 2 DESC, 1;
