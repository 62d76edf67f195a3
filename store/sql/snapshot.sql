SET check_function_bodies = false;

CREATE SCHEMA finance;

CREATE SCHEMA gate;

CREATE SCHEMA meals;

CREATE SCHEMA people;

CREATE SCHEMA public;

COMMENT ON SCHEMA public IS 'standard public schema';

CREATE TABLE people.subscription (
    id integer NOT NULL,
    account_id integer NOT NULL,
    channel text NOT NULL,
    address text NOT NULL,
    kinds text[] DEFAULT '{}'::text[] NOT NULL,
    communes text[] DEFAULT '{}'::text[] NOT NULL,
    streams text[] DEFAULT '{}'::text[] NOT NULL,
    escalated_only boolean DEFAULT false NOT NULL,
    quiet_from_min smallint,
    quiet_until_min smallint,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT subscription_address_check CHECK (((length(address) >= 3) AND (length(address) <= 500))),
    CONSTRAINT subscription_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'webhook'::text]))),
    CONSTRAINT subscription_check CHECK (((quiet_from_min IS NULL) = (quiet_until_min IS NULL))),
    CONSTRAINT subscription_quiet_from_min_check CHECK (((quiet_from_min >= 0) AND (quiet_from_min <= 1439))),
    CONSTRAINT subscription_quiet_until_min_check CHECK (((quiet_until_min >= 0) AND (quiet_until_min <= 1439)))
);

CREATE FUNCTION finance.keep_issued() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'run' THEN
        IF OLD.status IN ('issued', 'abandoned') THEN
            RAISE EXCEPTION 'run % is % and cannot change', OLD.id, OLD.status USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF EXISTS (SELECT FROM finance.run WHERE id = coalesce(NEW.run_id, OLD.run_id) AND status <> 'draft')
          AND NOT (TG_OP = 'UPDATE' AND OLD.number IS NULL
                   AND (OLD.run_id, OLD.account_id, OLD.total, OLD.document, OLD.refused)
                       IS NOT DISTINCT FROM (NEW.run_id, NEW.account_id, NEW.total, NEW.document, NEW.refused)
                   AND EXISTS (SELECT FROM finance.run WHERE id = NEW.run_id AND status = 'approved')) THEN
        RAISE EXCEPTION 'the bills of run % are settled', coalesce(NEW.run_id, OLD.run_id)
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;

CREATE FUNCTION finance.keep_rectification() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status IN ('issued', 'abandoned') THEN
        RAISE EXCEPTION 'rectification % is % and cannot change', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.run_id, OLD.account_id, OLD.rank, OLD.cancels, OLD.document, OLD.difference, OLD.amount, OLD.created_by)
       IS DISTINCT FROM
       (NEW.run_id, NEW.account_id, NEW.rank, NEW.cancels, NEW.document, NEW.difference, NEW.amount, NEW.created_by) THEN
        RAISE EXCEPTION 'what rectification % says is settled', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION gate.begin_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1735159923);
    RETURN NULL;
END
$$;

CREATE FUNCTION gate.mark_changed_day() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO public.board_mark VALUES ((OLD.at AT TIME ZONE 'Europe/Paris')::date),
                                         ((NEW.at AT TIME ZONE 'Europe/Paris')::date);
    RETURN NULL;
END
$$;

CREATE FUNCTION gate.mark_days() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO public.board_mark SELECT DISTINCT (at AT TIME ZONE 'Europe/Paris')::date FROM added;
    RETURN NULL;
END
$$;

CREATE FUNCTION gate.tell_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify('glaneur_gate', '');
    RETURN NULL;
END
$$;

CREATE FUNCTION meals.keep_bill() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM meals.bill_run r WHERE r.id = OLD.run_id AND r.status = 'issued')
       AND COALESCE(current_setting('glaneur.forgetting', true), '') <> 'yes' THEN
        RAISE EXCEPTION 'an issued bill is not rewritten' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE FUNCTION meals.mark_asked() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION meals.mark_round() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION meals.mark_rounds() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO public.board_meal_mark
    SELECT DISTINCT r.day FROM added n JOIN meals.round r ON r.id = n.round_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION meals.mark_said() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO public.board_meal_mark
    SELECT DISTINCT r.day FROM added n JOIN meals.door d ON d.id = n.door_id JOIN meals.round r ON r.id = d.round_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION meals.tell_door() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('glaneur_live', json_build_object(
        'topic', 'meals', 'door', d.id, 'round', d.round_id, 'beneficiary', d.beneficiary_id)::text)
    FROM meals.door d WHERE d.id = NEW.door_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION people.mark_carried() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION people.mark_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    NEW.changed := nextval('people.change');
    RETURN NEW;
END
$$;

CREATE FUNCTION people.tell_family() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify('glaneur_family', '');
    RETURN NULL;
END
$$;

CREATE FUNCTION public.glaneur_now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(
        (SELECT shown_start + (clock_timestamp() - real_start) * rate FROM public.clock),
        clock_timestamp())
$$;

CREATE FUNCTION public.keep_removed_stop() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM public.stop_event e WHERE e.stop_id = OLD.id) THEN
        RAISE EXCEPTION 'stop % has events: it cannot be removed', OLD.id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO public.stop_removed (stop_id, round_id, day, driver_id, kind, container_ids)
    SELECT OLD.id, r.id, r.day, r.driver_id, OLD.kind,
           ARRAY(SELECT c.container_id FROM public.stop_container c WHERE c.stop_id = OLD.id)
    FROM public.round r
    WHERE r.id = OLD.round_id AND r.published_at IS NOT NULL;
    RETURN OLD;
END
$$;

CREATE FUNCTION public.mark_corrected_reading() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND old.container_id IS NOT NULL THEN
        INSERT INTO rollup_mark VALUES (old.container_id, date_trunc('hour', old.measured_at, 'UTC'));
    END IF;
    IF TG_OP <> 'DELETE' AND new.container_id IS NOT NULL THEN
        INSERT INTO rollup_mark VALUES (new.container_id, date_trunc('hour', new.measured_at, 'UTC'));
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.mark_emptying() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO rollup_mark
    SELECT e.container_id, date_trunc('hour', e.emptied_at, 'UTC')
    FROM changed x JOIN emptying e ON e.event_id = x.event_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.mark_round_day() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_stop_day() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO public.board_mark
    SELECT DISTINCT r.day FROM said n JOIN public.stop s ON s.id = n.stop_id JOIN public.round r ON r.id = s.round_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.note_directory_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    noted bigint;
BEGIN
    INSERT INTO directory_change DEFAULT VALUES RETURNING id INTO noted;
    -- Old rows go, but for those that somebody else is removing: nobody waits here.
    DELETE FROM directory_change
    WHERE id IN (SELECT id FROM directory_change WHERE id < noted - 100 FOR UPDATE SKIP LOCKED);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.remove_stops_first() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM public.stop s WHERE s.round_id = OLD.id;
    RETURN OLD;
END
$$;

CREATE FUNCTION public.wake_worker() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('glaneur_alert', NEW.kind);
    RETURN NULL;
END $$;

CREATE TABLE public.alert (
    id bigint NOT NULL,
    container_id integer NOT NULL,
    kind text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    sentence text NOT NULL,
    closed_at timestamp with time zone,
    closed_because text,
    acknowledged_at timestamp with time zone,
    acknowledged_by integer,
    assigned_to integer,
    assigned_at timestamp with time zone,
    snoozed_until timestamp with time zone,
    escalated_at timestamp with time zone,
    CONSTRAINT alert_check CHECK (((closed_at IS NULL) OR (closed_at >= opened_at)))
);

CREATE TABLE public.commune (
    insee text NOT NULL,
    name text NOT NULL,
    postcode text NOT NULL,
    population integer NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    territory text,
    CONSTRAINT commune_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT commune_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT commune_population_check CHECK ((population >= 0))
);

CREATE TABLE public.container (
    id integer NOT NULL,
    code text NOT NULL,
    point_id integer NOT NULL,
    stream text NOT NULL,
    volume_l integer NOT NULL,
    empty_distance_mm integer NOT NULL,
    full_distance_mm integer NOT NULL,
    dead_zone_mm integer DEFAULT 0 NOT NULL,
    plan_percent smallint DEFAULT 70 NOT NULL,
    urgent_percent smallint DEFAULT 90 NOT NULL,
    in_service tstzrange DEFAULT tstzrange('2000-01-01 00:00:00+00'::timestamp with time zone, NULL::timestamp with time zone) NOT NULL,
    CONSTRAINT container_calibration CHECK (((empty_distance_mm > full_distance_mm) AND (full_distance_mm >= 0))),
    CONSTRAINT container_dead_zone_mm_check CHECK ((dead_zone_mm >= 0)),
    CONSTRAINT container_thresholds CHECK (((0 < plan_percent) AND (plan_percent < urgent_percent) AND (urgent_percent <= 100))),
    CONSTRAINT container_volume_l_check CHECK ((volume_l > 0))
);

CREATE TABLE public.container_forecast (
    container_id integer NOT NULL,
    made_at timestamp with time zone NOT NULL,
    level_at timestamp with time zone NOT NULL,
    estimated boolean NOT NULL,
    full_early timestamp with time zone,
    full_at timestamp with time zone,
    full_late timestamp with time zone,
    ends timestamp with time zone[] NOT NULL,
    mean real[] NOT NULL,
    sd real[] NOT NULL,
    q10 real[] NOT NULL,
    q50 real[] NOT NULL,
    q90 real[] NOT NULL,
    p_overflow real[] NOT NULL,
    CONSTRAINT container_forecast_whole CHECK (((cardinality(ends) = cardinality(mean)) AND (cardinality(ends) = cardinality(sd)) AND (cardinality(ends) = cardinality(q10)) AND (cardinality(ends) = cardinality(q50)) AND (cardinality(ends) = cardinality(q90)) AND (cardinality(ends) = cardinality(p_overflow))))
);

CREATE TABLE public.container_state (
    container_id integer NOT NULL,
    device_id integer,
    measured_at timestamp with time zone,
    fill_percent real,
    distance_mm integer,
    rate_percent_per_day real,
    full_at timestamp with time zone,
    temperature_c real,
    battery_percent real,
    tilt_deg smallint,
    quality text DEFAULT 'ok'::text NOT NULL,
    last_emptied_at timestamp with time zone,
    memory jsonb NOT NULL,
    estimated boolean DEFAULT false NOT NULL,
    believed_at timestamp with time zone
)
WITH (fillfactor='50');

CREATE TABLE public.device (
    id integer NOT NULL,
    serial text NOT NULL,
    codec text DEFAULT 'native'::text NOT NULL,
    report_interval_s integer DEFAULT 14400 NOT NULL,
    dev_eui text,
    network text DEFAULT 'native'::text NOT NULL,
    network_path text DEFAULT ''::text NOT NULL,
    access_since timestamp with time zone,
    CONSTRAINT device_access CHECK (((access_since IS NULL) OR (network = 'native'::text))),
    CONSTRAINT device_dev_eui_check CHECK ((dev_eui ~ '^[0-9A-F]{16}$'::text)),
    CONSTRAINT device_identity CHECK (((network = 'native'::text) = (dev_eui IS NULL))),
    CONSTRAINT device_network_check CHECK ((network = ANY (ARRAY['native'::text, 'chirpstack'::text, 'tts'::text, 'thingpark'::text, 'liveobjects'::text, 'loriot'::text]))),
    CONSTRAINT device_report_interval_s_check CHECK ((report_interval_s > 0)),
    CONSTRAINT device_serial_check CHECK ((serial ~ '^[A-Za-z0-9_.:-]{1,64}$'::text))
);

CREATE TABLE public.mounting (
    device_id integer NOT NULL,
    container_id integer NOT NULL,
    during tstzrange NOT NULL,
    CONSTRAINT mounting_during_check CHECK (((NOT isempty(during)) AND (lower(during) IS NOT NULL)))
);

CREATE TABLE public.point (
    id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    insee text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    access_note text DEFAULT ''::text NOT NULL,
    CONSTRAINT point_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT point_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision)))
);

CREATE TABLE public.stream (
    code text NOT NULL,
    label text NOT NULL,
    colour text NOT NULL,
    density_kg_m3 integer NOT NULL,
    CONSTRAINT stream_colour_check CHECK ((colour ~ '^#[0-9a-f]{6}$'::text)),
    CONSTRAINT stream_density_kg_m3_check CHECK ((density_kg_m3 > 0))
);

CREATE TABLE public.calibration (
    container_id integer NOT NULL,
    during tstzrange NOT NULL,
    empty_distance_mm integer NOT NULL,
    full_distance_mm integer NOT NULL,
    dead_zone_mm integer DEFAULT 0 NOT NULL,
    shape jsonb DEFAULT '[]'::jsonb NOT NULL,
    model_id integer,
    device_id integer,
    how text NOT NULL,
    CONSTRAINT calibration_dead_zone_mm_check CHECK ((dead_zone_mm >= 0)),
    CONSTRAINT calibration_distances CHECK (((empty_distance_mm > full_distance_mm) AND (full_distance_mm >= 0))),
    CONSTRAINT calibration_during_check CHECK (((NOT isempty(during)) AND (lower(during) IS NOT NULL))),
    CONSTRAINT calibration_how_check CHECK ((how = ANY (ARRAY['typed'::text, 'observed'::text]))),
    CONSTRAINT calibration_shape_check CHECK ((jsonb_typeof(shape) = 'array'::text))
);

CREATE TABLE public.container_model (
    id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    volume_l integer NOT NULL,
    empty_distance_mm integer NOT NULL,
    full_distance_mm integer NOT NULL,
    dead_zone_mm integer DEFAULT 0 NOT NULL,
    shape jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT container_model_code_check CHECK ((code <> ''::text)),
    CONSTRAINT container_model_dead_zone_mm_check CHECK ((dead_zone_mm >= 0)),
    CONSTRAINT container_model_distances CHECK (((empty_distance_mm > full_distance_mm) AND (full_distance_mm >= 0))),
    CONSTRAINT container_model_name_check CHECK ((name <> ''::text)),
    CONSTRAINT container_model_shape_check CHECK ((jsonb_typeof(shape) = 'array'::text)),
    CONSTRAINT container_model_volume_l_check CHECK ((volume_l > 0))
);

CREATE TABLE public.device_contact (
    device_id integer NOT NULL,
    online boolean NOT NULL,
    since timestamp with time zone NOT NULL
);

CREATE TABLE public.reading (
    measured_at timestamp with time zone NOT NULL,
    device_id integer NOT NULL,
    message_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    container_id integer,
    distance_mm integer,
    fill_percent real,
    temperature_c real,
    battery_percent real,
    battery_v real,
    tilt_deg smallint,
    rssi_dbm smallint,
    snr_db real,
    quality text DEFAULT 'ok'::text NOT NULL,
    codec text NOT NULL,
    raw bytea NOT NULL,
    codec_version text DEFAULT ''::text NOT NULL,
    f_port smallint,
    f_cnt bigint,
    sent_at timestamp with time zone,
    gateway text,
    fire boolean
);

CREATE TABLE public.emptying (
    event_id uuid NOT NULL,
    container_id integer NOT NULL,
    emptied_at timestamp with time zone NOT NULL,
    source text NOT NULL,
    before_percent real,
    after_percent real,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    stop_event_id uuid,
    not_before timestamp with time zone,
    CONSTRAINT emptying_source_check CHECK ((source = ANY (ARRAY['level'::text, 'crane'::text, 'driver'::text, 'truck'::text])))
);

CREATE TABLE public.emptying_withdrawn (
    event_id uuid NOT NULL,
    withdrawn_at timestamp with time zone NOT NULL
);

CREATE TABLE public.stop_event (
    event_id uuid NOT NULL,
    stop_id bigint NOT NULL,
    kind text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    weight_kg integer,
    happened_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    account_id integer,
    CONSTRAINT stop_event_kind_check CHECK ((kind = ANY (ARRAY['done'::text, 'not_done'::text, 'undone'::text]))),
    CONSTRAINT stop_event_weight_kg_check CHECK (((weight_kg >= 0) AND (weight_kg <= 40000)))
);

