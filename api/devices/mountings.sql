-- name: add
INSERT INTO mounting (device_id, container_id, during) VALUES (%(device_id)s, %(container_id)s, %(during)s::tstzrange);

-- name: in_the_way
-- Which mounting keeps this one from being written?
SELECT d.serial, c.code, lower(m.during) AS since, upper(m.during) AS until, m.device_id = %(device_id)s AS same_device
FROM mounting m
JOIN device d ON d.id = m.device_id
JOIN container c ON c.id = m.container_id
WHERE (m.device_id = %(device_id)s OR m.container_id = %(container_id)s) AND m.during && %(during)s::tstzrange
ORDER BY same_device DESC, lower(m.during)
LIMIT 1;

-- name: open_of_device
SELECT container_id, lower(during) AS since FROM mounting WHERE device_id = %(device_id)s AND upper_inf(during);

-- name: end
UPDATE mounting SET during = tstzrange(%(since)s, %(until)s)
WHERE device_id = %(device_id)s AND lower(during) = %(since)s;

-- name: remove
DELETE FROM mounting
WHERE device_id = %(device_id)s AND container_id = %(container_id)s AND lower(during) = %(since)s
RETURNING upper(during) AS until;
