-- What probes said, what we made of it, and what we could not read.

-- One row per measurement. message_id is the identity of the message (16 bytes of hash), so that a
-- redelivered message falls on the same key; one message may carry several past-dated measurements.
-- container_id and fill_percent are derived at ingest from the dated mounting and its calibration.
CREATE TABLE reading (
    measured_at      timestamptz NOT NULL,
    device_id        integer NOT NULL REFERENCES device,
    message_id       uuid NOT NULL,
    received_at      timestamptz NOT NULL,
    container_id     integer,
    distance_mm      integer,
    fill_percent     real,
    temperature_c    real,
    battery_percent  real,
    battery_v        real,
    tilt_deg         smallint,
    rssi_dbm         smallint,
    snr_db           real,
    quality          text NOT NULL DEFAULT 'ok',
    codec            text NOT NULL,
    raw              bytea NOT NULL,
    PRIMARY KEY (device_id, measured_at, message_id)
);
CREATE INDEX reading_by_container ON reading (container_id, measured_at DESC);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        PERFORM create_hypertable('reading', by_range('measured_at', INTERVAL '7 days'),
                                  create_default_indexes => false);
    END IF;
END
$$;

-- A message we could not take, with its reason and its bytes. The same bytes on the same topic for
-- the same reason are one row, counted: a mad device must not fill the disk.
CREATE TABLE quarantine (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_at     timestamptz NOT NULL,
    last_at      timestamptz NOT NULL,
    times        integer NOT NULL DEFAULT 1,
    topic        text NOT NULL,
    payload      bytea NOT NULL,
    payload_id   uuid NOT NULL,
    reason       text NOT NULL,
    detail       text NOT NULL,
    settled_at   timestamptz,
    UNIQUE (payload_id, reason)
);
CREATE INDEX quarantine_open ON quarantine (last_at DESC) WHERE settled_at IS NULL;

-- What we believe of each container now. memory is fill's own document; the columns are its answers.
CREATE TABLE container_state (
    container_id          integer PRIMARY KEY REFERENCES container,
    device_id             integer REFERENCES device,
    measured_at           timestamptz,
    fill_percent          real,
    distance_mm           integer,
    rate_percent_per_day  real,
    full_at               timestamptz,
    temperature_c         real,
    battery_percent       real,
    tilt_deg              smallint,
    quality               text NOT NULL DEFAULT 'ok',
    last_emptied_at       timestamptz,
    memory                jsonb NOT NULL
);

-- Whether the device says it is connected: its own status message, or its last will sent by the broker.
CREATE TABLE device_contact (
    device_id  integer PRIMARY KEY REFERENCES device,
    online     boolean NOT NULL,
    since      timestamptz NOT NULL
);

-- Append-only. A driver's confirmation and the level's drop are two events of one emptying;
-- event_id makes each of them idempotent.
CREATE TABLE emptying (
    event_id       uuid PRIMARY KEY,
    container_id   integer NOT NULL REFERENCES container,
    emptied_at     timestamptz NOT NULL,
    source         text NOT NULL CHECK (source IN ('level', 'crane', 'driver')),
    before_percent real,
    after_percent  real,
    recorded_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX emptying_by_container ON emptying (container_id, emptied_at DESC);

CREATE TABLE alert (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    container_id     integer NOT NULL REFERENCES container,
    kind             text NOT NULL,
    opened_at        timestamptz NOT NULL,
    sentence         text NOT NULL,
    closed_at        timestamptz,
    closed_because   text,
    acknowledged_at  timestamptz,
    acknowledged_by  integer,
    CHECK (closed_at IS NULL OR closed_at >= opened_at)
);
CREATE UNIQUE INDEX alert_open_once ON alert (container_id, kind) WHERE closed_at IS NULL;
CREATE INDEX alert_by_container ON alert (container_id, opened_at DESC);
