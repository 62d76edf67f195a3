-- name: add_lot
INSERT INTO meals.lot (made, dish, texture, lot, supplier, recorded_at, account_id)
VALUES (%(made)s, %(dish)s, %(texture)s, %(lot)s, %(supplier)s, %(now)s, %(account)s)
ON CONFLICT (made, dish, texture, lot) DO NOTHING
RETURNING id;

-- name: dish_known
SELECT FROM meals.dish WHERE code = %(dish)s;

-- name: lots
SELECT l.id, l.made, l.dish, d.name AS dish_name, l.texture, l.lot, l.supplier, l.recorded_at
FROM meals.lot l JOIN meals.dish d ON d.code = l.dish
WHERE l.made BETWEEN %(first)s AND %(last)s AND (%(lot)s = '' OR l.lot ILIKE %(lot)s || '%%')
ORDER BY l.made DESC, d.name, l.texture, l.lot
LIMIT 500;

-- name: lot
SELECT l.id, l.made, l.dish, d.name AS dish_name, l.texture, l.lot, l.supplier
FROM meals.lot l JOIN meals.dish d ON d.code = l.dish WHERE l.id = %(id)s;

-- name: dish_names
SELECT code, name FROM meals.dish;
