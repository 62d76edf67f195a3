-- name: column
-- How is this column read now, by which probe, and since when does that hang there?
SELECT k.container_id AS id, k.code, k.volume_l, k.empty_distance_mm, k.full_distance_mm, k.dead_zone_mm, k.shape,
       k.plan_percent, k.urgent_percent, k.since, k.how, k.model, d.id AS device_id, d.serial,
       coalesce(d.report_interval_s, 14400) AS report_interval_s, lower(h.during) AS mounted_at
FROM answers.calibration_now k
LEFT JOIN mounting h ON h.container_id = k.container_id AND h.during @> glaneur_now()
LEFT JOIN device d ON d.id = h.device_id
WHERE k.code = %(code)s;

-- name: forget
DELETE FROM calibration WHERE container_id = %(id)s AND lower(during) = %(since)s;

-- name: end_before
UPDATE calibration SET during = tstzrange(lower(during), %(since)s)
WHERE container_id = %(id)s AND during @> %(since)s::timestamptz;

-- name: add
-- Until the next calibration, if one was written for a later time.
INSERT INTO calibration (container_id, during, empty_distance_mm, full_distance_mm, dead_zone_mm, shape, model_id,
                         device_id, how)
SELECT %(id)s, tstzrange(%(since)s, min(lower(k.during))), %(empty)s, %(full)s, %(dead)s, %(shape)s::jsonb,
       (SELECT id FROM container_model WHERE code = %(model)s::text), %(device_id)s, %(how)s
FROM calibration k
WHERE k.container_id = %(id)s AND lower(k.during) > %(since)s;

-- name: devices_since
-- Which devices hung in this container since then?
SELECT DISTINCT device_id FROM mounting WHERE container_id = %(id)s AND during && tstzrange(%(since)s, NULL);

-- name: last_distances
-- What did its probe say last, newest first?
SELECT measured_at, distance_mm FROM reading
WHERE device_id = %(device_id)s AND container_id = %(id)s AND measured_at >= %(mounted_at)s
ORDER BY measured_at DESC
LIMIT 2;

-- name: models
SELECT code, name, volume_l, empty_distance_mm, full_distance_mm, dead_zone_mm, shape FROM container_model ORDER BY name;

-- name: add_model
INSERT INTO container_model (code, name, volume_l, empty_distance_mm, full_distance_mm, dead_zone_mm, shape)
VALUES (%(code)s, %(name)s, %(volume_l)s, %(empty_distance_mm)s, %(full_distance_mm)s, %(dead_zone_mm)s, %(shape)s::jsonb);
