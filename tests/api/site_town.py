"""A collectivity with two déchetteries: rule book, holders, skips, outlets, an agent, a truck for skips."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import create_account
from api.gate.books import load_book
from api.gate.holders import import_holders
from store.connection import connect
from tests.api.gate_site import BADGE_KEY, settings
from tests.api.little_territory import PASSWORD, seed

BOOK = """
name = "Haut-Pays (essai)"
source = "essai"
valid_from = 2020-01-01
categories = { resident = "Particulier", professional = "Professionnel", service = "Services communaux" }

[materials]
green = "Déchets verts"
rubble = "Gravats"
wood = "Bois"
bulky = "Tout-venant"
scrap = "Ferraille"

[[vehicles]]
code = "car"
label = "Voiture"

[[vehicles]]
code = "van"
label = "Fourgon"

[[sites]]
code = "fruges"
name = "Déchetterie de Fruges"

[[sites]]
code = "hucqueliers"
name = "Déchetterie d'Hucqueliers"
[sites.hours]
monday = ["09:00-12:00", "14:00-18:00"]
wednesday = ["09:00-12:00", "14:00-18:00"]
saturday = ["09:00-18:00"]

[[allowances]]
id = "passages"
clause = "article 3 : 3 passages par an"
categories = ["resident"]
unit = "passages"
limit = 3
per = "rolling"
rolling_days = 365
warn_left = 1

[[allowances]]
id = "volume_pro"
clause = "article 4 : 4 m³ par jour"
categories = ["professional"]
unit = "l"
limit = 4000
per = "day"

[[prices]]
id = "gravats"
clause = "article 5 : 20 € le m³ de gravats"
categories = ["professional"]
unit = "m3"
amount = 20
materials = ["rubble"]
minimum_l = 250
"""
HOLDERS = """reference,category,name,badge,address
F-1,resident,Famille Un,04A1B2C3,1 rue Haute
F-1,resident,Famille Un,04A1B2C4,1 rue Haute
P-1,professional,Maçonnerie Dupont,04D1,2 rue Basse
S-1,service,Commune de Fruges,AB-123-CD,Mairie
"""
FAMILY, FIRM = "04:A1:B2:C3", "04D1"
SITE = """
INSERT INTO gate.place (site, address, insee, lat, lon, operator, siret, notice) VALUES
    ('fruges', 'Rue du Marais, 62310 Fruges', '{62364}', 50.5147, 2.133, 'CCHPM', '20006920300015', ''),
    ('hucqueliers', 'Route de Preures, 62650 Hucqueliers', '{62463}', 50.5680, 1.9060, 'CC du Haut-Pays',
     '20006920300023', 'Apportez un justificatif de domicile.');
INSERT INTO gate.outlet (code, name, siret, address, lat, lon, treatment, final) VALUES
    ('compost', 'Plateforme de compostage', '11111111100011', '62770 Blangy', 50.42, 2.17, 'R3', 'recyclage'),
    ('isdi', 'Carrière remblayée', '22222222200022', '62500 Saint-Omer', 50.75, 2.25, 'D1', 'elimination');
INSERT INTO gate.carrier (name, siret, address, receipt) VALUES
    ('Bennes du Nord', '33333333300033', '62000 Arras', '62-2024-001');
INSERT INTO gate.skip (site, code, material, label, volume_l, outlet_id, carrier_id, waste_code, spare)
SELECT k.site, k.code, k.material, k.label, 30000, o.id, 1, k.waste, k.spare
FROM (VALUES ('fruges', 'FR-V1', 'green', 'Déchets verts', 'compost', '20 02 01', true),
             ('fruges', 'FR-G1', 'rubble', 'Gravats', 'isdi', '17 01 07', false),
             ('hucqueliers', 'HU-V1', 'green', 'Déchets verts', 'compost', '20 02 01', true))
    AS k (site, code, material, label, outlet, waste, spare)
JOIN gate.outlet o ON o.code = k.outlet;
INSERT INTO gate.hazard (site, label, waste_code, limit_kg) VALUES
    ('fruges', 'Peintures et solvants', '20 01 27*', 500), ('fruges', 'Batteries', '20 01 33*', 300);
INSERT INTO vehicle (code, name, depot_id, streams, capacity_l, capacity_kg, shift_start_s, shift_s)
SELECT 'ampli-1', 'Ampliroll 1', id, '{benne}', 35000, 14000, 25200, 28800 FROM depot ORDER BY id LIMIT 1;
"""


def equip(dsn: str) -> None:
    """Put it all into a migrated database, with the little territory and its people."""
    seed(dsn)
    with connect(dsn) as connection:
        connection.execute(SITE)
    with connect(dsn, role="glaneur_api") as connection:
        load_book(connection, BOOK)
        known = frozenset(["resident", "professional", "service"])
        report = import_holders(connection, HOLDERS, bytes.fromhex(BADGE_KEY), known)
        assert (report.holders, report.badges) == (3, 4)
        create_account(
            connection, login="agent", display_name="Sacha Gardien", password=PASSWORD, role="agent"
        )


@contextmanager
def town(dsn: str) -> Iterator[TestClient]:
    """The application of that collectivity, nobody signed in; redirections are not followed."""
    equip(dsn)
    with TestClient(create_app(settings(dsn)), follow_redirects=False) as client:
        yield client
