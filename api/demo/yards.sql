-- name: places
-- Invented addresses beside the three villages; nobody's SIRET.
INSERT INTO gate.place (site, address, insee, lat, lon, operator, siret, notice) VALUES
    ('fruges', 'Rue du Marais, Fruges', '{62364}', 50.5160, 2.1330, 'Collectivité de démonstration', '',
     'Déchets dangereux : remettez-les à l''agent.'),
    ('hucqueliers', 'Route de Preures, Hucqueliers', '{62463}', 50.5680, 1.9060, 'Collectivité de démonstration', '', ''),
    ('campagne', 'Route de Lumbres, Campagne-lès-Boulonnais', '{62202}', 50.6140, 1.9980,
     'Collectivité de démonstration', '', '')
ON CONFLICT (site) DO NOTHING;

-- name: partners
WITH outlets AS (
    INSERT INTO gate.outlet (code, name, address, lat, lon, treatment, final) VALUES
        ('compost', 'Plateforme de compostage (exemple)', 'Zone d''activité', 50.4700, 2.1900, 'R3', 'recyclage'),
        ('carriere', 'Carrière remblayée (exemple)', 'Route de la Carrière', 50.6800, 2.1500, 'R5', 'valorisation'),
        ('tri', 'Centre de tri (exemple)', 'Zone industrielle', 50.4600, 1.7600, 'R12', 'energie')
    ON CONFLICT (code) DO NOTHING
)
INSERT INTO gate.carrier (name, address, receipt) VALUES ('Bennes d''Exemple', 'Zone d''activité', '62-EX-001')
ON CONFLICT (name) DO NOTHING;

-- name: skips
INSERT INTO gate.skip (site, code, material, label, volume_l, outlet_id, carrier_id, waste_code, spare)
SELECT p.site, upper(left(p.site, 2)) || '-' || k.suffix, k.material, k.label, 30000, o.id, c.id, k.waste_code, k.spare
FROM gate.place p
CROSS JOIN (VALUES ('V', 'green', 'Déchets verts', '20 02 01', 'compost', true),
                   ('G', 'rubble', 'Gravats', '17 01 07', 'carriere', false),
                   ('E', 'bulky', 'Encombrants', '20 03 07', 'tri', true))
    AS k (suffix, material, label, waste_code, outlet, spare)
JOIN gate.outlet o ON o.code = k.outlet
CROSS JOIN gate.carrier c
ON CONFLICT (code) DO NOTHING;

-- name: levels
-- As the agents left them last evening; one is full and waits for its truck.
INSERT INTO gate.skip_level (event_id, skip_id, at, percent)
SELECT gen_random_uuid(), id, %(now)s::timestamptz - INTERVAL '14 hours', 20 + id * 37 %% 81 FROM gate.skip;

-- name: asked
INSERT INTO gate.haulage (skip_id, asked_at, reason)
SELECT l.skip_id, %(now)s::timestamptz - INTERVAL '13 hours', 'Benne presque pleine'
FROM gate.skip_level l WHERE l.percent >= 80
ON CONFLICT DO NOTHING;

-- name: hazards
WITH kinds AS (
    INSERT INTO gate.hazard (site, label, waste_code, limit_kg)
    SELECT site, label, waste_code, limit_kg FROM gate.place
    CROSS JOIN (VALUES ('Peintures et solvants', '20 01 27*', 500), ('Batteries', '20 01 33*', 300))
        AS k (label, waste_code, limit_kg)
    ON CONFLICT (site, label) DO NOTHING RETURNING id, limit_kg
)
INSERT INTO gate.hazard_move (event_id, hazard_id, at, kg, note)
SELECT gen_random_uuid(), id, %(now)s::timestamptz - INTERVAL '3 days', limit_kg / 3 + 20 * id, 'inventaire' FROM kinds;

-- name: truck
INSERT INTO vehicle (code, name, depot_id, streams, capacity_l, capacity_kg, shift_start_s, shift_s)
SELECT 'ampliroll', 'Ampliroll', id, '{benne}', 35000, 14000, 25200, 28800 FROM depot ORDER BY id LIMIT 1
ON CONFLICT (code) DO NOTHING;

-- name: duty
INSERT INTO gate.duty (site, account_id, begins_at, ends_at)
SELECT 'fruges', id, %(now)s::timestamptz - INTERVAL '1 hour', %(now)s::timestamptz + INTERVAL '30 days'
FROM people.account WHERE login = 'agent';
