-- name: open_ids
SELECT id FROM quarantine WHERE id = ANY (%(ids)s::bigint[]) AND settled_at IS NULL ORDER BY first_at, id;

-- name: hold
SELECT topic, payload, payload_id, first_at, reason = 'in_the_future' AS ahead FROM quarantine WHERE id = %(id)s AND settled_at IS NULL FOR UPDATE;

-- name: refusals
SELECT id, reason, detail, times FROM quarantine WHERE payload_id = %(payload_id)s;

-- name: settle
-- The same bytes refused for several reasons over time are all settled: they are one message.
UPDATE quarantine q SET settled_at = %(at)s, settled_because = 'replayed', replayed_at = %(at)s
FROM quarantine mine
WHERE mine.id = %(id)s AND q.payload_id = mine.payload_id AND q.settled_at IS NULL;

-- name: note_tried
UPDATE quarantine SET replayed_at = %(at)s WHERE id = %(id)s;

-- name: twin
SELECT other.id FROM quarantine mine
JOIN quarantine other ON other.payload_id = mine.payload_id AND other.reason = %(reason)s AND other.id <> mine.id
WHERE mine.id = %(id)s
FOR UPDATE OF other;

-- name: keep
UPDATE quarantine SET reason = %(reason)s, detail = %(detail)s, replayed_at = %(at)s WHERE id = %(id)s;

-- name: merge
WITH gone AS (
    UPDATE quarantine SET settled_at = %(at)s, settled_because = 'merged', replayed_at = %(at)s
    WHERE id = %(id)s
    RETURNING first_at, last_at, times
)
UPDATE quarantine q
SET first_at = least(q.first_at, g.first_at), last_at = greatest(q.last_at, g.last_at), times = q.times + g.times,
    replayed_at = %(at)s, settled_at = NULL, settled_because = NULL
FROM gone g
WHERE q.id = %(twin)s;
