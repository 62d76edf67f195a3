-- What warns the administrator: each answers one figure, at the end of the period looked at.

-- name: heard
SELECT coalesce(max(heard_age_s), 0) AS value FROM (
    SELECT heard_age_s FROM boards.platform ORDER BY time DESC LIMIT 1) AS last;

-- name: sampled
SELECT coalesce(extract(epoch FROM glaneur_now() - max(time)), 0) AS value FROM boards.platform;

-- name: quarantine
SELECT coalesce(sum(messages), 0) AS value FROM boards.quarantine WHERE first_at > glaneur_now() - INTERVAL '1 hour';

-- name: queue
SELECT coalesce(max(oldest_job_s), 0) AS value FROM (
    SELECT oldest_job_s FROM boards.platform ORDER BY time DESC LIMIT 1) AS last;

-- name: dead
SELECT coalesce(max(messages_dead), 0) AS value FROM (
    SELECT messages_dead FROM boards.platform ORDER BY time DESC LIMIT 1) AS last;

-- name: growth
-- Bytes a day, over the last week.
SELECT coalesce((max(database_bytes) - min(database_bytes)) / greatest(1, extract(epoch FROM max(time) - min(time)) / 86400), 0)
    AS value
FROM boards.platform WHERE time > glaneur_now() - INTERVAL '7 days';
