-- What the boards count ahead of being asked, and what a cost or a product is compared with.
-- Everything here is equipment and sums: no person, no badge, no account.

-- Several collectivities may share one installation; boards can be narrowed to one. NULL: none was named.
CREATE TABLE territory (
    code  text PRIMARY KEY CHECK (code ~ '^[A-Za-z0-9_-]{1,40}$'),
    name  text NOT NULL CHECK (name <> '')
);
ALTER TABLE commune ADD COLUMN territory text REFERENCES territory;

-- Days to count again, appended by whoever changed something of that day (store/boards.py takes them).
CREATE TABLE board_mark (day date NOT NULL);

-- One row a day for each area and stream: '*' is every stream or every area, '@' and a code a territory, else a
-- commune's INSEE code. emptied_* are emptyings by the level before them; avoided and overflows: dashboards/README.md.
CREATE TABLE board_area_day (
    day             date NOT NULL,
    area            text NOT NULL,
    stream          text NOT NULL,
    containers      integer NOT NULL,
    heard           integer NOT NULL,
    readings        bigint NOT NULL,
    percent_sum     double precision NOT NULL,
    urgent          integer NOT NULL,
    at_full         integer NOT NULL,
    overflows       integer NOT NULL,
    emptyings       integer NOT NULL,
    avoided         integer NOT NULL,
    emptied_known   integer NOT NULL,
    emptied_sum     double precision NOT NULL,
    emptied_below_25  integer NOT NULL,
    emptied_below_50  integer NOT NULL,
    emptied_below_75  integer NOT NULL,
    emptied_below_90  integer NOT NULL,
    emptied_below_100 integer NOT NULL,
    emptied_at_100    integer NOT NULL,
    noisy           integer NOT NULL,
    weak_battery    integer NOT NULL,
    radio_probes    integer NOT NULL,
    rssi_sum        double precision NOT NULL,
    PRIMARY KEY (area, stream, day)
);
CREATE INDEX board_area_day_by_day ON board_area_day (day);

-- A probe's day on the radio, counted every hour for the last three days and kept forty.
CREATE TABLE board_probe_day (
    day              date NOT NULL,
    device_id        integer NOT NULL REFERENCES device,
    readings         integer NOT NULL,
    doubtful         integer NOT NULL,
    rssi_dbm         real,
    snr_db           real,
    battery_percent  real,
    PRIMARY KEY (day, device_id)
);
CREATE INDEX board_probe_day_by_device ON board_probe_day (device_id, day);

CREATE TABLE board_round_day (
    day             date NOT NULL,
    stream          text NOT NULL REFERENCES stream,
    rounds          integer NOT NULL,
    rounds_done     integer NOT NULL,
    stops           integer NOT NULL,
    stops_done      integer NOT NULL,
    stops_not_done  integer NOT NULL,
    distance_m      bigint NOT NULL,
    duration_s      bigint NOT NULL,
    unloaded_kg     bigint,
    PRIMARY KEY (day, stream)
);

-- What a kilometre and an hour of collection cost and emit, since when, and who says so. euros; grams of CO2e.
CREATE TABLE collection_rate (
    stream         text NOT NULL REFERENCES stream,
    since          date NOT NULL,
    eur_per_km     numeric(8, 3) NOT NULL CHECK (eur_per_km >= 0),
    eur_per_hour   numeric(8, 2) NOT NULL CHECK (eur_per_hour >= 0),
    co2_g_per_km   integer NOT NULL CHECK (co2_g_per_km >= 0),
    source         text NOT NULL CHECK (source <> ''),
    PRIMARY KEY (stream, since)
);

-- The platform looked at every five minutes. inserted: rows of reading ever inserted, as PostgreSQL counts them.
CREATE TABLE board_platform (
    at                timestamptz PRIMARY KEY,
    inserted          bigint NOT NULL,
    heard_age_s       integer,
    quarantined       integer NOT NULL,
    jobs_waiting      integer NOT NULL,
    oldest_job_s      integer NOT NULL,
    jobs_failed       integer NOT NULL,
    messages_dead     integer NOT NULL,
    marks_waiting     integer NOT NULL,
    connections       integer NOT NULL,
    database_bytes    bigint NOT NULL
);

-- The product voted in the budget for a year, and the deliberation that says so.
CREATE TABLE finance.budget (
    year     integer PRIMARY KEY CHECK (year BETWEEN 2000 AND 2200),
    product  numeric(12, 2) NOT NULL CHECK (product >= 0),
    source   text NOT NULL CHECK (source <> '')
);

-- How many accounts had so many uses of a kind in a year, by commune ('*': all). class: least uses of the class.
CREATE TABLE finance.usage_class (
    year      integer NOT NULL,
    area      text NOT NULL,
    kind      text NOT NULL,
    class     integer NOT NULL,
    accounts  integer NOT NULL,
    uses      bigint NOT NULL,
    PRIMARY KEY (year, area, kind, class)
);

CREATE INDEX passage_by_hour ON gate.passage (date_bin('1 hour', at, '2000-01-01Z'));

CREATE FUNCTION mark_round_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO public.board_mark VALUES (OLD.day);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO public.board_mark VALUES (NEW.day);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_day AFTER INSERT OR UPDATE OR DELETE ON round FOR EACH ROW EXECUTE FUNCTION mark_round_day();

CREATE FUNCTION mark_stop_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.board_mark
    SELECT DISTINCT r.day FROM said n JOIN public.stop s ON s.id = n.stop_id JOIN public.round r ON r.id = s.round_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_day AFTER INSERT ON stop_event REFERENCING NEW TABLE AS said
    FOR EACH STATEMENT EXECUTE FUNCTION mark_stop_day();

INSERT INTO board_mark SELECT DISTINCT day FROM rollup_day UNION SELECT DISTINCT day FROM round;
-- Which containers were emptied on a day.
CREATE INDEX emptying_by_time ON emptying (emptied_at);
