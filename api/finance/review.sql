-- name: rules_now
SELECT double_s, double_m, cycle_s, neighbour_m, most_per_day, author, at
FROM finance.review_rules ORDER BY id DESC LIMIT 1;

-- name: rules_added
INSERT INTO finance.review_rules (at, author, double_s, double_m, cycle_s, neighbour_m, most_per_day)
VALUES (%(at)s, %(author)s, %(double_s)s, %(double_m)s, %(cycle_s)s, %(neighbour_m)s, %(most_per_day)s);

-- name: events_around
-- What a moving window holds: read by machines, and not cancelled by anyone. decided: by a person; doubted: a doubt is
-- there already; billed: an issued run has counted that day.
SELECT e.id, e.at, e.kind, e.bin_code, coalesce(e.badge_code, e.account_ref) AS badge, e.device, e.lat, e.lon,
       e.signal_dbm, e.aside,
       c.id IS NOT NULL AS decided, d.event_id IS NOT NULL AS doubted,
       EXISTS (SELECT FROM finance.run r
               WHERE r.status = 'issued' AND (e.at AT TIME ZONE 'Europe/Paris')::date <@ r.during) AS billed
FROM finance.usage_event e
LEFT JOIN finance.doubt d ON d.event_id = e.id
LEFT JOIN LATERAL (SELECT id, action FROM finance.correction WHERE event_id = e.id
                   ORDER BY at DESC, id DESC LIMIT 1) c ON true
WHERE e.at >= %(since)s AND e.at < %(before)s AND e.author IS NULL AND c.action IS DISTINCT FROM 'annuler'
ORDER BY e.at, e.id;

-- name: homes
-- Where the bins of these days live, when that is one place.
SELECT b.code, min(w.lat) AS lat, min(w.lon) AS lon
FROM finance.bin_held h
JOIN finance.bin b ON b.id = h.bin_id
JOIN finance.account a ON a.id = h.account_id
JOIN finance.dwelling w ON w.id = a.dwelling_id AND w.lat IS NOT NULL
WHERE h.during && daterange(%(first)s, %(end)s)
GROUP BY b.code
HAVING count(DISTINCT (w.lat, w.lon)) = 1;

-- name: doubt_added
INSERT INTO finance.doubt (event_id, rule, sentence, other)
VALUES (%(event)s, %(rule)s, %(sentence)s, %(other)s) ON CONFLICT (event_id) DO NOTHING;

-- name: to_review
-- Events set aside that nobody has decided on, oldest first, with the account they would be billed to.
SELECT e.id, e.at, e.kind, e.bin_code, e.badge_code, e.account_ref, e.count, e.kg, e.m3, e.litres, e.stream,
       e.device, e.lat, e.lon, e.signal_dbm, e.replaces, e.author, e.reason AS written_because,
       coalesce(d.rule, 'declare') AS rule, coalesce(e.aside, 'à vérifier : ' || d.sentence) AS aside,
       d.other, o.at AS other_at, coalesce(o.bin_code, o.badge_code, o.account_ref) AS other_subject,
       h.account_id, h.reference, count(*) OVER () AS found
FROM finance.usage_event e
LEFT JOIN finance.doubt d ON d.event_id = e.id
LEFT JOIN finance.usage_event o ON o.id = d.other
LEFT JOIN LATERAL (SELECT a.id AS account_id, a.reference FROM finance.account a WHERE a.id IN (
        SELECT x.account_id FROM finance.bin_held x JOIN finance.bin b ON b.id = x.bin_id
        WHERE b.code = e.bin_code AND (e.at AT TIME ZONE 'Europe/Paris')::date <@ x.during
        UNION SELECT x.account_id FROM finance.badge_held x JOIN finance.badge b ON b.id = x.badge_id
        WHERE b.code = e.badge_code AND (e.at AT TIME ZONE 'Europe/Paris')::date <@ x.during
        UNION SELECT id FROM finance.account WHERE reference = e.account_ref)
    ORDER BY a.id LIMIT 1) h ON true
WHERE (d.event_id IS NOT NULL OR e.aside IS NOT NULL)
  AND NOT EXISTS (SELECT FROM finance.correction c WHERE c.event_id = e.id)
  AND (%(rule)s = '' OR coalesce(d.rule, 'declare') = %(rule)s)
ORDER BY e.at, e.id
LIMIT %(limit)s OFFSET %(skipped)s;

-- name: review_counts
SELECT coalesce(d.rule, 'declare') AS rule, count(*) AS found
FROM finance.usage_event e
LEFT JOIN finance.doubt d ON d.event_id = e.id
WHERE (d.event_id IS NOT NULL OR e.aside IS NOT NULL)
  AND NOT EXISTS (SELECT FROM finance.correction c WHERE c.event_id = e.id)
GROUP BY 1;

-- name: event
SELECT id, at, kind, bin_code, badge_code, account_ref, count, kg, m3, litres, amount, stream, device, replaces,
       author
FROM finance.usage_event WHERE id = %(id)s;

-- name: correction_added
INSERT INTO finance.correction (id, at, event_id, action, author, reason, claim_id)
VALUES (%(id)s, %(at)s, %(event)s, %(action)s, %(author)s, %(reason)s, %(claim)s);

-- name: event_written
-- An event that a person wrote: for one that was missed, or in place of one that was someone else's.
INSERT INTO finance.usage_event
    (id, at, kind, bin_code, badge_code, account_ref, count, kg, m3, litres, amount, stream, device, replaces, author,
     reason)
VALUES (%(id)s, %(at)s, %(kind)s, %(bin)s, %(badge)s, %(account)s, %(count)s, %(kg)s, %(m3)s, %(litres)s, %(amount)s,
        %(stream)s, %(device)s, %(replaces)s, %(author)s, %(reason)s)
RETURNING id;

-- name: replaced_by
SELECT id FROM finance.usage_event WHERE replaces = %(id)s;

-- name: subject_on
-- What a name means on a day: a bin or badge someone has then, or an account present then.
SELECT 'bac' AS what, b.code AS name FROM finance.bin b JOIN finance.bin_held h ON h.bin_id = b.id
WHERE b.code = %(name)s AND %(day)s::date <@ h.during
UNION ALL
SELECT 'badge', b.code FROM finance.badge b JOIN finance.badge_held h ON h.badge_id = b.id
WHERE b.code = %(name)s AND %(day)s::date <@ h.during
UNION ALL
SELECT 'compte', reference FROM finance.account WHERE reference = %(name)s AND %(day)s::date <@ during;

-- name: bins_of
-- The bins of an account on a day.
SELECT b.code FROM finance.bin_held h JOIN finance.bin b ON b.id = h.bin_id
JOIN finance.account a ON a.id = h.account_id
WHERE a.reference = %(name)s AND %(day)s::date <@ h.during ORDER BY b.code;

-- name: issued_on
SELECT id FROM finance.run WHERE status = 'issued' AND %(day)s::date <@ during ORDER BY id LIMIT 1;
