-- name: forget_meals
SELECT what, gone FROM answers.forget_meals(%(now)s, %(months)s);

-- name: erase
SELECT what, gone FROM answers.erase_beneficiary(%(person)s, %(now)s);

-- name: erasable
-- Why a file cannot be erased yet: still served, or the first day of a month without its bill.
SELECT b.id, b.until, b.erased_at, answers.unbilled_until(b.id) AS unbilled
FROM people.beneficiary b WHERE b.id = %(person)s;

-- name: kept_bills
SELECT count(*) AS bills, max(r.issued_at) AS last FROM people.meal_debtor d
JOIN meals.bill b ON b.id = d.bill_id JOIN meals.bill_run r ON r.id = b.run_id
WHERE b.beneficiary_id = %(person)s;

-- name: export_requests
SELECT q.id, q.at, q.document, q.rule, q.answer, COALESCE(a.display_name, f.name) AS asked_by
FROM meals.request q LEFT JOIN people.account a ON a.id = q.asked_by LEFT JOIN people.relative f ON f.id = q.relative_id
WHERE q.beneficiary_id = %(person)s ORDER BY q.at;

-- name: export_doors
SELECT d.id AS door, r.day, d.arrival_at, d.meals, e.event_id, e.kind, e.celsius, e.wellbeing, e.note, e.happened_at
FROM meals.door d JOIN meals.round r ON r.id = d.round_id
LEFT JOIN meals.door_event e ON e.door_id = d.id
WHERE d.beneficiary_id = %(person)s ORDER BY d.arrival_at, e.happened_at;

-- name: export_temperatures
SELECT t.happened_at, t.celsius, t.limit_c FROM meals.temperature t JOIN meals.door d ON d.id = t.door_id
WHERE d.beneficiary_id = %(person)s ORDER BY t.happened_at;

-- name: export_concerns
SELECT id, kind, opened_at, closed_at, detail, outcome FROM meals.concern
WHERE beneficiary_id = %(person)s ORDER BY opened_at;

-- name: export_relatives
SELECT name, themselves, email, phone, rights, told_by, large_print, made_at, revoked_at FROM people.relative
WHERE beneficiary_id = %(person)s ORDER BY made_at;

-- name: export_acts
-- What relatives changed for the person.
SELECT c.at, f.name, c.what, c.answer FROM people.family_act c JOIN people.relative f ON f.id = c.relative_id
WHERE f.beneficiary_id = %(person)s ORDER BY c.at;

-- name: export_notices
SELECT kind, happened_at, taken_at FROM people.family_notice WHERE beneficiary_id = %(person)s ORDER BY happened_at;

-- name: export_readings
SELECT r.at, r.purpose, COALESCE(a.display_name, 'un proche') AS who
FROM people.care_reading r LEFT JOIN people.account a ON a.id = r.account_id
WHERE r.beneficiary_id = %(person)s ORDER BY r.at;

-- name: account
SELECT id, login, display_name, role, '' AS csrf_token FROM people.account WHERE login = %(login)s AND active;
