-- The meals' office: bills are the API's, appended and never rewritten once issued; the worker forgets people at their
-- date by a function, and can read neither who they were nor what they owed.
GRANT SELECT, INSERT, UPDATE, DELETE ON people.beneficiary_support TO glaneur_api;
GRANT SELECT, INSERT, UPDATE ON meals.bill_run TO glaneur_api;
GRANT SELECT, INSERT, DELETE ON meals.bill, meals.bill_meal TO glaneur_api;
GRANT UPDATE (number) ON meals.bill TO glaneur_api;
GRANT SELECT, INSERT ON meals.bill_line, people.meal_debtor TO glaneur_api;

-- One person is forgotten: what names them or says something of them goes; the row stays under its number, with its
-- commune, for the bills. people.meal_debtor keeps who owed what for the accounts' own time, and people.care_reading who
-- read the file. Gives what was taken away, by table.
CREATE OR REPLACE FUNCTION answers.erase_beneficiary(person bigint, at timestamptz) RETURNS TABLE (what text, gone bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    done bigint;
BEGIN
    UPDATE people.beneficiary b
    SET reference = 'efface-' || b.id, name = '', address = '', phone = '', lat = NULL, lon = NULL,
        window_from = NULL, window_until = NULL, health = '', access_note = '', erased_at = at
    WHERE b.id = person AND b.erased_at IS NULL;
    GET DIAGNOSTICS done = ROW_COUNT;
    IF done = 0 THEN
        RETURN;
    END IF;
    what := 'file'; gone := done; RETURN NEXT;
    DELETE FROM people.beneficiary_habit WHERE beneficiary_id = person;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'habits'; RETURN NEXT;
    DELETE FROM people.beneficiary_income WHERE beneficiary_id = person;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'incomes'; RETURN NEXT;
    DELETE FROM people.beneficiary_support WHERE beneficiary_id = person;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'supports'; RETURN NEXT;
    DELETE FROM meals.request WHERE beneficiary_id = person;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'requests'; RETURN NEXT;
    DELETE FROM people.family_notice WHERE beneficiary_id = person;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'notices'; RETURN NEXT;
    DELETE FROM people.relative WHERE beneficiary_id = person;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'relatives'; RETURN NEXT;
    UPDATE meals.door_event e SET note = '', wellbeing = NULL
    FROM meals.door d WHERE d.id = e.door_id AND d.beneficiary_id = person AND (e.note <> '' OR e.wellbeing IS NOT NULL);
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'door_notes'; RETURN NEXT;
    UPDATE meals.concern SET detail = NULL, outcome = ''
    WHERE beneficiary_id = person AND (detail IS NOT NULL OR outcome <> '');
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'concerns'; RETURN NEXT;
    UPDATE meals.planning p SET problem = NULL, plan = NULL
    FROM meals.round r JOIN meals.door d ON d.round_id = r.id
    WHERE r.planning_id = p.id AND d.beneficiary_id = person AND (p.problem IS NOT NULL OR p.plan IS NOT NULL);
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'plannings'; RETURN NEXT;
END
$$;
REVOKE ALL ON FUNCTION answers.erase_beneficiary(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.erase_beneficiary(bigint, timestamptz) TO glaneur_api;

-- The months whose meals of a person are on no bill yet, though bills are made here.
CREATE OR REPLACE FUNCTION answers.unbilled_until(person bigint) RETURNS date LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT date_trunc('month', b.until)::date FROM people.beneficiary b
    WHERE b.id = person AND b.until IS NOT NULL
      AND EXISTS (SELECT FROM meals.bill_run r WHERE r.status <> 'abandoned' AND r.month <= b.until)
      AND NOT EXISTS (SELECT FROM meals.bill_run r
                      WHERE r.status = 'issued' AND r.month = date_trunc('month', b.until)::date)
$$;
REVOKE ALL ON FUNCTION answers.unbilled_until(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.unbilled_until(bigint) TO glaneur_api;

-- The night's forgetting, each thing at its own age (months, see api/cias/retention.py); gives how many of each went.
CREATE OR REPLACE FUNCTION answers.forget_meals(at timestamptz, months jsonb) RETURNS TABLE (what text, gone bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET glaneur.forgetting = 'yes' AS $$
DECLARE
    files date := (at - make_interval(months => (months->>'files')::integer))::date;
    requests timestamptz := at - make_interval(months => (months->>'requests')::integer);
    doors timestamptz := at - make_interval(months => (months->>'doors')::integer);
    plans date := (at - make_interval(months => (months->>'plans')::integer))::date;
    chills timestamptz := at - make_interval(months => (months->>'temperatures')::integer);
    reads timestamptz := at - make_interval(months => (months->>'readings')::integer);
    bills timestamptz := at - make_interval(months => (months->>'bills')::integer);
BEGIN
    SELECT count(DISTINCT b.id) INTO gone
    FROM people.beneficiary b, LATERAL answers.erase_beneficiary(b.id, at) e
    WHERE b.erased_at IS NULL AND b.until < files AND answers.unbilled_until(b.id) IS NULL;
    what := 'files'; RETURN NEXT;
    -- A request speaks of a day: an absence said long ago may still hold.
    DELETE FROM meals.request q
    WHERE q.at < requests AND COALESCE(q.document->>'last', q.document->>'day', '0001-01-01')::date < requests::date;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'requests'; RETURN NEXT;
    UPDATE meals.door_event e SET note = '', wellbeing = NULL
    WHERE e.happened_at < doors AND (e.note <> '' OR e.wellbeing IS NOT NULL);
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'door_notes'; RETURN NEXT;
    UPDATE meals.concern c SET detail = NULL, outcome = ''
    WHERE c.opened_at < doors AND c.closed_at IS NOT NULL AND (c.detail IS NOT NULL OR c.outcome <> '');
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'concerns'; RETURN NEXT;
    DELETE FROM people.family_notice n WHERE n.taken_at < doors;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'notices'; RETURN NEXT;
    DELETE FROM people.relative f WHERE f.revoked_at < doors;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'relatives'; RETURN NEXT;
    UPDATE meals.planning p SET problem = NULL, plan = NULL
    WHERE p.day < plans AND (p.problem IS NOT NULL OR p.plan IS NOT NULL);
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'plannings'; RETURN NEXT;
    DELETE FROM meals.temperature t WHERE t.happened_at < chills;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'temperatures'; RETURN NEXT;
    DELETE FROM people.care_reading r WHERE r.at < reads;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'readings'; RETURN NEXT;
    DELETE FROM people.meal_debtor d USING meals.bill b, meals.bill_run r
    WHERE b.id = d.bill_id AND r.id = b.run_id AND r.issued_at < bills;
    GET DIAGNOSTICS gone = ROW_COUNT; what := 'debtors'; RETURN NEXT;
END
$$;
REVOKE ALL ON FUNCTION answers.forget_meals(timestamptz, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.forget_meals(timestamptz, jsonb) TO glaneur_worker, glaneur_api;
