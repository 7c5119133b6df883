#!/usr/bin/env bash
# The building inspector. Every inspection runs, then the exit code says whether all of them passed.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/system.sh
scripts/setup.sh dev || exit 1
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
failed=()

inspect() {
    local name="$1"
    shift
    echo "== $name"
    "$@" </dev/null || failed+=("$name")
}

# The shipped settings, as in production, with a database of their own.
production() {
    env -u MALL_DEMO MALL_DEMO=0 DATABASE_URL="${DATABASE_URL:-}" MALL_VAR="$WORK" ALLOWED_HOSTS=mall.example \
        SECRET_KEY="$(head -c 64 /dev/urandom | base64 -w 0)" "$@"
}

inspect "ruff check" .venv/bin/ruff check .
inspect "ruff format" .venv/bin/ruff format --check .
inspect "mypy" .venv/bin/mypy
inspect "import contracts" .venv/bin/lint-imports
inspect "migrations in step" production .venv/bin/python manage.py makemigrations --check --dry-run
inspect "settings on SQLite" production .venv/bin/python manage.py check --database default --fail-level WARNING
inspect "settings for deployment" production .venv/bin/python manage.py check --deploy --fail-level WARNING
if [ -n "$(find_program mariadbd)" ] && .venv/bin/python -c 'import MySQLdb' 2>/dev/null; then
    export -f production
    export WORK
    inspect "settings on MariaDB" .venv/bin/python scripts/with_mariadb.py \
        bash -c 'production .venv/bin/python manage.py check --database default --fail-level WARNING'
else
    echo "== Skipped: settings on MariaDB, because mariadbd or mysqlclient is not installed."
fi
inspect "sizes, doors, docs" .venv/bin/pytest -q tests/house

if [ ${#failed[@]} -gt 0 ]; then
    printf 'Failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
echo "All inspections passed."
