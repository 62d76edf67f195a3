-- name: forget_passages
SELECT answers.forget_passages((date_trunc('day', %(now)s::timestamptz AT TIME ZONE 'Europe/Paris')
                                - make_interval(months => %(months)s)) AT TIME ZONE 'Europe/Paris') AS forgotten;

-- name: bill_passages
SELECT answers.bill_passages(%(since)s, %(until)s) AS written;

-- name: by_site
SELECT site, category, sum(entered)::bigint AS entered, sum(refused)::bigint AS refused, sum(overrun)::bigint AS overrun,
       sum(offline)::bigint AS offline
FROM answers.gate_hour WHERE hour >= %(since)s AND hour < %(until)s AND (%(site)s::text IS NULL OR site = %(site)s)
GROUP BY site, category ORDER BY site, entered DESC, category;

-- name: by_hour
-- Entries by hour of the local day.
SELECT extract(hour FROM hour AT TIME ZONE 'Europe/Paris')::integer AS hour, sum(entered)::bigint AS entered
FROM answers.gate_hour WHERE hour >= %(since)s AND hour < %(until)s AND (%(site)s::text IS NULL OR site = %(site)s)
GROUP BY 1 ORDER BY 1;

-- name: by_day
SELECT (hour AT TIME ZONE 'Europe/Paris')::date AS day, sum(entered)::bigint AS entered
FROM answers.gate_hour WHERE hour >= %(since)s AND hour < %(until)s AND (%(site)s::text IS NULL OR site = %(site)s)
GROUP BY 1 ORDER BY 1;

-- name: by_material
SELECT site, category, material, sum(loads)::bigint AS loads, sum(volume_l)::bigint AS volume_l,
       sum(weight_kg)::bigint AS weight_kg
FROM answers.gate_load WHERE hour >= %(since)s AND hour < %(until)s AND (%(site)s::text IS NULL OR site = %(site)s)
GROUP BY site, category, material ORDER BY site, volume_l DESC, material;

-- name: hours
-- Hour by hour, for a spreadsheet.
SELECT hour, site, category, entered, refused, overrun, offline
FROM answers.gate_hour WHERE hour >= %(since)s AND hour < %(until)s AND (%(site)s::text IS NULL OR site = %(site)s)
ORDER BY hour, site, category;

-- name: statements
-- What each holder with an account, or a firm, brought: one line a holder.
SELECT h.id, h.reference, h.category, h.account_ref, count(DISTINCT p.id) AS entered,
       coalesce(sum(b.volume_l), 0)::bigint AS volume_l, coalesce(sum(b.weight_kg), 0)::bigint AS weight_kg,
       bool_or(cardinality(p.overruns) > 0) AS overrun
FROM gate.passage p
JOIN people.holder h ON h.id = p.holder_id
LEFT JOIN LATERAL jsonb_to_recordset(p.brought) AS b (material text, volume_l integer, weight_kg integer) ON true
WHERE p.opened AND p.at >= %(since)s AND p.at < %(until)s
  AND (h.account_ref IS NOT NULL OR jsonb_array_length(p.brought) > 0)
GROUP BY h.id ORDER BY volume_l DESC, h.reference LIMIT 500;

-- name: statement
-- One holder's statement: every entry of the time, with what was brought.
SELECT p.id, p.at, p.site, p.vehicle, p.brought, p.overruns, p.offline, p.override IS NOT NULL AS override
FROM gate.passage p
WHERE p.holder_id = %(holder)s AND p.opened AND p.at >= %(since)s AND p.at < %(until)s ORDER BY p.at, p.id;
