-- name: books
-- Rules in the order they were loaded; of two for one day the last counts.
SELECT DISTINCT ON (valid_from) document FROM meals.book ORDER BY valid_from, id DESC;

-- name: add_book
INSERT INTO meals.book (valid_from, document) VALUES (%(valid_from)s, %(document)s);

-- name: add_grid
INSERT INTO meals.grid (valid_from, document) VALUES (%(valid_from)s, %(document)s);

-- name: dishes
SELECT code, name, diets, textures, allergens FROM meals.dish ORDER BY code;

-- name: save_dish
INSERT INTO meals.dish (code, name, diets, textures, allergens)
VALUES (%(code)s, %(name)s, %(diets)s, %(textures)s, %(allergens)s)
ON CONFLICT (code) DO UPDATE
SET name = EXCLUDED.name, diets = EXCLUDED.diets, textures = EXCLUDED.textures, allergens = EXCLUDED.allergens;

-- name: menus
SELECT day, moment, choice, courses FROM meals.menu
WHERE day BETWEEN %(first)s AND %(last)s OR day = ANY (%(ordered)s::date[])
ORDER BY day, moment DESC, choice;

-- name: save_menu
INSERT INTO meals.menu AS menu (day, moment, choice, courses, published_at)
VALUES (%(day)s, %(moment)s, %(choice)s, %(courses)s, glaneur_now())
ON CONFLICT (day, moment, choice) DO UPDATE
SET courses = EXCLUDED.courses,
    changed_at = CASE WHEN menu.courses = EXCLUDED.courses THEN menu.changed_at ELSE glaneur_now() END;

-- name: people_served
-- Files whose deliveries touch these days; all columns, the sealed ones sealed.
SELECT b.id, b.reference, b.name, b.address, b.insee, b.phone, b.lat, b.lon, b.since, b.until, b.end_reason,
       b.second, b.window_from, b.window_until, b.health, b.access_note
FROM people.beneficiary b
WHERE b.erased_at IS NULL AND b.since <= %(last)s AND (b.until IS NULL OR b.until >= %(first)s)
ORDER BY b.name, b.id;

-- name: one_person
SELECT b.id, b.reference, b.name, b.address, b.insee, b.phone, b.lat, b.lon, b.since, b.until, b.end_reason,
       b.second, b.window_from, b.window_until, b.health, b.access_note
FROM people.beneficiary b
WHERE b.id = %(id)s AND b.erased_at IS NULL;

-- name: known_reference
SELECT id FROM people.beneficiary WHERE reference = %(reference)s;

-- name: hold_person
-- Requests about one person are judged one after the other.
SELECT id FROM people.beneficiary WHERE id = %(id)s AND erased_at IS NULL FOR UPDATE;

-- name: files
-- The office's list: nothing sealed is read.
SELECT b.id, b.reference, b.name, b.insee, c.name AS commune, b.since, b.until, b.end_reason
FROM people.beneficiary b
LEFT JOIN commune c ON c.insee = b.insee
WHERE b.erased_at IS NULL
ORDER BY b.name, b.id;

-- name: habits
SELECT beneficiary_id, valid_from, lunch, dinner, choice FROM people.beneficiary_habit
WHERE beneficiary_id = ANY (%(ids)s) ORDER BY beneficiary_id, valid_from;

-- name: incomes
SELECT beneficiary_id, valid_from, quotient FROM people.beneficiary_income
WHERE beneficiary_id = ANY (%(ids)s) ORDER BY beneficiary_id, valid_from;

-- name: supports
SELECT beneficiary_id, payer, valid_from, valid_until, per_meal, per_month FROM people.beneficiary_support
WHERE beneficiary_id = ANY (%(ids)s) ORDER BY beneficiary_id, valid_from, payer;

-- name: save_support
INSERT INTO people.beneficiary_support (beneficiary_id, payer, valid_from, valid_until, per_meal, per_month)
VALUES (%(id)s, %(payer)s, %(valid_from)s, %(valid_until)s, %(per_meal)s, %(per_month)s)
ON CONFLICT (beneficiary_id, payer, valid_from) DO UPDATE
SET valid_until = EXCLUDED.valid_until, per_meal = EXCLUDED.per_meal, per_month = EXCLUDED.per_month;

