#!/usr/bin/env python3
"""Writes the scenarios of the evaluation benchmarks: one folder each, with policy.rego, data.json, input.json and query.

usage: scenarios.py FOLDER

The same files on every run. bench/eval.sh and engine/benches/eval.rs read them.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SECRET = "a secret of the benchmark, thirty-two bytes"


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    for name, policy, data, request, query in scenarios():
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        (target / "policy.rego").write_text(policy)
        (target / "data.json").write_text(json.dumps(data))
        (target / "input.json").write_text(json.dumps(request))
        (target / "query").write_text(query)


def scenarios():
    for count in (10, 1_000, 100_000):
        yield agentweave(count)
    yield rbac()
    yield admission()
    yield routes()
    yield comprehension()
    yield "recursion", source("recursion.rego"), {}, {"n": 5}, "data.recursion.answer"
    yield token()


def agentweave(count):
    agent = "spiffe://home.example/agent/{}{}/production".format
    grants = [
        {"id": f"grant{at}", "caller": agent("a", at), "callee": agent("b", at), "actions": ["read", "write"]}
        for at in range(count)
    ]
    data = {"trust_domains": ["home.example"], "federation": [], "banned_agents": [], "grants": grants}
    last = count - 1
    request = {"caller_spiffe_id": agent("a", last), "callee_spiffe_id": agent("b", last), "action": "read"}
    policy = (HERE / "../../policies/agentweave/authz.rego").read_text()
    return f"agentweave-{count}", policy, data, request, "data.agentweave.authz.allow"


def rbac():
    permissions = {
        f"role{role}": [{"action": f"act{(role + kind) % 10}", "kind": f"kind{kind}"} for kind in range(8)]
        for role in range(100)
    }
    roles = {f"user{user}": [f"role{user % 100}", f"role{(user + 7) % 100}"] for user in range(1000)}
    data = {"roles_of": roles, "permissions_of": permissions}
    return "rbac", source("rbac.rego"), data, {"user": "user42", "action": "act6", "kind": "kind7"}, "data.rbac.allow"


def admission():
    containers = [
        {
            "name": f"c{at}",
            "image": f"registry.example/app:{at}",
            "env": [{"name": "A", "value": str(at)}],
            "resources": {"limits": {"memory": "1Gi"}},
            "securityContext": {"privileged": False},
        }
        for at in range(20)
    ]
    labels = {"owner": "a", "team": "b", "cost-centre": "c"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    request = {"request": {"kind": {"kind": "Pod"}, "object": pod}}
    return "admission", source("admission.rego"), {}, request, "data.admission.allow"


def routes():
    methods = ["GET", "POST", "PUT", "DELETE"]
    rules = [
        f'allow if {{\n\tinput.method == "{methods[at % 4]}"\n\tinput.path == ["api", "r{at}"]\n'
        f'\tinput.role == "role{at % 10}"\n}}\n'
        for at in range(1000)
    ]
    policy = "package routes\n\ndefault allow := false\n\n" + "\n".join(rules)
    request = {"method": "PUT", "path": ["api", "r998"], "role": "role8"}
    return "rules-1000", policy, {}, request, "data.routes.allow"


def comprehension():
    items = [{"name": f"item{at}", "owner": f"owner{at % 30}", "size": at} for at in range(300)]
    return "comprehension", source("comprehension.rego"), {"items": items}, {"least": 0}, "data.comprehension.answer"


def token():
    def part(raw: bytes) -> bytes:
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    header = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    claims = {"iss": "issuer.example", "aud": "portcullis", "sub": "ann", "roles": ["reader", "writer"]}
    signed = header + b"." + part(json.dumps(claims).encode())
    signature = part(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest())
    request = {"token": (signed + b"." + signature).decode()}
    return "jwt", source("jwt.rego"), {"secret": SECRET}, request, "data.jwt.allow"


def source(name):
    return (HERE / name).read_text()


if __name__ == "__main__":
    main()
