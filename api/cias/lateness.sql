-- name: late_rounds
-- Rounds on the road whose last told door was told that much later than planned, or whose first door is that much
-- overdue, and of which nobody was told yet.
WITH told AS (
    SELECT DISTINCT ON (d.round_id) d.round_id, e.happened_at - d.departure_at AS behind
    FROM meals.door d
    JOIN meals.door_event e ON e.door_id = d.id AND e.kind <> 'undone'
    ORDER BY d.round_id, e.happened_at DESC, e.recorded_at DESC
)
SELECT r.id FROM meals.round r
LEFT JOIN told t ON t.round_id = r.id
WHERE r.status = 'published' AND r.day = %(today)s
  AND CASE WHEN t.round_id IS NULL
           THEN (SELECT min(d.arrival_at) FROM meals.door d WHERE d.round_id = r.id) < %(now)s - %(late)s::interval
           ELSE t.behind > %(late)s::interval END
  AND NOT EXISTS (SELECT FROM meals.concern c WHERE c.round_id = r.id AND c.kind = 'late')
ORDER BY r.id
FOR UPDATE OF r SKIP LOCKED;

-- name: tell_waiting_families
-- Once for each door nothing was said at yet.
INSERT INTO people.family_notice (beneficiary_id, kind, door_id, happened_at)
SELECT d.beneficiary_id, 'late', d.id, %(now)s
FROM meals.door d
LEFT JOIN LATERAL (
    SELECT e.kind FROM meals.door_event e WHERE e.door_id = d.id
    ORDER BY e.happened_at DESC, e.recorded_at DESC LIMIT 1
) l ON true
WHERE d.round_id = %(round)s AND (l.kind IS NULL OR l.kind = 'undone')
  AND NOT EXISTS (SELECT FROM people.family_notice n WHERE n.door_id = d.id AND n.kind = 'late');
