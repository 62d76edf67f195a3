-- name: settings_now
-- What was chosen for each kind, where something was.
SELECT DISTINCT ON (kind) kind, opens_at::float8 AS opens_at, clears_at::float8 AS clears_at, lasting_s, tells, rings,
       wait_s, repeat_s, escalate_s, gather_s
FROM alert_setting
ORDER BY kind, since DESC, id DESC;

-- name: conditions_by_date
SELECT since, kind, opens_at::float8 AS opens_at, clears_at::float8 AS clears_at, lasting_s
FROM alert_setting
ORDER BY since, id;

-- name: save_setting
INSERT INTO alert_setting (kind, since, set_by, opens_at, clears_at, lasting_s, tells, rings, wait_s, repeat_s,
                           escalate_s, gather_s)
VALUES (%(kind)s, %(since)s, %(set_by)s, %(opens_at)s, %(clears_at)s, %(lasting_s)s, %(tells)s, %(rings)s, %(wait_s)s,
        %(repeat_s)s, %(escalate_s)s, %(gather_s)s);

-- name: setting_changes
-- Who changed what, lately?
SELECT s.kind, s.since, p.display_name AS set_by
FROM alert_setting s
LEFT JOIN people.account p ON p.id = s.set_by
ORDER BY s.since DESC, s.id DESC
LIMIT 20;

-- name: inbox
-- Alerts of one state of the inbox. Those nobody takes care of first, then the gravest, then the newest.
WITH ranked AS (
    SELECT kind, rank FROM unnest(%(kinds)s::text[]) WITH ORDINALITY AS r (kind, rank)
)
SELECT a.id, a.kind, a.opened_at, a.sentence, a.closed_at, a.closed_because, a.acknowledged_at,
       k.display_name AS acknowledged_by, a.assigned_to, g.login AS assigned_login,
       g.display_name AS assigned_name, a.snoozed_until, a.escalated_at,
       n.id AS container_id, n.code AS container, n.stream, n.stream_label, n.point_name, n.insee, n.commune,
       (SELECT count(*) FROM people.alert_event e WHERE e.alert_id = a.id AND e.what = 'commented') AS comments,
       count(*) OVER () AS found
FROM alert a
JOIN answers.container_now n ON n.id = a.container_id
LEFT JOIN people.account k ON k.id = a.acknowledged_by
LEFT JOIN people.account g ON g.id = a.assigned_to
LEFT JOIN ranked r ON r.kind = a.kind
WHERE CASE %(state)s
        WHEN 'todo' THEN a.closed_at IS NULL AND a.acknowledged_at IS NULL
                         AND coalesce(a.snoozed_until <= %(now)s, true)
        WHEN 'taken' THEN a.closed_at IS NULL AND a.acknowledged_at IS NOT NULL
                          AND coalesce(a.snoozed_until <= %(now)s, true)
        WHEN 'asleep' THEN a.closed_at IS NULL AND a.snoozed_until > %(now)s
        WHEN 'open' THEN a.closed_at IS NULL
        WHEN 'closed' THEN a.closed_at > %(now)s::timestamptz - INTERVAL '30 days'
        ELSE true
      END
  AND (%(id)s::bigint IS NULL OR a.id = %(id)s)
  AND (%(kind)s::text IS NULL OR a.kind = %(kind)s)
  AND (%(insee)s::text IS NULL OR n.insee = %(insee)s)
  AND (%(stream)s::text IS NULL OR n.stream = %(stream)s)
  AND (%(assigned)s::integer IS NULL OR a.assigned_to = %(assigned)s)
ORDER BY a.closed_at DESC NULLS FIRST, a.acknowledged_at IS NOT NULL, a.escalated_at IS NULL, r.rank NULLS LAST,
         a.opened_at DESC, a.id
LIMIT %(at_most)s OFFSET %(skip)s;

