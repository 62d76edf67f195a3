-- name: bills_printed
-- A page of an issued run's bills with all that is printed on them, names included: `bill_pdf` alone asks this. The
-- bill before is the same account's last issued one that ended before this period began.
SELECT a.id AS account_id, a.reference, d.reference AS dwelling, d.invariant, d.commune, o.name, o.address,
       b.number, b.total, b.document, r.issued_at, lower(r.during) AS first, upper(r.during) - 1 AS last,
       p.reference AS pay_reference, p.token, p.exercise,
       before.total AS before_total, before.document AS before_document
FROM finance.bill b
JOIN finance.run r ON r.id = b.run_id AND r.status = 'issued'
JOIN finance.account a ON a.id = b.account_id
JOIN finance.dwelling d ON d.id = a.dwelling_id
JOIN people.occupant o ON o.id = a.occupant_id
LEFT JOIN finance.payable p ON p.run_id = b.run_id AND p.account_id = b.account_id
LEFT JOIN LATERAL (SELECT ob.total, ob.document FROM finance.bill ob JOIN finance.run orun ON orun.id = ob.run_id
                   WHERE ob.account_id = b.account_id AND orun.status = 'issued' AND ob.document IS NOT NULL
                     AND upper(orun.during) <= lower(r.during)
                   ORDER BY upper(orun.during) DESC, orun.id DESC LIMIT 1) before ON true
WHERE b.run_id = %(run)s AND b.document IS NOT NULL AND a.id > %(after)s
  AND (%(account)s::text IS NULL OR a.reference = %(account)s)
ORDER BY a.id
LIMIT %(limit)s;

-- name: run_printable
-- How many bills an issued run has; no row when it is not issued.
SELECT (SELECT count(*) FROM finance.bill b WHERE b.run_id = r.id AND b.document IS NOT NULL) AS bills
FROM finance.run r WHERE r.id = %(run)s AND r.status = 'issued';

-- name: events_counted
-- When and what the events of some bills were, to draw a year by months.
SELECT id, at, kind, count FROM finance.usage_event WHERE id = ANY(%(ids)s);

-- name: numbers_taken
-- The next numbers of a series, held until the transaction ends: no gap, no number twice. Gives the last one.
INSERT INTO finance.series AS s (name, last) VALUES (%(series)s, %(count)s)
ON CONFLICT (name) DO UPDATE SET last = s.last + EXCLUDED.last
RETURNING last;

-- name: bills_numbered
UPDATE finance.bill b SET number = format('%%s-%%s', %(exercise)s::integer, lpad((%(first)s + n.rank - 1)::text, 6, '0'))
FROM (SELECT account_id, row_number() OVER (ORDER BY account_id) AS rank
      FROM finance.bill WHERE run_id = %(run)s AND refused IS NULL) n
WHERE b.run_id = %(run)s AND b.account_id = n.account_id;

-- name: bills_made_payable
-- A link for each bill that asks for money by itself: not a trial's, not a tax, which the tax office asks for.
INSERT INTO finance.payable (run_id, account_id, exercise, reference)
SELECT run_id, account_id, %(exercise)s, replace(number, '-', '')
FROM finance.bill
WHERE run_id = %(run)s AND total > 0 AND NOT (document ->> 'a_blanc')::boolean
  AND NOT (document -> 'deliberations') ?| %(taxes)s::text[];

-- name: run_progress
-- How many bills a run has and how many accounts it is for; both from the tables, so that any process may ask.
SELECT r.id AS run, r.status, (SELECT count(*) FROM finance.bill b WHERE b.run_id = r.id) AS done,
       CASE WHEN r.status = 'draft' THEN (SELECT count(*) FROM finance.account a WHERE a.during && r.during)
            ELSE (SELECT count(*) FROM finance.bill b WHERE b.run_id = r.id) END AS "of"
FROM finance.run r WHERE r.id = %(run)s;

-- name: progress_told
SELECT pg_notify('glaneur_live', %(event)s);

-- name: runs_unfinished
-- Drafts with accounts left, of a week or less: whoever made them may have been cut.
SELECT r.id FROM finance.run r
WHERE r.status = 'draft' AND r.created_at > now() - interval '7 days'
  AND EXISTS (SELECT FROM finance.account a WHERE a.during && r.during
              AND a.id > coalesce((SELECT max(account_id) FROM finance.bill b WHERE b.run_id = r.id), 0))
