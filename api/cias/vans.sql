-- name: rooms
SELECT id, code, name, lat, lon, ride_s FROM meals.cold_room ORDER BY code;

-- name: vans
SELECT v.id, v.code, v.name, c.code AS cold_room, v.trays, v.active
FROM meals.van v JOIN meals.cold_room c ON c.id = v.cold_room_id ORDER BY v.active DESC, v.code;

-- name: shifts
SELECT s.id, v.code AS van, s.name, s.weekdays, s.starts, s.ends, a.login AS driver, a.display_name AS driver_name,
       s.start_lat, s.start_lon, s.end_lat, s.end_lon, s.active
FROM meals.shift s
JOIN meals.van v ON v.id = s.van_id
LEFT JOIN people.account a ON a.id = s.driver_id
ORDER BY v.code, s.starts, s.name;

-- name: save_room
INSERT INTO meals.cold_room (code, name, lat, lon, ride_s) VALUES (%(code)s, %(name)s, %(lat)s, %(lon)s, %(ride_s)s)
ON CONFLICT (code) DO UPDATE
SET name = EXCLUDED.name, lat = EXCLUDED.lat, lon = EXCLUDED.lon, ride_s = EXCLUDED.ride_s;

-- name: save_van
INSERT INTO meals.van (code, name, cold_room_id, trays, active)
SELECT %(code)s, %(name)s, c.id, %(trays)s, %(active)s FROM meals.cold_room c WHERE c.code = %(cold_room)s
ON CONFLICT (code) DO UPDATE
SET name = EXCLUDED.name, cold_room_id = EXCLUDED.cold_room_id, trays = EXCLUDED.trays, active = EXCLUDED.active
RETURNING id;

-- name: save_shift
INSERT INTO meals.shift (van_id, name, weekdays, starts, ends, driver_id, start_lat, start_lon, end_lat, end_lon, active)
SELECT v.id, %(name)s, %(weekdays)s, %(starts)s, %(ends)s,
       (SELECT a.id FROM people.account a WHERE a.login = %(driver)s AND a.role = 'driver' AND a.active),
       %(start_lat)s, %(start_lon)s, %(end_lat)s, %(end_lon)s, %(active)s
FROM meals.van v WHERE v.code = %(van)s
ON CONFLICT (van_id, name) DO UPDATE
SET weekdays = EXCLUDED.weekdays, starts = EXCLUDED.starts, ends = EXCLUDED.ends, driver_id = EXCLUDED.driver_id,
    start_lat = EXCLUDED.start_lat, start_lon = EXCLUDED.start_lon, end_lat = EXCLUDED.end_lat,
    end_lon = EXCLUDED.end_lon, active = EXCLUDED.active
RETURNING id;

-- name: logins
SELECT login, display_name FROM people.account WHERE role = 'driver' AND active ORDER BY display_name;
