-- name: await_first_words
-- A mounted container nobody has heard yet gets its first, empty state, so that its silence is noticed too.
INSERT INTO container_state (container_id, device_id, quality, memory)
SELECT h.container_id, h.device_id, 'silent', %(memory)s
FROM mounting h
JOIN container c ON c.id = h.container_id AND c.in_service @> %(now)s::timestamptz
WHERE h.during @> %(now)s::timestamptz
  AND NOT EXISTS (SELECT FROM container_state t WHERE t.container_id = h.container_id)
ON CONFLICT (container_id) DO NOTHING;

-- name: containers_to_tick
-- Containers whose probe may have fallen silent: unheard for as many reports as was chosen and without that alert yet.
-- Skips what ingest holds at this moment.
SELECT c.id, k.volume_l, k.empty_distance_mm, k.full_distance_mm, k.dead_zone_mm, k.shape, k.plan_percent,
       k.urgent_percent, d.report_interval_s, t.memory
FROM container c
JOIN answers.calibration_now k ON k.container_id = c.id
JOIN mounting h ON h.container_id = c.id AND h.during @> %(now)s::timestamptz
JOIN device d ON d.id = h.device_id
JOIN container_state t ON t.container_id = c.id
WHERE c.id > %(after)s AND c.in_service @> %(now)s::timestamptz
  AND coalesce(t.measured_at, '-infinity') < %(now)s::timestamptz - %(reports)s * d.report_interval_s * INTERVAL '1 second'
  AND NOT EXISTS (SELECT FROM alert a WHERE a.container_id = c.id AND a.kind = 'silent' AND a.closed_at IS NULL)
ORDER BY c.id
LIMIT %(at_most)s
FOR UPDATE OF t SKIP LOCKED;

-- name: save_ticked
UPDATE container_state
SET quality = %(quality)s, memory = n.memory, fill_percent = (n.memory->>'fill_percent')::real,
    estimated = (n.memory->>'estimated')::boolean, believed_at = (n.memory->>'believed_at')::timestamptz
FROM (SELECT %(memory)s::jsonb AS memory) n
WHERE container_id = %(id)s;

-- name: open_alert
INSERT INTO alert (container_id, kind, opened_at, sentence)
VALUES (%(id)s, %(kind)s, %(at)s, %(sentence)s)
ON CONFLICT (container_id, kind) WHERE closed_at IS NULL DO NOTHING;

-- name: notify_live
SELECT pg_notify('glaneur_live', %(event)s);

-- name: plannings_under_way
-- Plannings that are not over: does a living process hold them (see hold_planning), what became of their job,
-- how often were they begun since they were asked for?
SELECT p.id, p.status, j.id AS job_id, j.status::text AS job_status,
       w.id IS NULL OR w.last_heartbeat < now() - %(patience)s::interval AS worker_dead,
       EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND l.classid = 1735156078 AND l.objid = p.id::integer::oid) AS held,
       (SELECT count(*) FROM jobs.procrastinate_jobs k
        JOIN jobs.procrastinate_events e ON e.job_id = k.id AND e.type = 'started'
        WHERE k.task_name = 'plan' AND (k.args->>'planning_id')::bigint = p.id AND e.at >= p.requested_at) AS tries
FROM planning p
LEFT JOIN LATERAL (
    SELECT * FROM jobs.procrastinate_jobs j
    WHERE j.task_name = 'plan' AND (j.args->>'planning_id')::bigint = p.id AND j.status IN ('todo', 'doing')
    ORDER BY j.id DESC LIMIT 1
) j ON true
LEFT JOIN jobs.procrastinate_workers w ON w.id = j.worker_id
WHERE p.status IN ('queued', 'running') AND p.requested_at < now() - INTERVAL '5 seconds'
ORDER BY p.id
FOR UPDATE OF p SKIP LOCKED;

-- name: nothing_learned
-- Forecasts need not wait for the hour when there are none yet.
SELECT 1 WHERE NOT EXISTS (SELECT FROM stream_habit)
  AND NOT EXISTS (SELECT FROM jobs.procrastinate_jobs j WHERE j.task_name = 'learn_and_foresee' AND j.status = 'todo');

-- name: end_job
UPDATE jobs.procrastinate_jobs SET status = 'failed', worker_id = NULL WHERE id = %(id)s AND status = 'doing';

-- name: release_locks
-- Jobs that run one after the other would wait for ever for one whose worker died: it waits again, as the others
-- do, unless one that does the same waits already, or it was begun five times.
WITH dead AS (
    SELECT j.id
    FROM jobs.procrastinate_jobs j
    LEFT JOIN jobs.procrastinate_workers w ON w.id = j.worker_id
    WHERE j.status = 'doing' AND j.lock IS NOT NULL
      AND (w.id IS NULL OR w.last_heartbeat < now() - %(patience)s::interval)
    FOR UPDATE OF j SKIP LOCKED
)
UPDATE jobs.procrastinate_jobs j
SET status = (CASE WHEN j.attempts >= 5 OR EXISTS (SELECT FROM jobs.procrastinate_jobs k
                                                   WHERE k.queueing_lock = j.queueing_lock AND k.status = 'todo')
                   THEN 'failed' ELSE 'todo' END)::jobs.procrastinate_job_status,
    attempts = j.attempts + 1, worker_id = NULL
FROM dead
WHERE j.id = dead.id
RETURNING j.id, j.task_name, j.status::text AS status;
-- name: queue_again
UPDATE planning SET status = 'queued', progress = 0, message = '' WHERE id = %(id)s;

-- name: give_up
UPDATE planning SET status = 'failed', message = %(message)s, finished_at = now() WHERE id = %(id)s;

-- name: purge_sessions
SELECT answers.purge_sessions() AS purged;

-- name: purge_jobs
-- Jobs that ended more than a week ago.
DELETE FROM jobs.procrastinate_jobs j
WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
  AND NOT EXISTS (SELECT FROM jobs.procrastinate_events e WHERE e.job_id = j.id AND e.at > now() - INTERVAL '7 days');
