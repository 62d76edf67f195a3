-- Portage de repas: what is carried, whether it comes on time and cold, what has to be seen to. Nobody is recognised here:
-- a commune with fewer than five people has no row.

-- name: meals
SELECT sum(meals) AS "À porter", sum(served) AS "Remis", sum(absent + refused + blocked) AS "Non remis",
       sum(cancelled) AS "Annulés avant"
FROM boards.meal_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[]);

-- name: punctuality
SELECT 100.0 * sum(on_time) / nullif(sum(rung), 0) AS "Au quart d'heure prévu",
       100.0 * sum(in_window) / nullif(sum(windowed), 0) AS "Dans le créneau demandé"
FROM boards.meal_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[]);

-- name: cold
SELECT sum(excursions) FILTER (WHERE place = 'departure') AS "Au départ",
       sum(excursions) FILTER (WHERE place = 'door') AS "À la porte", sum(measures) AS "Relevés"
FROM boards.meal_cold_day
WHERE $__timeFilter(time);

-- name: by_day
SELECT $__timeGroupAlias(time, $__interval), sum(served) AS "Remis", sum(absent) AS "Absents", sum(refused) AS "Refusés",
       sum(blocked) AS "Bloqués", sum(meals - served - absent - refused - blocked) AS "Sans réponse"
FROM boards.meal_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
GROUP BY 1
ORDER BY 1;

-- name: asked_by_day
SELECT $__timeGroupAlias(time, $__interval), sum(meals) AS "À porter", sum(cancelled) AS "Annulés avant"
FROM boards.meal_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
GROUP BY 1
ORDER BY 1;

-- name: punctuality_by_day
SELECT $__timeGroupAlias(time, $__interval), 100.0 * sum(on_time) / nullif(sum(rung), 0) AS "Au quart d'heure prévu",
       100.0 * sum(in_window) / nullif(sum(windowed), 0) AS "Dans le créneau demandé"
FROM boards.meal_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[]) AND rung > 0
GROUP BY 1
ORDER BY 1;

-- name: lateness
SELECT v.label AS "Écart", v.doors AS "Portes"
FROM (SELECT sum(early_30) AS a, sum(early_15) AS b, sum(on_time) AS c, sum(late_15) AS d, sum(late_30) AS e
      FROM boards.meal_day
      WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])) s
CROSS JOIN LATERAL (VALUES (1, 'avance > 30 min', s.a), (2, 'avance 15-30 min', s.b), (3, 'à l''heure', s.c),
                           (4, 'retard 15-30 min', s.d), (5, 'retard > 30 min', s.e)) AS v (position, label, doors)
WHERE v.doors IS NOT NULL
ORDER BY v.position;

-- name: temperatures
SELECT $__timeGroupAlias(time, $__interval),
       sum(celsius_sum) FILTER (WHERE place = 'departure') / nullif(sum(measures) FILTER (WHERE place = 'departure'), 0)
           AS "Départ, moyenne",
       sum(celsius_sum) FILTER (WHERE place = 'door') / nullif(sum(measures) FILTER (WHERE place = 'door'), 0)
           AS "Porte, moyenne",
       max(celsius_max) FILTER (WHERE place = 'departure') AS "Départ, maximum",
       max(celsius_max) FILTER (WHERE place = 'door') AS "Porte, maximum"
FROM boards.meal_cold_day
WHERE $__timeFilter(time)
GROUP BY 1
ORDER BY 1;

-- name: excursions
SELECT $__timeGroupAlias(time, $__interval), sum(excursions) FILTER (WHERE place = 'departure') AS "Au départ",
       sum(excursions) FILTER (WHERE place = 'door') AS "À la porte"
FROM boards.meal_cold_day
WHERE $__timeFilter(time)
GROUP BY 1
ORDER BY 1;

-- name: rounds
SELECT $__timeGroupAlias(r.time, $__interval), sum(r.distance_m) / 1000.0 / sum(r.rounds) AS "Kilomètres par tournée",
       sum(d.meals)::double precision / sum(r.rounds) AS "Plateaux par tournée",
       sum(d.doors)::double precision / sum(r.rounds) AS "Portes par tournée"
FROM boards.meal_round_day r
LEFT JOIN boards.meal_day d ON d.day = r.day AND d.area = '*'
WHERE $__timeFilter(r.time)
GROUP BY 1
ORDER BY 1;

-- name: habits
SELECT $__timeGroupAlias(time, $__interval), sum(kept) AS "Rien ne change", sum(other_hour) AS "Autre heure",
       sum(other_driver) AS "Autre conducteur", sum(other_both) AS "Les deux"
FROM boards.meal_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
GROUP BY 1
ORDER BY 1;

-- name: kept
SELECT 100.0 * sum(kept) / nullif(sum(kept + other_hour + other_driver + other_both), 0) AS "Conducteur et heure",
       100.0 * sum(kept + other_hour) / nullif(sum(kept + other_hour + other_driver + other_both), 0) AS "Conducteur"
FROM boards.meal_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[]);

-- name: communes
SELECT c.name AS "Commune", d.people AS "Personnes", d.meals AS "À porter", d.served AS "Remis", d.cancelled AS "Annulés",
       d.absent AS "Absences", d.refused AS "Refus", d.punctual AS "À l'heure"
FROM (
    SELECT area, max(people) AS people, sum(meals) AS meals, sum(served) AS served, sum(cancelled) AS cancelled,
           sum(doors_absent) AS absent, sum(doors_refused) AS refused,
           100.0 * sum(on_time) / nullif(sum(rung), 0) AS punctual
    FROM boards.meal_day
    WHERE $__timeFilter(time) AND left(area, 1) NOT IN ('*', '@')
    GROUP BY area
) d
JOIN boards.commune c ON c.insee = d.area
WHERE c.areas && ARRAY[${commune:sqlstring}]::text[]
ORDER BY d.meals DESC, c.name;

-- name: concerns
SELECT v.label AS "Depuis", coalesce(sum(c.concerns) FILTER (WHERE c.about = 'person'), 0) AS "Personnes",
       coalesce(sum(c.concerns) FILTER (WHERE c.about = 'cold'), 0) AS "Chaîne du froid",
       coalesce(sum(c.concerns) FILTER (WHERE c.about = 'late'), 0) AS "Retards"
FROM (VALUES (1, 'moins d''1 h'), (2, '1 à 4 h'), (3, '4 à 24 h'), (4, '1 à 7 jours'), (5, 'plus de 7 jours')) AS v (class, label)
LEFT JOIN boards.meal_concern c ON c.age_class = v.class
GROUP BY v.class, v.label
ORDER BY v.class;
