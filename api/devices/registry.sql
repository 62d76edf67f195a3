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

-- name: set_access
UPDATE device SET access_since = %(at)s WHERE id = %(id)s;
