-- Meals carried to seniors. What says something of a person's health is sealed by the application, column by column
-- (api/cias/sealed.py): the database, its backups and its boards never hold it in clear.

CREATE TABLE people.beneficiary (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference    text NOT NULL UNIQUE CHECK (reference ~ '^[A-Za-z0-9_.:-]{1,40}$'),
    name         text NOT NULL,
    address      text NOT NULL DEFAULT '',
    insee        text,
    phone        text NOT NULL DEFAULT '',
    lat          double precision CHECK (lat BETWEEN -90 AND 90),
    lon          double precision CHECK (lon BETWEEN -180 AND 180),
    since        date NOT NULL,
    until        date CHECK (until >= since),
    end_reason   text CHECK (end_reason IN ('death', 'moved', 'ended')),
    second       boolean NOT NULL DEFAULT false,
    window_from  time,
    window_until time CHECK (window_until >= window_from),
    health       bytea NOT NULL,
    access_note  bytea NOT NULL,
    CHECK ((window_from IS NULL) = (window_until IS NULL)),
    CHECK ((until IS NULL) = (end_reason IS NULL))
);

CREATE TABLE people.beneficiary_habit (
    beneficiary_id  bigint NOT NULL REFERENCES people.beneficiary ON DELETE CASCADE,
    valid_from      date NOT NULL,
    lunch           smallint[] NOT NULL DEFAULT '{}' CHECK (lunch <@ '{1,2,3,4,5,6,7}'),
    dinner          smallint[] NOT NULL DEFAULT '{}' CHECK (dinner <@ '{1,2,3,4,5,6,7}'),
    choice          text NOT NULL DEFAULT 'A' CHECK (choice ~ '^[A-Z]$'),
    PRIMARY KEY (beneficiary_id, valid_from)
);

CREATE TABLE people.beneficiary_income (
    beneficiary_id  bigint NOT NULL REFERENCES people.beneficiary ON DELETE CASCADE,
    valid_from      date NOT NULL,
    quotient        numeric(9, 2) NOT NULL CHECK (quotient >= 0),
    PRIMARY KEY (beneficiary_id, valid_from)
);

-- Append-only: who opened whose sealed columns, and what for.
CREATE TABLE people.care_reading (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    account_id      integer NOT NULL,
    beneficiary_id  bigint NOT NULL,
    purpose         text NOT NULL CHECK (purpose IN ('file', 'order', 'kitchen', 'round', 'family', 'export'))
);
CREATE INDEX care_reading_by_beneficiary ON people.care_reading (beneficiary_id, at DESC);

CREATE SCHEMA meals;

-- Rules and prices as they were voted: documents of meals/, never rewritten.
CREATE TABLE meals.book (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    valid_from  date NOT NULL,
    document    text NOT NULL,
    loaded_at   timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE meals.grid (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    valid_from  date NOT NULL,
    document    text NOT NULL,
    loaded_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE meals.dish (
    code       text PRIMARY KEY CHECK (code ~ '^[a-z0-9_-]{1,60}$'),
    name       text NOT NULL,
    diets      text[] NOT NULL DEFAULT '{}',
    textures   text[] NOT NULL DEFAULT '{whole}',
    allergens  text[]
);

CREATE TABLE meals.menu (
    day      date NOT NULL,
    moment   text NOT NULL CHECK (moment IN ('lunch', 'dinner')),
    choice   text NOT NULL CHECK (choice ~ '^[A-Z]$'),
    courses  jsonb NOT NULL,
    PRIMARY KEY (day, moment, choice)
);

-- Everything that was asked, once by its own id, with the answer it was given. Only accepted requests count;
-- nothing is rewritten: who changes their mind asks again.
CREATE TABLE meals.request (
    id              uuid PRIMARY KEY,
    at              timestamptz NOT NULL,
    beneficiary_id  bigint NOT NULL REFERENCES people.beneficiary,
    document        jsonb NOT NULL,
    asked_by        integer,
    rule            text,
    answer          text NOT NULL
);
CREATE INDEX request_by_beneficiary ON meals.request (beneficiary_id, at);

-- Whoever works for the social service (CIAS).
ALTER TABLE people.account DROP CONSTRAINT account_role_check;
ALTER TABLE people.account ADD CONSTRAINT account_role_check
    CHECK (role IN ('dispatcher', 'driver', 'admin', 'agent', 'finance', 'cias'));
