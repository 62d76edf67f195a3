-- Remplissage: which columns, where, and what is coming.

-- name: map
SELECT lat, lon, code AS "Colonne", point_name AS "Point", stream_label AS "Flux", fill_percent AS "Niveau"
FROM boards.container_now
WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[]
ORDER BY fill_percent DESC NULLS LAST
LIMIT 2000;

-- name: levels
SELECT CASE b WHEN 9 THEN '90 à 100 %' WHEN 10 THEN '100 %' ELSE b * 10 || ' à ' || (b + 1) * 10 || ' %' END AS "Niveau",
       coalesce(c.containers, 0) AS "Colonnes"
FROM generate_series(0, 10) AS b
LEFT JOIN (
    SELECT floor(fill_percent / 10)::integer AS tenth, count(*) AS containers
    FROM boards.container_now
    WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[]
    GROUP BY 1
) c ON c.tenth = b
ORDER BY b;

-- name: heat_map
-- The forty fullest columns, their highest level of each day.
WITH fullest AS (
    SELECT id, code FROM boards.container_now
    WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[]
    ORDER BY fill_percent DESC NULLS LAST, code
    LIMIT 40
)
SELECT $__timeGroupAlias(d.time, $__interval), f.code AS metric, max(d.max_percent) AS value
FROM fullest f
JOIN boards.container_day d ON d.container_id = f.id
WHERE $__timeFilter(d.time)
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: forecast
SELECT to_char(day, 'DD/MM') AS "Jour", count(*) FILTER (WHERE mean >= plan_percent) AS "Au seuil de vidage",
       count(*) FILTER (WHERE q90 >= 100) AS "Pleines au pire", count(*) FILTER (WHERE mean >= 100) AS "Pleines"
FROM boards.forecast
WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[]
GROUP BY day
ORDER BY day;

-- name: next_full
SELECT code AS "Colonne", commune AS "Commune", stream_label AS "Flux", fill_percent AS "Niveau",
       full_at AS "Pleine le", CASE WHEN estimated THEN 'oui' ELSE '' END AS "Estimé"
FROM boards.container_now
WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[]
  AND fill_percent IS NOT NULL
ORDER BY full_at NULLS LAST, fill_percent DESC, code
LIMIT 30;

-- name: level_by_day
SELECT $__timeGroupAlias(time, $__interval), sum(percent_sum) / nullif(sum(heard), 0) AS "Niveau moyen",
       100.0 * sum(urgent) / nullif(sum(heard), 0) AS "Part des colonnes urgentes"
FROM boards.area_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
  AND stream = ANY (ARRAY[${flux:sqlstring}]::text[])
GROUP BY 1
ORDER BY 1;
