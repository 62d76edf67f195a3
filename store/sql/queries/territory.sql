-- name: upsert_commune
INSERT INTO commune (insee, name, postcode, population, lat, lon)
VALUES (%(insee)s, %(name)s, %(postcode)s, %(population)s, %(lat)s, %(lon)s)
ON CONFLICT (insee) DO UPDATE SET name = excluded.name, postcode = excluded.postcode,
    population = excluded.population, lat = excluded.lat, lon = excluded.lon;

-- name: upsert_stream
INSERT INTO stream (code, label, colour, density_kg_m3)
VALUES (%(code)s, %(label)s, %(colour)s, %(density_kg_m3)s)
ON CONFLICT (code) DO UPDATE SET label = excluded.label, colour = excluded.colour,
    density_kg_m3 = excluded.density_kg_m3;

-- name: upsert_point
INSERT INTO point (code, name, insee, lat, lon, access_note)
VALUES (%(code)s, %(name)s, %(insee)s, %(lat)s, %(lon)s, coalesce(%(access_note)s, ''))
ON CONFLICT (code) DO UPDATE SET name = excluded.name, insee = excluded.insee, lat = excluded.lat,
    lon = excluded.lon, access_note = excluded.access_note;

-- name: upsert_container
INSERT INTO container (code, point_id, stream, volume_l, empty_distance_mm, full_distance_mm, dead_zone_mm)
VALUES (%(code)s, (SELECT id FROM point WHERE code = %(point)s), %(stream)s, %(volume_l)s,
        %(empty_distance_mm)s, %(full_distance_mm)s, %(dead_zone_mm)s)
ON CONFLICT (code) DO UPDATE SET point_id = excluded.point_id, stream = excluded.stream,
    volume_l = excluded.volume_l, empty_distance_mm = excluded.empty_distance_mm,
    full_distance_mm = excluded.full_distance_mm, dead_zone_mm = excluded.dead_zone_mm;

-- name: upsert_device
INSERT INTO device (serial, report_interval_s) VALUES (%(serial)s, %(report_interval_s)s)
ON CONFLICT (serial) DO UPDATE SET report_interval_s = excluded.report_interval_s;

-- name: add_mounting
-- A mounting already known (same device, container and start) is left as it is, ended or not.
INSERT INTO mounting (device_id, container_id, during)
SELECT d.id, c.id, tstzrange(%(from)s::timestamptz, NULL)
FROM (SELECT (SELECT id FROM device WHERE serial = %(device)s) AS id) d,
     (SELECT (SELECT id FROM container WHERE code = %(container)s) AS id) c
WHERE NOT EXISTS (SELECT FROM mounting m WHERE m.device_id = d.id AND m.container_id = c.id
                  AND lower(m.during) = %(from)s::timestamptz);

-- name: upsert_depot
INSERT INTO depot (code, name, lat, lon) VALUES (%(code)s, %(name)s, %(lat)s, %(lon)s)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, lat = excluded.lat, lon = excluded.lon;

-- name: upsert_unloading_site
INSERT INTO unloading_site (code, name, lat, lon, streams, opens_s, closes_s, service_s)
VALUES (%(code)s, %(name)s, %(lat)s, %(lon)s, %(streams)s, %(opens_s)s, %(closes_s)s, %(service_s)s)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, lat = excluded.lat, lon = excluded.lon,
    streams = excluded.streams, opens_s = excluded.opens_s, closes_s = excluded.closes_s,
    service_s = excluded.service_s;

-- name: upsert_vehicle
INSERT INTO vehicle (code, name, depot_id, streams, capacity_l, capacity_kg, shift_start_s, shift_s,
                     break_after_s, break_s, height_mm, width_mm, length_mm, gross_weight_kg, week_s)
VALUES (%(code)s, %(name)s, (SELECT id FROM depot WHERE code = %(depot)s), %(streams)s, %(capacity_l)s,
        %(capacity_kg)s, %(shift_start_s)s, %(shift_s)s, %(break_after_s)s, %(break_s)s,
        %(height_mm)s, %(width_mm)s, %(length_mm)s, %(gross_weight_kg)s, %(week_s)s)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, depot_id = excluded.depot_id,
    streams = excluded.streams, capacity_l = excluded.capacity_l, capacity_kg = excluded.capacity_kg,
    shift_start_s = excluded.shift_start_s, shift_s = excluded.shift_s,
    break_after_s = excluded.break_after_s, break_s = excluded.break_s, height_mm = excluded.height_mm,
    width_mm = excluded.width_mm, length_mm = excluded.length_mm, gross_weight_kg = excluded.gross_weight_kg,
    week_s = excluded.week_s;
