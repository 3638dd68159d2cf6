//! Personalization: the preferences, examples and prompt for a new context.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::document::own_part;
use crate::engine::state::{State, final_text};
use crate::engine::tuning::personalize;
use crate::engine::{Engine, Inner, Timing};
use crate::error::{Error, InputError, Result, StoreError};
use crate::learning::tuning::gate::NEED_UNKNOWN;
use crate::learning::{Decision, Gate, GateInput, Outcome, is_said, need};
use crate::prompting::{Example, PromptFragment, PromptRequest, Shown, render_prompt};
use crate::search::{Filter, Found};
use crate::store::Table;
use crate::types::RecordKind;
use crate::types::{AppliedPreference, Record, Signal};
use crate::types::{Preference, PreferenceId};
use crate::types::{RecordId, Scope};

/// Counts tokens as the host's model does.
#[derive(Clone)]
struct TokenCounter(Arc<dyn Fn(&str) -> usize + Send + Sync>);

impl fmt::Debug for TokenCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenCounter")
    }
}

/// A context to personalize for.
///
/// # Examples
/// ```
/// # use idiolect::*;
/// # fn main() -> Result<()> {
/// # let temporary = tempfile::tempdir().expect("a temporary folder");
/// # let folder = temporary.path().join("store");
/// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
/// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
/// let request = Request::new("Asks whether Friday suits")
///     .scope(Scope::app("mail").task("reply"))
///     .k(12)
///     .examples(2)
///     .token_budget(300)
///     .count_tokens(|text| text.split_whitespace().count());
/// let shown = engine.personalize(&request)?;
/// assert!(shown.prompt_tokens <= 300);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Request {
    context: String,
    scope: Scope,
    k: usize,
    token_budget: usize,
    counter: Option<TokenCounter>,
    examples: usize,
    vector: Option<Vec<f32>>,
}

crate::types::debug_without_text!(Request, "Request", shown: [scope, k, token_budget, counter, examples], hidden: [context, vector]);

impl Request {
    /// A request for a context: what is to be written, or what it answers.
    pub fn new(context: impl Into<String>) -> Self {
        Self {
            context: context.into(),
            scope: Scope::person(),
            k: 8,
            token_budget: 300,
            counter: None,
            examples: 1,
            vector: None,
        }
    }

    /// The scope of the text to be written; the whole person by default.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// How many of the nearest contexts are consulted; 8 by default.
    pub fn k(mut self, k: usize) -> Self {
        self.k = k;
        self
    }

    /// Maximum number of tokens in the prompt; 300 by default. Without [`count_tokens`](Self::count_tokens) tokens
    /// are estimated: four ASCII characters count as one, any other character counts as one.
    pub fn token_budget(mut self, tokens: usize) -> Self {
        self.token_budget = tokens;
        self
    }

    /// Sets a function that counts the tokens of a text as the host's model does. It is called with the prompt so far
    /// plus the piece that may be added next, at most 200 times per personalization. No lock is held during the call,
    /// so that it may call the engine.
    pub fn count_tokens(mut self, count: impl Fn(&str) -> usize + Send + Sync + 'static) -> Self {
        self.counter = Some(TokenCounter(Arc::new(count)));
        self
    }

    /// Maximum number of examples; 1 by default. There are fewer if fewer texts add something. An example is the
    /// person's own part of a text that they wrote, accepted, chose or liked, for a context with a cosine of at least
    /// 0.3, and that agrees with the preferences that hold here more than it contradicts them. Skipped are drafts
    /// that were made without preferences and left nearly unchanged, since they show how the assistant writes; texts
    /// of a few words; and texts nearly the same as another example. If none of these texts is near enough, texts of
    /// the history are considered, by the cosine of the text itself. There are no examples if the gate holds back
    /// what was learned or the token budget is too small.
    pub fn examples(mut self, examples: usize) -> Self {
        self.examples = examples;
        self
    }

    /// The vector of the context, from the caller's own encoder.
    pub fn vector(mut self, vector: Vec<f32>) -> Self {
        self.vector = Some(vector);
        self
    }
}

