-- What the variables of every board offer.

-- name: territories
SELECT name AS __text, area AS __value FROM boards.territory ORDER BY position, name;

-- name: communes
SELECT name AS __text, insee AS __value FROM boards.commune
WHERE areas && ARRAY[${territoire:sqlstring}]::text[] ORDER BY name;

-- name: streams
SELECT label AS __text, code AS __value FROM boards.stream ORDER BY label;

-- name: sites
SELECT DISTINCT site AS __text, site AS __value FROM boards.terminal ORDER BY 1;

-- name: services
SELECT DISTINCT label AS __text, kind AS __value FROM boards.usage_class ORDER BY 1;