CREATE TABLE gate.counted (
    site text NOT NULL,
    hour timestamp with time zone NOT NULL,
    category text NOT NULL,
    entered integer NOT NULL,
    refused integer NOT NULL,
    overrun integer NOT NULL,
    offline integer NOT NULL
);

CREATE TABLE gate.passage (
    id uuid NOT NULL,
    terminal_id integer NOT NULL,
    site text NOT NULL,
    at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    holder_id bigint,
    category text,
    vehicle text NOT NULL,
    trailer text NOT NULL,
    units integer NOT NULL,
    opened boolean NOT NULL,
    rule text NOT NULL,
    refused_by text,
    override text,
    overruns text[] DEFAULT '{}'::text[] NOT NULL,
    offline boolean NOT NULL,
    brought jsonb DEFAULT '[]'::jsonb NOT NULL,
    charges jsonb DEFAULT '[]'::jsonb NOT NULL,
    answer jsonb NOT NULL,
    said_at timestamp with time zone,
    clock_error_ms bigint,
    clock_source text,
    seq bigint,
    CONSTRAINT passage_clock_source_check CHECK ((clock_source = ANY (ARRAY['live'::text, 'uptime'::text, 'heartbeat'::text, 'none'::text]))),
    CONSTRAINT passage_units_check CHECK ((units >= 0))
);

CREATE TABLE gate.counted_load (
    site text NOT NULL,
    hour timestamp with time zone NOT NULL,
    category text NOT NULL,
    material text NOT NULL,
    loads integer NOT NULL,
    volume_l bigint NOT NULL,
    weight_kg bigint NOT NULL,
    pieces bigint NOT NULL
);

CREATE TABLE public.stop (
    id bigint NOT NULL,
    round_id bigint NOT NULL,
    "position" integer NOT NULL,
    kind text NOT NULL,
    point_id integer,
    unloading_site_id integer,
    depot_id integer,
    arrival_at timestamp with time zone NOT NULL,
    departure_at timestamp with time zone NOT NULL,
    load_l integer NOT NULL,
    load_kg integer NOT NULL,
    required boolean DEFAULT false NOT NULL,
    locked boolean DEFAULT false NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT stop_check CHECK ((departure_at >= arrival_at)),
    CONSTRAINT stop_kind_check CHECK ((kind = ANY (ARRAY['start'::text, 'collect'::text, 'unload'::text, 'break'::text, 'end'::text])))
);

CREATE TABLE public.round (
    id bigint NOT NULL,
    planning_id bigint NOT NULL,
    day date NOT NULL,
    stream text NOT NULL,
    vehicle_id integer NOT NULL,
    driver_id integer,
    status text DEFAULT 'draft'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    distance_m integer NOT NULL,
    duration_s integer NOT NULL,
    published_at timestamp with time zone,
    CONSTRAINT round_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'published'::text, 'done'::text, 'cancelled'::text])))
);

CREATE TABLE public.stop_container (
    stop_id bigint NOT NULL,
    container_id integer NOT NULL,
    fill_percent real NOT NULL,
    volume_l integer NOT NULL,
    weight_kg integer NOT NULL
);

CREATE TABLE public.board_area_day (
    day date NOT NULL,
    area text NOT NULL,
    stream text NOT NULL,
    containers integer NOT NULL,
    heard integer NOT NULL,
    readings bigint NOT NULL,
    percent_sum double precision NOT NULL,
    urgent integer NOT NULL,
    at_full integer NOT NULL,
    overflows integer NOT NULL,
    emptyings integer NOT NULL,
    avoided integer NOT NULL,
    emptied_known integer NOT NULL,
    emptied_sum double precision NOT NULL,
    emptied_below_25 integer NOT NULL,
    emptied_below_50 integer NOT NULL,
    emptied_below_75 integer NOT NULL,
    emptied_below_90 integer NOT NULL,
    emptied_below_100 integer NOT NULL,
    emptied_at_100 integer NOT NULL,
    noisy integer NOT NULL,
    weak_battery integer NOT NULL,
    radio_probes integer NOT NULL,
    rssi_sum double precision NOT NULL
);

CREATE TABLE public.board_meal_day (
    day date NOT NULL,
    area text NOT NULL,
    people integer NOT NULL,
    doors integer NOT NULL,
    meals integer NOT NULL,
    served integer NOT NULL,
    absent integer NOT NULL,
    refused integer NOT NULL,
    blocked integer NOT NULL,
    cancelled integer NOT NULL,
    doors_absent integer NOT NULL,
    doors_refused integer NOT NULL,
    rung integer NOT NULL,
    early_30 integer NOT NULL,
    early_15 integer NOT NULL,
    on_time integer NOT NULL,
    late_15 integer NOT NULL,
    late_30 integer NOT NULL,
    windowed integer NOT NULL,
    in_window integer NOT NULL,
    kept integer NOT NULL,
    other_hour integer NOT NULL,
    other_driver integer NOT NULL,
    other_both integer NOT NULL,
    newcomers integer NOT NULL,
    CONSTRAINT board_meal_day_people_check CHECK ((people >= 5))
);

CREATE TABLE public.rollup_day (
    container_id integer NOT NULL,
    day date NOT NULL,
    readings integer NOT NULL,
    emptyings integer NOT NULL,
    first_percent real,
    last_percent real,
    min_percent real,
    max_percent real,
    mean_percent real
);

CREATE TABLE gate.haulage (
    id bigint NOT NULL,
    skip_id integer NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    asked_by integer,
    event_id uuid,
    reason text DEFAULT ''::text NOT NULL,
    status text DEFAULT 'asked'::text NOT NULL,
    day date,
    vehicle_id integer,
    rank integer,
    pickup_at timestamp with time zone,
    outlet_at timestamp with time zone,
    distance_m integer,
    note text DEFAULT ''::text NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT haulage_check CHECK (((status = 'planned'::text) <= ((day IS NOT NULL) AND (vehicle_id IS NOT NULL)))),
    CONSTRAINT haulage_status_check CHECK ((status = ANY (ARRAY['asked'::text, 'planned'::text, 'done'::text, 'cancelled'::text])))
);

CREATE TABLE gate.skip (
    id integer NOT NULL,
    site text NOT NULL,
    code text NOT NULL,
    material text NOT NULL,
    label text NOT NULL,
    volume_l integer NOT NULL,
    container_id integer,
    outlet_id integer,
    carrier_id integer,
    waste_code text DEFAULT ''::text NOT NULL,
    pop boolean DEFAULT false NOT NULL,
    eco_name text DEFAULT ''::text NOT NULL,
    eco_siren text DEFAULT ''::text NOT NULL,
    spare boolean DEFAULT true NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT skip_code_check CHECK ((code ~ '^[A-Za-z0-9_-]{1,40}$'::text)),
    CONSTRAINT skip_eco_siren_check CHECK ((eco_siren ~ '^([0-9]{9})?$'::text)),
    CONSTRAINT skip_label_check CHECK ((label <> ''::text)),
    CONSTRAINT skip_volume_l_check CHECK ((volume_l > 0)),
    CONSTRAINT skip_waste_code_check CHECK ((waste_code ~ '^([0-9]{2} [0-9]{2} [0-9]{2}\*?)?$'::text))
);

CREATE TABLE public.board_meal_cold_day (
    day date NOT NULL,
    place text NOT NULL,
    measures integer NOT NULL,
    celsius_sum numeric(12,1) NOT NULL,
    celsius_max numeric(4,1) NOT NULL,
    excursions integer NOT NULL,
    CONSTRAINT board_meal_cold_day_place_check CHECK ((place = ANY (ARRAY['departure'::text, 'door'::text])))
);

CREATE TABLE meals.concern (
    id bigint NOT NULL,
    kind text NOT NULL,
    beneficiary_id bigint,
    round_id bigint,
    door_id bigint,
    opened_at timestamp with time zone NOT NULL,
    detail bytea,
    closed_at timestamp with time zone,
    closed_by integer,
    outcome text DEFAULT ''::text NOT NULL,
    CONSTRAINT concern_kind_check CHECK ((kind = ANY (ARRAY['worry'::text, 'excursion'::text, 'absent'::text, 'refused'::text, 'late'::text])))
);

CREATE TABLE public.board_meal_round_day (
    day date NOT NULL,
    rounds integer NOT NULL,
    rounds_done integer NOT NULL,
    distance_m bigint NOT NULL,
    duration_s bigint NOT NULL
);

CREATE TABLE gate.outgoing (
    id bigint NOT NULL,
    replaces bigint,
    haulage_id bigint,
    site text NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    label text NOT NULL,
    waste_code text NOT NULL,
    pop boolean DEFAULT false NOT NULL,
    hazardous boolean DEFAULT false NOT NULL,
    basel_code text DEFAULT ''::text NOT NULL,
    tracking_form text DEFAULT ''::text NOT NULL,
    gross_kg integer,
    tare_kg integer,
    net_kg integer,
    volume_l integer,
    slip text DEFAULT ''::text NOT NULL,
    origin jsonb NOT NULL,
    eco jsonb DEFAULT '{}'::jsonb NOT NULL,
    carrier jsonb NOT NULL,
    plate text DEFAULT ''::text NOT NULL,
    destination jsonb NOT NULL,
    treatment text NOT NULL,
    final text NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    recorded_by integer,
    CONSTRAINT outgoing_gross_kg_check CHECK ((gross_kg >= 0)),
    CONSTRAINT outgoing_label_check CHECK ((label <> ''::text)),
    CONSTRAINT outgoing_net_kg_check CHECK ((net_kg >= 0)),
    CONSTRAINT outgoing_quantity CHECK (((net_kg IS NOT NULL) OR (volume_l IS NOT NULL))),
    CONSTRAINT outgoing_tare_kg_check CHECK ((tare_kg >= 0)),
    CONSTRAINT outgoing_volume_l_check CHECK ((volume_l >= 0)),
    CONSTRAINT outgoing_weights CHECK (((gross_kg IS NULL) OR (tare_kg IS NULL) OR (net_kg = (gross_kg - tare_kg))))
);

CREATE TABLE public.board_passage_hour (
    site text NOT NULL,
    hour timestamp with time zone NOT NULL,
    category text NOT NULL,
    refused_by text NOT NULL,
    day date NOT NULL,
    local_hour smallint NOT NULL,
    passages integer NOT NULL,
    offline integer NOT NULL
);

CREATE TABLE public.board_platform (
    at timestamp with time zone NOT NULL,
    inserted bigint NOT NULL,
    heard_age_s integer,
    quarantined integer NOT NULL,
    jobs_waiting integer NOT NULL,
    oldest_job_s integer NOT NULL,
    jobs_failed integer NOT NULL,
    messages_dead integer NOT NULL,
    marks_waiting integer NOT NULL,
    connections integer NOT NULL,
    database_bytes bigint NOT NULL,
    written bigint,
    elapsed_s integer
);

CREATE TABLE public.board_platform_hour (
    at timestamp with time zone CONSTRAINT board_platform_at_not_null NOT NULL,
    inserted bigint CONSTRAINT board_platform_inserted_not_null NOT NULL,
    heard_age_s integer,
    quarantined integer CONSTRAINT board_platform_quarantined_not_null NOT NULL,
    jobs_waiting integer CONSTRAINT board_platform_jobs_waiting_not_null NOT NULL,
    oldest_job_s integer CONSTRAINT board_platform_oldest_job_s_not_null NOT NULL,
    jobs_failed integer CONSTRAINT board_platform_jobs_failed_not_null NOT NULL,
    messages_dead integer CONSTRAINT board_platform_messages_dead_not_null NOT NULL,
    marks_waiting integer CONSTRAINT board_platform_marks_waiting_not_null NOT NULL,
    connections integer CONSTRAINT board_platform_connections_not_null NOT NULL,
    database_bytes bigint CONSTRAINT board_platform_database_bytes_not_null NOT NULL,
    written bigint,
    elapsed_s integer
);

CREATE TABLE public.board_probe_day (
    day date NOT NULL,
    device_id integer NOT NULL,
    readings integer NOT NULL,
    doubtful integer NOT NULL,
    rssi_dbm real,
    snr_db real,
    battery_percent real
);

CREATE TABLE finance.bill (
    run_id integer NOT NULL,
    account_id integer NOT NULL,
    total numeric(12,2),
    document jsonb,
    refused text,
    number text,
    CONSTRAINT bill_check CHECK (((refused IS NULL) = ((document IS NOT NULL) AND (total IS NOT NULL))))
);

CREATE TABLE finance.budget (
    year integer NOT NULL,
    product numeric(12,2) NOT NULL,
    source text NOT NULL,
    CONSTRAINT budget_product_check CHECK ((product >= (0)::numeric)),
    CONSTRAINT budget_source_check CHECK ((source <> ''::text)),
    CONSTRAINT budget_year_check CHECK (((year >= 2000) AND (year <= 2200)))
);

CREATE TABLE finance.rectification (
    id integer NOT NULL,
    run_id integer NOT NULL,
    account_id integer NOT NULL,
    rank integer NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    cancels boolean NOT NULL,
    reason text NOT NULL,
    claim_id integer,
    document jsonb NOT NULL,
    difference jsonb NOT NULL,
    amount numeric(12,2) NOT NULL,
    number text,
    exercise integer,
    original_open boolean,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by text NOT NULL,
    approved_by text,
    issued_at timestamp with time zone,
    CONSTRAINT rectification_check CHECK (((status = ANY (ARRAY['approved'::text, 'issued'::text])) <= (approved_by IS NOT NULL))),
    CONSTRAINT rectification_check1 CHECK (((status = 'issued'::text) = ((issued_at IS NOT NULL) AND (number IS NOT NULL) AND (exercise IS NOT NULL) AND (original_open IS NOT NULL)))),
    CONSTRAINT rectification_rank_check CHECK ((rank > 0)),
    CONSTRAINT rectification_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT rectification_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'approved'::text, 'issued'::text, 'abandoned'::text]))),
    CONSTRAINT rectification_two_persons CHECK ((approved_by <> created_by))
);

CREATE TABLE finance.run (
    id integer NOT NULL,
    label text NOT NULL,
    during daterange NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    grids_digest text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by text NOT NULL,
    controlled_by text,
    approved_by text,
    issued_at timestamp with time zone,
    CONSTRAINT run_check CHECK (((status = ANY (ARRAY['approved'::text, 'issued'::text])) <= (approved_by IS NOT NULL))),
    CONSTRAINT run_check1 CHECK (((status = 'issued'::text) = (issued_at IS NOT NULL))),
    CONSTRAINT run_during_check CHECK (((NOT isempty(during)) AND (NOT lower_inf(during)) AND (NOT upper_inf(during)))),
    CONSTRAINT run_label_check CHECK ((label <> ''::text)),
    CONSTRAINT run_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'controlled'::text, 'approved'::text, 'issued'::text, 'abandoned'::text]))),
    CONSTRAINT run_two_persons CHECK (((approved_by IS NULL) OR ((approved_by <> created_by) AND (approved_by <> controlled_by))))
);

CREATE TABLE public.quarantine (
    id bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    times integer DEFAULT 1 NOT NULL,
    topic text NOT NULL,
    payload bytea NOT NULL,
    payload_id uuid NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    settled_at timestamp with time zone,
    settled_because text,
    settled_by integer,
    settled_note text DEFAULT ''::text NOT NULL,
    replayed_at timestamp with time zone,
    CONSTRAINT quarantine_settled_because_check CHECK ((settled_because = ANY (ARRAY['replayed'::text, 'dismissed'::text, 'merged'::text])))
);

CREATE TABLE public.board_round_day (
    day date NOT NULL,
    stream text NOT NULL,
    rounds integer NOT NULL,
    rounds_done integer NOT NULL,
    stops integer NOT NULL,
    stops_done integer NOT NULL,
    stops_not_done integer NOT NULL,
    distance_m bigint NOT NULL,
    duration_s bigint NOT NULL,
    unloaded_kg bigint
);

CREATE TABLE public.collection_rate (
    stream text NOT NULL,
    since date NOT NULL,
    eur_per_km numeric(8,3) NOT NULL,
    eur_per_hour numeric(8,2) NOT NULL,
    co2_g_per_km integer NOT NULL,
    source text NOT NULL,
    CONSTRAINT collection_rate_co2_g_per_km_check CHECK ((co2_g_per_km >= 0)),
    CONSTRAINT collection_rate_eur_per_hour_check CHECK ((eur_per_hour >= (0)::numeric)),
    CONSTRAINT collection_rate_eur_per_km_check CHECK ((eur_per_km >= (0)::numeric)),
    CONSTRAINT collection_rate_source_check CHECK ((source <> ''::text))
);