/// The result of a personalization.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Personalization {
    /// The preferences that hold here, in order of authority and strength, without those that are switched off.
    pub preferences: Vec<Preference>,
    /// Whether applying them is worthwhile; if not, `prompt` is empty. If only what the person pinned, stated or
    /// corrected is to be applied, `prompt` holds only that.
    pub gate: Gate,
    /// The predicted benefit of applying them, 0 to 1; also set if the gate abstains.
    pub benefit: f32,
    /// The prompt fragment.
    pub prompt: String,
    /// Its number of tokens, from the request's counter or estimated.
    pub prompt_tokens: usize,
    /// The preferences in the fragment.
    pub prompt_preferences: Vec<PreferenceId>,
    /// The examples in the fragment.
    pub examples: Vec<Example>,
    /// The contexts consulted, nearest first.
    pub neighbours: Vec<Found>,
    /// Whether the context was longer than the encoder reads.
    pub truncated: bool,
    /// How long the parts of the call took.
    pub timing: Timing,
}

crate::types::debug_without_text!(Personalization, "Personalization", shown: [preferences, gate, benefit, prompt_tokens, prompt_preferences, examples, neighbours, truncated, timing], hidden: [prompt]);

impl Personalization {
    /// To be passed with the observation of a draft made with this prompt, see
    /// [`Observation::drafted_with`](crate::Observation::drafted_with). Empty if the prompt is.
    pub fn applied(&self) -> Vec<AppliedPreference> {
        let used = |preference: &&Preference| self.prompt_preferences.contains(&preference.id);
        self.preferences.iter().filter(used).filter_map(Preference::applied).collect()
    }
}

/// What holds for a context, before it is put into words.
pub(super) struct Situation {
    /// In order of authority and strength, including those that are switched off.
    pub(super) preferences: Vec<Preference>,
    pub(super) neighbours: Vec<Found>,
}

/// Maximum length of a text considered as an example, in bytes; longer ones would only be cut.
const EXAMPLE_BYTES_MAX: usize = 16 << 10;

impl Situation {
    /// The neighbours that are near enough to apply to the context, nearest first.
    pub(super) fn close(&self) -> impl Iterator<Item = RecordId> {
        close(&self.neighbours)
    }
}

fn close(neighbours: &[Found]) -> impl Iterator<Item = RecordId> {
    neighbours.iter().take_while(|found| found.similarity >= personalize::NEAR).map(|found| found.id)
}

impl Engine {
    /// Returns the preferences, examples and prompt fragment for a context.
    ///
    /// # Errors
    /// Input errors name the text or number.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// let shown = engine.personalize(&Request::new("Asks whether Friday suits"))?;
    /// assert!(shown.prompt.is_empty(), "nothing is known of the person yet");
    /// # Ok(())
    /// # }
    /// ```
    pub fn personalize(&self, request: &Request) -> Result<Personalization> {
        let start = Instant::now();
        let inner = &*self.inner;
        drop(inner.store()?);
        request.scope.validate()?;
        inner.check_filled("context", &request.context)?;
        inner.check_k(request.k)?;
        let embedded = inner.embed("context", &request.context, request.vector.as_deref())?;

        let (situation, decision, exemplary) = {
            let state = inner.state()?;
            let situation =
                inner.situation(&state, &request.scope, &request.context, &embedded.vector, request.k)?;
            let decision = state.decide(&situation, &request.scope);
            let shows = decision.learned.applies() && request.examples > 0;
            let mut exemplary = if shows { state.exemplary(&situation) } else { Vec::new() };
            if shows && exemplary.is_empty() {
                exemplary = state.own_examples(&situation, &request.scope, &embedded.vector)?;
            }
            (situation, decision, exemplary)
        };
        let Decision { gate, learned, benefit } = decision;
        if inner.host_model {
            inner.ask_about(&situation);
        }
        let reading = Instant::now();
        let examples = inner.examples(&exemplary, request.examples)?;
        let read = reading.elapsed();
        let mut preferences = situation.preferences;
        preferences.retain(|preference| preference.active);
        let fragment = if gate.applies() {
            let said: Vec<Preference>;
            let applied = if learned.applies() {
                &preferences
            } else {
                said = preferences.iter().filter(|preference| is_said(preference)).cloned().collect();
                &said
            };
            render_prompt(&PromptRequest {
                preferences: applied,
                examples: &examples,
                locale: request.scope.locale.as_deref(),
                budget: request.token_budget,
                count_tokens: match &request.counter {
                    Some(TokenCounter(count)) => &**count,
                    None => &estimate_tokens,
                },
            })
        } else {
            PromptFragment::default()
        };
        Ok(Personalization {
            preferences,
            gate,
            benefit,
            prompt: fragment.text,
            prompt_tokens: fragment.tokens,
            prompt_preferences: fragment.preferences,
            examples: examples
                .into_iter()
                .filter(|example| fragment.examples.contains(&example.record))
                .collect(),
            neighbours: situation.neighbours,
            truncated: embedded.truncated,
            timing: Timing { embed: embedded.took, store: read, total: start.elapsed() },
        })
    }

