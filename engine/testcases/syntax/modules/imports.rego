package a.b["c d"]

import rego.v1
import data.x
import data.y.z as w
import input.q
import data["r s"].t
import future.keywords.in
import future.keywords
