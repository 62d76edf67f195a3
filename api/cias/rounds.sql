-- name: shifts_of_day
-- Half-days of vans that could go out and have no published round yet, with where they start and end.
SELECT s.id AS shift, s.driver_id, v.trays, EXTRACT(EPOCH FROM s.starts)::integer AS starts_s,
       EXTRACT(EPOCH FROM s.ends)::integer AS ends_s, s.start_lat, s.start_lon, s.end_lat, s.end_lon,
       c.lat AS room_lat, c.lon AS room_lon, c.ride_s
FROM meals.shift s
JOIN meals.van v ON v.id = s.van_id AND v.active
JOIN meals.cold_room c ON c.id = v.cold_room_id
WHERE s.active AND EXTRACT(ISODOW FROM %(day)s::date)::smallint = ANY (s.weekdays)
  AND NOT EXISTS (SELECT FROM meals.round r WHERE r.shift_id = s.id AND r.day = %(day)s
                  AND r.status IN ('published', 'done'))
ORDER BY s.id;

-- name: already_carried
SELECT d.beneficiary_id FROM meals.door d
JOIN meals.round r ON r.id = d.round_id
WHERE r.day = %(day)s AND r.status IN ('published', 'done');

-- name: habits_of_people
-- Who usually comes to these people and when, on days like this one (working days, or the weekend), over four weeks.
SELECT d.beneficiary_id,
       percentile_disc(0.5) WITHIN GROUP (
           ORDER BY EXTRACT(EPOCH FROM (d.arrival_at AT TIME ZONE 'Europe/Paris')::time))::integer AS usual_s,
       mode() WITHIN GROUP (ORDER BY r.driver_id) AS driver_id, mode() WITHIN GROUP (ORDER BY r.shift_id) AS shift_id
FROM meals.door d
JOIN meals.round r ON r.id = d.round_id
WHERE r.status IN ('published', 'done') AND r.day >= %(day)s::date - 28 AND r.day < %(day)s
  AND (EXTRACT(ISODOW FROM r.day) <= 5) = (EXTRACT(ISODOW FROM %(day)s::date) <= 5)
  AND d.beneficiary_id = ANY (%(ids)s::bigint[])
GROUP BY d.beneficiary_id;

-- name: add_planning
-- requested_at is real time: it says when to give up waiting.
INSERT INTO meals.planning (day, budget_s, seed, requested_by, requested_at, problem)
VALUES (%(day)s, %(budget_s)s, %(seed)s, %(account)s, now(), %(problem)s)
RETURNING id;

-- name: planning_waiting
SELECT id FROM meals.planning WHERE day = %(day)s AND status IN ('queued', 'running') ORDER BY id DESC LIMIT 1;

-- name: planning
SELECT id, day, budget_s, seed, status, message, requested_at, finished_at, problem, plan
FROM meals.planning WHERE id = %(id)s;

-- name: begin_planning
UPDATE meals.planning SET status = 'running', message = 'Calcul en cours…'
WHERE id = %(id)s AND status = 'queued'
RETURNING id, day, budget_s, seed, problem;

-- name: end_planning
UPDATE meals.planning
SET status = %(status)s, message = %(message)s, finished_at = now(),
    problem = coalesce(%(problem)s, problem), plan = coalesce(%(plan)s, plan)
WHERE id = %(id)s AND status IN ('queued', 'running')
RETURNING id;

-- name: give_up_plannings
-- A planning whose worker died says so, instead of waiting for ever.
UPDATE meals.planning
SET status = 'failed', message = 'Le calcul s''est interrompu : relancez-le.', finished_at = now()
WHERE status IN ('queued', 'running') AND requested_at < now() - (4 * budget_s + %(patience_s)s) * INTERVAL '1 second'
RETURNING id;

-- name: drop_drafts
-- A new plan of the day takes the place of drafts; what was published stands.
DELETE FROM meals.round WHERE day = %(day)s AND status = 'draft';

-- name: add_round
INSERT INTO meals.round (planning_id, day, shift_id, driver_id, distance_m, starts_at, ends_at)
VALUES (%(planning)s, %(day)s, %(shift)s, %(driver)s, %(distance_m)s, %(starts_at)s, %(ends_at)s)
ON CONFLICT (planning_id, shift_id) DO UPDATE
SET distance_m = EXCLUDED.distance_m, starts_at = EXCLUDED.starts_at, ends_at = EXCLUDED.ends_at
RETURNING id;

-- name: add_door
INSERT INTO meals.door (round_id, position, beneficiary_id, arrival_at, departure_at, meals, usual)
VALUES (%(round)s, %(position)s, %(person)s, %(arrival_at)s, %(departure_at)s, %(meals)s, %(usual)s);

-- name: hold_rounds_of_planning
SELECT r.id, r.shift_id, r.status, r.driver_id,
       EXISTS (SELECT FROM meals.temperature t WHERE t.round_id = r.id)
       OR EXISTS (SELECT FROM meals.door d JOIN meals.door_event e ON e.door_id = d.id WHERE d.round_id = r.id) AS left
FROM meals.round r WHERE r.planning_id = %(planning)s ORDER BY r.id FOR UPDATE;

-- name: doors_of_planning
SELECT d.id, d.beneficiary_id, r.shift_id, d.meals FROM meals.door d
JOIN meals.round r ON r.id = d.round_id
WHERE r.planning_id = %(planning)s ORDER BY r.shift_id, d.position;

-- name: move_door
UPDATE meals.door SET round_id = %(round)s, position = %(position)s, arrival_at = %(arrival_at)s,
    departure_at = %(departure_at)s, usual = %(usual)s
WHERE id = %(door)s;