CREATE TABLE gate.skip_level (
    event_id uuid NOT NULL,
    skip_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    percent smallint NOT NULL,
    account_id integer,
    CONSTRAINT skip_level_percent_check CHECK (((percent >= 0) AND (percent <= 120)))
);

CREATE TABLE gate.terminal (
    id integer NOT NULL,
    name text NOT NULL,
    site text NOT NULL,
    key_hash bytea NOT NULL,
    revoked_at timestamp with time zone,
    seen_at timestamp with time zone,
    clock_error_ms integer,
    access_since timestamp with time zone,
    list_version bigint,
    applied_seq bigint DEFAULT 0 NOT NULL,
    CONSTRAINT terminal_key_hash_check CHECK ((octet_length(key_hash) = 32)),
    CONSTRAINT terminal_name_check CHECK ((name ~ '^[A-Za-z0-9_-]{1,40}$'::text))
);

CREATE TABLE public.territory (
    code text NOT NULL,
    name text NOT NULL,
    CONSTRAINT territory_code_check CHECK ((code ~ '^[A-Za-z0-9_-]{1,40}$'::text)),
    CONSTRAINT territory_name_check CHECK ((name <> ''::text))
);

CREATE TABLE finance.usage_class (
    year integer NOT NULL,
    area text NOT NULL,
    kind text NOT NULL,
    class integer NOT NULL,
    accounts integer NOT NULL,
    uses bigint NOT NULL
);

CREATE TABLE finance.account (
    id integer NOT NULL,
    reference text NOT NULL,
    dwelling_id integer NOT NULL,
    occupant_id integer NOT NULL,
    during daterange NOT NULL,
    forgotten boolean DEFAULT false NOT NULL,
    CONSTRAINT account_during_check CHECK (((NOT isempty(during)) AND (NOT lower_inf(during)))),
    CONSTRAINT account_reference_check CHECK ((reference <> ''::text))
);

ALTER TABLE finance.account ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME finance.account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE finance.account_state (
    account_id integer NOT NULL,
    since date NOT NULL,
    facts jsonb NOT NULL,
    CONSTRAINT account_state_facts_check CHECK ((jsonb_typeof(facts) = 'object'::text))
);

CREATE TABLE finance.badge (
    id integer NOT NULL,
    code text NOT NULL,
    CONSTRAINT badge_code_check CHECK ((code <> ''::text))
);

CREATE TABLE finance.badge_held (
    badge_id integer NOT NULL,
    account_id integer NOT NULL,
    during daterange NOT NULL,
    CONSTRAINT badge_held_during_check CHECK (((NOT isempty(during)) AND (NOT lower_inf(during))))
);

ALTER TABLE finance.badge ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME finance.badge_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE finance.bin (
    id integer NOT NULL,
    code text NOT NULL,
    volume_l integer NOT NULL,
    stream text DEFAULT 'omr'::text NOT NULL,
    CONSTRAINT bin_code_check CHECK ((code <> ''::text)),
    CONSTRAINT bin_volume_l_check CHECK ((volume_l > 0))
);

CREATE TABLE finance.bin_held (
    bin_id integer NOT NULL,
    account_id integer NOT NULL,
    during daterange NOT NULL,
    weights jsonb,
    CONSTRAINT bin_held_during_check CHECK (((NOT isempty(during)) AND (NOT lower_inf(during))))
);

ALTER TABLE finance.bin ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME finance.bin_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE finance.correction (
    id text NOT NULL,
    at timestamp with time zone NOT NULL,
    event_id text NOT NULL,
    action text NOT NULL,
    author text NOT NULL,
    reason text NOT NULL,
    claim_id integer,
    CONSTRAINT correction_action_check CHECK ((action = ANY (ARRAY['annuler'::text, 'retenir'::text]))),
    CONSTRAINT correction_id_check CHECK ((id <> ''::text)),
    CONSTRAINT correction_reason_check CHECK ((reason <> ''::text))
);

CREATE TABLE finance.doubt (
    event_id text NOT NULL,
    found_at timestamp with time zone DEFAULT now() NOT NULL,
    rule text NOT NULL,
    sentence text NOT NULL,
    other text
);

CREATE TABLE finance.dwelling (
    id integer NOT NULL,
    reference text NOT NULL,
    invariant text,
    commune text DEFAULT ''::text NOT NULL,
    perimeter text DEFAULT ''::text NOT NULL,
    lat double precision,
    lon double precision,
    CONSTRAINT dwelling_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT dwelling_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT dwelling_place CHECK (((lat IS NULL) = (lon IS NULL))),
    CONSTRAINT dwelling_reference_check CHECK ((reference <> ''::text))
);

ALTER TABLE finance.dwelling ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME finance.dwelling_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE finance.exercise_closed (
    exercise integer NOT NULL,
    closed_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_by text NOT NULL,
    CONSTRAINT exercise_closed_exercise_check CHECK (((exercise >= 1900) AND (exercise <= 2200)))
);

CREATE TABLE finance.grid (
    file text NOT NULL,
    body text NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    added_by integer
);

CREATE TABLE finance.payable (
    run_id integer NOT NULL,
    account_id integer NOT NULL,
    exercise integer NOT NULL,
    reference text NOT NULL,
    token text DEFAULT replace((gen_random_uuid())::text, '-'::text, ''::text) NOT NULL,
    CONSTRAINT payable_reference_check CHECK ((reference ~ '^[A-Za-z0-9]{6,30}$'::text))
);

CREATE TABLE finance.payment (
    id_op text NOT NULL,
    run_id integer NOT NULL,
    account_id integer NOT NULL,
    cents integer NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    result text,
    receipt text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT payment_cents_check CHECK ((cents > 0)),
    CONSTRAINT payment_check CHECK (((status = 'pending'::text) = (settled_at IS NULL))),
    CONSTRAINT payment_id_op_check CHECK ((id_op <> ''::text)),
    CONSTRAINT payment_result_check CHECK ((result = ANY (ARRAY['P'::text, 'V'::text, 'R'::text, 'Z'::text, 'A'::text]))),
    CONSTRAINT payment_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'paid'::text, 'refused'::text, 'cancelled'::text, 'lost'::text])))
);

ALTER TABLE finance.rectification ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME finance.rectification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE finance.review_rules (
    id integer NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    author text NOT NULL,
    double_s integer NOT NULL,
    double_m integer NOT NULL,
    cycle_s integer NOT NULL,
    neighbour_m integer NOT NULL,
    most_per_day jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT review_rules_cycle_s_check CHECK (((cycle_s >= 0) AND (cycle_s <= 3600))),
    CONSTRAINT review_rules_double_m_check CHECK ((double_m >= 0)),
    CONSTRAINT review_rules_double_s_check CHECK (((double_s >= 0) AND (double_s <= 86400))),
    CONSTRAINT review_rules_most_per_day_check CHECK ((jsonb_typeof(most_per_day) = 'object'::text)),
    CONSTRAINT review_rules_neighbour_m_check CHECK ((neighbour_m >= 0))
);

ALTER TABLE finance.review_rules ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME finance.review_rules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE finance.run ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME finance.run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE finance.series (
    name text NOT NULL,
    last integer NOT NULL,
    CONSTRAINT series_last_check CHECK ((last >= 0)),
    CONSTRAINT series_name_check CHECK ((name <> ''::text))
);

CREATE TABLE finance.usage_event (
    id text NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    bin_code text,
    account_ref text,
    count integer DEFAULT 1 NOT NULL,
    kg numeric,
    m3 numeric,
    litres numeric,
    amount numeric,
    stream text,
    device text,
    aside text,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    badge_code text,
    lat double precision,
    lon double precision,
    signal_dbm integer,
    replaces text,
    author text,
    reason text,
    CONSTRAINT usage_event_count_check CHECK ((count > 0)),
    CONSTRAINT usage_event_id_check CHECK ((id <> ''::text)),
    CONSTRAINT usage_event_kg_check CHECK ((kg >= (0)::numeric)),
    CONSTRAINT usage_event_kind_check CHECK ((kind <> ''::text)),
    CONSTRAINT usage_event_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT usage_event_litres_check CHECK ((litres >= (0)::numeric)),
    CONSTRAINT usage_event_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT usage_event_m3_check CHECK ((m3 >= (0)::numeric)),
    CONSTRAINT usage_event_of_one CHECK ((num_nonnulls(bin_code, account_ref, badge_code) = 1)),
    CONSTRAINT usage_event_said CHECK ((((author IS NULL) = (reason IS NULL)) AND (reason <> ''::text)))
);

CREATE TABLE gate.carrier (
    id integer NOT NULL,
    name text NOT NULL,
    siret text DEFAULT ''::text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    receipt text DEFAULT ''::text NOT NULL,
    CONSTRAINT carrier_name_check CHECK ((name <> ''::text)),
    CONSTRAINT carrier_siret_check CHECK ((siret ~ '^([0-9]{14})?$'::text))
);

ALTER TABLE gate.carrier ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gate.carrier_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gate.clock_note (
    terminal_id integer NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    said_at timestamp with time zone NOT NULL,
    boot integer,
    up_ms bigint
);

CREATE TABLE gate.counted_hour (
    site text NOT NULL,
    hour timestamp with time zone NOT NULL,
    category text NOT NULL,
    refused_by text NOT NULL,
    passages integer NOT NULL,
    offline integer NOT NULL
);

CREATE TABLE gate.duty (
    id integer NOT NULL,
    site text NOT NULL,
    account_id integer NOT NULL,
    begins_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    CONSTRAINT duty_check CHECK ((ends_at > begins_at))
);

ALTER TABLE gate.duty ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gate.duty_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE gate.haulage ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gate.haulage_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gate.hazard (
    id integer NOT NULL,
    site text NOT NULL,
    label text NOT NULL,
    waste_code text NOT NULL,
    limit_kg integer NOT NULL,
    outlet_id integer,
    carrier_id integer,
    CONSTRAINT hazard_label_check CHECK ((label <> ''::text)),
    CONSTRAINT hazard_limit_kg_check CHECK ((limit_kg > 0)),
    CONSTRAINT hazard_waste_code_check CHECK ((waste_code ~ '^[0-9]{2} [0-9]{2} [0-9]{2}\*?$'::text))
);

ALTER TABLE gate.hazard ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gate.hazard_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gate.hazard_move (
    event_id uuid NOT NULL,
    hazard_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    kg integer NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    account_id integer,
    CONSTRAINT hazard_move_kg_check CHECK ((kg <> 0))
);

CREATE TABLE gate.inbox (
    id bigint NOT NULL,
    terminal_id integer NOT NULL,
    entry_id uuid NOT NULL,
    seq bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    payload bytea NOT NULL,
    applied_at timestamp with time zone,
    outcome text,
    CONSTRAINT inbox_seq_check CHECK ((seq > 0))
);

ALTER TABLE gate.inbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gate.inbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gate.incident (
    event_id uuid NOT NULL,
    site text NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    sentence text NOT NULL,
    account_id integer,
    closed_at timestamp with time zone,
    closed_by integer,
    closing text DEFAULT ''::text NOT NULL,
    CONSTRAINT incident_kind_check CHECK ((kind = ANY (ARRAY['accident'::text, 'incivilite'::text, 'depot'::text, 'materiel'::text, 'produit'::text, 'vol'::text, 'autre'::text]))),
    CONSTRAINT incident_sentence_check CHECK ((sentence <> ''::text))
);

CREATE TABLE gate.opening_exception (
    id integer NOT NULL,
    site text NOT NULL,
    day date NOT NULL,
    hours text[] DEFAULT '{}'::text[] NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    withdrawn boolean DEFAULT false NOT NULL,
    published_at timestamp with time zone NOT NULL,
    account_id integer
);

ALTER TABLE gate.opening_exception ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gate.opening_exception_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE gate.outgoing ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gate.outgoing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gate.outlet (
    id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    siret text DEFAULT ''::text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    opens_s integer DEFAULT 28800 NOT NULL,
    closes_s integer DEFAULT 61200 NOT NULL,
    service_s integer DEFAULT 1200 NOT NULL,
    treatment text DEFAULT ''::text NOT NULL,
    final text DEFAULT ''::text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT outlet_code_check CHECK ((code ~ '^[A-Za-z0-9_-]{1,40}$'::text)),
    CONSTRAINT outlet_final_check CHECK ((final = ANY (ARRAY[''::text, 'reemploi'::text, 'recyclage'::text, 'valorisation'::text, 'energie'::text, 'elimination'::text]))),
    CONSTRAINT outlet_hours CHECK (((0 <= opens_s) AND (opens_s < closes_s))),
    CONSTRAINT outlet_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT outlet_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT outlet_name_check CHECK ((name <> ''::text)),
    CONSTRAINT outlet_service_s_check CHECK ((service_s >= 0)),
    CONSTRAINT outlet_siret_check CHECK ((siret ~ '^([0-9]{14})?$'::text)),
    CONSTRAINT outlet_treatment_check CHECK ((treatment ~ '^([RD][0-9]{1,2})?$'::text))
);

ALTER TABLE gate.outlet ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gate.outlet_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gate.place (
    site text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    insee text[] DEFAULT '{}'::text[] NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    operator text DEFAULT ''::text NOT NULL,
    siret text DEFAULT ''::text NOT NULL,
    notice text DEFAULT ''::text NOT NULL,
    CONSTRAINT place_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT place_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT place_siret_check CHECK ((siret ~ '^([0-9]{14})?$'::text)),
    CONSTRAINT place_site_check CHECK ((site <> ''::text))
);

CREATE TABLE gate.rulebook (
    id integer NOT NULL,
    valid_from date NOT NULL,
    document text NOT NULL,
    loaded_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE gate.rulebook ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gate.rulebook_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE gate.shown_code (
    digest bytea NOT NULL,
    passage_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT shown_code_digest_check CHECK ((octet_length(digest) = 16))
);

ALTER TABLE gate.skip ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gate.skip_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE gate.terminal ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME gate.terminal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE meals.bill (
    id bigint NOT NULL,
    run_id integer CONSTRAINT bill_run_id_not_null1 NOT NULL,
    beneficiary_id bigint NOT NULL,
    number text,
    total numeric(10,2) NOT NULL,
    delivery numeric(10,2) NOT NULL
);

ALTER TABLE meals.bill ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.bill_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE meals.bill_line (
    bill_id bigint NOT NULL,
    "position" integer NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    payer text DEFAULT ''::text NOT NULL,
    bracket text DEFAULT ''::text NOT NULL,
    quantity integer NOT NULL,
    unit numeric(10,4),
    amount numeric(10,2) NOT NULL,
    meals text[] DEFAULT '{}'::text[] NOT NULL,
    corrects date,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT bill_line_check CHECK (((corrects IS NULL) = (reason = ''::text))),
    CONSTRAINT bill_line_kind_check CHECK ((kind = ANY (ARRAY['meal'::text, 'delivery'::text, 'supplement'::text, 'commune'::text, 'support'::text])))
);

CREATE TABLE meals.bill_meal (
    meal text NOT NULL,
    run_id integer NOT NULL,
    beneficiary_id bigint NOT NULL,
    bill_id bigint,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT bill_meal_check CHECK (((bill_id IS NOT NULL) OR (reason <> ''::text)))
);

CREATE TABLE meals.bill_run (
    id integer NOT NULL,
    month date NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    opened_by integer NOT NULL,
    looked_at timestamp with time zone,
    looked_by integer,
    issued_at timestamp with time zone,
    issued_by integer,
    CONSTRAINT bill_run_check CHECK (((status = ANY (ARRAY['looked'::text, 'issued'::text])) <= (looked_by IS NOT NULL))),
    CONSTRAINT bill_run_check1 CHECK (((status = 'issued'::text) = ((issued_by IS NOT NULL) AND (issued_at IS NOT NULL)))),
    CONSTRAINT bill_run_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
    CONSTRAINT bill_run_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'looked'::text, 'issued'::text, 'abandoned'::text]))),
    CONSTRAINT bill_run_two_persons CHECK ((issued_by <> looked_by))
);

