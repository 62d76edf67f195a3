-- name: places_of_rounds
-- Where each round goes, in order, with the truck's own measures; a break happens where the truck stands.
SELECT s.round_id, s.id AS stop_id, r.planning_id, v.height_mm, v.width_mm, v.length_mm, v.gross_weight_kg AS weight_kg,
       coalesce(p.lat, u.lat, d.lat) AS lat, coalesce(p.lon, u.lon, d.lon) AS lon
FROM stop s
JOIN round r ON r.id = s.round_id AND r.status <> 'cancelled'
JOIN planning n ON n.id = r.planning_id
LEFT JOIN point p ON p.id = s.point_id
LEFT JOIN unloading_site u ON u.id = s.unloading_site_id
LEFT JOIN depot d ON d.id = s.depot_id
CROSS JOIN LATERAL (
    -- The road all the plan's trucks can take: the one its distances were found for.
    SELECT max(height_mm) AS height_mm, max(width_mm) AS width_mm, max(length_mm) AS length_mm,
           max(gross_weight_kg) AS gross_weight_kg
    FROM vehicle WHERE id = ANY (n.vehicle_ids)
) v
WHERE (r.planning_id = %(planning)s OR r.id = %(round)s) AND coalesce(p.lat, u.lat, d.lat) IS NOT NULL
ORDER BY s.round_id, s.position;

-- name: places_far_from_roads
-- Every point, site and depot, with how far it lies from the road an engine put it on.
SELECT w.kind, w.code, w.name, w.commune, min(t.off_road_m) AS off_road_m
FROM (
    SELECT 'point' AS kind, p.code, p.name, m.name AS commune, p.lat, p.lon
    FROM point p JOIN commune m ON m.insee = p.insee
    UNION ALL SELECT 'site', code, name, '', lat, lon FROM unloading_site
    UNION ALL SELECT 'depot', code, name, '', lat, lon FROM depot
) w
JOIN travel_place t ON (t.lat_e5, t.lon_e5) = (round(w.lat * 100000)::integer, round(w.lon * 100000)::integer)
WHERE t.off_road_m IS NOT NULL AND t.engine LIKE %(engine)s || ':%%'
GROUP BY w.kind, w.code, w.name, w.commune
HAVING min(t.off_road_m) > %(limit)s
ORDER BY min(t.off_road_m) DESC, w.code;

-- name: all_places
SELECT 'point/' || code AS id, lat, lon FROM point WHERE id IN (SELECT point_id FROM container)
UNION ALL SELECT 'site/' || code, lat, lon FROM unloading_site
UNION ALL SELECT 'depot/' || code, lat, lon FROM depot
ORDER BY id;

-- name: fleet
SELECT max(height_mm) AS height_mm, max(width_mm) AS width_mm, max(length_mm) AS length_mm,
       max(gross_weight_kg) AS weight_kg
FROM vehicle WHERE active;
