-- name: places
SELECT site, address, insee, lat, lon, operator, siret, notice FROM gate.place ORDER BY site;

-- name: place
SELECT site, address, insee, lat, lon, operator, siret, notice FROM gate.place WHERE site = %(site)s;

-- name: save_place
INSERT INTO gate.place (site, address, insee, lat, lon, operator, siret, notice)
VALUES (%(site)s, %(address)s, %(insee)s, %(lat)s, %(lon)s, %(operator)s, %(siret)s, %(notice)s)
ON CONFLICT (site) DO UPDATE SET address = EXCLUDED.address, insee = EXCLUDED.insee, lat = EXCLUDED.lat,
    lon = EXCLUDED.lon, operator = EXCLUDED.operator, siret = EXCLUDED.siret, notice = EXCLUDED.notice;

-- name: outlets
SELECT id, code, name, siret, address, lat, lon, opens_s, closes_s, service_s, treatment, final
FROM gate.outlet WHERE active ORDER BY name;

-- name: save_outlet
INSERT INTO gate.outlet (code, name, siret, address, lat, lon, opens_s, closes_s, service_s, treatment, final)
VALUES (%(code)s, %(name)s, %(siret)s, %(address)s, %(lat)s, %(lon)s, %(opens_s)s, %(closes_s)s, %(service_s)s,
        %(treatment)s, %(final)s)
ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name, siret = EXCLUDED.siret, address = EXCLUDED.address,
    lat = EXCLUDED.lat, lon = EXCLUDED.lon, opens_s = EXCLUDED.opens_s, closes_s = EXCLUDED.closes_s,
    service_s = EXCLUDED.service_s, treatment = EXCLUDED.treatment, final = EXCLUDED.final, active = true
RETURNING id;

-- name: carriers
SELECT id, name, siret, address, receipt FROM gate.carrier ORDER BY name;

-- name: save_carrier
INSERT INTO gate.carrier (name, siret, address, receipt) VALUES (%(name)s, %(siret)s, %(address)s, %(receipt)s)
ON CONFLICT (name) DO UPDATE SET siret = EXCLUDED.siret, address = EXCLUDED.address, receipt = EXCLUDED.receipt
RETURNING id;

-- name: save_skip
-- A skip of a site; the same code again changes it. The probe is named by its container's code.
INSERT INTO gate.skip (site, code, material, label, volume_l, container_id, outlet_id, carrier_id, waste_code, pop,
                       eco_name, eco_siren, spare, active)
VALUES (%(site)s, %(code)s, %(material)s, %(label)s, %(volume_l)s, %(container_id)s, %(outlet_id)s, %(carrier_id)s,
        %(waste_code)s, %(pop)s, %(eco_name)s, %(eco_siren)s, %(spare)s, %(active)s)
ON CONFLICT (code) DO UPDATE SET material = EXCLUDED.material, label = EXCLUDED.label, volume_l = EXCLUDED.volume_l,
    container_id = EXCLUDED.container_id, outlet_id = EXCLUDED.outlet_id, carrier_id = EXCLUDED.carrier_id,
    waste_code = EXCLUDED.waste_code, pop = EXCLUDED.pop, eco_name = EXCLUDED.eco_name, eco_siren = EXCLUDED.eco_siren,
    spare = EXCLUDED.spare, active = EXCLUDED.active
WHERE gate.skip.site = EXCLUDED.site
RETURNING id;

-- name: container_named
SELECT id FROM container WHERE code = %(code)s;

-- name: skip
SELECT id, site, code, label, material FROM gate.skip WHERE id = %(skip)s AND active;

-- name: full_skips
-- Seen or measured as full, with nobody asked to take them away.
SELECT count(*) AS full FROM gate.skip k
LEFT JOIN LATERAL (SELECT at, percent FROM gate.skip_level WHERE skip_id = k.id ORDER BY at DESC LIMIT 1) l ON true
LEFT JOIN answers.container_now n ON n.id = k.container_id
WHERE k.site = %(site)s AND k.active
  AND CASE WHEN n.measured_at > coalesce(l.at, '-infinity') THEN n.fill_percent ELSE l.percent END >= 90;

-- name: haulages
-- Requests and rotations of a site (all sites without one): what waits first, then the last done.
SELECT g.id, k.site, k.code, k.label, g.asked_at, g.reason, g.status, g.day, v.name AS vehicle, g.rank, g.pickup_at,
       g.outlet_at, o.name AS outlet, g.note, g.done_at, k.spare
