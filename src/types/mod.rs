//! Small types shared by every layer: ids, scope, time, cancellation, progress.
//!
//! Invariant: depends on no other module but `error` and `hash`.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasherDefault;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::error::InputError;
use crate::hash::FastHasher;

mod preference;
mod record;
mod redacted;

pub use preference::{Direction, Origin, Preference, PreferenceId, PreferenceKey};
pub use record::{AppliedPreference, Key, Record, RecordKind, Signal};
pub(crate) use redacted::{Redacted, debug_without_text};

/// How an item's text is split into keys, each embedded by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Granularity {
    /// One key for the whole text.
    Document,
    /// One key for each run of consecutive sentences; a run, or a part of a longer sentence, has at most 120 words.
    #[default]
    Passage,
    /// One key for each sentence; a longer one is split into parts of at most 120 words.
    Sentence,
}

/// Id of a record (an observation or a history item). Ids ascend in order of arrival and are not reused until
/// everything is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordId(pub u64);

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Map keyed by record id. The engine assigns the ids, so crafted collisions are impossible.
pub(crate) type ByRecord<T> = HashMap<RecordId, T, BuildHasherDefault<FastHasher>>;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Days from `earlier` to `self`; negative if `earlier` is later.
    pub fn days_since(self, earlier: Self) -> f64 {
        (self.0.saturating_sub(earlier.0)) as f64 / 86_400_000.0
    }
}

/// The source of the current time; tests supply their own.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// The operating system's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that returns the time it was last set to; for tests and replays.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that returns `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Sets the time to return.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// Cancels a long call. Clones share one flag; any thread may set it.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests cancellation of every call that holds a clone.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Progress of a long call: `done` of `total` items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Items done.
    pub done: usize,
    /// Total items; 0 if unknown.
    pub total: usize,
}

/// Maximum length of a scope part, in bytes.
pub const SCOPE_PART_MAX: usize = 128;

/// The setting of a text: app, task, audience and locale, each optional.
///
/// What is learned in a narrow scope backs off to wider scopes in the order of [`chain`](Scope::chain); the empty scope
/// is the whole person. Parts are compared byte for byte.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// let scope = Scope::app("mail").task("reply").audience("team").locale("en-GB");
/// assert_ne!(scope, Scope::person());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scope {
    /// The application, for example "mail".
    pub app: Option<String>,
    /// What is being written, for example "reply".
    pub task: Option<String>,
    /// The recipient, for example "team" or an address book id.
    pub audience: Option<String>,
    /// A BCP 47 tag, for example "en-GB".
    pub locale: Option<String>,
}

debug_without_text!(Scope, "Scope", shown: [], hidden: [app, task, audience, locale]);

impl Scope {
    /// The empty scope: the whole person.
    pub fn person() -> Self {
        Self::default()
    }

    /// The scope of an application.
    pub fn app(app: impl Into<String>) -> Self {
        Self { app: Some(app.into()), ..Self::default() }
    }

    /// Sets the task.
    #[must_use]
    pub fn task(mut self, task: impl Into<String>) -> Self {
        self.task = Some(task.into());
        self
    }

    /// Sets the audience.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Sets the locale.
    #[must_use]
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    fn parts(&self) -> [Option<&str>; 4] {
        [self.app.as_deref(), self.task.as_deref(), self.audience.as_deref(), self.locale.as_deref()]
    }

    /// Whether no part is set.
    pub fn is_person(&self) -> bool {
        self.parts().iter().all(Option::is_none)
    }

    /// Heap bytes of the parts.
    pub(crate) fn text_bytes(&self) -> usize {
        self.parts().into_iter().flatten().map(str::len).sum()
    }

    /// Number of parts that are set, 0 to 4.
    pub fn depth(&self) -> usize {
        self.parts().iter().flatten().count()
    }

    /// Whether `other` lies within this scope: every part set here has the same value there.
    pub fn contains(&self, other: &Self) -> bool {
        self.parts().iter().zip(other.parts()).all(|(wide, narrow)| wide.is_none() || *wide == narrow)
    }

    /// Whether some situation lies within both scopes: no part is set to different values.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.parts()
            .iter()
            .zip(other.parts())
            .all(|(one, other)| one.is_none() || other.is_none() || *one == other)
    }

    /// This scope and the wider ones it backs off to, narrowest first, the whole person last. The locale is dropped
    /// first, then the audience, the task and the app.
    pub fn chain(&self) -> Vec<Self> {
        let mut chain = vec![self.clone()];
        let mut wider = self.clone();
        for drop in [3, 2, 1, 0] {
            let part = match drop {
                3 => &mut wider.locale,
                2 => &mut wider.audience,
                1 => &mut wider.task,
                _ => &mut wider.app,
            };
            if part.take().is_some() {
                chain.push(wider.clone());
            }
        }
        chain
    }

    /// Checks that each part that is set has 1 to [`SCOPE_PART_MAX`] bytes.
    ///
    /// # Errors
    /// [`InputError::EmptyText`] or [`InputError::TextTooLong`], naming the part.
    pub fn validate(&self) -> Result<(), InputError> {
        let names = ["scope's app", "scope's task", "scope's audience", "scope's locale"];
        for (what, part) in names.into_iter().zip(self.parts()) {
            match part {
                Some("") => return Err(InputError::EmptyText { what }),
                Some(part) if part.len() > SCOPE_PART_MAX => {
                    return Err(InputError::TextTooLong { what, bytes: part.len(), limit: SCOPE_PART_MAX });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl fmt::Display for Scope {
    /// The set parts joined by slashes, or "everywhere".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for part in self.parts().into_iter().flatten() {
            if !first {
                f.write_str("/")?;
            }
            f.write_str(part)?;
            first = false;
        }
        if first { f.write_str("everywhere") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn consecutive_ids_spread_over_buckets_and_tags() {
        let build = BuildHasherDefault::<FastHasher>::default();
        let hashes = (0..10_000).map(|id| build.hash_one(RecordId(id)));
        // The map takes the bucket from the low bits and the tag from the high ones.
        let (low, high): (Vec<u64>, Vec<u64>) = hashes.map(|hash| (hash % 16_384, hash >> 57)).unzip();
        let distinct = |values: Vec<u64>| values.into_iter().collect::<BTreeSet<u64>>().len();
        let (low, high) = (distinct(low), distinct(high));
        assert!(low > 7_000 && high == 128, "{low} buckets, {high} tags");
    }

    #[test]
    fn chain_runs_from_narrowest_to_person() {
        let scope = Scope::app("mail").task("reply").locale("en-GB");
        let chain: Vec<String> = scope.chain().iter().map(ToString::to_string).collect();
        assert_eq!(chain, ["mail/reply/en-GB", "mail/reply", "mail", "everywhere"]);
        assert_eq!(Scope::person().chain(), [Scope::person()]);
    }

    #[test]
    fn contains_is_the_partial_order_of_scopes() {
        let mail = Scope::app("mail");
        assert!(mail.contains(&Scope::app("mail").audience("team")));
        assert!(Scope::person().contains(&mail));
        assert!(!mail.contains(&Scope::app("chat")));
        assert!(!mail.contains(&Scope::person()));
    }

    #[test]
    fn part_lengths_are_bounded() {
        assert!(Scope::app("").validate().is_err());
        assert!(Scope::app("a".repeat(SCOPE_PART_MAX + 1)).validate().is_err());
        assert!(Scope::app("a".repeat(SCOPE_PART_MAX)).validate().is_ok());
    }
}
