-- Incentive tariffs: what is billed, to which account, by which voted grid. No name is here: finance.account knows
-- its occupant by number, and who that is is in people.occupant, which the runs never read.
CREATE SCHEMA finance;

CREATE TABLE people.occupant (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference  text NOT NULL UNIQUE CHECK (reference <> ''),
    name       text NOT NULL,
    address    text NOT NULL DEFAULT '',
    email      text NOT NULL DEFAULT '',
    kept_until date
);

-- A dwelling or a professional's premises. invariant: its number at the tax office, when known.
CREATE TABLE finance.dwelling (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference  text NOT NULL UNIQUE CHECK (reference <> ''),
    invariant  text UNIQUE,
    commune    text NOT NULL DEFAULT '',
    perimeter  text NOT NULL DEFAULT ''
);

-- Who owes for a dwelling, from which day to which (excluded). Nobody is in two dwellings at once under one
-- reference, and a dwelling has one account at a time. The range of a single identifier stands in for btree_gist.
CREATE TABLE finance.account (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference    text NOT NULL UNIQUE CHECK (reference <> ''),
    dwelling_id  integer NOT NULL REFERENCES finance.dwelling,
    occupant_id  integer NOT NULL REFERENCES people.occupant,
    during       daterange NOT NULL CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    CONSTRAINT account_occupant_once
        EXCLUDE USING gist (int4range(occupant_id, occupant_id, '[]') WITH &&, during WITH &&),
    CONSTRAINT account_dwelling_once
        EXCLUDE USING gist (int4range(dwelling_id, dwelling_id, '[]') WITH &&, during WITH &&)
);

-- What is true of an account from a day on: persons, category, options… Facts as grids name them.
CREATE TABLE finance.account_state (
    account_id  integer NOT NULL REFERENCES finance.account,
    since       date NOT NULL,
    facts       jsonb NOT NULL CHECK (jsonb_typeof(facts) = 'object'),
    PRIMARY KEY (account_id, since)
);

CREATE TABLE finance.bin (
    id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code      text NOT NULL UNIQUE CHECK (code <> ''),
    volume_l  integer NOT NULL CHECK (volume_l > 0),
    stream    text NOT NULL DEFAULT 'omr'
);

-- Who had a bin when. A shared bin has several rows at once, each with the account's weights by key; a bin of one
-- account has no weights.
CREATE TABLE finance.bin_held (
    bin_id      integer NOT NULL REFERENCES finance.bin,
    account_id  integer NOT NULL REFERENCES finance.account,
    during      daterange NOT NULL CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    weights     jsonb,
    PRIMARY KEY (bin_id, account_id, during),
    CONSTRAINT bin_held_once
        EXCLUDE USING gist (int4range(bin_id, bin_id, '[]') WITH &&, during WITH &&) WHERE (weights IS NULL)
);
CREATE INDEX bin_held_by_account ON finance.bin_held (account_id);

-- Append-only. subject: the bin's code, or 'account:' and a reference for what has no bin.
CREATE TABLE finance.usage_event (
    id           text PRIMARY KEY CHECK (id <> ''),
    at           timestamptz NOT NULL,
    kind         text NOT NULL CHECK (kind <> ''),
    bin_code     text,
    account_ref  text,
    count        integer NOT NULL DEFAULT 1 CHECK (count > 0),
    kg           numeric CHECK (kg >= 0),
    m3           numeric CHECK (m3 >= 0),
    litres       numeric CHECK (litres >= 0),
    amount       numeric,
    stream       text,
    device       text,
    aside        text,
    received_at  timestamptz NOT NULL DEFAULT now(),
    CHECK ((bin_code IS NULL) <> (account_ref IS NULL))
);
CREATE INDEX usage_event_by_bin ON finance.usage_event (bin_code, at) WHERE bin_code IS NOT NULL;
CREATE INDEX usage_event_by_account ON finance.usage_event (account_ref, at) WHERE account_ref IS NOT NULL;

-- Append-only: someone's decision on an event.
CREATE TABLE finance.correction (
    id        text PRIMARY KEY CHECK (id <> ''),
    at        timestamptz NOT NULL,
    event_id  text NOT NULL REFERENCES finance.usage_event,
    action    text NOT NULL CHECK (action IN ('annuler', 'retenir')),
    author    text NOT NULL,
    reason    text NOT NULL CHECK (reason <> '')
);
CREATE INDEX correction_by_event ON finance.correction (event_id);

-- Voted grids as they were written. Never edited: the next vote is the next row.
CREATE TABLE finance.grid (
    file      text PRIMARY KEY,
    body      text NOT NULL,
    added_at  timestamptz NOT NULL DEFAULT now(),
    added_by  integer
);

-- One run of bills: draft → controlled → approved by someone else → issued; or abandoned before that.
CREATE TABLE finance.run (
    id             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label          text NOT NULL CHECK (label <> ''),
    during         daterange NOT NULL CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    status         text NOT NULL DEFAULT 'draft'
        CHECK (status IN ('draft', 'controlled', 'approved', 'issued', 'abandoned')),
    grids_digest   text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    created_by     text NOT NULL,
    controlled_by  text,
    approved_by    text,
    issued_at      timestamptz,
    CONSTRAINT run_two_persons CHECK (approved_by IS NULL OR approved_by NOT IN (created_by, controlled_by)),
    CHECK ((status IN ('approved', 'issued')) <= (approved_by IS NOT NULL)),
    CHECK ((status = 'issued') = (issued_at IS NOT NULL))
);

-- A bill, or why there is none. document is what tariff wrote, lines and events included.
CREATE TABLE finance.bill (
    run_id      integer NOT NULL REFERENCES finance.run,
    account_id  integer NOT NULL REFERENCES finance.account,
    total       numeric(12, 2),
    document    jsonb,
    refused     text,
    number      text UNIQUE,
    PRIMARY KEY (run_id, account_id),
    CHECK ((refused IS NULL) = (document IS NOT NULL AND total IS NOT NULL))
);
CREATE INDEX bill_by_account ON finance.bill (account_id);

-- What was issued never changes, whoever writes.
CREATE FUNCTION finance.keep_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'run' THEN
        IF OLD.status IN ('issued', 'abandoned') THEN
            RAISE EXCEPTION 'run % is % and cannot change', OLD.id, OLD.status USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF EXISTS (SELECT FROM finance.run WHERE id = coalesce(NEW.run_id, OLD.run_id) AND status <> 'draft')
          AND NOT (TG_OP = 'UPDATE' AND OLD.number IS NULL
                   AND (OLD.run_id, OLD.account_id, OLD.total, OLD.document, OLD.refused)
                       IS NOT DISTINCT FROM (NEW.run_id, NEW.account_id, NEW.total, NEW.document, NEW.refused)
                   AND EXISTS (SELECT FROM finance.run WHERE id = NEW.run_id AND status = 'approved')) THEN
        RAISE EXCEPTION 'the bills of run % are settled', coalesce(NEW.run_id, OLD.run_id)
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
CREATE TRIGGER run_kept BEFORE UPDATE OR DELETE ON finance.run
    FOR EACH ROW EXECUTE FUNCTION finance.keep_issued();
CREATE TRIGGER bill_kept BEFORE INSERT OR UPDATE OR DELETE ON finance.bill
    FOR EACH ROW EXECUTE FUNCTION finance.keep_issued();
