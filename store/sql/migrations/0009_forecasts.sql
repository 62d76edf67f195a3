-- What the platform has learned of how containers fill, and what it expects of them.

-- What the containers of a stream have in common (fill.prior.Pool), renewed by the worker at each pass.
CREATE TABLE stream_habit (
    stream      text PRIMARY KEY REFERENCES stream,
    learned_at  timestamptz NOT NULL,
    pool        jsonb NOT NULL
);

-- What each container does differently (fill.habit.Learned). Nothing here is a source of truth: deleting a row
-- makes the worker learn that container again from its readings.
CREATE TABLE container_habit (
    container_id  integer PRIMARY KEY REFERENCES container,
    learned_at    timestamptz NOT NULL,
    learned       jsonb NOT NULL
);

-- What is expected at the end of each of the coming days, one row a container: arrays, so that an hourly pass over
-- ten thousand containers writes ten thousand rows. Percents of the useful volume if nobody empties, not clipped
-- at 100; p_overflow is the probability that 100 is reached by then. full_* are the instants by which 1, 5 and 9
-- in 10 such containers are full, null beyond what is told. estimated: the level it starts from is itself a guess.
CREATE TABLE container_forecast (
    container_id  integer PRIMARY KEY REFERENCES container,
    made_at       timestamptz NOT NULL,
    level_at      timestamptz NOT NULL,
    estimated     boolean NOT NULL,
    full_early    timestamptz,
    full_at       timestamptz,
    full_late     timestamptz,
    ends          timestamptz[] NOT NULL,
    mean          real[] NOT NULL,
    sd            real[] NOT NULL,
    q10           real[] NOT NULL,
    q50           real[] NOT NULL,
    q90           real[] NOT NULL,
    p_overflow    real[] NOT NULL,
    CONSTRAINT container_forecast_whole CHECK (
        cardinality(ends) = cardinality(mean) AND cardinality(ends) = cardinality(sd)
        AND cardinality(ends) = cardinality(q10) AND cardinality(ends) = cardinality(q50)
        AND cardinality(ends) = cardinality(q90) AND cardinality(ends) = cardinality(p_overflow))
);

-- Rain of past and coming days, where somebody provides it: forecasts do without.
CREATE TABLE rain_day (
    day      date PRIMARY KEY,
    rain_mm  real NOT NULL CHECK (rain_mm BETWEEN 0 AND 2000),
    source   text NOT NULL
);
