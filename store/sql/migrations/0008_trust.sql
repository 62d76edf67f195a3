-- Levels one can trust: how each column is read and since when, which levels are only estimates, and what shows an
-- emptying.

-- What the maker's drawing says of a column. shape is fill's (fill/README.md): the interior points of the curve from
-- height to volume, both in thousandths, [] for a prism.
CREATE TABLE container_model (
    id                 integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code               text NOT NULL UNIQUE CHECK (code <> ''),
    name               text NOT NULL CHECK (name <> ''),
    volume_l           integer NOT NULL CHECK (volume_l > 0),
    empty_distance_mm  integer NOT NULL,
    full_distance_mm   integer NOT NULL,
    dead_zone_mm       integer NOT NULL DEFAULT 0 CHECK (dead_zone_mm >= 0),
    shape              jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(shape) = 'array'),
    CONSTRAINT container_model_distances CHECK (empty_distance_mm > full_distance_mm AND full_distance_mm >= 0)
);

-- How distances read in a column during a time. Outside of all these, what the column was declared with holds
-- (container), so that reading the past again gives the past. device_id is the probe that hung there when it was
-- calibrated: under another one the page asks for a check. The shape is kept here, not looked up in the model.
-- The range of a single identifier stands in for btree_gist, as for mounting.
CREATE TABLE calibration (
    container_id       integer NOT NULL REFERENCES container,
    during             tstzrange NOT NULL CHECK (NOT isempty(during) AND lower(during) IS NOT NULL),
    empty_distance_mm  integer NOT NULL,
    full_distance_mm   integer NOT NULL,
    dead_zone_mm       integer NOT NULL DEFAULT 0 CHECK (dead_zone_mm >= 0),
    shape              jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(shape) = 'array'),
    model_id           integer REFERENCES container_model,
    device_id          integer REFERENCES device,
    how                text NOT NULL CHECK (how IN ('typed', 'observed')),
    PRIMARY KEY (container_id, during),
    CONSTRAINT calibration_distances CHECK (empty_distance_mm > full_distance_mm AND full_distance_mm >= 0),
    CONSTRAINT calibration_once
        EXCLUDE USING gist (int4range(container_id, container_id, '[]') WITH &&, during WITH &&)
);

-- estimated: the probe is not to be trusted, fill_percent is the learned rate carried on from believed_at, the instant
-- of the last level that was. answers.container_now carries it on to the present.
ALTER TABLE container_state
    ADD COLUMN estimated    boolean NOT NULL DEFAULT false,
    ADD COLUMN believed_at  timestamptz;

-- not_before is the last instant the level was still high: the container was emptied between it and emptied_at. A
-- truck's own equipment may tell too. What several sources say of one emptying is one row of answers.emptying.
ALTER TABLE emptying
    ADD COLUMN not_before timestamptz,
    DROP CONSTRAINT emptying_source_check,
    ADD CONSTRAINT emptying_source_check CHECK (source IN ('level', 'crane', 'driver', 'truck'));
