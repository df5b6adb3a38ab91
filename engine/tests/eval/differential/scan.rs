//! What of a module's text is code: strings and comments are looked past.

/// How deep in brackets each byte stands; none in strings and comments. A bracket stands as deep as what is in it.
pub(super) fn depths(text: &str) -> Vec<Option<usize>> {
    let bytes = text.as_bytes();
    let (mut depths, mut depth, mut at) = (vec![None; bytes.len()], 0_usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at),
            b'"' | b'`' => at = end_of_string(bytes, at),
            b'$' if matches!(bytes.get(at + 1), Some(b'"' | b'`')) => at = end_of_template(bytes, at + 1),
            byte => {
                if matches!(byte, b'(' | b'[' | b'{') {
                    depth += 1;
                }
                depths[at] = Some(depth);
                if matches!(byte, b')' | b']' | b'}') {
                    depth = depth.saturating_sub(1);
                }
                at += 1;
            }
        }
    }
    depths
}

/// Where a text stands in code, at this depth in brackets.
pub(super) fn find(text: &str, wanted: &str, depth: usize) -> Option<usize> {
    let depths = depths(text);
    text.match_indices(wanted).map(|(at, _)| at).find(|at| depths[*at] == Some(depth))
}

/// The parts of a list between commas that stand in no brackets.
pub(super) fn parts(list: &str) -> Vec<&str> {
    let depths = depths(list);
    let (mut parts, mut start) = (Vec::new(), 0);
    for (at, _) in list.match_indices(',') {
        if depths[at] == Some(0) {
            parts.push(list[start..at].trim());
            start = at + 1;
        }
    }
    parts.push(list[start..].trim());
    parts
}

/// What stands before the first rule of a module, and the clauses of its rules.
pub(super) fn blocks(text: &str) -> (String, Vec<String>) {
    let depths = depths(text);
    let begins = |line: &str| {
        let word =
            line.split(|char: char| !char.is_ascii_alphanumeric() && char != '_').next().unwrap_or_default();
        !matches!(word, "" | "package" | "import")
    };
    let (mut header, mut blocks, mut at): (String, Vec<String>, usize) = (String::new(), Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        if depths[at] == Some(0) && begins(line) {
            blocks.push(String::new());
        }
        blocks.last_mut().unwrap_or(&mut header).push_str(line);
        at += line.len();
    }
    (header.trim_end().to_owned(), blocks)
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != bytes[start] {
        at += if bytes[start] == b'"' && bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

fn end_of_template(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start + 1, 0_usize);
    while at < bytes.len() && (depth > 0 || bytes[at] != bytes[start]) {
        match bytes[at] {
            b'\\' if depth == 0 => at += 1,
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'$' if depth > 0 && matches!(bytes.get(at + 1), Some(b'"' | b'`')) => {
                at = end_of_template(bytes, at + 1);
                continue;
            }
            b'"' | b'`' if depth > 0 => {
                at = end_of_string(bytes, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    (at + 1).min(bytes.len())
}
