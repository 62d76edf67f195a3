-- name: add_relative
INSERT INTO people.relative (beneficiary_id, name, themselves, email, phone, rights, told_by, large_print, made_at)
SELECT id, %(name)s, %(themselves)s, %(email)s, %(phone)s, %(rights)s, %(told_by)s, %(large_print)s, glaneur_now()
FROM people.beneficiary WHERE reference = %(beneficiary)s
RETURNING id;

-- name: numbers
SELECT reference, id FROM people.beneficiary ORDER BY reference;

-- name: subscribe_office
-- The office is told by mail, which the demonstration writes to files.
INSERT INTO people.subscription (account_id, channel, address, kinds)
SELECT id, 'email', 'portage@exemple.fr', '{meal_worry,meal_excursion}' FROM people.account WHERE login = %(login)s;

-- name: account
SELECT id, login, display_name, role FROM people.account WHERE login = %(login)s OR id = %(id)s;

-- name: open_concerns
SELECT id FROM meals.concern WHERE closed_at IS NULL AND opened_at < %(before)s ORDER BY id;

-- name: told_then
-- Relatives were told of the past when it happened.
UPDATE people.family_notice SET taken_at = happened_at WHERE taken_at IS NULL AND happened_at < %(before)s;
