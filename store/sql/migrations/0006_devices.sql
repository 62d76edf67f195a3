-- Devices in life: who they are on their network, whether they may speak to our broker, what we asked of
-- them, and what became of the messages we could not take.

-- dev_eui and network_path name the device at its LoRaWAN network server: ChirpStack's application id, The Things
-- Stack's application@tenant/device. A native probe has neither: its serial is its name at our own broker.
-- access_since is when its current broker password was made; the password itself is never stored.
ALTER TABLE device
    ADD COLUMN dev_eui       text UNIQUE CHECK (dev_eui ~ '^[0-9A-F]{16}$'),
    ADD COLUMN network       text NOT NULL DEFAULT 'native'
        CHECK (network IN ('native', 'chirpstack', 'tts', 'thingpark', 'liveobjects', 'loriot')),
    ADD COLUMN network_path  text NOT NULL DEFAULT '',
    ADD COLUMN access_since  timestamptz,
    ADD CONSTRAINT device_identity CHECK ((network = 'native') = (dev_eui IS NULL)),
    ADD CONSTRAINT device_access CHECK (access_since IS NULL OR network = 'native');

-- One wish for one setting of one device, and what became of it. Its id travels with it: the probe, ChirpStack
-- (queueItemId) and The Things Stack (correlation_ids) give it back in their answers.
CREATE TABLE downlink (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    device_id        integer NOT NULL REFERENCES device,
    kind             text NOT NULL CHECK (kind IN ('interval', 'full_distance', 'fire', 'tilt')),
    value            integer NOT NULL CHECK (value >= 0),
    requested_by     integer,
    requested_at     timestamptz NOT NULL,
    tries            integer NOT NULL DEFAULT 0,
    sent_at          timestamptz,
    transmitted_at   timestamptz,
    acknowledged_at  timestamptz,
    failed_at        timestamptz,
    error            text NOT NULL DEFAULT '',
    CHECK (acknowledged_at IS NULL OR failed_at IS NULL)
);
CREATE INDEX downlink_by_device ON downlink (device_id, requested_at DESC);
CREATE INDEX downlink_unsent ON downlink (requested_at) WHERE sent_at IS NULL AND failed_at IS NULL;

-- An emptying read in the level of the wrong container, once its mounting was corrected. The event stays in the
-- log; answers.emptying_counted leaves it out.
CREATE TABLE emptying_withdrawn (
    event_id      uuid PRIMARY KEY REFERENCES emptying,
    withdrawn_at  timestamptz NOT NULL
);

-- Why a quarantined message needs nobody any more ('replayed', 'dismissed', 'merged'), who said so, and when it
-- was last tried again.
ALTER TABLE quarantine
    ADD COLUMN settled_because  text CHECK (settled_because IN ('replayed', 'dismissed', 'merged')),
    ADD COLUMN settled_by       integer,
    ADD COLUMN settled_note     text NOT NULL DEFAULT '',
    ADD COLUMN replayed_at      timestamptz;
CREATE INDEX quarantine_by_reason ON quarantine (reason, last_at DESC) WHERE settled_at IS NULL;
