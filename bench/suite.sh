#!/usr/bin/env bash
# How fast a large test suite runs, and with how much memory: 5,000 tests in 500 modules, with OPA and with Portcullis.
#
#   cargo build --release -p portcullis-cli
#   bench/suite.sh [RUNS]
#   bench/suite.sh generate FOLDER     only writes the files, to FOLDER/suite
#
# Both tools run the same generated files RUNS times (5 unless given), by turns; the medians count. GNU time has to be
# installed as /usr/bin/time. OPA is `opa` on the path or $OPA, Portcullis is target/release/portcullis or $PORTCULLIS.
set -euo pipefail

runs=${1:-5}
root=$(cd "$(dirname "$0")/.." && pwd)
opa=${OPA:-opa}
portcullis=${PORTCULLIS:-$root/target/release/portcullis}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 250 policies, each with a module of 20 tests: roles, lists, text, arithmetic, objects and data.
generate() {
    mkdir -p "$work/suite"
    for ((n = 0; n < 250; n++)); do
        cat > "$work/suite/service_$n.rego" <<REGO
package service.s$n

import data.grants

default allow := false

allow if {
	some grant in grants[input.role]
	grant.action == input.action
	startswith(input.path, grant.prefix)
}

allow if {
	input.owner == input.user
	input.action in {"read", "update"}
}

violations contains message if {
	some container in input.containers
	not startswith(container.image, "registry.example.org/team$n/")
	message := sprintf("image %v of container %v is not from the registry", [container.image, container.name])
}

violations contains message if {
	some container in input.containers
	container.memory > limit
	message := sprintf("container %v has %d MiB, %d are allowed", [container.name, container.memory, limit])
}

limit := $((256 + n))

total := sum([container.memory | some container in input.containers])

labels[key] := lower(value) if some key, value in input.labels

weight(container) := container.memory * 2 if container.critical
weight(container) := container.memory if not container.critical

score := sum([weight(container) | some container in input.containers])
REGO
        {
            printf 'package service.s%d_test\n\nimport data.service.s%d\n' "$n" "$n"
            for ((t = 0; t < 4; t++)); do
                cat <<REGO

test_allowed_$t if s$n.allow with input as {"role": "editor", "action": "update", "path": "/v$t/documents/$n"}

test_denied_$t if not s$n.allow with input as {"role": "viewer", "action": "delete", "path": "/v$t/documents/$n"}

test_owner_$t if {
	request := {"role": "none", "action": "read", "path": "/", "owner": "user$t", "user": "user$t"}
	s$n.allow with input as request
	not s$n.allow with input as object.union(request, {"user": "user"})
}

test_violations_$t if {
	found := s$n.violations with input as {"containers": [
		{"name": "good", "image": "registry.example.org/team$n/app:$t", "memory": 64},
		{"name": "bad", "image": "docker.io/app:$t", "memory": $((1000 + t))},
	]}
	count(found) == 2
	"container bad has $((1000 + t)) MiB, $((256 + n)) are allowed" in found
}

test_numbers_$t if {
	containers := [{"memory": $((10 + t)), "critical": true}, {"memory": $n, "critical": false}]
	s$n.total == $((10 + t + n)) with input as {"containers": containers}
	s$n.score == $((20 + 2 * t + n)) with input as {"containers": containers}
	s$n.labels == {"team": "team$n"} with input as {"labels": {"team": "TEAM$n"}}
}
REGO
            done
        } > "$work/suite/service_${n}_test.rego"
    done
    cat > "$work/suite/data.json" <<'JSON'
{"grants": {
  "editor": [{"action": "read", "prefix": "/"}, {"action": "update", "prefix": "/v"}],
  "viewer": [{"action": "read", "prefix": "/"}]
}}
JSON
}

# The median of the numbers on standard input.
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

# One run: seconds on the wall, seconds of the processors and KiB to a file; the output has to say that all tests passed.
measure() {
    local name=$1
    shift
    /usr/bin/time -f '%e %U %S %M' -o "$work/time" "$@" test "$work/suite" > "$work/out"
    grep -qx 'PASS: 5000/5000' "$work/out" || { echo "$name: not all tests passed" >&2; cat "$work/out" >&2; exit 1; }
    awk '{ print $1, $2 + $3, $4 }' "$work/time" >> "$work/$name"
}

if [[ $runs == generate ]]; then
    rm -r "$work"
    work=$2
    trap - EXIT
    generate
    exit
fi
generate
for ((run = 0; run < runs; run++)); do
    measure opa "$opa"
    measure portcullis "$portcullis"
done
printf '\twall, s\tprocessors, s\tpeak memory, KiB\n'
for name in opa portcullis; do
    row=()
    for column in 1 2 3; do
        row+=("$(cut -d' ' -f"$column" "$work/$name" | median)")
    done
    printf '%s\t%s\t%s\t%s\n' "$name" "${row[@]}"
    echo "${row[@]}" >> "$work/medians"
done
awk 'NR == 1 { split($0, opa) }
     NR == 2 { printf "opa / portcullis\t%.1f\t%.1f\t%.1f\n", opa[1] / ($1 + 0 ? $1 : 0.01), opa[2] / ($2 + 0 ? $2 : 0.01), opa[3] / $3 }' \
    "$work/medians"