-- name: drop_empty_rounds
DELETE FROM meals.round r
WHERE r.planning_id = %(planning)s AND NOT EXISTS (SELECT FROM meals.door d WHERE d.round_id = r.id);

-- name: hold_round
SELECT r.id, r.planning_id, r.day, r.shift_id, r.status, r.driver_id,
       EXISTS (SELECT FROM meals.temperature t WHERE t.round_id = r.id)
       OR EXISTS (SELECT FROM meals.door d JOIN meals.door_event e ON e.door_id = d.id WHERE d.round_id = r.id) AS left
FROM meals.round r WHERE r.id = %(id)s FOR UPDATE;

-- name: assign_driver
UPDATE meals.round SET driver_id = %(driver)s WHERE id = %(id)s;

-- name: drivers
SELECT id, display_name FROM people.account WHERE role = 'driver' AND active ORDER BY display_name;

-- name: publish_round
UPDATE meals.round SET status = 'published', published_at = %(now)s WHERE id = %(id)s;

-- name: withdraw_round
UPDATE meals.round SET status = 'cancelled' WHERE id = %(id)s;

-- name: published_beside
-- Why a round may not be published: its shift has one already, or one of its people is on another one.
SELECT r.shift_id = m.shift_id AS same_shift
FROM meals.round m
JOIN meals.round r ON r.day = m.day AND r.id <> m.id AND r.status IN ('published', 'done')
WHERE m.id = %(id)s
  AND (r.shift_id = m.shift_id OR EXISTS (
      SELECT FROM meals.door a JOIN meals.door b ON b.beneficiary_id = a.beneficiary_id
      WHERE a.round_id = m.id AND b.round_id = r.id))
LIMIT 1;

-- name: doors_of_round
SELECT d.id, d.beneficiary_id, d.meals FROM meals.door d WHERE d.round_id = %(id)s ORDER BY d.position;

-- name: change_meals
UPDATE meals.door SET meals = %(meals)s WHERE id = %(id)s;

-- name: drop_door
DELETE FROM meals.door d WHERE d.id = %(id)s AND NOT EXISTS (SELECT FROM meals.door_event e WHERE e.door_id = d.id);

-- name: latest_planning
SELECT id FROM meals.planning WHERE day = %(day)s ORDER BY id DESC LIMIT 1;

-- name: rounds_of_day
-- Published rounds of a day, and the drafts of its latest plan; with what the van's departure measured.
SELECT r.id, r.planning_id, r.day, r.status, r.driver_id, a.display_name AS driver, r.shift_id, v.name AS van,
       s.name AS shift, v.trays AS room, r.distance_m, r.starts_at, r.ends_at, r.published_at,
       t.celsius::float8 AS departure_c, t.happened_at AS departed_at, coalesce(t.celsius > t.limit_c, false) AS warm
FROM meals.round r
JOIN meals.shift s ON s.id = r.shift_id
JOIN meals.van v ON v.id = s.van_id
LEFT JOIN people.account a ON a.id = r.driver_id
LEFT JOIN LATERAL (
    SELECT * FROM meals.temperature t WHERE t.round_id = r.id AND t.door_id IS NULL
    ORDER BY t.happened_at DESC, t.recorded_at DESC LIMIT 1
) t ON true
WHERE r.day = %(day)s AND (r.status IN ('published', 'done') OR (r.status = 'draft' AND r.planning_id = %(planning)s))
ORDER BY r.starts_at, v.name, r.id;

-- name: doors_of_day
-- Everybody on these rounds, in order, with the last word on each; nothing sealed is read.
SELECT d.id, d.round_id, d.position, d.beneficiary_id AS person, b.name, b.address, coalesce(c.name, '') AS commune,
       b.lat, b.lon, b.window_from, b.window_until, d.arrival_at, d.departure_at, cardinality(d.meals) AS trays, d.usual,
       CASE WHEN l.kind IS NULL OR l.kind = 'undone' THEN 'to_do' ELSE l.kind END AS status, l.happened_at AS said_at
FROM meals.door d
JOIN people.beneficiary b ON b.id = d.beneficiary_id
LEFT JOIN commune c ON c.insee = b.insee
LEFT JOIN LATERAL (
    SELECT e.kind, e.happened_at FROM meals.door_event e WHERE e.door_id = d.id
    ORDER BY e.happened_at DESC, e.recorded_at DESC LIMIT 1
) l ON true
WHERE d.round_id = ANY (%(rounds)s::bigint[])
ORDER BY d.round_id, d.position;

-- name: names
SELECT id, name, address FROM people.beneficiary WHERE id = ANY (%(ids)s::bigint[]);

-- name: shifts_to_choose
SELECT s.id, v.name || ', ' || s.name AS name FROM meals.shift s JOIN meals.van v ON v.id = s.van_id
WHERE s.id = ANY (%(ids)s::integer[]) ORDER BY v.name, s.starts;

-- name: announce
SELECT pg_notify('glaneur_live', %(event)s);

-- name: doors_to_do
-- Doors of a round nobody said a word of.
SELECT d.id FROM meals.door d
LEFT JOIN LATERAL (
    SELECT e.kind FROM meals.door_event e WHERE e.door_id = d.id
    ORDER BY e.happened_at DESC, e.recorded_at DESC LIMIT 1
) l ON true
WHERE d.round_id = %(id)s AND (l.kind IS NULL OR l.kind = 'undone')
ORDER BY d.position;

-- name: people_on_rounds
-- Who has a door that day, on a published round or in this plan's drafts.
SELECT d.beneficiary_id FROM meals.door d
JOIN meals.round r ON r.id = d.round_id
WHERE r.day = %(day)s
  AND (r.status IN ('published', 'done') OR (r.status = 'draft' AND r.planning_id = %(planning)s));
