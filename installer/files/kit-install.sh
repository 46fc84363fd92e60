#!/bin/sh
# Installs Tankside from this folder, without a network: install.sh [TARGET]
# TARGET is the folder of the installation, else ~/tankside. PYTHON names another Python 3.11+.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
target=${1:-$HOME/tankside}
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Tankside needs Python 3.11 or later; set PYTHON to one." >&2; exit 1; }
[ ! -e "$target/venv" ] || { echo "$target/venv is there already; nothing was changed" >&2; exit 1; }
mkdir -p "$target"
# What is half done is removed, so that a second try starts afresh.
trap 'rm -rf "$target/venv"' EXIT
"$python" -m venv --without-pip "$target/venv"
# pip itself comes out of the kit; it is run from its wheel.
pip=$(ls "$here"/wheelhouse/pip-*.whl)
PYTHONPATH=$pip "$target/venv/bin/python" -m pip --isolated install --quiet --no-index --no-deps \
    --disable-pip-version-check --no-cache-dir --require-hashes \
    --find-links "$here/wheelhouse" -r "$here/requirements.txt"
"$target/venv/bin/tankside" --selftest
trap - EXIT
echo "Tankside is installed; start it with: $target/venv/bin/tankside"
