-- Planning runs, the rounds they made, and what happened on the road.

-- One request to plan: the whole routing problem and plan are kept as documents, so that any plan
-- can be explained or replayed with python -m routing.
CREATE TABLE planning (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day               date NOT NULL,
    stream            text NOT NULL REFERENCES stream,
    vehicle_ids       integer[] NOT NULL,
    budget_s          integer NOT NULL CHECK (budget_s BETWEEN 1 AND 3600),
    seed              bigint NOT NULL DEFAULT 1,
    status            text NOT NULL DEFAULT 'queued'
                      CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    progress          real NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    message           text NOT NULL DEFAULT '',
    cancel_requested  boolean NOT NULL DEFAULT false,
    requested_by      integer,
    requested_at      timestamptz NOT NULL DEFAULT now(),
    finished_at       timestamptz,
    problem           jsonb,
    plan              jsonb
);

CREATE TABLE round (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    planning_id   bigint NOT NULL REFERENCES planning,
    day           date NOT NULL,
    stream        text NOT NULL REFERENCES stream,
    vehicle_id    integer NOT NULL REFERENCES vehicle,
    driver_id     integer,
    status        text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published', 'done', 'cancelled')),
    version       integer NOT NULL DEFAULT 1,
    distance_m    integer NOT NULL,
    duration_s    integer NOT NULL,
    published_at  timestamptz,
    UNIQUE (planning_id, vehicle_id)
);
CREATE INDEX round_by_day ON round (day, status);

-- A visit of the round, in order. load_* is what is on board when the truck leaves.
CREATE TABLE stop (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    round_id           bigint NOT NULL REFERENCES round ON DELETE CASCADE,
    position           integer NOT NULL,
    kind               text NOT NULL CHECK (kind IN ('start', 'collect', 'unload', 'break', 'end')),
    point_id           integer REFERENCES point,
    unloading_site_id  integer REFERENCES unloading_site,
    depot_id           integer REFERENCES depot,
    arrival_at         timestamptz NOT NULL,
    departure_at       timestamptz NOT NULL,
    load_l             integer NOT NULL,
    load_kg            integer NOT NULL,
    required           boolean NOT NULL DEFAULT false,
    locked             boolean NOT NULL DEFAULT false,
    reason             text NOT NULL DEFAULT '',
    UNIQUE (round_id, position) DEFERRABLE INITIALLY DEFERRED,
    CHECK (departure_at >= arrival_at)
);

CREATE TABLE stop_container (
    stop_id        bigint NOT NULL REFERENCES stop ON DELETE CASCADE,
    container_id   integer NOT NULL REFERENCES container,
    fill_percent   real NOT NULL,
    volume_l       integer NOT NULL,
    weight_kg      integer NOT NULL,
    PRIMARY KEY (stop_id, container_id)
);
CREATE INDEX stop_container_by_container ON stop_container (container_id);

-- What the driver said, append-only and idempotent by the phone's own identifier.
-- A correction is a new event; the last one by happened_at counts.
CREATE TABLE stop_event (
    event_id      uuid PRIMARY KEY,
    stop_id       bigint NOT NULL REFERENCES stop,
    kind          text NOT NULL CHECK (kind IN ('done', 'not_done', 'undone')),
    reason        text NOT NULL DEFAULT '',
    weight_kg     integer CHECK (weight_kg BETWEEN 0 AND 40000),
    happened_at   timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    account_id    integer
);
CREATE INDEX stop_event_by_stop ON stop_event (stop_id, happened_at DESC, recorded_at DESC);
