# System packages: brought when we may (root and apt), else named in one sentence. Sourced by the other scripts.

# packages_for NAME... prints the Debian packages whose part is missing here.
packages_for() {
    local name
    for name in "$@"; do
        case "$name" in
            venv)     "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv ;;
            headers)  [ -f "$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] || echo python3-dev ;;
            gcc)      command -v gcc >/dev/null || echo gcc ;;
            pkg-config) command -v pkg-config >/dev/null || echo pkg-config ;;
            mariadb-headers) pkg-config --exists libmariadb 2>/dev/null || echo libmariadb-dev ;;
            mariadb)  [ -n "$(find_program mariadbd)" ] || echo mariadb-server ;;
            redis)    [ -n "$(find_program redis-server)" ] || echo redis-server ;;
            chromium) [ -n "$(find_program chromium)" ] || echo chromium fonts-dejavu-core ;;
        esac
    done
}

find_program() {
    PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" || true
}

# bring WHAT_FOR PACKAGE...: installs the packages, or says in one sentence how to.
bring() {
    local purpose="$1" log
    shift
    [ $# -gt 0 ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing $* ($purpose)."
        export DEBIAN_FRONTEND=noninteractive
        log=$(mktemp)
        if { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } </dev/null >"$log" 2>&1; then
            rm -f "$log"
            return 0
        fi
        tail -n 3 "$log" >&2
        rm -f "$log"
    fi
    echo "Missing for $purpose: run \`sudo apt-get install -y $*\` and start again." >&2
    return 1
}

find_python() {
    local name
    for name in python3.11 /usr/bin/python3.11 python3 /usr/bin/python3; do
        if "$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}
