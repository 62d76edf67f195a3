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
