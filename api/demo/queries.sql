-- name: history_is_in
-- How many containers have reported within the last two reporting intervals.
SELECT count(*) AS containers,
       count(*) FILTER (WHERE measured_at > glaneur_now() - make_interval(secs => 2 * report_interval_s)) AS reporting
FROM answers.container_now;

-- name: figures
SELECT (SELECT count(*) FROM reading) AS readings_stored,
       (SELECT count(*) FROM quarantine) AS quarantined,
       (SELECT count(*) FROM alert WHERE closed_at IS NULL) AS alerts_open,
       (SELECT count(*) FROM people.notification WHERE status = 'sent') AS mails_written,
       (SELECT count(*) FROM gate.passage) AS passages,
       (SELECT count(*) FROM gate.passage WHERE opened) AS passages_opened,
       (SELECT count(*) FROM gate.passage WHERE offline) AS passages_offline,
       (SELECT count(*) FROM meals.request WHERE document->>'kind' <> 'outcome') AS meals_asked,
       (SELECT count(*) FROM meals.round WHERE status <> 'cancelled') AS meal_rounds,
       (SELECT coalesce(sum(cardinality(d.meals)), 0)::bigint FROM meals.door d JOIN meals.round r ON r.id = d.round_id
        WHERE r.status <> 'cancelled') AS meals_carried,
       (SELECT count(DISTINCT door_id) FROM meals.door_event) AS doors_told,
       (SELECT count(*) FROM people.family_message WHERE status = 'sent') AS relatives_told,
       (SELECT count(*) FROM round) AS rounds_planned,
       (SELECT count(*) FROM stop WHERE kind = 'collect') AS stops,
       (SELECT coalesce(round(sum(distance_m) / 1000.0, 1), 0)::double precision FROM round) AS km;

-- name: subscribe
-- The dispatcher is told by mail, which the demonstration writes to files.
INSERT INTO people.subscription (account_id, channel, address)
SELECT id, 'email', 'regulation@exemple.fr' FROM people.account WHERE login = %(login)s;
