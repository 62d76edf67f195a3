-- Meals carried in the world of boards_world.sql: people of few and of many communes, three vans a hundred people, doors,
-- what was said there, temperatures, requests. Everything follows from identifiers.

-- name: vans
WITH room AS (INSERT INTO meals.cold_room (code, name, lat, lon) VALUES ('C', 'Cuisine', 50.5, 2.1) RETURNING id),
     van AS (
    INSERT INTO meals.van (code, name, cold_room_id, trays)
    SELECT 'V' || n, 'Camionnette ' || n, room.id, 80 FROM room, generate_series(1, greatest(1, %(people)s / 40)) AS n
    RETURNING id
)
INSERT INTO meals.shift (van_id, name, weekdays, starts, ends) SELECT id, 'matin', '{1,2,3,4,5}', '08:00', '13:00' FROM van;

-- name: people
-- Three people in the first commune; of the others the first ones have the most.
INSERT INTO people.beneficiary (reference, name, address, phone, insee, since, window_from, window_until, health, access_note)
SELECT 'B-' || n, 'Madame Secrète ' || n, '1 rue Cachée', '0300000000',
       (62001 + CASE WHEN n <= 3 THEN 0 ELSE 1 + floor((%(communes)s - 1) * power((n - 4.0) / %(people)s, 2)) END)::integer::text,
       %(today)s::date - %(days)s, CASE WHEN n %% 3 = 0 THEN TIME '08:30' END, CASE WHEN n %% 3 = 0 THEN TIME '11:00' END,
       'scellé', 'scellé'
FROM generate_series(1, %(people)s) AS n;

-- name: habits
INSERT INTO people.beneficiary_habit (beneficiary_id, valid_from, lunch)
SELECT id, since, CASE WHEN id %% 2 = 0 THEN '{1,2,3,4,5}'::smallint[] ELSE '{1,3,5,6,7}' END FROM people.beneficiary;

-- name: relatives
INSERT INTO people.relative (beneficiary_id, name, email, rights, made_at)
SELECT id, 'Madame Secrète', 'secrete@example.org', '{menus}', now() FROM people.beneficiary WHERE id %% 2 = 0;

-- name: plannings
INSERT INTO meals.planning (day, status, requested_at)
SELECT d::date, 'done', now()
FROM generate_series(%(today)s::date - %(days)s + 1, %(today)s::date, INTERVAL '1 day') AS d
WHERE extract(isodow FROM d) <= 5;

-- name: rounds
INSERT INTO meals.round (planning_id, day, shift_id, status, distance_m, starts_at, ends_at, published_at)
SELECT p.id, p.day, s.id, CASE WHEN p.day < %(today)s THEN 'done' ELSE 'published' END, 40000 + (p.id * 7919 + s.id) %% 20000,
       (p.day + TIME '08:00') AT TIME ZONE 'Europe/Paris', (p.day + TIME '12:30') AT TIME ZONE 'Europe/Paris', p.requested_at
FROM meals.planning p CROSS JOIN meals.shift s;

-- name: doors
-- Two days in three for each person; on Fridays the weekend's meals too.
INSERT INTO meals.door (round_id, position, beneficiary_id, arrival_at, departure_at, meals, usual)
SELECT r.id, b.id, b.id, r.starts_at + (b.id %% 40) * INTERVAL '6 minutes',
       r.starts_at + (b.id %% 40) * INTERVAL '6 minutes' + INTERVAL '3 minutes',
       CASE WHEN extract(isodow FROM r.day) = 5 THEN '{a,b,c}'::text[] ELSE '{a}' END,
       (ARRAY['kept', 'kept', 'kept', 'kept', 'kept', 'hour', 'kept', 'driver', 'both', 'new'])[1 + (b.id * 7 + r.id) %% 10]
FROM meals.round r
JOIN people.beneficiary b ON b.id %% (SELECT count(*) FROM meals.shift) = r.shift_id - (SELECT min(id) FROM meals.shift)
WHERE (b.id + (r.day - DATE '2020-01-01')) %% 3 <> 0;

-- name: said
INSERT INTO meals.door_event (event_id, door_id, kind, celsius, wellbeing, note, happened_at)
SELECT gen_random_uuid(), d.id,
       CASE WHEN d.id %% 31 = 0 THEN 'absent' WHEN d.id %% 97 = 0 THEN 'refused' WHEN d.id %% 211 = 0 THEN 'blocked'
            WHEN d.id %% 43 = 0 THEN 'neighbour' ELSE 'delivered' END,
       2.1, 'scellé', 'Madame Secrète', d.arrival_at + (d.id * 7919 %% 46 - 18) * INTERVAL '1 minute'
FROM meals.door d JOIN meals.round r ON r.id = d.round_id WHERE r.status = 'done';

-- name: measured
INSERT INTO meals.temperature (event_id, round_id, celsius, limit_c, happened_at)
SELECT gen_random_uuid(), id, 1 + id %% 20 / 10.0 + CASE WHEN id %% 150 = 0 THEN 3 ELSE 0 END, 3, starts_at FROM meals.round;

-- name: felt
INSERT INTO meals.temperature (event_id, round_id, door_id, celsius, limit_c, happened_at)
SELECT gen_random_uuid(), d.round_id, d.id, 1.5 + d.id %% 15 / 10.0 + CASE WHEN d.id %% 211 = 0 THEN 3 ELSE 0 END, 3, d.arrival_at
FROM meals.door d JOIN meals.round r ON r.id = d.round_id WHERE r.status = 'done' AND d.id %% 2 = 0 OR d.id %% 211 = 0;

-- name: cancels
INSERT INTO meals.request (id, at, beneficiary_id, document, rule, answer)
SELECT gen_random_uuid(), now(), b.id, jsonb_build_object('kind', 'cancel', 'day', d::date, 'moment', 'lunch', 'reason', 'hospital'),
       CASE WHEN (b.id + (d::date - DATE '2020-01-01')) %% 5 = 0 THEN 'too_late' END, 'Essai.'
FROM people.beneficiary b CROSS JOIN generate_series(%(today)s::date - %(days)s + 1, %(today)s::date, INTERVAL '1 day') AS d
WHERE (b.id * 31 + (d::date - DATE '2020-01-01') * 7) %% 37 = 0;

-- name: absences
INSERT INTO meals.request (id, at, beneficiary_id, document, answer)
SELECT gen_random_uuid(), now(), id,
       jsonb_build_object('kind', 'absence', 'first', since + (10 + id %% 20)::integer, 'last', since + (17 + id %% 20)::integer, 'reason', 'hospital'), 'Essai.'
FROM people.beneficiary WHERE id %% 4 = 0;

-- name: concerns
INSERT INTO meals.concern (kind, beneficiary_id, opened_at, detail, closed_at)
SELECT (ARRAY['worry', 'absent', 'refused', 'excursion', 'late'])[1 + id %% 5], CASE WHEN id %% 5 < 3 THEN id END,
       glaneur_now() - (id * id) * INTERVAL '20 minutes', 'scellé', CASE WHEN id %% 3 = 0 THEN glaneur_now() END
FROM people.beneficiary WHERE id <= 30;
