-- What the worker asks and writes to tell relatives. It reads names of nobody served.

-- name: alone
SELECT pg_try_advisory_xact_lock(1735156081) AS alone;

-- name: take_notices
-- Notices nobody expanded yet. `stands`: the door still says what the notice says (nothing yet, for one that is late);
-- `again`: it was told already.
UPDATE people.family_notice n SET taken_at = %(now)s
FROM (SELECT w.id,
             w.door_id IS NULL OR w.kind NOT IN ('delivered', 'neighbour', 'absent', 'refused', 'blocked', 'late')
             OR w.kind = coalesce((SELECT CASE e.kind WHEN 'undone' THEN 'late' ELSE e.kind END
                                   FROM meals.door_event e WHERE e.door_id = w.door_id
                                   ORDER BY e.happened_at DESC, e.recorded_at DESC, e.event_id DESC LIMIT 1), 'late')
             AS stands,
             EXISTS (SELECT FROM people.family_notice o
                     WHERE o.beneficiary_id = w.beneficiary_id AND o.kind = w.kind AND o.id < w.id
                       AND (o.door_id = w.door_id AND (w.kind IN ('worry', 'late') OR o.happened_at = w.happened_at)
                            OR o.door_id IS NULL AND w.door_id IS NULL AND o.happened_at = w.happened_at)) AS again
      FROM people.family_notice w WHERE w.taken_at IS NULL ORDER BY w.id LIMIT %(most)s) w
WHERE w.id = n.id
RETURNING n.id, n.beneficiary_id, n.kind, n.happened_at, w.stands AND NOT w.again AS tell;

-- name: add_messages
-- One message to each relative with the right who wants to be told, by each road they chose.
INSERT INTO people.family_message (relative_id, notice_id, channel)
SELECT r.id, %(notice)s, c.channel
FROM people.relative r, unnest(r.told_by) AS c (channel)
WHERE r.beneficiary_id = %(person)s AND r.revoked_at IS NULL AND %(right)s = ANY (r.rights)
  AND NOT %(kind)s = ANY (r.muted)
  AND CASE c.channel WHEN 'email' THEN r.email ELSE r.phone END <> ''
ON CONFLICT (notice_id, relative_id, channel) DO NOTHING;

-- name: claim
-- The message whose turn it is, for as long as a try may last; links first: somebody is waiting for them.
UPDATE people.family_message m
SET tries = m.tries + 1, next_try_at = now() + %(lease_s)s * INTERVAL '1 second'
FROM people.relative r
WHERE r.id = m.relative_id AND m.id = (
    SELECT w.id FROM people.family_message w
    WHERE w.status = 'waiting' AND w.next_try_at <= now() AND w.channel <> ALL (%(broken)s::text[])
    ORDER BY w.notice_id IS NOT NULL, w.next_try_at, w.id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING m.id, m.tries, m.channel, m.notice_id, now() - m.made_at AS age, r.themselves, r.revoked_at, r.email,
          r.phone;

-- name: notice
SELECT kind, happened_at FROM people.family_notice WHERE id = %(id)s;

-- name: reached
-- Every access that this contact opens.
SELECT array_agg(id ORDER BY id) AS ids FROM people.relative
WHERE revoked_at IS NULL
  AND CASE %(channel)s WHEN 'email' THEN lower(email) = lower(%(address)s) ELSE phone = %(address)s END;

-- name: add_key
INSERT INTO people.family_key (token_hash, kind, relatives, expires_at)
VALUES (%(token_hash)s, %(kind)s, %(relatives)s, now() + %(lifetime)s);

-- name: settle
UPDATE people.family_message
SET status = %(status)s, error = %(error)s, sent_at = CASE WHEN %(status)s = 'sent' THEN now() END,
    next_try_at = now() + coalesce(%(next_s)s::integer, 0) * INTERVAL '1 second'
WHERE id = %(id)s AND status = 'waiting';

-- name: give_up
UPDATE people.family_message SET status = 'dead', error = 'Envois interrompus.'
WHERE status = 'waiting' AND tries >= %(most)s AND next_try_at <= now();

-- name: purge
SELECT answers.purge_family(%(kept)s) AS purged;
