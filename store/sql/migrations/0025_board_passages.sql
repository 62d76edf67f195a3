-- The boards' hours of passages and of the platform, counted ahead: years of them are answered in milliseconds.

-- refused_by: '' when the gate opened. day and local_hour are Europe/Paris; offline: how many of the passages.
CREATE TABLE board_passage_hour (
    site        text NOT NULL,
    hour        timestamptz NOT NULL,
    category    text NOT NULL,
    refused_by  text NOT NULL,
    day         date NOT NULL,
    local_hour  smallint NOT NULL,
    passages    integer NOT NULL,
    offline     integer NOT NULL,
    PRIMARY KEY (hour, site, category, refused_by)
);
CREATE INDEX board_passage_hour_by_day ON board_passage_hour (day);

-- The same of passages whose retention is over: a day is what is still known and what is here (answers.forget_passages
-- moves one to the other), so that it can always be counted again.
CREATE TABLE gate.counted_hour (
    site        text NOT NULL,
    hour        timestamptz NOT NULL,
    category    text NOT NULL,
    refused_by  text NOT NULL,
    passages    integer NOT NULL,
    offline     integer NOT NULL,
    PRIMARY KEY (hour, site, category, refused_by)
);
-- What was forgotten before did not say which rule refused, nor who was decided offline: sums are right, shares are not.
INSERT INTO gate.counted_hour
SELECT site, hour, coalesce(nullif(category, ''), 'inconnu'), '', entered, least(offline, entered)
FROM gate.counted WHERE entered > 0
UNION ALL
SELECT site, hour, coalesce(nullif(category, ''), 'inconnu'), 'inconnu', refused, greatest(offline - entered, 0)
FROM gate.counted WHERE refused > 0;

DROP INDEX gate.passage_by_hour;

-- Journals of a terminal that was away for days come late: whatever adds or changes a passage marks its day.
CREATE FUNCTION gate.mark_days() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.board_mark SELECT DISTINCT (at AT TIME ZONE 'Europe/Paris')::date FROM added;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_days AFTER INSERT ON gate.passage REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION gate.mark_days();

CREATE FUNCTION gate.mark_changed_day() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.board_mark VALUES ((OLD.at AT TIME ZONE 'Europe/Paris')::date),
                                         ((NEW.at AT TIME ZONE 'Europe/Paris')::date);
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_changed_day AFTER UPDATE OF site, at, category, opened, rule, refused_by, offline ON gate.passage
    FOR EACH ROW EXECUTE FUNCTION gate.mark_changed_day();

INSERT INTO board_mark
SELECT (at AT TIME ZONE 'Europe/Paris')::date FROM gate.passage
UNION SELECT (hour AT TIME ZONE 'Europe/Paris')::date FROM gate.counted_hour;

-- What was written since the sample before; NULL when that is not known (the first, or PostgreSQL's counter fell).
ALTER TABLE board_platform ADD COLUMN written bigint, ADD COLUMN elapsed_s integer;
UPDATE board_platform b SET written = n.inserted - n.before, elapsed_s = extract(epoch FROM n.at - n.previous)
FROM (SELECT at, inserted, lag(inserted) OVER w AS before, lag(at) OVER w AS previous
      FROM board_platform WINDOW w AS (ORDER BY at)) n
WHERE n.at = b.at AND n.inserted >= n.before;

-- Samples older than forty days, an hour in a row: the worst of the hour, and the sums of what was written.
CREATE TABLE board_platform_hour (LIKE board_platform INCLUDING ALL);
