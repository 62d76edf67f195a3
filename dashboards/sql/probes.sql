-- Parc de sondes: which ones speak, how well, and for how long still.

-- name: presence
SELECT count(*) AS "Sondes en place", count(*) FILTER (WHERE presence = 'late') AS "Muettes",
       count(*) FILTER (WHERE presence = 'never') AS "Jamais entendues",
       count(*) FILTER (WHERE quality NOT IN ('ok', 'saturated', 'silent')) AS "Mesures douteuses",
       count(*) FILTER (WHERE battery_percent < 20) AS "Piles faibles"
FROM boards.probe
WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[];

-- name: silent_by_day
SELECT $__timeGroupAlias(time, $__interval), avg(silent) AS "Colonnes sans mesure", avg(noisy) AS "Mesures douteuses"
FROM (SELECT time, sum(containers - heard) AS silent, sum(noisy) AS noisy FROM boards.area_day
      WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
        AND stream = ANY (ARRAY[${flux:sqlstring}]::text[])
      GROUP BY time) d
GROUP BY 1
ORDER BY 1;

-- name: batteries
SELECT CASE b WHEN 9 THEN '90 à 100 %' ELSE b * 10 || ' à ' || (b + 1) * 10 || ' %' END AS "Pile",
       coalesce(p.probes, 0) AS "Sondes"
FROM generate_series(0, 9) AS b
LEFT JOIN (
    SELECT least(9, floor(battery_percent / 10))::integer AS tenth, count(*) AS probes
    FROM boards.probe
    WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[]
    GROUP BY 1
) p ON p.tenth = b
ORDER BY b;

-- name: radio
SELECT $__timeGroupAlias(time, $__interval), sum(rssi_sum) / nullif(sum(radio_probes), 0) AS "Signal moyen reçu"
FROM boards.area_day
WHERE $__timeFilter(time) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
  AND stream = ANY (ARRAY[${flux:sqlstring}]::text[])
GROUP BY 1
ORDER BY 1;

-- name: networks
SELECT network AS "Réseau", count(*) AS "Sondes", count(*) FILTER (WHERE presence <> 'heard') AS "Muettes"
FROM boards.probe
WHERE areas && ARRAY[${commune:sqlstring}]::text[] AND streams && ARRAY[${flux:sqlstring}]::text[]
GROUP BY network
ORDER BY 2 DESC, 1;

-- name: to_visit
-- The fifty first, then their newest signal: a département's probes have millions of days.
WITH first AS MATERIALIZED (
    SELECT * FROM boards.probe p
    WHERE p.areas && ARRAY[${commune:sqlstring}]::text[] AND p.streams && ARRAY[${flux:sqlstring}]::text[]
      AND (p.presence <> 'heard' OR p.quality NOT IN ('ok', 'saturated', 'silent') OR p.battery_percent < 20)
    ORDER BY p.presence <> 'heard' DESC, p.measured_at NULLS FIRST, p.serial
    LIMIT 50
)
SELECT p.serial AS "Sonde", p.container AS "Colonne", p.commune AS "Commune", p.measured_at AS "Dernière mesure",
       p.battery_percent AS "Pile", d.rssi_dbm AS "Signal",
       CASE WHEN p.presence = 'never' THEN 'jamais entendue' WHEN p.presence = 'late' THEN 'muette'
            WHEN p.quality NOT IN ('ok', 'saturated', 'silent') THEN 'mesures douteuses' ELSE 'pile faible' END AS "Pourquoi"
FROM first p
LEFT JOIN LATERAL (
    SELECT rssi_dbm FROM boards.probe_day d WHERE d.device_id = p.id ORDER BY d.time DESC LIMIT 1
) d ON true
ORDER BY p.presence <> 'heard' DESC, p.measured_at NULLS FIRST, p.serial;
