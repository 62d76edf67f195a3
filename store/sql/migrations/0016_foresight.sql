-- Rain by commune where somebody provides it, else for the whole territory; and alerts that cannot wait for the minute.

-- insee '' is the whole territory. Data from outside, so no reference: a commune nobody knows is refused at the import.
ALTER TABLE rain_day ADD COLUMN insee text NOT NULL DEFAULT '';
ALTER TABLE rain_day DROP CONSTRAINT rain_day_pkey, ADD PRIMARY KEY (day, insee);

-- Whoever opens such an alert wakes the worker at commit: a fire must not wait for the next minute.
CREATE FUNCTION wake_worker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('glaneur_alert', NEW.kind);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_worker AFTER INSERT ON alert
    FOR EACH ROW WHEN (NEW.kind IN ('fire', 'urgent', 'tilt')) EXECUTE FUNCTION wake_worker();
