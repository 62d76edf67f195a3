-- The territory and its equipment: what exists, where, and since when.
-- Units: litres, kilograms, millimetres, seconds; coordinates in WGS 84 degrees.

CREATE TABLE commune (
    insee       text PRIMARY KEY,
    name        text NOT NULL,
    postcode    text NOT NULL,
    population  integer NOT NULL CHECK (population >= 0),
    lat         double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon         double precision NOT NULL CHECK (lon BETWEEN -180 AND 180)
);

-- A waste stream (flux): glass, paper, packaging… The bulk density turns litres into kilograms.
CREATE TABLE stream (
    code           text PRIMARY KEY,
    label          text NOT NULL,
    colour         text NOT NULL CHECK (colour ~ '^#[0-9a-f]{6}$'),
    density_kg_m3  integer NOT NULL CHECK (density_kg_m3 > 0)
);

-- A drop-off point (PAV): a place where one or more containers stand.
CREATE TABLE point (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code         text NOT NULL UNIQUE,
    name         text NOT NULL,
    insee        text NOT NULL REFERENCES commune,
    lat          double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon          double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    access_note  text NOT NULL DEFAULT ''
);
CREATE INDEX point_by_commune ON point (insee);

-- A container (colonne) with the calibration of its probe and its own alert thresholds.
CREATE TABLE container (
    id                 integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code               text NOT NULL UNIQUE,
    point_id           integer NOT NULL REFERENCES point,
    stream             text NOT NULL REFERENCES stream,
    volume_l           integer NOT NULL CHECK (volume_l > 0),
    empty_distance_mm  integer NOT NULL,
    full_distance_mm   integer NOT NULL,
    dead_zone_mm       integer NOT NULL DEFAULT 0 CHECK (dead_zone_mm >= 0),
    plan_percent       smallint NOT NULL DEFAULT 70,
    urgent_percent     smallint NOT NULL DEFAULT 90,
    in_service         tstzrange NOT NULL DEFAULT tstzrange('2000-01-01Z', NULL),
    CONSTRAINT container_calibration CHECK (empty_distance_mm > full_distance_mm AND full_distance_mm >= 0),
    CONSTRAINT container_thresholds CHECK (0 < plan_percent AND plan_percent < urgent_percent AND urgent_percent <= 100)
);
CREATE INDEX container_by_point ON container (point_id);
CREATE INDEX container_by_stream ON container (stream);

CREATE TABLE device (
    id                 integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial             text NOT NULL UNIQUE CHECK (serial ~ '^[A-Za-z0-9_.:-]{1,64}$'),
    codec              text NOT NULL DEFAULT 'native',
    report_interval_s  integer NOT NULL DEFAULT 14400 CHECK (report_interval_s > 0)
);

-- Which device hung in which container, from when to when. Neither may be in two places at once.
-- The range of a single identifier stands in for btree_gist, which the embedded edition lacks.
CREATE TABLE mounting (
    device_id     integer NOT NULL REFERENCES device,
    container_id  integer NOT NULL REFERENCES container,
    during        tstzrange NOT NULL CHECK (NOT isempty(during) AND lower(during) IS NOT NULL),
    PRIMARY KEY (device_id, during),
    CONSTRAINT mounting_device_once
        EXCLUDE USING gist (int4range(device_id, device_id, '[]') WITH &&, during WITH &&),
    CONSTRAINT mounting_container_once
        EXCLUDE USING gist (int4range(container_id, container_id, '[]') WITH &&, during WITH &&)
);
CREATE INDEX mounting_by_container ON mounting (container_id);

CREATE TABLE depot (
    id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code  text NOT NULL UNIQUE,
    name  text NOT NULL,
    lat   double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon   double precision NOT NULL CHECK (lon BETWEEN -180 AND 180)
);

-- Where trucks unload (quai de transfert); hours are seconds after local midnight.
CREATE TABLE unloading_site (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL UNIQUE,
    name       text NOT NULL,
    lat        double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon        double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    streams    text[] NOT NULL,
    opens_s    integer NOT NULL DEFAULT 18000,
    closes_s   integer NOT NULL DEFAULT 68400,
    service_s  integer NOT NULL DEFAULT 1200 CHECK (service_s >= 0),
    CONSTRAINT unloading_site_hours CHECK (0 <= opens_s AND opens_s < closes_s)
);

CREATE TABLE vehicle (
    id             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code           text NOT NULL UNIQUE,
    name           text NOT NULL,
    depot_id       integer NOT NULL REFERENCES depot,
    streams        text[] NOT NULL,
    capacity_l     integer NOT NULL CHECK (capacity_l > 0),
    capacity_kg    integer NOT NULL CHECK (capacity_kg > 0),
    shift_start_s  integer NOT NULL DEFAULT 21600,
    shift_s        integer NOT NULL DEFAULT 25200 CHECK (shift_s > 0),
    break_after_s  integer NOT NULL DEFAULT 21600 CHECK (break_after_s > 0),
    break_s        integer NOT NULL DEFAULT 1200 CHECK (break_s >= 0),
    active         boolean NOT NULL DEFAULT true
);

-- The platform's clock. Production has no row: time is now(). A demonstration runs faster and
-- says so; every process and view takes its time from glaneur_now(), so all agree.
CREATE TABLE clock (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    real_start  timestamptz NOT NULL,
    shown_start timestamptz NOT NULL,
    rate        double precision NOT NULL CHECK (rate > 0)
);

CREATE FUNCTION glaneur_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT shown_start + (clock_timestamp() - real_start) * rate FROM public.clock),
        clock_timestamp())
$$;
