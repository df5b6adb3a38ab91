#!/usr/bin/env bash
# What measuring coverage costs: `portcullis test` and `opa test` with and without --coverage on the suite of bench/suite.sh.
#
#   cargo build --release -p portcullis-cli
#   bench/coverage.sh [RUNS]
#
# All four run RUNS times (5 unless given), by turns; the medians count. GNU time has to be installed as /usr/bin/time. OPA
# is `opa` on the path or $OPA, Portcullis is target/release/portcullis or $PORTCULLIS.
set -euo pipefail

runs=${1:-5}
root=$(cd "$(dirname "$0")/.." && pwd)
opa=${OPA:-opa}
portcullis=${PORTCULLIS:-$root/target/release/portcullis}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The median of the numbers on standard input.
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

# One run: seconds on the wall, seconds of the processors and KiB to a file; the output has to hold a line.
measure() {
    local name=$1 line=$2
    shift 2
    /usr/bin/time -f '%e %U %S %M' -o "$work/time" "$@" "$work/suite" > "$work/out"
    grep -q "$line" "$work/out" || { echo "$name: \`$line\` is missing" >&2; head "$work/out" >&2; exit 1; }
    awk '{ print $1, $2 + $3, $4 }' "$work/time" >> "$work/$name"
}

"$root/bench/suite.sh" generate "$work"
for ((run = 0; run < runs; run++)); do
    measure opa '^PASS: 5000/5000$' "$opa" test
    measure opa-coverage '"covered_lines"' "$opa" test --coverage
    measure portcullis '^PASS: 5000/5000$' "$portcullis" test
    measure portcullis-coverage '^all files ' "$portcullis" test --coverage
    measure portcullis-opa-format '"covered_lines"' "$portcullis" test --coverage -f json
done
printf '\twall, s\tprocessors, s\tpeak memory, KiB\n'
for name in opa opa-coverage portcullis portcullis-coverage portcullis-opa-format; do
    row=()
    for column in 1 2 3; do
        row+=("$(cut -d' ' -f"$column" "$work/$name" | median)")
    done
    printf '%s\t%s\t%s\t%s\n' "$name" "${row[@]}"
    echo "${row[@]}" >> "$work/medians"
done
awk '{ for (i = 1; i <= 3; i++) value[NR, i] = $i + 0 ? $i : 0.01 }
     END {
         for (i = 1; i <= 3; i++) {
             opa[i] = value[2, i] / value[1, i]
             own[i] = value[4, i] / value[3, i]
         }
         printf "opa: with coverage / without\t%.2f\t%.2f\t%.2f\n", opa[1], opa[2], opa[3]
         printf "portcullis: with coverage / without\t%.2f\t%.2f\t%.2f\n", own[1], own[2], own[3]
     }' "$work/medians"