    /// The text of a record as the person left it: an edit's final text; the text accepted, chosen, rejected or
    /// rated; the history item.
    ///
    /// # Errors
    /// `NotFound`.
    ///
    /// # Examples
    /// ```
    /// # use idiolect::*;
    /// # fn main() -> Result<()> {
    /// # let temporary = tempfile::tempdir().expect("a temporary folder");
    /// # let folder = temporary.path().join("store");
    /// # let model = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/all-MiniLM-L6-v2.idm");
    /// # let engine = Engine::builder(folder).encoder(NativeEmbedder::open(model)?).open()?;
    /// let id = engine.add_history(HistoryItem::new("The ferry leaves at nine."))?;
    /// assert_eq!(engine.record_text(id)?, "The ferry leaves at nine.");
    /// # Ok(())
    /// # }
    /// ```
    pub fn record_text(&self, id: RecordId) -> Result<String> {
        self.inner.record(id).map(|record| final_text(&record).to_owned())
    }
}

impl Inner {
    pub(super) fn record(&self, id: RecordId) -> Result<Record> {
        let found = self.store()?.get(Table::Records, id.0)?;
        Ok(found.ok_or(InputError::NotFound { what: "record", id: id.0 })?)
    }

    pub(super) fn situation(
        &self,
        state: &State,
        scope: &Scope,
        context: &str,
        vector: &[f32],
        k: usize,
    ) -> Result<Situation> {
        let mut neighbours = state.catalogue.nearest(
            vector,
            personalize::CANDIDATES.max(k),
            &state.neighbour_filter(scope),
        )?;
        let near = state.alike(context, scope.locale.as_deref(), &neighbours);
        neighbours.truncate(k);
        let learned = state.learner.pool(&near.query(scope, self.clock.now()));
        let inferred = state.inferred_for(&close(&neighbours).collect::<Vec<_>>());
        let preferences = state.ledger.compose(Some(scope), learned, &inferred);
        Ok(Situation { preferences, neighbours })
    }

    /// The first `count` texts that add something, reduced to the person's own part.
    fn examples(&self, exemplary: &[Found], count: usize) -> Result<Vec<Example>> {
        let (mut examples, mut shown) = (Vec::new(), Shown::default());
        for found in exemplary {
            if examples.len() == count {
                break;
            }
            let record = match self.record(found.id) {
                Ok(record) => record,
                // Forgotten since the neighbours were looked up, or damaged.
                Err(Error::Input(InputError::NotFound { .. }) | Error::Store(StoreError::Damaged { .. })) => {
                    continue;
                }
                Err(error) => return Err(error),
            };
            if matches!(&record.signal, Signal::Rating { rating, .. } if *rating < personalize::LIKED) {
                continue;
            }
            let own = own_part(final_text(&record)).filter(|text| text.len() <= EXAMPLE_BYTES_MAX);
            if let Some(text) = own.filter(|text| shown.add(text)) {
                examples.push(Example {
                    record: found.id,
                    text: text.into_owned(),
                    similarity: found.similarity,
                    context: record.context,
                });
            }
        }
        Ok(examples)
    }
}

