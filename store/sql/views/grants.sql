-- Least privilege: one group role per process. Login users are members; processes SET ROLE to it.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['glaneur_ingest', 'glaneur_api', 'glaneur_worker', 'glaneur_reader',
                                  'glaneur_grafana'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA answers TO glaneur_ingest, glaneur_api, glaneur_worker, glaneur_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA answers TO glaneur_api, glaneur_worker, glaneur_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO glaneur_ingest, glaneur_api, glaneur_worker;

GRANT SELECT ON clock TO glaneur_reader;

GRANT INSERT ON reading, emptying TO glaneur_ingest;
GRANT INSERT, UPDATE ON quarantine, container_state, alert, device_contact TO glaneur_ingest;

-- Whoever changes a device, a mounting, a container or a calibration leaves a row that says so (a trigger does).
GRANT INSERT, UPDATE, DELETE ON directory_change TO glaneur_ingest, glaneur_api, glaneur_worker;

-- Rollups: whoever writes marks, the worker counts, everyone may look.
GRANT INSERT ON rollup_mark TO glaneur_ingest, glaneur_api, glaneur_worker;
GRANT DELETE ON rollup_mark TO glaneur_worker;
GRANT INSERT, DELETE ON rollup_hour, rollup_day TO glaneur_worker;
GRANT SELECT ON rollup_hour, rollup_day TO glaneur_reader;

GRANT INSERT, UPDATE ON container_state, alert TO glaneur_worker;
GRANT INSERT ON emptying, stop_event TO glaneur_worker;
GRANT INSERT, UPDATE ON planning TO glaneur_worker;
GRANT INSERT, UPDATE, DELETE ON round, stop, stop_container TO glaneur_worker;
GRANT INSERT ON stop_removed TO glaneur_worker, glaneur_api;

GRANT USAGE ON SCHEMA people TO glaneur_api;
GRANT SELECT, INSERT, UPDATE ON people.account TO glaneur_api;
GRANT SELECT, INSERT, DELETE ON people.session TO glaneur_api;
GRANT SELECT, INSERT ON people.audit TO glaneur_api;
GRANT UPDATE ON alert, quarantine TO glaneur_api;
GRANT INSERT, UPDATE ON container_state TO glaneur_api;
GRANT INSERT ON stop_event, emptying TO glaneur_api;
GRANT INSERT, UPDATE ON planning TO glaneur_api;
GRANT INSERT, UPDATE, DELETE ON round, stop, stop_container TO glaneur_api;

-- Devices in life. The API registers and mounts; the worker re-reads the past and sends downlinks; ingest hears
-- their acknowledgements, and learns a new reporting interval from them.
GRANT INSERT ON device TO glaneur_api;
GRANT UPDATE (codec, report_interval_s, dev_eui, network, network_path, access_since) ON device TO glaneur_api;
GRANT INSERT, UPDATE, DELETE ON mounting TO glaneur_api;
GRANT INSERT, UPDATE, DELETE ON calibration TO glaneur_api;
GRANT INSERT ON container_model TO glaneur_api;
GRANT INSERT, UPDATE ON downlink TO glaneur_api;
GRANT UPDATE ON downlink TO glaneur_worker, glaneur_ingest;
GRANT UPDATE (report_interval_s) ON device TO glaneur_ingest;
GRANT UPDATE (container_id, fill_percent, quality) ON reading TO glaneur_worker;
GRANT INSERT, DELETE ON emptying_withdrawn TO glaneur_worker;
GRANT DELETE ON quarantine TO glaneur_worker;

-- Forecasts are the worker's.
GRANT INSERT, UPDATE, DELETE ON stream_habit, container_habit, container_forecast TO glaneur_worker;
GRANT INSERT, UPDATE ON rain_day TO glaneur_api;
-- Alerts: the API takes people's acts and wishes, the worker escalates and tells. The worker reads addresses and no
-- account; it learns which subscriptions belong to a living account by answers.subscription_live().
GRANT INSERT ON alert_setting TO glaneur_api;
GRANT SELECT, INSERT ON people.alert_event TO glaneur_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON people.subscription TO glaneur_api;
GRANT SELECT, INSERT, UPDATE ON people.notification TO glaneur_api;
GRANT SELECT ON people.notified TO glaneur_api;
GRANT USAGE ON SCHEMA people TO glaneur_worker;
GRANT INSERT ON people.alert_event TO glaneur_worker;
GRANT SELECT ON people.subscription TO glaneur_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON people.notification TO glaneur_worker;
GRANT SELECT, INSERT, DELETE ON people.notified TO glaneur_worker;

-- Bills: the API writes accounts, and appends usage, corrections and grids; nothing of these is ever rewritten.
GRANT USAGE ON SCHEMA finance TO glaneur_api, glaneur_worker;
GRANT SELECT ON ALL TABLES IN SCHEMA finance TO glaneur_api, glaneur_worker;
GRANT INSERT, UPDATE ON finance.dwelling, finance.account, finance.account_state, finance.bin, finance.bin_held
    TO glaneur_api;
GRANT INSERT ON finance.usage_event, finance.correction, finance.grid, finance.doubt, finance.review_rules
    TO glaneur_api;
GRANT INSERT ON finance.badge TO glaneur_api;
GRANT INSERT, UPDATE ON finance.badge_held TO glaneur_api;
GRANT SELECT, INSERT ON people.claim, people.claim_step, people.import_file TO glaneur_api;
GRANT UPDATE (state, decision, due, answered_at) ON people.claim TO glaneur_api;
GRANT UPDATE (content, report, applied_at, applied_by) ON people.import_file TO glaneur_api;
GRANT INSERT, UPDATE ON finance.run, finance.bill TO glaneur_api, glaneur_worker;
GRANT SELECT, INSERT, UPDATE ON people.occupant TO glaneur_api;
-- Issued bills: series, links, corrections and closings are the API's; the worker asks what became of payments.
GRANT INSERT, UPDATE ON finance.series, finance.rectification TO glaneur_api;
GRANT INSERT ON finance.payable, finance.exercise_closed TO glaneur_api;
GRANT INSERT, UPDATE ON finance.payment TO glaneur_api;
GRANT UPDATE (status, result, receipt, settled_at, cents) ON finance.payment TO glaneur_worker;
REVOKE SELECT ON finance.payable FROM glaneur_worker;

-- The worker forgets people at their date and cannot read who they were: first a date for those whose accounts all
-- ended and who have none, then names, addresses and mail go. What was billed stays, under the account's number.
CREATE OR REPLACE FUNCTION answers.forget_occupants(today date, kept interval) RETURNS bigint LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE people.occupant o SET kept_until = (ended.last + kept)::date
    FROM (SELECT occupant_id, max(upper(during)) AS last FROM finance.account
          GROUP BY occupant_id HAVING NOT bool_or(upper_inf(during))) ended
    WHERE ended.occupant_id = o.id AND o.kept_until IS NULL AND (o.name, o.address, o.email) <> ('', '', '');
    UPDATE people.occupant o SET kept_until = NULL
    WHERE o.kept_until IS NOT NULL
      AND EXISTS (SELECT FROM finance.account a WHERE a.occupant_id = o.id AND upper(a.during) IS NULL);
    WITH gone AS (UPDATE people.occupant SET name = '', address = '', email = '', siret = NULL
                  WHERE kept_until < today AND (name, address, email) <> ('', '', '') RETURNING id),
    marked AS (UPDATE finance.account SET forgotten = true
               WHERE occupant_id IN (SELECT id FROM gone) RETURNING id),
    silent AS (UPDATE people.claim c SET subject = 'oubliée' FROM marked WHERE c.account_id = marked.id RETURNING c.id),
    hushed AS (UPDATE people.claim_step s SET body = '' FROM silent WHERE s.claim_id = silent.id RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION answers.forget_occupants(date, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.forget_occupants(date, interval) TO glaneur_worker, glaneur_api;

-- The job queue: the API defers, the worker works.
GRANT USAGE ON SCHEMA jobs TO glaneur_api, glaneur_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO glaneur_api, glaneur_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO glaneur_api, glaneur_worker;

-- The worker tidies expired sessions away and can neither read nor end any other.
CREATE OR REPLACE FUNCTION answers.purge_sessions() RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM people.session WHERE expires_at <= now() RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION answers.purge_sessions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.purge_sessions() TO glaneur_worker;

-- Which subscriptions belong to somebody who still has an account here.
CREATE OR REPLACE FUNCTION answers.subscription_live() RETURNS SETOF people.subscription LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.* FROM people.subscription s
    JOIN people.account a ON a.id = s.account_id AND a.active
    WHERE s.active
$$;
REVOKE ALL ON FUNCTION answers.subscription_live() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.subscription_live() TO glaneur_worker, glaneur_api;

-- The gate: the API decides and keeps who holds a badge; nobody else of ours reads them.
GRANT USAGE ON SCHEMA gate TO glaneur_api;
GRANT SELECT, INSERT, UPDATE ON people.holder, people.badge TO glaneur_api;
GRANT USAGE ON SEQUENCE people.change TO glaneur_api;
GRANT SELECT ON people.change TO glaneur_api;
GRANT SELECT, INSERT ON gate.rulebook, gate.passage TO glaneur_api;
GRANT SELECT, INSERT, UPDATE ON gate.terminal TO glaneur_api;
-- Running a site: the API alone. What left, levels, moves and exceptions are appended, never rewritten.
GRANT SELECT, INSERT, UPDATE ON gate.place, gate.outlet, gate.carrier, gate.skip, gate.haulage, gate.hazard, gate.incident
    TO glaneur_api;
GRANT SELECT, INSERT ON gate.skip_level, gate.outgoing, gate.hazard_move, gate.opening_exception TO glaneur_api;
GRANT SELECT, INSERT, DELETE ON gate.duty TO glaneur_api;
GRANT SELECT, INSERT, UPDATE ON people.badge_request TO glaneur_api;
GRANT SELECT, INSERT, DELETE ON people.badge_access TO glaneur_api;

-- Boards: the worker counts; glaneur_grafana sees the views of the schema boards and nothing else of ours (the clock
-- is what glaneur_now() reads). The api may become it, for the boards on our own pages.
GRANT INSERT ON board_mark TO glaneur_api, glaneur_worker;
GRANT DELETE ON board_mark TO glaneur_worker;
GRANT INSERT, DELETE ON board_area_day, board_round_day, board_probe_day, board_passage_hour, board_platform,
    board_platform_hour TO glaneur_worker;
GRANT SELECT (site, at, category, opened, rule, refused_by, offline) ON gate.passage TO glaneur_worker;
GRANT SELECT ON gate.counted_hour TO glaneur_worker;
GRANT INSERT, DELETE ON finance.usage_class TO glaneur_worker;
GRANT INSERT, UPDATE ON collection_rate, territory, finance.budget TO glaneur_api;
GRANT UPDATE (territory) ON commune TO glaneur_api;
-- Meals by day: the worker counts from doors and what was said there; not from requests, names or sealed columns.
GRANT INSERT ON board_meal_mark TO glaneur_api, glaneur_worker;
GRANT DELETE ON board_meal_mark TO glaneur_worker;
GRANT INSERT, DELETE ON board_meal_day, board_meal_round_day, board_meal_cold_day TO glaneur_worker;
GRANT USAGE ON SCHEMA people TO glaneur_worker;
GRANT SELECT (id, insee, since, until, window_from, window_until) ON people.beneficiary TO glaneur_worker;
GRANT SELECT (door_id, kind, happened_at, recorded_at) ON meals.door_event TO glaneur_worker;
GRANT SELECT (round_id, door_id, celsius, limit_c) ON meals.temperature TO glaneur_worker;
REVOKE ALL ON FUNCTION answers.meals_given_up(date[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.meals_given_up(date[]) TO glaneur_worker;
GRANT USAGE ON SCHEMA boards TO glaneur_grafana;
GRANT SELECT ON ALL TABLES IN SCHEMA boards TO glaneur_grafana;
GRANT SELECT ON clock TO glaneur_grafana;
GRANT glaneur_grafana TO glaneur_api;
-- What road engines answered: found by whoever plans or shows a round, and forgotten by them.
GRANT INSERT, UPDATE, DELETE ON travel_place, travel_leg, travel_way TO glaneur_api, glaneur_worker;
GRANT SELECT ON gate.clock_note, gate.inbox TO glaneur_api;

-- Meals: the API keeps files, menus and requests; what says something of health is sealed before it comes here.
GRANT USAGE ON SCHEMA meals TO glaneur_api;
GRANT SELECT, INSERT, UPDATE ON people.beneficiary, people.beneficiary_habit, people.beneficiary_income TO glaneur_api;
GRANT USAGE ON SEQUENCE people.beneficiary_id_seq TO glaneur_api;
GRANT SELECT, INSERT ON people.care_reading TO glaneur_api;
GRANT SELECT, INSERT ON meals.book, meals.grid, meals.request TO glaneur_api;
GRANT SELECT, INSERT, UPDATE ON meals.dish, meals.menu TO glaneur_api;
-- Their day on the road: the worker plans it, the API publishes it and keeps what drivers say, append-only.
GRANT USAGE ON SCHEMA meals TO glaneur_worker;
GRANT SELECT, INSERT, UPDATE ON meals.cold_room, meals.van, meals.shift, meals.planning, meals.round, meals.door,
    meals.concern TO glaneur_api, glaneur_worker;
GRANT DELETE ON meals.round, meals.door TO glaneur_api, glaneur_worker;
GRANT SELECT, INSERT ON meals.door_event, meals.temperature, meals.lot TO glaneur_api;
GRANT SELECT, INSERT, UPDATE ON people.relative TO glaneur_api;
GRANT SELECT ON people.relative TO glaneur_worker;
GRANT SELECT, INSERT, UPDATE ON people.family_notice TO glaneur_api, glaneur_worker;
-- That a van is late shows in when the doors were told, not in what was said there.
GRANT SELECT (event_id, door_id, kind, happened_at, recorded_at) ON meals.door_event TO glaneur_worker;
-- Relatives: the API lets them in; the worker makes a link when it sends it, and tells them what happened at the door,
-- of which it reads no wellbeing. It finds whom a contact reaches and cannot read any session.
GRANT SELECT, INSERT, UPDATE, DELETE ON people.family_key, people.family_session TO glaneur_api;
GRANT INSERT ON people.family_key TO glaneur_worker;
GRANT SELECT, INSERT ON people.family_act TO glaneur_api;
GRANT SELECT, INSERT ON people.family_message TO glaneur_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON people.family_message TO glaneur_worker;
CREATE OR REPLACE FUNCTION answers.purge_family(kept interval) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM people.family_key WHERE expires_at <= now();
    WITH gone AS (DELETE FROM people.family_session WHERE expires_at <= now() RETURNING 1),
    sent AS (DELETE FROM people.family_message WHERE made_at < now() - kept AND status <> 'waiting' RETURNING 1)
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM sent)
$$;
REVOKE ALL ON FUNCTION answers.purge_family(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.purge_family(interval) TO glaneur_worker;