ALTER TABLE meals.bill_run ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.bill_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE meals.book (
    id integer NOT NULL,
    valid_from date NOT NULL,
    document text NOT NULL,
    loaded_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE meals.book ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.book_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE meals.cold_room (
    id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    ride_s integer DEFAULT 14400 NOT NULL,
    CONSTRAINT cold_room_code_check CHECK ((code ~ '^[A-Za-z0-9_-]{1,40}$'::text)),
    CONSTRAINT cold_room_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT cold_room_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT cold_room_ride_s_check CHECK (((ride_s >= 600) AND (ride_s <= 86400)))
);

ALTER TABLE meals.cold_room ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.cold_room_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE meals.concern ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.concern_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE meals.dish (
    code text NOT NULL,
    name text NOT NULL,
    diets text[] DEFAULT '{}'::text[] NOT NULL,
    textures text[] DEFAULT '{whole}'::text[] NOT NULL,
    allergens text[],
    CONSTRAINT dish_code_check CHECK ((code ~ '^[a-z0-9_-]{1,60}$'::text))
);

CREATE TABLE meals.door (
    id bigint NOT NULL,
    round_id bigint NOT NULL,
    "position" integer NOT NULL,
    beneficiary_id bigint NOT NULL,
    arrival_at timestamp with time zone NOT NULL,
    departure_at timestamp with time zone NOT NULL,
    meals text[] NOT NULL,
    usual text DEFAULT 'new'::text NOT NULL,
    CONSTRAINT door_check CHECK ((departure_at >= arrival_at)),
    CONSTRAINT door_meals_check CHECK ((meals <> '{}'::text[])),
    CONSTRAINT door_usual_check CHECK ((usual = ANY (ARRAY['kept'::text, 'hour'::text, 'driver'::text, 'both'::text, 'new'::text])))
);

CREATE TABLE meals.door_event (
    event_id uuid NOT NULL,
    door_id bigint NOT NULL,
    kind text NOT NULL,
    celsius numeric(4,1),
    wellbeing bytea,
    note text DEFAULT ''::text NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    account_id integer,
    CONSTRAINT door_event_celsius_check CHECK (((celsius >= ('-40'::integer)::numeric) AND (celsius <= (90)::numeric))),
    CONSTRAINT door_event_kind_check CHECK ((kind = ANY (ARRAY['delivered'::text, 'neighbour'::text, 'absent'::text, 'refused'::text, 'blocked'::text, 'undone'::text])))
);

ALTER TABLE meals.door ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.door_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE meals.grid (
    id integer NOT NULL,
    valid_from date NOT NULL,
    document text NOT NULL,
    loaded_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE meals.grid ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.grid_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE meals.lot (
    id bigint NOT NULL,
    made date NOT NULL,
    dish text NOT NULL,
    texture text DEFAULT ''::text NOT NULL,
    lot text NOT NULL,
    supplier text DEFAULT ''::text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    account_id integer,
    CONSTRAINT lot_lot_check CHECK (((length(lot) >= 1) AND (length(lot) <= 80)))
);

ALTER TABLE meals.lot ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.lot_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE meals.menu (
    day date NOT NULL,
    moment text NOT NULL,
    choice text NOT NULL,
    courses jsonb NOT NULL,
    published_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone,
    CONSTRAINT menu_choice_check CHECK ((choice ~ '^[A-Z]$'::text)),
    CONSTRAINT menu_moment_check CHECK ((moment = ANY (ARRAY['lunch'::text, 'dinner'::text])))
);

CREATE TABLE meals.planning (
    id bigint NOT NULL,
    day date NOT NULL,
    budget_s integer DEFAULT 10 NOT NULL,
    seed bigint DEFAULT 1 NOT NULL,
    status text DEFAULT 'queued'::text NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    requested_by integer,
    requested_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    problem jsonb,
    plan jsonb,
    CONSTRAINT planning_budget_s_check CHECK (((budget_s >= 1) AND (budget_s <= 600))),
    CONSTRAINT planning_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text])))
);

ALTER TABLE meals.planning ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.planning_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE meals.request (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    beneficiary_id bigint NOT NULL,
    document jsonb NOT NULL,
    asked_by integer,
    rule text,
    answer text NOT NULL,
    relative_id bigint
);

CREATE TABLE meals.round (
    id bigint NOT NULL,
    planning_id bigint NOT NULL,
    day date NOT NULL,
    shift_id integer NOT NULL,
    driver_id integer,
    status text DEFAULT 'draft'::text NOT NULL,
    distance_m integer NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    CONSTRAINT round_check CHECK ((ends_at >= starts_at)),
    CONSTRAINT round_distance_m_check CHECK ((distance_m >= 0)),
    CONSTRAINT round_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'published'::text, 'done'::text, 'cancelled'::text])))
);

ALTER TABLE meals.round ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.round_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE meals.shift (
    id integer NOT NULL,
    van_id integer NOT NULL,
    name text NOT NULL,
    weekdays smallint[] NOT NULL,
    starts time without time zone NOT NULL,
    ends time without time zone NOT NULL,
    driver_id integer,
    start_lat double precision,
    start_lon double precision,
    end_lat double precision,
    end_lon double precision,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT shift_check CHECK ((ends > starts)),
    CONSTRAINT shift_check1 CHECK (((start_lat IS NULL) = (start_lon IS NULL))),
    CONSTRAINT shift_check2 CHECK (((end_lat IS NULL) = (end_lon IS NULL))),
    CONSTRAINT shift_end_lat_check CHECK (((end_lat >= ('-90'::integer)::double precision) AND (end_lat <= (90)::double precision))),
    CONSTRAINT shift_end_lon_check CHECK (((end_lon >= ('-180'::integer)::double precision) AND (end_lon <= (180)::double precision))),
    CONSTRAINT shift_start_lat_check CHECK (((start_lat >= ('-90'::integer)::double precision) AND (start_lat <= (90)::double precision))),
    CONSTRAINT shift_start_lon_check CHECK (((start_lon >= ('-180'::integer)::double precision) AND (start_lon <= (180)::double precision))),
    CONSTRAINT shift_weekdays_check CHECK (((weekdays <@ '{1,2,3,4,5,6,7}'::smallint[]) AND (weekdays <> '{}'::smallint[])))
);

ALTER TABLE meals.shift ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.shift_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE meals.temperature (
    event_id uuid NOT NULL,
    round_id bigint NOT NULL,
    door_id bigint,
    celsius numeric(4,1) NOT NULL,
    limit_c numeric(4,1) NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    account_id integer,
    CONSTRAINT temperature_celsius_check CHECK (((celsius >= ('-40'::integer)::numeric) AND (celsius <= (90)::numeric)))
);

CREATE TABLE meals.van (
    id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    cold_room_id integer NOT NULL,
    trays integer NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT van_code_check CHECK ((code ~ '^[A-Za-z0-9_-]{1,40}$'::text)),
    CONSTRAINT van_trays_check CHECK (((trays >= 1) AND (trays <= 1000)))
);

ALTER TABLE meals.van ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME meals.van_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.account (
    id integer NOT NULL,
    login text NOT NULL,
    display_name text NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT account_login_check CHECK ((login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'::text)),
    CONSTRAINT account_role_check CHECK ((role = ANY (ARRAY['dispatcher'::text, 'driver'::text, 'admin'::text, 'agent'::text, 'finance'::text, 'cias'::text])))
);

ALTER TABLE people.account ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.alert_event (
    id bigint NOT NULL,
    alert_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    account_id integer,
    what text NOT NULL,
    assignee_id integer,
    until timestamp with time zone,
    note text DEFAULT ''::text NOT NULL,
    CONSTRAINT alert_event_note_check CHECK ((length(note) <= 1000)),
    CONSTRAINT alert_event_what_check CHECK ((what = ANY (ARRAY['acknowledged'::text, 'assigned'::text, 'released'::text, 'commented'::text, 'snoozed'::text, 'woken'::text, 'escalated'::text])))
);

ALTER TABLE people.alert_event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.alert_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.audit (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    account_id integer,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE people.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE people.change
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE people.badge (
    id bigint NOT NULL,
    holder_id bigint NOT NULL,
    number_hash bytea NOT NULL,
    medium text DEFAULT 'rfid'::text NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    valid_from timestamp with time zone,
    valid_until timestamp with time zone,
    changed bigint DEFAULT nextval('people.change'::regclass) NOT NULL,
    label text DEFAULT ''::text NOT NULL,
    issued_at timestamp with time zone DEFAULT now() NOT NULL,
    replaces bigint,
    CONSTRAINT badge_medium_check CHECK ((medium = ANY (ARRAY['rfid'::text, 'qr'::text, 'plate'::text]))),
    CONSTRAINT badge_number_hash_check CHECK ((octet_length(number_hash) = 32)),
    CONSTRAINT badge_state_check CHECK ((state = ANY (ARRAY['active'::text, 'blocked'::text, 'lost'::text, 'replaced'::text])))
);

CREATE TABLE people.badge_access (
    token_hash bytea NOT NULL,
    holder_id bigint NOT NULL,
    badge_id bigint,
    kind text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT badge_access_check CHECK (((kind = 'phone'::text) = (badge_id IS NOT NULL))),
    CONSTRAINT badge_access_kind_check CHECK ((kind = ANY (ARRAY['code'::text, 'phone'::text]))),
    CONSTRAINT badge_access_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

ALTER TABLE people.badge ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.badge_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.badge_request (
    id bigint NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    category text NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    status text DEFAULT 'asked'::text NOT NULL,
    decided_at timestamp with time zone,
    decided_by integer,
    reason text DEFAULT ''::text NOT NULL,
    holder_id bigint,
    CONSTRAINT badge_request_check CHECK (((status = 'asked'::text) = (decided_at IS NULL))),
    CONSTRAINT badge_request_name_check CHECK ((name <> ''::text)),
    CONSTRAINT badge_request_status_check CHECK ((status = ANY (ARRAY['asked'::text, 'accepted'::text, 'refused'::text])))
);

ALTER TABLE people.badge_request ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.badge_request_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.beneficiary (
    id bigint NOT NULL,
    reference text NOT NULL,
    name text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    insee text,
    phone text DEFAULT ''::text NOT NULL,
    lat double precision,
    lon double precision,
    since date NOT NULL,
    until date,
    end_reason text,
    second boolean DEFAULT false NOT NULL,
    window_from time without time zone,
    window_until time without time zone,
    health bytea NOT NULL,
    access_note bytea NOT NULL,
    erased_at timestamp with time zone,
    CONSTRAINT beneficiary_check CHECK ((until >= since)),
    CONSTRAINT beneficiary_check1 CHECK ((window_until >= window_from)),
    CONSTRAINT beneficiary_check2 CHECK (((window_from IS NULL) = (window_until IS NULL))),
    CONSTRAINT beneficiary_check3 CHECK (((until IS NULL) = (end_reason IS NULL))),
    CONSTRAINT beneficiary_end_reason_check CHECK ((end_reason = ANY (ARRAY['death'::text, 'moved'::text, 'ended'::text]))),
    CONSTRAINT beneficiary_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT beneficiary_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT beneficiary_reference_check CHECK ((reference ~ '^[A-Za-z0-9_.:-]{1,40}$'::text))
);

CREATE TABLE people.beneficiary_habit (
    beneficiary_id bigint NOT NULL,
    valid_from date NOT NULL,
    lunch smallint[] DEFAULT '{}'::smallint[] NOT NULL,
    dinner smallint[] DEFAULT '{}'::smallint[] NOT NULL,
    choice text DEFAULT 'A'::text NOT NULL,
    CONSTRAINT beneficiary_habit_choice_check CHECK ((choice ~ '^[A-Z]$'::text)),
    CONSTRAINT beneficiary_habit_dinner_check CHECK ((dinner <@ '{1,2,3,4,5,6,7}'::smallint[])),
    CONSTRAINT beneficiary_habit_lunch_check CHECK ((lunch <@ '{1,2,3,4,5,6,7}'::smallint[]))
);

ALTER TABLE people.beneficiary ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.beneficiary_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.beneficiary_income (
    beneficiary_id bigint NOT NULL,
    valid_from date NOT NULL,
    quotient numeric(9,2) NOT NULL,
    CONSTRAINT beneficiary_income_quotient_check CHECK ((quotient >= (0)::numeric))
);

CREATE TABLE people.beneficiary_support (
    beneficiary_id bigint NOT NULL,
    payer text NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    per_meal numeric(8,2) NOT NULL,
    per_month numeric(8,2),
    CONSTRAINT beneficiary_support_check CHECK ((valid_until >= valid_from)),
    CONSTRAINT beneficiary_support_payer_check CHECK (((length(payer) >= 1) AND (length(payer) <= 80))),
    CONSTRAINT beneficiary_support_per_meal_check CHECK ((per_meal > (0)::numeric)),
    CONSTRAINT beneficiary_support_per_month_check CHECK ((per_month > (0)::numeric))
);

CREATE TABLE people.care_reading (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    account_id integer,
    beneficiary_id bigint NOT NULL,
    purpose text NOT NULL,
    relative_id bigint,
    CONSTRAINT care_reading_by_somebody CHECK ((num_nonnulls(account_id, relative_id) = 1)),
    CONSTRAINT care_reading_purpose_check CHECK ((purpose = ANY (ARRAY['file'::text, 'order'::text, 'kitchen'::text, 'round'::text, 'family'::text, 'export'::text, 'bill'::text])))
);

ALTER TABLE people.care_reading ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.care_reading_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.claim (
    id integer NOT NULL,
    account_id integer NOT NULL,
    run_id integer,
    channel text NOT NULL,
    subject text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    opened_by text NOT NULL,
    due date NOT NULL,
    state text DEFAULT 'recue'::text NOT NULL,
    decision text,
    answered_at timestamp with time zone,
    CONSTRAINT claim_channel_check CHECK ((channel = ANY (ARRAY['telephone'::text, 'courrier'::text, 'courriel'::text, 'guichet'::text]))),
    CONSTRAINT claim_check CHECK (((state = ANY (ARRAY['decidee'::text, 'repondue'::text])) = (decision IS NOT NULL))),
    CONSTRAINT claim_check1 CHECK (((state = 'repondue'::text) = (answered_at IS NOT NULL))),
    CONSTRAINT claim_decision_check CHECK ((decision = ANY (ARRAY['acceptee'::text, 'en_partie'::text, 'rejetee'::text]))),
    CONSTRAINT claim_state_check CHECK ((state = ANY (ARRAY['recue'::text, 'examen'::text, 'attente'::text, 'decidee'::text, 'repondue'::text]))),
    CONSTRAINT claim_subject_check CHECK ((subject <> ''::text))
);

ALTER TABLE people.claim ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.claim_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.claim_step (
    id bigint NOT NULL,
    claim_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    author text NOT NULL,
    kind text NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    CONSTRAINT claim_step_kind_check CHECK ((kind = ANY (ARRAY['ouverture'::text, 'commentaire'::text, 'etat'::text, 'echeance'::text, 'decision'::text, 'correction'::text, 'rectification'::text, 'reponse'::text])))
);

ALTER TABLE people.claim_step ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.claim_step_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.family_act (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    relative_id bigint NOT NULL,
    what text NOT NULL,
    answer text NOT NULL,
    CONSTRAINT family_act_what_check CHECK ((what = ANY (ARRAY['habit'::text, 'week'::text, 'choices'::text])))
);

CREATE TABLE people.family_key (
    token_hash bytea NOT NULL,
    kind text NOT NULL,
    relatives bigint[] NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT family_key_kind_check CHECK ((kind = ANY (ARRAY['link'::text, 'card'::text]))),
    CONSTRAINT family_key_relatives_check CHECK ((relatives <> '{}'::bigint[])),
    CONSTRAINT family_key_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE people.family_message (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    relative_id bigint NOT NULL,
    notice_id bigint,
    channel text NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    status text DEFAULT 'waiting'::text NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    next_try_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    error text DEFAULT ''::text NOT NULL,
    CONSTRAINT family_message_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text]))),
    CONSTRAINT family_message_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'sent'::text, 'dead'::text, 'dropped'::text])))
);

