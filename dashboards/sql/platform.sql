-- Plateforme: whether messages come in, jobs get done, and the database holds.

-- name: rate
-- A server that restarts after a fall counts from zero again: that step is not known.
SELECT $__timeGroupAlias(time, $__interval), avg(per_s) AS "Mesures écrites"
FROM (
    SELECT time, CASE WHEN inserted >= lag(inserted) OVER w
                      THEN (inserted - lag(inserted) OVER w) / extract(epoch FROM time - lag(time) OVER w) END AS per_s
    FROM boards.platform
    WHERE $__timeFilter(time)
    WINDOW w AS (ORDER BY time)
) s
GROUP BY 1
ORDER BY 1;

-- name: now
SELECT heard_age_s AS "Dernière mesure"
FROM boards.platform
WHERE $__timeFilter(time)
ORDER BY time DESC
LIMIT 1;

-- name: waiting_now
SELECT quarantined AS "En quarantaine", jobs_waiting AS "Travaux en attente", jobs_failed AS "Travaux échoués",
       messages_dead AS "Envois perdus"
FROM boards.platform
WHERE $__timeFilter(time)
ORDER BY time DESC
LIMIT 1;

-- name: lag
SELECT $__timeGroupAlias(time, $__interval), max(heard_age_s) AS "Âge de la dernière mesure",
       max(oldest_job_s) AS "Plus vieux travail en attente"
FROM boards.platform
WHERE $__timeFilter(time)
GROUP BY 1
ORDER BY 1;

-- name: queue
SELECT $__timeGroupAlias(time, $__interval), max(jobs_waiting) AS "Travaux", max(marks_waiting) AS "Heures à compter"
FROM boards.platform
WHERE $__timeFilter(time)
GROUP BY 1
ORDER BY 1;

-- name: quarantine
SELECT reason AS "Motif", messages AS "Messages", times AS "Fois", first_at AS "Depuis", last_at AS "Dernier"
FROM boards.quarantine
ORDER BY last_at DESC
LIMIT 20;

-- name: jobs
SELECT task AS "Travail", sum(jobs) FILTER (WHERE status = 'todo') AS "En attente",
       sum(jobs) FILTER (WHERE status = 'succeeded') AS "Faits", sum(jobs) FILTER (WHERE status = 'failed') AS "Échoués"
FROM boards.job
GROUP BY task
ORDER BY 4 DESC NULLS LAST, task;

-- name: size
SELECT $__timeGroupAlias(time, $__interval), max(database_bytes) AS "Base de données"
FROM boards.platform
WHERE $__timeFilter(time)
GROUP BY 1
ORDER BY 1;

-- name: relations
SELECT relation AS "Table", bytes AS "Taille"
FROM boards.relation
WHERE bytes > 0
ORDER BY bytes DESC
LIMIT 12;
