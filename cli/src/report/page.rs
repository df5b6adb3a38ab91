//! What pages for browsers have in common: they fetch nothing, and a policy of their own forbids everything but one script.

/// The script of a page.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) enum Script {
    /// The page has none.
    Absent,
    /// The digest of the only one that may run: SHA-256 in base 64.
    Digest(&'static str),
}

/// Everything before the content: the head, with what a page adds to the style of all, and the start of the body.
pub(in crate::report) fn begin(title: &str, script: Script, style: &str) -> String {
    let scripts = match script {
        Script::Absent => String::new(),
        Script::Digest(digest) => format!(" script-src 'sha256-{digest}';"),
    };
    format!(
        "{HEAD}<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline';{scripts} \
         base-uri 'none'; form-action 'none'\">\n<title>{title} - portcullis</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n"
    )
}

const HEAD: &str = include_str!("page/head.html");
const STYLE: &str = include_str!("page/style.css");
