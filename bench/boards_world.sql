-- A territory made in the database: columns that fill in saw teeth, their probes, rounds, gates, accounts. Everything
-- follows from identifiers and a seed. :today is the last day.

-- name: places
WITH streams AS (
    INSERT INTO stream VALUES ('verre', 'Verre', '#1b7a3d', 330), ('papier', 'Papier', '#1d4ed8', 220),
                              ('emballages', 'Emballages', '#a16207', 30), ('omr', 'Ordures ménagères', '#555555', 150)
    RETURNING code
), territories AS (
    INSERT INTO territory VALUES ('nord', 'Territoire du nord'), ('sud', 'Territoire d''en bas') RETURNING code
), communes AS (
    INSERT INTO commune (insee, name, postcode, population, lat, lon, territory)
    SELECT (62000 + n)::text, CASE WHEN n = 1 THEN 'L''Étoile' ELSE 'Commune ' || n END, '62000', 300,
           50.3 + (n %% 30) * 0.02, 1.8 + n * 0.7 / %(communes)s, CASE WHEN n %% 2 = 0 THEN 'nord' ELSE 'sud' END
    FROM generate_series(1, %(communes)s) AS n, (SELECT count(*) FROM territories) AS first RETURNING insee
), points AS (
    INSERT INTO point (code, name, insee, lat, lon)
    SELECT 'PAV-' || n, 'Point ' || n, (62001 + n %% %(communes)s)::text,
           50.3 + ((1 + n %% %(communes)s) %% 30) * 0.02 + (n %% 7) * 0.002,
           1.8 + (1 + n %% %(communes)s) * 0.7 / %(communes)s + (n %% 5) * 0.002
    FROM generate_series(1, greatest(1, %(containers)s / 4)) AS n, (SELECT count(*) FROM communes) AS first
    RETURNING id, code
)
SELECT count(*) FROM points, streams;

-- name: columns
INSERT INTO container (code, point_id, stream, volume_l, empty_distance_mm, full_distance_mm)
SELECT 'C' || lpad(n::text, 5, '0'), (SELECT id FROM point WHERE code = 'PAV-' || 1 + n %% greatest(1, %(containers)s / 4)),
       (ARRAY['verre', 'papier', 'emballages', 'omr'])[1 + n %% 4], 4000, 2000, 200
FROM generate_series(1, %(containers)s) AS n;

-- name: probes
WITH made AS (
    INSERT INTO device (serial, network, dev_eui)
    SELECT 'P-' || code, CASE WHEN id %% 3 = 0 THEN 'chirpstack' ELSE 'native' END,
           CASE WHEN id %% 3 = 0 THEN upper(lpad(to_hex(id), 16, '0')) END
    FROM container RETURNING id, serial
)
INSERT INTO mounting (device_id, container_id, during)
SELECT m.id, c.id, tstzrange('2015-01-01Z', NULL) FROM made m JOIN container c ON 'P-' || c.code = m.serial;

-- name: days
-- level = phase + rate × day, folded at the level at which this column is usually emptied: 70 to 109, full above 100.
INSERT INTO rollup_day (container_id, day, readings, emptyings, first_percent, last_percent, min_percent, max_percent,
                        mean_percent)
SELECT c.id, d::date, 6, (floor(x / top) > floor((x - rate) / top))::integer, least(100, y - rate), least(100, y),
       greatest(0, least(100, y - rate)), least(100, y), least(100, greatest(0, y - rate / 2))
FROM (SELECT id, 2 + (id * 7919 + %(seed)s) %% 70 / 10.0 AS rate, 70 + (id * 104729 + %(seed)s) %% 40 AS top,
             (id * 31) %% 70 AS phase FROM container) c
CROSS JOIN generate_series(%(today)s::date - %(days)s + 1, %(today)s::date, INTERVAL '1 day') AS d
CROSS JOIN LATERAL (SELECT phase + rate * (d::date - DATE '2020-01-01') AS x) v
CROSS JOIN LATERAL (SELECT x - floor(x / top) * top AS y) w
WHERE (c.id + (d::date - DATE '2020-01-01')) %% 83 <> 0;

-- name: emptyings
INSERT INTO emptying (event_id, container_id, emptied_at, source, before_percent, after_percent, not_before)
SELECT gen_random_uuid(), r.container_id, (r.day + TIME '10:00') AT TIME ZONE 'Europe/Paris', 'level',
       least(100, 70 + (r.container_id * 104729 + %(seed)s) %% 40 - r.number %% 3), 3,
       (r.day + TIME '08:00') AT TIME ZONE 'Europe/Paris'
FROM (SELECT container_id, day, day - DATE '2020-01-01' AS number FROM rollup_day WHERE emptyings > 0) AS r
    (container_id, day, number);

-- name: states
INSERT INTO container_state (container_id, device_id, measured_at, fill_percent, rate_percent_per_day, full_at,
                             battery_percent, quality, memory)
