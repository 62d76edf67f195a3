-- name: bills_exported
-- Issued bills with what files for other software ask; names only when they do.
SELECT a.reference, d.reference AS dwelling, d.invariant, d.commune, b.number, b.total, b.document, r.issued_at,
       extract(year FROM r.issued_at AT TIME ZONE 'Europe/Paris')::integer AS exercise,
       p.reference AS pay_reference,
       CASE WHEN %(named)s THEN o.name END AS name, CASE WHEN %(named)s THEN o.address END AS address
FROM finance.bill b
JOIN finance.run r ON r.id = b.run_id AND r.status = 'issued'
JOIN finance.account a ON a.id = b.account_id
JOIN finance.dwelling d ON d.id = a.dwelling_id
JOIN people.occupant o ON o.id = a.occupant_id
LEFT JOIN finance.payable p ON p.run_id = b.run_id AND p.account_id = b.account_id
WHERE b.run_id = %(run)s AND b.document IS NOT NULL
ORDER BY b.number;

-- name: rectifications_exported
SELECT c.number, c.amount, c.exercise, c.issued_at, c.reason, c.cancels, c.original_open, a.reference,
       b.number AS original_number,
       extract(year FROM r.issued_at AT TIME ZONE 'Europe/Paris')::integer AS original_exercise
FROM finance.rectification c
JOIN finance.bill b ON b.run_id = c.run_id AND b.account_id = c.account_id
JOIN finance.run r ON r.id = c.run_id
JOIN finance.account a ON a.id = c.account_id
WHERE c.run_id = %(run)s AND c.status = 'issued'
ORDER BY c.issued_at, c.number;

-- name: rectified
-- The bills of a run that were rectified, as they are now.
SELECT DISTINCT ON (c.account_id) a.reference AS account, c.document
FROM finance.rectification c
JOIN finance.account a ON a.id = c.account_id
WHERE c.run_id = %(run)s AND c.status = 'issued'
ORDER BY c.account_id, c.rank DESC;

-- name: resolutions_of_run
SELECT array_agg(DISTINCT one) AS resolutions
FROM finance.bill b, jsonb_array_elements_text(b.document -> 'deliberations') one
WHERE b.run_id = %(run)s;

-- name: premises_known
SELECT a.id FROM finance.account a
JOIN finance.dwelling d ON d.id = a.dwelling_id
WHERE d.invariant = %(invariant)s AND a.during && daterange(%(since)s, (%(since)s::date + interval '1 year')::date)
LIMIT 1;

-- name: premises_valued
-- The state of each account of the premises on that day or on its first day of the year, with the new facts; its
-- later states of the year get them too. Nothing changes when they are there already.
WITH here AS (
    SELECT a.id, greatest(%(since)s::date, lower(a.during)) AS since
    FROM finance.account a
    JOIN finance.dwelling d ON d.id = a.dwelling_id
    WHERE d.invariant = %(invariant)s
      AND a.during && daterange(%(since)s, (%(since)s::date + interval '1 year')::date)
), now AS (
    SELECT h.id AS account_id, h.since, coalesce(s.facts, '{}') || %(facts)s AS facts
    FROM here h
    LEFT JOIN LATERAL (SELECT facts FROM finance.account_state
                       WHERE account_id = h.id AND since <= h.since ORDER BY since DESC LIMIT 1) s ON true
    UNION
    SELECT h.id, s.since, s.facts || %(facts)s
    FROM here h
    JOIN finance.account_state s ON s.account_id = h.id AND s.since > h.since
         AND s.since < (%(since)s::date + interval '1 year')::date
)
INSERT INTO finance.account_state AS s (account_id, since, facts) SELECT account_id, since, facts FROM now
ON CONFLICT (account_id, since) DO UPDATE SET facts = EXCLUDED.facts
WHERE s.facts IS DISTINCT FROM EXCLUDED.facts;
