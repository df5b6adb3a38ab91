#!/usr/bin/env bash
# What `portcullis probe`, `diff` and `mutate` come to: inputs for each second on the shipped policy, and the time that each clean policy
# of testcases/seeded and each bug that is planted in one takes.
#
#   cargo build --release -p portcullis-cli
#   bench/probe.sh [RUNS]
#
# Each runs RUNS times (5 unless given) and the medians count; diff of a bug and mutate run once. Needs GNU time as /usr/bin/time, patch and
# Python 3. Portcullis is target/release/portcullis or $PORTCULLIS; OPA is `opa` on the path or $OPA, and is left out if it isn't there.
#
# The sweep alone, without start, probes and report: cargo bench -p portcullis --bench probe
set -euo pipefail

runs=${1:-5}
root=$(cd "$(dirname "$0")/.." && pwd)
portcullis=${PORTCULLIS:-$root/target/release/portcullis}
opa=${OPA:-opa}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
# Runs a command once and adds its seconds, on the wall and of the processors, to a file. Findings end it with 1.
once() {
    local to=$1 code=0
    shift
    /usr/bin/time -q -f '%e %U %S' -o "$work/time" "$@" > "$work/out" 2> "$work/err" || code=$?
    [ "$code" -le 1 ] || { echo "$*" >&2; cat "$work/err" >&2; exit 1; }
    awk '{ print $1, $2 + $3 }' "$work/time" >> "$work/$to"
}
wall() { cut -d' ' -f1 "$work/$1" | median; }
processors() { cut -d' ' -f2 "$work/$1" | median; }
decision() { sed -n 's/^entrypoint = "\(.*\)"/\1/p' "$root/testcases/seeded/$1/case.toml"; }

# The clean policies and those with the bugs, where no configuration file is near.
for policy in admission agentweave delegation gateway rbac; do
    from=$root/testcases/seeded/$policy/base
    [ "$policy" = agentweave ] && from=$root/policies/agentweave
    mkdir -p "$work/clean" "$work/changed/$policy"
    cp -r "$from" "$work/clean/$policy"
    for patch in "$root/testcases/seeded/$policy"/*/*.patch; do
        changed=$work/changed/$policy/$(basename "$patch" .patch)
        cp -r "$from" "$changed"
        patch -s -p1 -d "$changed" < "$patch"
    done
done

printf '%s, %s processors, load %s\n\n' "$("$portcullis" --version)" "$(getconf _NPROCESSORS_ONLN)" "$(cut -d' ' -f1-3 /proc/loadavg)"
printf '| policy | threads | inputs | wall, s | processors, s | inputs/s | inputs/s of a processor |\n|---|---:|---:|---:|---:|---:|---:|\n'
for policy in agentweave admission delegation gateway rbac; do
    for jobs in 1 2; do
        for ((run = 0; run < runs; run++)); do
            once "probe-$policy-$jobs" "$portcullis" probe "$work/clean/$policy" --decision "$(decision "$policy")" --opa none -j "$jobs" -f json
        done
        inputs=$(python3 -c 'import json, sys; print(sum(one["inputs"] for one in json.load(open(sys.argv[1]))["decisions"]))' "$work/out")
        awk -v policy="$policy" -v jobs="$jobs" -v inputs="$inputs" -v wall="$(wall "probe-$policy-$jobs")" -v cpu="$(processors "probe-$policy-$jobs")" \
            'BEGIN { printf "| %s | %s | %d | %.2f | %.2f | %d | %d |\n", policy, jobs, inputs, wall, cpu, inputs / (wall ? wall : 0.01), inputs / (cpu ? cpu : 0.01) }'
    done
done

printf '\n| | most, wall, s | most, processors, s |\n|---|---:|---:|\n'
most() { printf '| %s | %s | %s |\n' "$1" "$(cut -d' ' -f1 "$work/$2" | sort -n | tail -1)" "$(cut -d' ' -f2 "$work/$2" | sort -n | tail -1)"; }
for policy in admission agentweave delegation gateway rbac; do
    for changed in "$work/changed/$policy"/*; do
        once bugs-probe "$portcullis" probe "$changed" --decision "$(decision "$policy")" --opa none -f json
        once bugs-diff "$portcullis" diff "$work/clean/$policy" "$changed" --decision "$(decision "$policy")"
    done
done
most 'probe of a policy with a bug' bugs-probe
most 'diff of a clean policy and one with a bug' bugs-diff
# Packs have hundreds of mutants each, and tests that read whole files: once is enough.
for folder in "$root"/policies/*/; do
    name=$(basename "$folder")
    once "mutate-$name" "$portcullis" mutate "$folder" "$root/testcases/$name"
    printf '| mutate of %s | %s | %s |\n' "$name" "$(wall "mutate-$name")" "$(processors "mutate-$name")"
done

# The peer: one evaluation of an allowed input, prepared and again and again.
if command -v "$opa" > /dev/null; then
    cat > "$work/input.json" << 'JSON'
{"caller_spiffe_id": "spiffe://agentweave.example/agent/orchestrator/production", "callee_spiffe_id": "spiffe://agentweave.example/agent/search/production", "action": "search"}
JSON
    rm -f "$work/clean/agentweave"/*_test.rego
    once opa "$opa" bench -d "$work/clean/agentweave/authz.rego" -d "$work/clean/agentweave/data.json" -i "$work/input.json" \
        --count "$runs" --benchmem=false -f gobench data.agentweave.authz.allow
    ns=$(awk '/^Benchmark/ { for (at = 1; at < NF; at++) if ($(at + 1) == "ns/op") print $at }' "$work/out" | median)
    awk -v ns="$ns" 'BEGIN { printf "\nOPA: %d ns for an evaluation of the shipped policy, %d inputs/s of one thread\n", ns, 1e9 / ns }'
fi
