-- What the board of meals reads: sums by day and area, counted when a day changed. Of fewer than five people there is no
-- sum, nor one that could be found by taking the others away.

-- name: take_days
-- Days to come wait for their day. A few at a time; every mark of a day taken goes with it.
WITH chosen AS (SELECT DISTINCT day FROM board_meal_mark WHERE day <= %(today)s ORDER BY day DESC LIMIT %(most)s),
     gone AS (DELETE FROM board_meal_mark m USING chosen c WHERE m.day = c.day RETURNING m.day)
SELECT DISTINCT day FROM gone;

-- name: clear_days
DELETE FROM board_meal_day WHERE day = ANY (%(days)s);

-- name: count_days
-- The last word at a door counts, the first one tells when somebody rang. Windows are those of today's files. An area is
-- shown when it has five people, and when those not shown beside it are none or five at least.
WITH asked AS (
    SELECT unnest(%(days)s::date[]) AS day
), doors AS (
    SELECT r.day, d.id, d.beneficiary_id, cardinality(d.meals) AS meals, d.arrival_at, d.usual
    FROM asked a
    JOIN meals.round r ON r.day = a.day AND r.published_at IS NOT NULL AND r.status <> 'cancelled'
    JOIN meals.door d ON d.round_id = r.id
), said AS (
    SELECT d.id, min(e.happened_at) FILTER (WHERE e.kind <> 'undone') AS rung_at,
           (array_agg(e.kind ORDER BY e.happened_at DESC, e.recorded_at DESC))[1] AS kind
    FROM doors d JOIN meals.door_event e ON e.door_id = d.id
    GROUP BY d.id
), people AS (
    SELECT a.day, b.id FROM asked a JOIN people.beneficiary b ON b.since <= a.day AND coalesce(b.until, a.day) >= a.day
    UNION SELECT day, beneficiary_id FROM doors
), facts AS (
    SELECT p.day, p.id, m.insee, m.territory, d.meals, d.usual, CASE WHEN s.kind <> 'undone' THEN s.kind END AS kind,
           CASE WHEN s.kind NOT IN ('undone', 'blocked') THEN extract(epoch FROM s.rung_at - d.arrival_at) END AS late_s,
           b.window_from IS NOT NULL AS windowed,
           date_trunc('minute', s.rung_at AT TIME ZONE 'Europe/Paris')::time BETWEEN b.window_from AND b.window_until
               AS in_window
    FROM people p
    JOIN people.beneficiary b ON b.id = p.id
    LEFT JOIN commune m ON m.insee = b.insee
    LEFT JOIN doors d ON d.day = p.day AND d.beneficiary_id = p.id
    LEFT JOIN said s ON s.id = d.id
    UNION ALL
    SELECT g.day, g.beneficiary_id, m.insee, m.territory, -g.meals, '', 'cancelled', NULL, false, false
    FROM answers.meals_given_up(%(days)s::date[]) g
    JOIN people.beneficiary b ON b.id = g.beneficiary_id
    LEFT JOIN commune m ON m.insee = b.insee
), sums AS (
    SELECT day, territory, insee, grouping(territory, insee) AS level, count(DISTINCT id)::integer AS people,
           count(*) FILTER (WHERE meals > 0), coalesce(sum(meals) FILTER (WHERE meals > 0), 0),
           coalesce(sum(meals) FILTER (WHERE kind IN ('delivered', 'neighbour')), 0),
           coalesce(sum(meals) FILTER (WHERE kind = 'absent'), 0),
           coalesce(sum(meals) FILTER (WHERE kind = 'refused'), 0),
           coalesce(sum(meals) FILTER (WHERE kind = 'blocked'), 0),
           coalesce(-sum(meals) FILTER (WHERE kind = 'cancelled'), 0),
           count(*) FILTER (WHERE kind = 'absent'), count(*) FILTER (WHERE kind = 'refused'), count(late_s),
           count(*) FILTER (WHERE late_s < -1800), count(*) FILTER (WHERE late_s >= -1800 AND late_s < -900),
           count(*) FILTER (WHERE late_s BETWEEN -900 AND 900), count(*) FILTER (WHERE late_s > 900 AND late_s <= 1800),
           count(*) FILTER (WHERE late_s > 1800), count(*) FILTER (WHERE late_s IS NOT NULL AND windowed),
           count(*) FILTER (WHERE late_s IS NOT NULL AND windowed AND in_window),
           count(*) FILTER (WHERE usual = 'kept'), count(*) FILTER (WHERE usual = 'hour'),
           count(*) FILTER (WHERE usual = 'driver'), count(*) FILTER (WHERE usual = 'both'),
           count(*) FILTER (WHERE usual = 'new')
    FROM facts
    GROUP BY GROUPING SETS ((day), (day, territory), (day, territory, insee))
), named (day, territory, insee, level, people, doors, meals, served, absent, refused, blocked, cancelled, doors_absent,
          doors_refused, rung, early_30, early_15, on_time, late_15, late_30, windowed, in_window, kept, other_hour,
          other_driver, other_both, newcomers) AS (
    TABLE sums
), ranked AS (
    -- What has no name (no territory, no commune known) is never a row of its own and counts among those not shown.
    SELECT *, people >= 5 AND (level = 3 OR level = 1 AND territory IS NOT NULL OR level = 0 AND insee IS NOT NULL) AS may
    FROM named
), hidden AS (
    SELECT *, coalesce(sum(people) FILTER (WHERE NOT may) OVER beside, 0) AS out_of_sight,
           row_number() OVER (PARTITION BY day, level, CASE WHEN level = 0 THEN territory END, may
                              ORDER BY people, territory, insee) AS place
    FROM ranked
    WINDOW beside AS (PARTITION BY day, level, CASE WHEN level = 0 THEN territory END)
)
INSERT INTO board_meal_day
SELECT day, CASE level WHEN 3 THEN '*' WHEN 1 THEN '@' || territory ELSE insee END, people, doors, meals, served, absent,
       refused, blocked, cancelled, doors_absent, doors_refused, rung, early_30, early_15, on_time, late_15, late_30,
       windowed, in_window, kept, other_hour, other_driver, other_both, newcomers
FROM hidden
WHERE may AND NOT (level < 3 AND out_of_sight BETWEEN 1 AND 4 AND place = 1);

-- name: clear_rounds
DELETE FROM board_meal_round_day WHERE day = ANY (%(days)s);

-- name: count_rounds
INSERT INTO board_meal_round_day
SELECT r.day, count(*), count(*) FILTER (WHERE r.status = 'done'), sum(r.distance_m),
       sum(extract(epoch FROM r.ends_at - r.starts_at))::bigint
FROM meals.round r
WHERE r.day = ANY (%(days)s) AND r.published_at IS NOT NULL AND r.status <> 'cancelled'
GROUP BY r.day;

-- name: clear_cold
DELETE FROM board_meal_cold_day WHERE day = ANY (%(days)s);

-- name: count_cold
INSERT INTO board_meal_cold_day
SELECT r.day, CASE WHEN t.door_id IS NULL THEN 'departure' ELSE 'door' END, count(*), sum(t.celsius), max(t.celsius),
       count(*) FILTER (WHERE t.celsius > t.limit_c)
FROM meals.round r JOIN meals.temperature t ON t.round_id = r.id
WHERE r.day = ANY (%(days)s) AND r.published_at IS NOT NULL AND r.status <> 'cancelled'
GROUP BY 1, 2;
