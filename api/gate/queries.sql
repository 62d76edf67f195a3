-- name: look
-- Who speaks, what of this scan is known, and what did its holder bring? (store/sql/views/gate.sql)
SELECT * FROM answers.gate_look(%(key)s, %(terminal)s, %(scan)s, %(badge)s, %(code)s, %(since)s, %(until)s);

-- name: record
-- Was this decided scan written, or did something move since it was looked at?
SELECT answers.gate_record(%(passage)s, %(badge)s, %(changed)s, %(seen)s, %(since)s, %(until)s, %(code)s,
                           %(code_until)s) AS done;

-- name: amend
-- Did the gate do otherwise than we answered?
SELECT answers.gate_amend(%(scan)s, %(terminal)s, %(opened)s, %(units)s) AS done;

-- name: add_terminal
-- A terminal of a site, with the hash of its new key; an existing one changes its key and may speak again.
INSERT INTO gate.terminal (name, site, key_hash) VALUES (%(name)s, %(site)s, %(key_hash)s)
ON CONFLICT (name) DO UPDATE SET site = EXCLUDED.site, key_hash = EXCLUDED.key_hash, revoked_at = NULL
RETURNING id;

-- name: revoke_terminal
-- A terminal that may not speak any more.
UPDATE gate.terminal SET revoked_at = glaneur_now() WHERE name = %(name)s AND revoked_at IS NULL RETURNING id;

-- name: terminal_named
-- Is there a terminal of this name that may speak?
SELECT id FROM gate.terminal WHERE name = %(name)s AND revoked_at IS NULL;

-- name: set_terminal_access
-- Since when a terminal has an account at the broker.
UPDATE gate.terminal SET access_since = CASE WHEN %(given)s THEN glaneur_now() END WHERE name = %(name)s;

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

-- name: newest_change
-- Up to which change can a list be complete?
SELECT answers.gate_version() AS version;

-- name: badges
-- Every badge that a terminal must know.
SELECT b.number_hash, h.category, h.sector, h.blocked, b.state, b.valid_from, b.valid_until
FROM people.badge b JOIN people.holder h ON h.id = b.holder_id
ORDER BY b.number_hash;

-- name: badges_changed
-- The badges that a terminal must know anew since a version: their own change, or their holder's.
SELECT b.number_hash, h.category, h.sector, h.blocked, b.state, b.valid_from, b.valid_until
FROM people.badge b JOIN people.holder h ON h.id = b.holder_id
WHERE b.id IN (SELECT own.id FROM people.badge own WHERE own.changed > %(since)s
               UNION
               SELECT his.id FROM people.badge his JOIN people.holder who ON who.id = his.holder_id
               WHERE who.changed > %(since)s)
ORDER BY b.number_hash;

-- name: terminal_by_key
-- Which terminal has this key, if it may still speak?
SELECT id, name, site FROM gate.terminal WHERE key_hash = %(key_hash)s AND revoked_at IS NULL;

-- name: note_clock
-- A terminal's clock was heard, and what list it has.
SELECT answers.gate_heard(%(name)s, %(heard_at)s, %(said_at)s, %(boot)s, %(up_ms)s, %(list_version)s);

-- name: terminals_waiting
-- Whose journal has lines that nobody applied yet?
SELECT t.id, t.name, t.site, t.applied_seq FROM gate.terminal t
WHERE EXISTS (SELECT FROM gate.inbox i WHERE i.terminal_id = t.id AND i.applied_at IS NULL)
ORDER BY t.id;

-- name: hold_journal
-- Is nobody else applying this terminal's journal?
SELECT pg_try_advisory_lock(1735159924, %(terminal)s) AS held;

-- name: leave_journal
SELECT pg_advisory_unlock(1735159924, %(terminal)s);

-- name: lines_waiting
-- The next lines of a journal, in the order of the terminal's own counter.
SELECT id, seq, received_at, payload FROM gate.inbox
WHERE terminal_id = %(terminal)s AND applied_at IS NULL ORDER BY seq, id LIMIT %(at_most)s;

-- name: hearings
-- How was a terminal's clock when we heard it, lately?
SELECT heard_at, said_at, boot, up_ms FROM gate.clock_note
WHERE terminal_id = %(terminal)s ORDER BY heard_at DESC LIMIT 2000;

-- name: line_applied
-- What became of a line.
UPDATE gate.inbox SET applied_at = %(at)s, outcome = %(outcome)s WHERE id = %(id)s;

-- name: journal_applied
UPDATE gate.terminal SET applied_seq = greatest(applied_seq, %(seq)s) WHERE id = %(terminal)s;

-- name: forget
-- Codes that nobody can show any more, hearings that date nothing any more, and lines that became passages long ago.
WITH codes AS (DELETE FROM gate.shown_code WHERE expires_at < %(codes)s),
     hearings AS (DELETE FROM gate.clock_note WHERE heard_at < %(lines)s)
DELETE FROM gate.inbox WHERE applied_at < %(lines)s;

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