ORDER BY r.id;

-- name: occupants_forgotten
SELECT answers.forget_occupants(%(today)s, %(kept)s) AS gone;

-- name: bills_forgotten
-- Numbers of the bills that name someone who was to be forgotten.
SELECT b.run_id, b.number FROM finance.bill b
JOIN finance.account a ON a.id = b.account_id
WHERE a.forgotten AND b.number IS NOT NULL
ORDER BY b.run_id, b.number;

-- name: run_anomalies
-- Bills to look at before they leave, gravest first, and why: none; negative; far from the same account's last one,
-- each by its days; events that nobody decided on; no event at all.
WITH looked AS (
    SELECT a.id, a.reference, b.total, b.refused, p.total AS before,
           (upper(r.during) - lower(r.during)) AS days, p.days AS days_before,
           (SELECT count(*) FROM jsonb_array_elements(b.document -> 'non_factures') n
            WHERE n ->> 'motif' LIKE 'à vérifier%%') AS doubtful,
           coalesce(jsonb_path_exists(b.document, '$.lignes[*].evenements[0]'), false) AS used
    FROM finance.bill b
    JOIN finance.run r ON r.id = b.run_id
    JOIN finance.account a ON a.id = b.account_id
    LEFT JOIN LATERAL (SELECT o.total, upper(q.during) - lower(q.during) AS days
                       FROM finance.bill o JOIN finance.run q ON q.id = o.run_id
                       WHERE o.account_id = b.account_id AND q.status = 'issued' AND o.total IS NOT NULL
                         AND upper(q.during) <= lower(r.during)
                       ORDER BY upper(q.during) DESC, q.id DESC LIMIT 1) p ON true
    WHERE b.run_id = %(run)s
), told AS (
    SELECT *, CASE WHEN refused IS NOT NULL THEN 1
                   WHEN total < 0 THEN 2
                   WHEN total * days_before > 2 * before * days THEN 3
                   WHEN 2 * total * days_before < before * days THEN 4
                   WHEN doubtful > 0 THEN 5
                   WHEN NOT used AND total > 0 THEN 6 END AS rank
    FROM looked
)
SELECT id, reference, total, refused, before, doubtful, rank,
       (ARRAY['aucune facture', 'montant négatif', 'plus du double de la précédente',
              'moins de la moitié de la précédente', 'événements à vérifier', 'aucun usage'])[rank] AS why,
       count(*) OVER () AS found
FROM told WHERE rank IS NOT NULL
ORDER BY rank, abs(total - coalesce(before, 0)) DESC, reference
LIMIT %(limit)s;

-- name: run_extremes
-- The five dearest bills and the five cheapest.
(SELECT a.id, a.reference, b.total, 'most' AS side FROM finance.bill b JOIN finance.account a ON a.id = b.account_id
 WHERE b.run_id = %(run)s AND b.total IS NOT NULL ORDER BY b.total DESC, a.reference LIMIT 5)
UNION ALL
(SELECT a.id, a.reference, b.total, 'least' FROM finance.bill b JOIN finance.account a ON a.id = b.account_id
 WHERE b.run_id = %(run)s AND b.total IS NOT NULL ORDER BY b.total, a.reference LIMIT 5);

-- name: run_compared
-- The issued run before this one, and the products of both for the accounts that are in both.
SELECT p.id AS run, p.label, lower(p.during) AS first, upper(p.during) - 1 AS last, count(*) AS accounts,
       sum(o.total) AS before, sum(b.total) AS now
FROM finance.run r
JOIN LATERAL (SELECT * FROM finance.run q WHERE q.status = 'issued' AND upper(q.during) <= lower(r.during)
              ORDER BY upper(q.during) DESC, q.id DESC LIMIT 1) p ON true
JOIN finance.bill b ON b.run_id = r.id AND b.total IS NOT NULL
JOIN finance.bill o ON o.run_id = p.id AND o.account_id = b.account_id AND o.total IS NOT NULL
WHERE r.id = %(run)s
GROUP BY p.id, p.label, p.during;
