-- name: catalogue
-- Every column, constraint, index and function of our schemas, one fact a row. What an extension owns
-- is left out, and so are PostgreSQL 18's named NOT NULL constraints (the column says it already).
SELECT 'column', format('%s.%s.%s', table_schema, table_name, column_name),
       format('%s null:%s default:%s identity:%s', udt_name, is_nullable, column_default, is_identity)
FROM information_schema.columns
WHERE table_schema IN ('public', 'people', 'gate', 'finance', 'meals')
UNION ALL
SELECT 'constraint', format('%s.%s', c.conrelid::regclass, c.conname), pg_get_constraintdef(c.oid)
FROM pg_constraint c
JOIN pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname IN ('public', 'people', 'gate', 'finance', 'meals') AND c.contype IN ('p', 'f', 'u', 'c', 'x')
UNION ALL
SELECT 'index', format('%s.%s', schemaname, indexname), indexdef
FROM pg_indexes
WHERE schemaname IN ('public', 'people', 'gate', 'finance', 'meals')
UNION ALL
SELECT 'function', format('%s.%s', n.nspname, p.proname), pg_get_functiondef(p.oid)
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname IN ('public', 'people', 'gate', 'finance', 'meals') AND p.prokind = 'f'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e');
