#!/bin/sh
# Write requirements/constraints.txt and constraints-upstream.txt from the other files here (needs uv: pip install uv).
set -eu
cd "$(dirname "$0")"
family=$(mktemp)
trap 'rm -f "$family"' EXIT
lock() {  # OUTPUT REQUIREMENTS...
    output=$1
    shift
    # one set of versions for all Pythons, rather than the newest for each: one set is what gets tested
    { echo "# Every package and its version; written by requirements/lock.sh. To install by hand: pip install --no-deps -r $output"
      uv pip compile --quiet --universal --python-version 3.10 --fork-strategy fewest --no-annotate --no-header \
          --overrides overrides.txt "$@" tests.txt build.txt pins.in
    } > "$output.new"
    mv "$output.new" "$output"
}
grep -v '^onedl-' runtime.txt > "$family"
lock constraints.txt runtime.txt
lock constraints-upstream.txt "$family" upstream.txt
