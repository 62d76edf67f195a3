-- Compression, where the licence has it (TimescaleDB Community): readings too old for a late message to reach them.
-- Dropping old readings is our own affair on every edition (store/rollups.py). Kept as it is when already set.
DO $$
BEGIN
    IF current_setting('timescaledb.license', true) IS DISTINCT FROM 'timescale' THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM timescaledb_information.hypertables
                   WHERE hypertable_name = 'reading' AND compression_enabled) THEN
        EXECUTE $set$
            ALTER TABLE reading SET (timescaledb.compress, timescaledb.compress_segmentby = 'device_id',
                                     timescaledb.compress_orderby = 'measured_at DESC, message_id')
        $set$;
    END IF;
    PERFORM add_compression_policy('reading', INTERVAL '45 days', if_not_exists => true);
END
$$;
