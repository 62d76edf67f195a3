-- What the gate asks and writes, each in one call: a scan costs two questions, and both can be cached plans.
-- They act as their owner: who decides needs no right over the people's tables.

-- Who speaks, was this scan told before, who holds the badge, and what did that holder bring since? Locks nothing.
-- A terminal is named by the hash of its key, or by its number. `changed` moves whenever holder or badge change.
CREATE FUNCTION answers.gate_look(
    of_key bytea, of_terminal integer, of_scan uuid, of_badge bytea, of_code bytea, since timestamptz, until timestamptz,
    OUT terminal_id integer, OUT terminal_name text, OUT terminal_site text,
    OUT known_to integer, OUT known_answer jsonb, OUT known_opened boolean, OUT book integer,
    OUT holder_id bigint, OUT badge_id bigint, OUT category text, OUT sector text, OUT blocked boolean, OUT state text,
    OUT valid_from timestamptz, OUT valid_until timestamptz, OUT changed bigint,
    OUT past jsonb, OUT seen integer, OUT code_seen boolean
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF of_key IS NULL THEN
        SELECT t.id, t.name, t.site INTO terminal_id, terminal_name, terminal_site
        FROM gate.terminal t WHERE t.id = of_terminal;
    ELSE
        SELECT t.id, t.name, t.site INTO terminal_id, terminal_name, terminal_site
        FROM gate.terminal t WHERE t.key_hash = of_key AND t.revoked_at IS NULL;
    END IF;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT p.terminal_id, p.answer, p.opened INTO known_to, known_answer, known_opened
    FROM gate.passage p WHERE p.id = of_scan;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT max(r.id) INTO book FROM gate.rulebook r;
    SELECT h.id, b.id, h.category, h.sector, h.blocked, b.state, b.valid_from, b.valid_until, h.changed + b.changed
    INTO holder_id, badge_id, category, sector, blocked, state, valid_from, valid_until, changed
    FROM people.badge b JOIN people.holder h ON h.id = b.holder_id
    WHERE b.number_hash = of_badge;
    IF FOUND AND since IS NOT NULL THEN
        SELECT count(*), jsonb_agg(jsonb_build_array(extract(epoch FROM p.at), p.site, p.units, p.brought))
        INTO seen, past
        FROM gate.passage p
        WHERE p.holder_id = gate_look.holder_id AND p.opened AND p.at >= since AND p.at < until;
    END IF;
    code_seen := of_code IS NOT NULL AND EXISTS (SELECT FROM gate.shown_code c WHERE c.digest = of_code);
END
$$;

-- Write a decided scan if nothing moved since it was looked at; false asks to look and decide again.
-- The holder is locked while its passages are counted once more: two gates never give the same right twice.
CREATE FUNCTION answers.gate_record(
    passage jsonb, of_badge bigint, changed_then bigint, seen_then integer, since timestamptz, until timestamptz,
    of_code bytea, code_until timestamptz
) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one record;
BEGIN
    SELECT * INTO one FROM jsonb_to_record(passage) AS told(
        id uuid, terminal_id integer, site text, at timestamptz, received_at timestamptz, holder_id bigint, category text,
        vehicle text, trailer text, units integer, opened boolean, rule text, refused_by text, override text,
        overruns jsonb, offline boolean, brought jsonb, charges jsonb, answer jsonb, said_at timestamptz,
        clock_error_ms bigint, clock_source text, seq bigint);
    IF one.holder_id IS NOT NULL THEN
        PERFORM FROM people.holder h WHERE h.id = one.holder_id FOR NO KEY UPDATE;
        IF NOT EXISTS (SELECT FROM people.holder h JOIN people.badge b ON b.holder_id = h.id
                       WHERE h.id = one.holder_id AND b.id = of_badge AND h.changed + b.changed = changed_then)
           OR (since IS NOT NULL AND seen_then <> (
                   SELECT count(*) FROM gate.passage p
                   WHERE p.holder_id = one.holder_id AND p.opened AND p.at >= since AND p.at < until)) THEN
            RETURN false;
        END IF;
    END IF;
    IF of_code IS NOT NULL THEN
        INSERT INTO gate.shown_code (digest, passage_id, expires_at) VALUES (of_code, one.id, code_until)
        ON CONFLICT (digest) DO NOTHING;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
    END IF;
    INSERT INTO gate.passage (id, terminal_id, site, at, received_at, holder_id, category, vehicle, trailer, units, opened,
                              rule, refused_by, override, overruns, offline, brought, charges, answer, said_at,
                              clock_error_ms, clock_source, seq)
    VALUES (one.id, one.terminal_id, one.site, one.at, one.received_at, one.holder_id, one.category, one.vehicle,
            one.trailer, one.units, one.opened, one.rule, one.refused_by, one.override,
            ARRAY(SELECT jsonb_array_elements_text(one.overruns)), one.offline, one.brought, one.charges, one.answer,
            one.said_at, one.clock_error_ms, one.clock_source, one.seq)
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        DELETE FROM gate.shown_code c WHERE c.digest = of_code AND c.passage_id = one.id;
        RETURN false;
    END IF;
    -- Once in a while is enough to know that a terminal lives.
    UPDATE gate.terminal t
    SET seen_at = one.received_at,
        clock_error_ms = greatest(least(coalesce(one.clock_error_ms, t.clock_error_ms), 2147483647), -2147483648)
    WHERE t.id = one.terminal_id AND (t.seen_at IS NULL OR t.seen_at < one.received_at - INTERVAL '30 seconds');
    RETURN true;
END
$$;

-- Our answer was lost and the gate did otherwise, alone: what it did stands, once told, and is marked.
CREATE FUNCTION answers.gate_amend(of_scan uuid, of_terminal integer, did_open boolean, takes integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM people.holder h JOIN gate.passage p ON p.holder_id = h.id WHERE p.id = of_scan FOR NO KEY UPDATE OF h;
    UPDATE gate.passage p
    SET opened = did_open, offline = true, units = CASE WHEN did_open THEN takes ELSE 0 END,
        overruns = CASE WHEN did_open AND p.rule <> 'open' THEN array_append(p.overruns, p.rule) ELSE '{}' END,
        answer = p.answer || jsonb_build_object('opens', did_open)
    WHERE p.id = of_scan AND p.terminal_id = of_terminal AND p.opened <> did_open AND NOT p.offline;
    RETURN FOUND;
END
$$;

-- Up to which change is everything committed? Changes under way are waited for, two seconds at most: a number given
-- before one of them commits would make every later list miss it.
CREATE FUNCTION answers.gate_version() RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    version bigint;
BEGIN
    PERFORM pg_advisory_lock(1735159923);
    SELECT greatest((SELECT max(changed) FROM people.holder), (SELECT max(changed) FROM people.badge)) INTO version;
    PERFORM pg_advisory_unlock(1735159923);
    RETURN coalesce(version, 0);
END
$$;

-- Keep a line of a terminal's journal as it came: 'kept' (also when it came before), or why not.
CREATE FUNCTION answers.gate_keep(
    of_name text, entry uuid, of_seq bigint, received_at timestamptz, payload bytea
) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who record;
BEGIN
    SELECT t.id, t.revoked_at INTO who FROM gate.terminal t WHERE t.name = of_name;
    IF NOT FOUND OR who.revoked_at <= gate_keep.received_at THEN
        RETURN 'unknown_device';
    END IF;
    INSERT INTO gate.inbox (terminal_id, entry_id, seq, received_at, payload)
    VALUES (who.id, entry, of_seq, gate_keep.received_at, gate_keep.payload)
    ON CONFLICT (terminal_id, entry_id) DO NOTHING;
    RETURN 'kept';
END
$$;

-- A terminal's clock was heard live. Noted when it says something new: another start, two seconds of drift, ten minutes.
CREATE FUNCTION answers.gate_heard(
    of_name text, of_heard timestamptz, of_said timestamptz, of_boot integer, of_up_ms bigint, of_list bigint
) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    which integer;
    error interval := of_said - of_heard;
BEGIN
    UPDATE gate.terminal t
    SET seen_at = of_heard, list_version = coalesce(of_list, t.list_version),
        clock_error_ms = greatest(least(extract(epoch FROM error) * 1000, 2147483647), -2147483648)
    WHERE t.name = of_name AND (t.revoked_at IS NULL OR t.revoked_at > of_heard)
    RETURNING t.id INTO which;
    IF NOT FOUND THEN
        RETURN 'unknown_device';
    END IF;
    INSERT INTO gate.clock_note (terminal_id, heard_at, said_at, boot, up_ms)
    SELECT which, of_heard, of_said, of_boot, of_up_ms
    WHERE NOT EXISTS (
        SELECT FROM gate.clock_note n
        WHERE n.terminal_id = which AND n.heard_at > of_heard - INTERVAL '10 minutes' AND n.heard_at <= of_heard
          AND n.boot IS NOT DISTINCT FROM of_boot
          AND abs(extract(epoch FROM error - (n.said_at - n.heard_at))) < 2)
    ON CONFLICT DO NOTHING;
    RETURN 'kept';
END
$$;

REVOKE ALL ON FUNCTION answers.gate_look, answers.gate_record, answers.gate_amend, answers.gate_version FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.gate_look, answers.gate_record, answers.gate_amend, answers.gate_version TO glaneur_api, glaneur_worker;
REVOKE ALL ON FUNCTION answers.gate_keep, answers.gate_heard FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.gate_keep TO glaneur_ingest;
GRANT EXECUTE ON FUNCTION answers.gate_heard TO glaneur_ingest, glaneur_api;

-- The worker applies journals: it needs the books, the inbox and who the terminals are, and nobody's name.
GRANT USAGE ON SCHEMA gate TO glaneur_worker;
GRANT SELECT ON gate.rulebook, gate.clock_note, gate.inbox TO glaneur_worker;
GRANT SELECT (id, name, site, applied_seq) ON gate.terminal TO glaneur_worker;
GRANT UPDATE (applied_seq) ON gate.terminal TO glaneur_worker;
GRANT UPDATE (applied_at, outcome) ON gate.inbox TO glaneur_worker;
GRANT SELECT, DELETE ON gate.clock_note, gate.shown_code, gate.inbox TO glaneur_worker;
