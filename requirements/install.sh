#!/bin/sh
# Make or complete a virtual environment: install.sh VENV PINS [PYTHON]. Called by `make setup` and `make test-upstream`.
# PINS names every package with its version, so pip resolves nothing. A stamp with the checksum of what was asked for makes the
# second run free. A folder ../shared/wheels of downloaded wheels is used when it is there; nothing depends on it.
set -eu
venv=$1 pins=$2 wanted=${3:-}
wheels=../shared/wheels

usable() { "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1; }

stamp=$venv/.installed-$(cat "$pins" requirements/install.sh setup.py pyproject.toml | cksum | tr -d ' ')
if [ -e "$stamp" ] && usable "$venv/bin/python"; then exit 0; fi

if usable "$venv/bin/python"; then
    echo "== completing $venv ($("$venv/bin/python" --version))"
else
    for python in $wanted python3.11 python3.12 python3.10 python3 python; do
        if usable "$python"; then break; fi
        if [ -n "$wanted" ]; then echo "error: '$wanted' is not a Python 3.10, 3.11 or 3.12 with the venv module" >&2; exit 1; fi
        python=
    done
    if [ -z "$python" ]; then
        echo "error: no Python 3.10, 3.11 or 3.12 with the venv module found; install one (Debian, Ubuntu: apt install" \
             "python3-venv), or name it: make setup PYTHON=/path/to/python" >&2
        exit 1
    fi
    echo "== making $venv with $python ($("$python" --version))"
    "$python" -m venv --clear "$venv"
fi
rm -f "$venv"/.installed-*

echo "== installing the packages of $pins: about 2.5 GB to download and 5 GB on disk, a few minutes"
if [ -d "$wheels" ]; then set -- --find-links "$wheels"; else set --; fi
# Built in isolation mmcv sees no torch, and so compiles no operators: mmdatasetdm/compat.py does without.
"$venv/bin/python" -m pip install --no-deps --no-compile --disable-pip-version-check --progress-bar off "$@" -r "$pins"
echo "== installing mmdatasetdm from this folder"
"$venv/bin/python" -m pip install --no-deps --no-build-isolation --disable-pip-version-check --quiet -e .
touch "$stamp"
echo "== $venv is ready"
