-- A territory of %(probes)s containers, a probe in each since 2020.
WITH
    place AS (INSERT INTO commune VALUES ('62000', 'Banc d''essai', '62000', 1000, 50.5, 2.0) RETURNING insee),
    kind AS (INSERT INTO stream VALUES ('verre', 'Verre', '#2e7d32', 330) RETURNING code),
    pav AS (INSERT INTO point (code, name, insee, lat, lon)
            SELECT 'B', 'Banc', insee, 50.5, 2.0 FROM place RETURNING id),
    column_ AS (INSERT INTO container (code, point_id, stream, volume_l, empty_distance_mm, full_distance_mm)
                SELECT 'B' || n, pav.id, kind.code, 4000, 2000, 200
                FROM generate_series(1, %(probes)s) AS n, pav, kind RETURNING id, code),
    probe AS (INSERT INTO device (serial) SELECT 'B' || n FROM generate_series(1, %(probes)s) AS n
              RETURNING id, serial)
INSERT INTO mounting (device_id, container_id, during)
SELECT probe.id, column_.id, tstzrange('2020-01-01Z', NULL)
FROM probe JOIN column_ ON column_.code = probe.serial;
