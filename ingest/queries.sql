-- What one transaction of ingest asks and writes. The order of the blocks is the order of the work.

-- name: make_incoming
-- Where a batch lands before the unique key judges it; one per connection, empty again after each commit.
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
    measured_at timestamptz, device_id integer, message_id uuid, received_at timestamptz,
    container_id integer, distance_mm integer, fill_percent real, temperature_c real,
    battery_percent real, battery_v real, tilt_deg smallint, rssi_dbm smallint, snr_db real, gateway text,
    quality text, codec text, codec_version text, f_port smallint, f_cnt bigint, sent_at timestamptz, fire boolean,
    raw bytea
) ON COMMIT DELETE ROWS;

-- name: directory_version
-- Changes with each commit that changes what devices_named would answer.
SELECT count(*) AS rows, sum(id)::text AS sum, max(id) AS newest FROM directory_change;

-- name: devices_named
-- The devices of these serials or DevEUIs, and where each hung between two instants: a row per mounting, as its
-- container was declared, and one more for each dated calibration, whose `dated` holds within the mounting.
SELECT d.serial, d.id, d.codec, d.dev_eui, m.during, m.container_id, d.report_interval_s, c.volume_l,
       c.empty_distance_mm, c.full_distance_mm, c.dead_zone_mm, '[]'::jsonb AS shape, c.plan_percent, c.urgent_percent,
       m.during * k.during AS dated, k.empty_distance_mm AS dated_empty_distance_mm, k.full_distance_mm AS dated_full_distance_mm,
       k.dead_zone_mm AS dated_dead_zone_mm, k.shape AS dated_shape
FROM device d
LEFT JOIN mounting m ON m.device_id = d.id AND m.during && tstzrange(%(first)s, %(last)s, '[]')
LEFT JOIN container c ON c.id = m.container_id
LEFT JOIN calibration k ON k.container_id = m.container_id AND k.during && m.during
WHERE d.serial = ANY (%(serials)s) OR d.dev_eui = ANY (%(euis)s);

-- name: first_receptions
SELECT message_id, min(sent_at) AS sent_at
FROM reading
WHERE device_id = ANY (%(devices)s) AND message_id = ANY (%(messages)s) AND sent_at IS NOT NULL
GROUP BY message_id;

-- name: copy_readings
COPY reading (measured_at, device_id, message_id, received_at, container_id, distance_mm, fill_percent,
              temperature_c, battery_percent, battery_v, tilt_deg, rssi_dbm, snr_db, gateway, quality,
              codec, codec_version, f_port, f_cnt, sent_at, fire, raw)
FROM STDIN (FORMAT BINARY);

-- name: copy_marks
COPY rollup_mark (container_id, hour) FROM STDIN (FORMAT BINARY);

-- name: copy_incoming
COPY incoming (measured_at, device_id, message_id, received_at, container_id, distance_mm, fill_percent,
               temperature_c, battery_percent, battery_v, tilt_deg, rssi_dbm, snr_db, gateway, quality,
               codec, codec_version, f_port, f_cnt, sent_at, fire, raw)
FROM STDIN (FORMAT BINARY);

-- name: store_readings
-- Only what was not there yet comes back, and has its hours counted again (store/rollups.py). In one order, so
-- that two processes never wait for each other.
WITH stored AS (
    INSERT INTO reading (measured_at, device_id, message_id, received_at, container_id, distance_mm, fill_percent,
                         temperature_c, battery_percent, battery_v, tilt_deg, rssi_dbm, snr_db, gateway, quality,
                         codec, codec_version, f_port, f_cnt, sent_at, fire, raw)
    SELECT measured_at, device_id, message_id, received_at, container_id, distance_mm, fill_percent,
           temperature_c, battery_percent, battery_v, tilt_deg, rssi_dbm, snr_db, gateway, quality,
           codec, codec_version, f_port, f_cnt, sent_at, fire, raw
    FROM incoming
    ORDER BY device_id, measured_at, message_id
    ON CONFLICT DO NOTHING
    RETURNING device_id, message_id, measured_at, container_id
), marked AS (
    INSERT INTO rollup_mark
    SELECT DISTINCT container_id, date_trunc('hour', measured_at, 'UTC')
    FROM stored
    WHERE container_id IS NOT NULL
)
SELECT device_id, message_id, measured_at FROM stored;

-- name: lock_states
-- The memory comes only when it is not the one we know: xmin is the transaction that wrote the row.
SELECT s.container_id, s.device_id, s.xmin::text AS version,
       CASE WHEN k.version IS DISTINCT FROM s.xmin::text THEN s.memory::text END AS memory
FROM unnest(%(containers)s::integer[], %(versions)s::text[]) AS k (container_id, version)
JOIN container_state s ON s.container_id = k.container_id
ORDER BY s.container_id
FOR UPDATE OF s;

-- name: begin_states
-- A row to lock for containers heard for the first time.
INSERT INTO container_state (container_id, memory)
SELECT container_id, %(memory)s::jsonb
FROM unnest(%(containers)s::integer[]) AS container_id
ORDER BY container_id
ON CONFLICT DO NOTHING
RETURNING container_id, xmin::text AS version;

