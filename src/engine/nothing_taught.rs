//! Why an observation taught nothing.
//!
//! Invariant: computed only where nothing was taught; what is told is a reason, and no text.

use crate::document::Document;
use crate::language::Language;
use crate::types::Signal;

/// Why an observation taught nothing that could be told; see [`Observed::nothing_taught`](crate::Observed::nothing_taught).
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
/// let edit = Observation::edit("Asks where they meet", "We meet in Berlin.", "We meet in Oslo.");
/// assert_eq!(engine.observe(edit)?.nothing_taught, Some(NothingTaught::ContentOnly));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NothingTaught {
    /// The text was left as it was: the final is the draft, or the draft was accepted. What was applied to it is
    /// confirmed.
    Unchanged,
    /// Only facts changed: names, numbers, dates, single words of content.
    ContentOnly,
    /// Only what is not the person's own changed, such as quoted messages.
    NotOwn,
    /// No words of prose changed: code, markup, white space, or a text without words.
    NotProse,
    /// The text is in a language of which nothing is known, and nothing changed that is independent of language.
    OtherLanguage,
    /// Learning was switched off.
    LearningOff,
    /// Nothing that changed says which way the person writes.
    Undirected,
}

impl NothingTaught {
    /// The reason for feedback that taught nothing, by the writer's own parts of its texts and, of an edit, whether all
    /// that changed there is content (`None` if nothing did).
    pub(super) fn of(signal: &Signal, own: &[&Document<'_>], content_only: Option<bool>) -> Self {
        let (draft, edited, [before, after]) = match (signal, own) {
            (Signal::Edit { draft, edited }, [before, after]) => (draft, edited, [*before, *after]),
            (Signal::Accept { .. }, _) => return Self::Unchanged,
            _ => return Self::Undirected,
        };
        if draft == edited {
            return Self::Unchanged;
        }
        if before.text == after.text {
            return Self::NotOwn;
        }
        if before.words == 0 && after.words == 0 {
            return Self::NotProse;
        }
        match content_only {
            None => Self::NotProse,
            Some(true) => Self::ContentOnly,
            Some(false) if std::ptr::eq(after.language, Language::plain()) => Self::OtherLanguage,
            Some(false) => Self::Undirected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Alignment;
    use crate::embedding::SuppliedVectors;
    use crate::engine::{Engine, Observation};
    use crate::types::Scope;

    #[test]
    fn what_taught_nothing_says_why() {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = Engine::builder(folder.path()).encoder(SuppliedVectors::new(2, "test"));
        let engine = engine.open().expect("a new store");
        let of = |draft: &str, edited: &str, locale: &str| {
            let edit = Observation::edit("A request", draft, edited).vector(vec![1.0, 0.0]);
            let observed = engine.observe(edit.scope(Scope::person().locale(locale))).expect("an edit");
            assert_eq!(observed.nothing_taught.is_none(), !observed.taught.is_empty());
            observed.nothing_taught
        };
        let text = "The garden is open all day.";
        let thread = "\n\nOn Mon, May 3, 2021 at 10:00 AM Ann Smith <ann@example.com> wrote:\n> When?";
        for (draft, edited, locale, reason) in [
            (text, text, "en", Some(NothingTaught::Unchanged)),
            ("The review is in Berlin.", "The review is in Oslo.", "en", Some(NothingTaught::ContentOnly)),
            (
                &format!("{text}{thread}"),
                &format!("{text}{}", thread.replace("When", "Who")),
                "en",
                Some(NothingTaught::NotOwn),
            ),
            (text, "The  garden is open all day.", "en", Some(NothingTaught::NotProse)),
            ("We do not know the way.", "We don't know the way.", "en", None),
        ] {
            assert_eq!(of(draft, edited, locale), reason, "{draft:?} to {edited:?}");
        }
        let [draft, edited] = ["Puutarha on auki koko ajan.", "Puutarha on koko ajan auki."];
        let pages = [draft, edited].map(|text| Document::new(text, Language::plain()));
        let edit = Signal::Edit { draft: draft.to_owned(), edited: edited.to_owned() };
        let content_only = Alignment::new(&pages[0], &pages[1]).changes_content_only();
        let reason = NothingTaught::of(&edit, &[&pages[0], &pages[1]], content_only);
        assert_eq!(reason, NothingTaught::OtherLanguage);
        let accepted = Observation::accept("A request", text).vector(vec![1.0, 0.0]);
        assert_eq!(
            engine.observe(accepted).expect("it is taken").nothing_taught,
            Some(NothingTaught::Unchanged)
        );
    }
}
