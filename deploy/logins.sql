-- Makes the database and its two logins on PostgreSQL 15 or later. A superuser of the server runs it once, with psql:
--
--   OWNER_PASSWORD=… API_PASSWORD=… psql --dbname=postgres --file=deploy/logins.sql
--
-- ikk_owner owns the database and migrates. ikk_api serves: it owns nothing and has no rights of its own. It can only
-- take the role ikk_service, which row-level security binds. Safe to repeat: it then sets the passwords again.
-- compose.yaml runs the same file when it makes its database.

\set ON_ERROR_STOP on

-- The statements with passwords must not come into the server's log, not even if they fail.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET password_encryption = 'scram-sha-256';

\set owner_password `printf %s "$OWNER_PASSWORD"`
\set api_password `printf %s "$API_PASSWORD"`
SELECT length(:'owner_password') >= 16 AND length(:'api_password') >= 16 AND :'owner_password' <> :'api_password' AS strong \gset
\if :strong
\else
  \warn OWNER_PASSWORD and API_PASSWORD need 16 characters each, and must differ
  -- psql has no command to end with an error, so an error does it.
  DO $$ BEGIN RAISE EXCEPTION 'no login was made'; END $$;
\endif

SELECT 'CREATE ROLE ' || name FROM unnest(ARRAY['ikk_service', 'ikk_owner', 'ikk_api']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE ikk_service NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE ikk_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
-- NOINHERIT: a connection that did not take the role ikk_service can read nothing at all.
ALTER ROLE ikk_api LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'api_password';
GRANT ikk_service TO ikk_owner, ikk_api;

SELECT 'CREATE DATABASE ikk OWNER ikk_owner TEMPLATE template0 ENCODING ''UTF8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'ikk') \gexec
ALTER DATABASE ikk OWNER TO ikk_owner;
REVOKE ALL ON DATABASE ikk FROM PUBLIC;
GRANT CONNECT ON DATABASE ikk TO ikk_api;
-- Cheaper compression of the answers, where PostgreSQL was built with it.
SELECT 'ALTER DATABASE ikk SET default_toast_compression = ''lz4''' FROM pg_settings
WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals) \gexec

-- What families answer must not come into the server's log. An error may quote a value in its message, in its detail
-- (the key of a duplicate row) and in its statement, so errors of these logins are not logged at all. The service logs
-- them without values. Refused logins and the server's own lines are still logged. Only a superuser can change this.
SELECT format('ALTER ROLE %I SET %I = %L', login, setting, value)
FROM unnest(ARRAY['ikk_owner', 'ikk_api']) AS login, (VALUES
    ('log_min_messages', 'log'),
    ('log_min_error_statement', 'panic'),
    ('log_error_verbosity', 'terse'),
    ('log_statement', 'none'),
    ('log_min_duration_statement', '-1'),
    ('log_min_duration_sample', '-1'),
    ('log_transaction_sample_rate', '0'),
    ('log_parameter_max_length', '0'),
    ('log_parameter_max_length_on_error', '0'),
    ('log_lock_waits', 'off'),
    ('log_temp_files', '-1')
) AS kept(setting, value) \gexec
