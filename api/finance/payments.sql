-- name: payable
-- The bill behind a public link, without anybody's name.
SELECT p.run_id, p.account_id, p.reference, p.exercise, b.number, b.total, (b.document ->> 'du')::date AS first,
       (b.document ->> 'au')::date AS last,
       coalesce((SELECT sum(cents) FROM finance.payment y
                 WHERE y.run_id = p.run_id AND y.account_id = p.account_id AND y.status = 'paid'), 0) / 100.0 AS paid,
       (SELECT y.status FROM finance.payment y WHERE y.run_id = p.run_id AND y.account_id = p.account_id
        ORDER BY y.created_at DESC, y.id_op LIMIT 1) AS last_status
FROM finance.payable p
JOIN finance.bill b ON b.run_id = p.run_id AND b.account_id = p.account_id
WHERE p.token = %(token)s;

-- name: payment_opened
INSERT INTO finance.payment (id_op, run_id, account_id, cents, created_at)
VALUES (%(id_op)s, %(run_id)s, %(account_id)s, %(cents)s, %(now)s);

-- name: payment
-- The reference is the number without its hyphen, as `bills_made_payable` writes it: the worker may not read links.
SELECT y.id_op, y.status, y.created_at, replace(b.number, '-', '') AS reference
FROM finance.payment y
JOIN finance.bill b ON b.run_id = y.run_id AND b.account_id = y.account_id
WHERE y.id_op = %(id_op)s;

-- name: payment_settled
UPDATE finance.payment SET status = %(status)s, result = %(result)s, receipt = %(receipt)s,
    cents = coalesce(%(cents)s, cents), settled_at = %(now)s
WHERE id_op = %(id_op)s AND status = 'pending'
RETURNING status;

-- name: pending
SELECT id_op FROM finance.payment WHERE status = 'pending' ORDER BY created_at LIMIT 500;

-- name: pending_of_link
SELECT y.id_op FROM finance.payment y
JOIN finance.payable p ON p.run_id = y.run_id AND p.account_id = y.account_id
WHERE p.token = %(token)s AND y.status = 'pending'
ORDER BY y.created_at DESC LIMIT 5;
