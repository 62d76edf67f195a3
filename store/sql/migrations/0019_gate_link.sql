-- The gate's second road: journals kept by the broker while anyone is away, clocks that are measured, codes shown once.

-- Who has an account at the broker, which list a terminal says it has, and how far its journal is applied.
ALTER TABLE gate.terminal
    ADD COLUMN access_since timestamptz,
    ADD COLUMN list_version bigint,
    ADD COLUMN applied_seq  bigint NOT NULL DEFAULT 0;

-- Both instants of a scan are kept: `said_at` is the terminal's own clock, `at` what we make of it.
-- `seq` is the terminal's own counter of its journal.
ALTER TABLE gate.passage
    ADD COLUMN said_at         timestamptz,
    ADD COLUMN clock_error_ms  bigint,
    ADD COLUMN clock_source    text CHECK (clock_source IN ('live', 'uptime', 'heartbeat', 'none')),
    ADD COLUMN seq             bigint;

-- A terminal's clock heard live: what it said when we heard it. `up_ms` counts since its start number `boot`.
CREATE TABLE gate.clock_note (
    terminal_id  integer NOT NULL REFERENCES gate.terminal,
    heard_at     timestamptz NOT NULL,
    said_at      timestamptz NOT NULL,
    boot         integer,
    up_ms        bigint,
    PRIMARY KEY (terminal_id, heard_at)
);

-- What terminals journalled, as it was received: only ever added to. `applied_at` and `outcome` say what became of it.
-- A payload holds a badge's keyed hash, never its number.
CREATE TABLE gate.inbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    terminal_id  integer NOT NULL REFERENCES gate.terminal,
    entry_id     uuid NOT NULL,
    seq          bigint NOT NULL CHECK (seq > 0),
    received_at  timestamptz NOT NULL,
    payload      bytea NOT NULL,
    applied_at   timestamptz,
    outcome      text,
    UNIQUE (terminal_id, entry_id)
);
CREATE INDEX inbox_waiting ON gate.inbox (terminal_id, seq, id) WHERE applied_at IS NULL;

-- A code of an e-badge opens once: by whom it was shown, until it expires by itself.
CREATE TABLE gate.shown_code (
    digest      bytea PRIMARY KEY CHECK (octet_length(digest) = 16),
    passage_id  uuid NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX shown_code_by_expiry ON gate.shown_code (expires_at);

-- Whoever publishes the lists' version to terminals waits on this channel.
CREATE FUNCTION gate.tell_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('glaneur_gate', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER holder_told AFTER INSERT OR UPDATE OR DELETE ON people.holder
    FOR EACH STATEMENT EXECUTE FUNCTION gate.tell_change();
CREATE TRIGGER badge_told AFTER INSERT OR UPDATE OR DELETE ON people.badge
    FOR EACH STATEMENT EXECUTE FUNCTION gate.tell_change();

-- Whoever changes a holder or a badge shares this lock until it commits (answers.gate_version waits for it).
CREATE FUNCTION gate.begin_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1735159923);
    RETURN NULL;
END
$$;
CREATE TRIGGER holder_begun BEFORE INSERT OR UPDATE ON people.holder
    FOR EACH STATEMENT EXECUTE FUNCTION gate.begin_change();
CREATE TRIGGER badge_begun BEFORE INSERT OR UPDATE ON people.badge
    FOR EACH STATEMENT EXECUTE FUNCTION gate.begin_change();
