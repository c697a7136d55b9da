#!/bin/sh
# Write requirements/constraints.txt and constraints-upstream.txt from the other files here (needs uv: pip install uv).
# Versions that stand there stay where they can, so that a new requirement changes no other. Arguments go to `uv pip compile`:
# `lock.sh --upgrade` chooses all versions anew, `lock.sh --upgrade-package NAME` those of one package.
set -eu
cd "$(dirname "$0")"
family=$(mktemp) versions=$(mktemp)
trap 'rm -f "$family" "$versions"' EXIT
lock() {  # OUTPUT REQUIREMENTS and options of uv...
    output=$1
    shift
    if [ -e "$output" ]; then cp "$output" "$versions"; else : > "$versions"; fi
    # uv keeps the versions that it finds in its output file. One set of versions for all Pythons, rather than the newest for
    # each: one set is what gets tested
    uv pip compile --quiet --universal --python-version 3.10 --fork-strategy fewest --no-annotate --no-header \
        --overrides overrides.txt --output-file "$versions" tests.txt build.txt pins.in "$@"
    { echo "# Every package and its version; written by requirements/lock.sh. To install by hand: pip install --no-deps -r $output"
      cat "$versions"
    } > "$output.new"
    mv "$output.new" "$output"
}
grep -v '^onedl-' runtime.txt > "$family"
lock constraints.txt runtime.txt "$@"
lock constraints-upstream.txt "$family" upstream.txt "$@"