impl State {
    pub(super) fn decide(&self, situation: &Situation, scope: &Scope) -> Decision {
        let Situation { preferences, neighbours } = situation;
        let outcome = |found: &Found| Some((found.similarity, *self.outcomes.get(&found.id)?));
        let near: Vec<(f32, Outcome)> = neighbours.iter().filter_map(outcome).collect();
        // If there is nothing to apply, the need for preferences in other contexts is no reason to apply them.
        let known = preferences.iter().any(|preference| preference.active);
        let usual = self.usual_need(scope).min(if known { 1.0 } else { NEED_UNKNOWN });
        // The person's own texts make a place familiar if they tell anything.
        let own_texts = |scope: &Scope| if known { self.learner.own_texts(scope) } else { 0 };
        Gate::decide(&GateInput {
            preferences,
            nearest: neighbours.first().map(|found| found.similarity),
            occasions_in_scope: self.occasions(scope) + own_texts(scope),
            occasions: self.occasions(&Scope::person()) + own_texts(&Scope::person()),
            need: need(&near, usual),
        })
    }

    /// The near neighbours whose texts may be shown as examples, best first. Of texts about equally near, the one
    /// with most of the person's own writing comes first; texts that contradict the preferences that hold here are
    /// left out.
    fn exemplary(&self, situation: &Situation) -> Vec<Found> {
        let close: Vec<RecordId> = situation.close().collect();
        let agreements = self.learner.agreement(&close, &situation.preferences);
        let mut found: Vec<(f32, Found)> = situation
            .neighbours
            .iter()
            .zip(agreements)
            .filter(|(_, agreement)| *agreement >= 0.0)
            .filter_map(|(found, _)| {
                Some((found.similarity + personalize::OWN_HAND * self.own_hand(found.id)?, *found))
            })
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.into_iter().map(|(_, found)| found).collect()
    }

    /// The texts of the history that may be shown as examples, the nearest to the context first: of the narrowest scope
    /// with any, without those that contradict the preferences that hold here.
    fn own_examples(&self, situation: &Situation, scope: &Scope, vector: &[f32]) -> Result<Vec<Found>> {
        let chain = scope.chain();
        let Some(within) = chain.into_iter().find(|wider| self.learner.own_texts(wider) > 0) else {
            return Ok(Vec::new());
        };
        let filter = Filter {
            scope: Some(within).filter(|scope| !scope.is_person()),
            kinds: Some(vec![RecordKind::History]),
            ..Filter::default()
        };
        let found = self.catalogue.nearest(vector, personalize::CANDIDATES, &filter)?;
        let close: Vec<RecordId> = close(&found).collect();
        let agreements = self.learner.agreement(&close, &situation.preferences);
        let kept = found.into_iter().zip(agreements).filter(|(_, agreement)| *agreement >= 0.0);
        Ok(kept.map(|(found, _)| found).collect())
    }

    /// The share of a record's text that the person wrote themselves, 0 to 1; `None` if it shows nothing about how
    /// they write.
    fn own_hand(&self, id: RecordId) -> Option<f32> {
        let outcome = self.outcomes.get(&id);
        let plain = outcome.is_some_and(|outcome| !outcome.applied);
        let changed = match self.catalogue.get(id)?.kind {
            RecordKind::Edit => outcome.map_or(1.0, |outcome| outcome.changed),
            RecordKind::Accept | RecordKind::Choice | RecordKind::Rating => 0.0,
            RecordKind::Reject | RecordKind::History => return None,
        };
        (!plain || changed >= personalize::CHANGED_MIN).then_some(changed)
    }
}

/// Estimates the number of tokens of a text: a token is a few letters of English, but about one letter of most other
/// scripts.
fn estimate_tokens(text: &str) -> usize {
    // Every non-ASCII character starts with exactly one byte above all continuation bytes.
    count(text, |byte| byte.is_ascii()).div_ceil(personalize::LETTERS_PER_TOKEN)
        + count(text, |byte| byte >= 0xc0)
}

/// The number of bytes that satisfy `is`. Counted in `u8` sums as far as they reach, which vectorizes well.
fn count(text: &str, is: impl Fn(u8) -> bool) -> usize {
    let parts = text.as_bytes().chunks(usize::from(u8::MAX));
    parts.map(|part| usize::from(part.iter().map(|byte| u8::from(is(*byte))).sum::<u8>())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_not_underestimated_in_other_scripts() {
        assert_eq!((estimate_tokens(""), estimate_tokens("hello"), estimate_tokens("hello, you")), (0, 2, 3));
        assert_eq!((estimate_tokens("\u{660e}\u{5929}\u{89c1}"), estimate_tokens("caf\u{e9}")), (3, 2));
    }
}
