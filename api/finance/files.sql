-- name: file_kept
INSERT INTO people.import_file (kind, name, content, uploaded_at, uploaded_by, report)
VALUES (%(kind)s, %(name)s, %(content)s, %(at)s, %(by)s, %(report)s) RETURNING id;

-- name: file
SELECT id, kind, name, content IS NOT NULL AS waiting, uploaded_at, uploaded_by, report, applied_at, applied_by
FROM people.import_file WHERE id = %(file)s;

-- name: file_locked
SELECT kind, content FROM people.import_file WHERE id = %(file)s FOR UPDATE;

-- name: file_applied
UPDATE people.import_file SET content = NULL, report = %(report)s, applied_at = %(at)s, applied_by = %(by)s
WHERE id = %(file)s;

-- name: files_forgotten
-- What was tried and never taken in is not kept for more than a day.
UPDATE people.import_file SET content = NULL WHERE content IS NOT NULL AND uploaded_at < %(before)s;

-- name: files
SELECT id, kind, name, content IS NOT NULL AS waiting, uploaded_at, uploaded_by, applied_at,
       (report ->> 'taken')::integer AS taken, (report ->> 'known')::integer AS known,
       (report ->> 'doubted')::integer AS doubted, jsonb_array_length(report -> 'refused') AS refused
FROM people.import_file ORDER BY id DESC LIMIT 30;
