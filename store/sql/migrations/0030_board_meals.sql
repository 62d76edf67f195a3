-- What the board of meals shows, counted ahead. Only what may be shown is kept here: of fewer than five people there is no row.

-- Days of meals to count again, appended by whoever changed something of that day (store/boards.py takes them).
CREATE TABLE board_meal_mark (day date NOT NULL);

-- One row a day for each area: '*' is everywhere, '@' and a code a territory, else a commune's INSEE code. people: files
-- open that day. on_time: rung within a quarter of an hour of the planned arrival; windowed, in_window: people who asked
-- for a window, and those rung inside it. kept_*: who kept the usual driver and half hour, by what changed.
CREATE TABLE board_meal_day (
    day            date NOT NULL,
    area           text NOT NULL,
    people         integer NOT NULL CHECK (people >= 5),
    doors          integer NOT NULL,
    meals          integer NOT NULL,
    served         integer NOT NULL,
    absent         integer NOT NULL,
    refused        integer NOT NULL,
    blocked        integer NOT NULL,
    cancelled      integer NOT NULL,
    doors_absent   integer NOT NULL,
    doors_refused  integer NOT NULL,
    rung           integer NOT NULL,
    early_30       integer NOT NULL,
    early_15       integer NOT NULL,
    on_time        integer NOT NULL,
    late_15        integer NOT NULL,
    late_30        integer NOT NULL,
    windowed       integer NOT NULL,
    in_window      integer NOT NULL,
    kept           integer NOT NULL,
    other_hour     integer NOT NULL,
    other_driver   integer NOT NULL,
    other_both     integer NOT NULL,
    newcomers      integer NOT NULL,
    PRIMARY KEY (area, day)
);
CREATE INDEX board_meal_day_by_day ON board_meal_day (day);

-- Rounds and their cold chain, whoever the people are. place: 'departure' or 'door'. degrees Celsius.
CREATE TABLE board_meal_round_day (
    day          date PRIMARY KEY,
    rounds       integer NOT NULL,
    rounds_done  integer NOT NULL,
    distance_m   bigint NOT NULL,
    duration_s   bigint NOT NULL
);
CREATE TABLE board_meal_cold_day (
    day          date NOT NULL,
    place        text NOT NULL CHECK (place IN ('departure', 'door')),
    measures     integer NOT NULL,
    celsius_sum  numeric(12, 1) NOT NULL,
    celsius_max  numeric(4, 1) NOT NULL,
    excursions   integer NOT NULL,
    PRIMARY KEY (day, place)
);

-- Granted requests by the meal's day, and absences: how many meals of a day were given up.
CREATE INDEX request_by_meal_day ON meals.request ((document ->> 'day')) WHERE rule IS NULL;
CREATE INDEX absence_asked ON meals.request ((document ->> 'last')) WHERE rule IS NULL AND document ->> 'kind' = 'absence';

CREATE FUNCTION meals.mark_round() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO public.board_meal_mark VALUES (OLD.day);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO public.board_meal_mark VALUES (NEW.day);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_day AFTER INSERT OR UPDATE OR DELETE ON meals.round FOR EACH ROW EXECUTE FUNCTION meals.mark_round();

-- Doors move with their round's status or before it is published; what is said at them comes when it comes.
CREATE FUNCTION meals.mark_said() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.board_meal_mark
    SELECT DISTINCT r.day FROM added n JOIN meals.door d ON d.id = n.door_id JOIN meals.round r ON r.id = d.round_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_day AFTER INSERT ON meals.door_event REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION meals.mark_said();

CREATE FUNCTION meals.mark_rounds() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.board_meal_mark
    SELECT DISTINCT r.day FROM added n JOIN meals.round r ON r.id = n.round_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_measured AFTER INSERT ON meals.temperature REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION meals.mark_rounds();
CREATE TRIGGER mark_added AFTER INSERT ON meals.door REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION meals.mark_rounds();
CREATE TRIGGER mark_changed AFTER UPDATE ON meals.door REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION meals.mark_rounds();
-- A door that is taken off its round; when the round itself goes, its own trigger has said so.
CREATE TRIGGER mark_removed AFTER DELETE ON meals.door REFERENCING OLD TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION meals.mark_rounds();

-- An absence is about every day from its first to its last, a year at most. Days to come wait for their day.
CREATE FUNCTION meals.mark_asked() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.board_meal_mark
    SELECT DISTINCT (document ->> 'day')::date FROM added
    WHERE rule IS NULL AND document ->> 'kind' IN ('order', 'cancel')
    UNION
    SELECT d::date
    FROM added, generate_series((document ->> 'first')::date, (document ->> 'last')::date, INTERVAL '1 day') AS d
    WHERE rule IS NULL AND document ->> 'kind' = 'absence';
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_day AFTER INSERT ON meals.request REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION meals.mark_asked();

-- Who is carried to, and where, decides what may be shown of a day: the days that are counted are counted again.
CREATE FUNCTION people.mark_carried() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first date := NEW.since;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.insee, OLD.since, OLD.until) IS NOT DISTINCT FROM (NEW.insee, NEW.since, NEW.until) THEN
            RETURN NULL;
        END IF;
        first := least(OLD.since, NEW.since);
    END IF;
    INSERT INTO public.board_meal_mark
    SELECT day FROM meals.round WHERE day >= first UNION SELECT day FROM public.board_meal_day WHERE day >= first;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_days AFTER INSERT OR UPDATE OF insee, since, until ON people.beneficiary
    FOR EACH ROW EXECUTE FUNCTION people.mark_carried();

INSERT INTO board_meal_mark
SELECT DISTINCT day FROM meals.round
UNION SELECT (document ->> 'day')::date FROM meals.request WHERE rule IS NULL AND document ->> 'kind' IN ('order', 'cancel');
