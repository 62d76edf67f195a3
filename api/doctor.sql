-- name: edition
SELECT (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS version,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') AS offered,
       current_setting('timescaledb.license', true) AS licence,
       EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = 'public.reading'::regclass AND t.tgname = 'ts_insert_blocker')
           OR EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = 'public.reading'::regclass) AS hypertable;

-- name: roles
SELECT wanted AS role, r.oid IS NOT NULL AS there,
       r.oid IS NOT NULL AND pg_has_role(current_user, r.oid, 'MEMBER') AS member
FROM unnest(%(roles)s::text[]) AS wanted
LEFT JOIN pg_roles r ON r.rolname = wanted
ORDER BY wanted;

-- name: accounts
SELECT count(*) FILTER (WHERE role IN ('dispatcher', 'admin')) AS dispatchers,
       count(*) FILTER (WHERE role = 'driver') AS drivers
FROM people.account WHERE active;

-- name: clock
SELECT clock_timestamp() AS server, (SELECT rate FROM public.clock) AS rate;

-- name: messages
SELECT (SELECT count(*) FROM container) AS containers, (SELECT max(measured_at) FROM container_state) AS last,
       glaneur_now() AS now;

-- name: workers
SELECT count(*) AS alive FROM jobs.procrastinate_workers WHERE last_heartbeat > now() - INTERVAL '60 seconds';

-- name: queue
SELECT count(*) FILTER (WHERE j.status = 'todo') AS waiting,
       count(*) FILTER (WHERE j.status = 'failed' AND e.at > now() - INTERVAL '1 day') AS failed,
       max(now() - e.at) FILTER (WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()) AS oldest
FROM jobs.procrastinate_jobs j
LEFT JOIN LATERAL (SELECT max(x.at) AS at FROM jobs.procrastinate_events x WHERE x.job_id = j.id) e ON true;
