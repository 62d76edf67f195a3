-- Decoding stored bytes again.

-- name: messages
-- The next messages whose bytes can be read again: those that came through a network, a row per measurement.
WITH wanted AS (
    SELECT r.device_id, r.message_id, min(r.measured_at) AS first_at, max(r.measured_at) AS last_at
    FROM reading r
    WHERE r.device_id = %(device_id)s AND r.sent_at IS NOT NULL
      AND (%(since)s::timestamptz IS NULL OR r.measured_at >= %(since)s)
      AND (%(after)s::uuid IS NULL OR r.message_id > %(after)s)
    GROUP BY r.device_id, r.message_id
    ORDER BY r.message_id
    LIMIT %(most)s
)
SELECT r.measured_at, r.message_id, r.received_at, r.container_id, r.distance_mm, r.fill_percent, r.temperature_c,
       r.battery_percent, r.battery_v, r.tilt_deg, r.rssi_dbm, r.snr_db, r.gateway, r.quality, r.codec,
       r.codec_version, r.f_port, r.f_cnt, r.sent_at, r.fire, r.raw
FROM wanted w
JOIN reading r ON r.device_id = w.device_id AND r.message_id = w.message_id
ORDER BY r.message_id, r.measured_at DESC;

-- name: devices
-- Whose messages may be read again, and by which codec now?
SELECT id, serial, codec, dev_eui
FROM device
WHERE dev_eui IS NOT NULL AND codec <> 'native' AND (%(serial)s::text IS NULL OR serial = %(serial)s)
ORDER BY id;

-- name: hung_in
-- In which containers did this device hang since then, and since when?
SELECT array_agg(DISTINCT container_id ORDER BY container_id) AS containers,
       coalesce(%(since)s::timestamptz, min(lower(during)), TIMESTAMPTZ '2000-01-01Z') AS since
FROM mounting
WHERE device_id = %(device_id)s AND during && tstzrange(%(since)s, NULL);

-- name: forget
DELETE FROM reading
WHERE device_id = %(device_id)s AND message_id = %(message_id)s AND measured_at = %(measured_at)s;

-- name: rewrite
UPDATE reading
SET container_id = %(container_id)s, distance_mm = %(distance_mm)s, fill_percent = %(fill_percent)s,
    temperature_c = %(temperature_c)s, battery_percent = %(battery_percent)s, battery_v = %(battery_v)s,
    tilt_deg = %(tilt_deg)s, fire = %(fire)s, quality = %(quality)s, codec = %(codec)s, codec_version = %(codec_version)s
WHERE device_id = %(device_id)s AND message_id = %(message_id)s AND measured_at = %(measured_at)s;
