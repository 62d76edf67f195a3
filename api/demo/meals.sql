-- name: add_cold_room
INSERT INTO meals.cold_room (code, name, lat, lon, ride_s)
VALUES (%(code)s, %(name)s, %(lat)s, %(lon)s, %(ride_s)s);

-- name: add_van
INSERT INTO meals.van (code, name, cold_room_id, trays)
SELECT %(code)s, %(name)s, id, %(trays)s FROM meals.cold_room WHERE code = %(cold_room)s;

-- name: add_shift
INSERT INTO meals.shift (van_id, name, weekdays, starts, ends, driver_id)
SELECT v.id, %(name)s, %(weekdays)s, %(starts)s, %(ends)s, a.id
FROM meals.van v, people.account a
WHERE v.code = %(van)s AND a.login = %(driver)s;

-- name: add_relative
INSERT INTO people.relative (beneficiary_id, name, themselves, email, phone, rights, told_by, large_print, made_at)
SELECT id, %(name)s, %(themselves)s, %(email)s, %(phone)s, %(rights)s, %(told_by)s, %(large_print)s, glaneur_now()
FROM people.beneficiary WHERE reference = %(beneficiary)s;

-- name: numbers
SELECT reference, id FROM people.beneficiary ORDER BY reference;
