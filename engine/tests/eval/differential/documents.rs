//! Data and inputs: the fields that policies ask for, some missing, some of another type.

use super::Generator;

impl Generator {
    /// The base documents in JSON.
    pub(super) fn data(&mut self) -> String {
        if self.random.percent(5) {
            return String::new();
        }
        let mut parts = vec![format!("\"d\": {}", self.document())];
        if self.random.percent(70) {
            let base = self.document();
            let sub = if self.random.percent(50) {
                format!(", \"sub\": {{\"base\": {}}}", self.json(2))
            } else {
                String::new()
            };
            parts.push(format!("\"t\": {{\"base\": {base}{sub}}}"));
        }
        if self.random.percent(50) {
            parts.push(format!("\"u\": {{\"base\": {}, \"other\": {}}}", self.document(), self.json(2)));
        }
        format!("{{{}}}", parts.join(", "))
    }

    /// An input in JSON, or none.
    pub(super) fn input(&mut self) -> Option<String> {
        match self.random.below(20) {
            0 => None,
            1 => Some(self.json(3)),
            _ => Some(self.document()),
        }
    }

    fn document(&mut self) -> String {
        let mut fields = Vec::new();
        for name in ["n", "m", "s", "b", "xs", "ss", "o", "os", "pair", "deep"] {
            if self.random.percent(12) {
                continue;
            }
            let value = if self.random.percent(6) {
                self.json(2)
            } else {
                match name {
                    "n" | "m" => self.json_number(),
                    "s" => self.json_string(),
                    "b" => self.random.pick(&["true", "false"]).to_owned(),
                    "xs" => self.json_list(Self::json_number),
                    "ss" => self.json_list(Self::json_string),
                    "o" => self.json_object(Self::json_number),
                    "os" => self.json_list(|generator| {
                        format!(
                            "{{\"id\": {}, \"n\": {}, \"s\": {}}}",
                            generator.json_string(),
                            generator.json_number(),
                            generator.json(1)
                        )
                    }),
                    "pair" => format!("[{}, {}]", self.json(1), self.json(1)),
                    _ => {
                        let inner = self.json_object(|generator| generator.json(1));
                        format!("{{\"a\": {inner}, \"b\": {}}}", self.json_object(Self::json_number))
                    }
                }
            };
            fields.push(format!("\"{name}\": {value}"));
        }
        format!("{{{}}}", fields.join(", "))
    }

    fn json(&mut self, depth: usize) -> String {
        match self.random.below(if depth == 0 { 5 } else { 8 }) {
            0 | 1 => self.json_number(),
            2 => self.json_string(),
            3 => self.random.pick(&["true", "false"]).to_owned(),
            4 => "null".to_owned(),
            5 | 6 => self.json_list(|generator| generator.json(depth - 1)),
            _ => self.json_object(|generator| generator.json(depth - 1)),
        }
    }

    fn json_list(&mut self, element: impl Fn(&mut Self) -> String) -> String {
        let elements: Vec<String> = (0..self.random.below(4)).map(|_| element(self)).collect();
        format!("[{}]", elements.join(", "))
    }

    fn json_object(&mut self, value: impl Fn(&mut Self) -> String) -> String {
        let mut entries = Vec::new();
        for key in ["a", "b", "c", "1", "x y"] {
            if self.random.percent(45) {
                entries.push(format!("\"{key}\": {}", value(self)));
            }
        }
        format!("{{{}}}", entries.join(", "))
    }

    pub(super) fn json_number(&mut self) -> String {
        let common = ["0", "1", "2", "3", "1", "2"];
        let edges = [
            "-1",
            "1.0",
            "2.50",
            "1e2",
            "100",
            "0.5",
            "-0",
            "12345678901234567890",
            "9007199254740993",
            "1E-7",
            "1e21",
            "0.1",
            "-2.5",
            "3.0",
        ];
        let few = if self.random.percent(75) { &common[..] } else { &edges[..] };
        self.random.pick(few).to_owned()
    }

    fn json_string(&mut self) -> String {
        let common = ["a", "b", "c"];
        let edges = ["", "1", "x y", "é", "a\\nb", "A", "ab,c", "a/b", "1.0", "\\u0000", "<&>", "10.0.0.0/8"];
        let few = if self.random.percent(70) { &common[..] } else { &edges[..] };
        format!("\"{}\"", self.random.pick(few))
    }
}
