-- Holders in life, their e-badges on a phone, and passages that are only counted once their time is over.

-- account_ref: the finance account that pays for what is brought. closed_at: moved out; nothing opens any more.
ALTER TABLE people.holder
    ADD COLUMN email       text NOT NULL DEFAULT '',
    ADD COLUMN account_ref text CHECK (account_ref <> ''),
    ADD COLUMN opened_at   timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN closed_at   timestamptz;
ALTER TABLE people.badge
    ADD COLUMN label     text NOT NULL DEFAULT '',
    ADD COLUMN issued_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN replaces  bigint REFERENCES people.badge ON DELETE SET NULL;

-- What a household or a firm asks for by the public form.
CREATE TABLE people.badge_request (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asked_at    timestamptz NOT NULL,
    category    text NOT NULL,
    name        text NOT NULL CHECK (name <> ''),
    address     text NOT NULL,
    email       text NOT NULL DEFAULT '',
    note        text NOT NULL DEFAULT '',
    status      text NOT NULL DEFAULT 'asked' CHECK (status IN ('asked', 'accepted', 'refused')),
    decided_at  timestamptz,
    decided_by  integer,
    reason      text NOT NULL DEFAULT '',
    holder_id   bigint REFERENCES people.holder ON DELETE SET NULL,
    CHECK ((status = 'asked') = (decided_at IS NULL))
);

-- Who may show an e-badge: the code the desk gives (once, a few days), then the phone that used it. Hashes only.
CREATE TABLE people.badge_access (
    token_hash  bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    holder_id   bigint NOT NULL REFERENCES people.holder ON DELETE CASCADE,
    badge_id    bigint REFERENCES people.badge ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('code', 'phone')),
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    CHECK ((kind = 'phone') = (badge_id IS NOT NULL))
);
CREATE INDEX badge_access_by_holder ON people.badge_access (holder_id);

-- What is left of passages whose retention is over: no holder, no scan, an hour of a site.
CREATE TABLE gate.counted (
    site      text NOT NULL,
    hour      timestamptz NOT NULL,
    category  text NOT NULL,
    entered   integer NOT NULL,
    refused   integer NOT NULL,
    overrun   integer NOT NULL,
    offline   integer NOT NULL,
    PRIMARY KEY (site, hour, category)
);
CREATE TABLE gate.counted_load (
    site       text NOT NULL,
    hour       timestamptz NOT NULL,
    category   text NOT NULL,
    material   text NOT NULL,
    loads      integer NOT NULL,
    volume_l   bigint NOT NULL,
    weight_kg  bigint NOT NULL,
    pieces     bigint NOT NULL,
    PRIMARY KEY (site, hour, category, material)
);
CREATE INDEX passage_by_instant ON gate.passage (at);
