-- People and what they did. Personal data lives in this schema and nowhere else; ingest cannot read it.
CREATE SCHEMA people;

CREATE TABLE people.account (
    id             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login          text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
    display_name   text NOT NULL,
    password_hash  text NOT NULL,
    role           text NOT NULL CHECK (role IN ('dispatcher', 'driver', 'admin')),
    active         boolean NOT NULL DEFAULT true,
    created_at     timestamptz NOT NULL DEFAULT now()
);

-- Server-side sessions: the cookie holds a random token, the table only its hash.
CREATE TABLE people.session (
    token_hash  bytea PRIMARY KEY,
    account_id  integer NOT NULL REFERENCES people.account ON DELETE CASCADE,
    csrf_token  text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX session_by_account ON people.session (account_id);

-- Append-only: who did what. detail holds identifiers, never names.
CREATE TABLE people.audit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    account_id  integer,
    action      text NOT NULL,
    subject     text NOT NULL,
    detail      jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_by_subject ON people.audit (subject, at DESC);
