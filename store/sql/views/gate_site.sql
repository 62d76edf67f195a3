-- Passages by the hour, whether they are still known one by one or only counted. No holder is in here.
CREATE VIEW answers.gate_hour AS
SELECT site, hour, category, sum(entered)::bigint AS entered, sum(refused)::bigint AS refused,
       sum(overrun)::bigint AS overrun, sum(offline)::bigint AS offline
FROM (
    SELECT site, date_trunc('hour', at) AS hour, coalesce(category, '') AS category,
           count(*) FILTER (WHERE opened) AS entered, count(*) FILTER (WHERE NOT opened) AS refused,
           count(*) FILTER (WHERE opened AND cardinality(overruns) > 0) AS overrun,
           count(*) FILTER (WHERE offline) AS offline
    FROM gate.passage GROUP BY 1, 2, 3
    UNION ALL SELECT site, hour, category, entered, refused, overrun, offline FROM gate.counted
) every GROUP BY site, hour, category;

-- What was brought through open gates, by the hour.
CREATE VIEW answers.gate_load AS
SELECT site, hour, category, material, sum(loads)::bigint AS loads, sum(volume_l)::bigint AS volume_l,
       sum(weight_kg)::bigint AS weight_kg, sum(pieces)::bigint AS pieces
FROM (
    SELECT p.site, date_trunc('hour', p.at) AS hour, coalesce(p.category, '') AS category, b.material,
           count(*) AS loads, sum(coalesce(b.volume_l, 0)) AS volume_l, sum(coalesce(b.weight_kg, 0)) AS weight_kg,
           sum(coalesce(b.pieces, 0)) AS pieces
    FROM gate.passage p
    CROSS JOIN LATERAL jsonb_to_recordset(p.brought) AS b (material text, volume_l integer, weight_kg integer,
                                                          pieces integer)
    WHERE p.opened GROUP BY 1, 2, 3, 4
    UNION ALL SELECT site, hour, category, material, loads, volume_l, weight_kg, pieces FROM gate.counted_load
) every GROUP BY site, hour, category, material;

GRANT SELECT ON answers.gate_hour, answers.gate_load TO glaneur_api, glaneur_worker, glaneur_reader;

-- Who applies the gates' journals judges them by the hours that were published.
GRANT SELECT ON gate.opening_exception TO glaneur_worker;

-- Count passages older than this, then forget them, with what else names their holders; return how many.
-- In one transaction: the views above say the same before and after.
CREATE FUNCTION answers.forget_passages(before timestamptz) RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    WITH gone AS (
        DELETE FROM gate.passage WHERE at < before RETURNING *
    ), hours AS (
        INSERT INTO gate.counted AS c (site, hour, category, entered, refused, overrun, offline)
        SELECT site, date_trunc('hour', at), coalesce(category, ''), count(*) FILTER (WHERE opened),
               count(*) FILTER (WHERE NOT opened), count(*) FILTER (WHERE opened AND cardinality(overruns) > 0),
               count(*) FILTER (WHERE offline)
        FROM gone GROUP BY 1, 2, 3
        ON CONFLICT (site, hour, category) DO UPDATE SET entered = c.entered + EXCLUDED.entered,
            refused = c.refused + EXCLUDED.refused, overrun = c.overrun + EXCLUDED.overrun,
            offline = c.offline + EXCLUDED.offline
    ), loads AS (
        INSERT INTO gate.counted_load AS c (site, hour, category, material, loads, volume_l, weight_kg, pieces)
        SELECT g.site, date_trunc('hour', g.at), coalesce(g.category, ''), b.material, count(*),
               sum(coalesce(b.volume_l, 0)), sum(coalesce(b.weight_kg, 0)), sum(coalesce(b.pieces, 0))
        FROM gone g
        CROSS JOIN LATERAL jsonb_to_recordset(g.brought) AS b (material text, volume_l integer, weight_kg integer,
                                                              pieces integer)
        WHERE g.opened GROUP BY 1, 2, 3, 4
        ON CONFLICT (site, hour, category, material) DO UPDATE SET loads = c.loads + EXCLUDED.loads,
            volume_l = c.volume_l + EXCLUDED.volume_l, weight_kg = c.weight_kg + EXCLUDED.weight_kg,
            pieces = c.pieces + EXCLUDED.pieces
    )
    SELECT count(*) INTO forgotten FROM gone;
    DELETE FROM gate.inbox WHERE applied_at IS NOT NULL AND received_at < before;
    DELETE FROM people.badge_request WHERE decided_at < before;
    DELETE FROM people.badge_access WHERE expires_at < before;
    -- Who moved out so long ago: the holder, the badges and the phones.
    DELETE FROM people.holder WHERE closed_at < before;
    RETURN forgotten;
END
$$;
REVOKE ALL ON FUNCTION answers.forget_passages(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.forget_passages(timestamptz) TO glaneur_worker, glaneur_api;

-- Passages of this time as usage that tariffs read, for holders with an account: one event for the entry, one for each
-- material with its m³ and kilograms (stream). Each is written once, by its own id; what was let in beyond the rules is
-- put aside for someone to look at. Returns how many were new.
CREATE FUNCTION answers.bill_passages(since timestamptz, until timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH told AS (
        SELECT p.*, h.account_ref, t.name AS terminal,
               CASE WHEN cardinality(p.overruns) > 0
                    THEN 'à vérifier : entré hors des droits (' || array_to_string(p.overruns, ', ') || ')' END AS aside
        FROM gate.passage p
        JOIN people.holder h ON h.id = p.holder_id
        JOIN gate.terminal t ON t.id = p.terminal_id
        WHERE p.opened AND p.at >= since AND p.at < until AND h.account_ref IS NOT NULL
    ), events AS (
        SELECT 'passage:' || id AS id, at, 'passage' AS kind, account_ref, greatest(units, 1) AS count,
               NULL::numeric AS kg, NULL::numeric AS m3, NULL AS stream, terminal, aside
        FROM told
        UNION ALL
        SELECT 'apport:' || o.id || ':' || b.material, o.at, 'apport', o.account_ref, 1, nullif(b.weight_kg, 0)::numeric,
               CASE WHEN b.volume_l > 0 THEN b.volume_l / 1000.0 END, b.material, o.terminal, o.aside
        FROM told o
        CROSS JOIN LATERAL jsonb_to_recordset(o.brought) AS b (material text, volume_l integer, weight_kg integer)
        WHERE coalesce(b.volume_l, 0) > 0 OR coalesce(b.weight_kg, 0) > 0
    ), written AS (
        INSERT INTO finance.usage_event (id, at, kind, account_ref, count, kg, m3, stream, device, aside)
        SELECT id, at, kind, account_ref, count, kg, m3, stream, terminal, aside FROM events
        ON CONFLICT (id) DO NOTHING RETURNING 1
    )
    SELECT count(*) FROM written
$$;
REVOKE ALL ON FUNCTION answers.bill_passages(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answers.bill_passages(timestamptz, timestamptz) TO glaneur_worker, glaneur_api;
