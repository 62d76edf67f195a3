-- What the worker asks and writes to tell people. Instants of alerts are the platform's, those of messages are real.

-- name: alone
-- One pass at a time, whatever the number of workers.
SELECT pg_try_advisory_xact_lock(1735156079) AS alone;

-- name: patience
SELECT set_config('lock_timeout', %(wait)s, true);

-- name: wait_alone
SELECT pg_advisory_xact_lock(1735156079);

-- name: escalate
-- Alerts nobody took note of in their kind's time.
UPDATE alert a SET escalated_at = %(now)s
FROM unnest(%(kinds)s::text[], %(seconds)s::integer[]) AS k (kind, seconds)
WHERE a.kind = k.kind AND a.closed_at IS NULL AND a.acknowledged_at IS NULL AND a.escalated_at IS NULL
  AND coalesce(a.snoozed_until <= %(now)s, true)
  AND greatest(a.opened_at, a.snoozed_until) <= %(now)s::timestamptz - k.seconds * INTERVAL '1 second'
RETURNING a.id, a.container_id;

-- name: add_escalations
INSERT INTO people.alert_event (alert_id, at, what)
SELECT id, %(now)s, 'escalated' FROM unnest(%(ids)s::bigint[]) AS id;

-- name: subscriptions
SELECT id, channel, kinds, communes, streams, escalated_only, quiet_from_min, quiet_until_min
FROM answers.subscription_live()
ORDER BY id;

-- name: standing
-- Open alerts on containers in service.
SELECT a.id, a.kind, a.opened_at, a.sentence, a.acknowledged_at IS NOT NULL AS acknowledged, a.snoozed_until,
       a.escalated_at, c.code AS container, c.stream, p.name AS point_name, p.insee, m.name AS commune
FROM alert a
JOIN container c ON c.id = a.container_id AND c.in_service @> %(now)s::timestamptz
JOIN point p ON p.id = c.point_id
JOIN commune m ON m.insee = p.insee
WHERE a.closed_at IS NULL
ORDER BY a.opened_at, a.id;

-- name: told
-- What was told of the alerts that are open.
SELECT n.subscription_id, n.alert_id, n.occasion, n.at
FROM people.notified n
JOIN alert a ON a.id = n.alert_id AND a.closed_at IS NULL;

-- name: latest
-- When was each subscription last told of each kind? Also of alerts that closed since.
SELECT n.subscription_id, a.kind, max(n.at) AS at
FROM people.notified n
JOIN alert a ON a.id = n.alert_id
WHERE n.at > %(since)s
GROUP BY n.subscription_id, a.kind;

-- name: probes
SELECT count(*) AS probes FROM mounting WHERE during @> %(now)s::timestamptz;

-- name: add_notification
INSERT INTO people.notification (subscription_id, title, body, document)
VALUES (%(subscription)s, %(title)s, %(body)s, %(document)s)
RETURNING id;

-- name: mark_told
INSERT INTO people.notified (subscription_id, alert_id, occasion, at, notification_id)
VALUES (%(subscription)s, %(alert)s, %(occasion)s, %(now)s, %(notification)s);

-- name: claim
-- The message whose turn it is, for as long as a try may last: whoever dies meanwhile lets it come back. Roads found
-- broken a moment ago are left alone.
UPDATE people.notification n
SET tries = n.tries + 1, next_try_at = now() + %(lease_s)s * INTERVAL '1 second'
FROM people.subscription s
WHERE s.id = n.subscription_id AND n.id = (
    SELECT w.id
    FROM people.notification w
    JOIN people.subscription v ON v.id = w.subscription_id
    WHERE w.status = 'waiting' AND w.next_try_at <= now() AND v.channel <> ALL (%(broken)s::text[])
    ORDER BY w.next_try_at, w.id
    LIMIT 1
    FOR UPDATE OF w SKIP LOCKED
)
RETURNING n.id, n.tries, n.title, n.body, n.document, s.channel, s.address;

-- name: give_up
-- Messages whose tries never ended: each of them took its worker down.
UPDATE people.notification SET status = 'dead', error = 'Envois interrompus.'
WHERE status = 'waiting' AND tries >= %(most)s AND next_try_at <= now();

-- name: sent
UPDATE people.notification SET status = 'sent', sent_at = now(), error = '' WHERE id = %(id)s AND status = 'waiting';

-- name: failed
-- Back to the queue, or to the dead letters when `next_s` is null.
UPDATE people.notification
SET status = CASE WHEN %(next_s)s::integer IS NULL THEN 'dead' ELSE 'waiting' END,
    next_try_at = now() + coalesce(%(next_s)s::integer, 0) * INTERVAL '1 second', error = %(reason)s
WHERE id = %(id)s AND status = 'waiting';

-- name: announce
SELECT pg_notify('glaneur_live', %(event)s);

-- name: purge
-- Forget messages older than this, but of alerts still open: they would be told again.
DELETE FROM people.notification n
WHERE n.created_at < %(before)s AND n.status <> 'waiting'
  AND NOT EXISTS (SELECT FROM people.notified t JOIN alert a ON a.id = t.alert_id AND a.closed_at IS NULL
                  WHERE t.notification_id = n.id);
