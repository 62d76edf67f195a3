-- name: open_concern
-- One of a kind at a time for a door, or for a round as a whole.
INSERT INTO meals.concern (kind, beneficiary_id, round_id, door_id, opened_at, detail)
SELECT %(kind)s, %(person)s, %(round_id)s, %(door_id)s, %(at)s, %(detail)s
WHERE NOT EXISTS (
    SELECT FROM meals.concern c
    WHERE c.closed_at IS NULL AND c.kind = %(kind)s AND c.round_id = %(round_id)s
      AND c.door_id IS NOT DISTINCT FROM %(door_id)s::bigint)
RETURNING id;

-- name: close_said
-- The driver came to another word: nobody was absent or refused after all.
UPDATE meals.concern SET closed_at = %(now)s, closed_by = %(account)s, outcome = 'Corrigé par le livreur.'
WHERE door_id = %(door_id)s AND kind IN ('absent', 'refused') AND kind <> %(kind)s AND closed_at IS NULL;

-- name: tell_subscribers
-- One message to each of the office's subscriptions to this kind.
INSERT INTO people.notification (subscription_id, title, body, document)
SELECT s.id, %(title)s, %(body)s, %(document)s
FROM answers.subscription_live() s
WHERE %(wanted)s = ANY (s.kinds)
RETURNING id;

-- name: announce
SELECT pg_notify('glaneur_live', %(event)s);

-- name: concerns
-- Open ones, the gravest first, then the newest; with `closed` those closed since.
SELECT c.id, c.kind, c.beneficiary_id AS person, b.name, nullif(b.phone, '') AS phone, c.round_id AS round,
       v.name || ', ' || s.name AS van, c.opened_at, c.detail, c.closed_at, c.outcome,
       CASE WHEN c.kind = 'excursion' THEN (
           SELECT t.celsius::float8 FROM meals.temperature t
           WHERE t.round_id = c.round_id AND t.door_id IS NOT DISTINCT FROM c.door_id AND t.celsius > t.limit_c
           ORDER BY t.happened_at DESC LIMIT 1) END AS celsius
FROM meals.concern c
LEFT JOIN people.beneficiary b ON b.id = c.beneficiary_id
LEFT JOIN meals.round r ON r.id = c.round_id
LEFT JOIN meals.shift s ON s.id = r.shift_id
LEFT JOIN meals.van v ON v.id = s.van_id
WHERE c.closed_at IS NULL OR (%(closed)s AND c.closed_at >= %(since)s)
ORDER BY c.closed_at DESC NULLS FIRST,
         array_position(ARRAY['worry', 'excursion', 'late', 'absent', 'refused'], c.kind), c.opened_at DESC;

-- name: open_counts
SELECT count(*) AS open, count(*) FILTER (WHERE kind = 'worry') AS worries FROM meals.concern WHERE closed_at IS NULL;

-- name: close_concern
UPDATE meals.concern SET closed_at = %(now)s, closed_by = %(account)s, outcome = %(outcome)s
WHERE id = %(id)s AND closed_at IS NULL
RETURNING id;

-- name: concern_known
SELECT FROM meals.concern WHERE id = %(id)s;


-- name: own_subscriptions
SELECT id, channel, address, kinds FROM people.subscription
WHERE account_id = %(account)s AND active AND EXISTS (SELECT FROM unnest(kinds) k WHERE k LIKE 'meal\_%%')
ORDER BY id;

-- name: add_subscription
INSERT INTO people.subscription (account_id, channel, address, kinds)
VALUES (%(account)s, %(channel)s, %(address)s, %(kinds)s);

-- name: remove_subscription
DELETE FROM people.subscription
WHERE id = %(id)s AND account_id = %(account)s AND EXISTS (SELECT FROM unnest(kinds) k WHERE k LIKE 'meal\_%%');
