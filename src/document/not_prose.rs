//! Which stretches of a text are no prose: code, markup, formulas, links, addresses, paths, identifiers. Their words are
//! no words of the writer's style.
//!
//! Invariant: the stretches lie in the text in order and do not overlap; any text is read in time linear in its length.
//! A doubtful stretch is prose.

use std::ops::Range;

/// What is no prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotProse {
    /// What stands between words and is none: tags, commands.
    Markup,
    /// What stands for a word or more: code, a formula, a link, an address, a path, an identifier.
    Opaque,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) place: Range<usize>,
    pub(super) kind: NotProse,
}

/// What is within a line is no longer than this, or it is prose.
const INLINE_BYTES_MAX: usize = 512;
/// Columns that indent code.
const INDENT: usize = 4;

/// Names of elements.
const ELEMENTS: [&str; 58] = [
    "a",
    "abbr",
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "img",
    "input",
    "ins",
    "label",
    "li",
    "link",
    "main",
    "meta",
    "nav",
    "o:p",
    "ol",
    "p",
    "pre",
    "s",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "tr",
    "ul",
];
/// Commands of LaTeX whose arguments are no prose; others end as these do.
const KEYED: [&str; 12] = [
    "begin",
    "bibliography",
    "bibliographystyle",
    "cite",
    "documentclass",
    "end",
    "include",
    "includegraphics",
    "input",
    "label",
    "ref",
    "usepackage",
];
/// How files and domains end.
const ENDINGS: [&str; 78] = [
    "ai", "app", "at", "avi", "bat", "bmp", "c", "cc", "cfg", "ch", "com", "conf", "cpp", "cs", "css", "csv",
    "de", "dev", "dll", "doc", "docx", "edu", "eml", "eu", "exe", "fr", "gif", "go", "gov", "gz", "h", "hpp",
    "htm", "html", "ini", "io", "java", "jpeg", "jpg", "js", "json", "jsx", "lock", "log", "lua", "md",
    "mov", "mp3", "mp4", "net", "nl", "odt", "org", "pdf", "php", "pl", "png", "ppt", "pptx", "py", "rb",
    "rs", "sh", "sql", "svg", "tar", "tex", "toml", "ts", "tsx", "txt", "uk", "xls", "xlsx", "xml", "yaml",
    "yml", "zip",
];

/// The stretches of a text that are no prose, in order.
pub(super) fn not_prose(text: &str) -> Vec<Stretch> {
    let mut found = Vec::new();
    let suspicious = |byte: &u8| {
        matches!(byte, b'`' | b'<' | b'\\' | b'$' | b'@' | b'/' | b'_' | b'.' | b':' | b'(' | b'~' | b'\t')
            || byte.is_ascii_uppercase()
    };
    if !text.bytes().any(|byte| suspicious(&byte)) && !text.contains("    ") {
        return found;
    }
    let blocks = blocks(text);
    let mut at = 0;
    for block in blocks {
        inline(text, at..block.start, &mut found);
        at = block.end;
        found.push(Stretch { place: block, kind: NotProse::Opaque });
    }
    inline(text, at..text.len(), &mut found);
    found
}

