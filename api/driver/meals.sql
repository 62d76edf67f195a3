-- name: meal_round_of_driver
-- Today's round of this driver: first one still to drive, the earliest.
SELECT r.id FROM meals.round r
WHERE r.driver_id = %(account_id)s AND r.day = %(today)s::date AND r.status IN ('published', 'done')
ORDER BY r.status = 'done', r.starts_at, r.id
LIMIT 1;

-- name: meal_rounds_to_choose
SELECT r.id, r.day, r.status, v.name AS van, s.name AS shift, r.starts_at,
       (SELECT count(*) FROM meals.door d WHERE d.round_id = r.id) AS doors,
       (SELECT count(*) FROM meals.door d JOIN LATERAL (
            SELECT e.kind FROM meals.door_event e WHERE e.door_id = d.id
            ORDER BY e.happened_at DESC, e.recorded_at DESC LIMIT 1) l ON l.kind <> 'undone'
        WHERE d.round_id = r.id) AS doors_told
FROM meals.round r
JOIN meals.shift s ON s.id = r.shift_id
JOIN meals.van v ON v.id = s.van_id
WHERE r.status IN ('published', 'done') AND r.day = %(today)s::date
  AND (%(driver_id)s::integer IS NULL OR r.driver_id = %(driver_id)s)
ORDER BY r.starts_at, r.id
LIMIT 100;

-- name: meal_round
SELECT r.id, r.day, r.status, r.driver_id, v.name AS van, s.name AS shift, r.distance_m, r.starts_at, r.ends_at
FROM meals.round r
JOIN meals.shift s ON s.id = r.shift_id
JOIN meals.van v ON v.id = s.van_id
WHERE r.id = %(round_id)s AND r.status IN ('published', 'done');

-- name: meal_round_any
SELECT r.id, r.day, CASE r.status WHEN 'done' THEN 'done' ELSE 'published' END AS status, r.driver_id, v.name AS van,
       s.name AS shift, r.distance_m, r.starts_at, r.ends_at
FROM meals.round r
JOIN meals.shift s ON s.id = r.shift_id
JOIN meals.van v ON v.id = s.van_id
WHERE r.id = %(round_id)s;

-- name: meal_doors
-- The doors in order with the last word on each; sealed columns sealed.
SELECT d.id, d.position, d.beneficiary_id, d.arrival_at, d.meals, b.name, b.address, coalesce(c.name, '') AS commune,
       b.phone, b.lat, b.lon, b.window_from, b.window_until, b.health, b.access_note,
       CASE WHEN l.kind IS NULL OR l.kind = 'undone' THEN 'to_do' ELSE l.kind END AS status,
       l.happened_at AS status_at, l.celsius, l.wellbeing, coalesce(l.note, '') AS note
FROM meals.door d
JOIN people.beneficiary b ON b.id = d.beneficiary_id
LEFT JOIN commune c ON c.insee = b.insee
LEFT JOIN LATERAL (
    SELECT e.kind, e.happened_at, e.celsius, e.wellbeing, e.note FROM meals.door_event e WHERE e.door_id = d.id
    ORDER BY e.happened_at DESC, e.recorded_at DESC LIMIT 1
) l ON true
WHERE d.round_id = %(round_id)s
ORDER BY d.position;

-- name: departure_measured
-- The last temperature of the van before this instant.
SELECT celsius, limit_c, happened_at FROM meals.temperature
WHERE round_id = %(round_id)s AND door_id IS NULL AND happened_at <= %(at)s
ORDER BY happened_at DESC, recorded_at DESC
LIMIT 1;

-- name: lock_meal_rounds
-- One writer at a time on a round, always in the same order.
SELECT r.id FROM meals.round r
WHERE r.id = ANY (%(rounds)s::bigint[])
   OR r.id IN (SELECT d.round_id FROM meals.door d WHERE d.id = ANY (%(doors)s::bigint[]))
ORDER BY r.id
FOR UPDATE;

-- name: meal_places
-- The door an event speaks of, whose round it is, and the last word on it until now.
SELECT d.id AS door_id, d.beneficiary_id, r.id AS round_id, r.day, r.driver_id, r.status,
       CASE WHEN l.kind IS NULL OR l.kind = 'undone' THEN 'to_do' ELSE l.kind END AS said
