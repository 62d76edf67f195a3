-- name: terminal_by_key
-- Which terminal has this key, if it may still speak?
SELECT id, name, site FROM gate.terminal WHERE key_hash = %(key_hash)s AND revoked_at IS NULL;

-- name: terminal_seen
-- A terminal spoke; how far its clock is off is kept for whoever maintains it.
UPDATE gate.terminal SET seen_at = %(now)s, clock_error_ms = %(clock_error_ms)s
WHERE id = %(terminal)s AND (seen_at IS NULL OR seen_at < %(now)s - INTERVAL '30 seconds');

-- name: add_terminal
-- A terminal of a site, with the hash of its new key; an existing one changes its key and may speak again.
INSERT INTO gate.terminal (name, site, key_hash) VALUES (%(name)s, %(site)s, %(key_hash)s)
ON CONFLICT (name) DO UPDATE SET site = EXCLUDED.site, key_hash = EXCLUDED.key_hash, revoked_at = NULL
RETURNING id;

-- name: revoke_terminal
-- A terminal that may not speak any more.
UPDATE gate.terminal SET revoked_at = glaneur_now() WHERE name = %(name)s AND revoked_at IS NULL RETURNING id;

-- name: newest_books
-- The rule books as they were loaded, the latest of each beginning, with the exceptions to the sites' hours.
SELECT DISTINCT ON (valid_from) id, document,
       (SELECT coalesce(json_agg(e), '[]') FROM (
           SELECT site, day, hours FROM (
               SELECT DISTINCT ON (site, day) * FROM gate.opening_exception ORDER BY site, day, id DESC) last
           WHERE NOT withdrawn) e) AS exceptions
FROM gate.rulebook ORDER BY valid_from, id DESC;

-- name: newest_book
-- Has a rule book been loaded since?
SELECT max(id) AS id FROM gate.rulebook;

-- name: add_book
-- A decision of the council enters into force on its day.
INSERT INTO gate.rulebook (valid_from, document) VALUES (%(valid_from)s, %(document)s) RETURNING id;

-- name: holder_of_badge
-- Who holds this badge? Locked, so that two gates never count the same right twice.
SELECT h.id, h.category, h.sector, h.blocked, b.state, b.valid_from, b.valid_until
FROM people.badge b JOIN people.holder h ON h.id = b.holder_id
WHERE b.number_hash = %(number_hash)s
FOR UPDATE OF h;

-- name: passage_known
-- Was this scan recorded already, by whom, and what was answered?
SELECT terminal_id, answer FROM gate.passage WHERE id = %(id)s;

-- name: passages_counted
-- What did a holder bring through an open gate since?
SELECT at, site, units, brought FROM gate.passage
WHERE holder_id = %(holder)s AND opened AND at >= %(since)s AND at < %(until)s AND id <> %(id)s;

-- name: add_passage
-- One scan, once: a second of the same id writes nothing.
INSERT INTO gate.passage (id, terminal_id, site, at, received_at, holder_id, category, vehicle, trailer, units,
                          opened, rule, refused_by, override, overruns, offline, brought, charges, answer)
VALUES (%(id)s, %(terminal)s, %(site)s, %(at)s, %(received_at)s, %(holder)s, %(category)s, %(vehicle)s, %(trailer)s,
        %(units)s, %(opened)s, %(rule)s, %(refused_by)s, %(override)s, %(overruns)s, %(offline)s, %(brought)s,
        %(charges)s, %(answer)s)
ON CONFLICT (id) DO NOTHING;

-- name: newest_change
-- Up to which change can a list be complete? What is not committed yet comes with the next one.
SELECT COALESCE(max(changed), 0) AS version
FROM (SELECT changed FROM people.holder UNION ALL SELECT changed FROM people.badge) AS every;

-- name: badges_changed
-- The badges that a terminal must know anew since a version: their own change, or their holder's.
SELECT b.number_hash, h.id AS holder, h.category, h.sector, h.blocked, b.state, b.valid_from, b.valid_until
FROM people.badge b JOIN people.holder h ON h.id = b.holder_id
WHERE b.changed > %(since)s OR h.changed > %(since)s
ORDER BY b.number_hash;

-- name: holder_saved
-- One household or firm by the collectivity's reference.
INSERT INTO people.holder (reference, category, sector, name, address, insee)
VALUES (%(reference)s, %(category)s, %(sector)s, %(name)s, %(address)s, %(insee)s)
ON CONFLICT (reference) DO UPDATE SET category = EXCLUDED.category, sector = EXCLUDED.sector, name = EXCLUDED.name,
    address = EXCLUDED.address, insee = EXCLUDED.insee
RETURNING id;

-- name: badge_saved
-- One badge of a holder; the same badge again changes its validity, and never its holder.
INSERT INTO people.badge (holder_id, number_hash, medium, valid_from, valid_until)
VALUES (%(holder)s, %(number_hash)s, %(medium)s, %(valid_from)s, %(valid_until)s)
ON CONFLICT (number_hash) DO UPDATE SET valid_from = EXCLUDED.valid_from, valid_until = EXCLUDED.valid_until
WHERE people.badge.holder_id = EXCLUDED.holder_id
RETURNING id;