FROM gate.haulage g
JOIN gate.skip k ON k.id = g.skip_id
LEFT JOIN gate.outlet o ON o.id = k.outlet_id
LEFT JOIN vehicle v ON v.id = g.vehicle_id
WHERE (%(site)s::text IS NULL OR k.site = %(site)s) AND (g.status IN ('asked', 'planned') OR g.done_at > %(since)s)
ORDER BY g.status IN ('done', 'cancelled'), g.status = 'asked', g.day, g.vehicle_id, g.rank, g.asked_at
LIMIT 200;

-- name: cancel_haulage
UPDATE gate.haulage SET status = 'cancelled', note = %(note)s WHERE id = %(haulage)s AND status IN ('asked', 'planned')
RETURNING skip_id;

-- name: haulages_to_plan
-- What waits, with where it stands and goes; locked until the plan is written.
SELECT g.id, k.site, k.label, k.spare, p.lat, p.lon, o.code AS outlet, o.lat AS outlet_lat, o.lon AS outlet_lon,
       o.opens_s, o.closes_s, o.service_s
FROM gate.haulage g
JOIN gate.skip k ON k.id = g.skip_id
LEFT JOIN gate.place p ON p.site = k.site
LEFT JOIN gate.outlet o ON o.id = k.outlet_id
WHERE g.status = 'asked' OR g.status = 'planned' AND g.day = %(day)s
ORDER BY g.id
FOR UPDATE OF g;

-- name: haulers
SELECT v.id, d.code, d.lat, d.lon, v.shift_start_s, v.shift_s, v.break_after_s, v.break_s
FROM vehicle v JOIN depot d ON d.id = v.depot_id
WHERE v.active AND 'benne' = ANY(v.streams) ORDER BY v.code;

-- name: plan_haulage
UPDATE gate.haulage SET status = 'planned', day = %(day)s, vehicle_id = %(vehicle)s, rank = %(rank)s,
    pickup_at = %(pickup_at)s, outlet_at = %(outlet_at)s, note = ''
WHERE id = %(haulage)s;

-- name: leave_haulage
UPDATE gate.haulage SET status = 'asked', day = NULL, vehicle_id = NULL, rank = NULL, pickup_at = NULL,
    outlet_at = NULL, note = %(note)s
WHERE id = %(haulage)s;

-- name: hold_haulage
-- A rotation to close, with every fact the register wants of it.
SELECT g.id, g.skip_id, g.status, k.site, k.label, k.waste_code, k.pop, k.volume_l, k.eco_name, k.eco_siren,
       p.address, p.insee, p.operator, p.siret,
       o.name AS outlet_name, o.siret AS outlet_siret, o.address AS outlet_address, o.treatment, o.final,
       c.name AS carrier_name, c.siret AS carrier_siret, c.address AS carrier_address, c.receipt AS carrier_receipt
FROM gate.haulage g
JOIN gate.skip k ON k.id = g.skip_id
LEFT JOIN gate.place p ON p.site = k.site
LEFT JOIN gate.outlet o ON o.id = k.outlet_id
LEFT JOIN gate.carrier c ON c.id = k.carrier_id
WHERE g.id = %(haulage)s FOR UPDATE OF g;

-- name: end_haulage
UPDATE gate.haulage SET status = 'done', done_at = %(at)s WHERE id = %(haulage)s;

-- name: add_outgoing
INSERT INTO gate.outgoing (replaces, haulage_id, site, sent_at, label, waste_code, pop, hazardous, basel_code,
    tracking_form, gross_kg, tare_kg, net_kg, volume_l, slip, origin, eco, carrier, plate, destination, treatment, final,
    recorded_at, recorded_by)
VALUES (%(replaces)s, %(haulage)s, %(site)s, %(sent_at)s, %(label)s, %(waste_code)s, %(pop)s, %(hazardous)s,
    %(basel_code)s, %(tracking_form)s, %(gross_kg)s, %(tare_kg)s, %(net_kg)s, %(volume_l)s, %(slip)s, %(origin)s,
    %(eco)s, %(carrier)s, %(plate)s, %(destination)s, %(treatment)s, %(final)s, %(now)s, %(account)s)
RETURNING id;

