//! Edits of files: each is undone to the same bytes, and what can't be edited is refused.

use super::*;

const ID: &str = "spiffe://a.example/agent/x/dev";

/// A text before and after a ban.
struct Case {
    form: Form,
    before: &'static str,
    after: &'static str,
}

const fn json(before: &'static str, after: &'static str) -> Case {
    Case { form: Form::Json, before, after }
}

const fn yaml(before: &'static str, after: &'static str) -> Case {
    Case { form: Form::Yaml, before, after }
}

/// Bans whose lifting gives the text before, byte for byte.
const THERE_AND_BACK: &[Case] = &[
    json(r#"{"banned_agents": []}"#, r#"{"banned_agents": ["spiffe://a.example/agent/x/dev"]}"#),
    json(
        "{\n  \"z\": 1.50,\n  \"banned_agents\": [\n    \"b\",\n    \"a\"\n  ],\n  \"a\": [ 1,2 ]\n}\n",
        "{\n  \"z\": 1.50,\n  \"banned_agents\": [\n    \"b\",\n    \"a\",\n    \"spiffe://a.example/agent/x/dev\"\n  ],\n  \"a\": [ 1,2 ]\n}\n",
    ),
    json(
        "{\"banned_agents\": [\n    \"b\"\n  ]}",
        "{\"banned_agents\": [\n    \"b\",\n    \"spiffe://a.example/agent/x/dev\"\n  ]}",
    ),
    json(r#"{"banned_agents":["b","c"]}"#, r#"{"banned_agents":["b","c","spiffe://a.example/agent/x/dev"]}"#),
    json(
        "{\"banned_agents\": [1, null]}",
        "{\"banned_agents\": [1, null, \"spiffe://a.example/agent/x/dev\"]}",
    ),
    yaml(
        "# who may not\nbanned_agents:\n  - b # since May\n  - a\n# the rest\nz: 1\n",
        "# who may not\nbanned_agents:\n  - b # since May\n  - a\n  - spiffe://a.example/agent/x/dev\n# the rest\nz: 1\n",
    ),
    yaml(
        "banned_agents:\n- \"b\" # since May\n\nz: 010\n",
        "banned_agents:\n- \"b\" # since May\n- \"spiffe://a.example/agent/x/dev\"\n\nz: 010\n",
    ),
    yaml("banned_agents:\n  - 'b'", "banned_agents:\n  - 'b'\n  - 'spiffe://a.example/agent/x/dev'"),
    yaml(
        "a: 1\r\nbanned_agents:\r\n  - b\r\n",
        "a: 1\r\nbanned_agents:\r\n  - b\r\n  - spiffe://a.example/agent/x/dev\r\n",
    ),
    yaml(
        "banned_agents: [] # none\na: 1\n",
        "banned_agents: [\"spiffe://a.example/agent/x/dev\"] # none\na: 1\n",
    ),
    yaml(
        "banned_agents: [b, 'c'] # two\n",
        "banned_agents: [b, 'c', \"spiffe://a.example/agent/x/dev\"] # two\n",
    ),
    yaml("{\"banned_agents\": [], a: 1}", "{\"banned_agents\": [\"spiffe://a.example/agent/x/dev\"], a: 1}"),
    yaml(
        "\"banned_agents\":\n  - b\n---\nmore: 1\n",
        "\"banned_agents\":\n  - b\n  - spiffe://a.example/agent/x/dev\n---\nmore: 1\n",
    ),
];

/// Bans after whose lifting the list stays, empty.
const THERE: &[Case] = &[
    json("{}", "{\"banned_agents\": [\"spiffe://a.example/agent/x/dev\"]}"),
    json("{ }\n", "{\"banned_agents\": [\"spiffe://a.example/agent/x/dev\"]}\n"),
    json(
        "{\n\t\"a\": {\"b\": 1}\n}\n",
        "{\n\t\"a\": {\"b\": 1},\n\t\"banned_agents\": [\"spiffe://a.example/agent/x/dev\"]\n}\n",
    ),
    json("{\"a\":1}", "{\"a\":1, \"banned_agents\": [\"spiffe://a.example/agent/x/dev\"]}"),
    json("{\"banned_agents\": [ \n ]}", "{\"banned_agents\": [\"spiffe://a.example/agent/x/dev\"]}"),
    yaml("a: 1 # one", "a: 1 # one\nbanned_agents:\n  - \"spiffe://a.example/agent/x/dev\"\n"),
    yaml("a: 1\r\n", "a: 1\r\nbanned_agents:\r\n  - \"spiffe://a.example/agent/x/dev\"\r\n"),
    yaml("{a: 1}\n", "{a: 1, \"banned_agents\": [\"spiffe://a.example/agent/x/dev\"]}\n"),
];

#[test]
fn a_ban_changes_its_line_and_nothing_else() {
    for Case { form, before, after } in THERE_AND_BACK.iter().chain(THERE) {
        assert_eq!(edit(before, *form, ID, Change::Ban), Ok(Some((*after).to_owned())), "{before}");
        assert_eq!(edit(after, *form, ID, Change::Ban), Ok(None), "a second ban of {after}");
    }
}

#[test]
fn lifting_a_ban_gives_the_same_bytes() {
    for Case { form, before, after } in THERE_AND_BACK {
        assert_eq!(edit(after, *form, ID, Change::Lift), Ok(Some((*before).to_owned())), "{after}");
        assert_eq!(edit(before, *form, ID, Change::Lift), Ok(None), "{before}");
    }
    for Case { form, after, .. } in THERE {
        let lifted = edit(after, *form, ID, Change::Lift);
        assert!(matches!(&lifted, Ok(Some(text)) if text.contains("[]")), "{after}: {lifted:?}");
    }
}

#[test]
fn lifting_takes_every_entry() {
    for (form, before, after) in [
        (Form::Json, r#"{"banned_agents": ["ID", "b", "ID", "ID"]}"#, r#"{"banned_agents": ["b"]}"#),
        (Form::Json, r#"{"banned_agents": ["ID", "ID"]}"#, r#"{"banned_agents": []}"#),
        (
            Form::Yaml,
            "banned_agents: # list\n  # first\n  - ID # why\n  - 'ID'\na: 1\n",
            "banned_agents: [] # list\n  # first\na: 1\n",
        ),
        (Form::Yaml, "banned_agents:\n- ID\n- b\n- \"ID\"", "banned_agents:\n- b"),
    ] {
        let before = before.replace("ID", ID);
        assert_eq!(edit(&before, form, ID, Change::Lift), Ok(Some(after.to_owned())), "{before}");
    }
}

#[test]
fn what_is_no_list_is_refused() {
    for (form, text, message) in [
        (Form::Json, "[]", "the document is an array, and `banned_agents` is a field of an object"),
        (Form::Json, "{\"banned_agents\": null}", "`banned_agents` is null, and has to be a list"),
        (Form::Json, "{\"banned_agents\": {}}", "`banned_agents` is an object, and has to be a list"),
        (Form::Json, "{\"a\": 1, \"a\": 2}", "the key `a` is there twice"),
        (Form::Json, "{", "the document can't be read"),
        (Form::Yaml, "banned_agents:\n", "`banned_agents` is null, and has to be a list"),
        (Form::Yaml, "banned_agents: ID\n", "`banned_agents` is a string, and has to be a list"),
    ] {
        let found = edit(text, form, ID, Change::Ban).map_err(|error| error.to_string());
        assert_eq!(found, Err(message.to_owned()), "{text}");
    }
}

#[test]
fn what_could_touch_more_is_refused() {
    let unsure = "`banned_agents` is written in a way that can't be edited without touching anything else";
    for (text, change) in [
        ("all: &all\n  - b\nbanned_agents: *all\n", Change::Ban),
        ("all: &all [b]\nbanned_agents: *all\n", Change::Ban),
        ("all: &all [ID]\nbanned_agents: *all\n", Change::Lift),
        ("a: &a ID\nbanned_agents: [*a, b]\n", Change::Lift),
        ("banned_agents:\n  - >-\n    b\n", Change::Ban),
        ("banned_agents: [ID, # this one\n b]\n", Change::Lift),
        ("a: 1\n---\nb: 1\n", Change::Ban),
    ] {
        let text = text.replace("ID", ID);
        let found = edit(&text, Form::Yaml, ID, change).map_err(|error| error.to_string());
        assert_eq!(found, Err(unsure.to_owned()), "{text}");
    }
}
