-- name: streams
SELECT code, label, colour FROM stream ORDER BY label;

-- name: vehicles
-- Every active truck, and what keeps it busy on that day.
SELECT v.id, v.code, v.name, v.streams, v.capacity_l, v.capacity_kg, v.shift_start_s, v.shift_s,
       d.name AS depot,
       (SELECT string_agg(lower(s.label), ', ' ORDER BY s.label) FROM round r JOIN stream s ON s.code = r.stream
        WHERE r.vehicle_id = v.id AND r.day = %(day)s AND r.status IN ('published', 'done')) AS busy
FROM vehicle v
JOIN depot d ON d.id = v.depot_id
WHERE v.active
ORDER BY v.code;

-- name: drivers
SELECT id, display_name FROM people.account WHERE role = 'driver' AND active ORDER BY display_name, id;

-- name: add_planning
INSERT INTO planning (day, stream, vehicle_ids, budget_s, seed, service_percent, requested_by)
VALUES (%(day)s, %(stream)s, %(vehicle_ids)s, %(budget_s)s, %(seed)s, %(service_percent)s, %(requested_by)s)
RETURNING id;

-- name: replan
UPDATE planning SET status = 'queued', progress = 0, message = '', cancel_requested = false, finished_at = NULL,
       requested_at = now(), budget_s = %(budget_s)s
WHERE id = %(id)s AND status IN ('done', 'failed', 'cancelled')
RETURNING id;

-- name: request_cancel
-- A planning nobody took yet is over at once; a running one is told to stop.
UPDATE planning SET cancel_requested = status = 'running',
       status = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status END,
       finished_at = CASE WHEN status = 'queued' THEN now() ELSE finished_at END,
       message = 'Calcul annulé.'
WHERE id = %(id)s AND status IN ('queued', 'running')
RETURNING status;

-- name: planning
SELECT p.id, p.day, p.stream, s.label AS stream_label, s.colour, p.vehicle_ids, p.budget_s, p.seed, p.status,
       p.progress, p.message, p.requested_at, p.finished_at,
       ARRAY(SELECT v.code FROM vehicle v WHERE v.id = ANY(p.vehicle_ids) ORDER BY v.code) AS vehicles
FROM planning p
JOIN stream s ON s.code = p.stream
WHERE p.id = %(id)s;

-- name: planning_documents
SELECT problem, plan FROM planning WHERE id = %(id)s;

-- name: planning_documents_to_change
SELECT problem, plan, status, day, stream, vehicle_ids FROM planning WHERE id = %(id)s FOR UPDATE;

-- name: save_documents
UPDATE planning SET problem = %(problem)s, plan = %(plan)s WHERE id = %(id)s;

-- name: plannings_of_days
-- The days' plannings, each with its rounds in short. From the given day on, newest planning first.
SELECT p.id, p.day, p.stream, s.label AS stream_label, s.colour, p.status, p.progress, p.message, p.requested_at,
       coalesce(jsonb_agg(jsonb_build_object(
           'id', r.id, 'vehicle', r.vehicle_name, 'status', r.status, 'stops', r.stops, 'done', r.stops_done,
           'not_done', r.stops_not_done, 'distance_m', r.distance_m, 'duration_s', r.duration_s,
           'driver', a.display_name) ORDER BY r.vehicle_code) FILTER (WHERE r.id IS NOT NULL), '[]') AS rounds
FROM planning p
JOIN stream s ON s.code = p.stream
LEFT JOIN answers.round_of_the_day r ON r.planning_id = p.id AND r.status <> 'cancelled'
LEFT JOIN people.account a ON a.id = r.driver_id
WHERE p.day >= %(from)s
GROUP BY p.id, s.code
ORDER BY p.day, p.id DESC;

-- name: rounds_of_planning
SELECT r.id FROM round r WHERE r.planning_id = %(planning_id)s AND r.status <> 'cancelled';

-- name: rounds_of_day
SELECT r.id FROM round r WHERE r.day = %(day)s AND r.status <> 'cancelled';

-- name: rounds
SELECT r.*, v.shift_start_s, v.shift_s, a.display_name AS driver
FROM answers.round_of_the_day r
JOIN vehicle v ON v.id = r.vehicle_id
LEFT JOIN people.account a ON a.id = r.driver_id
WHERE r.id = ANY(%(ids)s)
ORDER BY r.day, r.vehicle_code, r.id;

-- name: stops_of_rounds
SELECT s.id, s.round_id, s.position, s.kind, s.arrival_at, s.departure_at, s.load_l, s.load_kg, s.required,
       s.locked, s.reason, s.status, s.status_reason, s.status_at, s.unloaded_kg,
       coalesce(p.code, u.code, d.code) AS code, coalesce(p.name, u.name, d.name) AS name,
       coalesce(m.name, '') AS commune, coalesce(p.lat, u.lat, d.lat) AS lat, coalesce(p.lon, u.lon, d.lon) AS lon,
       coalesce((SELECT jsonb_agg(jsonb_build_object('id', c.id, 'code', c.code, 'fill_percent', x.fill_percent,
                        'volume_l', x.volume_l, 'weight_kg', x.weight_kg) ORDER BY x.fill_percent DESC, c.code)
                 FROM stop_container x JOIN container c ON c.id = x.container_id
                 WHERE x.stop_id = s.id), '[]') AS containers
