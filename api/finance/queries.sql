-- name: dwelling_kept
INSERT INTO finance.dwelling AS d (reference, invariant, commune, perimeter, lat, lon)
VALUES (%(dwelling)s, %(invariant)s, %(commune)s, %(perimeter)s, %(lat)s, %(lon)s)
ON CONFLICT (reference) DO UPDATE SET invariant = coalesce(EXCLUDED.invariant, d.invariant),
    commune = EXCLUDED.commune, perimeter = EXCLUDED.perimeter,
    lat = coalesce(EXCLUDED.lat, d.lat), lon = coalesce(EXCLUDED.lon, d.lon)
RETURNING id;

-- name: occupant_kept
INSERT INTO people.occupant AS o (reference, name, address, email, siret)
VALUES (%(occupant)s, %(name)s, %(address)s, %(email)s, %(siret)s)
ON CONFLICT (reference) DO UPDATE SET name = EXCLUDED.name, address = EXCLUDED.address, email = EXCLUDED.email,
    siret = coalesce(EXCLUDED.siret, o.siret)
RETURNING id;

-- name: account_kept
-- A second row of the same account is its next state: the dwelling and the occupant stay.
INSERT INTO finance.account AS a (reference, dwelling_id, occupant_id, during)
VALUES (%(account)s, %(dwelling_id)s, %(occupant_id)s, daterange(%(first)s, %(end)s))
ON CONFLICT (reference) DO UPDATE SET during = daterange(lower(a.during), upper(EXCLUDED.during))
WHERE a.dwelling_id = EXCLUDED.dwelling_id AND a.occupant_id = EXCLUDED.occupant_id
RETURNING id;

-- name: state_kept
INSERT INTO finance.account_state (account_id, since, facts) VALUES (%(account_id)s, %(since)s, %(facts)s)
ON CONFLICT (account_id, since) DO UPDATE SET facts = EXCLUDED.facts;

-- name: bin_kept
-- A bin never changes size: another volume under the same code returns no row.
INSERT INTO finance.bin AS b (code, volume_l, stream) VALUES (%(bin)s, %(volume)s, %(stream)s)
ON CONFLICT (code) DO UPDATE SET stream = b.stream
WHERE b.volume_l = EXCLUDED.volume_l AND b.stream = EXCLUDED.stream
RETURNING id;

-- name: bin_given
INSERT INTO finance.bin_held (bin_id, account_id, during, weights)
SELECT %(bin_id)s, id, daterange(%(first)s, %(end)s), %(weights)s FROM finance.account WHERE reference = %(account)s
ON CONFLICT (bin_id, account_id, during) DO NOTHING
RETURNING account_id;

-- name: badge_kept
INSERT INTO finance.badge (code) VALUES (%(badge)s) ON CONFLICT (code) DO NOTHING;

-- name: badge_given
INSERT INTO finance.badge_held (badge_id, account_id, during)
SELECT b.id, a.id, daterange(%(first)s, %(end)s)
FROM finance.badge b, finance.account a WHERE b.code = %(badge)s AND a.reference = %(account)s
ON CONFLICT (badge_id, account_id, during) DO NOTHING
RETURNING account_id;

-- name: event_added
-- Append-only: the same id again is the same event, and changes nothing.
INSERT INTO finance.usage_event
    (id, at, kind, bin_code, badge_code, account_ref, count, kg, m3, litres, amount, stream, device, lat, lon,
     signal_dbm, aside)
VALUES (%(id)s, %(at)s, %(kind)s, %(bin)s, %(badge)s, %(account)s, %(count)s, %(kg)s, %(m3)s, %(litres)s,
        %(amount)s, %(stream)s, %(device)s, %(lat)s, %(lon)s, %(signal)s, %(aside)s)
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: correction_added
INSERT INTO finance.correction (id, at, event_id, action, author, reason)
VALUES (%(id)s, %(at)s, %(event)s, %(action)s, %(author)s, %(reason)s);

-- name: grid_added
INSERT INTO finance.grid (file, body) VALUES (%(file)s, %(body)s);

-- name: grids
SELECT file, body FROM finance.grid ORDER BY file;

-- name: grids_added
SELECT file, added_at FROM finance.grid;

