-- name: calibration
-- How is this container read, what does fill remember of it, and what was learned of it and of its stream?
SELECT c.id, c.volume_l, c.empty_distance_mm, c.full_distance_mm, c.dead_zone_mm, c.plan_percent, c.urgent_percent,
       coalesce(d.report_interval_s, 14400) AS report_interval_s, t.memory, t.quality, p.insee, b.learned, s.pool,
       (SELECT max(e.emptied_at) FROM answers.emptying_counted e
        WHERE e.container_id = c.id AND e.emptied_at <= glaneur_now()) AS emptied_at
FROM container c
JOIN point p ON p.id = c.point_id
LEFT JOIN stream_habit s ON s.stream = c.stream
LEFT JOIN container_habit b ON b.container_id = c.id
LEFT JOIN container_state t ON t.container_id = c.id
LEFT JOIN mounting h ON h.container_id = c.id AND h.during @> glaneur_now()
LEFT JOIN device d ON d.id = h.device_id
WHERE c.code = %(code)s;

-- name: levels
-- How did the level go? The last reading of each step, so that long periods stay light and no emptying is averaged away.
SELECT DISTINCT ON (step) measured_at AS at, fill_percent, quality
FROM (
    SELECT date_bin(%(step)s, measured_at, TIMESTAMPTZ '2000-01-01Z') AS step, measured_at, fill_percent, quality
    FROM reading
    WHERE container_id = %(container)s AND measured_at > %(since)s AND measured_at <= %(until)s
) r
ORDER BY step, measured_at DESC;

-- name: levels_by_day
-- The same for people who read tables: the last credible level of each day, in Paris.
SELECT DISTINCT ON (day) day, measured_at AS at, fill_percent
FROM (
    SELECT (measured_at AT TIME ZONE 'Europe/Paris')::date AS day, measured_at, fill_percent
    FROM reading
    WHERE container_id = %(container)s AND measured_at > %(since)s AND measured_at <= %(until)s
      AND fill_percent IS NOT NULL
) r
ORDER BY day DESC, measured_at DESC;

-- name: emptyings
-- When was it emptied, and who says so? What a driver took back does not count.
SELECT emptied_at, source, before_percent, after_percent
FROM answers.emptying_counted
WHERE container_id = %(container)s AND emptied_at > %(since)s
ORDER BY emptied_at DESC
LIMIT 100;

-- name: mountings
-- Which probes hung in it, from when to when, and are they connected?
SELECT d.serial, d.codec, d.report_interval_s, lower(h.during) AS mounted_at, upper(h.during) AS removed_at,
       k.online, k.since AS contact_since
FROM mounting h
JOIN device d ON d.id = h.device_id
LEFT JOIN device_contact k ON k.device_id = d.id
WHERE h.container_id = %(container)s
ORDER BY lower(h.during) DESC;

-- name: last_radio
-- How was the probe last heard?
SELECT rssi_dbm, snr_db, battery_v, received_at
FROM reading
WHERE container_id = %(container)s AND measured_at > %(since)s
ORDER BY measured_at DESC
LIMIT 1;
