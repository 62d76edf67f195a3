-- name: add
INSERT INTO downlink (id, device_id, kind, value, requested_by, requested_at)
VALUES (%(id)s, %(device_id)s, %(kind)s, %(value)s, %(by)s, %(at)s);

-- name: cancel
UPDATE downlink SET failed_at = %(at)s, error = 'cancelled'
WHERE id = %(id)s AND device_id = %(device_id)s AND sent_at IS NULL AND failed_at IS NULL
RETURNING id;

-- name: waiting
-- What is to be sent, oldest first, that no other worker is sending.
SELECT w.id, w.kind, w.value, d.serial, d.codec, d.network, d.dev_eui, d.network_path
FROM downlink w
JOIN device d ON d.id = w.device_id
WHERE w.sent_at IS NULL AND w.failed_at IS NULL
ORDER BY w.requested_at
LIMIT %(at_most)s
FOR UPDATE OF w SKIP LOCKED;

-- name: give_up
UPDATE downlink SET failed_at = %(at)s, error = %(error)s WHERE id = %(id)s;

-- name: note_sent
UPDATE downlink SET sent_at = %(at)s, tries = tries + 1 WHERE id = ANY (%(ids)s::uuid[]);

-- name: note_tried
UPDATE downlink SET tries = tries + 1 WHERE id = ANY (%(ids)s::uuid[]);

-- name: of_device
-- What was asked of this device lately, and what became of it?
SELECT id, kind, value, requested_at, sent_at, transmitted_at, acknowledged_at, failed_at, error, tries
FROM downlink
WHERE device_id = %(device_id)s
ORDER BY requested_at DESC
LIMIT 30;