CREATE TABLE people.family_notice (
    id bigint NOT NULL,
    beneficiary_id bigint NOT NULL,
    kind text NOT NULL,
    door_id bigint,
    happened_at timestamp with time zone NOT NULL,
    taken_at timestamp with time zone,
    CONSTRAINT family_notice_kind_check CHECK ((kind = ANY (ARRAY['delivered'::text, 'neighbour'::text, 'absent'::text, 'refused'::text, 'blocked'::text, 'worry'::text, 'late'::text, 'cancelled'::text, 'bill'::text])))
);

ALTER TABLE people.family_notice ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.family_notice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.family_session (
    token_hash bytea NOT NULL,
    relatives bigint[] NOT NULL,
    csrf_token text NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT family_session_relatives_check CHECK ((relatives <> '{}'::bigint[])),
    CONSTRAINT family_session_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE people.holder (
    id bigint NOT NULL,
    reference text NOT NULL,
    category text NOT NULL,
    sector text,
    name text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    insee text,
    blocked boolean DEFAULT false NOT NULL,
    changed bigint DEFAULT nextval('people.change'::regclass) NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    account_ref text,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT holder_account_ref_check CHECK ((account_ref <> ''::text)),
    CONSTRAINT holder_reference_check CHECK ((reference ~ '^[A-Za-z0-9_.:-]{1,40}$'::text))
);

ALTER TABLE people.holder ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.holder_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.import_file (
    id integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    content bytea,
    uploaded_at timestamp with time zone NOT NULL,
    uploaded_by text NOT NULL,
    report jsonb NOT NULL,
    applied_at timestamp with time zone,
    applied_by text,
    CONSTRAINT import_file_check CHECK (((applied_at IS NULL) OR (content IS NULL)))
);

ALTER TABLE people.import_file ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.import_file_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.meal_debtor (
    bill_id bigint NOT NULL,
    name text NOT NULL,
    address text NOT NULL
);

CREATE TABLE people.notification (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    subscription_id integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    document jsonb NOT NULL,
    status text DEFAULT 'waiting'::text NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    next_try_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    error text DEFAULT ''::text NOT NULL,
    CONSTRAINT notification_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'sent'::text, 'dead'::text])))
);

CREATE TABLE people.notified (
    subscription_id integer NOT NULL,
    alert_id bigint NOT NULL,
    occasion text NOT NULL,
    at timestamp with time zone NOT NULL,
    notification_id uuid NOT NULL
);

CREATE TABLE people.occupant (
    id integer NOT NULL,
    reference text NOT NULL,
    name text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    kept_until date,
    siret text,
    CONSTRAINT occupant_reference_check CHECK ((reference <> ''::text)),
    CONSTRAINT occupant_siret_check CHECK ((siret ~ '^[0-9]{14}$'::text))
);

ALTER TABLE people.occupant ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.occupant_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.relative (
    id bigint NOT NULL,
    beneficiary_id bigint NOT NULL,
    name text NOT NULL,
    themselves boolean DEFAULT false NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    phone text DEFAULT ''::text NOT NULL,
    rights text[] NOT NULL,
    told_by text[] DEFAULT '{}'::text[] NOT NULL,
    large_print boolean DEFAULT false NOT NULL,
    made_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    muted text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT relative_muted_check CHECK ((muted <@ '{delivered,neighbour,absent,refused,blocked,worry,late,cancelled,bill}'::text[])),
    CONSTRAINT relative_rights_check CHECK ((rights <@ '{menus,order,delivery,wellbeing,bills}'::text[])),
    CONSTRAINT relative_told_by_check CHECK ((told_by <@ '{email,sms}'::text[]))
);

ALTER TABLE people.relative ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.relative_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.session (
    token_hash bytea NOT NULL,
    account_id integer NOT NULL,
    csrf_token text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE people.subscription ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.subscription_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.alert ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alert_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alert_setting (
    id bigint NOT NULL,
    kind text NOT NULL,
    since timestamp with time zone NOT NULL,
    set_by integer,
    opens_at real,
    clears_at real,
    lasting_s integer,
    tells boolean NOT NULL,
    rings boolean NOT NULL,
    wait_s integer NOT NULL,
    repeat_s integer,
    escalate_s integer,
    gather_s integer NOT NULL,
    CONSTRAINT alert_setting_escalate_s_check CHECK ((escalate_s >= 60)),
    CONSTRAINT alert_setting_gather_s_check CHECK ((gather_s >= 0)),
    CONSTRAINT alert_setting_lasting_s_check CHECK ((lasting_s >= 0)),
    CONSTRAINT alert_setting_repeat_s_check CHECK ((repeat_s >= 300)),
    CONSTRAINT alert_setting_wait_s_check CHECK ((wait_s >= 0))
);

ALTER TABLE public.alert_setting ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alert_setting_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.board_mark (
    day date NOT NULL
);

CREATE TABLE public.board_meal_mark (
    day date NOT NULL
);

CREATE TABLE public.clock (
    only_row boolean DEFAULT true NOT NULL,
    real_start timestamp with time zone NOT NULL,
    shown_start timestamp with time zone NOT NULL,
    rate double precision NOT NULL,
    CONSTRAINT clock_only_row_check CHECK (only_row),
    CONSTRAINT clock_rate_check CHECK ((rate > (0)::double precision))
);

CREATE TABLE public.container_habit (
    container_id integer NOT NULL,
    learned_at timestamp with time zone NOT NULL,
    learned jsonb NOT NULL
);

ALTER TABLE public.container ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.container_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.container_model ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.container_model_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.depot (
    id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    CONSTRAINT depot_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT depot_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision)))
);

ALTER TABLE public.depot ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.depot_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.device ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.device_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.directory_change (
    id bigint NOT NULL
);

ALTER TABLE public.directory_change ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.directory_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.downlink (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    device_id integer NOT NULL,
    kind text NOT NULL,
    value integer NOT NULL,
    requested_by integer,
    requested_at timestamp with time zone NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    sent_at timestamp with time zone,
    transmitted_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    failed_at timestamp with time zone,
    error text DEFAULT ''::text NOT NULL,
    CONSTRAINT downlink_check CHECK (((acknowledged_at IS NULL) OR (failed_at IS NULL))),
    CONSTRAINT downlink_kind_check CHECK ((kind = ANY (ARRAY['interval'::text, 'full_distance'::text, 'fire'::text, 'tilt'::text]))),
    CONSTRAINT downlink_value_check CHECK ((value >= 0))
);

CREATE TABLE public.migration (
    kind text NOT NULL,
    name text NOT NULL,
    digest text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.planning (
    id bigint NOT NULL,
    day date NOT NULL,
    stream text NOT NULL,
    vehicle_ids integer[] NOT NULL,
    budget_s integer NOT NULL,
    seed bigint DEFAULT 1 NOT NULL,
    status text DEFAULT 'queued'::text NOT NULL,
    progress real DEFAULT 0 NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    cancel_requested boolean DEFAULT false NOT NULL,
    requested_by integer,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    problem jsonb,
    plan jsonb,
    service_percent real DEFAULT 99.5 NOT NULL,
    CONSTRAINT planning_budget_s_check CHECK (((budget_s >= 1) AND (budget_s <= 3600))),
    CONSTRAINT planning_progress_check CHECK (((progress >= (0)::double precision) AND (progress <= (1)::double precision))),
    CONSTRAINT planning_service_percent_check CHECK (((service_percent >= (90)::double precision) AND (service_percent <= (99.95)::double precision))),
    CONSTRAINT planning_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text, 'cancelled'::text])))
);

ALTER TABLE public.planning ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.planning_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.point ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.point_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.quarantine ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.quarantine_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rain_day (
    day date NOT NULL,
    rain_mm real NOT NULL,
    source text NOT NULL,
    insee text DEFAULT ''::text NOT NULL,
    CONSTRAINT rain_day_rain_mm_check CHECK (((rain_mm >= (0)::double precision) AND (rain_mm <= (2000)::double precision)))
);

CREATE TABLE public.reading_horizon (
    single boolean DEFAULT true NOT NULL,
    kept_from timestamp with time zone NOT NULL,
    CONSTRAINT reading_horizon_single_check CHECK (single)
);

CREATE TABLE public.rollup_hour (
    container_id integer NOT NULL,
    hour timestamp with time zone NOT NULL,
    readings integer NOT NULL,
    emptyings integer NOT NULL,
    first_percent real,
    last_percent real,
    min_percent real,
    max_percent real,
    mean_percent real
);

CREATE TABLE public.rollup_mark (
    container_id integer NOT NULL,
    hour timestamp with time zone NOT NULL
);

