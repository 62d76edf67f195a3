-- What a road engine answered, kept so that it is not asked twice; and what a truck needs of a road.
-- Everything in travel_… may be deleted at any time: it is found again.

-- A place as an engine with a profile and a truck sees it; coordinates in 1/100,000 degree (about a metre).
CREATE TABLE travel_place (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    engine     text NOT NULL,
    lat_e5     integer NOT NULL CHECK (lat_e5 BETWEEN -9000000 AND 9000000),
    lon_e5     integer NOT NULL CHECK (lon_e5 BETWEEN -18000000 AND 18000000),
    off_road_m integer CHECK (off_road_m >= 0),
    found_at   timestamptz NOT NULL DEFAULT now(),
    used_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (engine, lat_e5, lon_e5)
);

-- Both NULL: the engine knows no road.
CREATE TABLE travel_leg (
    from_id    integer NOT NULL REFERENCES travel_place ON DELETE CASCADE,
    to_id      integer NOT NULL REFERENCES travel_place ON DELETE CASCADE,
    distance_m integer CHECK (distance_m >= 0),
    duration_s integer CHECK (duration_s >= 0),
    PRIMARY KEY (from_id, to_id),
    CHECK ((distance_m IS NULL) = (duration_s IS NULL))
);
CREATE INDEX travel_leg_to ON travel_leg (to_id);

-- The drawn way of a leg that stands in a round: {"line": [[lon, lat], …], "turns": […]}; null when there is none.
CREATE TABLE travel_way (
    from_id    integer NOT NULL REFERENCES travel_place ON DELETE CASCADE,
    to_id      integer NOT NULL REFERENCES travel_place ON DELETE CASCADE,
    way        jsonb NOT NULL,
    PRIMARY KEY (from_id, to_id)
);
CREATE INDEX travel_way_to ON travel_way (to_id);

ALTER TABLE vehicle
    ADD COLUMN height_mm integer CHECK (height_mm BETWEEN 1000 AND 5000),
    ADD COLUMN width_mm integer CHECK (width_mm BETWEEN 500 AND 3500),
    ADD COLUMN length_mm integer CHECK (length_mm BETWEEN 1000 AND 25000),
    ADD COLUMN gross_weight_kg integer CHECK (gross_weight_kg BETWEEN 500 AND 60000);
