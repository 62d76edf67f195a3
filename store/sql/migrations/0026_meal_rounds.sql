-- The meals' day on the road: vans, planned rounds, doors and what was said at them, the cold chain, lots; and the
-- relatives who may follow. What says something of a person's health is sealed by the application (api/cias/sealed.py).

CREATE TABLE meals.cold_room (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code    text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_-]{1,40}$'),
    name    text NOT NULL,
    lat     double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon     double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    ride_s  integer NOT NULL DEFAULT 14400 CHECK (ride_s BETWEEN 600 AND 86400)
);

-- A van's half-day: who drives when, from where to where (no point of its own: the cold room).
CREATE TABLE meals.van (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_-]{1,40}$'),
    name          text NOT NULL,
    cold_room_id  integer NOT NULL REFERENCES meals.cold_room,
    trays         integer NOT NULL CHECK (trays BETWEEN 1 AND 1000),
    active        boolean NOT NULL DEFAULT true
);
CREATE TABLE meals.shift (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    van_id     integer NOT NULL REFERENCES meals.van,
    name       text NOT NULL,
    weekdays   smallint[] NOT NULL CHECK (weekdays <@ '{1,2,3,4,5,6,7}' AND weekdays <> '{}'),
    starts     time NOT NULL,
    ends       time NOT NULL CHECK (ends > starts),
    driver_id  integer REFERENCES people.account,
    start_lat  double precision CHECK (start_lat BETWEEN -90 AND 90),
    start_lon  double precision CHECK (start_lon BETWEEN -180 AND 180),
    end_lat    double precision CHECK (end_lat BETWEEN -90 AND 90),
    end_lon    double precision CHECK (end_lon BETWEEN -180 AND 180),
    active     boolean NOT NULL DEFAULT true,
    UNIQUE (van_id, name),
    CHECK ((start_lat IS NULL) = (start_lon IS NULL)),
    CHECK ((end_lat IS NULL) = (end_lon IS NULL))
);

CREATE TABLE meals.planning (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day           date NOT NULL,
    budget_s      integer NOT NULL DEFAULT 10 CHECK (budget_s BETWEEN 1 AND 600),
    seed          bigint NOT NULL DEFAULT 1,
    status        text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed')),
    message       text NOT NULL DEFAULT '',
    requested_by  integer,
    requested_at  timestamptz NOT NULL,
    finished_at   timestamptz,
    problem       jsonb,
    plan          jsonb
);

CREATE TABLE meals.round (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    planning_id   bigint NOT NULL REFERENCES meals.planning,
    day           date NOT NULL,
    shift_id      integer NOT NULL REFERENCES meals.shift,
    driver_id     integer,
    status        text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published', 'done', 'cancelled')),
    distance_m    integer NOT NULL CHECK (distance_m >= 0),
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL CHECK (ends_at >= starts_at),
    published_at  timestamptz,
    UNIQUE (planning_id, shift_id)
);
CREATE INDEX meal_round_by_day ON meals.round (day, status);

-- One person's delivery, in the order of the round. Arrivals are those that were planned.
CREATE TABLE meals.door (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    round_id        bigint NOT NULL REFERENCES meals.round ON DELETE CASCADE,
    position        integer NOT NULL,
    beneficiary_id  bigint NOT NULL REFERENCES people.beneficiary,
    arrival_at      timestamptz NOT NULL,
    departure_at    timestamptz NOT NULL CHECK (departure_at >= arrival_at),
    meals           text[] NOT NULL CHECK (meals <> '{}'),
    usual           text NOT NULL DEFAULT 'new' CHECK (usual IN ('kept', 'hour', 'driver', 'both', 'new')),
    UNIQUE (round_id, position) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (round_id, beneficiary_id)
);
CREATE INDEX door_by_beneficiary ON meals.door (beneficiary_id, arrival_at DESC);

