-- name: search
-- Holders by reference, name or address; the number of badges that open.
SELECT h.id, h.reference, h.category, h.name, h.address, h.blocked, h.closed_at, h.account_ref,
       (SELECT count(*) FROM people.badge b WHERE b.holder_id = h.id AND b.state = 'active') AS badges,
       count(*) OVER () AS found
FROM people.holder h
WHERE h.reference ILIKE %(pattern)s OR h.name ILIKE %(pattern)s OR h.address ILIKE %(pattern)s
ORDER BY h.closed_at IS NOT NULL, h.name, h.id LIMIT 50;

-- name: holder
SELECT id, reference, category, sector, name, address, insee, email, account_ref, blocked, opened_at, closed_at
FROM people.holder WHERE id = %(holder)s;

-- name: hold
SELECT id, account_ref, closed_at FROM people.holder WHERE id = %(holder)s FOR UPDATE;

-- name: badges
SELECT id, medium, label, state, issued_at, valid_from, valid_until, replaces
FROM people.badge WHERE holder_id = %(holder)s ORDER BY state = 'active' DESC, id DESC;

-- name: add_holder
INSERT INTO people.holder (reference, category, sector, name, address, insee, email, account_ref, opened_at)
VALUES (%(reference)s, %(category)s, %(sector)s, %(name)s, %(address)s, %(insee)s, %(email)s, %(account_ref)s, %(now)s)
ON CONFLICT (reference) DO NOTHING RETURNING id;

-- name: change_holder
UPDATE people.holder SET category = %(category)s, sector = %(sector)s, name = %(name)s, address = %(address)s,
    insee = %(insee)s, email = %(email)s, account_ref = %(account_ref)s
WHERE id = %(holder)s RETURNING id;

-- name: block
UPDATE people.holder SET blocked = %(blocked)s WHERE id = %(holder)s AND closed_at IS NULL RETURNING id;

-- name: close
-- Moved out: nothing opens any more, from now on; the retention's clock starts.
UPDATE people.holder SET blocked = true, closed_at = %(now)s WHERE id = %(holder)s AND closed_at IS NULL RETURNING id;

-- name: close_badges
UPDATE people.badge SET state = 'blocked' WHERE holder_id = %(holder)s AND state = 'active';

-- name: end_access
DELETE FROM people.badge_access WHERE holder_id = %(holder)s;

-- name: add_badge
INSERT INTO people.badge (holder_id, number_hash, medium, label, valid_from, valid_until, issued_at, replaces)
VALUES (%(holder)s, %(number_hash)s, %(medium)s, %(label)s, %(valid_from)s, %(valid_until)s, %(now)s, %(replaces)s)
ON CONFLICT (number_hash) DO NOTHING RETURNING id;

-- name: badge_state
UPDATE people.badge SET state = %(state)s WHERE id = %(badge)s AND holder_id = %(holder)s AND state <> 'replaced'
RETURNING id;

-- name: replaced
UPDATE people.badge SET state = 'replaced' WHERE id = %(badge)s AND holder_id = %(holder)s AND state <> 'replaced'
RETURNING id;

-- name: add_fee
-- What a replacement costs is the tariff's business: here it is only told, once for a badge.
INSERT INTO finance.usage_event (id, at, kind, account_ref)
VALUES ('badge:' || %(badge)s::text, %(now)s, 'badge_remplace', %(account_ref)s) ON CONFLICT (id) DO NOTHING;

-- name: requests
SELECT id, asked_at, category, name, address, email, note FROM people.badge_request
WHERE status = 'asked' ORDER BY asked_at LIMIT 100;

-- name: add_request
INSERT INTO people.badge_request (asked_at, category, name, address, email, note)
VALUES (%(now)s, %(category)s, %(name)s, %(address)s, %(email)s, %(note)s);

-- name: hold_request
SELECT id, category, name, address, email FROM people.badge_request WHERE id = %(request)s AND status = 'asked' FOR UPDATE;

-- name: decide_request
UPDATE people.badge_request SET status = %(status)s, decided_at = %(now)s, decided_by = %(account)s, reason = %(reason)s,
    holder_id = %(holder)s
WHERE id = %(request)s;

-- name: add_access
INSERT INTO people.badge_access (token_hash, holder_id, badge_id, kind, made_at, expires_at)
VALUES (%(token_hash)s, %(holder)s, %(badge)s, %(kind)s, %(now)s, %(expires_at)s);

-- name: use_code
-- A code opens once, for its own holder, in its time.
DELETE FROM people.badge_access a USING people.holder h
WHERE a.token_hash = %(token_hash)s AND a.kind = 'code' AND a.expires_at > %(now)s AND h.id = a.holder_id
  AND h.reference = %(reference)s AND NOT h.blocked AND h.closed_at IS NULL
RETURNING a.holder_id;

-- name: phone_of
-- The badge that this phone shows, if it may still be shown.
SELECT b.id, b.number_hash, b.state, h.id AS holder, h.category, h.blocked
FROM people.badge_access a
JOIN people.badge b ON b.id = a.badge_id
JOIN people.holder h ON h.id = a.holder_id
WHERE a.token_hash = %(token_hash)s AND a.kind = 'phone' AND a.expires_at > %(now)s;

-- name: forget_phone
DELETE FROM people.badge_access WHERE token_hash = %(token_hash)s AND kind = 'phone' RETURNING badge_id;
