-- Who may follow whose meals, how they come in, and what their pages ask. Sessions, links and cards live by the real
-- clock, as staff's sessions do.

-- name: relatives_of
-- Everybody with a way to this person's meals, those who lost it at the end.
SELECT r.id, r.name, r.themselves, r.email, r.phone, r.rights, r.told_by, r.large_print, r.made_at, r.revoked_at,
       (SELECT max(k.made_at) FROM people.family_key k
        WHERE k.kind = 'card' AND r.id = ANY (k.relatives) AND k.expires_at > now()) AS card_made_at
FROM people.relative r
WHERE r.beneficiary_id = %(person)s
ORDER BY r.revoked_at IS NOT NULL, r.themselves DESC, r.name, r.id;

-- name: person_known
SELECT id FROM people.beneficiary WHERE id = %(person)s;

-- name: add_relative
INSERT INTO people.relative (beneficiary_id, name, themselves, email, phone, rights, told_by, large_print, made_at)
VALUES (%(person)s, %(name)s, %(themselves)s, %(email)s, %(phone)s, %(rights)s, %(told_by)s, %(large_print)s, %(now)s)
RETURNING id;

-- name: change_relative
UPDATE people.relative SET rights = %(rights)s, told_by = %(told_by)s, large_print = %(large_print)s
WHERE id = %(id)s AND beneficiary_id = %(person)s AND revoked_at IS NULL
RETURNING id;

-- name: revoke_relative
UPDATE people.relative SET revoked_at = %(now)s
WHERE id = %(id)s AND beneficiary_id = %(person)s AND revoked_at IS NULL
RETURNING id;

-- name: live_relative
SELECT r.id, r.name, r.themselves, b.name AS person, b.reference
FROM people.relative r
JOIN people.beneficiary b ON b.id = r.beneficiary_id
WHERE r.id = %(id)s AND r.beneficiary_id = %(person)s AND r.revoked_at IS NULL;

-- name: ask_link
-- A link to send to whoever has this contact: one message, though they may follow several people.
INSERT INTO people.family_message (relative_id, channel)
SELECT min(id), %(channel)s FROM people.relative
WHERE revoked_at IS NULL
  AND CASE %(channel)s WHEN 'email' THEN email <> '' AND lower(email) = %(contact)s
                       ELSE phone <> '' AND phone = %(contact)s END
HAVING count(*) > 0;

-- name: wake
-- The worker, whether there is a link to send or not (api/alerts/hearing.py).
SELECT pg_notify('glaneur_family', '');

-- name: forget_cards
DELETE FROM people.family_key WHERE kind = 'card' AND relatives = ARRAY[%(id)s]::bigint[];

-- name: add_key
INSERT INTO people.family_key (token_hash, kind, relatives, expires_at)
VALUES (%(token_hash)s, %(kind)s, %(relatives)s, now() + %(lifetime)s);

-- name: use_key
-- A link is used up, a card is not; both only for relatives who still have their access.
UPDATE people.family_key SET used_at = now()
WHERE token_hash = %(token_hash)s AND expires_at > now() AND (kind = 'card' OR used_at IS NULL)
  AND EXISTS (SELECT FROM people.relative r WHERE r.id = ANY (relatives) AND r.revoked_at IS NULL)
RETURNING relatives;

-- name: open_session
INSERT INTO people.family_session (token_hash, relatives, csrf_token, expires_at)
VALUES (%(token_hash)s, %(relatives)s, %(csrf_token)s, now() + %(lifetime)s);

-- name: close_session
DELETE FROM people.family_session WHERE token_hash = %(token_hash)s;

-- name: session
-- One row for each person this session may follow; none: nobody is signed in.
SELECT s.csrf_token, s.expires_at < now() + %(renewed)s AS old, r.id, r.beneficiary_id, r.themselves, r.rights,
       r.told_by, r.muted, r.large_print, r.email <> '' AS has_email, r.phone <> '' AS has_phone, b.name AS person
FROM people.family_session s
JOIN people.relative r ON r.id = ANY (s.relatives) AND r.revoked_at IS NULL
JOIN people.beneficiary b ON b.id = r.beneficiary_id
WHERE s.token_hash = %(token_hash)s AND s.expires_at > now()
ORDER BY b.name, r.id;

-- name: renew_session
UPDATE people.family_session SET expires_at = now() + %(lifetime)s WHERE token_hash = %(token_hash)s;

-- name: save_print
UPDATE people.relative SET large_print = %(large)s WHERE id = ANY (%(ids)s);

-- name: print_of_session
UPDATE people.relative r SET large_print = true
FROM people.family_session s WHERE s.token_hash = %(token_hash)s AND r.id = ANY (s.relatives);

-- name: save_choices
UPDATE people.relative SET told_by = %(told_by)s, muted = %(muted)s WHERE id = %(id)s;

-- name: add_act
INSERT INTO people.family_act (id, at, relative_id, what, answer)
VALUES (%(id)s, %(at)s, %(relative)s, %(what)s, %(answer)s)
ON CONFLICT (id) DO NOTHING;

-- name: known_act
SELECT relative_id, answer FROM people.family_act WHERE id = %(id)s;

-- name: note_family_reading
INSERT INTO people.care_reading (at, relative_id, beneficiary_id, purpose)
VALUES (%(at)s, %(relative)s, %(person)s, 'family');

-- name: doors_of_day
-- This person's doors of one day on rounds that are under way or over, with what was last said at each.
SELECT d.id, d.round_id, d.position, d.arrival_at, d.departure_at, r.status, e.kind, e.happened_at, e.wellbeing,
       e.event_id
FROM meals.door d
JOIN meals.round r ON r.id = d.round_id
LEFT JOIN LATERAL (
    SELECT v.event_id, v.kind, v.happened_at, v.wellbeing FROM meals.door_event v WHERE v.door_id = d.id
    ORDER BY v.happened_at DESC, v.recorded_at DESC, v.event_id DESC LIMIT 1
) e ON true
WHERE d.beneficiary_id = %(person)s AND r.day = %(day)s AND r.status <> 'draft'
ORDER BY d.arrival_at, d.id;

-- name: stops_of_round
-- The round as it was planned and as far as it was told; nobody's name.
SELECT d.position, d.arrival_at, d.departure_at, CASE WHEN e.kind <> 'undone' THEN e.happened_at END AS told_at
FROM meals.door d
LEFT JOIN LATERAL (
    SELECT v.kind, v.happened_at FROM meals.door_event v WHERE v.door_id = d.id
    ORDER BY v.happened_at DESC, v.recorded_at DESC, v.event_id DESC LIMIT 1
) e ON true
WHERE d.round_id = %(round)s
ORDER BY d.position;

-- name: concerned
-- Whether a live event is this access's affair: its person's door, or a round that passes there. No row: it is over.
SELECT %(beneficiary)s::bigint IS NOT DISTINCT FROM r.beneficiary_id
       OR EXISTS (SELECT FROM meals.door d JOIN meals.round o ON o.id = d.round_id
                  WHERE d.round_id = %(round)s AND d.beneficiary_id = r.beneficiary_id AND o.status <> 'draft')
       AS concerned
FROM people.family_session s
JOIN people.relative r ON r.id = ANY (s.relatives) AND r.id = %(relative)s AND r.revoked_at IS NULL
                       AND 'delivery' = ANY (r.rights)
WHERE s.token_hash = %(token_hash)s AND s.expires_at > now();

-- name: later_habit
SELECT min(valid_from) AS valid_from FROM people.beneficiary_habit
WHERE beneficiary_id = %(person)s AND valid_from > %(day)s;
