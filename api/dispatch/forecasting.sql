-- name: one_pass_at_a_time
SELECT pg_try_advisory_xact_lock(%(lock)s) AS mine;

-- name: streams_to_learn
-- learned_at says when the stream's containers last shared what they learned: once a day is enough.
SELECT s.code, h.pool, h.learned_at FROM stream s LEFT JOIN stream_habit h ON h.stream = s.code ORDER BY s.code;

-- name: containers_to_learn
-- Containers of a stream in service, what is believed of them, and what was learned.
SELECT c.id, c.volume_l, p.insee, t.memory, t.quality, h.learned
FROM container c
JOIN point p ON p.id = c.point_id
LEFT JOIN container_state t ON t.container_id = c.id
LEFT JOIN container_habit h ON h.container_id = c.id
WHERE c.stream = %(stream)s AND c.in_service @> %(now)s::timestamptz
ORDER BY c.id;

-- name: emptyings_to_learn
-- Every emptying that counts since an instant, the oldest first.
SELECT e.container_id, e.emptied_at, e.before_percent, e.after_percent
FROM answers.emptying_counted e
JOIN container c ON c.id = e.container_id
WHERE c.stream = %(stream)s AND e.emptied_at > %(since)s AND e.emptied_at <= %(now)s
ORDER BY e.container_id, e.emptied_at;

-- name: readings_to_replay
-- The past of one container, to be learned at once.
SELECT device_id, measured_at, distance_mm, fill_percent, tilt_deg, quality
FROM reading
WHERE container_id = %(container)s AND measured_at > %(since)s AND measured_at <= %(now)s
ORDER BY measured_at, message_id;

-- name: declared_to_replay
-- How a container was declared: read so outside of its dated calibrations.
SELECT volume_l, empty_distance_mm, full_distance_mm, dead_zone_mm, '[]'::jsonb AS shape, plan_percent, urgent_percent,
       14400 AS report_interval_s
FROM container
WHERE id = %(container)s;

-- name: calibrations_to_replay
-- And how it was read since, from when to when: the past is read as it was then.
SELECT during, empty_distance_mm, full_distance_mm, dead_zone_mm, shape
FROM calibration
WHERE container_id = %(container)s AND during && tstzrange(%(since)s, %(now)s, '[]')
ORDER BY during;

-- name: save_stream
INSERT INTO stream_habit (stream, learned_at, pool) VALUES (%(stream)s, %(now)s, %(pool)s)
ON CONFLICT (stream) DO UPDATE SET learned_at = excluded.learned_at, pool = excluded.pool;

-- name: save_habits
INSERT INTO container_habit (container_id, learned_at, learned)
SELECT id, %(now)s, learned FROM unnest(%(ids)s::integer[], %(learned)s::jsonb[]) AS given (id, learned)
ON CONFLICT (container_id) DO UPDATE SET learned_at = excluded.learned_at, learned = excluded.learned;

-- name: save_forecasts
INSERT INTO container_forecast (container_id, made_at, level_at, estimated, full_early, full_at, full_late,
                                ends, mean, sd, q10, q50, q90, p_overflow)
SELECT f.container_id, %(now)s, f.level_at, f.estimated, f.full_early, f.full_at, f.full_late,
       %(ends)s::timestamptz[], f.mean, f.sd, f.q10, f.q50, f.q90, f.p_overflow
FROM jsonb_to_recordset(%(forecasts)s) AS f (
    container_id integer, level_at timestamptz, estimated boolean, full_early timestamptz, full_at timestamptz,
    full_late timestamptz, mean real[], sd real[], q10 real[], q50 real[], q90 real[], p_overflow real[])
ON CONFLICT (container_id) DO UPDATE SET
    made_at = excluded.made_at, level_at = excluded.level_at, estimated = excluded.estimated,
    full_early = excluded.full_early, full_at = excluded.full_at, full_late = excluded.full_late,
    ends = excluded.ends, mean = excluded.mean, sd = excluded.sd, q10 = excluded.q10, q50 = excluded.q50,
    q90 = excluded.q90, p_overflow = excluded.p_overflow;

-- name: forget_forecasts
-- Of containers of which nothing is known any more, or that left service.
DELETE FROM container_forecast f
USING container c
WHERE c.id = f.container_id AND c.stream = %(stream)s AND f.made_at < %(now)s;
