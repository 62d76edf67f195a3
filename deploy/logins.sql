-- One login per process, each a member of the group role that store/sql/views/grants.sql gives rights to.
-- For psql 15 or newer, once, as the owner, before or after the first migration. Passwords come from the
-- environment and are sent as values, never written here.
\set ON_ERROR_STOP on
\getenv ingest_password GLANEUR_INGEST_PASSWORD
\getenv api_password GLANEUR_API_PASSWORD
\getenv worker_password GLANEUR_WORKER_PASSWORD
\getenv reader_password GLANEUR_READER_PASSWORD
\getenv grafana_password GLANEUR_GRAFANA_PASSWORD

CREATE ROLE glaneur_ingest NOLOGIN;
CREATE ROLE glaneur_api NOLOGIN;
CREATE ROLE glaneur_worker NOLOGIN;
CREATE ROLE glaneur_reader NOLOGIN;
CREATE ROLE glaneur_grafana NOLOGIN;

CREATE ROLE ingest LOGIN PASSWORD :'ingest_password' IN ROLE glaneur_ingest;
CREATE ROLE api LOGIN PASSWORD :'api_password' IN ROLE glaneur_api;
CREATE ROLE worker LOGIN PASSWORD :'worker_password' IN ROLE glaneur_worker;
CREATE ROLE reader LOGIN PASSWORD :'reader_password' IN ROLE glaneur_reader;
-- Grafana sends whatever its editors write: it reads only, and not for long.
CREATE ROLE grafana LOGIN PASSWORD :'grafana_password' IN ROLE glaneur_grafana;
ALTER ROLE grafana SET default_transaction_read_only = on;
ALTER ROLE grafana SET statement_timeout = '10s';
