#!/bin/sh
# Measures `portcullis serve --policy` beside `opa run --server` on the same machine: decisions of the shipped policy over 1,000 grants for
# each second, how long the slowest of a hundred takes, and memory.
#
# usage: bench/decisions.sh
#   COUNT=3         how many times to measure each; the table has the medians
#   SECONDS_EACH=5  how long each measurement takes
#   CONNECTIONS=64  how many clients ask at once
#   PORTCULLIS=...  the binary; built in release mode unless given
#   OPA=opa         the other
# Needs wrk, curl, Python 3 and OPA.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
count=${COUNT:-3}
each=${SECONDS_EACH:-5}
connections=${CONNECTIONS:-64}
opa=${OPA:-opa}
if [ -z "${PORTCULLIS:-}" ]; then
	(cd "$here/.." && cargo build --release --quiet -p portcullis-cli)
	PORTCULLIS=$here/../target/release/portcullis
fi
work=$(mktemp -d)
started=
# The processes started here, and no others.
trap 'for pid in $started; do kill "$pid" 2>/dev/null || true; done; rm -rf "$work"' EXIT
python3 "$here/eval/scenarios.py" "$work"
policy=$work/agentweave-1000
python3 -c 'import json, sys; print(json.dumps({"input": json.load(open(sys.argv[1]))}))' "$policy/input.json" >"$work/body.json"
cat >"$work/ask.lua" <<END
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("$work/body.json")
wrk.body = file:read("*a")
END
path=v1/data/$(sed 's/^data\.//; s|\.|/|g' "$policy/query")

await() { until curl -sf "http://$1/health" -o /dev/null; do sleep 0.05; done; }
ours=127.0.0.1:18191 theirs=127.0.0.1:18192
"$PORTCULLIS" serve --policy "$policy/policy.rego" "$policy/data.json" --access-log off -a "$ours" 2>"$work/ours.log" &
ours_pid=$!
started="$started $ours_pid"
"$opa" run --server --addr "$theirs" --log-level error --disable-telemetry "$policy/policy.rego" "$policy/data.json" >"$work/theirs.log" 2>&1 &
theirs_pid=$!
started="$started $theirs_pid"
await "$ours"
await "$theirs"
answer() { curl -s "http://$1/$path" -H 'Content-Type: application/json' --data-binary "@$work/body.json"; }
if [ "$(answer "$ours")" != "$(answer "$theirs")" ]; then
	echo "the answers differ: $(answer "$ours") and $(answer "$theirs")" >&2
	exit 1
fi

median() { awk -v column="$1" '{ print $column }' "$2" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
# Decisions for each second, the 99th percentile in milliseconds, and the most memory until now in MiB.
measure() {
	wrk -t1 -c"$connections" -d"${each}s" --latency -s "$work/ask.lua" "http://$1/$path" >"$work/wrk"
	if grep -q Non-2xx "$work/wrk"; then echo "errors: $(cat "$work/wrk")" >&2; fi
	memory=$(awk '/^VmHWM/ { print $2 / 1024 }' "/proc/$2/status")
	awk -v memory="$memory" '
		function ms(text) { return text ~ /us$/ ? text / 1000 : text ~ /ms$/ ? text + 0 : text * 1000 }
		/^ *99%/ { slow = ms($2) } /^Requests\/sec/ { rate = $2 } END { printf "%d %.2f %.1f\n", rate, slow, memory }' "$work/wrk"
}
: >"$work/ours"
: >"$work/theirs"
# By turns, so that both have the same machine.
for _ in $(seq "$count"); do
	measure "$ours" "$ours_pid" >>"$work/ours"
	measure "$theirs" "$theirs_pid" >>"$work/theirs"
done

printf '%s, OPA %s, wrk; load %s\n' "$("$PORTCULLIS" --version)" "$("$opa" version | awk '/^Version/ { print $2 }')" "$(cut -d' ' -f1-3 /proc/loadavg)"
printf '%s, %s processors, %s; medians of %s times %s s, %s connections, 1,000 grants\n\n' "$(uname -srm)" "$(getconf _NPROCESSORS_ONLN)" \
	"$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" "$count" "$each" "$connections"
printf '| | portcullis | OPA | ratio |\n|---|---:|---:|---:|\n'
row() {
	awk -v what="$1" -v ours="$(median "$2" "$work/ours")" -v theirs="$(median "$2" "$work/theirs")" -v more="$3" 'BEGIN {
		printf "| %s | %s | %s | %.1f |\n", what, ours, theirs, more ? ours / theirs : theirs / ours }'
}
row 'decisions/s' 1 1
row '99 of 100 within, ms' 2 0
row 'memory at most, MiB' 3 0
