-- name: reasons
-- Why is what is open there?
SELECT reason, count(*) AS messages, sum(times) AS times, max(last_at) AS last_at
FROM quarantine
WHERE settled_at IS NULL
GROUP BY reason
ORDER BY messages DESC, reason;

-- name: by_day
-- How many messages came each day (in Paris) and are they open still?
SELECT d::date AS day, count(q.id) AS messages, count(q.id) FILTER (WHERE q.settled_at IS NULL) AS open
FROM generate_series((%(since)s::timestamptz AT TIME ZONE 'Europe/Paris')::date,
                     (%(now)s::timestamptz AT TIME ZONE 'Europe/Paris')::date, INTERVAL '1 day') d
LEFT JOIN quarantine q ON (q.first_at AT TIME ZONE 'Europe/Paris')::date = d::date AND q.first_at >= %(since)s::timestamptz - INTERVAL '1 day'
    AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
GROUP BY d
ORDER BY d;

-- name: messages
-- What lies in quarantine, the latest first?
SELECT id, first_at, last_at, times, topic, payload, reason, detail, settled_at, settled_because, settled_note,
       replayed_at, count(*) OVER () AS found
FROM quarantine
WHERE (%(id)s::bigint IS NULL OR id = %(id)s)
  AND (%(reason)s::text IS NULL OR reason = %(reason)s)
  AND (%(q)s::text IS NULL OR strpos(lower(topic), lower(%(q)s)) > 0)
  AND (%(settled)s::boolean IS NULL OR (settled_at IS NOT NULL) = %(settled)s)
ORDER BY last_at DESC, id DESC
LIMIT %(at_most)s OFFSET %(skip)s;

-- name: dismiss
UPDATE quarantine
SET settled_at = %(at)s, settled_because = 'dismissed', settled_by = %(by)s, settled_note = %(note)s
WHERE settled_at IS NULL AND (%(id)s::bigint IS NULL OR id = %(id)s)
  AND (%(reason)s::text IS NULL OR reason = %(reason)s)
RETURNING id;

-- name: to_replay
SELECT id FROM quarantine
WHERE settled_at IS NULL AND id > %(after)s
  AND (%(ids)s::bigint[] IS NULL OR id = ANY (%(ids)s)) AND (%(reason)s::text IS NULL OR reason = %(reason)s)
ORDER BY id
LIMIT %(at_most)s;

-- name: announce
SELECT pg_notify('glaneur_live', %(event)s);

-- name: purge
WITH gone AS (
    DELETE FROM quarantine WHERE settled_at IS NOT NULL AND greatest(last_at, settled_at) < %(before)s
    RETURNING reason, coalesce(settled_because, 'unknown') AS settled_because
)
SELECT reason, settled_because, count(*) AS messages FROM gone GROUP BY reason, settled_because ORDER BY reason;