-- name: accounts_after
-- The next accounts to bill, with everything but their usage; people.occupant is not read.
SELECT a.id, a.reference, lower(a.during) AS first, upper(a.during) AS "end", d.perimeter, d.commune,
       (SELECT json_agg(json_build_object('since', s.since, 'facts', s.facts) ORDER BY s.since)
        FROM finance.account_state s WHERE s.account_id = a.id) AS states,
       (SELECT json_agg(json_build_object('code', b.code, 'volume', b.volume_l, 'stream', b.stream,
                                          'first', lower(h.during), 'end', upper(h.during),
                                          'shared', h.weights IS NOT NULL,
                                          'weights', (SELECT json_object_agg(o.reference, w.weights)
                                                      FROM finance.bin_held w
                                                      JOIN finance.account o ON o.id = w.account_id
                                                      WHERE w.bin_id = h.bin_id AND w.during = h.during
                                                        AND w.weights IS NOT NULL))
                        ORDER BY b.code, h.during)
        FROM finance.bin_held h JOIN finance.bin b ON b.id = h.bin_id WHERE h.account_id = a.id) AS bins,
       (SELECT json_agg(json_build_object('code', b.code, 'first', lower(h.during), 'end', upper(h.during))
                        ORDER BY b.code, h.during)
        FROM finance.badge_held h JOIN finance.badge b ON b.id = h.badge_id WHERE h.account_id = a.id) AS badges
FROM finance.account a
JOIN finance.dwelling d ON d.id = a.dwelling_id
WHERE a.id > %(after)s AND a.during && daterange(%(first)s, %(end)s)
ORDER BY a.id
LIMIT %(limit)s;

-- name: usage_of
-- The events of these accounts and of their bins, each with the last decision on it. What a bin did in someone
-- else's hands is someone else's; a shared bin's past counts for its allowance.
WITH mine AS (
    SELECT a.id AS account_id, a.reference, b.code, h.during, h.weights
    FROM finance.account a
    LEFT JOIN finance.bin_held h ON h.account_id = a.id
    LEFT JOIN finance.bin b ON b.id = h.bin_id
    WHERE a.id = ANY(%(accounts)s)
), found AS (
    SELECT DISTINCT m.account_id, e.* FROM mine m JOIN finance.usage_event e ON e.bin_code = m.code
    WHERE e.at >= %(since)s AND e.at < %(before)s
      AND (m.weights IS NOT NULL OR (e.at AT TIME ZONE 'Europe/Paris')::date <@ m.during)
    UNION
    SELECT DISTINCT m.account_id, e.* FROM mine m JOIN finance.usage_event e ON e.account_ref = m.reference
    WHERE e.at >= %(since)s AND e.at < %(before)s
    UNION
    SELECT h.account_id, e.* FROM finance.badge_held h
    JOIN finance.badge b ON b.id = h.badge_id
    JOIN finance.usage_event e ON e.badge_code = b.code
    WHERE h.account_id = ANY(%(accounts)s) AND e.at >= %(since)s AND e.at < %(before)s
      AND (e.at AT TIME ZONE 'Europe/Paris')::date <@ h.during
)
SELECT f.account_id, f.id, f.at, f.kind, f.bin_code, f.badge_code, f.count, f.kg, f.m3, f.litres, f.amount, f.stream,
       f.device, coalesce(f.aside, 'à vérifier : ' || d.sentence) AS aside,
       c.id AS correction, c.action, c.reason
FROM found f
LEFT JOIN finance.doubt d ON d.event_id = f.id
LEFT JOIN LATERAL (SELECT id, action, reason FROM finance.correction WHERE event_id = f.id
                   ORDER BY at DESC, id DESC LIMIT 1) c ON true
ORDER BY f.account_id, f.at, f.id;

-- name: run_opened
INSERT INTO finance.run (label, during, grids_digest, created_by)
VALUES (%(label)s, daterange(%(first)s, %(end)s), %(digest)s, %(by)s)
RETURNING id;

-- name: run
SELECT id, label, lower(during) AS first, upper(during) AS "end", status, grids_digest, created_by, controlled_by,
       approved_by, issued_at
FROM finance.run WHERE id = %(run)s;

-- name: run_taken
-- One process computes a run; the lock ends with its session. 13 is this folder's number among advisory locks.
SELECT pg_try_advisory_lock(13, %(run)s) AS taken;

-- name: run_locked
SELECT status FROM finance.run WHERE id = %(run)s FOR UPDATE;

-- name: run_reached
-- Where an interrupted run goes on: bills are written in the order of the accounts.
SELECT coalesce(max(account_id), 0) AS account_id FROM finance.bill WHERE run_id = %(run)s;

