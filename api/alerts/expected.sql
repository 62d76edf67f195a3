-- What the worker looks at to expect an overflow or to ask about an emptying.

-- name: forecast_is_there
SELECT to_regclass('public.container_forecast') IS NOT NULL AS there;

-- name: emptyings_are_there
SELECT to_regclass('answers.unexplained_emptying') IS NOT NULL AS there;

-- name: outlooks
-- How likely is each container to overflow before its next planned service, or before the end of the horizon when none
-- is planned? By the end of that day, as forecasts tell days. One older than a day tells nothing. Containers with an alert of this kind are here even when they have no forecast any more.
SELECT c.id, n.at IS NOT NULL AS planned,
       ((coalesce(n.at, %(horizon)s)) AT TIME ZONE 'Europe/Paris')::date AS before,
       f.risk_percent, t.fill_percent, a.id AS alert_id
FROM container c
LEFT JOIN alert a ON a.container_id = c.id AND a.kind = %(kind)s AND a.closed_at IS NULL
LEFT JOIN container_state t ON t.container_id = c.id
LEFT JOIN LATERAL (
    SELECT min(s.arrival_at) AS at
    FROM stop_container k
    JOIN stop s ON s.id = k.stop_id
    JOIN round r ON r.id = s.round_id AND r.status = 'published'
    WHERE k.container_id = c.id AND s.arrival_at BETWEEN %(now)s AND %(horizon)s
) n ON true
LEFT JOIN LATERAL (
    SELECT 100 * p.overflow AS risk_percent
    FROM container_forecast o, unnest(o.ends, o.p_overflow) AS p (ends, overflow)
    WHERE o.container_id = c.id AND o.made_at > %(now)s::timestamptz - INTERVAL '1 day'
      AND p.ends >= coalesce(n.at, %(horizon)s)
    ORDER BY p.ends
    LIMIT 1
) f ON true
WHERE c.in_service @> %(now)s::timestamptz AND (f.risk_percent IS NOT NULL OR a.id IS NOT NULL)
ORDER BY c.id;

-- name: unexplained
-- The newest emptying of each container that nobody explains, and the alert that is open about one.
SELECT coalesce(u.container_id, a.container_id) AS id, u.emptied_at, u.ripe_at, u.before_percent, u.after_percent,
       a.id AS alert_id, a.opened_at
FROM (
    SELECT DISTINCT ON (container_id) container_id, emptied_at, ripe_at, before_percent, after_percent
    FROM answers.unexplained_emptying
    WHERE emptied_at > %(since)s
    ORDER BY container_id, emptied_at DESC
) u
FULL JOIN (SELECT * FROM alert WHERE kind = %(kind)s AND closed_at IS NULL) a ON a.container_id = u.container_id
ORDER BY 1;

-- name: told_before
-- Was this emptying asked about before, and the question closed?
SELECT EXISTS (SELECT FROM alert WHERE container_id = %(id)s AND kind = %(kind)s AND opened_at >= %(emptied_at)s) AS told;

-- name: open_alert
INSERT INTO alert (container_id, kind, opened_at, sentence)
VALUES (%(id)s, %(kind)s, %(now)s, %(sentence)s)
ON CONFLICT (container_id, kind) WHERE closed_at IS NULL DO NOTHING;

-- name: close_alert
UPDATE alert SET closed_at = greatest(opened_at, %(now)s), closed_because = %(because)s
WHERE id = %(alert_id)s AND closed_at IS NULL;
