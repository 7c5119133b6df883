#!/usr/bin/env bash
# Every test: on SQLite with the browser, then those that touch the database on a MariaDB server of its own. What cannot
# run here is named.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/system.sh
PYTHON=$(find_python)
if [ -n "$PYTHON" ]; then
    bring "the tests on MariaDB, on Redis and in a browser" $(packages_for mariadb redis chromium) || true
fi
scripts/setup.sh dev || exit 1
failed=0
house=()
[ -n "${HOUSE_IS_CHECKED:-}" ] && house=(--ignore=tests/house) # by `make check`, a moment ago

echo "== The suite on SQLite"
DATABASE_URL='' .venv/bin/pytest -n 2 --dist loadfile "${house[@]}" "$@" </dev/null || failed=1

if [ -z "$(find_program mariadbd)" ]; then
    echo "== Skipped: the suite on MariaDB, because there is no mariadbd on this machine."
elif ! .venv/bin/python -c 'import MySQLdb' 2>/dev/null; then
    echo "== Skipped: the suite on MariaDB, because mysqlclient is not installed (gcc, pkg-config, libmariadb-dev)."
else
    echo "== The suite on MariaDB"
    # The machine room knows no database, and of the house only what looks at the ledger and at safety does.
    .venv/bin/python scripts/with_mariadb.py .venv/bin/pytest -n 2 --dist loadfile -m "not browser" \
        --ignore=tests/engine --ignore-glob='tests/house/test_[!ls]*' "$@" </dev/null || failed=1
fi
exit $failed
