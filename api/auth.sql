-- name: save_account
INSERT INTO people.account (login, display_name, password_hash, role)
VALUES (%(login)s, %(display_name)s, %(password_hash)s, %(role)s)
ON CONFLICT (login) DO UPDATE SET display_name = excluded.display_name,
    password_hash = excluded.password_hash, role = excluded.role, active = true
RETURNING id;

-- name: account_by_login
SELECT id, login, display_name, role, password_hash FROM people.account WHERE login = %(login)s AND active;

-- name: open_session
INSERT INTO people.session (token_hash, account_id, csrf_token, expires_at)
VALUES (%(token_hash)s, %(account_id)s, %(csrf_token)s, now() + %(lifetime)s);

-- name: close_session
DELETE FROM people.session WHERE token_hash = %(token_hash)s;

-- name: account_of_session
SELECT a.id, a.login, a.display_name, a.role, s.csrf_token
FROM people.session s
JOIN people.account a ON a.id = s.account_id
WHERE s.token_hash = %(token_hash)s AND s.expires_at > now() AND a.active;

-- name: purge_sessions
DELETE FROM people.session WHERE expires_at <= now();

-- name: add_audit
INSERT INTO people.audit (account_id, action, subject, detail)
VALUES (%(account_id)s, %(action)s, %(subject)s, %(detail)s);
