-- name: known_places
-- What an engine said of these places, unless it is too old.
SELECT p.id, p.lat_e5, p.lon_e5, p.off_road_m
FROM travel_place p
JOIN unnest(%(lats)s::integer[], %(lons)s::integer[]) AS w (lat_e5, lon_e5)
  ON (p.lat_e5, p.lon_e5) = (w.lat_e5, w.lon_e5)
WHERE p.engine = %(engine)s AND p.found_at > now() - %(days)s * INTERVAL '1 day';

-- name: touch_places
-- Written once a day at most, and never waited for: it only says what to forget last.
UPDATE travel_place SET used_at = now()
WHERE id = ANY (ARRAY(
    SELECT id FROM travel_place WHERE id = ANY (%(ids)s) AND used_at < now() - INTERVAL '1 day'
    ORDER BY id FOR UPDATE SKIP LOCKED));

-- name: legs_between
SELECT from_id, array_agg(to_id) AS to_ids, array_agg(distance_m) AS distances, array_agg(duration_s) AS durations
FROM travel_leg
WHERE from_id = ANY (%(ids)s) AND to_id = ANY (%(ids)s)
GROUP BY from_id;

-- name: forget_old
-- Roads change: what was found long ago goes; and of the rest, only the places used last are kept.
DELETE FROM travel_place
WHERE id = ANY (ARRAY(
    SELECT o.id FROM (
        SELECT id, found_at, row_number() OVER (ORDER BY used_at DESC, id DESC) AS rank FROM travel_place
    ) o
    WHERE o.found_at <= now() - %(days)s * INTERVAL '1 day' OR o.rank > %(most)s
    ORDER BY o.id));

-- name: add_places
-- In one order for everybody, so that two who learn the same places never wait for each other in a circle.
INSERT INTO travel_place (engine, lat_e5, lon_e5, off_road_m)
SELECT %(engine)s, w.lat_e5, w.lon_e5, w.off_road_m
FROM unnest(%(lats)s::integer[], %(lons)s::integer[], %(offs)s::integer[]) AS w (lat_e5, lon_e5, off_road_m)
ORDER BY w.lat_e5, w.lon_e5
ON CONFLICT (engine, lat_e5, lon_e5) DO UPDATE
SET used_at = now(), off_road_m = coalesce(excluded.off_road_m, travel_place.off_road_m)
RETURNING id, lat_e5, lon_e5;

-- name: add_legs
INSERT INTO travel_leg (from_id, to_id, distance_m, duration_s)
SELECT w.from_id, w.to_id, w.distance_m, w.duration_s
FROM unnest(%(from_ids)s::integer[], %(to_ids)s::integer[], %(distances)s::integer[], %(durations)s::integer[])
     AS w (from_id, to_id, distance_m, duration_s)
ORDER BY w.from_id, w.to_id
ON CONFLICT (from_id, to_id) DO NOTHING;

-- name: known_ways
SELECT v.from_id, v.to_id, v.way
FROM travel_way v
JOIN unnest(%(from_ids)s::integer[], %(to_ids)s::integer[]) AS w (from_id, to_id)
  ON (v.from_id, v.to_id) = (w.from_id, w.to_id);

-- name: add_ways
INSERT INTO travel_way (from_id, to_id, way)
SELECT w.from_id, w.to_id, w.way
FROM unnest(%(from_ids)s::integer[], %(to_ids)s::integer[], %(ways)s::jsonb[]) AS w (from_id, to_id, way)
ORDER BY w.from_id, w.to_id
ON CONFLICT (from_id, to_id) DO NOTHING;
