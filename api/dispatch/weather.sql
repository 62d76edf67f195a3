-- name: communes
SELECT insee FROM commune;

-- name: save
INSERT INTO rain_day (insee, day, rain_mm, source)
SELECT n.insee, n.day, n.rain_mm, %(source)s
FROM unnest(%(insees)s::text[], %(days)s::date[], %(rain)s::real[]) AS n (insee, day, rain_mm)
ON CONFLICT (day, insee) DO UPDATE SET rain_mm = excluded.rain_mm, source = excluded.source;

-- name: rain
-- Of the territory as a whole, and of each commune that has its own.
SELECT insee, day, rain_mm FROM rain_day WHERE day > %(now)s::timestamptz::date - 400;
