-- Readings that came through a LoRaWAN network: enough is kept of each to decode its bytes again, and what the
-- hours and days of each container come to.

-- raw is the device's own payload. sent_at is the network's instant of the uplink, which dates the measurements
-- that carry no instant of their own; NULL for a native probe, whose every message is dated.
ALTER TABLE reading
    ADD COLUMN codec_version  text NOT NULL DEFAULT '',
    ADD COLUMN f_port         smallint,
    ADD COLUMN f_cnt          bigint,
    ADD COLUMN sent_at        timestamptz,
    ADD COLUMN gateway        text;

-- What the readings of one hour (starting at `hour`), or of one day of Europe/Paris, come to. first, last, min, max
-- and mean are of the levels measured then, each reading counting once; readings counts those without a level too.
-- emptyings are the falls of the level (source 'level') that still stand. A row exists when there is something to
-- say. Every edition maintains them in the same way: store/rollups.py.
CREATE TABLE rollup_hour (
    container_id   integer NOT NULL REFERENCES container,
    hour           timestamptz NOT NULL,
    readings       integer NOT NULL,
    emptyings      integer NOT NULL,
    first_percent  real,
    last_percent   real,
    min_percent    real,
    max_percent    real,
    mean_percent   real,
    PRIMARY KEY (container_id, hour)
);
CREATE TABLE rollup_day (
    container_id   integer NOT NULL REFERENCES container,
    day            date NOT NULL,
    readings       integer NOT NULL,
    emptyings      integer NOT NULL,
    first_percent  real,
    last_percent   real,
    min_percent    real,
    max_percent    real,
    mean_percent   real,
    PRIMARY KEY (container_id, day)
);
CREATE INDEX rollup_day_by_day ON rollup_day (day);

-- Hours to count again. Only ever appended to by those who write, in the transaction of what they write: without a
-- unique key nobody waits for anybody, and a mark cannot be seen before what it is about.
CREATE TABLE rollup_mark (
    container_id  integer NOT NULL,
    hour          timestamptz NOT NULL
);

-- Readings from before this instant were dropped on purpose: the rollups of that time are all that is left.
CREATE TABLE reading_horizon (
    single     boolean PRIMARY KEY DEFAULT true CHECK (single),
    kept_from  timestamptz NOT NULL
);

-- Who inserts readings marks their hours itself, a batch at a time (a hypertable has no transition tables);
-- a correction of the past marks by itself.
CREATE FUNCTION mark_corrected_reading() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND old.container_id IS NOT NULL THEN
        INSERT INTO rollup_mark VALUES (old.container_id, date_trunc('hour', old.measured_at, 'UTC'));
    END IF;
    IF TG_OP <> 'DELETE' AND new.container_id IS NOT NULL THEN
        INSERT INTO rollup_mark VALUES (new.container_id, date_trunc('hour', new.measured_at, 'UTC'));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_corrected AFTER UPDATE OF container_id, fill_percent ON reading
    FOR EACH ROW EXECUTE FUNCTION mark_corrected_reading();
CREATE TRIGGER mark_withdrawn AFTER DELETE ON reading
    FOR EACH ROW EXECUTE FUNCTION mark_corrected_reading();

CREATE FUNCTION mark_emptying() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rollup_mark
    SELECT e.container_id, date_trunc('hour', e.emptied_at, 'UTC')
    FROM changed x JOIN emptying e ON e.event_id = x.event_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_emptying AFTER INSERT ON emptying
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_emptying();
CREATE TRIGGER mark_withdrawn AFTER INSERT ON emptying_withdrawn
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_emptying();
CREATE TRIGGER mark_restored AFTER DELETE ON emptying_withdrawn
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_emptying();

-- What is there already is counted at the worker's next rounds.
INSERT INTO rollup_mark
SELECT DISTINCT container_id, date_trunc('hour', measured_at, 'UTC') FROM reading WHERE container_id IS NOT NULL
UNION
SELECT container_id, date_trunc('hour', emptied_at, 'UTC') FROM emptying;
