-- What boards (Grafana, /tableaux/apercu) may see: equipment, and sums of what people did. Never a person, a badge, an
-- account. Areas: '*' is everywhere, '@' and a code a territory, else a commune's INSEE code; streams: '*' is all.
DROP SCHEMA IF EXISTS boards CASCADE;
CREATE SCHEMA boards;

CREATE VIEW boards.territory AS
SELECT '*' AS area, 'Tous les territoires' AS name, 0 AS position
UNION ALL SELECT '@' || code, name, 1 FROM territory;

CREATE VIEW boards.commune AS
SELECT m.insee, m.name, ARRAY['*', '@' || m.territory, m.insee] AS areas
FROM commune m
WHERE EXISTS (SELECT FROM point p WHERE p.insee = m.insee);

CREATE VIEW boards.stream AS
SELECT code, label, colour FROM stream;

-- Three in the morning is inside the day in Paris and in UTC, in which Grafana groups, and early enough to show today.
CREATE VIEW boards.area_day AS
SELECT (a.day + TIME '03:00') AT TIME ZONE 'Europe/Paris' AS time, s.label AS stream_label, a.*
FROM board_area_day a
LEFT JOIN stream s ON s.code = a.stream;

CREATE VIEW boards.container_now AS
SELECT n.id, n.code, n.stream, n.stream_label, n.commune, n.point_name, n.lat, n.lon, n.volume_l, n.fill_percent,
       n.due, n.urgent, n.full_at, n.measured_at, n.quality, n.estimated, n.battery_percent, n.last_emptied_at,
       ARRAY['*', '@' || m.territory, n.insee] AS areas, ARRAY['*', n.stream] AS streams
FROM answers.container_now n
JOIN commune m ON m.insee = n.insee;

CREATE VIEW boards.container_day AS
SELECT container_id, (day + TIME '03:00') AT TIME ZONE 'Europe/Paris' AS time, day, mean_percent, max_percent,
       last_percent, emptyings
FROM rollup_day;

-- What is expected of each column, by day, as if nobody emptied it.
CREATE VIEW boards.forecast AS
SELECT (f.day + TIME '03:00') AT TIME ZONE 'Europe/Paris' AS time, f.day, f.mean, f.q90, f.p_overflow,
       c.plan_percent, c.volume_l * d.density_kg_m3 / 1000 * least(f.mean, 100) / 100 AS waste_kg,
       ARRAY['*', '@' || m.territory, p.insee] AS areas, ARRAY['*', c.stream] AS streams
FROM answers.container_forecast f
JOIN container c ON c.id = f.container_id
JOIN stream d ON d.code = c.stream
JOIN point p ON p.id = c.point_id
JOIN commune m ON m.insee = p.insee;

-- Probes that hang somewhere. "late" is three reports without a word, as everywhere (answers.device_now).
CREATE VIEW boards.probe AS
SELECT d.id, d.serial, d.network, d.codec, c.code AS container, m.name AS commune, t.measured_at, t.quality,
       t.battery_percent,
       CASE WHEN t.measured_at IS NULL THEN 'never'
            WHEN t.measured_at < glaneur_now() - 3 * d.report_interval_s * INTERVAL '1 second' THEN 'late'
            ELSE 'heard' END AS presence,
       ARRAY['*', '@' || m.territory, p.insee] AS areas, ARRAY['*', c.stream] AS streams
FROM mounting h
JOIN device d ON d.id = h.device_id
JOIN container c ON c.id = h.container_id
JOIN point p ON p.id = c.point_id
JOIN commune m ON m.insee = p.insee
LEFT JOIN container_state t ON t.container_id = c.id
WHERE h.during @> glaneur_now();

CREATE VIEW boards.probe_day AS
SELECT b.device_id, (b.day + TIME '03:00') AT TIME ZONE 'Europe/Paris' AS time, b.readings, b.doubtful,
       b.rssi_dbm, b.snr_db, b.battery_percent
FROM board_probe_day b;

CREATE VIEW boards.alert_now AS
SELECT a.kind, a.opened_at, a.acknowledged_at IS NOT NULL AS acknowledged,
       ARRAY['*', '@' || m.territory, p.insee] AS areas, ARRAY['*', c.stream] AS streams
FROM alert a
JOIN container c ON c.id = a.container_id
JOIN point p ON p.id = c.point_id
JOIN commune m ON m.insee = p.insee
WHERE a.closed_at IS NULL;