-- name: alert_conditions
-- What was chosen, for each kind of alert, of when it opens and closes; none where the defaults stay.
SELECT DISTINCT ON (kind) kind, opens_at, clears_at, lasting_s FROM alert_setting ORDER BY kind, since DESC, id DESC;

-- name: write_states
-- The columns are the answers of fill's own document (fill/README.md), which is kept whole. What one statement
-- wrote has one version.
WITH written AS (
UPDATE container_state s
SET device_id = n.device_id, memory = n.memory,
    measured_at = f.measured_at, fill_percent = f.fill_percent, distance_mm = f.distance_mm,
    rate_percent_per_day = f.rate_percent_per_day, full_at = f.full_at,
    temperature_c = f.temperature_c, battery_percent = f.battery_percent, tilt_deg = f.tilt_deg,
    quality = f.quality, last_emptied_at = f.last_emptied_at, estimated = f.estimated, believed_at = f.believed_at
FROM jsonb_to_recordset(%(states)s::jsonb) AS n (container_id integer, device_id integer, memory jsonb),
     LATERAL jsonb_to_record(n.memory) AS f (
         measured_at timestamptz, fill_percent real, distance_mm integer, rate_percent_per_day real,
         full_at timestamptz, temperature_c real, battery_percent real, tilt_deg smallint,
         quality text, last_emptied_at timestamptz, estimated boolean, believed_at timestamptz)
WHERE s.container_id = n.container_id
RETURNING s.xmin
)
SELECT xmin::text AS version FROM written LIMIT 1;

-- name: close_alert
-- A silent alert may have been opened, by the clock, after the instant of the reading that ends it.
UPDATE alert
SET closed_at = greatest(opened_at, %(at)s), closed_because = %(because)s
WHERE container_id = %(container_id)s AND kind = %(kind)s AND closed_at IS NULL;

-- name: add_alert
-- An alert that also ended within the batch arrives closed.
INSERT INTO alert (container_id, kind, opened_at, sentence, closed_at, closed_because)
VALUES (%(container_id)s, %(kind)s, %(opened_at)s, %(sentence)s, %(closed_at)s, %(closed_because)s)
ON CONFLICT (container_id, kind) WHERE closed_at IS NULL DO NOTHING;

-- name: add_emptying
INSERT INTO emptying (event_id, container_id, emptied_at, source, before_percent, after_percent, not_before)
VALUES (%(event_id)s, %(container_id)s, %(emptied_at)s, %(source)s, %(before_percent)s, %(after_percent)s,
        %(not_before)s)
ON CONFLICT (event_id) DO NOTHING;

-- name: quarantine
INSERT INTO quarantine (first_at, last_at, times, topic, payload, payload_id, reason, detail)
VALUES (%(first_at)s, %(last_at)s, %(times)s, %(topic)s, %(payload)s, %(payload_id)s, %(reason)s, %(detail)s)
ON CONFLICT (payload_id, reason) DO UPDATE
SET times = quarantine.times + excluded.times,
    last_at = greatest(quarantine.last_at, excluded.last_at),
    detail = excluded.detail,
    settled_at = NULL;

-- name: write_contact
-- An older word, replayed from the quarantine, does not undo a newer one.
INSERT INTO device_contact (device_id, online, since)
VALUES (%(device_id)s, %(online)s, %(since)s)
ON CONFLICT (device_id) DO UPDATE
SET online = excluded.online, since = excluded.since
WHERE device_contact.online <> excluded.online AND device_contact.since <= excluded.since;

-- name: announce
SELECT pg_notify('glaneur_live', %(payload)s);

-- name: take_answer
-- A downlink's answer, if it comes from the device that was asked and tells something new.
UPDATE downlink w
SET transmitted_at = CASE WHEN %(outcome)s = 'transmitted' THEN coalesce(w.transmitted_at, %(at)s) ELSE w.transmitted_at END,
    acknowledged_at = CASE WHEN %(outcome)s = 'acknowledged' THEN %(at)s ELSE w.acknowledged_at END,
    failed_at = CASE WHEN %(outcome)s = 'failed' THEN %(at)s END,
    error = CASE WHEN %(outcome)s = 'failed' THEN %(error)s ELSE '' END
FROM device d
WHERE w.id = %(id)s AND d.id = w.device_id AND w.acknowledged_at IS NULL
  AND (w.failed_at IS NULL OR %(outcome)s = 'acknowledged')
  AND (d.serial = %(serial)s AND d.network = 'native' OR d.dev_eui = %(dev_eui)s OR d.network_path = %(network_path)s)
RETURNING w.kind, w.value, w.device_id;

-- name: learn_interval
UPDATE device SET report_interval_s = %(s)s WHERE id = %(device_id)s;

-- name: keep_entry
-- Keep a line of a terminal's journal as it came, once.
SELECT answers.gate_keep(%(terminal)s, %(entry)s, %(seq)s, %(received_at)s, %(payload)s) AS kept;

-- name: hear_terminal
-- A terminal's clock was heard.
SELECT answers.gate_heard(%(terminal)s, %(heard_at)s, %(said_at)s, %(boot)s, %(up_ms)s, %(list_version)s) AS kept;
