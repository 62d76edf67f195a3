-- What boards read instead of every reading: sums by day. The marks say which days changed.

-- name: one_at_a_time
SELECT pg_try_advisory_xact_lock(%(lock)s) AS alone;

-- name: mark_days
INSERT INTO board_mark SELECT unnest(%(days)s::date[]);

-- name: take_days
-- A few days at a time; every mark of a day taken goes with it.
WITH chosen AS (SELECT DISTINCT day FROM board_mark ORDER BY day DESC LIMIT %(most)s),
     gone AS (DELETE FROM board_mark m USING chosen c WHERE m.day = c.day RETURNING m.day)
SELECT DISTINCT day FROM gone;

-- name: emptied
-- The containers that were emptied on these days. A list and not a subquery: only a list reaches into the view.
SELECT DISTINCT e.container_id
FROM unnest(%(days)s::date[]) AS d
JOIN emptying e ON e.emptied_at >= d::timestamp AT TIME ZONE 'Europe/Paris'
               AND e.emptied_at < (d + 1)::timestamp AT TIME ZONE 'Europe/Paris';

-- name: clear_areas
DELETE FROM board_area_day WHERE day = ANY (%(days)s);

-- name: count_areas
-- A container counts on a day when it was in service at its end. An overflow is a day that touched 100 %% after one
-- that did not; an emptying avoided one when it found the container past its urgent threshold and not yet full.
WITH asked AS (
    SELECT d AS day, d::timestamp AT TIME ZONE 'Europe/Paris' AS starts,
           (d + 1)::timestamp AT TIME ZONE 'Europe/Paris' AS ends
    FROM unnest(%(days)s::date[]) AS d
), emptied AS (
    SELECT a.day, e.container_id, e.before_percent
    FROM answers.emptying e
    JOIN asked a ON e.emptied_at >= a.starts AND e.emptied_at < a.ends
    WHERE e.container_id = ANY (%(emptied)s)
), sums AS (
    SELECT day, container_id, count(*) AS emptyings, count(before_percent) AS known,
           coalesce(sum(before_percent), 0) AS total,
           count(*) FILTER (WHERE before_percent < 25) AS below_25,
           count(*) FILTER (WHERE before_percent >= 25 AND before_percent < 50) AS below_50,
           count(*) FILTER (WHERE before_percent >= 50 AND before_percent < 75) AS below_75,
           count(*) FILTER (WHERE before_percent >= 75 AND before_percent < 90) AS below_90,
           count(*) FILTER (WHERE before_percent >= 90 AND before_percent < 100) AS below_100,
           count(*) FILTER (WHERE before_percent >= 100) AS at_100,
           array_agg(before_percent) AS levels
    FROM emptied GROUP BY day, container_id
), facts AS (
    SELECT a.day, c.stream, p.insee, '@' || m.territory AS territory,
           r.readings, r.mean_percent, r.last_percent >= c.urgent_percent AS urgent, r.max_percent >= 100 AS at_full,
           r.max_percent >= 100 AND coalesce(y.max_percent, 0) < 100 AS begins, s.emptyings, s.known, s.total,
           s.below_25, s.below_50, s.below_75, s.below_90, s.below_100, s.at_100,
           (SELECT count(*) FROM unnest(s.levels) AS l WHERE l >= c.urgent_percent AND l < 100) AS avoided,
           b.doubtful > 0 AS noisy, b.battery_percent < 20 AS weak, b.rssi_dbm
    FROM asked a
    JOIN container c ON c.in_service @> a.ends - INTERVAL '1 second'
    JOIN point p ON p.id = c.point_id
    JOIN commune m ON m.insee = p.insee
    LEFT JOIN rollup_day r ON r.container_id = c.id AND r.day = a.day
    LEFT JOIN rollup_day y ON y.container_id = c.id AND y.day = a.day - 1
    LEFT JOIN sums s ON s.container_id = c.id AND s.day = a.day
    LEFT JOIN mounting h ON h.container_id = c.id AND h.during @> a.ends - INTERVAL '1 second'
    LEFT JOIN board_probe_day b ON b.device_id = h.device_id AND b.day = a.day
)
INSERT INTO board_area_day
SELECT day, CASE WHEN grouping(insee) = 0 THEN insee WHEN grouping(territory) = 0 THEN territory ELSE '*' END,
       coalesce(stream, '*'), count(*), count(*) FILTER (WHERE readings > 0), coalesce(sum(readings), 0),
       coalesce(sum(mean_percent), 0), count(*) FILTER (WHERE urgent), count(*) FILTER (WHERE at_full),
       count(*) FILTER (WHERE begins), coalesce(sum(emptyings), 0), coalesce(sum(avoided), 0),
       coalesce(sum(known), 0), coalesce(sum(total), 0), coalesce(sum(below_25), 0), coalesce(sum(below_50), 0),
       coalesce(sum(below_75), 0), coalesce(sum(below_90), 0), coalesce(sum(below_100), 0), coalesce(sum(at_100), 0),
       count(*) FILTER (WHERE noisy), count(*) FILTER (WHERE weak), count(rssi_dbm), coalesce(sum(rssi_dbm), 0)
FROM facts
GROUP BY GROUPING SETS ((day), (day, stream), (day, insee), (day, insee, stream),
                        (day, territory), (day, territory, stream))
HAVING grouping(territory) = 1 OR territory IS NOT NULL;

-- name: clear_rounds
DELETE FROM board_round_day WHERE day = ANY (%(days)s);

-- name: count_rounds
-- Published rounds only. What was unloaded is what the driver's last word on an unloading says it weighed.
INSERT INTO board_round_day
SELECT r.day, r.stream, count(*), count(*) FILTER (WHERE r.status = 'done'), coalesce(sum(s.stops), 0),
       coalesce(sum(s.done), 0), coalesce(sum(s.not_done), 0), sum(r.distance_m), sum(r.duration_s), sum(s.unloaded_kg)
