-- Déchetteries: who was let in, when it is busy, why people were refused. Nobody is recognised here.

-- name: passages
SELECT sum(passages) FILTER (WHERE opened) AS "Passages", sum(passages) FILTER (WHERE NOT opened) AS "Refus",
       sum(passages) FILTER (WHERE offline) AS "Décidés hors ligne"
FROM boards.passage_hour
WHERE $__timeFilter(time) AND ARRAY['*', site] && ARRAY[${site:sqlstring}]::text[];

-- name: by_day
SELECT $__timeGroupAlias(time, $__interval), site AS metric, sum(passages) AS value
FROM boards.passage_hour
WHERE $__timeFilter(time) AND ARRAY['*', site] && ARRAY[${site:sqlstring}]::text[] AND opened
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: refusals
SELECT refused_by AS "Règle", sum(passages) AS "Refus"
FROM boards.passage_hour
WHERE $__timeFilter(time) AND ARRAY['*', site] && ARRAY[${site:sqlstring}]::text[] AND NOT opened
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 12;

-- name: hours
SELECT h || ' h' AS "Heure", coalesce(sum(p.passages), 0)::double precision / greatest(1, count(DISTINCT p.day)) AS "Passages par jour ouvert"
FROM generate_series(7, 20) AS h
LEFT JOIN (
    SELECT extract(hour FROM time AT TIME ZONE 'Europe/Paris')::integer AS hour,
           (time AT TIME ZONE 'Europe/Paris')::date AS day, sum(passages) AS passages
    FROM boards.passage_hour
    WHERE $__timeFilter(time) AND ARRAY['*', site] && ARRAY[${site:sqlstring}]::text[] AND opened
    GROUP BY 1, 2
) p ON p.hour = h
GROUP BY h
ORDER BY h;

-- name: weekdays
SELECT (ARRAY['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche'])[w] AS "Jour",
       coalesce(sum(p.passages), 0) AS "Passages"
FROM generate_series(1, 7) AS w
LEFT JOIN (
    SELECT extract(isodow FROM time AT TIME ZONE 'Europe/Paris')::integer AS weekday, sum(passages) AS passages
    FROM boards.passage_hour
    WHERE $__timeFilter(time) AND ARRAY['*', site] && ARRAY[${site:sqlstring}]::text[] AND opened
    GROUP BY 1
) p ON p.weekday = w
GROUP BY w
ORDER BY w;

-- name: categories
SELECT CASE category WHEN 'resident' THEN 'Particuliers' WHEN 'professional' THEN 'Professionnels'
            WHEN 'inconnu' THEN 'Inconnus' ELSE category END AS "Catégorie", sum(passages) FILTER (WHERE opened) AS "Passages",
       sum(passages) FILTER (WHERE NOT opened) AS "Refus"
FROM boards.passage_hour
WHERE $__timeFilter(time) AND ARRAY['*', site] && ARRAY[${site:sqlstring}]::text[]
GROUP BY 1
ORDER BY 2 DESC NULLS LAST, 1;

-- name: terminals
SELECT site AS "Déchetterie", name AS "Borne", seen_at AS "Vue", clock_error_ms / 1000.0 AS "Écart d'horloge"
FROM boards.terminal
WHERE ARRAY['*', site] && ARRAY[${site:sqlstring}]::text[]
ORDER BY 1, 2;
