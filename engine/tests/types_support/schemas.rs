//! Schemas and modules that use them: those of the case file, and some made at random.

use serde_json::{Map, Value, json};

/// One module and the schemas that its annotations name, as in `schema.SCHEMAS.a`.
pub(crate) struct Case {
    pub(crate) note: String,
    pub(crate) schemas: Map<String, Value>,
    pub(crate) modules: String,
}

/// The cases of `testcases/types/schemas.json`.
pub(crate) fn by_hand() -> Vec<Case> {
    let file = file();
    let mut cases = Vec::new();
    for case in file["schemas"].as_array().expect("a list") {
        let note = case[0].as_str().expect("a note").to_owned();
        let more = case.get(2).and_then(Value::as_array).cloned().unwrap_or_default();
        let more = more.iter().map(|text| text.as_str().expect("text").to_owned());
        let uses: Vec<String> = USES.iter().map(|text| (*text).to_owned()).chain(more).collect();
        cases.push(with_input(note, case[1].clone(), &uses));
    }
    for case in file["modules"].as_array().expect("a list") {
        let lines = case["module"].as_array().expect("a list").iter();
        let lines: Vec<&str> = lines.map(|line| line.as_str().expect("a line")).collect();
        cases.push(Case {
            note: case["note"].as_str().expect("a note").to_owned(),
            schemas: case["schemas"].as_object().cloned().unwrap_or_default(),
            modules: lines.join("\n") + "\n",
        });
    }
    cases
}

/// Cases that OPA doesn't survive, each with what is said of it here.
pub(crate) fn fatal_to_opa() -> Vec<(Case, Vec<String>)> {
    let uses: Vec<String> = USES.iter().chain(&MORE_USES).map(|text| (*text).to_owned()).collect();
    let cases = file()["fatal to OPA"].as_array().expect("a list").clone();
    let case = |case: &Value| {
        let said = case[2].as_array().expect("a list").iter();
        let said = said.map(|text| text.as_str().expect("text").to_owned()).collect();
        (with_input(case[0].as_str().expect("a note").to_owned(), case[1].clone(), &uses), said)
    };
    cases.iter().map(case).collect()
}

fn file() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testcases/types/schemas.json");
    let text = std::fs::read_to_string(path).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

/// So many schemas, always the same.
pub(crate) fn at_random(count: u64) -> Vec<Case> {
    let uses: Vec<String> = USES.iter().map(|text| (*text).to_owned()).collect();
    (0..count)
        .map(|seed| {
            let mut dice = Dice { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, refers: true };
            let mut schema = dice.schema(4);
            if let Some(object) = schema.as_object_mut().filter(|object| !object.contains_key("$ref")) {
                dice.refers = false;
                let definitions = json!({"x": dice.schema(1), "y": dice.schema(2)});
                object.insert("definitions".to_owned(), definitions);
            }
            with_input(format!("random {seed}"), schema, &uses)
        })
        .collect()
}

fn with_input(note: String, schema: Value, uses: &[String]) -> Case {
    let mut modules =
        "# METADATA\n# scope: package\n# schemas:\n#   - input: schema.SCHEMAS.a\npackage PACKAGE\n"
            .to_owned();
    for (at, text) in uses.iter().enumerate() {
        modules.push_str(&format!("\nr{at} if {{\n\t{text}\n}}\n"));
    }
    let mut schemas = Map::new();
    schemas.insert("a".to_owned(), schema);
    Case { note, schemas, modules }
}

struct Dice {
    state: u64,
    /// Whether schemas refer to definitions, which don't refer to each other: OPA overflows its stack where two types that are
    /// parts of themselves are compared.
    refers: bool,
}

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let at = self.roll(of.len() as u64);
        of[usize::try_from(at).expect("it is small")]
    }

    fn schema(&mut self, depth: u32) -> Value {
        if depth == 0 || self.roll(6) == 0 {
            return self.leaf();
        }
        let mut schema = Map::new();
        let mut put = |key: &str, value: Value| _ = schema.insert(key.to_owned(), value);
        match self.roll(10) {
            0..=4 => {
                if self.roll(4) > 0 {
                    put("type", json!("object"));
                }
                put("properties", self.properties(depth));
                if self.roll(3) == 0 {
                    put("additionalProperties", self.boolean_or(depth));
                }
                if self.roll(5) == 0 {
                    put("required", json!([self.one(&NAMES)]));
                }
            }
            5 | 6 => {
                if self.roll(4) > 0 {
                    put("type", json!("array"));
                }
                if self.roll(2) == 0 {
                    put("items", self.schema(depth - 1));
                } else {
                    put("items", json!([self.schema(depth - 1), self.schema(depth - 1)]));
                }
            }
            7 | 8 => {
                let key = self.one(&["anyOf", "anyOf", "allOf", "oneOf"]);
                let count = 1 + self.roll(3);
                let members = (0..count).map(|_| self.schema(depth - 1)).collect();
                put(key, Value::Array(members));
                if self.roll(3) == 0 {
                    put("type", json!("object"));
                    put("properties", self.properties(depth));
                }
            }
            _ => {
                let key = self.one(&["not", "if", "contains", "propertyNames", "additionalItems"]);
                put(key, self.schema(depth - 1));
                put("type", json!(self.one(&TYPES)));
            }
        }
        Value::Object(schema)
    }

    fn leaf(&mut self) -> Value {
        match self.roll(9) {
            0 => json!({}),
            1 => json!(true),
            2 if self.refers => json!({"$ref": self.one(&["#/definitions/x", "#/definitions/y"])}),
            3 => json!({"enum": ["a", 1]}),
            4 => json!({"type": [self.one(&TYPES[..3]), "null"]}),
            5 => json!({"type": [self.one(&TYPES[..3]), self.one(&TYPES[4..])]}),
            _ => json!({"type": self.one(&TYPES)}),
        }
    }

    fn properties(&mut self, depth: u32) -> Value {
        let mut properties = Map::new();
        for _ in 0..=self.roll(3) {
            properties.insert(self.one(&NAMES).to_owned(), self.schema(depth - 1));
        }
        Value::Object(properties)
    }

    fn boolean_or(&mut self, depth: u32) -> Value {
        if self.roll(2) == 0 { json!(self.roll(2) == 0) } else { self.schema(depth - 1) }
    }
}

const NAMES: [&str; 4] = ["a", "b", "c", "d e"];

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// What OPA doesn't survive with types that are parts of themselves.
const MORE_USES: [&str; 4] = [
    "input.a == input.b",
    "input.a.a.c",
    "x := [input.a, input.b, input][_]; x.q",
    "count({input.a, input.b}) == 1",
];

/// What is done with the input: each is wrong for some schemas.
const USES: [&str; 16] = [
    "input.a",
    "input.a.b.c",
    "input[\"d e\"].a",
    "input[0]",
    "input[1].a",
    "input[x] == 1; x == \"a\"",
    "input.b[x].c; x > 1",
    "input == 1",
    "input.a == \"x\"",
    "input.b == [1, \"x\"]",
    "input.c == {\"a\": 1}",
    "{\"a\": x, \"b\": y} = input; upper(x) == y",
    "[x, y] = input.a; x + y == 1",
    "count(input.a) + count(input.c) == 1",
    "some k, v in input; upper(k) == v",
    "x := input.b; y := x.a; y == 1 with input.a as 2",
];
