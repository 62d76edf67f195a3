-- The finance desk: its role; where and how well usage was read; badges; doubts and decisions; claims; files taken in.
ALTER TABLE people.account DROP CONSTRAINT account_role_check;
ALTER TABLE people.account ADD CONSTRAINT account_role_check
    CHECK (role IN ('dispatcher', 'driver', 'agent', 'finance', 'admin'));

-- A professional's number at INSEE: it names a person when the business is one person's.
ALTER TABLE people.occupant ADD COLUMN siret text CHECK (siret ~ '^[0-9]{14}$');

-- Where a dwelling is, degrees (WGS 84): a bin read far from it is reviewed.
ALTER TABLE finance.dwelling
    ADD COLUMN lat double precision CHECK (lat BETWEEN -90 AND 90),
    ADD COLUMN lon double precision CHECK (lon BETWEEN -180 AND 180),
    ADD CONSTRAINT dwelling_place CHECK ((lat IS NULL) = (lon IS NULL));

-- Cards that open drums and gates, and who had one when: a bill names the account of that day.
CREATE TABLE finance.badge (
    id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code  text NOT NULL UNIQUE CHECK (code <> '')
);
CREATE TABLE finance.badge_held (
    badge_id    integer NOT NULL REFERENCES finance.badge,
    account_id  integer NOT NULL REFERENCES finance.account,
    during      daterange NOT NULL CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    PRIMARY KEY (badge_id, account_id, during),
    CONSTRAINT badge_held_once
        EXCLUDE USING gist (int4range(badge_id, badge_id, '[]') WITH &&, during WITH &&)
);
CREATE INDEX badge_held_by_account ON finance.badge_held (account_id);

-- Place in degrees, signal in dBm (nearer to 0 is stronger). replaces: the event this one stands for, when a
-- person gave it to whom it belongs; author and reason: when a person wrote it.
ALTER TABLE finance.usage_event
    ADD COLUMN badge_code text,
    ADD COLUMN lat double precision CHECK (lat BETWEEN -90 AND 90),
    ADD COLUMN lon double precision CHECK (lon BETWEEN -180 AND 180),
    ADD COLUMN signal_dbm integer,
    ADD COLUMN replaces text UNIQUE REFERENCES finance.usage_event,
    ADD COLUMN author text,
    ADD COLUMN reason text,
    DROP CONSTRAINT usage_event_check,
    ADD CONSTRAINT usage_event_of_one CHECK (num_nonnulls(bin_code, account_ref, badge_code) = 1),
    ADD CONSTRAINT usage_event_said CHECK ((author IS NULL) = (reason IS NULL) AND reason <> '');
CREATE INDEX usage_event_by_badge ON finance.usage_event (badge_code, at) WHERE badge_code IS NOT NULL;
CREATE INDEX usage_event_by_instant ON finance.usage_event (at);
CREATE INDEX usage_event_in_doubt ON finance.usage_event (at) WHERE aside IS NOT NULL;

-- Append-only: what was implausible about an event when its neighbours were known. Not billed until a person decides.
CREATE TABLE finance.doubt (
    event_id  text PRIMARY KEY REFERENCES finance.usage_event,
    found_at  timestamptz NOT NULL DEFAULT now(),
    rule      text NOT NULL,
    sentence  text NOT NULL,
    other     text
);

-- Append-only: what the collectivity holds for implausible; the last row applies. Seconds, metres, events in 24 h.
CREATE TABLE finance.review_rules (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT now(),
    author        text NOT NULL,
    double_s      integer NOT NULL CHECK (double_s BETWEEN 0 AND 86400),
    double_m      integer NOT NULL CHECK (double_m >= 0),
    cycle_s       integer NOT NULL CHECK (cycle_s BETWEEN 0 AND 3600),
    neighbour_m   integer NOT NULL CHECK (neighbour_m >= 0),
    most_per_day  jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(most_per_day) = 'object')
);

-- What a person contests, to its answer. What people write is personal: it lives here.
CREATE TABLE people.claim (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id    integer NOT NULL REFERENCES finance.account,
    run_id        integer,
    channel       text NOT NULL CHECK (channel IN ('telephone', 'courrier', 'courriel', 'guichet')),
    subject       text NOT NULL CHECK (subject <> ''),
    opened_at     timestamptz NOT NULL,
    opened_by     text NOT NULL,
    due           date NOT NULL,
    state         text NOT NULL DEFAULT 'recue'
        CHECK (state IN ('recue', 'examen', 'attente', 'decidee', 'repondue')),
    decision      text CHECK (decision IN ('acceptee', 'en_partie', 'rejetee')),
    answered_at   timestamptz,
    FOREIGN KEY (run_id, account_id) REFERENCES finance.bill (run_id, account_id),
    CHECK ((state IN ('decidee', 'repondue')) = (decision IS NOT NULL)),
    CHECK ((state = 'repondue') = (answered_at IS NOT NULL))
);
CREATE INDEX claim_by_account ON people.claim (account_id);
CREATE INDEX claim_open ON people.claim (due) WHERE state <> 'repondue';

-- Append-only: each thing said or done about a claim.
CREATE TABLE people.claim_step (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claim_id  integer NOT NULL REFERENCES people.claim,
    at        timestamptz NOT NULL,
    author    text NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('ouverture', 'commentaire', 'etat', 'echeance', 'decision', 'correction',
                                            'rectification', 'reponse')),
    body      text NOT NULL DEFAULT ''
);
CREATE INDEX claim_step_by_claim ON people.claim_step (claim_id, id);

ALTER TABLE finance.correction ADD COLUMN claim_id integer REFERENCES people.claim;

-- A file as it was sent, between its trial and its taking in; then its report alone.
CREATE TABLE people.import_file (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL,
    name         text NOT NULL,
    content      bytea,
    uploaded_at  timestamptz NOT NULL,
    uploaded_by  text NOT NULL,
    report       jsonb NOT NULL,
    applied_at   timestamptz,
    applied_by   text,
    CHECK (applied_at IS NULL OR content IS NULL)
);
