-- What the worker asks and writes when the past is read again.

-- name: lock_states
SELECT container_id FROM container_state WHERE container_id = ANY (%(containers)s) ORDER BY container_id FOR UPDATE;

-- name: places
-- Where did this device hang, and how is a distance read there?
SELECT m.during, m.container_id, d.report_interval_s,
       c.volume_l, c.empty_distance_mm, c.full_distance_mm, c.dead_zone_mm, c.plan_percent, c.urgent_percent
FROM mounting m
JOIN device d ON d.id = m.device_id
JOIN container c ON c.id = m.container_id
WHERE m.device_id = %(device_id)s;

-- name: readings
SELECT device_id, measured_at, message_id, container_id, distance_mm, fill_percent, quality
FROM reading
WHERE device_id = %(device_id)s AND measured_at >= %(since)s
  AND (%(until)s::timestamptz IS NULL OR measured_at < %(until)s)
  AND (%(after)s::timestamptz IS NULL OR (measured_at, message_id) > (%(after)s, %(message)s::uuid))
ORDER BY measured_at, message_id
LIMIT %(at_most)s;

-- name: write_readings
-- first and last let TimescaleDB open only the chunks concerned.
UPDATE reading r
SET container_id = n.container_id, fill_percent = n.fill_percent, quality = n.quality
FROM unnest(%(at)s::timestamptz[], %(message)s::uuid[], %(container)s::integer[], %(fill)s::real[], %(quality)s::text[])
     AS n (measured_at, message_id, container_id, fill_percent, quality)
WHERE r.device_id = %(device_id)s AND r.measured_at BETWEEN %(first)s AND %(last)s
  AND r.measured_at = n.measured_at AND r.message_id = n.message_id;

-- name: forget_habit
-- Its past was corrected: the next hourly pass learns it again from its readings.
DELETE FROM container_habit WHERE container_id = %(id)s;

-- name: container
-- How is this container read, and which device hangs in it now?
SELECT c.volume_l, c.empty_distance_mm, c.full_distance_mm, c.dead_zone_mm, c.plan_percent, c.urgent_percent,
       coalesce(d.report_interval_s, 14400) AS report_interval_s, m.device_id
FROM container c
LEFT JOIN mounting m ON m.container_id = c.id AND m.during @> %(now)s::timestamptz
LEFT JOIN device d ON d.id = m.device_id
WHERE c.id = %(id)s;

-- name: to_fold
SELECT device_id, measured_at, distance_mm, fill_percent, temperature_c, battery_percent, tilt_deg, fire, quality
FROM reading
WHERE container_id = %(container_id)s AND measured_at >= %(since)s
ORDER BY measured_at, message_id;

-- name: write_state
-- The columns are the answers of fill's own document, which is kept whole.
INSERT INTO container_state AS s (container_id, device_id, quality, memory, measured_at, fill_percent, distance_mm,
    rate_percent_per_day, full_at, temperature_c, battery_percent, tilt_deg, last_emptied_at)
SELECT %(container_id)s, %(device_id)s, %(quality)s, n.memory, f.measured_at, f.fill_percent, f.distance_mm,
    f.rate_percent_per_day, f.full_at, f.temperature_c, f.battery_percent, f.tilt_deg, f.last_emptied_at
FROM (SELECT %(memory)s::jsonb AS memory) n,
     LATERAL jsonb_to_record(n.memory) AS f (
         measured_at timestamptz, fill_percent real, distance_mm integer, rate_percent_per_day real,
         full_at timestamptz, temperature_c real, battery_percent real, tilt_deg smallint, last_emptied_at timestamptz)
ON CONFLICT (container_id) DO UPDATE
SET device_id = excluded.device_id, quality = excluded.quality, memory = excluded.memory,
    measured_at = excluded.measured_at, fill_percent = excluded.fill_percent, distance_mm = excluded.distance_mm,
    rate_percent_per_day = excluded.rate_percent_per_day, full_at = excluded.full_at,
    temperature_c = excluded.temperature_c, battery_percent = excluded.battery_percent,
    tilt_deg = excluded.tilt_deg, last_emptied_at = excluded.last_emptied_at;

-- name: close_alerts
-- But those no reading opens: the worker judges them by itself.
UPDATE alert SET closed_at = greatest(opened_at, %(at)s), closed_because = %(because)s
WHERE container_id = %(id)s AND closed_at IS NULL AND NOT kind = ANY (%(kept)s::text[])
  AND kind NOT IN ('overflow', 'unexplained_emptying');

-- name: open_alert
INSERT INTO alert (container_id, kind, opened_at, sentence)
VALUES (%(id)s, %(kind)s, %(at)s, %(sentence)s)
ON CONFLICT (container_id, kind) WHERE closed_at IS NULL DO NOTHING;

-- name: add_emptying
INSERT INTO emptying (event_id, container_id, emptied_at, source, before_percent, after_percent)
VALUES (%(event_id)s, %(container_id)s, %(emptied_at)s, 'level', %(before_percent)s, %(after_percent)s)
ON CONFLICT (event_id) DO NOTHING;

-- name: withdraw_emptyings
INSERT INTO emptying_withdrawn (event_id, withdrawn_at)
SELECT e.event_id, %(now)s
FROM emptying e
WHERE e.container_id = %(container_id)s AND e.source = 'level' AND e.emptied_at >= %(since)s
  AND (%(until)s::timestamptz IS NULL OR e.emptied_at < %(until)s)
  AND NOT e.event_id = ANY (%(shown)s::uuid[])
ON CONFLICT (event_id) DO NOTHING;

-- name: restore_emptyings
DELETE FROM emptying_withdrawn WHERE event_id = ANY (%(shown)s::uuid[]);

-- name: announce
SELECT pg_notify('glaneur_live', %(event)s);
