#!/bin/sh
# Measures `portcullis serve` beside nginx on the same machine: answers 304 and whole bundles for each second, and 5,000 long polls.
#
# usage: bench/serve.sh
#   COUNT=3         how many times to measure each; the table has the medians
#   SECONDS_EACH=5  how long each measurement takes
#   POLLS=5000      how many clients wait at once
#   PORTCULLIS=...  the binary; built in release mode unless given
# Needs wrk, nginx, curl and Python 3.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
count=${COUNT:-3}
each=${SECONDS_EACH:-5}
polls=${POLLS:-5000}
if [ -z "${PORTCULLIS:-}" ]; then
	(cd "$here/.." && cargo build --release --quiet -p portcullis-cli)
	PORTCULLIS=$here/../target/release/portcullis
fi
ulimit -n "$(ulimit -Hn)"
work=$(mktemp -d)
started=
# The processes started here, and no others.
trap 'for pid in $started; do kill "$pid" 2>/dev/null || true; done; rm -rf "$work"' EXIT
mkdir -p "$work/www/bundles"
# A bundle of some 20 KiB, and another revision of it.
for revision in 1 2; do
	mkdir "$work/$revision"
	printf '{"revision": "r%s", "roots": ["numbers"]}' "$revision" >"$work/$revision/.manifest"
	awk 'BEGIN { srand(1); printf "{\"numbers\": ["; for (at = 0; at < 3000; at++) printf "%s%d", (at ? "," : ""), rand() * 1e9; print "]}" }' >"$work/$revision/data.json"
	(cd "$work/$revision" && tar czf "../r$revision.tar.gz" .manifest data.json)
done
cp "$work/r1.tar.gz" "$work/www/bundles/authz.tar.gz"
chmod -R a+rX "$work"

# Starts portcullis with more arguments; sets address and pid.
serve() {
	: >"$work/log"
	"$PORTCULLIS" serve --insecure-skip-verify --bundles "$work/www/bundles" -a 127.0.0.1:0 "$@" 2>"$work/log" &
	pid=$!
	started="$started $pid"
	until grep -q '"listening"' "$work/log"; do sleep 0.05; done
	address=$(sed -n 's|.*"address":"http://\([^"]*\)".*|\1|p' "$work/log" | head -1)
}
# Starts nginx with a line for its access log; sets address.
nginx_with() {
	port=$1
	mkdir -p "$work/nginx-$port"
	cat >"$work/nginx-$port/nginx.conf" <<END
daemon off;
worker_processes auto;
pid $work/nginx-$port/pid;
error_log $work/nginx-$port/error.log;
events { worker_connections 4096; }
http {
	access_log $2;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 1000000;
	open_file_cache max=100;
	default_type application/octet-stream;
	server { listen 127.0.0.1:$port; root $work/www; }
}
END
	nginx -p "$work/nginx-$port" -c "$work/nginx-$port/nginx.conf" -e "$work/nginx-$port/error.log" &
	started="$started $!"
	address=127.0.0.1:$port
	master=$!
	until curl -sf "http://$address/bundles/authz.tar.gz" -o /dev/null; do sleep 0.05; done
}
etag() { curl -sI "http://$1/bundles/authz.tar.gz" | tr -d '\r' | awk 'tolower($1) == "etag:" { print $2 }'; }
# Ticks of the processor that some processes have had.
ticks() { for one in "$@"; do awk '{ print $14 + $15 }' "/proc/$one/stat"; done | awk '{ all += $1 } END { print all }'; }
# Measures with wrk and its arguments: requests for each second, and microseconds of the processor for each request of the processes $pids.
rate() {
	before=$(ticks $pids)
	wrk -t1 -c64 -d"${each}s" "$@" >"$work/wrk"
	after=$(ticks $pids)
	if grep -q Non-2xx "$work/wrk"; then echo "errors: $(cat "$work/wrk")" >&2; fi
	awk -v ticks=$((after - before)) -v hertz="$(getconf CLK_TCK)" '
		/requests in/ { count = $1 } /^Requests\/sec/ { rate = int($2) } END { printf "%d %.2f\n", rate, ticks / hertz * 1e6 / count }' "$work/wrk"
}
# The median of a column.
median() { awk -v column="$1" '{ print $column }' "$2" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

printf '%s, nginx %s, wrk; load %s\n' "$("$PORTCULLIS" --version)" "$(nginx -v 2>&1 | sed 's|.*/||')" "$(cut -d' ' -f1-3 /proc/loadavg)"
printf '%s, %s processors, %s; medians of %s times %s s, 64 connections, a bundle of %s bytes\n\n' "$(uname -srm)" "$(getconf _NPROCESSORS_ONLN)" \
	"$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" "$count" "$each" "$(wc -c <"$work/r1.tar.gz")"
serve --access-log off
quiet=$address quiet_pids=$pid
serve --access-log "$work/access.log"
logging=$address logging_pids=$pid
nginx_with 18080 off
nginx_quiet=$address nginx_quiet_pids=$(pgrep -P "$master")
nginx_with 18081 "$work/nginx.log"
nginx_logging=$address nginx_logging_pids=$(pgrep -P "$master")

printf '| | portcullis, requests/s | nginx | ratio | portcullis, processor for each request | nginx | ratio |\n|---|---:|---:|---:|---:|---:|---:|\n'
compare() {
	what=$1 ours=$2 theirs=$3 known=$4
	ours_pids=$5 theirs_pids=$6
	: >"$work/ours"
	: >"$work/theirs"
	# By turns, so that both have the same machine.
	for _ in $(seq "$count"); do
		for side in ours theirs; do
			at=$(eval "echo \$$side")
			pids=$(eval "echo \$${side}_pids")
			if [ "$known" = 304 ]; then
				rate -H "If-None-Match: $(etag "$at")" "http://$at/bundles/authz.tar.gz" >>"$work/$side"
			else
				rate "http://$at/bundles/authz.tar.gz" >>"$work/$side"
			fi
		done
	done
	awk -v what="$what" -v ours="$(median 1 "$work/ours")" -v theirs="$(median 1 "$work/theirs")" \
		-v own="$(median 2 "$work/ours")" -v other="$(median 2 "$work/theirs")" 'BEGIN {
			printf "| %s | %d | %d | %.2f | %.2f µs | %.2f µs | %.2f |\n", what, ours, theirs, ours / theirs, own, other, other / own }'
}
compare '304, no access log' "$quiet" "$nginx_quiet" 304 "$quiet_pids" "$nginx_quiet_pids"
compare '304, access log in a file' "$logging" "$nginx_logging" 304 "$logging_pids" "$nginx_logging_pids"
compare '200, no access log' "$quiet" "$nginx_quiet" 200 "$quiet_pids" "$nginx_quiet_pids"

serve --access-log off --max-connections $((polls + 100))
printf '\n'
python3 "$here/serve/polls.py" "$address" /bundles/authz "$(etag "$address")" "$polls" "$pid" \
	sh -c "cp '$work/r2.tar.gz' '$work/www/bundles/.new' && mv '$work/www/bundles/.new' '$work/www/bundles/authz.tar.gz'"
