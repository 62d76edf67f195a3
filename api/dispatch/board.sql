-- name: communes
-- Where are we? Every commune, by name.
SELECT insee, name, postcode, population, lat, lon FROM commune ORDER BY name;
