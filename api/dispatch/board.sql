-- name: communes
-- Where are we? Every commune, by name.
SELECT insee, name, postcode, population, lat, lon FROM commune ORDER BY name;

-- name: communes_equipped
-- Which communes have a drop-off point?
SELECT m.insee, m.name FROM commune m WHERE EXISTS (SELECT FROM point p WHERE p.insee = m.insee) ORDER BY m.name;

-- name: streams
-- What is collected?
SELECT code, label, colour FROM stream ORDER BY label;

-- name: points
-- Where do containers stand? Every point that has some in service, with their codes.
SELECT p.id, p.code, p.name, p.lat, p.lon, p.access_note, p.insee, m.name AS commune,
       array_agg(c.code ORDER BY c.code) AS containers
FROM point p
JOIN commune m ON m.insee = p.insee
JOIN container c ON c.point_id = p.id AND c.in_service @> glaneur_now()
GROUP BY p.id, m.name
ORDER BY p.code;

-- name: figures
-- How does the territory stand, for these filters?
SELECT count(*) AS containers,
       count(*) FILTER (WHERE n.due) AS due,
       count(*) FILTER (WHERE n.urgent) AS urgent,
       count(*) FILTER (WHERE n.full_at < glaneur_now() + interval '24 hours') AS overflowing,
       count(*) FILTER (WHERE n.serial IS NOT NULL AND n.quality = 'silent') AS silent,
       count(*) FILTER (WHERE n.serial IS NOT NULL AND n.quality NOT IN ('ok', 'silent')) AS doubtful
FROM answers.container_now n
WHERE (%(stream)s::text IS NULL OR n.stream = %(stream)s)
  AND (%(insee)s::text IS NULL OR n.insee = %(insee)s);
