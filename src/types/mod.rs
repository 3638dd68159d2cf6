//! The small types that every layer shares: ids, scope, time, cancellation, progress.
//!
//! Invariant: nothing here depends on another module except [`crate::error`].

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

/// How finely an item is cut into keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Granularity {
    /// Whole: one key.
    Document,
    /// Neighbouring sentences of up to 120 words together.
    #[default]
    Passage,
    /// Each sentence of up to 120 words by itself.
    Sentence,
}

/// Id of one record: an observation or a history item. Ascending in the order of arrival, not reused until
/// everything is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordId(pub u64);

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Values by record. The engine gives the ids itself, so that none are made to collide.
pub(crate) type ByRecord<T> = HashMap<RecordId, T, BuildHasherDefault<FastHasher>>;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Days from `earlier` to `self`; negative where `earlier` is later.
    pub fn days_since(self, earlier: Self) -> f64 {
        (self.0.saturating_sub(earlier.0)) as f64 / 86_400_000.0
    }
}

/// Where the engine takes the time from; tests give their own.
pub trait Clock: Send + Sync {
    /// The present moment.
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

/// A clock that stands still until it is set: for tests and replays.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Sets the time shown.
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

/// Asks a long call to stop. Clones share one flag; any thread may set it.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks every call that holds a clone to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// How far a long call has come: `done` of `total` items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Items done.
    pub done: usize,
    /// Items in all.
    pub total: usize,
}

/// The longest part of a scope, in bytes.
pub const SCOPE_PART_MAX: usize = 128;

/// Where a text belongs: which app, task, audience and locale, each optional.
///
/// What is learned in a narrow scope backs off to wider ones in the order of [`chain`](Scope::chain); the
/// empty scope is the whole person. Parts are compared as given, byte for byte.
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
    /// The application, "mail" say.
    pub app: Option<String>,
    /// What is being written, "reply" say.
    pub task: Option<String>,
    /// For whom, "team" or an address book id say.
    pub audience: Option<String>,
    /// A BCP 47 tag, "en-GB" say.
    pub locale: Option<String>,
}

debug_without_text!(Scope, "Scope", shown: [], hidden: [app, task, audience, locale]);

impl Scope {
    /// The whole person.
    pub fn person() -> Self {
        Self::default()
    }

    /// One application.
    pub fn app(app: impl Into<String>) -> Self {
        Self { app: Some(app.into()), ..Self::default() }
    }

    /// The same, for a task.
    #[must_use]
    pub fn task(mut self, task: impl Into<String>) -> Self {
        self.task = Some(task.into());
        self
    }

    /// The same, for an audience.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// The same, for a locale.
    #[must_use]
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    fn parts(&self) -> [Option<&str>; 4] {
        [self.app.as_deref(), self.task.as_deref(), self.audience.as_deref(), self.locale.as_deref()]
    }

    /// Whether this is the whole person.
    pub fn is_person(&self) -> bool {
        self.parts().iter().all(Option::is_none)
    }

    /// How many parts are set, 0 to 4.
    pub fn depth(&self) -> usize {
        self.parts().iter().flatten().count()
    }

    /// Whether every part set here is set to the same in `other`: `other` lies within this scope.
    pub fn contains(&self, other: &Self) -> bool {
        self.parts().iter().zip(other.parts()).all(|(wide, narrow)| wide.is_none() || *wide == narrow)
    }

    /// This scope and the wider ones it backs off to, narrowest first, the whole person last: the locale is
    /// given up first, then the audience, the task, the app.
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
    fn ids_in_a_row_hash_apart() {
        let build = BuildHasherDefault::<FastHasher>::default();
        let hashes = (0..10_000).map(|id| build.hash_one(RecordId(id)));
        // The map looks at the low bits for the place and at the high ones for the tag.
        let (low, high): (Vec<u64>, Vec<u64>) = hashes.map(|hash| (hash % 16_384, hash >> 57)).unzip();
        let distinct = |values: Vec<u64>| values.into_iter().collect::<BTreeSet<u64>>().len();
        let (low, high) = (distinct(low), distinct(high));
        assert!(low > 7_000 && high == 128, "{low} places, {high} tags");
    }

    #[test]
    fn chain_goes_from_narrow_to_person() {
        let scope = Scope::app("mail").task("reply").locale("en-GB");
        let chain: Vec<String> = scope.chain().iter().map(ToString::to_string).collect();
        assert_eq!(chain, ["mail/reply/en-GB", "mail/reply", "mail", "everywhere"]);
        assert_eq!(Scope::person().chain(), [Scope::person()]);
    }

    #[test]
    fn contains_is_the_order_of_the_lattice() {
        let mail = Scope::app("mail");
        assert!(mail.contains(&Scope::app("mail").audience("team")));
        assert!(Scope::person().contains(&mail));
        assert!(!mail.contains(&Scope::app("chat")));
        assert!(!mail.contains(&Scope::person()));
    }

    #[test]
    fn parts_are_bounded() {
        assert!(Scope::app("").validate().is_err());
        assert!(Scope::app("a".repeat(SCOPE_PART_MAX + 1)).validate().is_err());
        assert!(Scope::app("a".repeat(SCOPE_PART_MAX)).validate().is_ok());
    }
}