FROM meals.door d
JOIN meals.round r ON r.id = d.round_id
LEFT JOIN LATERAL (
    SELECT e.kind FROM meals.door_event e WHERE e.door_id = d.id
    ORDER BY e.happened_at DESC, e.recorded_at DESC LIMIT 1
) l ON true
WHERE d.id = ANY (%(doors)s::bigint[]) AND r.published_at IS NOT NULL;

-- name: meal_rounds_named
SELECT r.id AS round_id, r.day, r.driver_id, r.status FROM meals.round r
WHERE r.id = ANY (%(rounds)s::bigint[]) AND r.published_at IS NOT NULL;

-- name: known_door_event
SELECT door_id, kind FROM meals.door_event WHERE event_id = %(event_id)s;

-- name: known_departure
SELECT round_id FROM meals.temperature WHERE event_id = %(event_id)s;

-- name: add_door_event
-- clock_timestamp, not now(): the events of one batch keep their order.
INSERT INTO meals.door_event (event_id, door_id, kind, celsius, wellbeing, note, happened_at, recorded_at, account_id)
VALUES (%(event_id)s, %(door_id)s, %(kind)s, %(celsius)s, %(wellbeing)s, %(note)s, %(happened_at)s, clock_timestamp(),
        %(account_id)s)
ON CONFLICT (event_id) DO NOTHING
RETURNING event_id;

-- name: add_temperature
INSERT INTO meals.temperature (event_id, round_id, door_id, celsius, limit_c, happened_at, recorded_at, account_id)
VALUES (%(event_id)s, %(round_id)s, %(door_id)s, %(celsius)s, %(limit_c)s, %(happened_at)s, clock_timestamp(),
        %(account_id)s)
ON CONFLICT (event_id) DO NOTHING
RETURNING event_id;

-- name: last_door_event
SELECT CASE WHEN kind = 'undone' THEN 'to_do' ELSE kind END AS kind, happened_at, wellbeing, note
FROM meals.door_event WHERE door_id = %(door_id)s
ORDER BY happened_at DESC, recorded_at DESC LIMIT 1;

-- name: settle_meal_round
-- A round is done when every door has its last word; taking one back opens it again.
WITH wanted AS (
    SELECT CASE WHEN bool_and(l.kind IS NOT NULL AND l.kind <> 'undone') THEN 'done' ELSE 'published' END AS status
    FROM meals.door d
    LEFT JOIN LATERAL (
        SELECT e.kind FROM meals.door_event e WHERE e.door_id = d.id
        ORDER BY e.happened_at DESC, e.recorded_at DESC LIMIT 1
    ) l ON true
    WHERE d.round_id = %(round_id)s
)
UPDATE meals.round r SET status = w.status
FROM wanted w
WHERE r.id = %(round_id)s AND r.status IN ('published', 'done') AND r.status <> w.status
RETURNING r.status;

-- name: add_family_notice
-- What relatives are told of a door, not twice the same in a row.
INSERT INTO people.family_notice (beneficiary_id, kind, door_id, happened_at)
SELECT %(person)s, %(kind)s, %(door_id)s, %(happened_at)s
WHERE %(kind)s IS DISTINCT FROM (
    SELECT n.kind FROM people.family_notice n
    WHERE n.door_id = %(door_id)s AND n.kind <> 'late' AND (n.kind = 'worry') = (%(kind)s = 'worry')
    ORDER BY n.id DESC LIMIT 1);

-- name: tell_meals
SELECT pg_notify('glaneur_live', %(event)s);

-- name: note_round_reading
-- That this account opened these people's files for its round: once a day for each of them.
INSERT INTO people.care_reading (at, account_id, beneficiary_id, purpose)
SELECT %(at)s, %(account)s, person, 'round' FROM unnest(%(ids)s::bigint[]) AS person
WHERE NOT EXISTS (SELECT FROM people.care_reading c
                  WHERE c.beneficiary_id = person AND c.at >= %(since)s AND c.account_id = %(account)s
                    AND c.purpose = 'round');
