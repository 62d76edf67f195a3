-- name: devices
-- Which devices answer these filters?
SELECT n.*, count(*) OVER () AS found
FROM answers.device_now n
WHERE (%(q)s::text IS NULL OR strpos(upper(n.serial), upper(%(q)s)) > 0 OR strpos(upper(n.container), upper(%(q)s)) > 0
       OR strpos(coalesce(n.dev_eui, ''), upper(%(q)s)) > 0)
  AND (%(insee)s::text IS NULL OR n.insee = %(insee)s)
  AND (%(presence)s::text IS NULL OR n.presence = %(presence)s)
  AND (%(network)s::text IS NULL OR n.network = %(network)s)
  AND (NOT %(unmounted)s OR n.container_id IS NULL)
  AND (NOT %(weak)s OR n.battery_percent < %(weak_percent)s)
  AND (%(serial)s::text IS NULL OR n.serial = %(serial)s)
ORDER BY n.serial
LIMIT %(at_most)s OFFSET %(skip)s;

-- name: figures
-- How does the fleet stand?
SELECT count(*) AS devices, count(*) FILTER (WHERE presence = 'heard') AS heard,
       count(*) FILTER (WHERE presence = 'late') AS late, count(*) FILTER (WHERE presence = 'never') AS never,
       count(*) FILTER (WHERE container_id IS NULL) AS unmounted,
       count(*) FILTER (WHERE battery_percent < %(weak_percent)s) AS weak
FROM answers.device_now;

-- name: trends
-- How do batteries go (least squares over 30 days, percent a month) and how is the radio (medians of 7 days)?
SELECT device_id,
       CASE WHEN count(battery_percent) >= 8 AND max(measured_at) - min(measured_at) >= INTERVAL '5 days'
            THEN regr_slope(battery_percent, extract(epoch FROM measured_at - %(now)s::timestamptz) / 2592000.0)
       END AS battery_per_month,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY rssi_dbm) FILTER (WHERE measured_at > %(now)s - INTERVAL '7 days')
           AS rssi_dbm,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY snr_db) FILTER (WHERE measured_at > %(now)s - INTERVAL '7 days')
           AS snr_db,
       count(*) FILTER (WHERE measured_at > %(now)s - INTERVAL '1 day') AS messages_day
FROM reading
WHERE device_id = ANY (%(ids)s) AND measured_at > %(now)s - INTERVAL '30 days'
GROUP BY device_id;

-- name: mountings
-- Where did this device hang?
SELECT lower(h.during) AS since, upper(h.during) AS until, c.code AS container, c.id AS container_id,
       p.name AS point_name, m.name AS commune
FROM mounting h
JOIN container c ON c.id = h.container_id
JOIN point p ON p.id = c.point_id
JOIN commune m ON m.insee = p.insee
WHERE h.device_id = %(id)s
ORDER BY lower(h.during) DESC;

-- name: series
-- Battery and radio, one value a step.
SELECT step AS at, avg(battery_percent) AS battery_percent, avg(rssi_dbm) AS rssi_dbm, avg(snr_db) AS snr_db
FROM (
    SELECT date_bin(%(step)s, measured_at, TIMESTAMPTZ '2000-01-01Z') AS step, battery_percent, rssi_dbm, snr_db
    FROM reading
    WHERE device_id = %(id)s AND measured_at > %(since)s AND measured_at <= %(now)s
) r
GROUP BY step
ORDER BY step;

-- name: by_day
-- How many messages a day, and what they said of battery and radio, in Paris?
SELECT d::date AS day, count(r.day) AS messages, min(r.battery_percent) AS battery_percent,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY r.rssi_dbm) AS rssi_dbm,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY r.snr_db) AS snr_db
FROM generate_series((%(since)s::timestamptz AT TIME ZONE 'Europe/Paris')::date,
                     (%(now)s::timestamptz AT TIME ZONE 'Europe/Paris')::date, INTERVAL '1 day') d
LEFT JOIN (
    SELECT (measured_at AT TIME ZONE 'Europe/Paris')::date AS day, battery_percent, rssi_dbm, snr_db
    FROM reading
    WHERE device_id = %(id)s AND measured_at > %(since)s AND measured_at <= %(now)s
) r ON r.day = d::date
GROUP BY d
ORDER BY d;

-- name: messages
-- What did it say lately, decoded and as it came?
SELECT r.measured_at, r.received_at, c.code AS container, r.distance_mm, r.fill_percent, r.temperature_c,
       r.battery_percent, r.battery_v, r.tilt_deg, r.rssi_dbm, r.snr_db, r.quality, r.codec, r.raw
FROM reading r
LEFT JOIN container c ON c.id = r.container_id
WHERE r.device_id = %(id)s
ORDER BY r.measured_at DESC
LIMIT %(at_most)s;

-- name: communes
-- Which communes have a probe now?
SELECT DISTINCT insee, commune AS name FROM answers.device_now WHERE insee IS NOT NULL ORDER BY name;

-- name: free_containers
-- Where may a probe be hung: containers in service that bear none now.
SELECT c.code, m.name AS commune, p.name AS point_name, s.label AS stream_label
FROM container c
JOIN point p ON p.id = c.point_id
JOIN commune m ON m.insee = p.insee
JOIN stream s ON s.code = c.stream
WHERE c.in_service @> glaneur_now()
  AND NOT EXISTS (SELECT FROM mounting h WHERE h.container_id = c.id AND upper_inf(h.during))
ORDER BY m.name, c.code;

-- name: free_devices
-- Which probes hang nowhere?
SELECT d.serial FROM device d
WHERE NOT EXISTS (SELECT FROM mounting h WHERE h.device_id = d.id AND upper_inf(h.during))
ORDER BY d.serial;
