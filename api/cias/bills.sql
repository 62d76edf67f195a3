-- name: grids
-- Prices as voted; of two for one day the last loaded counts.
SELECT DISTINCT ON (valid_from) document FROM meals.grid ORDER BY valid_from, id DESC;

-- name: people_billed
-- Everybody who may owe something of these days, or was billed for them.
SELECT b.id, b.reference, b.name, b.address, b.insee, b.phone, b.lat, b.lon, b.since, b.until, b.end_reason,
       b.second, b.window_from, b.window_until, b.health, b.access_note
FROM people.beneficiary b
WHERE b.erased_at IS NULL
  AND ((b.since <= %(last)s AND (b.until IS NULL OR b.until >= %(first)s))
       OR EXISTS (SELECT FROM meals.bill_meal m JOIN meals.bill_run r ON r.id = m.run_id
                  WHERE m.beneficiary_id = b.id AND r.month >= %(first)s))
ORDER BY b.id;

-- name: open_run
INSERT INTO meals.bill_run (month, opened_at, opened_by) VALUES (%(month)s, %(now)s, %(by)s)
ON CONFLICT (month) WHERE status <> 'abandoned' DO NOTHING RETURNING id;

-- name: runs
SELECT r.id, r.month, r.status, r.opened_at, r.looked_at, r.issued_at, o.display_name AS opened_by,
       l.display_name AS looked_by, i.display_name AS issued_by, r.looked_by AS looker,
       (SELECT count(*) FROM meals.bill b WHERE b.run_id = r.id) AS bills,
       (SELECT COALESCE(sum(total), 0) FROM meals.bill b WHERE b.run_id = r.id) AS total
FROM meals.bill_run r
LEFT JOIN people.account o ON o.id = r.opened_by
LEFT JOIN people.account l ON l.id = r.looked_by
LEFT JOIN people.account i ON i.id = r.issued_by
WHERE r.status <> 'abandoned' AND (%(run)s::integer IS NULL OR r.id = %(run)s)
ORDER BY r.month DESC;

-- name: lock_run
SELECT id, month, status, looked_by FROM meals.bill_run WHERE id = %(run)s FOR UPDATE;

-- name: add_bill
INSERT INTO meals.bill (run_id, beneficiary_id, total, delivery)
VALUES (%(run)s, %(person)s, %(total)s, %(delivery)s) RETURNING id;

-- name: add_line
INSERT INTO meals.bill_line (bill_id, position, kind, label, payer, bracket, quantity, unit, amount, meals, corrects, reason)
VALUES (%(bill)s, %(position)s, %(kind)s, %(label)s, %(payer)s, %(bracket)s, %(quantity)s, %(unit)s, %(amount)s,
        %(meals)s, %(corrects)s, %(reason)s);

-- name: add_meal
INSERT INTO meals.bill_meal (meal, run_id, beneficiary_id, bill_id, reason)
VALUES (%(meal)s, %(run)s, %(person)s, %(bill)s, %(reason)s);

-- name: earlier_lines
-- What issued bills say of these months, by person and month.
SELECT b.beneficiary_id, COALESCE(l.corrects, r.month) AS about, l.corrects, l.kind, l.payer, l.amount, l.meals
FROM meals.bill_line l
JOIN meals.bill b ON b.id = l.bill_id
JOIN meals.bill_run r ON r.id = b.run_id AND r.status = 'issued'
WHERE COALESCE(l.corrects, r.month) BETWEEN %(first)s AND %(last)s
ORDER BY r.month, b.id, l.position;

-- name: issued_months
SELECT month FROM meals.bill_run WHERE status = 'issued' AND month >= %(first)s AND month < %(month)s ORDER BY month;

-- name: drop_draft
-- A draft's bills and meals go, to be made again or not at all.
WITH bills AS (DELETE FROM meals.bill WHERE run_id = %(run)s RETURNING 1)
DELETE FROM meals.bill_meal WHERE run_id = %(run)s;

-- name: mark_looked
UPDATE meals.bill_run SET status = 'looked', looked_at = %(now)s, looked_by = %(by)s WHERE id = %(run)s;

-- name: mark_issued
UPDATE meals.bill_run SET status = 'issued', issued_at = %(now)s, issued_by = %(by)s WHERE id = %(run)s;

-- name: mark_abandoned
UPDATE meals.bill_run SET status = 'abandoned' WHERE id = %(run)s;

