-- name: households_found
-- Households whose name, address, invariant or references hold every word, accents and capitals aside.
SELECT a.id, a.reference, lower(a.during) AS first, upper(a.during) - 1 AS last, d.commune, d.invariant,
       o.name, o.address
FROM finance.account a
JOIN finance.dwelling d ON d.id = a.dwelling_id
JOIN people.occupant o ON o.id = a.occupant_id
WHERE translate(lower(concat_ws(' ', o.name, o.address, d.commune, d.invariant, a.reference, d.reference, o.siret)),
                'àâäáãçéèêëíîïñóôöòõúûüùÿ', 'aaaaaceeeeiiinooooouuuuy') LIKE ALL (%(patterns)s)
ORDER BY o.name, a.reference, lower(a.during)
LIMIT 50;

-- name: household
-- Who an account is, and where.
SELECT a.id, a.reference, lower(a.during) AS first, upper(a.during) - 1 AS last, a.dwelling_id,
       d.reference AS dwelling, d.invariant, d.commune, d.perimeter, d.lat, d.lon,
       o.name, o.address, o.email, o.siret, o.kept_until
FROM finance.account a
JOIN finance.dwelling d ON d.id = a.dwelling_id
JOIN people.occupant o ON o.id = a.occupant_id
WHERE a.id = %(account)s;

-- name: dwelling_accounts
-- Who owed for the same dwelling, one after the other.
SELECT id, reference, lower(during) AS first, upper(during) - 1 AS last
FROM finance.account WHERE dwelling_id = %(dwelling)s ORDER BY during;

-- name: states
SELECT since, facts FROM finance.account_state WHERE account_id = %(account)s ORDER BY since;

-- name: bins
SELECT b.code, b.volume_l, b.stream, lower(h.during) AS first, upper(h.during) - 1 AS last,
       h.weights IS NOT NULL AS shared
FROM finance.bin_held h JOIN finance.bin b ON b.id = h.bin_id
WHERE h.account_id = %(account)s ORDER BY h.during, b.code;

-- name: badges
SELECT b.code, lower(h.during) AS first, upper(h.during) - 1 AS last
FROM finance.badge_held h JOIN finance.badge b ON b.id = h.badge_id
WHERE h.account_id = %(account)s ORDER BY h.during, b.code;

-- name: bills
-- The account's bills, newest period first; abandoned runs aside.
SELECT r.id AS run, r.label, lower(r.during) AS first, upper(r.during) - 1 AS last, r.status, b.total, b.refused,
       b.number, coalesce((b.document ->> 'a_blanc')::boolean, false) AS shadow
FROM finance.bill b JOIN finance.run r ON r.id = b.run_id
WHERE b.account_id = %(account)s AND r.status <> 'abandoned'
ORDER BY r.during DESC, r.id DESC;

-- name: readings_of_file
-- Who opened this file lately.
SELECT u.at, coalesce(p.display_name, 'un compte supprimé') AS who
FROM people.audit u LEFT JOIN people.account p ON p.id = u.account_id
WHERE u.subject = %(subject)s AND u.action = 'household_read'
ORDER BY u.at DESC LIMIT 20;

-- name: bill
-- One account's bill in a run.
SELECT b.run_id AS run, r.label, r.status, lower(r.during) AS first, upper(r.during) - 1 AS last, b.total, b.refused,
       b.number, b.document
FROM finance.bill b JOIN finance.run r ON r.id = b.run_id
WHERE b.run_id = %(run)s AND b.account_id = %(account)s;

-- name: pieces
-- Rectifications of one bill, oldest first.
SELECT id, run_id, status, amount, number, reason, created_by, approved_by, issued_at
FROM finance.rectification WHERE run_id = %(run)s AND account_id = %(account)s ORDER BY id;

-- name: bill_before
-- The issued bill to compare with: the same days a year before, else the last one that ends before this begins.
SELECT b.run_id AS run, r.label, lower(r.during) AS first, upper(r.during) - 1 AS last, b.total, b.document
FROM finance.bill b JOIN finance.run r ON r.id = b.run_id
WHERE b.account_id = %(account)s AND r.status = 'issued' AND b.document IS NOT NULL AND upper(r.during) <= %(first)s
ORDER BY lower(r.during) = (%(first)s - interval '1 year')::date DESC, upper(r.during) DESC, r.id DESC
LIMIT 1;

-- name: state_before
SELECT facts FROM finance.account_state WHERE account_id = %(account)s AND since <= %(since)s
ORDER BY since DESC LIMIT 1;

-- name: state_set
INSERT INTO finance.account_state (account_id, since, facts) VALUES (%(account)s, %(since)s, %(facts)s)
ON CONFLICT (account_id, since) DO UPDATE SET facts = EXCLUDED.facts;

-- name: account_closed
UPDATE finance.account SET during = daterange(lower(during), %(end)s)
WHERE id = %(account)s AND lower(during) < %(end)s RETURNING id;

-- name: bins_returned
-- Every bin still held by the account after a day goes back; code: only that one.
UPDATE finance.bin_held h SET during = daterange(lower(during), %(end)s)
FROM finance.bin b
WHERE b.id = h.bin_id AND h.account_id = %(account)s AND (%(code)s = '' OR b.code = %(code)s)
  AND lower(h.during) < %(end)s AND (upper(h.during) IS NULL OR upper(h.during) > %(end)s)
RETURNING b.code;

-- name: badges_returned
UPDATE finance.badge_held h SET during = daterange(lower(during), %(end)s)
FROM finance.badge b
WHERE b.id = h.badge_id AND h.account_id = %(account)s AND (%(code)s = '' OR b.code = %(code)s)
  AND lower(h.during) < %(end)s AND (upper(h.during) IS NULL OR upper(h.during) > %(end)s)
RETURNING b.code;

-- name: claims_of
SELECT id, subject, state, opened_at, due FROM people.claim WHERE account_id = %(account)s ORDER BY id DESC;
