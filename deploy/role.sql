-- What a node may do in PostgreSQL, and no more: read and write rows. Once, as whoever may make roles:
--   create role belfry_owner login password '...';
--   create role belfry_node login password '...';
--   create database belfry owner belfry_owner;
-- Then, and again with each new version before its nodes start, as belfry_owner:
--   belfry migrate
--   psql -f deploy/role.sql "$DATABASE_URL"
-- Nodes, and every other command, use belfry_node.
\set ON_ERROR_STOP on
begin;

-- Nobody comes in who is not named, and nobody leaves tables of their own.
revoke all on database :"DBNAME" from public;
revoke all on schema public from public;
grant connect on database :"DBNAME" to belfry_node;
grant usage on schema public to belfry_node;

-- Begins anew, so that nothing is left of what an older version granted.
revoke all on all tables in schema public from belfry_node;
grant select, insert, update, delete on all tables in schema public to belfry_node;
-- Which schema and which history it is are for the owner to say.
revoke insert, update, delete on _sqlx_migrations, store from belfry_node;

commit;
