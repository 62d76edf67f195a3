-- The déchetterie's gate: who may come, what came, and what a terminal decided alone.
-- Units: litres, kilograms, pieces; euros. A badge's number is nowhere: only its keyed hash.

-- One household, firm or service; its badges share its allowances. `changed` orders the terminals' deltas.
CREATE SEQUENCE people.change AS bigint;

CREATE TABLE people.holder (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference  text NOT NULL UNIQUE CHECK (reference ~ '^[A-Za-z0-9_.:-]{1,40}$'),
    category   text NOT NULL,
    sector     text,
    name       text NOT NULL,
    address    text NOT NULL DEFAULT '',
    insee      text,
    blocked    boolean NOT NULL DEFAULT false,
    changed    bigint NOT NULL DEFAULT nextval('people.change')
);
CREATE INDEX holder_by_change ON people.holder (changed);

CREATE TABLE people.badge (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    holder_id    bigint NOT NULL REFERENCES people.holder ON DELETE CASCADE,
    number_hash  bytea NOT NULL UNIQUE CHECK (octet_length(number_hash) = 32),
    medium       text NOT NULL DEFAULT 'rfid' CHECK (medium IN ('rfid', 'qr', 'plate')),
    state        text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked', 'lost', 'replaced')),
    valid_from   timestamptz,
    valid_until  timestamptz,
    changed      bigint NOT NULL DEFAULT nextval('people.change')
);
CREATE INDEX badge_by_holder ON people.badge (holder_id);
CREATE INDEX badge_by_change ON people.badge (changed);

CREATE FUNCTION people.mark_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.changed := nextval('people.change');
    RETURN NEW;
END
$$;
CREATE TRIGGER holder_changed BEFORE UPDATE ON people.holder FOR EACH ROW EXECUTE FUNCTION people.mark_change();
CREATE TRIGGER badge_changed BEFORE UPDATE ON people.badge FOR EACH ROW EXECUTE FUNCTION people.mark_change();

CREATE SCHEMA gate;

-- The rule books that were in force, as they were voted.
CREATE TABLE gate.rulebook (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    valid_from  date NOT NULL,
    document    text NOT NULL,
    loaded_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE gate.terminal (
    id              integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9_-]{1,40}$'),
    site            text NOT NULL,
    key_hash        bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
    revoked_at      timestamptz,
    seen_at         timestamptz,
    clock_error_ms  integer
);

-- Every scan, once, by the id its terminal gave it. `opened` is what the gate did; `rule` what our rules say.
-- The holder is a number; when the retention is over it goes, and the passage is only counted.
CREATE TABLE gate.passage (
    id              uuid PRIMARY KEY,
    terminal_id     integer NOT NULL REFERENCES gate.terminal,
    site            text NOT NULL,
    at              timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    holder_id       bigint REFERENCES people.holder ON DELETE SET NULL,
    category        text,
    vehicle         text NOT NULL,
    trailer         text NOT NULL,
    units           integer NOT NULL CHECK (units >= 0),
    opened          boolean NOT NULL,
    rule            text NOT NULL,
    refused_by      text,
    override        text,
    overruns        text[] NOT NULL DEFAULT '{}',
    offline         boolean NOT NULL,
    brought         jsonb NOT NULL DEFAULT '[]',
    charges         jsonb NOT NULL DEFAULT '[]',
    answer          jsonb NOT NULL
);
CREATE INDEX passage_by_holder ON gate.passage (holder_id, at) WHERE opened;
CREATE INDEX passage_by_site ON gate.passage (site, at);
