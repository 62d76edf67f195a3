-- What a phone that was away may still tell us: who said a container was emptied, and of which stop.

-- A driver's emptying names the stop event that made it. Taking « Fait » back is a new stop event; the
-- emptying stays in the log and answers.emptying_counted leaves it out.
ALTER TABLE emptying ADD COLUMN stop_event_id uuid REFERENCES stop_event;

-- Stops that a published round held and that planning removed since: the driver's words about them
-- are taken all the same. container_ids is what the driver would have emptied there.
CREATE TABLE stop_removed (
    stop_id        bigint PRIMARY KEY,
    round_id       bigint NOT NULL,
    day            date NOT NULL,
    driver_id      integer,
    kind           text NOT NULL,
    container_ids  integer[] NOT NULL,
    removed_at     timestamptz NOT NULL DEFAULT now()
);

-- A stop's words may outlive it. What has been said keeps the stop (see keep_removed_stop), as before.
ALTER TABLE stop_event DROP CONSTRAINT stop_event_stop_id_fkey;

CREATE FUNCTION keep_removed_stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM public.stop_event e WHERE e.stop_id = OLD.id) THEN
        RAISE EXCEPTION 'stop % has events: it cannot be removed', OLD.id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO public.stop_removed (stop_id, round_id, day, driver_id, kind, container_ids)
    SELECT OLD.id, r.id, r.day, r.driver_id, OLD.kind,
           ARRAY(SELECT c.container_id FROM public.stop_container c WHERE c.stop_id = OLD.id)
    FROM public.round r
    WHERE r.id = OLD.round_id AND r.published_at IS NOT NULL;
    RETURN OLD;
END
$$;
CREATE TRIGGER keep_removed BEFORE DELETE ON stop FOR EACH ROW EXECUTE FUNCTION keep_removed_stop();

-- The cascade from round to stop runs when the round is gone already; its stops go first, while it is known.
CREATE FUNCTION remove_stops_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM public.stop s WHERE s.round_id = OLD.id;
    RETURN OLD;
END
$$;
CREATE TRIGGER remove_stops BEFORE DELETE ON round FOR EACH ROW EXECUTE FUNCTION remove_stops_first();
