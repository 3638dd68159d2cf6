//! Reads the text files of a language: named lists, and pairs of spellings.
//!
//! Invariant: a file consists of lines; `#` begins a comment line; `[name]` begins a list, whose entries are
//! separated by commas or line ends.

/// The lines that are neither empty nor comments.
pub(crate) fn content(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The entries of all lists in order, each with the name of its list.
pub(crate) fn entries(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut list = "";
    content(file).flat_map(move |line| {
        let name = line.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        list = name.unwrap_or(list);
        let line = if name.is_some() { "" } else { line };
        let list = list;
        line.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(move |entry| (list, entry))
    })
}

/// The lines of the list with this name.
pub(crate) fn lines_of(file: &'static str, list: &str) -> Vec<&'static str> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in content(file) {
        match line.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            Some(name) => inside = name == list,
            None if inside => found.push(line),
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read() {
        let file = "# A comment.\n[one]\na, b c,\nd\n\n[two]\n# None.\ne\n";
        let found: Vec<_> = entries(file).collect();
        assert_eq!(found, [("one", "a"), ("one", "b c"), ("one", "d"), ("two", "e")]);
        assert_eq!(lines_of(file, "one"), ["a, b c,", "d"]);
        assert_eq!(lines_of(file, "three"), [""; 0]);
    }
}