/// Fenced code, and indented code between empty lines.
fn blocks(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut fence: Option<(&str, usize)> = None;
    let mut indented: Option<Indented> = None;
    let (mut at, mut empty_above, mut listed) = (0, true, false);
    for line in text.split_inclusive('\n') {
        let (start, shown) = (at, line.trim());
        at += line.len();
        if let Some((mark, opened)) = fence {
            if shown.starts_with(mark) && shown.trim_start_matches(&mark[..1]).is_empty() {
                found.push(opened..at);
                fence = None;
            }
            continue;
        }
        if let Some(mark) = fence_mark(shown) {
            found.extend(indented.take().and_then(Indented::place));
            fence = Some((mark, start));
            continue;
        }
        let indent: usize = line
            .chars()
            .take_while(|c| matches!(c, ' ' | '\t'))
            .map(|c| if c == '\t' { INDENT } else { 1 })
            .sum();
        if shown.is_empty() {
            empty_above = true;
            continue;
        }
        match &mut indented {
            Some(block) if indent >= INDENT => block.add(shown, at),
            _ => {
                found.extend(indented.take().and_then(Indented::place));
                if indent >= INDENT && empty_above && !listed {
                    let mut block = Indented { place: start..at, lines: 0, of_code: 0 };
                    block.add(shown, at);
                    indented = Some(block);
                } else {
                    // What is indented below an item of a list goes on with it.
                    listed = (indent > 0 && listed)
                        || shown.starts_with(['-', '*', '+', '•'])
                        || shown.starts_with(|c: char| c.is_ascii_digit());
                }
            }
        }
        empty_above = false;
    }
    found.extend(indented.and_then(Indented::place));
    found
}

/// Lines that are indented as code is.
struct Indented {
    place: Range<usize>,
    lines: usize,
    /// How many of them look like code.
    of_code: usize,
}

impl Indented {
    fn add(&mut self, line: &str, end: usize) {
        let marked = line.contains(['{', '}', ';', '=', '\\', '$', '|', '_']) || line.contains("()");
        self.of_code += usize::from(marked || line.starts_with('#') || line.ends_with([')', ':']));
        self.lines += 1;
        self.place.end = end;
    }

    fn place(self) -> Option<Range<usize>> {
        (2 * self.of_code >= self.lines).then_some(self.place)
    }
}

/// The mark of a line that opens fenced code.
fn fence_mark(line: &str) -> Option<&str> {
    let first = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let marks = line.len() - line.trim_start_matches(first).len();
    (marks >= 3 && !line[marks..].contains(first)).then_some(&line[..marks])
}

/// The stretches within lines.
fn inline(text: &str, place: Range<usize>, found: &mut Vec<Stretch>) {
    let bytes = text.as_bytes();
    let mut at = place.start;
    let mut opens = true;
    while at < place.end {
        if let Some(length) = opens.then(|| plain_word(&bytes[at..place.end])).flatten() {
            at += length;
            continue;
        }
        let rest = &text[at..place.end.min(text.floor_char_boundary(at + INLINE_BYTES_MAX))];
        let stretch = match bytes[at] {
            b'`' => ticks(rest),
            b'<' => tag(rest).map(|length| (length, NotProse::Markup)),
            b'\\' => command(rest),
            b'$' => formula(rest).map(|length| (length, NotProse::Opaque)),
            _ => None,
        };
        let stretch = stretch.or_else(|| {
            let begins =
                bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'/' | b'~' | b'.' | b'\\' | b'_');
            let chunk = (opens && begins).then(|| chunk(rest)).filter(|chunk| !chunk.is_empty())?;
            opaque(chunk).map(|length| (length, NotProse::Opaque))
        });
        if let Some((length, kind)) = stretch.filter(|(length, _)| *length > 0) {
            found.push(Stretch { place: at..at + length, kind });
            at += length;
            opens = false;
            continue;
        }
        // A run of letters is of one kind.
        let run = match bytes[at] {
            b'`' => rest.bytes().take_while(|byte| *byte == b'`').count(),
            byte if byte.is_ascii_alphanumeric() => {
                rest.bytes().take_while(u8::is_ascii_alphanumeric).count()
            }
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        let last = bytes[at + run - 1];
        opens = last.is_ascii_whitespace()
            || matches!(last, b'(' | b'[' | b'{' | b'"' | b'\'' | b'<' | b'=' | b',' | b'*')
            || last >= 0x80;
        at += run;
    }
}

