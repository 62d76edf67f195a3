-- name: bill_issued
SELECT b.account_id, b.number, b.document, lower(r.during) AS first, upper(r.during) AS "end"
FROM finance.bill b
JOIN finance.run r ON r.id = b.run_id AND r.status = 'issued'
JOIN finance.account a ON a.id = b.account_id
WHERE b.run_id = %(run)s AND a.reference = %(account)s AND b.document IS NOT NULL;

-- name: last_piece
-- What the bill is now, when it was rectified before.
SELECT document FROM finance.rectification
WHERE run_id = %(run)s AND account_id = %(account)s AND status = 'issued'
ORDER BY rank DESC LIMIT 1;

-- name: rectification_proposed
INSERT INTO finance.rectification
    (run_id, account_id, rank, cancels, reason, claim_id, document, difference, amount, created_by)
SELECT %(run)s, %(account)s,
       1 + coalesce((SELECT max(rank) FROM finance.rectification
                     WHERE run_id = %(run)s AND account_id = %(account)s AND status <> 'abandoned'), 0),
       %(cancels)s, %(reason)s, %(claim)s, %(document)s, %(difference)s, %(amount)s, %(by)s
RETURNING id;

-- name: rectification_locked
SELECT id, status, amount FROM finance.rectification WHERE id = %(id)s FOR UPDATE;

-- name: rectification_approved
UPDATE finance.rectification SET status = 'approved', approved_by = %(by)s WHERE id = %(id)s;

-- name: rectification_issued
-- Whether the exercise of the original is closed is written down on that day: it decides the accounting entry.
UPDATE finance.rectification SET status = 'issued', number = %(number)s, exercise = %(exercise)s,
    issued_at = %(now)s,
    original_open = NOT EXISTS (
        SELECT FROM finance.exercise_closed c
        JOIN finance.run r ON r.id = run_id
        WHERE c.exercise = extract(year FROM r.issued_at AT TIME ZONE 'Europe/Paris'))
WHERE id = %(id)s;

-- name: rectification_abandoned
UPDATE finance.rectification SET status = 'abandoned' WHERE id = %(id)s AND status IN ('draft', 'approved')
RETURNING id;

-- name: rectification
-- A piece, the bill it corrects, and who is billed.
SELECT c.*, a.reference, b.number AS original_number, r.issued_at AS original_issued_at,
       extract(year FROM r.issued_at AT TIME ZONE 'Europe/Paris')::integer AS original_exercise,
       d.reference AS dwelling, d.invariant, d.commune, o.name, o.address
FROM finance.rectification c
JOIN finance.bill b ON b.run_id = c.run_id AND b.account_id = c.account_id
JOIN finance.run r ON r.id = c.run_id
JOIN finance.account a ON a.id = c.account_id
JOIN finance.dwelling d ON d.id = a.dwelling_id
JOIN people.occupant o ON o.id = a.occupant_id
WHERE c.id = %(id)s;

-- name: pieces_of_bill
SELECT c.id, c.rank, c.status, c.cancels, c.reason, c.claim_id, c.amount, c.number, c.exercise, c.original_open,
       c.difference, c.created_by, c.approved_by, c.created_at, c.issued_at
FROM finance.rectification c
JOIN finance.account a ON a.id = c.account_id
WHERE c.run_id = %(run)s AND a.reference = %(account)s
ORDER BY c.id;

-- name: exercise_closed
INSERT INTO finance.exercise_closed (exercise, closed_by) VALUES (%(exercise)s, %(by)s) ON CONFLICT DO NOTHING;

-- name: balance
SELECT b.total
     + coalesce((SELECT sum(c.amount) FROM finance.rectification c
                 WHERE c.run_id = b.run_id AND c.account_id = b.account_id AND c.status = 'issued'), 0)
     - coalesce((SELECT sum(p.cents) FROM finance.payment p
                 WHERE p.run_id = b.run_id AND p.account_id = b.account_id AND p.status = 'paid'), 0) / 100.0 AS due
FROM finance.bill b WHERE b.run_id = %(run)s AND b.account_id = %(account)s;

-- name: run_period
SELECT lower(during) AS first, upper(during) AS "end" FROM finance.run WHERE id = %(run)s AND status = 'issued';

-- name: bills_as_they_are
-- The issued bills of a stretch of accounts, as their last rectification left them; a cancelled one is settled.
SELECT b.account_id, a.reference, coalesce(c.document, b.document) AS document
FROM finance.bill b
JOIN finance.account a ON a.id = b.account_id
LEFT JOIN LATERAL (SELECT document, cancels FROM finance.rectification
                   WHERE run_id = b.run_id AND account_id = b.account_id AND status = 'issued'
                   ORDER BY rank DESC LIMIT 1) c ON true
WHERE b.run_id = %(run)s AND b.account_id > %(after)s AND b.account_id <= %(through)s
  AND NOT coalesce(c.cancels AND NOT a.during && (SELECT during FROM finance.run WHERE id = b.run_id), false);
