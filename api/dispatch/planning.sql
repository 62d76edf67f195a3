-- name: containers_to_judge
-- What stands in this stream, what do we know of it, is it due, and is a published round taking it already?
-- The rounds of this planning itself do not count when they are to be planned again.
SELECT n.id, n.code, n.point_code, n.point_name, n.commune, n.lat, n.lon, n.volume_l, n.density_kg_m3,
       n.plan_percent, n.fill_percent, n.measured_at, n.rate_percent_per_day, n.full_at, n.quality,
       EXISTS (SELECT FROM answers.container_due d WHERE d.id = n.id) AS due, taken.vehicle, taken.day,
       f.ends, f.mean, f.sd
FROM answers.container_now n
LEFT JOIN container_forecast f ON f.container_id = n.id AND f.level_at >= coalesce(n.last_emptied_at, '-infinity')
LEFT JOIN LATERAL (
    SELECT v.name AS vehicle, r.day
    FROM stop_container c
    JOIN answers.stop_now s ON s.id = c.stop_id AND s.status <> 'not_done'
    JOIN round r ON r.id = s.round_id AND r.status IN ('published', 'done')
    JOIN vehicle v ON v.id = r.vehicle_id
    WHERE c.container_id = n.id AND r.day >= %(today)s
      AND (s.status = 'to_do' OR n.last_emptied_at IS NULL OR s.status_at > n.last_emptied_at)
    ORDER BY r.day LIMIT 1
) taken ON true
WHERE n.stream = %(stream)s
ORDER BY n.point_code, n.code;

-- name: vehicles_by_id
SELECT v.id, v.code, v.name, v.capacity_l, v.capacity_kg, v.shift_start_s, v.shift_s, v.break_after_s, v.break_s,
       v.height_mm, v.width_mm, v.length_mm, v.gross_weight_kg, v.streams, v.week_s,
       d.id AS depot_id, d.code AS depot_code, d.name AS depot_name, d.lat, d.lon
FROM vehicle v
JOIN depot d ON d.id = v.depot_id
WHERE v.id = ANY(%(ids)s)
ORDER BY v.code;

-- name: vehicles_of_streams
-- Which trucks may serve one of these streams?
SELECT id FROM vehicle WHERE active AND streams && %(streams)s;

-- name: hours_given
-- What do rounds have of these trucks' hours, by day? Of the drafts of a day and stream the newest planning's count;
-- those of the planning asked about do not, when it is to be planned again.
SELECT r.vehicle_id, r.day, r.stream, s.label, sum(r.duration_s)::integer AS seconds
FROM round r
JOIN stream s ON s.code = r.stream
WHERE r.vehicle_id = ANY(%(ids)s) AND r.day BETWEEN %(from)s AND %(to)s
  AND (r.status IN ('published', 'done')
       OR r.status = 'draft' AND r.planning_id IS DISTINCT FROM %(planning)s AND r.planning_id = (
           SELECT max(p.id) FROM planning p WHERE p.day = r.day AND p.stream = r.stream AND p.status = 'done'))
GROUP BY r.vehicle_id, r.day, r.stream, s.label
ORDER BY r.vehicle_id, r.day, s.label;

-- name: unloading_sites_of_stream
SELECT id, code, name, lat, lon, opens_s, closes_s, service_s
FROM unloading_site
WHERE %(stream)s = ANY(streams)
ORDER BY code;

-- name: planning_to_run
SELECT id, day, stream, vehicle_ids, budget_s, seed, service_percent, status, cancel_requested
FROM planning WHERE id = %(id)s FOR UPDATE;

-- name: start_planning
UPDATE planning SET status = 'running', progress = 0, message = '', finished_at = NULL WHERE id = %(id)s;

-- name: planning_problem
-- Kept from the start, so that a planning that fails can be replayed; a second one keeps its first documents
-- until it is done.
UPDATE planning SET problem = %(problem)s WHERE id = %(id)s AND plan IS NULL;

-- name: planning_progress
UPDATE planning SET progress = greatest(progress, %(progress)s), message = %(message)s
WHERE id = %(id)s AND status = 'running'
RETURNING cancel_requested;

-- name: finish_planning
-- Only the run that is still running may end: a second worker on the same planning changes nothing.
UPDATE planning SET status = %(status)s, message = %(message)s, finished_at = now(), cancel_requested = false,
       progress = CASE WHEN %(status)s = 'done' THEN 1 ELSE progress END,
       problem = coalesce(%(problem)s, problem), plan = coalesce(%(plan)s, plan)
WHERE id = %(id)s AND status = 'running'
RETURNING id;

-- name: vehicles_held
-- Trucks of this planning whose round is already on the road or done: they are not planned again.
SELECT vehicle_id FROM round WHERE planning_id = %(id)s AND status IN ('published', 'done');

-- name: locked_stops
-- What the dispatcher wants kept on its truck.
SELECT p.code AS point_code, v.code AS vehicle_code
FROM stop s
JOIN round r ON r.id = s.round_id AND r.status = 'draft'
JOIN point p ON p.id = s.point_id
JOIN vehicle v ON v.id = r.vehicle_id
WHERE r.planning_id = %(id)s AND s.kind = 'collect' AND s.locked;

-- name: locked_containers
-- The containers of locked stops: they are kept even when the policy would leave them alone.
SELECT c.container_id
FROM stop_container c
JOIN stop s ON s.id = c.stop_id
JOIN round r ON r.id = s.round_id AND r.status = 'draft'
WHERE r.planning_id = %(id)s AND s.kind = 'collect' AND s.locked;

-- name: notify_live
SELECT pg_notify('glaneur_live', %(event)s);

-- name: requeue_planning
UPDATE planning SET status = 'queued', progress = 0, message = '' WHERE id = %(id)s AND status = 'running';

-- name: hold_planning
-- Held by the process that works on it, for as long as it lives (1735156078 is "glan", see jobs.sql).
SELECT pg_try_advisory_lock(1735156078, %(id)s::integer) AS mine;
