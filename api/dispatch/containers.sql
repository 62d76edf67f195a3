-- name: containers_now
-- What do we know of the containers now? All of them, or those that match every filter given.
SELECT n.id, n.code, n.stream, n.stream_label, n.colour, n.point_id, n.point_code, n.point_name, n.access_note,
       n.insee, n.commune, n.lat, n.lon, n.volume_l, n.plan_percent, n.urgent_percent,
       n.fill_percent, n.rate_percent_per_day, n.full_at, n.measured_at, n.last_emptied_at,
       CASE WHEN n.serial IS NULL THEN 'none' ELSE n.quality END AS quality, n.estimated, n.believed_at,
       n.serial, n.battery_percent, n.temperature_c, n.tilt_deg, n.alerts_open,
       n.due, n.urgent
FROM answers.container_now n
WHERE (%(stream)s::text IS NULL OR n.stream = %(stream)s)
  AND (%(insee)s::text IS NULL OR n.insee = %(insee)s)
  AND (NOT %(due)s OR n.due)
  AND (%(ids)s::integer[] IS NULL OR n.id = ANY(%(ids)s))
  AND (%(code)s::text IS NULL OR n.code = %(code)s);

-- name: emptyings_after
-- Which emptyings were recorded after a cursor, and not taken back since? Only those recorded long enough ago that no transaction
-- still running can add one before them.
SELECT e.event_id, c.code AS container, e.emptied_at, e.source, e.recorded_at
FROM answers.emptying_counted e
JOIN container c ON c.id = e.container_id
WHERE (e.recorded_at, e.event_id) > (%(recorded_at)s, %(event_id)s)
  AND e.recorded_at < now() - %(settling)s::interval
  AND (%(source)s::text IS NULL OR e.source = %(source)s)
ORDER BY e.recorded_at, e.event_id
LIMIT %(most)s;