-- Cost and CO2 are those of the rate in force that day; without a rate they are not known, and not zero.
CREATE VIEW boards.round_day AS
SELECT (r.day + TIME '03:00') AT TIME ZONE 'Europe/Paris' AS time, s.label AS stream_label, ARRAY['*', r.stream] AS streams,
       r.*, r.distance_m / 1000.0 * k.eur_per_km + r.duration_s / 3600.0 * k.eur_per_hour AS cost_eur,
       r.distance_m / 1000.0 * k.co2_g_per_km / 1000 AS co2_kg
FROM board_round_day r
JOIN stream s ON s.code = r.stream
LEFT JOIN LATERAL (
    SELECT * FROM collection_rate k WHERE k.stream = r.stream AND k.since <= r.day ORDER BY k.since DESC LIMIT 1
) k ON true;

-- Passages by hour. Who came is not there; the category is the rule book's word (resident, professional).
CREATE VIEW boards.passage_hour AS
SELECT date_bin('1 hour', at, '2000-01-01Z') AS time, site, coalesce(category, 'inconnu') AS category, opened,
       CASE WHEN opened THEN '' ELSE coalesce(refused_by, rule) END AS refused_by, offline, count(*) AS passages
FROM gate.passage
GROUP BY 1, 2, 3, 4, 5, 6;

CREATE VIEW boards.terminal AS
SELECT name, site, seen_at, clock_error_ms FROM gate.terminal WHERE revoked_at IS NULL;

-- Distributions of fewer than eleven accounts are not shown: they could be recognised.
CREATE VIEW boards.usage_class AS
SELECT u.year, make_timestamptz(u.year, 7, 1, 12, 0, 0, 'Europe/Paris') AS time, u.area, u.kind, u.class,
       sum(u.accounts) AS accounts, sum(u.uses) AS uses
FROM finance.usage_class u
JOIN (SELECT year, area, kind FROM finance.usage_class GROUP BY 1, 2, 3 HAVING sum(accounts) >= 11) enough
    USING (year, area, kind)
GROUP BY u.year, u.area, u.kind, u.class;

-- The product of a year: bills issued, credit notes and rectifications of its exercise included; what is ready and not
-- issued yet; what the budget says.
CREATE VIEW boards.product_year AS
SELECT make_timestamptz(y.year, 7, 1, 12, 0, 0, 'Europe/Paris') AS time, y.year, b.product AS budget,
       CASE WHEN p.issued IS NULL THEN x.amount ELSE p.issued + coalesce(x.amount, 0) END AS issued, p.prepared, p.bills
FROM (SELECT year FROM finance.budget
      UNION SELECT extract(year FROM lower(during))::integer FROM finance.run WHERE status <> 'abandoned') y
LEFT JOIN finance.budget b ON b.year = y.year
LEFT JOIN LATERAL (
    SELECT sum(l.total) FILTER (WHERE r.status = 'issued') AS issued,
           sum(l.total) FILTER (WHERE r.status <> 'issued') AS prepared, count(l.total) AS bills
    FROM finance.run r JOIN finance.bill l ON l.run_id = r.id
    WHERE r.status <> 'abandoned' AND extract(year FROM lower(r.during))::integer = y.year
) p ON true
LEFT JOIN LATERAL (
    SELECT sum(amount) AS amount FROM finance.rectification WHERE status = 'issued' AND exercise = y.year
) x ON true;

CREATE VIEW boards.platform AS
SELECT at AS time, heard_age_s, quarantined, jobs_waiting, oldest_job_s, jobs_failed, messages_dead, marks_waiting,
       connections, database_bytes, inserted
FROM board_platform;

CREATE VIEW boards.quarantine AS
SELECT reason, count(*) AS messages, sum(times) AS times, min(first_at) AS first_at, max(last_at) AS last_at
FROM quarantine WHERE settled_at IS NULL GROUP BY reason;

CREATE VIEW boards.job AS
SELECT task_name AS task, status::text AS status, count(*) AS jobs
FROM jobs.procrastinate_jobs GROUP BY 1, 2;

CREATE VIEW boards.relation AS
SELECT n.nspname || '.' || c.relname AS relation, pg_total_relation_size(c.oid)
       + coalesce((SELECT sum(pg_total_relation_size(i.inhrelid)) FROM pg_inherits i WHERE i.inhparent = c.oid), 0)
           AS bytes
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname IN ('public', 'people', 'gate', 'finance', 'meals', 'jobs');
