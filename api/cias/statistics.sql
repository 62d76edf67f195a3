-- name: doors_said
-- What became of planned deliveries of these days. Late: more than a quarter of an hour after the planned arrival.
WITH said AS (
    SELECT DISTINCT ON (e.door_id) e.door_id, e.kind, e.happened_at, d.arrival_at, d.usual, r.day
    FROM meals.door_event e
    JOIN meals.door d ON d.id = e.door_id
    JOIN meals.round r ON r.id = d.round_id
    WHERE r.day BETWEEN %(first)s AND %(last)s
    ORDER BY e.door_id, e.happened_at DESC, e.recorded_at DESC
)
SELECT count(*) FILTER (WHERE kind <> 'undone') AS doors,
       count(*) FILTER (WHERE kind IN ('delivered', 'neighbour')) AS delivered,
       count(*) FILTER (WHERE kind = 'neighbour') AS neighbour,
       count(*) FILTER (WHERE kind = 'absent') AS absent,
       count(*) FILTER (WHERE kind = 'refused') AS refused,
       count(*) FILTER (WHERE kind = 'blocked') AS blocked,
       count(*) FILTER (WHERE kind <> 'undone' AND happened_at <= arrival_at + interval '15 minutes') AS punctual,
       COALESCE(percentile_disc(0.5) WITHIN GROUP (ORDER BY GREATEST(0, EXTRACT(epoch FROM happened_at - arrival_at)))
                FILTER (WHERE kind <> 'undone'), 0)::integer AS median_late_s
FROM said;

-- name: drivers_kept
-- Doors of published rounds to people who had a driver before, and how many kept them.
SELECT count(*) FILTER (WHERE d.usual <> 'new') AS known,
       count(*) FILTER (WHERE d.usual IN ('kept', 'hour')) AS driver_kept,
       count(*) FILTER (WHERE d.usual IN ('kept', 'driver')) AS hour_kept
FROM meals.door d JOIN meals.round r ON r.id = d.round_id
WHERE r.day BETWEEN %(first)s AND %(last)s AND r.status IN ('published', 'done');

-- name: chills
SELECT count(*) AS taken, count(*) FILTER (WHERE celsius > limit_c) AS excursions, max(celsius) AS warmest
FROM meals.temperature t JOIN meals.round r ON r.id = t.round_id WHERE r.day BETWEEN %(first)s AND %(last)s;

-- name: erased_meals
-- Billed meals of people who are erased since: counted still, by commune and month.
SELECT COALESCE(c.name, 'commune inconnue') AS commune, date_trunc('month', split_part(m.meal, ':', 2)::date)::date AS month,
       count(*) AS meals
FROM meals.bill_meal m
JOIN people.beneficiary b ON b.id = m.beneficiary_id AND b.erased_at IS NOT NULL
LEFT JOIN commune c ON c.insee = b.insee
WHERE m.bill_id IS NOT NULL AND split_part(m.meal, ':', 2)::date BETWEEN %(first)s AND %(last)s
GROUP BY 1, 2;

-- name: commune_names
SELECT insee, name FROM commune ORDER BY name;