FROM answers.stop_now s
LEFT JOIN point p ON p.id = s.point_id
LEFT JOIN commune m ON m.insee = p.insee
LEFT JOIN unloading_site u ON u.id = s.unloading_site_id
LEFT JOIN depot d ON d.id = s.depot_id
WHERE s.round_id = ANY(%(ids)s)
ORDER BY s.round_id, s.position;

-- name: rounds_to_change
-- Locks the planning's rounds against another dispatcher until the transaction ends.
SELECT r.id, r.planning_id, r.day, r.stream, r.vehicle_id, v.code AS vehicle_code, v.name AS vehicle_name,
       r.driver_id, r.status, r.version, r.distance_m, r.duration_s
FROM round r
JOIN vehicle v ON v.id = r.vehicle_id
WHERE r.planning_id = %(planning_id)s AND r.status <> 'cancelled'
ORDER BY r.id
FOR UPDATE OF r;

-- name: planning_of_round
SELECT planning_id FROM round WHERE id = %(id)s;

-- name: steps_of_rounds
SELECT s.id, s.round_id, s.kind, s.locked, coalesce(p.code, u.code) AS ref
FROM stop s
LEFT JOIN point p ON p.id = s.point_id AND s.kind = 'collect'
LEFT JOIN unloading_site u ON u.id = s.unloading_site_id AND s.kind = 'unload'
WHERE s.round_id = ANY(%(ids)s)
ORDER BY s.round_id, s.position;

-- name: save_round
INSERT INTO round (planning_id, day, stream, vehicle_id, distance_m, duration_s)
VALUES (%(planning_id)s, %(day)s, %(stream)s, (SELECT id FROM vehicle WHERE code = %(vehicle)s),
        %(distance_m)s, %(duration_s)s)
ON CONFLICT (planning_id, vehicle_id) DO UPDATE SET distance_m = excluded.distance_m,
    duration_s = excluded.duration_s, version = round.version + 1,
    status = CASE WHEN round.status = 'cancelled' THEN 'draft' ELSE round.status END
RETURNING id, version;

-- name: drop_drafts
-- Drafts of this planning whose truck stays home after planning again.
DELETE FROM round
WHERE planning_id = %(planning_id)s AND status = 'draft'
  AND NOT (vehicle_id = ANY(SELECT id FROM vehicle WHERE code = ANY(%(vehicles)s)));

-- name: drop_stops
DELETE FROM stop WHERE round_id = %(round_id)s AND NOT (id = ANY(%(kept)s));

-- name: add_stop
INSERT INTO stop (round_id, position, kind, point_id, unloading_site_id, depot_id, arrival_at, departure_at,
                  load_l, load_kg, required, locked, reason)
VALUES (%(round_id)s, %(position)s, %(kind)s, (SELECT id FROM point WHERE code = %(point)s),
        (SELECT id FROM unloading_site WHERE code = %(site)s), (SELECT id FROM depot WHERE code = %(depot)s),
        %(arrival_at)s, %(departure_at)s, %(load_l)s, %(load_kg)s, %(required)s, %(locked)s, %(reason)s)
RETURNING id;

-- name: save_stop
UPDATE stop SET round_id = %(round_id)s, position = %(position)s,
    point_id = (SELECT id FROM point WHERE code = %(point)s),
    unloading_site_id = (SELECT id FROM unloading_site WHERE code = %(site)s),
    depot_id = (SELECT id FROM depot WHERE code = %(depot)s),
    arrival_at = %(arrival_at)s, departure_at = %(departure_at)s, load_l = %(load_l)s, load_kg = %(load_kg)s,
    required = %(required)s, locked = %(locked)s, reason = %(reason)s
WHERE id = %(id)s AND kind = %(kind)s;

-- name: drop_stop_containers
DELETE FROM stop_container WHERE stop_id = %(stop_id)s;

-- name: add_stop_container
INSERT INTO stop_container (stop_id, container_id, fill_percent, volume_l, weight_kg)
VALUES (%(stop_id)s, %(container_id)s, %(fill_percent)s, %(volume_l)s, %(weight_kg)s);

-- name: publish
UPDATE round SET status = 'published', published_at = now(), driver_id = %(driver_id)s, version = version + 1
WHERE id = %(id)s;

-- name: withdraw
-- published_at stays: stops removed later from a round that phones may hold are remembered by it.
UPDATE round SET status = %(status)s, version = version + 1 WHERE id = %(id)s;

-- name: words_of_round
-- Whether the driver has said anything about this round yet.
SELECT EXISTS (SELECT FROM stop_event e JOIN stop s ON s.id = e.stop_id WHERE s.round_id = %(id)s) AS begun;

-- name: clashes
-- What another published round of that day already takes: the same truck, the same driver, the same containers.
SELECT v.name AS vehicle, s.label AS stream_label,
       r.vehicle_id = %(vehicle_id)s AS same_vehicle, r.driver_id = %(driver_id)s AS same_driver,
       ARRAY(SELECT c.code FROM stop t
             JOIN stop_container x ON x.stop_id = t.id
             JOIN container c ON c.id = x.container_id
             WHERE t.round_id = r.id AND x.container_id IN (
                 SELECT y.container_id FROM stop z JOIN stop_container y ON y.stop_id = z.id
                 WHERE z.round_id = %(id)s)
             ORDER BY c.code) AS containers
FROM round r
JOIN vehicle v ON v.id = r.vehicle_id
JOIN stream s ON s.code = r.stream
WHERE r.day = %(day)s AND r.status = 'published' AND r.id <> %(id)s
ORDER BY r.id;
