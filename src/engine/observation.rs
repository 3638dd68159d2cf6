//! What the app reports: one piece of feedback, or one text of the person's own.
//!
//! Invariant: nothing is checked here but by whoever takes it in.

use crate::engine::Personalization;
use crate::engine::state::key_texts;
use crate::types::{AppliedPreference, Granularity, Key, Record, Scope, Signal, Timestamp};

/// One piece of feedback, built with a constructor per kind and refined with the chained setters.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
/// let scope = Scope::app("mail").task("reply");
/// engine.observe(Observation::edit("Asks for the date", "It is going to be Monday.", "Monday.").scope(scope.clone()))?;
/// engine.observe(Observation::accept("Thanks for the book", "Glad you like it!").scope(scope.clone()))?;
/// engine.observe(Observation::reject("Thanks for the book", "You are most welcome.").strength(0.5))?;
/// let candidates = vec!["Yes.".to_owned(), "Yes, of course, with pleasure.".to_owned()];
/// engine.observe(Observation::choice("Can you come?", candidates, 0).scope(scope).tag("invitations"))?;
/// engine.observe(Observation::rating("Can you come?", "Yes!", 1.0).reason("short and warm"))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Observation {
    pub(super) record: Record,
    pub(super) at: Option<Timestamp>,
    pub(super) tags: Vec<String>,
}

crate::types::debug_without_text!(Observation, "Observation", shown: [record, at], hidden: [tags]);

/// A text of the person's own, without a draft.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
/// let item = HistoryItem::new("We moved the router to the attic. The old one is in the shed.")
///     .scope(Scope::app("notes"))
///     .context("house")
///     .key("Where is the old router?")
///     .tag("house")
///     .granularity(Granularity::Sentence);
/// engine.add_history(item)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct HistoryItem {
    text: String,
    /// All but the text.
    pub(super) record: Record,
    pub(super) at: Option<Timestamp>,
    pub(super) tags: Vec<String>,
    granularity: Granularity,
    keys: Vec<Key>,
    app_key: Option<String>,
}

crate::types::debug_without_text!(HistoryItem, "HistoryItem", shown: [record, at, granularity], hidden: [text, tags, keys, app_key]);

impl Observation {
    fn new(context: String, signal: Signal) -> Self {
        Self { record: blank(context, signal), at: None, tags: Vec::new() }
    }

    /// The person changed `draft` into `edited`. An empty draft says that they wrote from nothing; a final
    /// equal to the draft is taken as a draft that needed no change.
    pub fn edit(context: impl Into<String>, draft: impl Into<String>, edited: impl Into<String>) -> Self {
        Self::new(context.into(), Signal::Edit { draft: draft.into(), edited: edited.into() })
    }

    /// The person took `text` as it was.
    pub fn accept(context: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(context.into(), Signal::Accept { text: text.into() })
    }

    /// The person threw `text` away.
    pub fn reject(context: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(context.into(), Signal::Reject { text: text.into() })
    }

    /// The person chose `candidates[chosen]`.
    pub fn choice(context: impl Into<String>, candidates: Vec<String>, chosen: usize) -> Self {
        let chosen = u32::try_from(chosen).unwrap_or(u32::MAX);
        Self::new(context.into(), Signal::Choice { candidates, chosen })
    }

    /// The person rated `text`, -1 (worst) to 1 (best).
    pub fn rating(context: impl Into<String>, text: impl Into<String>, rating: f32) -> Self {
        Self::new(context.into(), Signal::Rating { text: text.into(), rating })
    }

