-- name: claims
-- Claims by what is wanted: late ones first, then by date due; answered ones last, newest first.
SELECT c.id, c.subject, c.channel, c.state, c.decision, c.opened_at, c.due, c.answered_at, c.account_id, a.reference,
       d.commune, c.state <> 'repondue' AND c.due < %(today)s AS late, count(*) OVER () AS found
FROM people.claim c
JOIN finance.account a ON a.id = c.account_id
JOIN finance.dwelling d ON d.id = a.dwelling_id
WHERE (%(state)s = '' OR (%(state)s = 'ouvertes' AND c.state <> 'repondue')
       OR (%(state)s = 'retard' AND c.state <> 'repondue' AND c.due < %(today)s) OR c.state = %(state)s)
  AND (%(channel)s = '' OR c.channel = %(channel)s)
  AND (%(commune)s = '' OR d.commune = %(commune)s)
ORDER BY c.state = 'repondue', CASE WHEN c.state <> 'repondue' THEN c.due END, c.answered_at DESC, c.id
LIMIT %(limit)s OFFSET %(skipped)s;

-- name: claim_counts
SELECT count(*) FILTER (WHERE state <> 'repondue') AS ouvertes,
       count(*) FILTER (WHERE state <> 'repondue' AND due < %(today)s) AS retard,
       count(*) FILTER (WHERE state = 'repondue') AS repondue,
       count(*) AS toutes
FROM people.claim;

-- name: communes
SELECT DISTINCT commune FROM finance.dwelling WHERE commune <> '' ORDER BY 1;

-- name: claim
SELECT c.id, c.account_id, c.run_id, c.channel, c.subject, c.opened_at, c.opened_by, c.due, c.state, c.decision,
       c.answered_at, b.number, b.total, r.label, r.status AS run_status
FROM people.claim c
LEFT JOIN finance.bill b ON b.run_id = c.run_id AND b.account_id = c.account_id
LEFT JOIN finance.run r ON r.id = c.run_id
WHERE c.id = %(claim)s;

-- name: claim_locked
SELECT state FROM people.claim WHERE id = %(claim)s FOR UPDATE;

-- name: claim_opened
INSERT INTO people.claim (account_id, run_id, channel, subject, opened_at, opened_by, due)
VALUES (%(account)s, %(run)s, %(channel)s, %(subject)s, %(at)s, %(by)s, %(due)s) RETURNING id;

-- name: claim_moved
UPDATE people.claim SET state = %(state)s, decision = %(decision)s, answered_at = %(answered_at)s
WHERE id = %(claim)s;

-- name: claim_due
UPDATE people.claim SET due = %(due)s WHERE id = %(claim)s;

-- name: step_added
INSERT INTO people.claim_step (claim_id, at, author, kind, body)
VALUES (%(claim)s, %(at)s, %(author)s, %(kind)s, %(body)s);

-- name: steps
SELECT s.at, coalesce(p.display_name, s.author) AS who, s.kind, s.body
FROM people.claim_step s LEFT JOIN people.account p ON p.login = s.author
WHERE s.claim_id = %(claim)s ORDER BY s.id;

-- name: pieces_of_claim
-- Rectifications that answer a claim.
SELECT id, run_id, status, amount, number, reason, created_by, approved_by, issued_at
FROM finance.rectification WHERE claim_id = %(claim)s ORDER BY id;

-- name: corrections_of
SELECT c.id, c.at, c.event_id, c.action, c.reason, e.at AS event_at, e.kind, n.id AS given_as
FROM finance.correction c
JOIN finance.usage_event e ON e.id = c.event_id
LEFT JOIN finance.usage_event n ON n.replaces = e.id
WHERE c.claim_id = %(claim)s ORDER BY c.at, c.id;
