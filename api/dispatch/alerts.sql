-- name: alerts
-- Which alerts match? Open ones, or every one of a container; who took note is a name people know.
SELECT a.id, a.kind, a.opened_at, a.sentence, a.closed_at, a.closed_because,
       a.acknowledged_at, p.display_name AS acknowledged_by, g.display_name AS assigned_to,
       a.snoozed_until, coalesce(a.snoozed_until > glaneur_now(), false) AS asleep, a.escalated_at,
       n.id AS container_id, n.code AS container, n.stream, n.stream_label, n.point_name, n.insee, n.commune
FROM alert a
JOIN answers.container_now n ON n.id = a.container_id
LEFT JOIN people.account p ON p.id = a.acknowledged_by
LEFT JOIN people.account g ON g.id = a.assigned_to
WHERE (NOT %(open)s OR a.closed_at IS NULL)
  AND (%(stream)s::text IS NULL OR n.stream = %(stream)s)
  AND (%(insee)s::text IS NULL OR n.insee = %(insee)s)
  AND (%(container)s::text IS NULL OR n.code = %(container)s)
  AND (%(id)s::bigint IS NULL OR a.id = %(id)s)
ORDER BY a.opened_at DESC
LIMIT %(most)s;
