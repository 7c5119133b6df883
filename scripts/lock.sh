#!/usr/bin/env bash
# Resolves requirements*.txt into requirements*.lock: every companion, pinned, with the hashes of the public packages.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/system.sh
PYTHON=$(find_python)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
"$PYTHON" -m venv "$WORK/venv"
"$WORK/venv/bin/python" -m pip install -q --disable-pip-version-check pip-tools
# A machine's own indexes and wheel folders must not leak into the locks.
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL
export PIP_CONFIG_FILE=/dev/null
for name in requirements requirements-dev requirements-node; do
    echo "Resolving $name.txt."
    "$WORK/venv/bin/pip-compile" -q --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o "$WORK/$name.lock" "$name.txt"
    { echo "# Made by \`make lock\` from $name.txt; do not edit."; grep -v '^--' "$WORK/$name.lock"; } > "$name.lock"
done