-- name: outgoing
-- The register as it stands: what a correction replaced is left out.
SELECT r.* FROM gate.outgoing r
WHERE r.site = %(site)s AND r.sent_at >= %(since)s AND r.sent_at < %(until)s
  AND NOT EXISTS (SELECT FROM gate.outgoing c WHERE c.replaces = r.id)
ORDER BY r.sent_at, r.id;

-- name: one_outgoing
SELECT r.*, EXISTS (SELECT FROM gate.outgoing c WHERE c.replaces = r.id) AS replaced
FROM gate.outgoing r WHERE r.id = %(id)s;

-- name: hazards
SELECT h.id, h.label, h.waste_code, h.limit_kg, coalesce(sum(m.kg), 0)::integer AS kg, max(m.at) AS at
FROM gate.hazard h LEFT JOIN gate.hazard_move m ON m.hazard_id = h.id
WHERE h.site = %(site)s GROUP BY h.id ORDER BY h.label;

-- name: save_hazard
INSERT INTO gate.hazard (site, label, waste_code, limit_kg) VALUES (%(site)s, %(label)s, %(waste_code)s, %(limit_kg)s)
ON CONFLICT (site, label) DO UPDATE SET waste_code = EXCLUDED.waste_code, limit_kg = EXCLUDED.limit_kg
RETURNING id;

-- name: hold_hazard
SELECT h.id, h.site, h.label, h.waste_code, h.limit_kg,
       (SELECT coalesce(sum(m.kg), 0) FROM gate.hazard_move m WHERE m.hazard_id = h.id)::integer AS kg
FROM gate.hazard h WHERE h.id = %(hazard)s FOR UPDATE OF h;

-- name: add_move
INSERT INTO gate.hazard_move (event_id, hazard_id, at, kg, note, account_id)
VALUES (%(event_id)s, %(hazard)s, %(at)s, %(kg)s, %(note)s, %(account)s)
ON CONFLICT (event_id) DO NOTHING RETURNING event_id;

-- name: duties
SELECT d.id, a.display_name AS name, d.begins_at, d.ends_at
FROM gate.duty d JOIN people.account a ON a.id = d.account_id
WHERE d.site = %(site)s AND d.ends_at > %(since)s ORDER BY d.begins_at, a.display_name LIMIT 50;

-- name: agents
SELECT id, display_name AS name FROM people.account WHERE role = 'agent' AND active ORDER BY display_name;

-- name: add_duty
INSERT INTO gate.duty (site, account_id, begins_at, ends_at)
SELECT %(site)s, id, %(begins_at)s, %(ends_at)s FROM people.account WHERE id = %(account)s AND role = 'agent' AND active
RETURNING id;

-- name: remove_duty
DELETE FROM gate.duty WHERE id = %(duty)s RETURNING site;

-- name: add_exception
INSERT INTO gate.opening_exception (site, day, hours, reason, withdrawn, published_at, account_id)
VALUES (%(site)s, %(day)s, %(hours)s, %(reason)s, %(withdrawn)s, %(now)s, %(account)s) RETURNING id;

-- name: exceptions
-- The exceptions that stand, from a day on.
SELECT site, day, hours, reason FROM (
    SELECT DISTINCT ON (site, day) site, day, hours, reason, withdrawn FROM gate.opening_exception
    WHERE day >= %(since)s ORDER BY site, day, id DESC) last
WHERE NOT withdrawn ORDER BY site, day;

-- name: books_again
-- Every process reads its books again when there is a newer row: the book in force is put once more, unchanged.
INSERT INTO gate.rulebook (valid_from, document)
SELECT valid_from, document FROM gate.rulebook ORDER BY valid_from DESC, id DESC LIMIT 1;

-- name: incidents
SELECT i.event_id, i.at, i.kind, i.sentence, i.closed_at, i.closing, a.display_name AS by
FROM gate.incident i LEFT JOIN people.account a ON a.id = i.account_id
WHERE i.site = %(site)s AND (i.closed_at IS NULL OR i.at > %(since)s)
ORDER BY i.closed_at IS NOT NULL, i.at DESC LIMIT 50;

-- name: close_incident
UPDATE gate.incident SET closed_at = %(now)s, closed_by = %(account)s, closing = %(closing)s
WHERE event_id = %(incident)s AND closed_at IS NULL RETURNING site;