SELECT c.id, h.device_id, glaneur_now() - CASE WHEN c.id %% 29 = 0 THEN INTERVAL '3 days' ELSE INTERVAL '1 hour' END,
       r.last_percent, 4, glaneur_now() + (100 - r.last_percent) / 4 * INTERVAL '1 day', c.id * 7 %% 101,
       CASE WHEN c.id %% 29 = 0 THEN 'silent' WHEN c.id %% 41 = 0 THEN 'noisy' ELSE 'ok' END, '{}'
FROM container c
JOIN mounting h ON h.container_id = c.id
JOIN LATERAL (SELECT last_percent FROM rollup_day WHERE container_id = c.id ORDER BY day DESC LIMIT 1) r ON true;

-- name: forecasts
INSERT INTO container_forecast (container_id, made_at, level_at, estimated, ends, mean, sd, q10, q50, q90, p_overflow)
SELECT container_id, glaneur_now(), measured_at, false, array_agg(ends ORDER BY n), array_agg(level::real ORDER BY n),
       array_agg(5::real), array_agg((level - 8)::real ORDER BY n), array_agg(level::real ORDER BY n),
       array_agg((level + 8)::real ORDER BY n), array_agg(least(1, greatest(0, (level - 80) / 40))::real ORDER BY n)
FROM container_state
CROSS JOIN LATERAL (SELECT n, (%(today)s::date + n + 1)::timestamp AT TIME ZONE 'Europe/Paris' AS ends,
                           fill_percent + 4 * n AS level FROM generate_series(0, 13) AS n) f
GROUP BY container_id, measured_at;

-- name: alerts
INSERT INTO alert (container_id, kind, opened_at, sentence, acknowledged_at)
SELECT container_id, CASE WHEN quality = 'silent' THEN 'silent' WHEN fill_percent >= 90 THEN 'urgent' ELSE 'plan' END,
       glaneur_now() - INTERVAL '5 hours', 'Essai.', CASE WHEN container_id %% 2 = 0 THEN glaneur_now() END
FROM container_state WHERE quality = 'silent' OR fill_percent >= 70;

-- name: radio
INSERT INTO board_probe_day
SELECT d::date, v.id, 6, (v.id %% 41 = 0)::integer, -70 - v.id %% 45, 8 - v.id %% 12, v.id * 7 %% 101
FROM device v CROSS JOIN generate_series(%(today)s::date - least(39, %(days)s), %(today)s::date, INTERVAL '1 day') AS d;

-- name: trucks
WITH depot AS (INSERT INTO depot (code, name, lat, lon) VALUES ('D', 'Dépôt', 50.5, 2.1) RETURNING id)
INSERT INTO vehicle (code, name, depot_id, streams, capacity_l, capacity_kg)
SELECT 'T' || n, 'Camion ' || n, depot.id, '{verre,papier,emballages,omr}', 30000, 9000
FROM depot, generate_series(1, %(trucks)s) AS n;

-- name: plannings
INSERT INTO planning (day, stream, vehicle_ids, budget_s, status)
SELECT d::date, (ARRAY['verre', 'papier', 'emballages', 'omr'])[1 + (d::date - DATE '2020-01-01') %% 4], '{}', 1, 'done'
FROM generate_series(%(today)s::date - %(days)s + 1, %(today)s::date, INTERVAL '1 day') AS d
WHERE extract(isodow FROM d) < 7;

-- name: rounds
INSERT INTO round (planning_id, day, stream, vehicle_id, status, distance_m, duration_s, published_at)
SELECT p.id, p.day, p.stream, v.id, CASE WHEN p.day < %(today)s THEN 'done' ELSE 'published' END,
       60000 + (p.id * 7919 + v.id) %% 50000, 18000 + (p.id * 31 + v.id) %% 7000, p.day::timestamptz
FROM planning p CROSS JOIN vehicle v;

-- name: stops
INSERT INTO stop (round_id, position, kind, point_id, arrival_at, departure_at, load_l, load_kg)
SELECT r.id, n, CASE WHEN n = 20 THEN 'unload' ELSE 'collect' END, NULL, r.day + TIME '08:00' + n * INTERVAL '10 minutes',
       r.day + TIME '08:05' + n * INTERVAL '10 minutes', 1000, 200
FROM round r CROSS JOIN generate_series(1, 20) AS n;

-- name: said
INSERT INTO stop_event (event_id, stop_id, kind, weight_kg, happened_at)
SELECT gen_random_uuid(), s.id, CASE WHEN s.id %% 19 = 0 AND s.kind = 'collect' THEN 'not_done' ELSE 'done' END,
       CASE WHEN s.kind = 'unload' THEN 3000 + s.id %% 4000 END, s.departure_at
FROM stop s JOIN round r ON r.id = s.round_id WHERE r.status = 'done';

