-- Whether anything changed of which device speaks and where it hangs, asked in one row by each batch of ingest
-- instead of asking all of it. Every statement that touches those tables leaves a row here in its own transaction.
-- What is compared is number, sum and greatest of the rows: a row only ever makes older ones go.
CREATE TABLE directory_change (
    id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);

CREATE FUNCTION note_directory_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noted bigint;
BEGIN
    INSERT INTO directory_change DEFAULT VALUES RETURNING id INTO noted;
    -- Old rows go, but for those that somebody else is removing: nobody waits here.
    DELETE FROM directory_change
    WHERE id IN (SELECT id FROM directory_change WHERE id < noted - 100 FOR UPDATE SKIP LOCKED);
    RETURN NULL;
END
$$;

CREATE TRIGGER device_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON device
    FOR EACH STATEMENT EXECUTE FUNCTION note_directory_change();
CREATE TRIGGER mounting_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mounting
    FOR EACH STATEMENT EXECUTE FUNCTION note_directory_change();
CREATE TRIGGER container_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON container
    FOR EACH STATEMENT EXECUTE FUNCTION note_directory_change();
CREATE TRIGGER calibration_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON calibration
    FOR EACH STATEMENT EXECUTE FUNCTION note_directory_change();

-- A state is rewritten at each reading: with room on its page the new version needs no entry in the index.
ALTER TABLE container_state SET (fillfactor = 50);
