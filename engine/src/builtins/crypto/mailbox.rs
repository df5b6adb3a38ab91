//! Mail addresses (RFC 2821, section 4.1.2).

/// What stands before and behind the `@`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// Without quotes and backslashes.
    pub(super) local: Vec<u8>,
    /// In lower case.
    pub(super) domain: String,
}

impl Mailbox {
    /// Reads an address. Spaces in quotes and escapes outside of them are taken, as RFC 3696 shows them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (local, rest) = match text.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted.as_bytes())?,
            None => dot_string(text.as_bytes())?,
        };
        let domain = std::str::from_utf8(rest.strip_prefix(b"@")?).ok()?;
        let labels = domain.strip_suffix('.').map_or(Some(domain), |_| None)?;
        let valid = labels
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_graphic()));
        (labels.is_empty() || valid).then(|| Self { local, domain: domain.to_ascii_lowercase() })
    }
}

fn quoted_string(mut text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    loop {
        let (first, rest) = text.split_first()?;
        text = rest;
        match first {
            b'"' => return Some((local, text)),
            b'\\' => {
                let (escaped, rest) = text.split_first()?;
                if !matches!(escaped, 1..=9 | 11 | 12 | 14..=127) {
                    return None;
                }
                local.push(*escaped);
                text = rest;
            }
            1..=8 | 11 | 12 | 14..=33 | 35..=91 | 93..=127 => local.push(*first),
            _ => return None,
        }
    }
}

fn dot_string(mut text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    while let Some((first, rest)) = text.split_first() {
        if *first == b'\\' {
            let (escaped, rest) = rest.split_first()?;
            local.push(*escaped);
            text = rest;
        } else if first.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(first) {
            local.push(*first);
            text = rest;
        } else {
            break;
        }
    }
    let dots = local.starts_with(b".") || local.ends_with(b".") || local.windows(2).any(|pair| pair == b"..");
    (!local.is_empty() && !dots).then_some((local, text))
}
