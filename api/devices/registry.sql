-- name: add
INSERT INTO device (serial, codec, report_interval_s, network, dev_eui, network_path)
VALUES (%(serial)s, %(codec)s, %(report_interval_s)s, %(network)s, %(dev_eui)s, %(network_path)s)
RETURNING id;

-- name: change
UPDATE device
SET codec = %(codec)s, report_interval_s = %(report_interval_s)s, network = %(network)s, dev_eui = %(dev_eui)s,
    network_path = %(network_path)s
WHERE id = %(id)s;

-- name: container_by_code
SELECT id FROM container WHERE code = %(code)s;

-- name: calibration
SELECT id, empty_distance_mm, full_distance_mm, dead_zone_mm FROM container WHERE code = %(code)s FOR UPDATE;

-- name: calibrate
UPDATE container SET empty_distance_mm = %(empty)s, full_distance_mm = %(full)s, dead_zone_mm = %(dead)s
WHERE id = %(id)s;

-- name: devices_since
-- Which devices hung in this container since then?
SELECT DISTINCT device_id FROM mounting WHERE container_id = %(id)s AND during && tstzrange(%(since)s, NULL);

-- name: set_access
UPDATE device SET access_since = %(at)s WHERE id = %(id)s;