-- name: reserve_person
-- The number is in what is sealed, so it is drawn before the row is written.
SELECT COALESCE((SELECT id FROM people.beneficiary WHERE reference = %(reference)s),
                nextval(pg_get_serial_sequence('people.beneficiary', 'id'))) AS id;

-- name: save_person
INSERT INTO people.beneficiary (id, reference, name, address, insee, phone, lat, lon, since, until, end_reason, second,
                                window_from, window_until, health, access_note)
OVERRIDING SYSTEM VALUE
VALUES (%(id)s, %(reference)s, %(name)s, %(address)s, %(insee)s, %(phone)s, %(lat)s, %(lon)s, %(since)s, %(until)s,
        %(end_reason)s, %(second)s, %(window_from)s, %(window_until)s, %(health)s, %(access_note)s)
ON CONFLICT (id) DO UPDATE
SET name = EXCLUDED.name, address = EXCLUDED.address, insee = EXCLUDED.insee, phone = EXCLUDED.phone,
    lat = EXCLUDED.lat, lon = EXCLUDED.lon, since = EXCLUDED.since, until = EXCLUDED.until,
    end_reason = EXCLUDED.end_reason, second = EXCLUDED.second, window_from = EXCLUDED.window_from,
    window_until = EXCLUDED.window_until, health = EXCLUDED.health, access_note = EXCLUDED.access_note;

-- name: save_habit
INSERT INTO people.beneficiary_habit (beneficiary_id, valid_from, lunch, dinner, choice)
VALUES (%(id)s, %(valid_from)s, %(lunch)s, %(dinner)s, %(choice)s)
ON CONFLICT (beneficiary_id, valid_from) DO UPDATE
SET lunch = EXCLUDED.lunch, dinner = EXCLUDED.dinner, choice = EXCLUDED.choice;

-- name: save_income
INSERT INTO people.beneficiary_income (beneficiary_id, valid_from, quotient)
VALUES (%(id)s, %(valid_from)s, %(quotient)s)
ON CONFLICT (beneficiary_id, valid_from) DO UPDATE SET quotient = EXCLUDED.quotient;

-- name: note_reading
INSERT INTO people.care_reading (at, account_id, beneficiary_id, purpose)
SELECT %(at)s, %(account)s, unnest(%(ids)s::bigint[]), %(purpose)s;

-- name: requests
-- What counts: granted requests only, oldest first.
SELECT document FROM meals.request
WHERE beneficiary_id = ANY (%(ids)s) AND rule IS NULL ORDER BY at, id;

-- name: known_request
SELECT beneficiary_id, rule, answer FROM meals.request WHERE id = %(id)s;

-- name: add_request
INSERT INTO meals.request (id, at, beneficiary_id, document, asked_by, relative_id, rule, answer)
VALUES (%(id)s, %(at)s, %(person)s, %(document)s, %(asked_by)s, %(relative)s, %(rule)s, %(answer)s);

-- name: menus_published
SELECT day, moment, choice, courses, published_at, changed_at FROM meals.menu
WHERE day BETWEEN %(first)s AND %(last)s ORDER BY day, moment DESC, choice;

-- name: doors_ahead
-- This person's doors that no van has come to yet, on rounds that are planned or published. One a driver speaks of at
-- this very moment is left alone.
SELECT d.id, d.meals, r.day FROM meals.door d
JOIN meals.round r ON r.id = d.round_id
WHERE d.beneficiary_id = %(person)s AND r.day >= %(from)s AND r.status IN ('draft', 'published')
  AND NOT EXISTS (SELECT FROM meals.door_event e WHERE e.door_id = d.id)
  AND NOT EXISTS (SELECT FROM people.family_notice n WHERE n.door_id = d.id)
ORDER BY d.id
FOR UPDATE OF d SKIP LOCKED;

-- name: drop_door_ahead
DELETE FROM meals.door WHERE id = %(id)s;

-- name: change_door_ahead
UPDATE meals.door SET meals = %(meals)s WHERE id = %(id)s;
