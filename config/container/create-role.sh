#!/bin/sh
# Runs once, when the PostgreSQL image makes its cluster. Odoo gets a role that owns its
# databases and is no superuser; the superuser keeps no password, so that it can log in
# from inside the container only.
set -eu
psql --no-psqlrc -v ON_ERROR_STOP=1 -v password="$POSTGRES_PASSWORD" \
    --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE odoo LOGIN CREATEDB PASSWORD :'password';
ALTER ROLE CURRENT_USER PASSWORD NULL;
SQL
