-- Tournées: what was planned, what was done, what it brought and what it cost.

-- name: done
SELECT sum(rounds) AS "Tournées publiées", sum(rounds_done) AS "Terminées", sum(stops) AS "Arrêts prévus",
       sum(stops_done) AS "Faits", sum(stops_not_done) AS "Non faits"
FROM boards.round_day
WHERE $__timeFilter(time) AND streams && ARRAY[${flux:sqlstring}]::text[];

-- name: per_tonne
-- Over the days whose unloadings were weighed: a day without a weight says nothing of a tonne.
SELECT sum(cost_eur) / nullif(sum(unloaded_kg) / 1000.0, 0) AS "Coût par tonne"
FROM boards.round_day
WHERE $__timeFilter(time) AND streams && ARRAY[${flux:sqlstring}]::text[]
  AND unloaded_kg IS NOT NULL AND cost_eur IS NOT NULL;

-- name: co2
SELECT sum(co2_kg) AS "CO₂e", sum(co2_kg) FILTER (WHERE unloaded_kg IS NOT NULL)
           / nullif(sum(unloaded_kg) FILTER (WHERE co2_kg IS NOT NULL) / 1000.0, 0) AS "Par tonne"
FROM boards.round_day
WHERE $__timeFilter(time) AND streams && ARRAY[${flux:sqlstring}]::text[];

-- name: emptied_level
SELECT sum(emptied_sum) / nullif(sum(emptied_known), 0) AS "Niveau moyen au vidage"
FROM boards.area_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
  AND stream = ANY (ARRAY[${flux:sqlstring}]::text[]);

-- name: stops_by_day
SELECT $__timeGroupAlias(time, $__interval), sum(stops_done) AS "Faits", sum(stops_not_done) AS "Non faits",
       sum(stops - stops_done - stops_not_done) AS "Sans réponse"
FROM boards.round_day
WHERE $__timeFilter(time) AND streams && ARRAY[${flux:sqlstring}]::text[]
GROUP BY 1
ORDER BY 1;

-- name: emptied_classes
SELECT v.label AS "Niveau trouvé", v.emptyings AS "Vidages"
FROM (SELECT sum(emptied_below_25) AS a, sum(emptied_below_50) AS b, sum(emptied_below_75) AS c,
             sum(emptied_below_90) AS d, sum(emptied_below_100) AS e, sum(emptied_at_100) AS f
      FROM boards.area_day
      WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
        AND stream = ANY (ARRAY[${flux:sqlstring}]::text[])) s
CROSS JOIN LATERAL (VALUES (1, 'moins de 25 %', s.a), (2, '25 à 50 %', s.b), (3, '50 à 75 %', s.c),
                           (4, '75 à 90 %', s.d), (5, '90 à 100 %', s.e), (6, 'pleine', s.f)) AS v (position, label, emptyings)
WHERE v.emptyings IS NOT NULL
ORDER BY v.position;

-- name: tonnes_by_day
SELECT $__timeGroupAlias(time, $__interval), stream_label AS metric, sum(unloaded_kg) / 1000.0 AS value
FROM boards.round_day
WHERE $__timeFilter(time) AND streams && ARRAY[${flux:sqlstring}]::text[] AND unloaded_kg IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: by_stream
SELECT stream_label AS "Flux", sum(rounds) AS "Tournées", sum(distance_m) / 1000.0 AS "Kilomètres",
       sum(duration_s) / 3600.0 AS "Heures", sum(unloaded_kg) / 1000.0 AS "Tonnes", sum(cost_eur) AS "Coût",
       sum(cost_eur) FILTER (WHERE unloaded_kg IS NOT NULL)
           / nullif(sum(unloaded_kg) FILTER (WHERE cost_eur IS NOT NULL) / 1000.0, 0) AS "Coût par tonne",
       sum(co2_kg) AS "CO₂e"
FROM boards.round_day
WHERE $__timeFilter(time) AND streams && ARRAY[${flux:sqlstring}]::text[]
GROUP BY stream_label
ORDER BY stream_label;