-- name: accounts_left
SELECT count(*) AS left FROM finance.account
WHERE id > %(after)s AND during && daterange(%(first)s, %(end)s);

-- name: bill_kept
INSERT INTO finance.bill (run_id, account_id, total, document, refused)
VALUES (%(run)s, %(account)s, %(total)s, %(document)s, %(refused)s);

-- name: run_totals
SELECT count(*) AS accounts, count(*) FILTER (WHERE refused IS NULL) AS bills,
       count(*) FILTER (WHERE refused IS NOT NULL) AS refused, coalesce(sum(total), 0) AS product,
       min(total) AS least, max(total) AS most,
       coalesce(sum(jsonb_array_length(document -> 'non_factures')), 0) AS not_billed
FROM finance.bill WHERE run_id = %(run)s;

-- name: run_controlled
UPDATE finance.run SET status = 'controlled', controlled_by = %(by)s WHERE id = %(run)s AND status = 'draft'
RETURNING id;

-- name: run_approved
UPDATE finance.run SET status = 'approved', approved_by = %(by)s WHERE id = %(run)s AND status = 'controlled'
RETURNING id;

-- name: run_issued
UPDATE finance.run SET status = 'issued', issued_at = %(now)s WHERE id = %(run)s AND status = 'approved'
RETURNING id;

-- name: run_abandoned
UPDATE finance.run SET status = 'abandoned' WHERE id = %(run)s AND status IN ('draft', 'controlled', 'approved')
RETURNING id;

-- name: account_known
SELECT id FROM finance.account WHERE reference = %(account)s;

-- name: runs
-- The latest runs with what they come to.
SELECT r.id, r.label, lower(r.during) AS first, upper(r.during) - 1 AS last, r.status, r.created_by,
       r.controlled_by, r.approved_by, r.issued_at,
       count(b.account_id) AS accounts, count(b.refused) AS refused, coalesce(sum(b.total), 0) AS product
FROM finance.run r
LEFT JOIN finance.bill b ON b.run_id = r.id
GROUP BY r.id
ORDER BY r.id DESC
LIMIT 50;

-- name: bills_of_run
-- One page of a run's bills, by the account's reference.
SELECT a.id, a.reference, d.commune, b.total, b.refused, b.number, count(*) OVER () AS found
FROM finance.bill b
JOIN finance.account a ON a.id = b.account_id
JOIN finance.dwelling d ON d.id = a.dwelling_id
WHERE b.run_id = %(run)s AND a.reference ILIKE %(pattern)s
ORDER BY a.reference
LIMIT 50 OFFSET %(skipped)s;


-- name: events_named
-- The events a bill names, as they were read.
SELECT e.id, e.at, e.kind, e.bin_code, e.badge_code, e.count, e.kg, e.m3, e.litres, e.stream, e.device, e.lat, e.lon,
       e.signal_dbm, e.replaces, e.author, e.reason AS written_because, d.sentence AS doubt,
       c.action, c.author AS corrected_by, c.at AS corrected_at, c.reason AS corrected_because
FROM finance.usage_event e
LEFT JOIN finance.doubt d ON d.event_id = e.id
LEFT JOIN LATERAL (SELECT action, author, at, reason FROM finance.correction WHERE event_id = e.id
                   ORDER BY at DESC, id DESC LIMIT 1) c ON true
WHERE e.id = ANY(%(ids)s);

-- name: run_natures
-- What a run's product is made of.
SELECT l ->> 'nature' AS nature, sum((l ->> 'montant')::numeric) AS amount, count(*) AS lines
FROM finance.bill b, jsonb_array_elements(b.document -> 'lignes') l
WHERE b.run_id = %(run)s GROUP BY 1 ORDER BY 2 DESC;

-- name: run_overtaken
-- Decisions and doubts on events of the period, made since the draft was opened: the draft does not know them.
SELECT (SELECT count(*) FROM finance.correction c JOIN finance.usage_event e ON e.id = c.event_id
        WHERE c.at > r.created_at AND (e.at AT TIME ZONE 'Europe/Paris')::date <@ r.during)
     + (SELECT count(*) FROM finance.doubt d JOIN finance.usage_event e ON e.id = d.event_id
        WHERE d.found_at > r.created_at AND (e.at AT TIME ZONE 'Europe/Paris')::date <@ r.during) AS later
FROM finance.run r WHERE r.id = %(run)s;
