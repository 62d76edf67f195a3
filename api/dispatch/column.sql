-- name: calibration
-- How is this container read, what does fill remember of it, and what was learned of it and of its stream?
SELECT k.container_id AS id, k.volume_l, k.empty_distance_mm, k.full_distance_mm, k.dead_zone_mm, k.shape,
       k.plan_percent, k.urgent_percent, coalesce(d.report_interval_s, 14400) AS report_interval_s, t.memory,
       k.since, k.model, k.device_id IS NOT NULL AND k.device_id <> d.id AS of_another_probe,
       t.quality, p.insee, b.learned, s.pool,
       (SELECT max(e.emptied_at) FROM answers.emptying_counted e
        WHERE e.container_id = k.container_id AND e.emptied_at <= glaneur_now()) AS emptied_at
FROM answers.calibration_now k
JOIN container c ON c.id = k.container_id
JOIN point p ON p.id = c.point_id
LEFT JOIN stream_habit s ON s.stream = c.stream
LEFT JOIN container_habit b ON b.container_id = k.container_id
LEFT JOIN container_state t ON t.container_id = k.container_id
LEFT JOIN mounting h ON h.container_id = k.container_id AND h.during @> glaneur_now()
LEFT JOIN device d ON d.id = h.device_id
WHERE k.code = %(code)s;

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
SELECT e.event_id, e.emptied_at, e.sources, e.before_percent, e.after_percent, e.partial,
       x.event_id IS NOT NULL AS unexplained
FROM answers.emptying e
LEFT JOIN answers.unexplained_emptying x ON x.container_id = e.container_id AND x.emptied_at BETWEEN e.since AND e.until
WHERE e.container_id = %(container)s AND e.emptied_at > %(since)s
ORDER BY e.emptied_at DESC
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
