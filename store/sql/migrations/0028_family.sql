-- How relatives come in and what they are told. Of links, cards and sessions the hash alone is kept; instants of these
-- are of the real clock, as staff's sessions are. A text that is sent is written when it leaves and stored nowhere.

-- Kinds of people.family_notice that somebody does not want to be told.
ALTER TABLE people.relative ADD COLUMN muted text[] NOT NULL DEFAULT '{}'
    CHECK (muted <@ '{delivered,neighbour,absent,refused,blocked,worry,late,cancelled,bill}');
CREATE INDEX relative_by_email ON people.relative (lower(email)) WHERE revoked_at IS NULL AND email <> '';
CREATE INDEX relative_by_phone ON people.relative (phone) WHERE revoked_at IS NULL AND phone <> '';

-- A link opens once; a printed card as often as it is shown, until it is taken back or its time is over.
CREATE TABLE people.family_key (
    token_hash  bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    kind        text NOT NULL CHECK (kind IN ('link', 'card')),
    relatives   bigint[] NOT NULL CHECK (relatives <> '{}'),
    made_at     timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE INDEX family_key_by_expiry ON people.family_key (expires_at);

CREATE TABLE people.family_session (
    token_hash  bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    relatives   bigint[] NOT NULL CHECK (relatives <> '{}'),
    csrf_token  text NOT NULL,
    made_at     timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX family_session_by_expiry ON people.family_session (expires_at);

-- What relatives changed, append-only and once by the form's own number: habits, weeks taken up again, choices.
CREATE TABLE people.family_act (
    id           uuid PRIMARY KEY,
    at           timestamptz NOT NULL,
    relative_id  bigint NOT NULL REFERENCES people.relative ON DELETE CASCADE,
    what         text NOT NULL CHECK (what IN ('habit', 'week', 'choices')),
    answer       text NOT NULL
);
CREATE INDEX family_act_by_relative ON people.family_act (relative_id, at);

-- Messages on their way to relatives: no text and no address, both are looked up when it leaves.
CREATE TABLE people.family_message (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    relative_id  bigint NOT NULL REFERENCES people.relative ON DELETE CASCADE,
    notice_id    bigint REFERENCES people.family_notice ON DELETE CASCADE,
    channel      text NOT NULL CHECK (channel IN ('email', 'sms')),
    made_at      timestamptz NOT NULL DEFAULT now(),
    status       text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'dead', 'dropped')),
    tries        integer NOT NULL DEFAULT 0,
    next_try_at  timestamptz NOT NULL DEFAULT now(),
    sent_at      timestamptz,
    error        text NOT NULL DEFAULT '',
    UNIQUE (notice_id, relative_id, channel)
);
CREATE INDEX family_message_waiting ON people.family_message (next_try_at) WHERE status = 'waiting';

-- Whoever asked: staff (asked_by) or a relative. Whoever read: the same.
ALTER TABLE meals.request ADD COLUMN relative_id bigint;
ALTER TABLE people.care_reading ADD COLUMN relative_id bigint;
ALTER TABLE people.care_reading ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE people.care_reading ADD CONSTRAINT care_reading_by_somebody CHECK (num_nonnulls(account_id, relative_id) = 1);

-- A notice wakes the worker (api/alerts/hearing.py), whoever wrote it.
CREATE FUNCTION people.tell_family() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('glaneur_family', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_family AFTER INSERT ON people.family_notice
    FOR EACH STATEMENT EXECUTE FUNCTION people.tell_family();
