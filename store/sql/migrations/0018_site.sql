-- Running a déchetterie: skips and where they go, what left, hazardous waste, people on duty, closures, incidents.
-- A site is named by its code in the rule book. Units: litres, kilograms; coordinates in WGS 84 degrees.
ALTER TABLE people.account DROP CONSTRAINT account_role_check;
ALTER TABLE people.account ADD CONSTRAINT account_role_check
    CHECK (role IN ('dispatcher', 'driver', 'admin', 'agent', 'finance'));

-- Where a site is, and who runs it as the register of waste names them.
CREATE TABLE gate.place (
    site      text PRIMARY KEY CHECK (site <> ''),
    address   text NOT NULL DEFAULT '',
    insee     text[] NOT NULL DEFAULT '{}',
    lat       double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon       double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    operator  text NOT NULL DEFAULT '',
    siret     text NOT NULL DEFAULT '' CHECK (siret ~ '^([0-9]{14})?$'),
    notice    text NOT NULL DEFAULT ''
);

-- Where skips are emptied. Hours are seconds after local midnight. treatment: a code of annexes I and II of directive
-- 2008/98/EC; final: its rank in the hierarchy of article L. 541-1 of the Code de l'environnement.
CREATE TABLE gate.outlet (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_-]{1,40}$'),
    name       text NOT NULL CHECK (name <> ''),
    siret      text NOT NULL DEFAULT '' CHECK (siret ~ '^([0-9]{14})?$'),
    address    text NOT NULL DEFAULT '',
    lat        double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon        double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    opens_s    integer NOT NULL DEFAULT 28800,
    closes_s   integer NOT NULL DEFAULT 61200,
    service_s  integer NOT NULL DEFAULT 1200 CHECK (service_s >= 0),
    treatment  text NOT NULL DEFAULT '' CHECK (treatment ~ '^([RD][0-9]{1,2})?$'),
    final      text NOT NULL DEFAULT ''
        CHECK (final IN ('', 'reemploi', 'recyclage', 'valorisation', 'energie', 'elimination')),
    active     boolean NOT NULL DEFAULT true,
    CONSTRAINT outlet_hours CHECK (0 <= opens_s AND opens_s < closes_s)
);

CREATE TABLE gate.carrier (
    id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text NOT NULL UNIQUE CHECK (name <> ''),
    siret    text NOT NULL DEFAULT '' CHECK (siret ~ '^([0-9]{14})?$'),
    address  text NOT NULL DEFAULT '',
    receipt  text NOT NULL DEFAULT ''
);

-- A skip (benne) and what goes in it. container_id: the probe's container, when one is mounted.
-- spare: an empty one is brought when it is taken away, else the same comes back.
CREATE TABLE gate.skip (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site          text NOT NULL,
    code          text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_-]{1,40}$'),
    material      text NOT NULL,
    label         text NOT NULL CHECK (label <> ''),
    volume_l      integer NOT NULL CHECK (volume_l > 0),
    container_id  integer UNIQUE REFERENCES container,
    outlet_id     integer REFERENCES gate.outlet,
    carrier_id    integer REFERENCES gate.carrier,
    waste_code    text NOT NULL DEFAULT '' CHECK (waste_code ~ '^([0-9]{2} [0-9]{2} [0-9]{2}\*?)?$'),
    pop           boolean NOT NULL DEFAULT false,
    eco_name      text NOT NULL DEFAULT '',
    eco_siren     text NOT NULL DEFAULT '' CHECK (eco_siren ~ '^([0-9]{9})?$'),
    spare         boolean NOT NULL DEFAULT true,
    active        boolean NOT NULL DEFAULT true
);
CREATE INDEX skip_by_site ON gate.skip (site);

-- How full someone saw a skip. An exchange leaves it at zero.
CREATE TABLE gate.skip_level (
    event_id    uuid PRIMARY KEY,
    skip_id     integer NOT NULL REFERENCES gate.skip,
    at          timestamptz NOT NULL,
    percent     smallint NOT NULL CHECK (percent BETWEEN 0 AND 120),
    account_id  integer
);
CREATE INDEX skip_level_by_skip ON gate.skip_level (skip_id, at DESC);

