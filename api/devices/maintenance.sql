-- name: to_maintain
-- Probes in service that need somebody: an open alert about the probe, or a quality that lasts. One row each.
SELECT n.id AS container_id, n.code AS container, n.serial, n.stream_label, n.point_name, n.point_code, n.access_note,
       n.insee, n.commune, n.lat, n.lon, n.quality, n.measured_at, n.battery_percent, d.codec,
       lower(h.during) AS mounted_since, a.kinds, a.sentences, a.since, a.alerts, a.assigned
FROM answers.container_now n
JOIN mounting h ON h.container_id = n.id AND h.during @> %(now)s::timestamptz
JOIN device d ON d.id = h.device_id
LEFT JOIN LATERAL (
    SELECT array_agg(o.kind ORDER BY o.opened_at, o.id) AS kinds, array_agg(o.sentence ORDER BY o.opened_at, o.id) AS sentences,
           array_agg(o.id ORDER BY o.opened_at, o.id) AS alerts, min(o.opened_at) AS since,
           string_agg(DISTINCT g.display_name, ', ') AS assigned
    FROM alert o
    LEFT JOIN people.account g ON g.id = o.assigned_to
    WHERE o.container_id = n.id AND o.closed_at IS NULL AND o.kind = ANY (%(kinds)s::text[])
      AND coalesce(o.snoozed_until <= %(now)s, true)
) a ON true
WHERE (a.kinds IS NOT NULL OR n.quality = ANY (%(qualities)s::text[]))
  AND (%(insee)s::text IS NULL OR n.insee = %(insee)s)
ORDER BY n.commune, n.code;

-- name: start
-- Where the technician's day starts: the first depot, or the middle of the columns.
SELECT coalesce((SELECT lat FROM depot ORDER BY id LIMIT 1), (SELECT avg(lat) FROM point)) AS lat,
       coalesce((SELECT lon FROM depot ORDER BY id LIMIT 1), (SELECT avg(lon) FROM point)) AS lon,
       (SELECT name FROM depot ORDER BY id LIMIT 1) AS name;
