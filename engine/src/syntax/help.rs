//! What to write instead: a help line for each message of the parser.

/// The help line for a message, which is OPA's and so may hold a hint of OPA's own.
pub(super) fn line(message: &str) -> &'static str {
    HELP.iter().find(|(part, _)| message.contains(part)).map_or(FALLBACK, |(_, help)| *help)
}

const FALLBACK: &str = "look at what stands right before it: something is missing or one too many";

/// Parts of messages and their help; the first that fits counts, so what is special comes first.
#[rustfmt::skip]
const HELP: [(&str, &str); 86] = [
    ("in an operand position", "parentheses hold a value, braces a body"),
    ("parenthesized group", "parentheses hold a value, or operands with `and` and `or` between them"),
    ("ambiguous `{", "parentheses around the braces or around the union show which is meant"),
    ("operand of `", "parentheses around the operand keep its parts together"),
    ("expected \",\" or", "put a comma between the elements, or close the bracket"),
    ("expected \":\"", "write `key: value`"),
    ("expected [", "close the bracket with `]`"),
    ("invalid author", "write a name, `Name <address>`, or an object with name and email"),
    ("invalid related-resource", "write a URL, or an object with ref and description"),
    ("invalid schema", "write `schema` or a path below it, or a schema as an object"),
    ("invalid document reference", "write a path that starts with `input` or `data`"),
    ("yaml: unmarshal", "give the field a value of the kind that it takes"),
    ("yaml: ", "the lines below the mark are YAML: look at the indentation, colons and quotes"),
    ("empty module", "start the file with `package name`"),
    ("package expected", "put `package name` before everything else"),
    ("unexpected package", "a file has one package: move what follows to a file of its own"),
    ("expected path", "write names with dots between them, as in `data.users`"),
    ("expecting var", "start the path with a name"),
    ("expecting string", "a path has only names and quoted strings, as in `a.b[\"c d\"]`"),
    ("keyword cannot be used for rule name", "choose another name; below another name, as in `rules.if`, the keyword is fine"),
    ("var cannot be used for rule name", "give the rule a value, `name := value`, or a body, `name if { ... }`"),
    ("cannot be used for rule name", "a rule starts with a name; expressions go into the body of a rule"),
    ("multiple expressions cannot be used", "put the expressions into the body of a rule: `name if { ... }`"),
    ("cannot be used for rule head", "put the expression into the body of a rule: `name if { ... }`"),
    ("rule name conflicts with built-in function", "put the call into the body of a rule, or choose another name for the function"),
    ("must take at least one argument", "give the function a parameter, or write a rule without parentheses"),
    ("invalid rule head", "a rule starts with a name"),
    ("rule head ref", "a rule starts with a name, which only names and brackets may follow"),
    ("must have value assignment", "give it a value with `:=`, or a body after `if`"),
    ("`if` keyword is required", "write `if` before the opening brace"),
    ("`contains` keyword is required", "write `name contains element`, and `if` before the body"),
    ("the contains keyword can only be used", "a set has no parameters: drop them, or use `:=` in place of `contains`"),
    ("unexpected import path, must begin", "start the path with `data` or `input`"),
    ("must not end with a keyword", "give the import a name: `import data.path as name`"),
    ("unexpected import alias", "choose an alias other than `data` and `input`"),
    ("imports cannot be aliased", "remove `as` and what follows it"),
    ("invalid import, must be `future.keywords`", "write `import future.keywords.in`, or another keyword"),
    ("unexpected keyword, must be one of", "import one of the keywords that the message lists"),
    ("is not supported by current capabilities", "the capabilities are those of an OPA that doesn't know this import"),
    ("invalid import", "write `import rego.v1`"),
    ("illegal default rule (must have a value", "write `default name := value`"),
    ("illegal default rule (value", "a default value is made of constants and comprehensions only"),
    ("illegal default rule (arguments", "the parameters of a default function are different variables, or `_`"),
    ("else keyword cannot be used", "`else` belongs to rules with one value: write a rule of its own instead"),
    ("expected else keyword", "after an `else`, further bodies need an `else` too"),
    ("expected else value term", "go on with `:= value`, `if`, or a body"),
    ("expected rule key term", "write the element of the set after `contains`"),
    ("rule body expected", "write an expression or a body after `if`"),
    ("found empty body", "write at least one expression between the braces; `true` always holds"),
    ("expected \\n or ;", "put a line break or `;` between expressions, or close the bracket"),
    ("value term (e.g.", "write a value after the operator"),
    ("non-terminated string", "close the string on its own line; text over several lines goes between backticks"),
    ("illegal escape sequence", "escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits; a string between backticks has none"),
    ("illegal string literal", "this string has an invalid escape, or a control character beside an escape: write \\u with four digits"),
    ("illegal template-string part", "this string has an invalid escape, or a control character beside an escape: write \\u with four digits"),
    ("illegal null character", "remove the character; files of Rego are text"),
    ("illegal byte-order mark", "remove the character; it may stand only at the start of a file"),
    ("illegal non-breaking space", "the character looks like a space and is none"),
    ("illegal ! character", "write `not` before an expression, or `!=` between two terms"),
    ("illegal $ character", "write `$\"...\"` for a string with expressions in it"),
    ("illegal token", "remove the character: outside of strings and comments, Rego is written in ASCII"),
    ("illegal number format", "a name can't start with a digit, nor a number end with letters"),
    ("expected fraction", "write a digit after the decimal point"),
    ("expected exponent", "write a digit after the `e`"),
    ("without leading zero", "remove the zero at the start"),
    ("number too big", "numbers are limited to about thirty thousand digits"),
    (": expected number", "a `-` before an operand needs a number or a name"),
    ("invalid float", "write the number with digits, one decimal point and an exponent at most"),
    ("max parsing recursion depth", "split the expression into rules or variables of their own"),
    ("too ambiguous to be parsed", "split the expression into rules or variables of their own"),
    ("illegal ref (head cannot be", "only names, collections, comprehensions and calls can be followed by `.` or `[`"),
    ("template-string expression", "between the braces of a template stands one expression that has a value"),
    ("template strings are not supported", "use `sprintf`, or version 1 of the language"),
    ("negation of", "put `not` inside of the body, or use a rule of its own"),
    ("expected var", "write a name of your own here"),
    ("in xs", "write `x in xs` or `k, v in xs`"),
    ("to be a variable", "write a name before `in`"),
    ("missing body", "write a body in braces after the collection"),
    ("expected with target path", "name what is replaced: `input.x`, `data.x` or a function"),
    ("expected as keyword", "write `with target as value`"),
    ("expected identifier", "write a name after the dot; anything else goes between brackets"),
    ("expected ident", "name what is replaced: `input.x`, `data.x` or a function"),
    ("eof token", "the text ends too early: look for a bracket that isn't closed"),
    ("non-terminated", "close the bracket, or put a comma between the elements"),
    ("METADATA block", "write at least one field below the mark, as in `# title: ...`"),
    ("annotation", "fields are scope, title, description, entrypoint, organizations, related_resources, authors, schemas, custom and labels"),
];

#[cfg(test)]
mod tests {
    use super::{FALLBACK, HELP, line};

    #[test]
    fn each_line_is_reached_by_its_own_message() {
        for (part, help) in HELP {
            assert_eq!(line(part), help, "{part}");
        }
        assert_eq!(line("unexpected } token"), FALLBACK);
    }
}
