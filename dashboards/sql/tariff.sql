-- Tarification: how people use the service, and whether the product comes in. Sums only.

-- name: usage
SELECT CASE WHEN class = 0 THEN '0 à 3' WHEN class >= 52 THEN '52 et plus'
            ELSE class || ' à ' || class + 3 END AS "Utilisations dans l'année", sum(accounts) AS "Comptes"
FROM boards.usage_class
WHERE kind = ANY (ARRAY[${service:sqlstring}]::text[]) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
  AND year = extract(year FROM $__timeTo()::timestamptz AT TIME ZONE 'Europe/Paris')
GROUP BY class
ORDER BY class;

-- name: mean_use
SELECT sum(uses) / nullif(sum(accounts), 0) AS "Utilisations par compte", sum(accounts) AS "Comptes"
FROM boards.usage_class
WHERE kind = ANY (ARRAY[${service:sqlstring}]::text[]) AND area = ANY (ARRAY[${commune:sqlstring}]::text[])
  AND year = extract(year FROM $__timeTo()::timestamptz AT TIME ZONE 'Europe/Paris');

-- name: product
SELECT year || '' AS "Année", issued AS "Produit émis", prepared AS "En préparation", budget AS "Budget"
FROM boards.product_year
WHERE time > $__timeTo()::timestamptz - INTERVAL '6 years'
ORDER BY year;

-- name: product_share
SELECT 100 * issued / nullif(budget, 0) AS "Produit émis / budget"
FROM boards.product_year
WHERE year = extract(year FROM $__timeTo()::timestamptz AT TIME ZONE 'Europe/Paris');

-- name: by_year
SELECT year || '' AS "Année", label AS "Service", sum(accounts) AS "Comptes", sum(uses) AS "Utilisations",
       sum(uses) / nullif(sum(accounts), 0) AS "Par compte",
       100.0 * sum(accounts) FILTER (WHERE class = 0) / nullif(sum(accounts), 0) AS "0 à 3 fois"
FROM boards.usage_class
WHERE area = ANY (ARRAY[${commune:sqlstring}]::text[])
GROUP BY year, label
ORDER BY year DESC, label;
