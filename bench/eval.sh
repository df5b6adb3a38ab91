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

# The nanoseconds for one evaluation: the median of several measurements, or - without an answer.
median() {
	grep '^Benchmark' | awk '{ for (at = 1; at < NF; at++) if ($(at + 1) == "ns/op") print $at }' | sort -n |
		awk '{ all[NR] = $1 } END { if (NR == 0) print "-"; else print all[int((NR + 1) / 2)] }'
}
opa_bench() {
	opa bench -d "$1/policy.rego" -d "$1/data.json" -i "$1/input.json" \
		--count "$count" --metrics=false --benchmem=false -f gobench "$(cat "$1/query")" 2>/dev/null | median
}
our_bench() {
	"$PORTCULLIS" bench --engine "$2" -d "$1/policy.rego" -d "$1/data.json" -i "$1/input.json" \
		--count "$count" --metrics=false --benchmem=false -f gobench "$(cat "$1/query")" 2>/dev/null | median
}
ratio() {
	if [ "$1" = - ] || [ "$2" = - ]; then echo -; else awk "BEGIN { printf \"%.1f\", $1 / $2 }"; fi
}

printf 'OPA %s, %s, load %s\n' "$(opa version | awk '/^Version/ { print $2 }')" "$("$PORTCULLIS" --version)" "$(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || echo unknown)"
printf '%s, %s processors, %s\n' "$(uname -srm)" "$(getconf _NPROCESSORS_ONLN)" \
	"$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || echo 'unknown processor')"
printf 'medians of %s measurements of a second each, in nanoseconds for one evaluation\n\n' "$count"
printf '| scenario | OPA | native | regorus | OPA / native | regorus / native |\n|---|---:|---:|---:|---:|---:|\n'
for scenario in ${*:-agentweave-10 agentweave-1000 agentweave-100000 rbac admission rules-1000 comprehension recursion jwt}; do
	folder=$work/$scenario
	opa=$(opa_bench "$folder")
	native=$(our_bench "$folder" native)
	regorus=$(our_bench "$folder" regorus)
	printf '| %s | %s | %s | %s | %s | %s |\n' "$scenario" "$opa" "$native" "$regorus" \
		"$(ratio "$opa" "$native")" "$(ratio "$regorus" "$native")"
done