/// The length of the word at the beginning with the space or comma after it, where it is one of letters, the first of
/// which may be a capital: most are.
fn plain_word(bytes: &[u8]) -> Option<usize> {
    let small = bytes.iter().skip(1).take_while(|byte| byte.is_ascii_lowercase()).count();
    let ends = matches!(bytes.get(1 + small), Some(b' ' | b'\n' | b','));
    (bytes.first().is_some_and(u8::is_ascii_alphabetic) && ends).then_some(small + 2)
}

/// What lies before white space or a mark that links have none of.
fn chunk(text: &str) -> &str {
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(c, '<' | '>' | '"' | '`' | '|')
            || !(c.is_ascii() || c.is_alphanumeric() && c < '\u{2e80}')
    };
    let chunk = &text[..text.find(ends).unwrap_or(text.len())];
    chunk.trim_end_matches(['.', ',', ';', ':', '!', '?', ']', '}', '\'', '*'])
}

/// The length of inline code.
fn ticks(text: &str) -> Option<(usize, NotProse)> {
    let marks = text.bytes().take_while(|byte| *byte == b'`').count();
    let line = text.split('\n').next().unwrap_or_default();
    let mut at = marks;
    while let Some(next) = line.get(at..).and_then(|rest| rest.find('`')) {
        let start = at + next;
        let length = line[start..].bytes().take_while(|byte| *byte == b'`').count();
        if length == marks {
            return (start > marks).then_some((start + length, NotProse::Opaque));
        }
        at = start + length;
    }
    None
}

/// The length of a tag or a comment of HTML.
fn tag(text: &str) -> Option<usize> {
    if text.starts_with("<!--") {
        return text.find("-->").map(|end| end + 3);
    }
    let inside = text[1..].strip_prefix('/').unwrap_or(&text[1..]);
    let name = inside.split(|c: char| !(c.is_ascii_alphanumeric() || c == ':')).next()?;
    let known = name.len() <= 10 && ELEMENTS.contains(&&*name.to_ascii_lowercase());
    let after = &inside[name.len()..];
    let ends = after.starts_with(['>', '/', ' ', '\t', '\n']);
    let end = text[1..].find(['<', '>']).map(|end| end + 1)?;
    (known && ends && text[end..].starts_with('>')).then_some(end + 1)
}

/// The length of a command of LaTeX, with its arguments where they are no prose, or of a formula.
fn command(text: &str) -> Option<(usize, NotProse)> {
    let rest = &text[1..];
    for (open, close) in [("(", "\\)"), ("[", "\\]")] {
        if rest.starts_with(open) {
            return rest.find(close).map(|end| (1 + end + close.len(), NotProse::Opaque));
        }
    }
    let name = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    if name < 2 {
        return None;
    }
    let keyed = KEYED.iter().any(|one| rest[..name].starts_with(one) || rest[..name].ends_with(one));
    let mut length = 1 + name + usize::from(rest[name..].starts_with('*'));
    while text[length..].starts_with('[') || keyed && text[length..].starts_with('{') {
        let line = text[length..].split('\n').next().unwrap_or_default();
        length += line.find([']', '}'])? + 1;
    }
    Some((length, if keyed { NotProse::Opaque } else { NotProse::Markup }))
}

/// The length of a formula between dollar signs; two sums of money are none.
fn formula(text: &str) -> Option<usize> {
    let marks = if text.starts_with("$$") { 2 } else { 1 };
    let inside = &text[marks..];
    let inside = if marks == 1 { inside.split('\n').next().unwrap_or_default() } else { inside };
    let end = inside.find(&text[..marks])?;
    let (body, after) = (&inside[..end], &inside[end + marks..]);
    let tight = !body.starts_with(char::is_whitespace) && !body.ends_with(char::is_whitespace);
    let is_formula = body.contains(['\\', '^', '_', '=', '{', '+', '<']) || body.len() == 1;
    let shut = !after.starts_with(|c: char| c.is_ascii_digit());
    (is_formula && shut && (tight || marks == 2)).then_some(marks + end + marks)
}

