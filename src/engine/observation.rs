//! The inputs of learning: a piece of feedback, or a text the person wrote.
//!
//! Invariant: nothing is validated here; the verb that receives the input does so.

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

/// A text the person wrote without a draft.
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
    /// Everything except the text.
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

    /// The person changed `draft` into `edited`. An empty draft means that they wrote the text from scratch; if both
    /// are equal, the draft needed no change.
    pub fn edit(context: impl Into<String>, draft: impl Into<String>, edited: impl Into<String>) -> Self {
        Self::new(context.into(), Signal::Edit { draft: draft.into(), edited: edited.into() })
    }

    /// The person used `text` unchanged.
    pub fn accept(context: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(context.into(), Signal::Accept { text: text.into() })
    }

    /// The person rejected `text`.
    pub fn reject(context: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(context.into(), Signal::Reject { text: text.into() })
    }

    /// The person chose `candidates[chosen]`.
    pub fn choice(context: impl Into<String>, candidates: Vec<String>, chosen: usize) -> Self {
        let chosen = u32::try_from(chosen).unwrap_or(u32::MAX);
        Self::new(context.into(), Signal::Choice { candidates, chosen })
    }

    /// The person rated `text`, from -1 (worst) to 1 (best).
    pub fn rating(context: impl Into<String>, text: impl Into<String>, rating: f32) -> Self {
        Self::new(context.into(), Signal::Rating { text: text.into(), rating })
    }

    /// The scope; the whole person by default.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.record.scope = scope;
        self
    }

    /// When it happened; by default the clock's current time. A time ahead of the clock counts as the current time.
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// The weight, above 0 and up to 1; 1 by default.
    pub fn strength(mut self, strength: f32) -> Self {
        self.record.strength = strength;
        self
    }

    /// The reason, in the person's words.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.record.reason = reason.into();
        self
    }

    /// The draft was made with these preferences. What the person leaves unchanged then counts as evidence for them.
    pub fn drafted_with(self, personalization: &Personalization) -> Self {
        self.applied(personalization.applied())
    }

    /// As [`drafted_with`](Self::drafted_with), with the result of [`Personalization::applied`].
    pub fn applied(mut self, applied: Vec<AppliedPreference>) -> Self {
        self.record.applied = applied;
        self
    }

    /// Adds a label that searches can be restricted to. A tag has up to 128 bytes, a record up to 32 tags.
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
    /// An item with the given text.
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

    /// The scope; the whole person by default.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.record.scope = scope;
        self
    }

    /// What surrounds the text: its title, what it answers, the turns before and after it. The item can then be found
    /// by these as well, which helps with texts that mean little without their context.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.record.context = context.into();
        self
    }

    /// When it was written; by default the clock's current time.
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// How finely the text is cut into keys, each with a vector of its own; [`Granularity::Passage`] by default.
    /// Texts are not cut if the caller supplies the vectors.
    pub fn granularity(mut self, finely: Granularity) -> Self {
        self.granularity = finely;
        self
    }

    /// Adds a text by which the item is found as well, by meaning and by words: a question that it answers, its
    /// summary. At most 24 per item, including key vectors.
    pub fn key(mut self, text: impl Into<String>) -> Self {
        self.keys.push(Key::Text(text.into()));
        self
    }

    /// Adds such a key as a vector from the caller's own encoder.
    pub fn key_vector(mut self, vector: Vec<f32>) -> Self {
        self.keys.push(Key::Vector(vector));
        self
    }

    /// Adds a label that searches can be restricted to. A tag has up to 128 bytes, an item up to 32 tags.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The text's vector, from the caller's own encoder.
    pub fn vector(mut self, vector: Vec<f32>) -> Self {
        self.record.supplied = Some(vector);
        self
    }

    /// The app's own id of the text, of 1 to 256 bytes: a message id, a path. At most one item has a given key. If an
    /// item with the key and the same content exists, nothing is added; if its content differs, this item replaces it
    /// under a new [`RecordId`](crate::RecordId). What was learned from the replaced item is then removed as when it
    /// is forgotten, and it is no longer found; its bytes stay in the files until the next
    /// [`Engine::forget`](crate::Engine::forget). For this comparison, an item without a time matches any time.
    pub fn app_key(mut self, key: impl Into<String>) -> Self {
        self.app_key = Some(key.into());
        self
    }

    /// The app key, if there is one.
    pub(super) fn key_of_app(&self) -> Option<&str> {
        self.app_key.as_deref()
    }

    /// Approximate size in bytes.
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

/// A validated history item, ready to be added.
pub(super) struct Incoming {
    pub(super) record: Record,
    /// When it was written, if the app says so.
    pub(super) at: Option<Timestamp>,
    pub(super) tags: Vec<String>,
    pub(super) app_key: Option<String>,
    /// The supplied vector as it is stored.
    pub(super) vector: Option<Vec<f32>>,
}
