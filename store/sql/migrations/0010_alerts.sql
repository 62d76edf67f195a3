-- Alerts people act on: who has which, until when it may wait, and who must be told of it, how, and whether they were.

-- The standing of an alert now. Its history is people.alert_event.
ALTER TABLE alert
    ADD COLUMN assigned_to    integer,
    ADD COLUMN assigned_at    timestamptz,
    ADD COLUMN snoozed_until  timestamptz,
    ADD COLUMN escalated_at   timestamptz;
CREATE INDEX alert_open ON alert (opened_at DESC) WHERE closed_at IS NULL;
CREATE INDEX alert_closed ON alert (closed_at DESC) WHERE closed_at IS NOT NULL;

-- What an installation chose for a kind of alert, since when; the newest row counts, none means the defaults of
-- api/alerts/kinds.py. opens_at, clears_at and lasting_s are in the kind's own units and null where it has none.
-- wait_s: how long it must have been open before anybody is told. repeat_s, escalate_s: null for never.
-- gather_s: after a message, how long the next alerts of the kind are gathered into one.
CREATE TABLE alert_setting (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL,
    since       timestamptz NOT NULL,
    set_by      integer,
    opens_at    real,
    clears_at   real,
    lasting_s   integer CHECK (lasting_s >= 0),
    tells       boolean NOT NULL,
    rings       boolean NOT NULL,
    wait_s      integer NOT NULL CHECK (wait_s >= 0),
    repeat_s    integer CHECK (repeat_s >= 300),
    escalate_s  integer CHECK (escalate_s >= 60),
    gather_s    integer NOT NULL CHECK (gather_s >= 0)
);
CREATE INDEX alert_setting_by_kind ON alert_setting (kind, since DESC);

-- Append-only: who did what with an alert, and what the platform did (no account). Comments are people's words.
CREATE TABLE people.alert_event (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id    bigint NOT NULL REFERENCES alert,
    at          timestamptz NOT NULL,
    account_id  integer REFERENCES people.account,
    what        text NOT NULL CHECK (what IN ('acknowledged', 'assigned', 'released', 'commented', 'snoozed',
                                              'woken', 'escalated')),
    assignee_id integer REFERENCES people.account,
    until       timestamptz,
    note        text NOT NULL DEFAULT '' CHECK (length(note) <= 1000)
);
CREATE INDEX alert_event_by_alert ON people.alert_event (alert_id, at);

-- Who wants to be told of what, and where. Empty lists mean all. Quiet hours are minutes after midnight in Paris,
-- from the first to the second, over midnight when the first is the later; null for none.
CREATE TABLE people.subscription (
    id               integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id       integer NOT NULL REFERENCES people.account ON DELETE CASCADE,
    channel          text NOT NULL CHECK (channel IN ('email', 'sms', 'webhook')),
    address          text NOT NULL CHECK (length(address) BETWEEN 3 AND 500),
    kinds            text[] NOT NULL DEFAULT '{}',
    communes         text[] NOT NULL DEFAULT '{}',
    streams          text[] NOT NULL DEFAULT '{}',
    escalated_only   boolean NOT NULL DEFAULT false,
    quiet_from_min   smallint CHECK (quiet_from_min BETWEEN 0 AND 1439),
    quiet_until_min  smallint CHECK (quiet_until_min BETWEEN 0 AND 1439),
    active           boolean NOT NULL DEFAULT true,
    created_at       timestamptz NOT NULL DEFAULT now(),
    CHECK ((quiet_from_min IS NULL) = (quiet_until_min IS NULL))
);
CREATE INDEX subscription_by_account ON people.subscription (account_id);

-- One message to one address: the outbox. Its id is the idempotency key the receiver sees. Instants are of the real
-- clock: mail servers live in no demonstration. `document` is what a webhook gets.
CREATE TABLE people.notification (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subscription_id  integer NOT NULL REFERENCES people.subscription ON DELETE CASCADE,
    created_at       timestamptz NOT NULL DEFAULT now(),
    title            text NOT NULL,
    body             text NOT NULL,
    document         jsonb NOT NULL,
    status           text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'dead')),
    tries            integer NOT NULL DEFAULT 0,
    next_try_at      timestamptz NOT NULL DEFAULT now(),
    sent_at          timestamptz,
    error            text NOT NULL DEFAULT ''
);
CREATE INDEX notification_waiting ON people.notification (next_try_at) WHERE status = 'waiting';
CREATE INDEX notification_latest ON people.notification (created_at DESC);

-- That a subscription was told of an alert, once an occasion: the first time, the nth repeat, the escalation.
CREATE TABLE people.notified (
    subscription_id  integer NOT NULL REFERENCES people.subscription ON DELETE CASCADE,
    alert_id         bigint NOT NULL REFERENCES alert,
    occasion         text NOT NULL,
    at               timestamptz NOT NULL,
    notification_id  uuid NOT NULL REFERENCES people.notification ON DELETE CASCADE,
    PRIMARY KEY (subscription_id, alert_id, occasion)
);
CREATE INDEX notified_by_notification ON people.notified (notification_id);
CREATE INDEX notified_by_alert ON people.notified (alert_id);
