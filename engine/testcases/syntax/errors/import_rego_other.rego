package a

import rego.v9