FROM round r
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE n.kind = 'collect') AS stops,
           count(*) FILTER (WHERE n.kind = 'collect' AND n.status = 'done') AS done,
           count(*) FILTER (WHERE n.kind = 'collect' AND n.status = 'not_done') AS not_done,
           sum(n.unloaded_kg) FILTER (WHERE n.kind = 'unload' AND n.status = 'done') AS unloaded_kg
    FROM answers.stop_now n WHERE n.round_id = r.id
) s ON true
WHERE r.day = ANY (%(days)s) AND r.published_at IS NOT NULL AND r.status <> 'cancelled'
GROUP BY r.day, r.stream;

-- name: clear_probes
DELETE FROM board_probe_day WHERE day >= %(since)s OR day < %(forget)s;

-- name: count_probes
INSERT INTO board_probe_day
SELECT a.d, v.id, r.readings, r.doubtful, r.rssi_dbm, r.snr_db, r.battery_percent
FROM generate_series(%(since)s::date, %(today)s::date, INTERVAL '1 day') AS g (t)
CROSS JOIN LATERAL (SELECT g.t::date AS d) a
CROSS JOIN device v
CROSS JOIN LATERAL (
    SELECT count(*) AS readings, count(*) FILTER (WHERE quality NOT IN ('ok', 'saturated')) AS doubtful,
           avg(rssi_dbm) AS rssi_dbm, avg(snr_db) AS snr_db, min(battery_percent) AS battery_percent
    FROM reading
    WHERE device_id = v.id AND measured_at >= a.d::timestamp AT TIME ZONE 'Europe/Paris'
      AND measured_at < (a.d + 1)::timestamp AT TIME ZONE 'Europe/Paris'
) r
WHERE r.readings > 0;

-- name: clear_usage
DELETE FROM finance.usage_class;

-- name: count_usage
-- Accounts by how often they used a service in a year, in classes of four. An account that never did is in class 0
-- of the kinds its commune uses. Events set aside or cancelled do not count.
WITH holder AS (
    SELECT b.code AS bin_code, h.account_id, h.during FROM finance.bin_held h JOIN finance.bin b ON b.id = h.bin_id
), carried AS (
    SELECT b.code AS badge_code, h.account_id, h.during FROM finance.badge_held h JOIN finance.badge b ON b.id = h.badge_id
), counted AS (
    SELECT e.kind, e.count, extract(year FROM e.at AT TIME ZONE 'Europe/Paris')::integer AS year,
           coalesce(a.id, h.account_id, d.account_id) AS account_id
    FROM finance.usage_event e
    LEFT JOIN finance.account a ON a.reference = e.account_ref
    LEFT JOIN holder h ON h.bin_code = e.bin_code AND h.during @> (e.at AT TIME ZONE 'Europe/Paris')::date
    LEFT JOIN carried d ON d.badge_code = e.badge_code AND d.during @> (e.at AT TIME ZONE 'Europe/Paris')::date
    WHERE NOT EXISTS (
        SELECT FROM (SELECT action FROM finance.correction c WHERE c.event_id = e.id ORDER BY c.at DESC, c.id DESC LIMIT 1) l
        WHERE l.action = 'annuler')
      AND (e.aside IS NULL OR EXISTS (
        SELECT FROM finance.correction c WHERE c.event_id = e.id AND c.action = 'retenir'))
), used AS (
    SELECT year, kind, account_id, sum(count) AS uses FROM counted WHERE account_id IS NOT NULL GROUP BY 1, 2, 3
), everyone AS (
    SELECT k.year, k.kind, a.id AS account_id, coalesce(u.uses, 0) AS uses, coalesce(m.insee, '?') AS insee
    FROM (SELECT DISTINCT year, kind FROM used) k
    JOIN finance.account a ON a.during && daterange(make_date(k.year, 1, 1), make_date(k.year + 1, 1, 1))
    JOIN finance.dwelling d ON d.id = a.dwelling_id
    LEFT JOIN LATERAL (SELECT insee FROM commune m WHERE m.insee = d.commune OR m.name = d.commune LIMIT 1) m ON true
    LEFT JOIN used u ON u.account_id = a.id AND u.year = k.year AND u.kind = k.kind
)
INSERT INTO finance.usage_class
SELECT year, coalesce(insee, '*'), kind, least(52, uses - uses % 4)::integer, count(*), sum(uses)
FROM everyone
GROUP BY GROUPING SETS ((year, kind, least(52, uses - uses % 4)::integer), (year, kind, least(52, uses - uses % 4)::integer, insee));

-- name: sample_platform
INSERT INTO board_platform
SELECT date_trunc('minute', glaneur_now()),
       (SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_all_tables
        WHERE relid = 'public.reading'::regclass OR relid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'public.reading'::regclass)),
       (SELECT extract(epoch FROM glaneur_now() - max(measured_at))::integer FROM container_state),
       (SELECT count(*) FROM quarantine WHERE settled_at IS NULL),
       (SELECT count(*) FROM jobs.procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),
       (SELECT coalesce(extract(epoch FROM now() - min(e.at)), 0)::integer
        FROM jobs.procrastinate_jobs j JOIN jobs.procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'
        WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()),
       (SELECT count(*) FROM jobs.procrastinate_jobs WHERE status = 'failed'),
       (SELECT count(*) FROM people.notification WHERE status = 'dead'),
       (SELECT count(*) FROM rollup_mark),
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
       pg_database_size(current_database())
ON CONFLICT (at) DO NOTHING;

-- name: forget_samples
DELETE FROM board_platform WHERE at < glaneur_now() - INTERVAL '400 days';