-- name: rates
INSERT INTO collection_rate VALUES ('verre', '2020-01-01', 1.45, 38.5, 1100, 'essai'), ('papier', '2020-01-01', 1.45, 38.5, 1100, 'essai'),
    ('omr', '2020-01-01', 1.6, 60, 1250, 'essai');

-- name: gates
WITH terminals AS (
    INSERT INTO gate.terminal (name, site, key_hash, seen_at, clock_error_ms)
    SELECT 'borne-' || n, (ARRAY['Fruges', 'L''Écuire', 'Desvres'])[n], sha256(n::text::bytea), glaneur_now(), n * 100
    FROM generate_series(1, 3) AS n RETURNING id, site
)
INSERT INTO gate.passage (id, terminal_id, site, at, received_at, category, vehicle, trailer, units, opened, rule,
                          refused_by, offline, answer)
SELECT gen_random_uuid(), t.id, t.site, at, at, CASE WHEN n %% 6 = 0 THEN 'professional' ELSE 'resident' END, 'car', 'none', 1,
       n %% 23 <> 0, 'open', CASE WHEN n %% 23 = 0 THEN 'passages' END, n %% 31 = 0, '{}'
FROM terminals t CROSS JOIN generate_series(1, %(days)s::integer * %(passages)s / 3) AS n
CROSS JOIN LATERAL (SELECT %(today)s::date - n / greatest(1, %(passages)s / 3) + TIME '09:00'
                           + (n * 7919 %% 540) * INTERVAL '1 minute' AS at) w;

-- name: households
INSERT INTO people.occupant (reference, name, address)
SELECT 'O-' || n, 'Madame Secrète ' || n, '1 rue Cachée' FROM generate_series(1, %(accounts)s) AS n;

-- name: dwellings
INSERT INTO finance.dwelling (reference, commune) SELECT 'L-' || n, (62001 + n %% %(communes)s)::text
FROM generate_series(1, %(accounts)s) AS n;

-- name: accounts
INSERT INTO finance.account (reference, dwelling_id, occupant_id, during)
SELECT 'K-' || d.id, d.id, o.id, daterange('2020-01-01', NULL)
FROM finance.dwelling d JOIN people.occupant o ON o.reference = 'O-' || substr(d.reference, 3);

-- name: usage
INSERT INTO finance.usage_event (id, at, kind, account_ref)
SELECT a.id || '-' || n, %(today)s::timestamptz - n * INTERVAL '14 days', 'levee', a.reference
FROM finance.account a CROSS JOIN generate_series(0, least(78, %(days)s / 14)) AS n WHERE (a.id + n) %% 5 > 0;

-- name: budget
INSERT INTO finance.budget SELECT y, 230 * %(accounts)s, 'essai'
FROM generate_series(extract(year FROM %(today)s::date)::integer - 2, extract(year FROM %(today)s::date)::integer) AS y;

-- name: bills
WITH run AS (
    INSERT INTO finance.run (label, during, grids_digest, created_by)
    SELECT 'Année ' || y, daterange(make_date(y, 1, 1), make_date(y + 1, 1, 1)), 'x', 'a'
    FROM generate_series(extract(year FROM %(today)s::date)::integer - 2, extract(year FROM %(today)s::date)::integer) AS y
    RETURNING id
)
INSERT INTO finance.bill (run_id, account_id, total, document)
SELECT run.id, a.id, 180 + a.id %% 70, '{"nom": "Madame Secrète"}' FROM run CROSS JOIN finance.account a;

-- name: control
UPDATE finance.run SET status = 'controlled', controlled_by = 'b';

-- name: approve
UPDATE finance.run SET status = 'approved', approved_by = 'c';

-- name: issue
UPDATE finance.run SET status = 'issued', issued_at = now() WHERE upper(during) <= %(today)s;

-- name: samples
INSERT INTO board_platform
SELECT at, extract(epoch FROM at)::bigint, 200 + (extract(epoch FROM at)::bigint / 300) %% 900, 3, 2, 10, 1, 0, 40, 12, 2e9::bigint + extract(epoch FROM at)::bigint
FROM generate_series(glaneur_now() - least(400, %(days)s) * INTERVAL '1 day', glaneur_now(), INTERVAL '5 minutes') AS at;

-- name: refusals
INSERT INTO quarantine (first_at, last_at, topic, payload, payload_id, reason, detail)
SELECT glaneur_now() - INTERVAL '2 hours', glaneur_now(), 'x', '', gen_random_uuid(), 'unknown_device', '' FROM generate_series(1, 3);

-- name: badges
WITH holder AS (
    INSERT INTO people.holder (reference, category, name) VALUES ('H-1', 'resident', 'Madame Secrète') RETURNING id)
INSERT INTO people.badge (holder_id, number_hash) SELECT id, sha256('badge-secret') FROM holder;