ALTER TABLE public.round ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.round_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.stop ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.stop_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.stop_removed (
    stop_id bigint NOT NULL,
    round_id bigint NOT NULL,
    day date NOT NULL,
    driver_id integer,
    kind text NOT NULL,
    container_ids integer[] NOT NULL,
    removed_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.stream_habit (
    stream text NOT NULL,
    learned_at timestamp with time zone NOT NULL,
    pool jsonb NOT NULL
);

CREATE TABLE public.travel_leg (
    from_id integer NOT NULL,
    to_id integer NOT NULL,
    distance_m integer,
    duration_s integer,
    CONSTRAINT travel_leg_check CHECK (((distance_m IS NULL) = (duration_s IS NULL))),
    CONSTRAINT travel_leg_distance_m_check CHECK ((distance_m >= 0)),
    CONSTRAINT travel_leg_duration_s_check CHECK ((duration_s >= 0))
);

CREATE TABLE public.travel_place (
    id integer NOT NULL,
    engine text NOT NULL,
    lat_e5 integer NOT NULL,
    lon_e5 integer NOT NULL,
    off_road_m integer,
    found_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT travel_place_lat_e5_check CHECK (((lat_e5 >= '-9000000'::integer) AND (lat_e5 <= 9000000))),
    CONSTRAINT travel_place_lon_e5_check CHECK (((lon_e5 >= '-18000000'::integer) AND (lon_e5 <= 18000000))),
    CONSTRAINT travel_place_off_road_m_check CHECK ((off_road_m >= 0))
);

ALTER TABLE public.travel_place ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.travel_place_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.travel_way (
    from_id integer NOT NULL,
    to_id integer NOT NULL,
    way jsonb NOT NULL
);

CREATE TABLE public.unloading_site (
    id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    streams text[] NOT NULL,
    opens_s integer DEFAULT 18000 NOT NULL,
    closes_s integer DEFAULT 68400 NOT NULL,
    service_s integer DEFAULT 1200 NOT NULL,
    CONSTRAINT unloading_site_hours CHECK (((0 <= opens_s) AND (opens_s < closes_s))),
    CONSTRAINT unloading_site_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT unloading_site_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT unloading_site_service_s_check CHECK ((service_s >= 0))
);

ALTER TABLE public.unloading_site ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.unloading_site_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.vehicle (
    id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    depot_id integer NOT NULL,
    streams text[] NOT NULL,
    capacity_l integer NOT NULL,
    capacity_kg integer NOT NULL,
    shift_start_s integer DEFAULT 21600 NOT NULL,
    shift_s integer DEFAULT 25200 NOT NULL,
    break_after_s integer DEFAULT 21600 NOT NULL,
    break_s integer DEFAULT 1200 NOT NULL,
    active boolean DEFAULT true NOT NULL,
    height_mm integer,
    width_mm integer,
    length_mm integer,
    gross_weight_kg integer,
    week_s integer DEFAULT 126000 NOT NULL,
    CONSTRAINT vehicle_break_after_s_check CHECK ((break_after_s > 0)),
    CONSTRAINT vehicle_break_s_check CHECK ((break_s >= 0)),
    CONSTRAINT vehicle_capacity_kg_check CHECK ((capacity_kg > 0)),
    CONSTRAINT vehicle_capacity_l_check CHECK ((capacity_l > 0)),
    CONSTRAINT vehicle_gross_weight_kg_check CHECK (((gross_weight_kg >= 500) AND (gross_weight_kg <= 60000))),
    CONSTRAINT vehicle_height_mm_check CHECK (((height_mm >= 1000) AND (height_mm <= 5000))),
    CONSTRAINT vehicle_length_mm_check CHECK (((length_mm >= 1000) AND (length_mm <= 25000))),
    CONSTRAINT vehicle_shift_s_check CHECK ((shift_s > 0)),
    CONSTRAINT vehicle_week_s_check CHECK ((week_s > 0)),
    CONSTRAINT vehicle_width_mm_check CHECK (((width_mm >= 500) AND (width_mm <= 3500)))
);

ALTER TABLE public.vehicle ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.vehicle_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY finance.account
    ADD CONSTRAINT account_dwelling_once EXCLUDE USING gist (int4range(dwelling_id, dwelling_id, '[]'::text) WITH &&, during WITH &&);

ALTER TABLE ONLY finance.account
    ADD CONSTRAINT account_occupant_once EXCLUDE USING gist (int4range(occupant_id, occupant_id, '[]'::text) WITH &&, during WITH &&);

ALTER TABLE ONLY finance.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY finance.account
    ADD CONSTRAINT account_reference_key UNIQUE (reference);

ALTER TABLE ONLY finance.account_state
    ADD CONSTRAINT account_state_pkey PRIMARY KEY (account_id, since);

ALTER TABLE ONLY finance.badge
    ADD CONSTRAINT badge_code_key UNIQUE (code);

ALTER TABLE ONLY finance.badge_held
    ADD CONSTRAINT badge_held_once EXCLUDE USING gist (int4range(badge_id, badge_id, '[]'::text) WITH &&, during WITH &&);

ALTER TABLE ONLY finance.badge_held
    ADD CONSTRAINT badge_held_pkey PRIMARY KEY (badge_id, account_id, during);

ALTER TABLE ONLY finance.badge
    ADD CONSTRAINT badge_pkey PRIMARY KEY (id);

ALTER TABLE ONLY finance.bill
    ADD CONSTRAINT bill_number_key UNIQUE (number);

ALTER TABLE ONLY finance.bill
    ADD CONSTRAINT bill_pkey PRIMARY KEY (run_id, account_id);

ALTER TABLE ONLY finance.bin
    ADD CONSTRAINT bin_code_key UNIQUE (code);

ALTER TABLE ONLY finance.bin_held
    ADD CONSTRAINT bin_held_once EXCLUDE USING gist (int4range(bin_id, bin_id, '[]'::text) WITH &&, during WITH &&) WHERE ((weights IS NULL));

ALTER TABLE ONLY finance.bin_held
    ADD CONSTRAINT bin_held_pkey PRIMARY KEY (bin_id, account_id, during);

ALTER TABLE ONLY finance.bin
    ADD CONSTRAINT bin_pkey PRIMARY KEY (id);

ALTER TABLE ONLY finance.budget
    ADD CONSTRAINT budget_pkey PRIMARY KEY (year);

ALTER TABLE ONLY finance.correction
    ADD CONSTRAINT correction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY finance.doubt
    ADD CONSTRAINT doubt_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY finance.dwelling
    ADD CONSTRAINT dwelling_invariant_key UNIQUE (invariant);

ALTER TABLE ONLY finance.dwelling
    ADD CONSTRAINT dwelling_pkey PRIMARY KEY (id);

ALTER TABLE ONLY finance.dwelling
    ADD CONSTRAINT dwelling_reference_key UNIQUE (reference);

ALTER TABLE ONLY finance.exercise_closed
    ADD CONSTRAINT exercise_closed_pkey PRIMARY KEY (exercise);

ALTER TABLE ONLY finance.grid
    ADD CONSTRAINT grid_pkey PRIMARY KEY (file);

ALTER TABLE ONLY finance.payable
    ADD CONSTRAINT payable_pkey PRIMARY KEY (run_id, account_id);

ALTER TABLE ONLY finance.payable
    ADD CONSTRAINT payable_reference_key UNIQUE (reference);

ALTER TABLE ONLY finance.payable
    ADD CONSTRAINT payable_token_key UNIQUE (token);

ALTER TABLE ONLY finance.payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (id_op);

ALTER TABLE ONLY finance.rectification
    ADD CONSTRAINT rectification_number_key UNIQUE (number);

ALTER TABLE ONLY finance.rectification
    ADD CONSTRAINT rectification_pkey PRIMARY KEY (id);

ALTER TABLE ONLY finance.review_rules
    ADD CONSTRAINT review_rules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY finance.run
    ADD CONSTRAINT run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY finance.series
    ADD CONSTRAINT series_pkey PRIMARY KEY (name);

ALTER TABLE ONLY finance.usage_class
    ADD CONSTRAINT usage_class_pkey PRIMARY KEY (year, area, kind, class);

ALTER TABLE ONLY finance.usage_event
    ADD CONSTRAINT usage_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY finance.usage_event
    ADD CONSTRAINT usage_event_replaces_key UNIQUE (replaces);

ALTER TABLE ONLY gate.carrier
    ADD CONSTRAINT carrier_name_key UNIQUE (name);

ALTER TABLE ONLY gate.carrier
    ADD CONSTRAINT carrier_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gate.clock_note
    ADD CONSTRAINT clock_note_pkey PRIMARY KEY (terminal_id, heard_at);

ALTER TABLE ONLY gate.counted_hour
    ADD CONSTRAINT counted_hour_pkey PRIMARY KEY (hour, site, category, refused_by);

ALTER TABLE ONLY gate.counted_load
    ADD CONSTRAINT counted_load_pkey PRIMARY KEY (site, hour, category, material);

ALTER TABLE ONLY gate.counted
    ADD CONSTRAINT counted_pkey PRIMARY KEY (site, hour, category);

ALTER TABLE ONLY gate.duty
    ADD CONSTRAINT duty_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gate.haulage
    ADD CONSTRAINT haulage_event_id_key UNIQUE (event_id);

ALTER TABLE ONLY gate.haulage
    ADD CONSTRAINT haulage_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gate.hazard_move
    ADD CONSTRAINT hazard_move_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY gate.hazard
    ADD CONSTRAINT hazard_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gate.hazard
    ADD CONSTRAINT hazard_site_label_key UNIQUE (site, label);

ALTER TABLE ONLY gate.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gate.inbox
    ADD CONSTRAINT inbox_terminal_id_entry_id_key UNIQUE (terminal_id, entry_id);

ALTER TABLE ONLY gate.incident
    ADD CONSTRAINT incident_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY gate.opening_exception
    ADD CONSTRAINT opening_exception_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gate.outgoing
    ADD CONSTRAINT outgoing_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gate.outgoing
    ADD CONSTRAINT outgoing_replaces_key UNIQUE (replaces);

ALTER TABLE ONLY gate.outlet
    ADD CONSTRAINT outlet_code_key UNIQUE (code);

ALTER TABLE ONLY gate.outlet
    ADD CONSTRAINT outlet_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gate.passage
    ADD CONSTRAINT passage_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gate.place
    ADD CONSTRAINT place_pkey PRIMARY KEY (site);

ALTER TABLE ONLY gate.rulebook
    ADD CONSTRAINT rulebook_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gate.shown_code
    ADD CONSTRAINT shown_code_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY gate.skip
    ADD CONSTRAINT skip_code_key UNIQUE (code);

ALTER TABLE ONLY gate.skip
    ADD CONSTRAINT skip_container_id_key UNIQUE (container_id);

ALTER TABLE ONLY gate.skip_level
    ADD CONSTRAINT skip_level_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY gate.skip
    ADD CONSTRAINT skip_pkey PRIMARY KEY (id);

ALTER TABLE ONLY gate.terminal
    ADD CONSTRAINT terminal_key_hash_key UNIQUE (key_hash);

ALTER TABLE ONLY gate.terminal
    ADD CONSTRAINT terminal_name_key UNIQUE (name);

ALTER TABLE ONLY gate.terminal
    ADD CONSTRAINT terminal_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.bill_line
    ADD CONSTRAINT bill_line_pkey PRIMARY KEY (bill_id, "position");

ALTER TABLE ONLY meals.bill_meal
    ADD CONSTRAINT bill_meal_pkey PRIMARY KEY (meal);

ALTER TABLE ONLY meals.bill
    ADD CONSTRAINT bill_number_key UNIQUE (number);

ALTER TABLE ONLY meals.bill
    ADD CONSTRAINT bill_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.bill
    ADD CONSTRAINT bill_run_id_beneficiary_id_key UNIQUE (run_id, beneficiary_id);

ALTER TABLE ONLY meals.bill_run
    ADD CONSTRAINT bill_run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.book
    ADD CONSTRAINT book_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.cold_room
    ADD CONSTRAINT cold_room_code_key UNIQUE (code);

ALTER TABLE ONLY meals.cold_room
    ADD CONSTRAINT cold_room_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.concern
    ADD CONSTRAINT concern_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.dish
    ADD CONSTRAINT dish_pkey PRIMARY KEY (code);

ALTER TABLE ONLY meals.door_event
    ADD CONSTRAINT door_event_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY meals.door
    ADD CONSTRAINT door_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.door
    ADD CONSTRAINT door_round_id_beneficiary_id_key UNIQUE (round_id, beneficiary_id);

ALTER TABLE ONLY meals.door
    ADD CONSTRAINT door_round_id_position_key UNIQUE (round_id, "position") DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY meals.grid
    ADD CONSTRAINT grid_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.lot
    ADD CONSTRAINT lot_made_dish_texture_lot_key UNIQUE (made, dish, texture, lot);

ALTER TABLE ONLY meals.lot
    ADD CONSTRAINT lot_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.menu
    ADD CONSTRAINT menu_pkey PRIMARY KEY (day, moment, choice);

ALTER TABLE ONLY meals.planning
    ADD CONSTRAINT planning_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.request
    ADD CONSTRAINT request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.round
    ADD CONSTRAINT round_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.round
    ADD CONSTRAINT round_planning_id_shift_id_key UNIQUE (planning_id, shift_id);

ALTER TABLE ONLY meals.shift
    ADD CONSTRAINT shift_pkey PRIMARY KEY (id);

ALTER TABLE ONLY meals.shift
    ADD CONSTRAINT shift_van_id_name_key UNIQUE (van_id, name);

ALTER TABLE ONLY meals.temperature
    ADD CONSTRAINT temperature_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY meals.van
    ADD CONSTRAINT van_code_key UNIQUE (code);

ALTER TABLE ONLY meals.van
    ADD CONSTRAINT van_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.account
    ADD CONSTRAINT account_login_key UNIQUE (login);

ALTER TABLE ONLY people.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.alert_event
    ADD CONSTRAINT alert_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.badge_access
    ADD CONSTRAINT badge_access_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY people.badge
    ADD CONSTRAINT badge_number_hash_key UNIQUE (number_hash);

ALTER TABLE ONLY people.badge
    ADD CONSTRAINT badge_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.badge_request
    ADD CONSTRAINT badge_request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.beneficiary_habit
    ADD CONSTRAINT beneficiary_habit_pkey PRIMARY KEY (beneficiary_id, valid_from);

ALTER TABLE ONLY people.beneficiary_income
    ADD CONSTRAINT beneficiary_income_pkey PRIMARY KEY (beneficiary_id, valid_from);

ALTER TABLE ONLY people.beneficiary
    ADD CONSTRAINT beneficiary_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.beneficiary
    ADD CONSTRAINT beneficiary_reference_key UNIQUE (reference);

ALTER TABLE ONLY people.beneficiary_support
    ADD CONSTRAINT beneficiary_support_pkey PRIMARY KEY (beneficiary_id, payer, valid_from);

ALTER TABLE ONLY people.care_reading
    ADD CONSTRAINT care_reading_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.claim
    ADD CONSTRAINT claim_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.claim_step
    ADD CONSTRAINT claim_step_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.family_act
    ADD CONSTRAINT family_act_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.family_key
    ADD CONSTRAINT family_key_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY people.family_message
    ADD CONSTRAINT family_message_notice_id_relative_id_channel_key UNIQUE (notice_id, relative_id, channel);

ALTER TABLE ONLY people.family_message
    ADD CONSTRAINT family_message_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.family_notice
    ADD CONSTRAINT family_notice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.family_session
    ADD CONSTRAINT family_session_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY people.holder
    ADD CONSTRAINT holder_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.holder
    ADD CONSTRAINT holder_reference_key UNIQUE (reference);

ALTER TABLE ONLY people.import_file
    ADD CONSTRAINT import_file_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.meal_debtor
    ADD CONSTRAINT meal_debtor_pkey PRIMARY KEY (bill_id);

ALTER TABLE ONLY people.notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.notified
    ADD CONSTRAINT notified_pkey PRIMARY KEY (subscription_id, alert_id, occasion);

ALTER TABLE ONLY people.occupant
    ADD CONSTRAINT occupant_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.occupant
    ADD CONSTRAINT occupant_reference_key UNIQUE (reference);

ALTER TABLE ONLY people.relative
    ADD CONSTRAINT relative_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY people.subscription
    ADD CONSTRAINT subscription_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alert_setting
    ADD CONSTRAINT alert_setting_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.board_area_day
    ADD CONSTRAINT board_area_day_pkey PRIMARY KEY (area, stream, day);

ALTER TABLE ONLY public.board_meal_cold_day
    ADD CONSTRAINT board_meal_cold_day_pkey PRIMARY KEY (day, place);

ALTER TABLE ONLY public.board_meal_day
    ADD CONSTRAINT board_meal_day_pkey PRIMARY KEY (area, day);

ALTER TABLE ONLY public.board_meal_round_day
    ADD CONSTRAINT board_meal_round_day_pkey PRIMARY KEY (day);

ALTER TABLE ONLY public.board_passage_hour
    ADD CONSTRAINT board_passage_hour_pkey PRIMARY KEY (hour, site, category, refused_by);

ALTER TABLE ONLY public.board_platform_hour
    ADD CONSTRAINT board_platform_hour_pkey PRIMARY KEY (at);

ALTER TABLE ONLY public.board_platform
    ADD CONSTRAINT board_platform_pkey PRIMARY KEY (at);

ALTER TABLE ONLY public.board_probe_day
    ADD CONSTRAINT board_probe_day_pkey PRIMARY KEY (day, device_id);

ALTER TABLE ONLY public.board_round_day
    ADD CONSTRAINT board_round_day_pkey PRIMARY KEY (day, stream);

ALTER TABLE ONLY public.calibration
    ADD CONSTRAINT calibration_once EXCLUDE USING gist (int4range(container_id, container_id, '[]'::text) WITH &&, during WITH &&);

ALTER TABLE ONLY public.calibration
    ADD CONSTRAINT calibration_pkey PRIMARY KEY (container_id, during);

ALTER TABLE ONLY public.clock
    ADD CONSTRAINT clock_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.collection_rate
    ADD CONSTRAINT collection_rate_pkey PRIMARY KEY (stream, since);

ALTER TABLE ONLY public.commune
    ADD CONSTRAINT commune_pkey PRIMARY KEY (insee);

ALTER TABLE ONLY public.container
    ADD CONSTRAINT container_code_key UNIQUE (code);

ALTER TABLE ONLY public.container_forecast
    ADD CONSTRAINT container_forecast_pkey PRIMARY KEY (container_id);

ALTER TABLE ONLY public.container_habit
    ADD CONSTRAINT container_habit_pkey PRIMARY KEY (container_id);

ALTER TABLE ONLY public.container_model
    ADD CONSTRAINT container_model_code_key UNIQUE (code);

ALTER TABLE ONLY public.container_model
    ADD CONSTRAINT container_model_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.container
    ADD CONSTRAINT container_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.container_state
    ADD CONSTRAINT container_state_pkey PRIMARY KEY (container_id);

ALTER TABLE ONLY public.depot
    ADD CONSTRAINT depot_code_key UNIQUE (code);

ALTER TABLE ONLY public.depot
    ADD CONSTRAINT depot_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.device_contact
    ADD CONSTRAINT device_contact_pkey PRIMARY KEY (device_id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_dev_eui_key UNIQUE (dev_eui);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_serial_key UNIQUE (serial);

ALTER TABLE ONLY public.directory_change
    ADD CONSTRAINT directory_change_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.downlink
    ADD CONSTRAINT downlink_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.emptying
    ADD CONSTRAINT emptying_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY public.emptying_withdrawn
    ADD CONSTRAINT emptying_withdrawn_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY public.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (kind, name);

ALTER TABLE ONLY public.mounting
    ADD CONSTRAINT mounting_container_once EXCLUDE USING gist (int4range(container_id, container_id, '[]'::text) WITH &&, during WITH &&);

ALTER TABLE ONLY public.mounting
    ADD CONSTRAINT mounting_device_once EXCLUDE USING gist (int4range(device_id, device_id, '[]'::text) WITH &&, during WITH &&);

ALTER TABLE ONLY public.mounting
    ADD CONSTRAINT mounting_pkey PRIMARY KEY (device_id, during);

ALTER TABLE ONLY public.planning
    ADD CONSTRAINT planning_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.point
    ADD CONSTRAINT point_code_key UNIQUE (code);

ALTER TABLE ONLY public.point
    ADD CONSTRAINT point_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_payload_id_reason_key UNIQUE (payload_id, reason);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rain_day
    ADD CONSTRAINT rain_day_pkey PRIMARY KEY (day, insee);

ALTER TABLE ONLY public.reading_horizon
    ADD CONSTRAINT reading_horizon_pkey PRIMARY KEY (single);

ALTER TABLE ONLY public.reading
    ADD CONSTRAINT reading_pkey PRIMARY KEY (device_id, measured_at, message_id);

ALTER TABLE ONLY public.rollup_day
    ADD CONSTRAINT rollup_day_pkey PRIMARY KEY (container_id, day);

ALTER TABLE ONLY public.rollup_hour
    ADD CONSTRAINT rollup_hour_pkey PRIMARY KEY (container_id, hour);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_planning_id_vehicle_id_key UNIQUE (planning_id, vehicle_id);

ALTER TABLE ONLY public.stop_container
    ADD CONSTRAINT stop_container_pkey PRIMARY KEY (stop_id, container_id);

ALTER TABLE ONLY public.stop_event
    ADD CONSTRAINT stop_event_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY public.stop
    ADD CONSTRAINT stop_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.stop_removed
    ADD CONSTRAINT stop_removed_pkey PRIMARY KEY (stop_id);

ALTER TABLE ONLY public.stop
    ADD CONSTRAINT stop_round_id_position_key UNIQUE (round_id, "position") DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.stream_habit
    ADD CONSTRAINT stream_habit_pkey PRIMARY KEY (stream);

ALTER TABLE ONLY public.stream
    ADD CONSTRAINT stream_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.territory
    ADD CONSTRAINT territory_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.travel_leg
    ADD CONSTRAINT travel_leg_pkey PRIMARY KEY (from_id, to_id);

ALTER TABLE ONLY public.travel_place
    ADD CONSTRAINT travel_place_engine_lat_e5_lon_e5_key UNIQUE (engine, lat_e5, lon_e5);

ALTER TABLE ONLY public.travel_place
    ADD CONSTRAINT travel_place_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.travel_way
    ADD CONSTRAINT travel_way_pkey PRIMARY KEY (from_id, to_id);

ALTER TABLE ONLY public.unloading_site
    ADD CONSTRAINT unloading_site_code_key UNIQUE (code);

ALTER TABLE ONLY public.unloading_site
    ADD CONSTRAINT unloading_site_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.vehicle
    ADD CONSTRAINT vehicle_code_key UNIQUE (code);

ALTER TABLE ONLY public.vehicle
    ADD CONSTRAINT vehicle_pkey PRIMARY KEY (id);

CREATE INDEX badge_held_by_account ON finance.badge_held USING btree (account_id);

CREATE INDEX bill_by_account ON finance.bill USING btree (account_id);

CREATE INDEX bin_held_by_account ON finance.bin_held USING btree (account_id);

CREATE INDEX correction_by_event ON finance.correction USING btree (event_id);

CREATE INDEX payment_of_bill ON finance.payment USING btree (run_id, account_id);

CREATE INDEX payment_pending ON finance.payment USING btree (created_at) WHERE (status = 'pending'::text);

CREATE UNIQUE INDEX rectification_in_order ON finance.rectification USING btree (run_id, account_id, rank) WHERE (status <> 'abandoned'::text);

CREATE UNIQUE INDEX rectification_one_open ON finance.rectification USING btree (run_id, account_id) WHERE (status = ANY (ARRAY['draft'::text, 'approved'::text]));

CREATE INDEX usage_event_by_account ON finance.usage_event USING btree (account_ref, at) WHERE (account_ref IS NOT NULL);

CREATE INDEX usage_event_by_badge ON finance.usage_event USING btree (badge_code, at) WHERE (badge_code IS NOT NULL);

CREATE INDEX usage_event_by_bin ON finance.usage_event USING btree (bin_code, at) WHERE (bin_code IS NOT NULL);

CREATE INDEX usage_event_by_instant ON finance.usage_event USING btree (at);

CREATE INDEX usage_event_in_doubt ON finance.usage_event USING btree (at) WHERE (aside IS NOT NULL);

CREATE INDEX duty_by_site ON gate.duty USING btree (site, begins_at);

CREATE UNIQUE INDEX haulage_once ON gate.haulage USING btree (skip_id) WHERE (status = ANY (ARRAY['asked'::text, 'planned'::text]));

CREATE INDEX hazard_move_by_hazard ON gate.hazard_move USING btree (hazard_id);

CREATE INDEX inbox_waiting ON gate.inbox USING btree (terminal_id, seq, id) WHERE (applied_at IS NULL);

CREATE INDEX incident_by_site ON gate.incident USING btree (site, at DESC);

CREATE INDEX opening_exception_by_day ON gate.opening_exception USING btree (site, day, id DESC);

CREATE INDEX outgoing_by_site ON gate.outgoing USING btree (site, sent_at);

CREATE INDEX passage_by_holder ON gate.passage USING btree (holder_id, at) WHERE opened;

CREATE INDEX passage_by_instant ON gate.passage USING btree (at);

CREATE INDEX passage_by_site ON gate.passage USING btree (site, at);

CREATE INDEX shown_code_by_expiry ON gate.shown_code USING btree (expires_at);

CREATE INDEX skip_by_site ON gate.skip USING btree (site);

CREATE INDEX skip_level_by_skip ON gate.skip_level USING btree (skip_id, at DESC);

CREATE INDEX absence_asked ON meals.request USING btree (((document ->> 'last'::text))) WHERE ((rule IS NULL) AND ((document ->> 'kind'::text) = 'absence'::text));

CREATE INDEX bill_meal_by_run ON meals.bill_meal USING btree (run_id);

CREATE UNIQUE INDEX bill_run_one_a_month ON meals.bill_run USING btree (month) WHERE (status <> 'abandoned'::text);

CREATE INDEX concern_open ON meals.concern USING btree (opened_at) WHERE (closed_at IS NULL);

CREATE INDEX door_by_beneficiary ON meals.door USING btree (beneficiary_id, arrival_at DESC);

CREATE INDEX door_event_by_door ON meals.door_event USING btree (door_id, happened_at DESC, recorded_at DESC);

CREATE INDEX meal_bill_by_beneficiary ON meals.bill USING btree (beneficiary_id);

CREATE INDEX meal_round_by_day ON meals.round USING btree (day, status);

CREATE INDEX request_by_beneficiary ON meals.request USING btree (beneficiary_id, at);

CREATE INDEX request_by_meal_day ON meals.request USING btree (((document ->> 'day'::text))) WHERE (rule IS NULL);

CREATE INDEX temperature_by_round ON meals.temperature USING btree (round_id, happened_at);

CREATE INDEX alert_event_by_alert ON people.alert_event USING btree (alert_id, at);

CREATE INDEX audit_by_subject ON people.audit USING btree (subject, at DESC);

CREATE INDEX badge_access_by_holder ON people.badge_access USING btree (holder_id);

CREATE INDEX badge_by_change ON people.badge USING btree (changed);

CREATE INDEX badge_by_holder ON people.badge USING btree (holder_id);

CREATE INDEX care_reading_by_beneficiary ON people.care_reading USING btree (beneficiary_id, at DESC);

CREATE INDEX claim_by_account ON people.claim USING btree (account_id);

CREATE INDEX claim_open ON people.claim USING btree (due) WHERE (state <> 'repondue'::text);

CREATE INDEX claim_step_by_claim ON people.claim_step USING btree (claim_id, id);

CREATE INDEX family_act_by_relative ON people.family_act USING btree (relative_id, at);

CREATE INDEX family_key_by_expiry ON people.family_key USING btree (expires_at);

CREATE INDEX family_message_waiting ON people.family_message USING btree (next_try_at) WHERE (status = 'waiting'::text);

CREATE INDEX family_notice_waiting ON people.family_notice USING btree (id) WHERE (taken_at IS NULL);

CREATE INDEX family_session_by_expiry ON people.family_session USING btree (expires_at);

CREATE INDEX holder_by_change ON people.holder USING btree (changed);

CREATE INDEX notification_latest ON people.notification USING btree (created_at DESC);

CREATE INDEX notification_waiting ON people.notification USING btree (next_try_at) WHERE (status = 'waiting'::text);

CREATE INDEX notified_by_alert ON people.notified USING btree (alert_id);

CREATE INDEX notified_by_notification ON people.notified USING btree (notification_id);

CREATE INDEX occupant_kept_until ON people.occupant USING btree (kept_until) WHERE (kept_until IS NOT NULL);

CREATE INDEX relative_by_beneficiary ON people.relative USING btree (beneficiary_id);

CREATE INDEX relative_by_email ON people.relative USING btree (lower(email)) WHERE ((revoked_at IS NULL) AND (email <> ''::text));

CREATE INDEX relative_by_phone ON people.relative USING btree (phone) WHERE ((revoked_at IS NULL) AND (phone <> ''::text));

CREATE INDEX session_by_account ON people.session USING btree (account_id);

CREATE INDEX subscription_by_account ON people.subscription USING btree (account_id);

CREATE INDEX alert_by_container ON public.alert USING btree (container_id, opened_at DESC);

CREATE INDEX alert_closed ON public.alert USING btree (closed_at DESC) WHERE (closed_at IS NOT NULL);

CREATE INDEX alert_open ON public.alert USING btree (opened_at DESC) WHERE (closed_at IS NULL);

CREATE UNIQUE INDEX alert_open_once ON public.alert USING btree (container_id, kind) WHERE (closed_at IS NULL);

CREATE INDEX alert_setting_by_kind ON public.alert_setting USING btree (kind, since DESC);

CREATE INDEX board_area_day_by_day ON public.board_area_day USING btree (day);

CREATE INDEX board_meal_day_by_day ON public.board_meal_day USING btree (day);

CREATE INDEX board_passage_hour_by_day ON public.board_passage_hour USING btree (day);

CREATE INDEX board_probe_day_by_device ON public.board_probe_day USING btree (device_id, day);

CREATE INDEX container_by_point ON public.container USING btree (point_id);

CREATE INDEX container_by_stream ON public.container USING btree (stream);

CREATE INDEX downlink_by_device ON public.downlink USING btree (device_id, requested_at DESC);

CREATE INDEX downlink_unsent ON public.downlink USING btree (requested_at) WHERE ((sent_at IS NULL) AND (failed_at IS NULL));

CREATE INDEX emptying_by_container ON public.emptying USING btree (container_id, emptied_at DESC);

CREATE INDEX emptying_by_time ON public.emptying USING btree (emptied_at);

CREATE INDEX mounting_by_container ON public.mounting USING btree (container_id);

CREATE INDEX point_by_commune ON public.point USING btree (insee);

CREATE INDEX quarantine_by_reason ON public.quarantine USING btree (reason, last_at DESC) WHERE (settled_at IS NULL);

CREATE INDEX quarantine_open ON public.quarantine USING btree (last_at DESC) WHERE (settled_at IS NULL);

CREATE INDEX reading_by_container ON public.reading USING btree (container_id, measured_at DESC);

CREATE INDEX rollup_day_by_day ON public.rollup_day USING btree (day);

CREATE INDEX round_by_day ON public.round USING btree (day, status);

CREATE INDEX stop_container_by_container ON public.stop_container USING btree (container_id);

CREATE INDEX stop_event_by_stop ON public.stop_event USING btree (stop_id, happened_at DESC, recorded_at DESC);

CREATE INDEX travel_leg_to ON public.travel_leg USING btree (to_id);

CREATE INDEX travel_way_to ON public.travel_way USING btree (to_id);

CREATE TRIGGER bill_kept BEFORE INSERT OR DELETE OR UPDATE ON finance.bill FOR EACH ROW EXECUTE FUNCTION finance.keep_issued();

CREATE TRIGGER rectification_kept BEFORE DELETE OR UPDATE ON finance.rectification FOR EACH ROW EXECUTE FUNCTION finance.keep_rectification();

CREATE TRIGGER run_kept BEFORE DELETE OR UPDATE ON finance.run FOR EACH ROW EXECUTE FUNCTION finance.keep_issued();

CREATE TRIGGER mark_changed_day AFTER UPDATE OF site, at, category, opened, rule, refused_by, offline ON gate.passage FOR EACH ROW EXECUTE FUNCTION gate.mark_changed_day();

CREATE TRIGGER mark_days AFTER INSERT ON gate.passage REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION gate.mark_days();

CREATE TRIGGER keep_bill BEFORE DELETE OR UPDATE ON meals.bill FOR EACH ROW EXECUTE FUNCTION meals.keep_bill();

CREATE TRIGGER keep_bill BEFORE DELETE OR UPDATE ON meals.bill_meal FOR EACH ROW EXECUTE FUNCTION meals.keep_bill();

CREATE TRIGGER mark_added AFTER INSERT ON meals.door REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION meals.mark_rounds();

CREATE TRIGGER mark_changed AFTER UPDATE ON meals.door REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION meals.mark_rounds();

CREATE TRIGGER mark_day AFTER INSERT ON meals.door_event REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION meals.mark_said();

CREATE TRIGGER mark_day AFTER INSERT ON meals.request REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION meals.mark_asked();

CREATE TRIGGER mark_day AFTER INSERT OR DELETE OR UPDATE ON meals.round FOR EACH ROW EXECUTE FUNCTION meals.mark_round();

CREATE TRIGGER mark_measured AFTER INSERT ON meals.temperature REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION meals.mark_rounds();

CREATE TRIGGER tell_door AFTER INSERT ON meals.door_event FOR EACH ROW EXECUTE FUNCTION meals.tell_door();

CREATE TRIGGER badge_begun BEFORE INSERT OR UPDATE ON people.badge FOR EACH STATEMENT EXECUTE FUNCTION gate.begin_change();

CREATE TRIGGER badge_changed BEFORE UPDATE ON people.badge FOR EACH ROW EXECUTE FUNCTION people.mark_change();

CREATE TRIGGER badge_told AFTER INSERT OR DELETE OR UPDATE ON people.badge FOR EACH STATEMENT EXECUTE FUNCTION gate.tell_change();

CREATE TRIGGER holder_begun BEFORE INSERT OR UPDATE ON people.holder FOR EACH STATEMENT EXECUTE FUNCTION gate.begin_change();

CREATE TRIGGER holder_changed BEFORE UPDATE ON people.holder FOR EACH ROW EXECUTE FUNCTION people.mark_change();

CREATE TRIGGER holder_told AFTER INSERT OR DELETE OR UPDATE ON people.holder FOR EACH STATEMENT EXECUTE FUNCTION gate.tell_change();

CREATE TRIGGER mark_days AFTER INSERT OR UPDATE OF insee, since, until ON people.beneficiary FOR EACH ROW EXECUTE FUNCTION people.mark_carried();

CREATE TRIGGER tell_family AFTER INSERT ON people.family_notice FOR EACH STATEMENT EXECUTE FUNCTION people.tell_family();

CREATE TRIGGER calibration_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.calibration FOR EACH STATEMENT EXECUTE FUNCTION public.note_directory_change();

CREATE TRIGGER container_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.container FOR EACH STATEMENT EXECUTE FUNCTION public.note_directory_change();

CREATE TRIGGER device_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.device FOR EACH STATEMENT EXECUTE FUNCTION public.note_directory_change();

CREATE TRIGGER keep_removed BEFORE DELETE ON public.stop FOR EACH ROW EXECUTE FUNCTION public.keep_removed_stop();

CREATE TRIGGER mark_corrected AFTER UPDATE OF container_id, fill_percent ON public.reading FOR EACH ROW EXECUTE FUNCTION public.mark_corrected_reading();

CREATE TRIGGER mark_day AFTER INSERT OR DELETE OR UPDATE ON public.round FOR EACH ROW EXECUTE FUNCTION public.mark_round_day();

CREATE TRIGGER mark_day AFTER INSERT ON public.stop_event REFERENCING NEW TABLE AS said FOR EACH STATEMENT EXECUTE FUNCTION public.mark_stop_day();

CREATE TRIGGER mark_emptying AFTER INSERT ON public.emptying REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.mark_emptying();

CREATE TRIGGER mark_restored AFTER DELETE ON public.emptying_withdrawn REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.mark_emptying();

CREATE TRIGGER mark_withdrawn AFTER INSERT ON public.emptying_withdrawn REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.mark_emptying();

CREATE TRIGGER mark_withdrawn AFTER DELETE ON public.reading FOR EACH ROW EXECUTE FUNCTION public.mark_corrected_reading();

CREATE TRIGGER mounting_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.mounting FOR EACH STATEMENT EXECUTE FUNCTION public.note_directory_change();

CREATE TRIGGER remove_stops BEFORE DELETE ON public.round FOR EACH ROW EXECUTE FUNCTION public.remove_stops_first();

CREATE TRIGGER wake_worker AFTER INSERT ON public.alert FOR EACH ROW WHEN ((new.kind = ANY (ARRAY['fire'::text, 'urgent'::text, 'tilt'::text]))) EXECUTE FUNCTION public.wake_worker();

ALTER TABLE ONLY finance.account
    ADD CONSTRAINT account_dwelling_id_fkey FOREIGN KEY (dwelling_id) REFERENCES finance.dwelling(id);

ALTER TABLE ONLY finance.account
    ADD CONSTRAINT account_occupant_id_fkey FOREIGN KEY (occupant_id) REFERENCES people.occupant(id);

ALTER TABLE ONLY finance.account_state
    ADD CONSTRAINT account_state_account_id_fkey FOREIGN KEY (account_id) REFERENCES finance.account(id);

ALTER TABLE ONLY finance.badge_held
    ADD CONSTRAINT badge_held_account_id_fkey FOREIGN KEY (account_id) REFERENCES finance.account(id);

ALTER TABLE ONLY finance.badge_held
    ADD CONSTRAINT badge_held_badge_id_fkey FOREIGN KEY (badge_id) REFERENCES finance.badge(id);

ALTER TABLE ONLY finance.bill
    ADD CONSTRAINT bill_account_id_fkey FOREIGN KEY (account_id) REFERENCES finance.account(id);

ALTER TABLE ONLY finance.bill
    ADD CONSTRAINT bill_run_id_fkey FOREIGN KEY (run_id) REFERENCES finance.run(id);

ALTER TABLE ONLY finance.bin_held
    ADD CONSTRAINT bin_held_account_id_fkey FOREIGN KEY (account_id) REFERENCES finance.account(id);

ALTER TABLE ONLY finance.bin_held
    ADD CONSTRAINT bin_held_bin_id_fkey FOREIGN KEY (bin_id) REFERENCES finance.bin(id);

ALTER TABLE ONLY finance.correction
    ADD CONSTRAINT correction_claim_id_fkey FOREIGN KEY (claim_id) REFERENCES people.claim(id);

ALTER TABLE ONLY finance.correction
    ADD CONSTRAINT correction_event_id_fkey FOREIGN KEY (event_id) REFERENCES finance.usage_event(id);

ALTER TABLE ONLY finance.doubt
    ADD CONSTRAINT doubt_event_id_fkey FOREIGN KEY (event_id) REFERENCES finance.usage_event(id);

ALTER TABLE ONLY finance.payable
    ADD CONSTRAINT payable_run_id_account_id_fkey FOREIGN KEY (run_id, account_id) REFERENCES finance.bill(run_id, account_id);

ALTER TABLE ONLY finance.payment
    ADD CONSTRAINT payment_run_id_account_id_fkey FOREIGN KEY (run_id, account_id) REFERENCES finance.bill(run_id, account_id);

ALTER TABLE ONLY finance.rectification
    ADD CONSTRAINT rectification_run_id_account_id_fkey FOREIGN KEY (run_id, account_id) REFERENCES finance.bill(run_id, account_id);

ALTER TABLE ONLY finance.usage_event
    ADD CONSTRAINT usage_event_replaces_fkey FOREIGN KEY (replaces) REFERENCES finance.usage_event(id);

ALTER TABLE ONLY gate.clock_note
    ADD CONSTRAINT clock_note_terminal_id_fkey FOREIGN KEY (terminal_id) REFERENCES gate.terminal(id);

ALTER TABLE ONLY gate.duty
    ADD CONSTRAINT duty_account_id_fkey FOREIGN KEY (account_id) REFERENCES people.account(id);

ALTER TABLE ONLY gate.haulage
    ADD CONSTRAINT haulage_skip_id_fkey FOREIGN KEY (skip_id) REFERENCES gate.skip(id);

ALTER TABLE ONLY gate.haulage
    ADD CONSTRAINT haulage_vehicle_id_fkey FOREIGN KEY (vehicle_id) REFERENCES public.vehicle(id);

ALTER TABLE ONLY gate.hazard
    ADD CONSTRAINT hazard_carrier_id_fkey FOREIGN KEY (carrier_id) REFERENCES gate.carrier(id);

ALTER TABLE ONLY gate.hazard_move
    ADD CONSTRAINT hazard_move_hazard_id_fkey FOREIGN KEY (hazard_id) REFERENCES gate.hazard(id);

ALTER TABLE ONLY gate.hazard
    ADD CONSTRAINT hazard_outlet_id_fkey FOREIGN KEY (outlet_id) REFERENCES gate.outlet(id);

ALTER TABLE ONLY gate.inbox
    ADD CONSTRAINT inbox_terminal_id_fkey FOREIGN KEY (terminal_id) REFERENCES gate.terminal(id);

ALTER TABLE ONLY gate.outgoing
    ADD CONSTRAINT outgoing_haulage_id_fkey FOREIGN KEY (haulage_id) REFERENCES gate.haulage(id);

ALTER TABLE ONLY gate.outgoing
    ADD CONSTRAINT outgoing_replaces_fkey FOREIGN KEY (replaces) REFERENCES gate.outgoing(id);

ALTER TABLE ONLY gate.passage
    ADD CONSTRAINT passage_holder_id_fkey FOREIGN KEY (holder_id) REFERENCES people.holder(id) ON DELETE SET NULL;

ALTER TABLE ONLY gate.passage
    ADD CONSTRAINT passage_terminal_id_fkey FOREIGN KEY (terminal_id) REFERENCES gate.terminal(id);

ALTER TABLE ONLY gate.skip
    ADD CONSTRAINT skip_carrier_id_fkey FOREIGN KEY (carrier_id) REFERENCES gate.carrier(id);

ALTER TABLE ONLY gate.skip
    ADD CONSTRAINT skip_container_id_fkey FOREIGN KEY (container_id) REFERENCES public.container(id);

ALTER TABLE ONLY gate.skip_level
    ADD CONSTRAINT skip_level_skip_id_fkey FOREIGN KEY (skip_id) REFERENCES gate.skip(id);

ALTER TABLE ONLY gate.skip
    ADD CONSTRAINT skip_outlet_id_fkey FOREIGN KEY (outlet_id) REFERENCES gate.outlet(id);

ALTER TABLE ONLY meals.bill
    ADD CONSTRAINT bill_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES people.beneficiary(id);

ALTER TABLE ONLY meals.bill_line
    ADD CONSTRAINT bill_line_bill_id_fkey FOREIGN KEY (bill_id) REFERENCES meals.bill(id) ON DELETE CASCADE;

ALTER TABLE ONLY meals.bill_meal
    ADD CONSTRAINT bill_meal_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES people.beneficiary(id);

ALTER TABLE ONLY meals.bill_meal
    ADD CONSTRAINT bill_meal_bill_id_fkey FOREIGN KEY (bill_id) REFERENCES meals.bill(id) ON DELETE CASCADE;

ALTER TABLE ONLY meals.bill_meal
    ADD CONSTRAINT bill_meal_run_id_fkey FOREIGN KEY (run_id) REFERENCES meals.bill_run(id) ON DELETE CASCADE;

ALTER TABLE ONLY meals.bill
    ADD CONSTRAINT bill_run_id_fkey FOREIGN KEY (run_id) REFERENCES meals.bill_run(id);

ALTER TABLE ONLY meals.concern
    ADD CONSTRAINT concern_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES people.beneficiary(id);

ALTER TABLE ONLY meals.concern
    ADD CONSTRAINT concern_door_id_fkey FOREIGN KEY (door_id) REFERENCES meals.door(id);

ALTER TABLE ONLY meals.concern
    ADD CONSTRAINT concern_round_id_fkey FOREIGN KEY (round_id) REFERENCES meals.round(id);

ALTER TABLE ONLY meals.door
    ADD CONSTRAINT door_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES people.beneficiary(id);

ALTER TABLE ONLY meals.door_event
    ADD CONSTRAINT door_event_door_id_fkey FOREIGN KEY (door_id) REFERENCES meals.door(id);

ALTER TABLE ONLY meals.door
    ADD CONSTRAINT door_round_id_fkey FOREIGN KEY (round_id) REFERENCES meals.round(id) ON DELETE CASCADE;

ALTER TABLE ONLY meals.lot
    ADD CONSTRAINT lot_dish_fkey FOREIGN KEY (dish) REFERENCES meals.dish(code);

ALTER TABLE ONLY meals.request
    ADD CONSTRAINT request_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES people.beneficiary(id);

ALTER TABLE ONLY meals.round
    ADD CONSTRAINT round_planning_id_fkey FOREIGN KEY (planning_id) REFERENCES meals.planning(id);

ALTER TABLE ONLY meals.round
    ADD CONSTRAINT round_shift_id_fkey FOREIGN KEY (shift_id) REFERENCES meals.shift(id);

ALTER TABLE ONLY meals.shift
    ADD CONSTRAINT shift_driver_id_fkey FOREIGN KEY (driver_id) REFERENCES people.account(id);

ALTER TABLE ONLY meals.shift
    ADD CONSTRAINT shift_van_id_fkey FOREIGN KEY (van_id) REFERENCES meals.van(id);

ALTER TABLE ONLY meals.temperature
    ADD CONSTRAINT temperature_door_id_fkey FOREIGN KEY (door_id) REFERENCES meals.door(id);

ALTER TABLE ONLY meals.temperature
    ADD CONSTRAINT temperature_round_id_fkey FOREIGN KEY (round_id) REFERENCES meals.round(id);

ALTER TABLE ONLY meals.van
    ADD CONSTRAINT van_cold_room_id_fkey FOREIGN KEY (cold_room_id) REFERENCES meals.cold_room(id);

ALTER TABLE ONLY people.alert_event
    ADD CONSTRAINT alert_event_account_id_fkey FOREIGN KEY (account_id) REFERENCES people.account(id);

ALTER TABLE ONLY people.alert_event
    ADD CONSTRAINT alert_event_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES public.alert(id);

ALTER TABLE ONLY people.alert_event
    ADD CONSTRAINT alert_event_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES people.account(id);

ALTER TABLE ONLY people.badge_access
    ADD CONSTRAINT badge_access_badge_id_fkey FOREIGN KEY (badge_id) REFERENCES people.badge(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.badge_access
    ADD CONSTRAINT badge_access_holder_id_fkey FOREIGN KEY (holder_id) REFERENCES people.holder(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.badge
    ADD CONSTRAINT badge_holder_id_fkey FOREIGN KEY (holder_id) REFERENCES people.holder(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.badge
    ADD CONSTRAINT badge_replaces_fkey FOREIGN KEY (replaces) REFERENCES people.badge(id) ON DELETE SET NULL;

ALTER TABLE ONLY people.badge_request
    ADD CONSTRAINT badge_request_holder_id_fkey FOREIGN KEY (holder_id) REFERENCES people.holder(id) ON DELETE SET NULL;

ALTER TABLE ONLY people.beneficiary_habit
    ADD CONSTRAINT beneficiary_habit_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES people.beneficiary(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.beneficiary_income
    ADD CONSTRAINT beneficiary_income_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES people.beneficiary(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.beneficiary_support
    ADD CONSTRAINT beneficiary_support_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES people.beneficiary(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.claim
    ADD CONSTRAINT claim_account_id_fkey FOREIGN KEY (account_id) REFERENCES finance.account(id);

ALTER TABLE ONLY people.claim
    ADD CONSTRAINT claim_run_id_account_id_fkey FOREIGN KEY (run_id, account_id) REFERENCES finance.bill(run_id, account_id);

ALTER TABLE ONLY people.claim_step
    ADD CONSTRAINT claim_step_claim_id_fkey FOREIGN KEY (claim_id) REFERENCES people.claim(id);

ALTER TABLE ONLY people.family_act
    ADD CONSTRAINT family_act_relative_id_fkey FOREIGN KEY (relative_id) REFERENCES people.relative(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.family_message
    ADD CONSTRAINT family_message_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES people.family_notice(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.family_message
    ADD CONSTRAINT family_message_relative_id_fkey FOREIGN KEY (relative_id) REFERENCES people.relative(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.family_notice
    ADD CONSTRAINT family_notice_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES people.beneficiary(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.family_notice
    ADD CONSTRAINT family_notice_door_id_fkey FOREIGN KEY (door_id) REFERENCES meals.door(id);

ALTER TABLE ONLY people.meal_debtor
    ADD CONSTRAINT meal_debtor_bill_id_fkey FOREIGN KEY (bill_id) REFERENCES meals.bill(id);

ALTER TABLE ONLY people.notification
    ADD CONSTRAINT notification_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES people.subscription(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.notified
    ADD CONSTRAINT notified_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES public.alert(id);

ALTER TABLE ONLY people.notified
    ADD CONSTRAINT notified_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES people.notification(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.notified
    ADD CONSTRAINT notified_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES people.subscription(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.relative
    ADD CONSTRAINT relative_beneficiary_id_fkey FOREIGN KEY (beneficiary_id) REFERENCES people.beneficiary(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.session
    ADD CONSTRAINT session_account_id_fkey FOREIGN KEY (account_id) REFERENCES people.account(id) ON DELETE CASCADE;

ALTER TABLE ONLY people.subscription
    ADD CONSTRAINT subscription_account_id_fkey FOREIGN KEY (account_id) REFERENCES people.account(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_container_id_fkey FOREIGN KEY (container_id) REFERENCES public.container(id);

ALTER TABLE ONLY public.board_probe_day
    ADD CONSTRAINT board_probe_day_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(id);

ALTER TABLE ONLY public.board_round_day
    ADD CONSTRAINT board_round_day_stream_fkey FOREIGN KEY (stream) REFERENCES public.stream(code);

ALTER TABLE ONLY public.calibration
    ADD CONSTRAINT calibration_container_id_fkey FOREIGN KEY (container_id) REFERENCES public.container(id);

ALTER TABLE ONLY public.calibration
    ADD CONSTRAINT calibration_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(id);

ALTER TABLE ONLY public.calibration
    ADD CONSTRAINT calibration_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.container_model(id);

ALTER TABLE ONLY public.collection_rate
    ADD CONSTRAINT collection_rate_stream_fkey FOREIGN KEY (stream) REFERENCES public.stream(code);

ALTER TABLE ONLY public.commune
    ADD CONSTRAINT commune_territory_fkey FOREIGN KEY (territory) REFERENCES public.territory(code);

ALTER TABLE ONLY public.container_forecast
    ADD CONSTRAINT container_forecast_container_id_fkey FOREIGN KEY (container_id) REFERENCES public.container(id);

ALTER TABLE ONLY public.container_habit
    ADD CONSTRAINT container_habit_container_id_fkey FOREIGN KEY (container_id) REFERENCES public.container(id);

ALTER TABLE ONLY public.container
    ADD CONSTRAINT container_point_id_fkey FOREIGN KEY (point_id) REFERENCES public.point(id);

ALTER TABLE ONLY public.container_state
    ADD CONSTRAINT container_state_container_id_fkey FOREIGN KEY (container_id) REFERENCES public.container(id);

ALTER TABLE ONLY public.container_state
    ADD CONSTRAINT container_state_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(id);

ALTER TABLE ONLY public.container
    ADD CONSTRAINT container_stream_fkey FOREIGN KEY (stream) REFERENCES public.stream(code);

ALTER TABLE ONLY public.device_contact
    ADD CONSTRAINT device_contact_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(id);

ALTER TABLE ONLY public.downlink
    ADD CONSTRAINT downlink_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(id);

ALTER TABLE ONLY public.emptying
    ADD CONSTRAINT emptying_container_id_fkey FOREIGN KEY (container_id) REFERENCES public.container(id);

ALTER TABLE ONLY public.emptying
    ADD CONSTRAINT emptying_stop_event_id_fkey FOREIGN KEY (stop_event_id) REFERENCES public.stop_event(event_id);

ALTER TABLE ONLY public.emptying_withdrawn
    ADD CONSTRAINT emptying_withdrawn_event_id_fkey FOREIGN KEY (event_id) REFERENCES public.emptying(event_id);

ALTER TABLE ONLY public.mounting
    ADD CONSTRAINT mounting_container_id_fkey FOREIGN KEY (container_id) REFERENCES public.container(id);

ALTER TABLE ONLY public.mounting
    ADD CONSTRAINT mounting_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(id);

ALTER TABLE ONLY public.planning
    ADD CONSTRAINT planning_stream_fkey FOREIGN KEY (stream) REFERENCES public.stream(code);

ALTER TABLE ONLY public.point
    ADD CONSTRAINT point_insee_fkey FOREIGN KEY (insee) REFERENCES public.commune(insee);

ALTER TABLE ONLY public.reading
    ADD CONSTRAINT reading_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(id);

ALTER TABLE ONLY public.rollup_day
    ADD CONSTRAINT rollup_day_container_id_fkey FOREIGN KEY (container_id) REFERENCES public.container(id);

ALTER TABLE ONLY public.rollup_hour
    ADD CONSTRAINT rollup_hour_container_id_fkey FOREIGN KEY (container_id) REFERENCES public.container(id);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_planning_id_fkey FOREIGN KEY (planning_id) REFERENCES public.planning(id);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_stream_fkey FOREIGN KEY (stream) REFERENCES public.stream(code);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_vehicle_id_fkey FOREIGN KEY (vehicle_id) REFERENCES public.vehicle(id);

ALTER TABLE ONLY public.stop_container
    ADD CONSTRAINT stop_container_container_id_fkey FOREIGN KEY (container_id) REFERENCES public.container(id);

ALTER TABLE ONLY public.stop_container
    ADD CONSTRAINT stop_container_stop_id_fkey FOREIGN KEY (stop_id) REFERENCES public.stop(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.stop
    ADD CONSTRAINT stop_depot_id_fkey FOREIGN KEY (depot_id) REFERENCES public.depot(id);

ALTER TABLE ONLY public.stop
    ADD CONSTRAINT stop_point_id_fkey FOREIGN KEY (point_id) REFERENCES public.point(id);

ALTER TABLE ONLY public.stop
    ADD CONSTRAINT stop_round_id_fkey FOREIGN KEY (round_id) REFERENCES public.round(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.stop
    ADD CONSTRAINT stop_unloading_site_id_fkey FOREIGN KEY (unloading_site_id) REFERENCES public.unloading_site(id);

ALTER TABLE ONLY public.stream_habit
    ADD CONSTRAINT stream_habit_stream_fkey FOREIGN KEY (stream) REFERENCES public.stream(code);

ALTER TABLE ONLY public.travel_leg
    ADD CONSTRAINT travel_leg_from_id_fkey FOREIGN KEY (from_id) REFERENCES public.travel_place(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.travel_leg
    ADD CONSTRAINT travel_leg_to_id_fkey FOREIGN KEY (to_id) REFERENCES public.travel_place(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.travel_way
    ADD CONSTRAINT travel_way_from_id_fkey FOREIGN KEY (from_id) REFERENCES public.travel_place(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.travel_way
    ADD CONSTRAINT travel_way_to_id_fkey FOREIGN KEY (to_id) REFERENCES public.travel_place(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.vehicle
    ADD CONSTRAINT vehicle_depot_id_fkey FOREIGN KEY (depot_id) REFERENCES public.depot(id);