/// The length of a link, an address, a path or an identifier that a chunk begins with.
fn opaque(chunk: &str) -> Option<usize> {
    // Most words are nothing but letters.
    if chunk.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let unclosed = |text: &str| text.matches(')').count() > text.matches('(').count();
    let closed = chunk.trim_end_matches(|c| c == ')' && unclosed(chunk));
    if is_link(chunk) {
        return Some(closed.len());
    }
    let name = closed.split([',', ';', '(', ')', '[', ']', '\'']).next()?;
    let name = name.trim_end_matches(['.', ':', '!', '?', '*', '_']);
    let called = closed.get(..name.len() + 2).unwrap_or_default();
    let is_called = called.ends_with("()");
    let is_opaque = is_address(name) || is_path(name) || is_file(name) || is_identifier(name) || {
        is_called && name.len() > 1 && name.bytes().all(|byte| is_of_name(byte) || byte == b'.')
    };
    is_opaque.then_some(if is_called { called.len() } else { name.len() })
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_link(chunk: &str) -> bool {
    let schemed = chunk.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && (2..=12).contains(&scheme.len())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    schemed
        || chunk.strip_prefix("www.").is_some_and(|rest| rest.contains('.'))
        || chunk.strip_prefix("mailto:").is_some_and(|rest| rest.contains('@'))
}

/// Whether this is a mail address.
fn is_address(name: &str) -> bool {
    let is_part = |byte: u8| is_of_name(byte) || matches!(byte, b'.' | b'-' | b'+' | b'%');
    name.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.split('.').count() >= 2
            && domain.split('.').all(|part| !part.is_empty())
            && local.bytes().chain(domain.bytes()).all(is_part)
    })
}

