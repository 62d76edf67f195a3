-- The hours and days of containers, counted from their readings.

-- name: one_at_a_time
-- Two processes that count the same hour could overwrite a newer count with an older one.
SELECT pg_try_advisory_xact_lock(%(lock)s) AS alone;

-- name: take_marks
-- What this returns is committed, and so is all that it marks; what commits later brings its own marks.
DELETE FROM rollup_mark
WHERE ctid = ANY (ARRAY (SELECT ctid FROM rollup_mark LIMIT %(most)s))
RETURNING container_id, hour;

-- name: horizon
SELECT kept_from FROM reading_horizon;

-- name: clear_hours
DELETE FROM rollup_hour r
USING unnest(%(containers)s::integer[], %(hours)s::timestamptz[]) AS w (container_id, hour)
WHERE r.container_id = w.container_id AND r.hour = w.hour;

-- name: count_hours
-- A sum of numbers depends on their order: the mean is taken in time order, so that it is always the same.
INSERT INTO rollup_hour (container_id, hour, readings, emptyings, first_percent, last_percent, min_percent,
                         max_percent, mean_percent)
SELECT w.container_id, w.hour, r.readings, e.emptyings, r.levels[1], r.levels[cardinality(r.levels)],
       r.lowest, r.highest, r.mean
FROM unnest(%(containers)s::integer[], %(hours)s::timestamptz[]) AS w (container_id, hour),
LATERAL (
    SELECT count(*)::integer AS readings,
           array_agg(fill_percent ORDER BY measured_at, device_id, message_id)
               FILTER (WHERE fill_percent IS NOT NULL) AS levels,
           min(fill_percent) AS lowest, max(fill_percent) AS highest,
           avg(fill_percent ORDER BY measured_at, device_id, message_id) AS mean
    FROM reading
    WHERE container_id = w.container_id AND measured_at >= w.hour AND measured_at < w.hour + INTERVAL '1 hour'
) r,
LATERAL (
    SELECT count(*)::integer AS emptyings
    FROM emptying e
    WHERE e.container_id = w.container_id AND e.source = 'level'
      AND e.emptied_at >= w.hour AND e.emptied_at < w.hour + INTERVAL '1 hour'
      AND NOT EXISTS (SELECT FROM emptying_withdrawn x WHERE x.event_id = e.event_id)
) e
WHERE r.readings > 0 OR e.emptyings > 0;

-- name: clear_days
DELETE FROM rollup_day r
USING unnest(%(containers)s::integer[], %(days)s::date[]) AS w (container_id, day)
WHERE r.container_id = w.container_id AND r.day = w.day;

-- name: count_days
-- As the hours; a day is that of the people, from midnight to midnight in Europe/Paris: 23, 24 or 25 hours.
INSERT INTO rollup_day (container_id, day, readings, emptyings, first_percent, last_percent, min_percent,
                        max_percent, mean_percent)
SELECT w.container_id, w.day, r.readings, e.emptyings, r.levels[1], r.levels[cardinality(r.levels)],
       r.lowest, r.highest, r.mean
FROM (
    SELECT container_id, day, day::timestamp AT TIME ZONE 'Europe/Paris' AS starts,
           (day + 1)::timestamp AT TIME ZONE 'Europe/Paris' AS ends
    FROM unnest(%(containers)s::integer[], %(days)s::date[]) AS u (container_id, day)
) w,
LATERAL (
    SELECT count(*)::integer AS readings,
           array_agg(fill_percent ORDER BY measured_at, device_id, message_id)
               FILTER (WHERE fill_percent IS NOT NULL) AS levels,
           min(fill_percent) AS lowest, max(fill_percent) AS highest,
           avg(fill_percent ORDER BY measured_at, device_id, message_id) AS mean
    FROM reading
    WHERE container_id = w.container_id AND measured_at >= w.starts AND measured_at < w.ends
) r,
LATERAL (
    SELECT count(*)::integer AS emptyings
    FROM emptying e
    WHERE e.container_id = w.container_id AND e.source = 'level'
      AND e.emptied_at >= w.starts AND e.emptied_at < w.ends
      AND NOT EXISTS (SELECT FROM emptying_withdrawn x WHERE x.event_id = e.event_id)
) e
WHERE r.readings > 0 OR e.emptyings > 0;

-- name: mark_board_days
-- The boards' sums of these days are to be counted again (store/boards.py).
INSERT INTO board_mark SELECT DISTINCT unnest(%(days)s::date[]);

-- name: marked_before
SELECT EXISTS (SELECT FROM rollup_mark WHERE hour < %(kept_from)s) AS waiting;

-- name: older
SELECT count(*) AS readings FROM reading WHERE measured_at < %(kept_from)s;

-- name: move_horizon
INSERT INTO reading_horizon (kept_from) VALUES (%(kept_from)s)
ON CONFLICT (single) DO UPDATE SET kept_from = greatest(reading_horizon.kept_from, excluded.kept_from);

-- name: is_hypertable
SELECT to_regclass('_timescaledb_catalog.hypertable') IS NOT NULL AS has_chunks;

-- name: drop_chunks
SELECT count(*) AS dropped FROM drop_chunks('reading', older_than => %(kept_from)s::timestamptz);

-- name: delete_readings
-- In pieces, so that nobody waits long. Plain PostgreSQL only: chunks are dropped whole where there are chunks.
DELETE FROM reading
WHERE ctid = ANY (ARRAY (SELECT ctid FROM reading WHERE measured_at < %(kept_from)s LIMIT %(most)s));
