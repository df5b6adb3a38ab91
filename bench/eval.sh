#!/bin/sh
# Measures OPA and both engines of portcullis on the same questions, one after the other, and prints a table.
#
# usage: bench/eval.sh [SCENARIO...]
#   COUNT=5         how many times to measure each; the table has the medians
#   PORTCULLIS=...  the binary; built in release mode unless given
set -eu

here=$(cd "$(dirname "$0")" && pwd)
count=${COUNT:-5}
if [ -z "${PORTCULLIS:-}" ]; then
	(cd "$here/.." && cargo build --release --quiet -p portcullis-cli)
	PORTCULLIS=$here/../target/release/portcullis
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/eval/scenarios.py" "$work"

# The median of several measurements in a unit, or - without an answer.
median() {
	awk -v unit="$2" '/^Benchmark/ { for (at = 1; at < NF; at++) if ($(at + 1) == unit) print $at }' "$1" | sort -n |
		awk '{ all[NR] = $1 } END { if (NR == 0) print "-"; else print all[int((NR + 1) / 2)] }'
}
# Measures with a program and its arguments; prints the time for one evaluation, and the median of the evaluations' own timer.
measure() {
	folder=$1
	shift
	"$@" -d "$folder/policy.rego" -d "$folder/data.json" -i "$folder/input.json" \
		--count "$count" --benchmem=false -f gobench "$(cat "$folder/query")" >"$work/out" 2>/dev/null || true
	echo "$(median "$work/out" ns/op) $(median "$work/out" histogram_timer_rego_query_eval_ns_median)"
}
ratio() {
	if [ "$1" = - ] || [ "$2" = - ]; then echo -; else awk "BEGIN { printf \"%.1f\", $1 / $2 }"; fi
}

printf 'OPA %s, %s, load %s\n' "$(opa version | awk '/^Version/ { print $2 }')" "$("$PORTCULLIS" --version)" "$(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || echo unknown)"
printf '%s, %s processors, %s\n' "$(uname -srm)" "$(getconf _NPROCESSORS_ONLN)" \
	"$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || echo 'unknown processor')"
printf 'medians of %s measurements of a second each, in nanoseconds for one evaluation: the whole, and its own timer\n\n' "$count"
printf '| scenario | OPA | OPA timer | native | native timer | regorus | regorus timer | OPA / native | timers | regorus / native |\n'
printf '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n'
for scenario in ${*:-agentweave-10 agentweave-1000 agentweave-100000 rbac admission rules-1000 comprehension recursion jwt}; do
	at=$work/$scenario
	opa=$(measure "$at" opa bench)
	native=$(measure "$at" "$PORTCULLIS" bench --engine native)
	regorus=$(measure "$at" "$PORTCULLIS" bench --engine regorus)
	printf '| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "$scenario" \
		"${opa% *}" "${opa#* }" "${native% *}" "${native#* }" "${regorus% *}" "${regorus#* }" \
		"$(ratio "${opa% *}" "${native% *}")" "$(ratio "${opa#* }" "${native#* }")" "$(ratio "${regorus% *}" "${native% *}")"
done
