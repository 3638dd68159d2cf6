//! What is learned of a person: evidence from what they did, preferences pooled from it, what they said themselves, the
//! gate, and the taste by which candidates are ranked.
//!
//! Invariant: everything here is a deterministic function of the records, the entries and the clock that are passed in;
//! nothing here reads the disk. Storing and embedding are left to `engine`.

mod evidence;
mod gate;
mod induce;
mod kept;
mod learner;
mod ledger;
mod ranking;
pub(crate) mod tuning;

pub use evidence::{Evidence, EvidenceItem, Inducer};
pub(crate) use gate::is_said;
pub use gate::{AbstainReason, Decision, Gate, GateInput, Outcome, Outcomes, need};
pub use induce::FeatureInducer;
#[cfg(any(test, feature = "internals"))]
pub use induce::comparisons;
pub(crate) use induce::judged;
pub use kept::Kept;
#[cfg(feature = "internals")]
pub use learner::fit_habits;
pub use learner::{Contribution, Explanation, Learner, PoolQuery, Suppression};
#[cfg(feature = "internals")]
pub use ledger::Said;
pub use ledger::{Check, Entry, Inferred, Ledger, Override, Stated};
pub(crate) use ranking::rank_documents;
pub use ranking::{Comparison, Comparisons, Meaning, RankReason, Ranked, TASTE, Taste};
#[cfg(feature = "internals")]
pub use ranking::{Weights, rank_candidates};