    /// Where it belongs; the whole person by default.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.record.scope = scope;
        self
    }

    /// When it happened; the clock's time by default.
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// How much it counts, above 0 to 1; 1 by default.
    pub fn strength(mut self, strength: f32) -> Self {
        self.record.strength = strength;
        self
    }

    /// Why, in the person's words.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.record.reason = reason.into();
        self
    }

    /// The draft was made with these preferences: what the person leaves alone then speaks for them.
    pub fn drafted_with(self, personalization: &Personalization) -> Self {
        self.applied(personalization.applied())
    }

    /// As [`drafted_with`](Self::drafted_with), from what [`Personalization::applied`] gave.
    pub fn applied(mut self, applied: Vec<AppliedPreference>) -> Self {
        self.record.applied = applied;
        self
    }

    /// A label that searches can be limited by: of up to 128 bytes, at most 32 for a record.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The vector of the context, from the caller's own encoder.
    pub fn vector(mut self, vector: Vec<f32>) -> Self {
        self.record.supplied = Some(vector);
        self
    }
}

impl HistoryItem {
    /// A text.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            record: blank(String::new(), Signal::History { text: String::new() }),
            at: None,
            tags: Vec::new(),
            granularity: Granularity::default(),
            keys: Vec::new(),
            app_key: None,
        }
    }

    /// Where it belongs; the whole person by default.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.record.scope = scope;
        self
    }

    /// What surrounds it: its title, what it answers, the turns before and after it. The item is then found by it,
    /// too, and a text that says little by itself by what it is part of.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.record.context = context.into();
        self
    }

    /// When it was written; the clock's time by default.
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// How finely it is cut into keys, each with a vector of its own; [`Granularity::Passage`] by default. Nothing is cut
    /// where the caller supplies the vectors.
    pub fn granularity(mut self, finely: Granularity) -> Self {
        self.granularity = finely;
        self
    }

    /// What else it is found by, in meaning and in words: a question that it answers, its summary. At most 24 for an item,
    /// counting the vectors.
    pub fn key(mut self, text: impl Into<String>) -> Self {
        self.keys.push(Key::Text(text.into()));
        self
    }

    /// The same as a vector, from the caller's own encoder.
    pub fn key_vector(mut self, vector: Vec<f32>) -> Self {
        self.keys.push(Key::Vector(vector));
        self
    }

    /// A label that searches can be limited by: of up to 128 bytes, at most 32 for an item.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The text's vector, from the caller's own encoder.
    pub fn vector(mut self, vector: Vec<f32>) -> Self {
        self.record.supplied = Some(vector);
        self
    }

    /// The app's own id of the text, of 1 to 256 bytes: a message id, a path. There is one item with a key: where it is
    /// there already with the same content, nothing is added; where its content is another, this item takes its place, under
    /// a new [`RecordId`](crate::RecordId). What was learned from the replaced item goes, as when it is forgotten, and it is not found any
    /// more; its bytes leave the files with the next [`Engine::forget`](crate::Engine::forget). An item without a time of its own is the same as
    /// one with any time.
    pub fn app_key(mut self, key: impl Into<String>) -> Self {
        self.app_key = Some(key.into());
        self
    }

    /// The key, where it has one.
    pub(super) fn key_of_app(&self) -> Option<&str> {
        self.app_key.as_deref()
    }

    /// About how many bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + self.record.context.len() + key_texts(&self.keys).map(str::len).sum::<usize>()
    }

    pub(super) fn incoming(self) -> Incoming {
        let Self { text, mut record, at, tags, granularity, keys, app_key } = self;
        record.signal = if granularity == Granularity::default() && keys.is_empty() {
            Signal::History { text }
        } else {
            Signal::Keyed { text, granularity, keys }
        };
        Incoming { record, at, tags, app_key, vector: None }
    }
}

fn blank(context: String, signal: Signal) -> Record {
    Record {
        at: Timestamp(0),
        scope: Scope::person(),
        context,
        signal,
        strength: 1.0,
        reason: String::new(),
        applied: Vec::new(),
        supplied: None,
    }
}

/// A history item on its way in.
pub(super) struct Incoming {
    pub(super) record: Record,
    /// When it was written, where the app says so.
    pub(super) at: Option<Timestamp>,
    pub(super) tags: Vec<String>,
    pub(super) app_key: Option<String>,
    /// The supplied vector as it is kept.
    pub(super) vector: Option<Vec<f32>>,
}