-- name: number_bills
UPDATE meals.bill b SET number = format('PR-%%s-%%s', %(exercise)s::int, lpad((%(first)s::int + n.rank - 1)::text, 5, '0'))
FROM (SELECT id, row_number() OVER (ORDER BY beneficiary_id) AS rank FROM meals.bill WHERE run_id = %(run)s) n
WHERE n.id = b.id;

-- name: keep_debtors
INSERT INTO people.meal_debtor (bill_id, name, address)
SELECT b.id, p.name, p.address FROM meals.bill b JOIN people.beneficiary p ON p.id = b.beneficiary_id
WHERE b.run_id = %(run)s;

-- name: tell_families
INSERT INTO people.family_notice (beneficiary_id, kind, happened_at)
SELECT beneficiary_id, 'bill', %(now)s FROM meals.bill WHERE run_id = %(run)s;

-- name: run_bills
-- A run's bills with what the month before came to; one person's name from the file, or as the bill was sent.
SELECT b.id, b.number, b.beneficiary_id, p.reference, COALESCE(d.name, p.name) AS name,
       COALESCE(d.address, p.address) AS address, p.insee, b.total, b.delivery, r.month, r.issued_at,
       (SELECT COALESCE(sum(quantity), 0) FROM meals.bill_line l
        WHERE l.bill_id = b.id AND l.kind = 'meal' AND l.corrects IS NULL) AS meals,
       EXISTS (SELECT FROM meals.bill_line l WHERE l.bill_id = b.id AND l.corrects IS NOT NULL) AS corrected,
       (SELECT o.total FROM meals.bill o JOIN meals.bill_run q ON q.id = o.run_id AND q.status = 'issued'
        WHERE o.beneficiary_id = b.beneficiary_id AND q.month = (r.month - interval '1 month')::date) AS before
FROM meals.bill b
JOIN meals.bill_run r ON r.id = b.run_id
JOIN people.beneficiary p ON p.id = b.beneficiary_id
LEFT JOIN people.meal_debtor d ON d.bill_id = b.id
WHERE (%(run)s::integer IS NULL OR b.run_id = %(run)s) AND (%(bill)s::bigint IS NULL OR b.id = %(bill)s)
ORDER BY name, b.id;

-- name: run_free
-- Meals of a run that cost nothing, by their reason.
SELECT m.reason, count(*) AS meals, count(DISTINCT m.beneficiary_id) AS people
FROM meals.bill_meal m WHERE m.run_id = %(run)s AND m.bill_id IS NULL GROUP BY m.reason ORDER BY meals DESC, m.reason;

-- name: bill_lines
SELECT bill_id, kind, label, payer, quantity, unit, amount, meals, corrects, reason FROM meals.bill_line
WHERE bill_id = ANY (%(bills)s) ORDER BY bill_id, position;

-- name: bills_of
SELECT b.id, b.number, b.total, b.delivery, r.month, r.issued_at
FROM meals.bill b JOIN meals.bill_run r ON r.id = b.run_id AND r.status = 'issued'
WHERE b.beneficiary_id = %(person)s ORDER BY r.month DESC;

-- name: statement
-- What each third payer owes for a run: one row for each person and payer; the commune is the person's own.
SELECT CASE WHEN l.kind = 'commune' THEN 'Commune de ' || COALESCE(c.name, '(inconnue)') ELSE l.payer END AS payer,
       l.kind, p.reference, COALESCE(d.name, p.name) AS name, b.number,
       sum(CASE WHEN l.corrects IS NULL THEN l.quantity ELSE 0 END) AS meals, -sum(l.amount) AS amount
FROM meals.bill_line l
JOIN meals.bill b ON b.id = l.bill_id
JOIN people.beneficiary p ON p.id = b.beneficiary_id
LEFT JOIN people.meal_debtor d ON d.bill_id = b.id
LEFT JOIN commune c ON c.insee = p.insee
WHERE b.run_id = %(run)s AND l.kind IN ('commune', 'support')
GROUP BY 1, l.kind, p.reference, COALESCE(d.name, p.name), b.number
ORDER BY 1, name, p.reference;

-- name: mark_draft
UPDATE meals.bill_run SET status = 'draft', looked_at = NULL, looked_by = NULL WHERE id = %(run)s;

-- name: free_of
-- The same person's meals of the bill's month that cost nothing, and why. A meal's name is person:day:moment.
SELECT split_part(m.meal, ':', 2)::date AS day, split_part(m.meal, ':', 3) AS moment, m.reason
FROM meals.bill b
JOIN meals.bill_meal m ON m.run_id = b.run_id AND m.beneficiary_id = b.beneficiary_id AND m.bill_id IS NULL
WHERE b.id = %(bill)s ORDER BY 1, 2 DESC;