-- What the driver said, append-only, once by the phone's own identifier; of several about one door the last by
-- happened_at counts. `wellbeing` is sealed ("well" or "worry" and a note): health data.
CREATE TABLE meals.door_event (
    event_id     uuid PRIMARY KEY,
    door_id      bigint NOT NULL REFERENCES meals.door,
    kind         text NOT NULL CHECK (kind IN ('delivered', 'neighbour', 'absent', 'refused', 'blocked', 'undone')),
    celsius      numeric(4, 1) CHECK (celsius BETWEEN -40 AND 90),
    wellbeing    bytea,
    note         text NOT NULL DEFAULT '',
    happened_at  timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    account_id   integer
);
CREATE INDEX door_event_by_door ON meals.door_event (door_id, happened_at DESC, recorded_at DESC);

-- The cold chain: at departure for a round, at the door for its trays. Above the rule's limit is an excursion.
CREATE TABLE meals.temperature (
    event_id     uuid PRIMARY KEY,
    round_id     bigint NOT NULL REFERENCES meals.round,
    door_id      bigint REFERENCES meals.door,
    celsius      numeric(4, 1) NOT NULL CHECK (celsius BETWEEN -40 AND 90),
    limit_c      numeric(4, 1) NOT NULL,
    happened_at  timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    account_id   integer
);
CREATE INDEX temperature_by_round ON meals.temperature (round_id, happened_at);

-- Which lots a day's dish was made of; with the tray of each meal this answers "who got lot X?" and back.
CREATE TABLE meals.lot (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    made         date NOT NULL,
    dish         text NOT NULL REFERENCES meals.dish,
    texture      text NOT NULL DEFAULT '',
    lot          text NOT NULL CHECK (length(lot) BETWEEN 1 AND 80),
    supplier     text NOT NULL DEFAULT '',
    recorded_at  timestamptz NOT NULL,
    account_id   integer,
    UNIQUE (made, dish, texture, lot)
);

-- What the office must see to at once: somebody who is not well, trays too warm, nobody at the door. `detail` is sealed.
CREATE TABLE meals.concern (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('worry', 'excursion', 'absent', 'refused', 'late')),
    beneficiary_id  bigint REFERENCES people.beneficiary,
    round_id        bigint REFERENCES meals.round,
    door_id         bigint REFERENCES meals.door,
    opened_at       timestamptz NOT NULL,
    detail          bytea,
    closed_at       timestamptz,
    closed_by       integer,
    outcome         text NOT NULL DEFAULT ''
);
CREATE INDEX concern_open ON meals.concern (opened_at) WHERE closed_at IS NULL;

-- A relative, or the person themselves, with the rights the office gave.
CREATE TABLE people.relative (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    beneficiary_id  bigint NOT NULL REFERENCES people.beneficiary ON DELETE CASCADE,
    name            text NOT NULL,
    themselves      boolean NOT NULL DEFAULT false,
    email           text NOT NULL DEFAULT '',
    phone           text NOT NULL DEFAULT '',
    rights          text[] NOT NULL CHECK (rights <@ '{menus,order,delivery,wellbeing,bills}'),
    told_by         text[] NOT NULL DEFAULT '{}' CHECK (told_by <@ '{email,sms}'),
    large_print     boolean NOT NULL DEFAULT false,
    made_at         timestamptz NOT NULL,
    revoked_at      timestamptz
);
CREATE INDEX relative_by_beneficiary ON people.relative (beneficiary_id);

-- What relatives are to be told: written in the transaction of the event, sent by the worker (api/family).
CREATE TABLE people.family_notice (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    beneficiary_id  bigint NOT NULL REFERENCES people.beneficiary ON DELETE CASCADE,
    kind            text NOT NULL CHECK (kind IN ('delivered', 'neighbour', 'absent', 'refused', 'blocked', 'worry',
                                                  'late', 'cancelled', 'bill')),
    door_id         bigint REFERENCES meals.door,
    happened_at     timestamptz NOT NULL,
    taken_at        timestamptz
);
CREATE INDEX family_notice_waiting ON people.family_notice (id) WHERE taken_at IS NULL;

-- Open pages learn of a door within the second: identifiers only.
CREATE FUNCTION meals.tell_door() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('glaneur_live', json_build_object(
        'topic', 'meals', 'door', d.id, 'round', d.round_id, 'beneficiary', d.beneficiary_id)::text)
    FROM meals.door d WHERE d.id = NEW.door_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_door AFTER INSERT ON meals.door_event FOR EACH ROW EXECUTE FUNCTION meals.tell_door();