-- A skip to be taken away: asked, planned for a day and a truck, done with its weights, or cancelled.
CREATE TABLE gate.haulage (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    skip_id       integer NOT NULL REFERENCES gate.skip,
    asked_at      timestamptz NOT NULL,
    asked_by      integer,
    event_id      uuid UNIQUE,
    reason        text NOT NULL DEFAULT '',
    status        text NOT NULL DEFAULT 'asked' CHECK (status IN ('asked', 'planned', 'done', 'cancelled')),
    day           date,
    vehicle_id    integer REFERENCES vehicle,
    rank          integer,
    pickup_at     timestamptz,
    outlet_at     timestamptz,
    distance_m    integer,
    note          text NOT NULL DEFAULT '',
    done_at       timestamptz,
    CHECK ((status = 'planned') <= (day IS NOT NULL AND vehicle_id IS NOT NULL))
);
CREATE UNIQUE INDEX haulage_once ON gate.haulage (skip_id) WHERE status IN ('asked', 'planned');

-- The register of waste that left (arrêté du 31 mai 2021, article 2): append-only, each fact as it was that day.
-- A correction is a new row that names the one it replaces.
CREATE TABLE gate.outgoing (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    replaces        bigint UNIQUE REFERENCES gate.outgoing,
    haulage_id      bigint REFERENCES gate.haulage,
    site            text NOT NULL,
    sent_at         timestamptz NOT NULL,
    label           text NOT NULL CHECK (label <> ''),
    waste_code      text NOT NULL,
    pop             boolean NOT NULL DEFAULT false,
    hazardous       boolean NOT NULL DEFAULT false,
    basel_code      text NOT NULL DEFAULT '',
    tracking_form   text NOT NULL DEFAULT '',
    gross_kg        integer CHECK (gross_kg >= 0),
    tare_kg         integer CHECK (tare_kg >= 0),
    net_kg          integer CHECK (net_kg >= 0),
    volume_l        integer CHECK (volume_l >= 0),
    slip            text NOT NULL DEFAULT '',
    origin          jsonb NOT NULL,
    eco             jsonb NOT NULL DEFAULT '{}',
    carrier         jsonb NOT NULL,
    plate           text NOT NULL DEFAULT '',
    destination     jsonb NOT NULL,
    treatment       text NOT NULL,
    final           text NOT NULL,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    recorded_by     integer,
    CONSTRAINT outgoing_quantity CHECK (net_kg IS NOT NULL OR volume_l IS NOT NULL),
    CONSTRAINT outgoing_weights CHECK (gross_kg IS NULL OR tare_kg IS NULL OR net_kg = gross_kg - tare_kg)
);
CREATE INDEX outgoing_by_site ON gate.outgoing (site, sent_at);

-- Hazardous waste kept on the site, by kind, up to a limit; its stock is the sum of its moves.
CREATE TABLE gate.hazard (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site        text NOT NULL,
    label       text NOT NULL CHECK (label <> ''),
    waste_code  text NOT NULL CHECK (waste_code ~ '^[0-9]{2} [0-9]{2} [0-9]{2}\*?$'),
    limit_kg    integer NOT NULL CHECK (limit_kg > 0),
    outlet_id   integer REFERENCES gate.outlet,
    carrier_id  integer REFERENCES gate.carrier,
    UNIQUE (site, label)
);
CREATE TABLE gate.hazard_move (
    event_id    uuid PRIMARY KEY,
    hazard_id   integer NOT NULL REFERENCES gate.hazard,
    at          timestamptz NOT NULL,
    kg          integer NOT NULL CHECK (kg <> 0),
    note        text NOT NULL DEFAULT '',
    account_id  integer
);
CREATE INDEX hazard_move_by_hazard ON gate.hazard_move (hazard_id);

CREATE TABLE gate.duty (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site        text NOT NULL,
    account_id  integer NOT NULL REFERENCES people.account,
    begins_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL CHECK (ends_at > begins_at)
);
CREATE INDEX duty_by_site ON gate.duty (site, begins_at);

-- A day's hours other than the rule book's; none is closed. Append-only: the last row of a site's day counts, and one
-- that is `withdrawn` gives the rule book's hours back.
CREATE TABLE gate.opening_exception (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site          text NOT NULL,
    day           date NOT NULL,
    hours         text[] NOT NULL DEFAULT '{}',
    reason        text NOT NULL DEFAULT '',
    withdrawn     boolean NOT NULL DEFAULT false,
    published_at  timestamptz NOT NULL,
    account_id    integer
);
CREATE INDEX opening_exception_by_day ON gate.opening_exception (site, day, id DESC);

CREATE TABLE gate.incident (
    event_id    uuid PRIMARY KEY,
    site        text NOT NULL,
    at          timestamptz NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('accident', 'incivilite', 'depot', 'materiel', 'produit', 'vol', 'autre')),
    sentence    text NOT NULL CHECK (sentence <> ''),
    account_id  integer,
    closed_at   timestamptz,
    closed_by   integer,
    closing     text NOT NULL DEFAULT ''
);
CREATE INDEX incident_by_site ON gate.incident (site, at DESC);
