-- name: round_of_driver
-- The round a driver should look at: today's, first the one still to drive, then the one just finished;
-- then the next published one; at last yesterday's, when it was never finished.
SELECT r.id
FROM round r
WHERE r.driver_id = %(account_id)s
  AND (r.status = 'published' AND r.day >= %(today)s::date - 1 OR r.status = 'done' AND r.day = %(today)s::date)
ORDER BY CASE WHEN r.day = %(today)s::date AND r.status = 'published' THEN 0
              WHEN r.day = %(today)s::date THEN 1
              WHEN r.day > %(today)s::date THEN 2
              ELSE 3 END,
         r.day, (SELECT min(s.arrival_at) FROM stop s WHERE s.round_id = r.id), r.id
LIMIT 1;

-- name: rounds_to_choose
-- Rounds on the road today or later: all of them for a dispatcher, their own for a driver.
SELECT r.id, r.day, r.status, r.vehicle_name AS vehicle, r.stream_label AS stream, r.distance_m,
       r.stops, r.stops_done + r.stops_not_done AS stops_told, a.display_name AS driver
FROM answers.round_of_the_day r
LEFT JOIN people.account a ON a.id = r.driver_id
WHERE r.status IN ('published', 'done') AND r.day >= %(today)s::date
  AND (%(driver_id)s::integer IS NULL OR r.driver_id = %(driver_id)s)
ORDER BY r.day, r.id
LIMIT 100;

-- name: round_by_id
SELECT id, day, version, status, vehicle_name AS vehicle, stream_label AS stream, distance_m, driver_id
FROM answers.round_of_the_day
WHERE id = %(round_id)s AND status IN ('published', 'done');

-- name: stops_of_round
-- The stops in order, with the place's name as the driver knows it, and the last word on each.
SELECT n.id, n.position, n.kind, n.arrival_at, n.departure_at,
       coalesce(p.name, u.name, d.name, '') AS name, coalesce(m.name, '') AS commune,
       coalesce(p.lat, u.lat, d.lat) AS lat, coalesce(p.lon, u.lon, d.lon) AS lon,
       coalesce(p.access_note, '') AS access_note,
       n.load_l, n.load_kg, n.required, n.reason,
       n.status, coalesce(n.status_reason, '') AS status_reason, n.status_at, n.unloaded_kg AS weight_kg
FROM answers.stop_now n
LEFT JOIN point p ON p.id = n.point_id
LEFT JOIN commune m ON m.insee = p.insee
LEFT JOIN unloading_site u ON u.id = n.unloading_site_id
LEFT JOIN depot d ON d.id = n.depot_id
WHERE n.round_id = %(round_id)s
ORDER BY n.position;

-- name: containers_of_round
-- What is to be emptied at each stop, filled as planning expects it at the truck's arrival.
SELECT s.id AS stop_id, c.id, c.code, t.label AS stream, sc.fill_percent, sc.volume_l
FROM stop s
JOIN stop_container sc ON sc.stop_id = s.id
JOIN container c ON c.id = sc.container_id
JOIN stream t ON t.code = c.stream
WHERE s.round_id = %(round_id)s
ORDER BY s.position, c.code;

-- name: lock_rounds_of_stops
-- One writer at a time on a round, always taken in the same order: events and planning do not interleave.
SELECT r.id
FROM round r
WHERE r.id IN (SELECT s.round_id FROM stop s WHERE s.id = ANY(%(stop_ids)s::bigint[]))
ORDER BY r.id
FOR UPDATE;

-- name: places_of_stops
-- Each stop an event may speak of, still planned or removed since, and whose round it is.
SELECT s.id AS stop_id, r.id AS round_id, r.day, r.driver_id, s.kind,
       CASE WHEN r.status IN ('published', 'done') THEN 'planned' ELSE 'withdrawn' END AS standing,
       ARRAY(SELECT c.container_id FROM stop_container c WHERE c.stop_id = s.id) AS container_ids
FROM stop s
JOIN round r ON r.id = s.round_id
WHERE s.id = ANY(%(stop_ids)s::bigint[]) AND (r.published_at IS NOT NULL OR r.status IN ('published', 'done'))
UNION ALL
SELECT g.stop_id, g.round_id, g.day, g.driver_id, g.kind, 'removed', g.container_ids
FROM stop_removed g
WHERE g.stop_id = ANY(%(stop_ids)s::bigint[]);

-- name: known_event
SELECT stop_id, kind FROM stop_event WHERE event_id = %(event_id)s;

-- name: add_stop_event
-- clock_timestamp, not now(): the events of one batch keep their order.
INSERT INTO stop_event (event_id, stop_id, kind, reason, weight_kg, happened_at, recorded_at, account_id)
VALUES (%(event_id)s, %(stop_id)s, %(kind)s, %(reason)s, %(weight_kg)s, %(happened_at)s, clock_timestamp(),
        %(account_id)s)
ON CONFLICT (event_id) DO NOTHING
RETURNING event_id;

-- name: add_emptying
-- before_percent is what was last measured before the emptying: the event may come hours late, when
-- container_state already shows the container empty.
INSERT INTO emptying (event_id, container_id, emptied_at, source, before_percent, stop_event_id)
VALUES (%(event_id)s, %(container_id)s, %(emptied_at)s, 'driver', (
    SELECT CASE WHEN t.measured_at <= %(emptied_at)s THEN t.fill_percent ELSE (
        SELECT g.fill_percent FROM reading g
        WHERE g.container_id = t.container_id AND g.measured_at <= %(emptied_at)s
          AND g.fill_percent IS NOT NULL
        ORDER BY g.measured_at DESC LIMIT 1) END
    FROM container_state t WHERE t.container_id = %(container_id)s
), %(stop_event_id)s)
ON CONFLICT (event_id) DO NOTHING;

-- name: settle_round
-- A round is done when every collection and unloading has its last word; « annuler » opens it again.
WITH wanted AS (
    SELECT CASE WHEN bool_and(n.status <> 'to_do') THEN 'done' ELSE 'published' END AS status
    FROM answers.stop_now n
    WHERE n.round_id = %(round_id)s AND n.kind IN ('collect', 'unload')
)
UPDATE round r SET status = w.status
FROM wanted w
WHERE r.id = %(round_id)s AND r.status IN ('published', 'done') AND r.status <> w.status
RETURNING r.status;

-- name: tell
SELECT pg_notify('glaneur_live', %(event)s);

-- name: hold_states
-- In the order in which ingest takes them, so that neither waits for the other.
SELECT container_id, memory FROM container_state WHERE container_id = ANY (%(ids)s) ORDER BY container_id FOR UPDATE;

-- name: write_told
UPDATE container_state
SET memory = n.memory, fill_percent = (n.memory->>'fill_percent')::real, full_at = (n.memory->>'full_at')::timestamptz,
    believed_at = (n.memory->>'believed_at')::timestamptz, last_emptied_at = (n.memory->>'last_emptied_at')::timestamptz
FROM (SELECT %(memory)s::jsonb AS memory) n
WHERE container_id = %(id)s;
