-- name: agents_terminal
-- The terminal that stands for a site's agents: nobody has its key, it speaks through their sessions.
SELECT id, name, site FROM gate.terminal WHERE name = %(name)s AND site = %(site)s;

-- name: add_agents_terminal
INSERT INTO gate.terminal (name, site, key_hash) VALUES (%(name)s, %(site)s, %(key_hash)s)
ON CONFLICT (name) DO UPDATE SET site = EXCLUDED.site
RETURNING id, name, site;

-- name: shown_category
-- Which category does a badge belong to?
SELECT h.category FROM people.badge b JOIN people.holder h ON h.id = b.holder_id WHERE b.number_hash = %(number_hash)s;

-- name: counters_of_day
-- A site's passages of one day: let in, refused, to look at afterwards.
SELECT count(*) FILTER (WHERE opened) AS entered, count(*) FILTER (WHERE NOT opened) AS refused,
       count(*) FILTER (WHERE opened AND cardinality(overruns) > 0) AS to_check
FROM gate.passage WHERE site = %(site)s AND at >= %(since)s AND at < %(until)s;

-- name: categories_of_day
SELECT coalesce(category, '') AS category, count(*) AS entered
FROM gate.passage WHERE site = %(site)s AND at >= %(since)s AND at < %(until)s AND opened
GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: skips_of_site
-- A site's skips with the newest word on each: someone's eyes, or the probe that is mounted.
SELECT k.id, k.code, k.label, k.material, k.volume_l,
       CASE WHEN n.measured_at > coalesce(l.at, '-infinity') THEN n.fill_percent ELSE l.percent END::double precision
           AS percent,
       greatest(n.measured_at, l.at) AS at,
       CASE WHEN n.measured_at > coalesce(l.at, '-infinity') THEN 'probe' WHEN l.at IS NOT NULL THEN 'seen' END AS source,
       g.id AS haulage, g.status AS haulage_status, g.asked_at, g.day AS haulage_day, g.pickup_at
FROM gate.skip k
LEFT JOIN LATERAL (SELECT at, percent FROM gate.skip_level WHERE skip_id = k.id ORDER BY at DESC LIMIT 1) l ON true
LEFT JOIN answers.container_now n ON n.id = k.container_id
LEFT JOIN gate.haulage g ON g.skip_id = k.id AND g.status IN ('asked', 'planned')
WHERE k.site = %(site)s AND k.active
ORDER BY k.label, k.code;

-- name: skip_at
SELECT id, site, label FROM gate.skip WHERE id = %(skip)s AND site = %(site)s AND active;

-- name: add_level
INSERT INTO gate.skip_level (event_id, skip_id, at, percent, account_id)
VALUES (%(event_id)s, %(skip)s, %(at)s, %(percent)s, %(account)s)
ON CONFLICT (event_id) DO NOTHING RETURNING event_id;

-- name: ask_haulage
-- One request at a time for a skip: a second is the first.
INSERT INTO gate.haulage (skip_id, asked_at, asked_by, event_id, reason)
VALUES (%(skip)s, %(at)s, %(account)s, %(event_id)s, %(reason)s)
ON CONFLICT DO NOTHING RETURNING id;

-- name: add_incident
INSERT INTO gate.incident (event_id, site, at, kind, sentence, account_id)
VALUES (%(event_id)s, %(site)s, %(at)s, %(incident)s, %(sentence)s, %(account)s)
ON CONFLICT (event_id) DO NOTHING RETURNING event_id;

-- name: tell_site
SELECT pg_notify('glaneur_live', json_build_object('topic', 'site', 'site', %(site)s::text)::text);