-- name: inbox_counts
-- How many alerts are in each state, whatever the other filters?
SELECT count(*) FILTER (WHERE closed_at IS NULL AND acknowledged_at IS NULL AND NOT asleep) AS todo,
       count(*) FILTER (WHERE closed_at IS NULL AND acknowledged_at IS NOT NULL AND NOT asleep) AS taken,
       count(*) FILTER (WHERE closed_at IS NULL AND asleep) AS asleep,
       count(*) FILTER (WHERE closed_at IS NULL) AS open,
       count(*) FILTER (WHERE closed_at IS NOT NULL) AS closed
FROM (
    SELECT a.*, coalesce(a.snoozed_until > %(now)s, false) AS asleep
    FROM alert a
    JOIN container c ON c.id = a.container_id AND c.in_service @> %(now)s::timestamptz
    WHERE a.closed_at IS NULL OR a.closed_at > %(now)s::timestamptz - INTERVAL '30 days'
) a;

-- name: communes
SELECT DISTINCT m.insee, m.name FROM commune m JOIN point p ON p.insee = m.insee ORDER BY m.name;

-- name: streams
SELECT code, label FROM stream ORDER BY label;

-- name: colleagues
-- To whom may an alert be given?
SELECT login, display_name FROM people.account WHERE active AND role IN ('dispatcher', 'admin') ORDER BY display_name;

-- name: account_of_login
SELECT id, display_name FROM people.account WHERE login = %(login)s AND active AND role IN ('dispatcher', 'admin');

-- name: hold_alert
-- Held until the transaction ends: ingest's closing waits, or has been seen.
SELECT FROM alert WHERE id = %(id)s FOR UPDATE;

-- name: alert_held
-- The alert as it is now that it is held. In a statement of its own: after a wait, one that locks sees the new row
-- beside the old rows of its other tables.
SELECT a.id, a.container_id, a.closed_at, a.acknowledged_at, a.snoozed_until, a.assigned_to, c.code AS container,
       g.login AS assigned_login, g.display_name AS assigned_name
FROM alert a
JOIN container c ON c.id = a.container_id
LEFT JOIN people.account g ON g.id = a.assigned_to
WHERE a.id = %(id)s;

-- name: assign
UPDATE alert SET assigned_to = %(assignee)s, assigned_at = %(now)s WHERE id = %(id)s;

-- name: snooze
UPDATE alert SET snoozed_until = %(until)s WHERE id = %(id)s;

-- name: add_event
INSERT INTO people.alert_event (alert_id, at, account_id, what, assignee_id, until, note)
VALUES (%(id)s, %(now)s, %(account)s, %(what)s, %(assignee)s, %(until)s, %(note)s);

-- name: history
-- Everything that happened to an alert, in order: it opened, people acted, people were told, it closed.
SELECT at, what, who, whom, until, note
FROM (
    SELECT a.opened_at AS at, 'opened' AS what, NULL AS who, NULL AS whom, NULL::timestamptz AS until,
           a.sentence AS note, 0 AS step
    FROM alert a WHERE a.id = %(id)s
    UNION ALL
    SELECT e.at, e.what, p.display_name, g.display_name, e.until, e.note, 1
    FROM people.alert_event e
    LEFT JOIN people.account p ON p.id = e.account_id
    LEFT JOIN people.account g ON g.id = e.assignee_id
    WHERE e.alert_id = %(id)s
    UNION ALL
    SELECT n.at, 'told', p.display_name, NULL, NULL, s.channel, 1
    FROM people.notified n
    JOIN people.subscription s ON s.id = n.subscription_id
    JOIN people.account p ON p.id = s.account_id
    WHERE n.alert_id = %(id)s
    UNION ALL
    SELECT a.closed_at, 'closed', NULL, NULL, NULL, coalesce(a.closed_because, ''), 2
    FROM alert a WHERE a.id = %(id)s AND a.closed_at IS NOT NULL
) h
ORDER BY at, step;

-- name: tell
-- Tell the open pages that a container's alerts changed, at commit.
SELECT pg_notify('glaneur_live', json_build_object('topic', 'containers', 'containers',
                                                   json_build_array(%(container)s::integer))::text);

-- name: acknowledge
UPDATE alert SET acknowledged_at = %(now)s, acknowledged_by = %(account)s WHERE id = %(id)s;
