-- What an installation says of itself for its boards.

-- name: save_rate
INSERT INTO collection_rate (stream, since, eur_per_km, eur_per_hour, co2_g_per_km, source)
VALUES (%(stream)s, %(since)s, %(eur_per_km)s, %(eur_per_hour)s, %(co2_g_per_km)s, %(source)s)
ON CONFLICT (stream, since) DO UPDATE SET eur_per_km = excluded.eur_per_km, eur_per_hour = excluded.eur_per_hour,
    co2_g_per_km = excluded.co2_g_per_km, source = excluded.source;

-- name: save_budget
INSERT INTO finance.budget (year, product, source) VALUES (%(year)s, %(product)s, %(source)s)
ON CONFLICT (year) DO UPDATE SET product = excluded.product, source = excluded.source;

-- name: save_territory
INSERT INTO territory (code, name) VALUES (%(code)s, %(name)s) ON CONFLICT (code) DO UPDATE SET name = excluded.name;

-- name: give_communes
UPDATE commune SET territory = %(code)s WHERE insee = ANY (%(communes)s);

-- name: mark_everything
-- Every day's sums by area are to be made again.
INSERT INTO board_mark SELECT DISTINCT day FROM rollup_day;
