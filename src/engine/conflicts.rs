//! Where what the person said contradicts itself or what they do, and how many preferences there are of each origin.
//!
//! Invariant: nothing is decided here. Which preference goes first is decided by the ledger.

use crate::engine::preferences::Preferences;
use crate::engine::state::State;
use crate::error::Result;
use crate::learning::tuning::say::CONFLICT_OCCASIONS_MIN;
use crate::learning::{Entry, Inferred, Learner, is_said};
use crate::types::{Direction, Origin, Preference, PreferenceId, Timestamp};

/// Two preferences of which only the first is applied where both hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The preference that goes first. The person stated, pinned or corrected it.
    pub first: PreferenceId,
    /// The preference that gives way. If it is what the person does, it need not be listed: see
    /// [`Preferences::get`](crate::Preferences::get).
    pub second: PreferenceId,
    /// Why they are a conflict.
    pub reason: ConflictReason,
}

/// Why two preferences are a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConflictReason {
    /// The person said both, and they contradict each other. The one of the narrower scope goes first, then the newer.
    Said,
    /// The person said the first, but since then mostly did the opposite.
    Observed {
        /// Number of occasions since it was said on which they did the opposite.
        against: u32,
        /// Number of occasions since it was said on which they did either.
        occasions: u32,
    },
}

/// Numbers of listed preferences. Each is counted once: as switched off, else as pinned, else by its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PreferenceCounts {
    /// Stated by the person.
    pub stated: usize,
    /// Pinned by the person, whatever the origin.
    pub pinned: usize,
    /// Learned, then corrected by the person.
    pub corrected: usize,
    /// Learned from what the person did.
    pub learned: usize,
    /// Inferred by the host's model.
    pub inferred: usize,
    /// Switched off by the person, whatever the origin.
    pub switched_off: usize,
}

impl Preferences<'_> {
    /// The conflicts among what the person stated, pinned and corrected, and between that and what they do; strongest
    /// authority first. Sentences are only held against each other as far as they are certainly understood: the
    /// engine's own sentences and their negations, a sentence with and without a "not", greetings and sign-offs, and
    /// numbers of words. What the person does counts from the time of the statement or pin on, from three occasions.
    ///
    /// # Errors
    /// `Closed`, `Poisoned`.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// let preferences = engine.preferences();
    /// let everywhere = preferences.add("uses emoji", &Scope::person())?;
    /// let in_mail = preferences.add("never uses emoji", &Scope::app("mail"))?;
    /// let conflicts = preferences.conflicts()?;
    /// assert_eq!((conflicts[0].first, conflicts[0].second), (in_mail, everywhere));
    /// # Ok(())
    /// # }
    /// ```
    pub fn conflicts(&self) -> Result<Vec<Conflict>> {
        let inner = &*self.engine.inner;
        let now = inner.clock.now();
        Ok(inner.state()?.conflicts(now))
    }

    /// How many preferences of each origin [`list`](Self::list) shows.
    ///
    /// # Errors
    /// `Closed`, `Poisoned`.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// engine.preferences().add("signs with Sam", &Scope::app("mail"))?;
    /// assert_eq!(engine.preferences().counts()?.stated, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn counts(&self) -> Result<PreferenceCounts> {
        let mut counts = PreferenceCounts::default();
        for preference in self.list()? {
            let count = match preference.origin {
                _ if !preference.active => &mut counts.switched_off,
                _ if preference.pinned => &mut counts.pinned,
                Origin::Stated => &mut counts.stated,
                Origin::Corrected => &mut counts.corrected,
                Origin::Learned => &mut counts.learned,
                Origin::Inferred => &mut counts.inferred,
            };
            *count += 1;
        }
        Ok(counts)
    }
}

impl State {
    fn conflicts(&self, now: Timestamp) -> Vec<Conflict> {
        let listed = self.list(now);
        let said = self.ledger.contradictions(&listed);
        let said =
            said.into_iter().map(|(first, second)| Conflict { first, second, reason: ConflictReason::Said });
        let own = listed.iter().filter(|preference| preference.active && is_said(preference));
        said.chain(own.filter_map(|preference| self.done_against(preference, now))).collect()
    }

    /// The conflict of what the person said with what they did since.
    fn done_against(&self, preference: &Preference, now: Timestamp) -> Option<Conflict> {
        let since = match self.ledger.get(preference.id)? {
            Entry::Stated(words) | Entry::Inferred(Inferred { words, .. }) => words.at,
            Entry::Override(over) => over.at,
        };
        let wanted = preference.applied()?;
        let mut unwanted = wanted;
        unwanted.direction = -wanted.direction;
        let explained = Learner::id_of(&preference.scope, wanted);
        let (mut against, mut occasions) = (0, 0);
        for part in self.learner.explain(explained, now)?.contributions {
            let later = self.catalogue.get(part.record).is_some_and(|item| item.at > since);
            if later && part.change != 0.0 {
                occasions += 1;
                let more = preference.key.as_ref()?.direction == Direction::More;
                against += u32::from((part.change > 0.0) != more);
            }
        }
        let second = Learner::id_of(&preference.scope, unwanted);
        (occasions >= CONFLICT_OCCASIONS_MIN && 2 * against > occasions).then_some(Conflict {
            first: preference.id,
            second,
            reason: ConflictReason::Observed { against, occasions },
        })
    }
}
