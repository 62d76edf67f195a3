-- The questions people ask, one view each. Dropped and made again at every deploy: edit freely.
DROP SCHEMA IF EXISTS answers CASCADE;
CREATE SCHEMA answers;

-- Every container in service with what we know of it now, one row each.
-- "Due" (at or above its planning threshold) and "urgent" are defined here and only here.
CREATE VIEW answers.container_now AS
SELECT c.id, c.code, c.stream, s.label AS stream_label, s.colour, s.density_kg_m3,
       p.id AS point_id, p.code AS point_code, p.name AS point_name, p.lat, p.lon, p.access_note,
       p.insee, m.name AS commune,
       c.volume_l, c.plan_percent, c.urgent_percent,
       d.serial, d.report_interval_s,
       t.measured_at, t.fill_percent, t.rate_percent_per_day,
       -- The forecast knows Saturdays and holidays; the rate of the last readings stands in for it while there is none
       -- of the last hours, after an emptying, and for a container that is full already.
       CASE WHEN f.made_at > glaneur_now() - INTERVAL '3 hours' AND f.made_at > coalesce(t.last_emptied_at, '-infinity')
                 AND coalesce(t.full_at > glaneur_now(), true)
            THEN coalesce(f.full_at, greatest(t.full_at, f.made_at + INTERVAL '61 days'))
            ELSE t.full_at END AS full_at,
       coalesce(t.fill_percent >= c.plan_percent, false) AS due,
       coalesce(t.fill_percent >= c.urgent_percent, false) AS urgent,
       t.temperature_c, t.battery_percent, t.tilt_deg,
       coalesce(t.quality, 'silent') AS quality, t.last_emptied_at,
       (SELECT count(*) FROM alert a WHERE a.container_id = c.id AND a.closed_at IS NULL) AS alerts_open
FROM container c
JOIN point p ON p.id = c.point_id
JOIN commune m ON m.insee = p.insee
JOIN stream s ON s.code = c.stream
LEFT JOIN container_state t ON t.container_id = c.id
LEFT JOIN container_forecast f ON f.container_id = c.id
LEFT JOIN mounting h ON h.container_id = c.id AND h.during @> glaneur_now()
LEFT JOIN device d ON d.id = h.device_id
WHERE c.in_service @> glaneur_now();

-- What is expected of each container at the end of each of the coming days, one row a day, if nobody empties it.
-- day is the local day that ends at "ends"; percents are not clipped at 100.
CREATE VIEW answers.container_forecast AS
SELECT f.container_id, c.code, f.made_at, f.level_at, f.estimated, e.ends,
       (e.ends AT TIME ZONE 'Europe/Paris' - INTERVAL '1 second')::date AS day,
       e.mean, e.sd, e.q10, e.q50, e.q90, e.p_overflow
FROM container_forecast f
JOIN container c ON c.id = f.container_id
CROSS JOIN LATERAL unnest(f.ends, f.mean, f.sd, f.q10, f.q50, f.q90, f.p_overflow)
    AS e (ends, mean, sd, q10, q50, q90, p_overflow);

CREATE VIEW answers.container_due AS
SELECT * FROM answers.container_now WHERE due;

CREATE VIEW answers.alert_open AS
SELECT a.id, a.kind, a.opened_at, a.sentence, a.acknowledged_at,
       n.id AS container_id, n.code, n.stream, n.stream_label, n.commune, n.insee, n.point_name, n.lat, n.lon
FROM alert a
JOIN answers.container_now n ON n.id = a.container_id
WHERE a.closed_at IS NULL;

-- Where each stop stands: the driver's last word, or 'to_do'.
CREATE VIEW answers.stop_now AS
SELECT s.*, coalesce(nullif(e.kind, 'undone'), 'to_do') AS status,
       e.reason AS status_reason, e.weight_kg AS unloaded_kg, e.happened_at AS status_at
FROM stop s
LEFT JOIN LATERAL (
    SELECT * FROM stop_event e WHERE e.stop_id = s.id
    ORDER BY e.happened_at DESC, e.recorded_at DESC LIMIT 1
) e ON true;

CREATE VIEW answers.round_of_the_day AS
SELECT r.id, r.day, r.stream, s.label AS stream_label, r.status, r.version, r.driver_id,
       r.distance_m, r.duration_s, r.published_at, r.planning_id,
       v.id AS vehicle_id, v.code AS vehicle_code, v.name AS vehicle_name,
       v.capacity_l, v.capacity_kg,
       count(n.id) FILTER (WHERE n.kind = 'collect') AS stops,
       count(n.id) FILTER (WHERE n.kind = 'collect' AND n.status = 'done') AS stops_done,
       count(n.id) FILTER (WHERE n.kind = 'collect' AND n.status = 'not_done') AS stops_not_done
FROM round r
JOIN stream s ON s.code = r.stream
JOIN vehicle v ON v.id = r.vehicle_id
LEFT JOIN answers.stop_now n ON n.round_id = r.id
GROUP BY r.id, s.label, v.id;

-- Emptyings that count. A driver's « Fait » that was taken back, or said again later, does not: only the
-- emptyings of a stop's last word do. Those of the level and of the crane count, unless the level turned out to be
-- another container's (emptying_withdrawn).
CREATE VIEW answers.emptying_counted AS
SELECT e.*
FROM emptying e
WHERE NOT EXISTS (
    SELECT FROM stop_event said
    JOIN stop_event later ON later.stop_id = said.stop_id
        AND (later.happened_at, later.recorded_at) > (said.happened_at, said.recorded_at)
    WHERE said.event_id = e.stop_event_id)
  AND NOT EXISTS (SELECT FROM emptying_withdrawn w WHERE w.event_id = e.event_id);

-- Every device, where it hangs, and how it is heard. "late" is more than three reports without a word, as for fill's
-- silence; a device of another network has no contact of its own at our broker.
CREATE VIEW answers.device_now AS
SELECT d.id, d.serial, d.codec, d.network, d.dev_eui, d.network_path, d.report_interval_s, d.access_since,
       h.container_id, lower(h.during) AS mounted_since, c.code AS container, s.label AS stream_label,
       p.name AS point_name, p.insee, m.name AS commune,
       k.online, k.since AS contact_since, r.received_at AS heard_at, b.battery_percent, b.battery_v,
       CASE WHEN r.received_at IS NULL THEN 'never'
            WHEN r.received_at < glaneur_now() - 3 * d.report_interval_s * INTERVAL '1 second' THEN 'late'
            ELSE 'heard' END AS presence
FROM device d
LEFT JOIN mounting h ON h.device_id = d.id AND h.during @> glaneur_now()
LEFT JOIN container c ON c.id = h.container_id
LEFT JOIN stream s ON s.code = c.stream
LEFT JOIN point p ON p.id = c.point_id
LEFT JOIN commune m ON m.insee = p.insee
LEFT JOIN device_contact k ON k.device_id = d.id
LEFT JOIN LATERAL (
    SELECT received_at FROM reading WHERE device_id = d.id ORDER BY measured_at DESC LIMIT 1
) r ON true
LEFT JOIN LATERAL (
    SELECT battery_percent, battery_v FROM reading
    WHERE device_id = d.id AND measured_at > glaneur_now() - INTERVAL '30 days'
      AND (battery_percent IS NOT NULL OR battery_v IS NOT NULL)
    ORDER BY measured_at DESC LIMIT 1
) b ON true;
