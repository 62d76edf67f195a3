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
WHERE EXISTS (SELECT FROM point p WHERE p.insee = m.insee) OR EXISTS (SELECT FROM board_meal_day d WHERE d.area = m.insee);

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
SELECT hour AS time, day, local_hour, site, category, refused_by = '' AS opened, refused_by, passages, offline
FROM board_passage_hour;

-- Skips with the newest word on each, someone's eyes or the probe that is mounted, and whether one asked for a truck.
CREATE VIEW boards.skip_now AS
SELECT k.site, k.code, k.label, k.volume_l,
       CASE WHEN n.measured_at > coalesce(l.at, '-infinity') THEN n.fill_percent ELSE l.percent END::double precision
           AS fill_percent,
       greatest(n.measured_at, l.at) AS measured_at, g.status AS haulage, g.asked_at, g.day AS haulage_day
FROM gate.skip k
LEFT JOIN LATERAL (SELECT at, percent FROM gate.skip_level WHERE skip_id = k.id ORDER BY at DESC LIMIT 1) l ON true
LEFT JOIN answers.container_now n ON n.id = k.container_id
LEFT JOIN gate.haulage g ON g.skip_id = k.id AND g.status IN ('asked', 'planned')
WHERE k.active;

-- Skips to be taken away and taken away: when it was asked and done, not by whom nor why.
CREATE VIEW boards.haulage AS
SELECT k.site, g.status, g.asked_at, g.day, g.done_at FROM gate.haulage g JOIN gate.skip k ON k.id = g.skip_id;

-- What left, by the register as it stands: a line that was corrected is replaced. Without a weight it has no tonnes.
CREATE VIEW boards.outgoing AS
SELECT r.site, r.sent_at AS time, r.label, coalesce(nullif(r.destination ->> 'name', ''), 'inconnu') AS outlet, r.final,
       r.net_kg
FROM gate.outgoing r
WHERE NOT EXISTS (SELECT FROM gate.outgoing c WHERE c.replaces = r.id);

CREATE VIEW boards.terminal AS
SELECT name, site, seen_at, clock_error_ms FROM gate.terminal WHERE revoked_at IS NULL;

-- Distributions of fewer than eleven accounts are not shown: they could be recognised.
CREATE VIEW boards.usage_class AS
SELECT u.year, make_timestamptz(u.year, 7, 1, 12, 0, 0, 'Europe/Paris') AS time, u.area, u.kind, u.class,
       sum(u.accounts) AS accounts, sum(u.uses) AS uses,
       CASE u.kind WHEN 'levee' THEN 'Levées' WHEN 'ouverture' THEN 'Ouvertures' WHEN 'passage' THEN 'Passages'
                   WHEN 'depot' THEN 'Dépôts' ELSE u.kind END AS label
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

-- Every five minutes, an hour in a row when older than forty days. per hour or sample: rows written, in so many seconds.
CREATE VIEW boards.platform AS
SELECT at AS time, heard_age_s, quarantined, jobs_waiting, oldest_job_s, jobs_failed, messages_dead, marks_waiting,
       connections, database_bytes, written, elapsed_s
FROM board_platform
UNION ALL
SELECT at, heard_age_s, quarantined, jobs_waiting, oldest_job_s, jobs_failed, messages_dead, marks_waiting,
       connections, database_bytes, written, elapsed_s
FROM board_platform_hour;

-- Meals carried: sums by day. Of an area with fewer than five people there is no row (store/sql/queries/board_meals.sql).
CREATE VIEW boards.meal_day AS
SELECT (d.day + TIME '03:00') AT TIME ZONE 'Europe/Paris' AS time, m.name AS commune, d.*
FROM board_meal_day d
LEFT JOIN commune m ON m.insee = d.area;

-- Vans and what was measured in them: of nobody. distance: as planned.
CREATE VIEW boards.meal_round_day AS
SELECT (day + TIME '03:00') AT TIME ZONE 'Europe/Paris' AS time, r.* FROM board_meal_round_day r;

CREATE VIEW boards.meal_cold_day AS
SELECT (day + TIME '03:00') AT TIME ZONE 'Europe/Paris' AS time, c.* FROM board_meal_cold_day c;

-- What the office has still to see to, by how long it has waited: neither who nor where, and nothing of how anybody is.
CREATE VIEW boards.meal_concern AS
SELECT CASE kind WHEN 'excursion' THEN 'cold' WHEN 'late' THEN 'late' ELSE 'person' END AS about,
       CASE WHEN opened_at > glaneur_now() - INTERVAL '1 hour' THEN 1
            WHEN opened_at > glaneur_now() - INTERVAL '4 hours' THEN 2
            WHEN opened_at > glaneur_now() - INTERVAL '1 day' THEN 3
            WHEN opened_at > glaneur_now() - INTERVAL '7 days' THEN 4 ELSE 5 END AS age_class,
       count(*) AS concerns
FROM meals.concern WHERE closed_at IS NULL GROUP BY 1, 2;

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

-- How many meals of these days each person gave up: the last granted word on a meal is a cancellation, or an absence
-- over a meal of habit. The worker counts without reading requests, which say why people are away.
CREATE FUNCTION answers.meals_given_up(of_days date[])
RETURNS TABLE (day date, beneficiary_id bigint, meals bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH said AS (
        SELECT (q.document ->> 'day')::date AS day, q.beneficiary_id, q.document ->> 'moment' AS moment, q.at, q.id,
               q.document ->> 'kind' AS kind
        FROM meals.request q
        WHERE q.rule IS NULL AND q.document ->> 'day' = ANY (of_days::text[])
          AND q.document ->> 'kind' IN ('order', 'cancel')
        UNION ALL
        SELECT d, q.beneficiary_id, w.moment, q.at, q.id, 'absence'
        FROM unnest(of_days) AS d
        JOIN meals.request q ON q.rule IS NULL AND q.document ->> 'kind' = 'absence'
            AND q.document ->> 'last' >= d::text AND q.document ->> 'first' <= d::text
        JOIN LATERAL (SELECT h.lunch, h.dinner FROM people.beneficiary_habit h
                      WHERE h.beneficiary_id = q.beneficiary_id AND h.valid_from <= d
                      ORDER BY h.valid_from DESC LIMIT 1) h ON true
        CROSS JOIN LATERAL (VALUES ('lunch', h.lunch), ('dinner', h.dinner)) AS w (moment, weekdays)
        WHERE extract(isodow FROM d) = ANY (w.weekdays)
    ), last AS (
        SELECT DISTINCT ON (s.day, s.beneficiary_id, s.moment) s.day, s.beneficiary_id, s.kind
        FROM said s ORDER BY s.day, s.beneficiary_id, s.moment, s.at DESC, s.id DESC
    )
    SELECT l.day, l.beneficiary_id, count(*) FROM last l WHERE l.kind <> 'order' GROUP BY 1, 2
$$;