/// Whether this is the path of a file or a folder.
fn is_path(name: &str) -> bool {
    let inside = |path: &str| path.split(['/', '\\']).filter(|part| !part.is_empty()).count();
    let rooted =
        name.starts_with('/') && name[1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
    let homed = ["~/", "./", "../", "~\\", ".\\"].iter().any(|start| name.starts_with(start));
    let of_drive = matches!(name.as_bytes(), [drive, b':', b'\\', _, ..] if drive.is_ascii_alphabetic());
    let file = || name.rsplit(['/', '\\']).next().is_some_and(is_file);
    rooted && inside(name) >= 2
        || homed && inside(name) >= 2
        || of_drive
        || name.contains('/') && inside(name) >= 2 && file()
}

/// Whether this is the name of a file or a domain.
fn is_file(name: &str) -> bool {
    let Some((base, ending)) = name.rsplit_once('.') else { return false };
    let is_part = |byte: u8| is_of_name(byte) || matches!(byte, b'.' | b'-');
    !base.is_empty()
        && ending.len() <= 5
        && !base.contains("..")
        && base.bytes().all(is_part)
        && ENDINGS.contains(&&*ending.to_ascii_lowercase())
        // "I saw him.At" is a slip.
        && (ending.len() > 2 || !ending.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Whether this is an identifier of a program: `snake_case`, `camelCase`, `a::b`, `a.b.c`.
fn is_identifier(name: &str) -> bool {
    if !name.is_ascii() {
        return false;
    }
    let parts = |mark: &str| {
        let mut parts = name.split(mark);
        parts.clone().count() >= 2 && parts.all(|part| !part.is_empty() && part.bytes().all(is_of_name))
    };
    let dotted = || {
        let long = |part: &str| part.len() >= 2 && part.bytes().all(is_of_name);
        name.split('.').count() >= 3
            && name.split('.').all(long)
            && name.starts_with(|c: char| c.is_ascii_lowercase())
    };
    let letters = || name.bytes().any(|byte| byte.is_ascii_alphabetic());
    (parts("_") || parts("::") || dotted()) && letters() || is_camel(name)
}

/// Whether a word is in camel case: small letters, two at least, then capitals, each with a small letter after it.
fn is_camel(name: &str) -> bool {
    let bytes = name.as_bytes();
    let small = bytes.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    let pairs = || {
        bytes[small..].windows(2).all(|pair| !pair[0].is_ascii_uppercase() || pair[1].is_ascii_lowercase())
    };
    small >= 2
        && small < bytes.len()
        && bytes[small].is_ascii_uppercase()
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(|last| !last.is_ascii_uppercase())
        && pairs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is no prose in a text.
    fn found(text: &str) -> Vec<&str> {
        not_prose(text).into_iter().map(|stretch| &text[stretch.place]).collect()
    }

    #[test]
    fn code_is_no_prose() {
        assert_eq!(found("Run:\n\n```sh\nls -l\n```\nThen tell me."), ["```sh\nls -l\n```\n"]);
        assert_eq!(found("Use `a b` and ``c`d``, not ` alone."), ["`a b`", "``c`d``"]);
        assert_eq!(
            found("So:\n\n    let x = 1;\n\n    f(x);\nand so on."),
            ["    let x = 1;\n\n    f(x);\n"]
        );
        for prose in [
            "```\nnever closed",
            "A poem:\n\n    The sea was grey,\n    the sky was wide.",
            "- one\n\n    goes on = here;",
        ] {
            assert_eq!(found(prose), [""; 0], "{prose}");
        }
    }

    #[test]
    fn markup_and_formulas_are_no_prose() {
        assert_eq!(
            found("<p>Hi <b class=\"x\">Ida</b>,<br/>5 < 6 and <you>.</p>"),
            ["<p>", "<b class=\"x\">", "</b>", "<br/>", "</p>"]
        );
        assert_eq!(
            found("See \\cite{a} and \\citep[p. 3]{b}, \\emph{now}."),
            ["\\cite{a}", "\\citep[p. 3]{b}", "\\emph"]
        );
        assert_eq!(found("We use $x^2$ and \\(x + y\\) for $5 or $6."), ["$x^2$", "\\(x + y\\)"]);
    }

    #[test]
    fn links_addresses_paths_and_identifiers_are_no_prose() {
        let text = "See https://a.example.org/x?y=1, (www.b.org) or [this](http://c.org/d). Ask ida.berg@example.co.uk.";
        assert_eq!(
            found(text),
            ["https://a.example.org/x?y=1", "www.b.org", "http://c.org/d", "ida.berg@example.co.uk"]
        );
        assert_eq!(
            found(
                "Open /etc/hosts, C:\\Users\\ida or src/lib.rs; call my_fn_name, getName() and std::fs in os.path.join."
            ),
            [
                "/etc/hosts",
                "C:\\Users\\ida",
                "src/lib.rs",
                "my_fn_name",
                "getName()",
                "std::fs",
                "os.path.join"
            ]
        );
        for prose in [
            "He and/or she came at 5 p.m. on 3.4.2025 w/o notice. iPhone, McDonald, U.S.A., e.g. macOS. Wait...what?",
            "_slanted_ and __bold__ and *strong*; tomorrow.Thanks; option(s); 10/12; @ida; A/B; km/h",
        ] {
            assert_eq!(found(prose), [""; 0], "{prose}");
        }
    }

    #[test]
    fn texts_of_marks_take_linear_time() {
        for line in
            ["`", "``a`", "<a ", "\\(", "$", "$x", "a@", "/a", "    =\n", "```\n", "a_", "://", "\\cite{"]
        {
            let text = line.repeat((1 << 18) / line.len());
            assert!(not_prose(&text).len() <= text.len());
        }
    }

    proptest! {
        #[test]
        fn stretches_lie_in_order(text in "[`<>/a-cA-C@._$\\\\{}() \n~é我-]{0,60}") {
            let mut at = 0;
            for stretch in not_prose(&text) {
                prop_assert!(stretch.place.start >= at && stretch.place.end > stretch.place.start);
                prop_assert!(text.get(stretch.place.clone()).is_some());
                at = stretch.place.end;
            }
        }
    }
}
