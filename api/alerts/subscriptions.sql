-- name: own
-- What is told of meals is on the office's own page (api/cias/avis.py).
SELECT id, channel, address, kinds, communes, streams, escalated_only, quiet_from_min, quiet_until_min
FROM people.subscription
WHERE account_id = %(account)s AND active AND NOT EXISTS (SELECT FROM unnest(kinds) k WHERE k LIKE 'meal\_%%')
ORDER BY id;

-- name: add
INSERT INTO people.subscription (account_id, channel, address, kinds, communes, streams, escalated_only,
                                 quiet_from_min, quiet_until_min)
VALUES (%(account)s, %(channel)s, %(address)s, %(kinds)s, %(communes)s, %(streams)s, %(escalated_only)s,
        %(quiet_from_min)s, %(quiet_until_min)s)
RETURNING id;

-- name: remove
DELETE FROM people.subscription WHERE id = %(id)s AND account_id = %(account)s;

-- name: add_test
INSERT INTO people.notification (subscription_id, title, body, document)
SELECT id, %(title)s, %(body)s, %(document)s FROM people.subscription
WHERE id = %(id)s AND account_id = %(account)s AND active
RETURNING id;

-- name: sends
-- The latest messages, what became of them, and how many alerts each tells of.
SELECT n.id, n.created_at, n.title, n.body, n.status, n.tries, n.next_try_at, n.sent_at, n.error, s.channel,
       p.display_name AS person, (SELECT count(*) FROM people.notified t WHERE t.notification_id = n.id) AS alerts
FROM people.notification n
JOIN people.subscription s ON s.id = n.subscription_id
JOIN people.account p ON p.id = s.account_id
WHERE %(status)s::text IS NULL OR n.status = %(status)s
ORDER BY n.created_at DESC, n.id
LIMIT %(most)s;

-- name: send_counts
SELECT count(*) FILTER (WHERE status = 'waiting') AS waiting, count(*) FILTER (WHERE status = 'sent') AS sent,
       count(*) FILTER (WHERE status = 'dead') AS dead
FROM people.notification
WHERE status = 'waiting' OR created_at > now() - INTERVAL '30 days';

-- name: send_again
UPDATE people.notification SET status = 'waiting', tries = 0, next_try_at = now(), error = ''
WHERE status = 'dead' AND (%(id)s::uuid IS NULL OR id = %(id)s::uuid);
