-- name: said_at_doors
SELECT * FROM (
    SELECT DISTINCT ON (e.door_id) e.event_id, e.kind, e.celsius, e.happened_at, d.beneficiary_id, r.day
    FROM meals.door_event e
    JOIN meals.door d ON d.id = e.door_id
    JOIN meals.round r ON r.id = d.round_id
    WHERE d.beneficiary_id = ANY (%(ids)s)
    ORDER BY e.door_id, e.happened_at DESC, e.recorded_at DESC
) said
WHERE kind <> 'undone'
ORDER BY happened_at, event_id;

-- name: doors_of_day
-- Each person's place in the day's live rounds; the last planned counts.
SELECT DISTINCT ON (d.beneficiary_id) d.beneficiary_id, v.name || ' ' || s.name AS shift, d.position
FROM meals.door d
JOIN meals.round r ON r.id = d.round_id
JOIN meals.shift s ON s.id = r.shift_id
JOIN meals.van v ON v.id = s.van_id
WHERE r.day = %(day)s AND r.status IN ('published', 'done')
ORDER BY d.beneficiary_id, d.id DESC;
