//! The numbers of this room that were chosen because what is learned and said is better with them.
//!
//! Invariant: a leaf, which imports nothing; what is a limit on work, a unit or a format stands where it is used.
//!
//! Each number says what it does, what it was `Chosen on`, and by which bench and figures it is measured again:
//! `.ci/sweep learning change::CUT 0.6 0.8 1.0 -- quality direction` builds and runs the bench `quality` with the task
//! `direction` for each value and prints the figures side by side; what stands after `Sweep:` goes after the `--`.
//! Where nobody recorded a sweep it says `Not swept`, and why the number is what it is, as far as that is known.
//! `prelude` is the stream of made-up edits by kinds of context; its figures with `_other` are of seeds and people that
//! are printed beside those tuned on. The people and the assistant of that bench have been replaced after most numbers
//! were chosen on it: its figures are others now, and `statement_helps` is new.

/// Signed changes that evidence records, in steps of a feature's natural variation.
pub(crate) mod change {
    /// Largest change, either way, in steps: one odd text does not decide.
    /// Not swept; the clip of styles, too.
    /// Sweep: `quality direction writers` (`direction_right`, `writers_stated_right`).
    pub(crate) const LARGEST: f32 = 3.0;
    /// Changes below so many steps are taken for no change.
    /// Not swept; half a step of natural variation.
    /// Sweep: `quality direction writers` (`direction_right`, `undirected_silent`, `writers_stated_right`).
    pub(crate) const SMALLEST: f32 = 0.5;
    /// Steps that a rate counts at most which moved only because the text got shorter or longer.
    /// Not swept; just below [`super::occasion::CHANGE_MIN`], so that it weighs and is no occasion of a change.
    /// Sweep: `quality direction` (`direction_right`, `direction_stray`).
    pub(crate) const RATE_DRIFT: f32 = 0.45;
    /// Share by which a text's length must change for a rate to drift at all.
    /// Not swept; no reason is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_stray`).
    pub(crate) const RATE_DRIFT_FROM: f32 = 0.2;
    /// Steps of a change of greeting, sign-off, word or phrase.
    /// Not swept; no reason is recorded.
    /// Sweep: `quality direction writers` (`direction_right`, `writers_stated_right`).
    pub(crate) const PHRASE: f32 = 1.5;
    /// Steps of a preference that was applied and not undone, and of one put in doubt.
    /// Not swept; above [`SMALLEST`], and half of a change of phrase: less plain than an act.
    /// Sweep: `prelude` (`cipher_cost_share`, `statement_helps`, `cipher_pref_recall`).
    pub(crate) const CONFIRMED: f32 = 0.75;
    /// Steps by which a length must go against a preference that was applied to count as undoing it.
    /// Not swept; twice [`SMALLEST`], since facts that come and go change a length, too.
    /// Sweep: `prelude` (`cipher_cost_share`, `statement_helps`).
    pub(crate) const UNDONE: f32 = 1.0;
    /// Least agreement, from -1 to 1, of the kept text with an applied preference for that to be confirmed.
    /// Not swept; what does not plainly go against it bears it out.
    /// Sweep: `prelude` (`cipher_cost_share`, `statement_helps`).
    pub(crate) const BORNE_OUT: f32 = -0.5;
    /// Letters, in the mean, by which swapped words must differ to tell of a liking for short or long ones.
    /// Not swept; no reason is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_right_made`).
    pub(crate) const SWAPPED_LETTERS: f32 = 1.0;
    /// Steps of a sentence cut in two, of two joined, and of words swapped for shorter or longer ones.
    /// Not swept; no reason is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_right_made`).
    pub(crate) const CUT: f32 = 0.8;
    /// Share by which texts may differ in length and count as the same words in other sentences.
    /// Not swept; no reason is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_right_made`).
    pub(crate) const CUT_SAME_LENGTH: f32 = 0.12;
}

/// What items of evidence weigh, above 0 to 1: an edit counts more than a choice, a choice more than a rejection, a
/// rejection more than an acceptance: the more the person did, the plainer it is what they want.
pub(crate) mod weight {
    /// A change that the person made: the unit.
    /// Not swept; the others are shares of it.
    /// Sweep: none, the others stand in relation to it.
    pub(crate) const CHANGE: f32 = 1.0;
    /// What an edit left alone.
    /// Not swept; an occasion on which nothing was done says less than an act.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const LEFT_ALONE: f32 = 0.25;
    /// A preference that was applied and is seen in the final.
    /// Not swept; between a change and what was left alone.
    /// Sweep: `prelude` (`cipher_cost_share`, `statement_helps`).
    pub(crate) const CONFIRMED: f32 = 0.6;
    /// A preference that was applied and whose words are not in the final: nothing speaks against it.
    /// Not swept; half of [`CONFIRMED`].
    /// Sweep: `prelude` (`cipher_cost_share`, `statement_helps`).
    pub(crate) const CONFIRMED_UNSEEN: f32 = 0.3;
    /// What the chosen of several candidates has more or less of than the others.
    /// Not swept; below an edit.
    /// Sweep: none, no bench observes choices.
    pub(crate) const CHOICE: f32 = 0.6;
    /// What was applied to a text that was rejected.
    /// Not swept; between a choice and an acceptance, which a test holds. With .5, and [`ACCEPT_CONFIRMS`] at .8, it
    /// was compared on `prelude`, see there.
    /// Sweep: none, no bench observes rejections.
    pub(crate) const REJECT: f32 = 0.33;
    /// What a text shows that was accepted as it was.
    /// Not swept; the least of the four.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const ACCEPT: f32 = 0.2;
    /// Share of what a confirmation counts where the text was taken as it was.
    /// Chosen on: `prelude`, both splits, against .8 (and .5 for [`REJECT`]), with which `cipher_last50_over_oracle`
    /// was a little better on the one and `cipher_cost_share` a little worse on the other; but then an acceptance
    /// confirms more than a choice, which is not wanted.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const ACCEPT_CONFIRMS: f32 = 0.5;
    /// The levels of a text that the person wrote without a draft.
    /// Not swept; many such texts tell a level, a few nothing of a change.
    /// Sweep: none, no bench learns preferences from texts without a draft.
    pub(crate) const LEVEL: f32 = 0.1;
    /// That nothing was corrected in a text that may have had no slips.
    /// Not swept; least of all, for it may have been no occasion.
    /// Sweep: `quality direction` (`direction_right`).
    pub(crate) const NO_SLIPS: f32 = 0.1;
    /// A phrase that was brought in: content brings in phrases, too.
    /// Not swept; below a phrase that was struck out.
    /// Sweep: `quality direction writers` (`undirected_silent`, `writers_stated_right`).
    pub(crate) const PHRASE_ADDED: f32 = 0.7;
}

/// How evidence counts by its age and by what was done.
pub(crate) mod occasion {
    /// So many different words of a kind that came or went make it a matter of the kind.
    /// Not swept; several.
    /// Sweep: `quality attributes direction` (`attribute_precision`, `direction_right`).
    pub(crate) const KIND_WORDS_MIN: u32 = 2;
    /// Days after which evidence counts half.
    /// Not swept; no data at hand spans half a year.
    /// Sweep: none, the benches' edits are of one time.
    pub(crate) const HALF_LIFE_DAYS: i64 = 180;
    /// Least change, in steps, that counts as an occasion of it: a rate moves by less when only the rest of the text
    /// does.
    /// Not swept; as [`super::change::SMALLEST`].
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const CHANGE_MIN: f64 = 0.5;
    /// Texts in which nothing was changed count as so many edits at most against changes: they may be of another kind.
    /// Not swept; on `prelude`, 12 seeds a split, it is within noise whether such texts deny a habit at all.
    /// Sweep: `prelude` (`cipher_cost_share`, `statement_helps`).
    pub(crate) const UNCHANGED_MAX: f64 = 5.0;
    /// Standard deviations about a mean beyond which, to one side, most lie on the other.
    /// Not swept; 69 in a hundred of a normal distribution.
    /// Sweep: `prelude` (`cipher_cost_share`, `statement_helps`).
    pub(crate) const DENIAL_DEVIATIONS: f64 = 0.5;
    /// Weight up to which an unchanged occasion was left alone, and above which what was applied was undone.
    /// Not swept; parts [`super::weight::LEFT_ALONE`] from [`super::weight::CHANGE`].
    /// Sweep: `prelude` (`cipher_cost_share`, `statement_helps`).
    pub(crate) const LEFT_ALONE_MAX: f64 = 0.5;
}

/// What is believed of a feature before a person did anything; the table of priors is fitted by
/// `examples/tools/fit_priors.rs`.
pub(crate) mod prior {
    /// Variance of one change about its mean, in squared steps, where nothing else is known.
    /// Not swept; no reason is recorded.
    /// Sweep: `quality direction writers` (`direction_right`, `writers_stated_right`).
    pub(crate) const SCATTER: f64 = 0.6;
    /// Variance between people of the mean change of a feature of which nothing is known, in squared steps.
    /// Not swept; most people have no habit in most features.
    /// Sweep: `quality direction writers` (`direction_right`, `writers_stated_right`).
    pub(crate) const BETWEEN_PEOPLE: f64 = 0.5;
    /// In how many edits a feature must have changed for them to say as much of it as what is known of any feature.
    /// Not swept; the prior as fitted was compared with none on `prelude` (12 seeds a split) and `quality writers`.
    /// Sweep: none by itself: the table must be fitted anew, `cargo run --release --features internals --example
    /// fit_priors -- <pairs> --habits`.
    #[cfg(any(test, feature = "internals"))]
    pub(crate) const ANY_EDITS: f64 = 100.0;
}

/// When a habit is sure enough to be stated.
pub(crate) mod belief {
    /// The shares of their occasions on which habits that are stated show have a beta distribution with these
    /// parameters, where a habit is an act that is done or not: a mark, a word, a notation, a greeting.
    /// Chosen on: `quality calibration` (writers, streams and attributes together): 0.023 with these and those of
    /// [`SHOWN_OF_AMOUNTS`], 0.104 with `[1.0, 1.0]` for both. In other texts of real people (`quality holds`)
    /// statements about amounts hold less often.
    /// Sweep: `quality calibration holds` (`calibration_error`, `calibration_error_applied`, `holds_edits_10`).
    pub(crate) const SHOWN_OF_ACTS: [f64; 2] = [8.0, 0.5];
    /// Probability that a habit is the person's, and not only what they do to the drafts of one assistant; however
    /// often it was seen.
    /// Chosen on: `quality holds`: of statements at .97 and more one in nine was false of the person's other texts.
    /// Sweep: `quality calibration holds` (`calibration_error`, `holds_edits_30_certain_false`).
    pub(crate) const HOLDS_ELSEWHERE: f64 = 0.96;
    /// The same where a habit is an amount: lengths, shares and rates of words.
    /// Chosen on: as [`SHOWN_OF_ACTS`].
    /// Sweep: `quality calibration holds` (`calibration_error`, `calibration_error_applied`, `holds_edits_10`).
    pub(crate) const SHOWN_OF_AMOUNTS: [f64; 2] = [5.0, 1.0];
    /// How many items the knowledge of [`super::prior::SCATTER`] is worth.
    /// Not swept; no reason is recorded.
    /// Sweep: `quality direction writers` (`direction_right`, `writers_stated_right`).
    pub(crate) const SCATTER_ITEMS: f64 = 3.0;
    /// Least variance between the habits of a situation and of a part of it, in squared steps.
    /// Not swept; no reason is recorded.
    /// Sweep: `prelude` (`statement_helps`, `cipher_pref_recall`).
    pub(crate) const PARTS_VARIANCE_MIN: f64 = 0.05;
    /// Share of the excess scatter that is put down to habits that differ between parts.
    /// Not swept; no reason is recorded.
    /// Sweep: `prelude` (`statement_helps`, `cipher_pref_recall`).
    pub(crate) const EXCESS_SHARE: f64 = 0.5;
    /// Least mean change, in steps, that makes a preference.
    /// Not swept; as [`super::change::SMALLEST`].
    /// Sweep: `quality direction writers` (`direction_right`, `undirected_silent`, `writers_stated_right`).
    pub(crate) const EFFECT_MIN: f64 = 0.5;
    /// Least probability that the direction is right: above the .95 that is promised, since many features are
    /// tried at once.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction writers` (`direction_right`, `undirected_silent`, `writers_stated_right`).
    pub(crate) const CONFIDENCE_MIN: f64 = 0.97;
    /// Least share of the changes that go its way.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction writers` (`direction_right`, `undirected_silent`, `writers_stated_right`).
    pub(crate) const AGREEMENT_MIN: f64 = 0.7;
    /// Largest chance that as many of the changes go one way though neither way is preferred: a sign test beside
    /// the normal distribution, which a few large changes can persuade.
    /// Not swept; lets three of three pass (mid-p .0625), and five of six.
    /// Sweep: `quality direction writers` (`direction_right`, `undirected_silent`, `writers_stated_right`).
    pub(crate) const CHANCE_MAX: f64 = 0.066;
    /// Least number of occasions that support it.
    /// Not swept; one edit may be a whim, two the same whim.
    /// Sweep: `quality direction writers` (`direction_right`, `undirected_silent`, `writers_stated_right`).
    pub(crate) const SUPPORT_MIN: u32 = 3;
    /// Mean change, in steps, from which on the strength of a preference is 1.
    /// Not swept; no reason is recorded.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const FULL_STRENGTH: f64 = 2.0;
}

/// How many of the habits that seem to go one way do so by chance (local false discovery rate).
pub(crate) mod discovery {
    /// Share of features without a direction before any is seen.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const NULL_SHARE: f64 = 0.3;
    /// How many features [`NULL_SHARE`] is worth.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const NULL_FEATURES: f64 = 4.0;
    /// Largest such share.
    /// Not swept; keeps the odds finite.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const NULL_SHARE_MAX: f64 = 0.99;
    /// Fewest changes of a feature that tell of it.
    /// Not swept; no reason is recorded.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const CHANGES_MIN: u32 = 4;
    /// Largest probability that a stated direction is none.
    /// Chosen on: `quality direction`, all of its kinds, by `direction_right`, against .35. There is no part of these
    /// data that was not looked at.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const RATE_MAX: f64 = 0.45;
    /// Where there is a direction, the share of changes that go its way has a Beta(so much, 1) distribution; of 6, .86
    /// in the mean.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const DIRECTED: f64 = 6.0;
}

/// The level that is wanted of a feature, "near 60 words" say.
pub(crate) mod level {
    /// Standard deviation, in steps, up to which levels agree on one.
    /// Not swept; no sweep is recorded.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const SPREAD_MAX: f64 = 0.8;
}

/// Which neighbours tell what holds in a situation, and how much; likenesses are at most 1, see `search::likeness`.
pub(crate) mod neighbour {
    /// A nearest neighbour as alike as this is as likely of another kind.
    /// Chosen on: `prelude` streams of the seeds 100 to 111, others than the bench runs.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const LIKENESS_EVEN: f32 = -0.5;
    /// How much more alike it must be for the odds that it is of the same kind to be e times as large.
    /// Not swept; no sweep is recorded.
    /// Sweep: `prelude` (`cipher_cost_share`, `gate_auc`).
    pub(crate) const LIKENESS_FADE: f32 = 0.1;
    /// A neighbour that is less alike than the nearest by the first is e times less likely of the same kind; by the
    /// second, of a kind that is treated alike.
    /// Chosen on: as [`LIKENESS_EVEN`].
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const KIND_SCALES: [f64; 2] = [0.065, 0.2];
    /// Neighbours that are as alike as this are mostly of the same kind, and being more alike says little more.
    /// Chosen on: as [`LIKENESS_EVEN`].
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const LIKENESS_CLOSE: f32 = -0.3;
    /// Share that counts of what lies above [`LIKENESS_CLOSE`].
    /// Not swept; no sweep is recorded.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const CLOSE_SHARE: f32 = 0.1;
    /// Nearness, 0 to 1, below which a neighbour is left out.
    /// Not swept; what counts less changes nothing to speak of and takes time.
    /// Sweep: `prelude` (`cipher_cost_share`).
    pub(crate) const NEARNESS_MIN: f64 = 0.02;
    /// So many neighbours at most are heard, the most alike.
    /// Not swept; no sweep is recorded.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const HEARD_MAX: usize = 32;
    /// What a neighbour from outside the scope counts beside one within.
    /// Not swept; no bench has scopes within a person.
    /// Sweep: none, for that reason.
    pub(crate) const OUTSIDE: f64 = 0.5;
    /// Occasions that the share of a habit in the wider neighbourhood is worth in the narrow one, and its usual share
    /// in the wider.
    /// Not swept; no sweep is recorded.
    /// Sweep: `prelude` (`statement_helps`, `cipher_pref_recall`).
    pub(crate) const WIDER_OCCASIONS: [f64; 2] = [0.5, 0.5];
    /// Least nearness of changes, summed, for the neighbours to tell the direction.
    /// Not swept; no sweep is recorded.
    /// Sweep: `prelude` (`statement_helps`, `cipher_pref_recall`).
    pub(crate) const TELLING_MIN: f64 = 0.1;
    /// Least share of its occasions on which a habit shows.
    /// Not swept; most of them.
    /// Sweep: `prelude` (`statement_helps`, `cipher_pref_recall`).
    pub(crate) const PREVALENCE_MIN: f64 = 0.5;
    /// The same for corrections: many drafts have no slip to put right.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`).
    pub(crate) const PREVALENCE_OF_CORRECTIONS_MIN: f64 = 0.3;
    /// The same for a sentence brought in, from which on it is a fixed part of the person's texts and accounts for what
    /// comes along with it. One of several that come in turns is no such part: the texts get longer.
    /// Chosen on: `quality direction` and `quality attributes` together.
    /// Sweep: `quality direction attributes` (`direction_right_made`, `attribute_precision`).
    pub(crate) const PREVALENCE_OF_BLOCKS_MIN: f64 = 0.7;
    /// Least share of the neighbours' changes that go its way.
    /// Not swept; as [`super::belief::AGREEMENT_MIN`].
    /// Sweep: `prelude` (`statement_helps`, `cipher_pref_recall`).
    pub(crate) const AGREEMENT_MIN: f64 = 0.7;
    /// Share of its occasions in a scope from which on a habit is one of the whole scope: half is none.
    /// Chosen on: `quality attributes` (`attributes-half.jsonl`, `attributes-combined.jsonl`), .5, .55 and .6: with .5 five
    /// of ten are a habit.
    /// Sweep: `quality attributes` (`attribute_half_silent`, `attribute_combined_recall`).
    pub(crate) const GENERAL_SHARE_MIN: f64 = 0.6;
    /// Share of the occasions in a kind of context on which a habit of that kind shows.
    /// Chosen on: `prelude`, both splits, .6 and .8.
    /// Sweep: `prelude` (`cipher_cost_share`, `statement_helps`).
    pub(crate) const LOCAL_SHARE_MIN: f64 = 0.6;
    /// How much less alike another context must be than the most alike one to count e times less when it is asked whether
    /// alike contexts are treated alike.
    /// Chosen on: `prelude`, both splits, and `quality attributes` (`attributes-half.jsonl`): .06, .1, .2 and .4.
    /// Sweep: `prelude` (`cipher_cost_share`).
    pub(crate) const CLUSTER_SCALE: f64 = 0.2;
    /// Standard deviations by which the contexts in which a habit shows must lie closer together than chance puts them
    /// for the habit to be one of a kind of context.
    /// Chosen on: as [`CLUSTER_SCALE`], 1, 1.3, 1.6, 2 and 2.3: with 1 chance makes more of half a habit.
    /// Sweep: `quality attributes` (`attribute_half_silent`).
    pub(crate) const CLUSTERING_MIN: f64 = 2.0;
}

/// When a person has taken to another way.
pub(crate) mod turn {
    /// So many of the newest occasions without a habit, or with its opposite, after as many with it, are a turn.
    /// Not swept; as many as a habit needs, [`super::belief::SUPPORT_MIN`].
    /// Sweep: `prelude` (`statement_helps`, `cipher_cost_share`): in no stream does a person turn.
    pub(crate) const OCCASIONS_MIN: usize = 3;
    /// Least share of the occasions before a turn on which the habit showed.
    /// Not swept; no data at hand has turns.
    /// Sweep: `prelude` (`statement_helps`, `cipher_cost_share`), likewise.
    pub(crate) const SETTLED_MIN: f64 = 0.8;
    /// Share of the nearest neighbour's nearness from which on another is taken to be of the same kind.
    /// Not swept; half.
    /// Sweep: `prelude` (`statement_helps`, `cipher_cost_share`), likewise.
    pub(crate) const NEARNESS_SHARE: f64 = 0.5;
}

/// Where a habit is stated: in the apps, tasks and audiences in which it was seen, and elsewhere once several agree.
pub(crate) mod scope {
    /// So many parts of a scope in which a habit was seen make it one of the whole scope.
    /// Not swept; several.
    /// Sweep: `quality streams` (`streams_unseen_app`).
    pub(crate) const AGREEING_MIN: usize = 2;
    /// Occasions in a part, at least, for the part to count.
    /// Not swept; one may be chance.
    /// Sweep: `quality streams` (`streams_unseen_app`).
    pub(crate) const OCCASIONS_MIN: u32 = 2;
}

/// How neighbours where the person did the same are heard together.
pub(crate) mod company {
    /// So many of a company are heard, the most alike.
    /// Chosen on: `prelude` streams of the seeds 100 to 111, others than the bench runs.
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const HEARD_MAX: usize = 5;
    /// Share of the company's mean likeness in the likeness of each, 0 to 1.
    /// Chosen on: as [`HEARD_MAX`].
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const MEAN_SHARE: f32 = 0.5;
    /// Habits that went alike for one that did not, at least, for two records to be of one company.
    /// Chosen on: as [`HEARD_MAX`].
    /// Sweep: `prelude` (`cipher_cost_share`, `cipher_last50_over_oracle`).
    pub(crate) const ALIKE_FOR_ONE_APART: u32 = 2;
}

/// Whether what was learned is worth applying.
pub(crate) mod gate {
    /// Confidence from which on a preference counts in full.
    /// Chosen on: `prelude`, both splits, .7 and .8.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const CONFIDENCE_FULL: f32 = 0.7;
    /// Need of preferences, 0 to 1, of drafts of which nothing is known, about which the benefit turns.
    /// Not swept; even odds.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const NEED_UNKNOWN: f32 = 0.5;
    /// As many drafts as what is known of wider scopes is worth.
    /// Not swept; no reason is recorded.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const WIDER_DRAFTS: f64 = 4.0;
    /// What the need usual for the person and the scope counts beside those of similar contexts, of which one that is
    /// as near as can be counts 1.
    /// Chosen on: `prelude`, both splits, against one half: the cost is the same, `gate_auc_other` a little better by
    /// half.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const USUAL_NEED: f64 = 1.0;
    /// Fewer occasions than this say nothing: one edit may be a whim, two may be the same whim.
    /// Not swept; for that reason.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const OCCASIONS_MIN: usize = 3;
    /// With fewer occasions in scope than this, the scope is not known by itself.
    /// Not swept; no bench has scopes within a person.
    /// Sweep: none, for that reason.
    pub(crate) const OCCASIONS_IN_SCOPE_MIN: usize = 2;
    /// Below this cosine two texts have nothing in common for a small sentence encoder.
    /// Not swept; from how the cosines of such an encoder lie.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const COSINE_UNRELATED: f32 = 0.15;
    /// From this cosine on they are about the same.
    /// Not swept; likewise.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const COSINE_SAME: f32 = 0.65;
    /// Occasions in scope that make it half familiar.
    /// Not swept; no reason is recorded.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const OCCASIONS_HALF_FAMILIAR: f32 = 4.0;
    /// Slope of the logit of the benefit in the evidence.
    /// Chosen on: two cases: one clear preference (strength .6 at confidence .95) in a familiar place is worth
    /// applying, one doubtful one (.3 at .7) is not.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const EVIDENCE_SLOPE: f32 = 4.0;
    /// What evidence counts at most in the logit: much that is known of the person elsewhere is no benefit where
    /// nothing is needed.
    /// Chosen on: `prelude` against 2.2, by the cost and by the area, on the split that is reported.
    /// Sweep: `prelude` (`cipher_cost_share`, `gate_auc`).
    pub(crate) const EVIDENCE_MAX: f32 = 4.0;
    /// Slope in the familiarity.
    /// Not swept; below [`COST`].
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const FAMILIARITY_SLOPE: f32 = 1.5;
    /// Slope in the need, about [`NEED_UNKNOWN`].
    /// Not swept; no sweep is recorded.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const NEED_SLOPE: f32 = 8.0;
    /// Need per share of a draft that was changed: one of which half was changed was in full need of preferences.
    /// Not swept; for that reason.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const NEED_PER_CHANGE: f32 = 2.0;
    /// What evidence and familiarity must outweigh in the logit.
    /// Not swept; above the whole of [`FAMILIARITY_SLOPE`], so that familiarity without evidence is never enough.
    /// Sweep: `prelude` (`gate_auc`, `gate_cost_share`).
    pub(crate) const COST: f32 = 2.2;
    /// Least benefit, 0 to 1, that is worth the tokens and the risk.
    /// Not swept; more likely than not.
    /// Sweep: `prelude` (`gate_cost_share`, `cipher_cost_share`).
    pub(crate) const BENEFIT_MIN: f32 = 0.5;
}

/// In which order candidates are put.
pub(crate) mod rank {
    /// A candidate may be off topic whose cosine to the context lies below the best candidate's by more than this.
    ///
    /// Wide on purpose, as [`OFF_TOPIC_SHARE`] is. A short reply to a long context ("Friday works") shares few words
    /// with it and has a low cosine, and brevity may be just what the person wants; only a text that has next to
    /// nothing in common with a context that others meet well is taken for another topic.
    /// Not swept; for that reason.
    /// Sweep: `quality writers rankings` (`writers_final_over_draft`, `rankings_agreement`).
    pub(crate) const OFF_TOPIC_MARGIN: f32 = 0.2;
    /// And by more than this share of the best's.
    /// Not swept; likewise.
    /// Sweep: `quality writers rankings` (`writers_final_over_draft`, `rankings_agreement`).
    pub(crate) const OFF_TOPIC_SHARE: f32 = 2.0 / 3.0;
    /// What a logit of the person's taste counts beside the preferences.
    /// Not swept; less than one: a stated habit is surer than a weight, and the weights of a person of whom little is
    /// known are those of people in general.
    /// Sweep: `quality writers rankings` (`writers_final_over_draft`, `rankings_agreement`).
    pub(crate) const TASTE_SHARE: f64 = 0.2;
    /// Differences from the mean of the candidates count up to so many steps.
    /// Not swept; the clip of styles, too.
    /// Sweep: `quality writers rankings` (`writers_final_over_draft`, `rankings_agreement`).
    pub(crate) const STEPS_MAX: f32 = 3.0;
    /// Candidates of fewer words than this are not passages; the prior was fitted to passages of 100 to 250 words.
    /// Not swept; below the shortest of nearly all of those.
    /// Sweep: `quality writers choices` (`writers_final_over_draft_0`, `choices_first_arguments`).
    pub(crate) const PASSAGE_WORDS: usize = 80;
    /// Passages are versions of one text where they share at least this part of the different words of the shorter.
    /// Not swept; of the edits of `quality writers` 99 of 100 share so much, two arguments about .26 in the median.
    /// Sweep: `quality writers choices` (`writers_final_over_draft_0`, `choices_first_arguments`).
    pub(crate) const VERSIONS_SHARE: f64 = 0.32;
    /// What a preference counts that the person pinned or stated, a learned one counting 1.
    /// Not swept; the order is what is promised: said over corrected over learned over inferred.
    /// Sweep: none, no bench states preferences and ranks.
    pub(crate) const STATED: f64 = 2.0;
    /// The same of one that they corrected.
    /// Not swept; as [`STATED`].
    /// Sweep: none, likewise.
    pub(crate) const CORRECTED: f64 = 1.5;
    /// The same of one that the host's model inferred.
    /// Not swept; as [`STATED`].
    /// Sweep: none, likewise.
    pub(crate) const INFERRED: f64 = 0.5;
}

/// The weights of style that are learned from what was taken and what was not; the prior's means are fitted by
/// `examples/tools/fit_priors.rs`.
pub(crate) mod taste {
    /// Variance between people of an axis's weight, in squared logits a step.
    /// Chosen on: `quality writers` and edits of papers (`edits/arxiv-revisions`): .01 is better by little for writers
    /// like those of the prior, and learns people who differ from it more slowly.
    /// Sweep: `quality writers` (`writers_final_over_draft`).
    pub(crate) const BETWEEN_PEOPLE: f64 = 0.04;
    /// Variance of the weight of an axis for a person of whom nothing is assumed, in squared logits a step.
    /// Not swept; below [`BETWEEN_PEOPLE`], for without a prior most axes tell nothing of a person.
    /// Sweep: `quality choices` (`choices_later_arguments`, `choices_later_politeness`).
    pub(crate) const OWN: f64 = 0.01;
    /// The same of the length, which moves choices more than any other axis.
    /// Not swept; large enough for a liking of long or short texts to be found within 20 choices.
    /// Sweep: `quality choices` (`choices_later_arguments`, `choices_later_politeness`).
    pub(crate) const OWN_LENGTH: f64 = 0.3;
    /// The log of the odds between the prior's model and the person's own stays within this of zero, so that a person
    /// who changes is believed within some choices.
    /// Not swept; for that reason.
    /// Sweep: `quality writers choices` (`writers_final_over_draft_10`, `choices_later_arguments`).
    pub(crate) const ODDS_MAX: f64 = 6.0;
    /// The newest records that are looked at.
    /// Not swept; enough for weights to settle, and few enough to read for each question.
    /// Sweep: none, no person in the benches has more edits.
    pub(crate) const NEWEST: usize = 256;
    /// What a record from outside the scope counts.
    /// Not swept; no bench has scopes within a person.
    /// Sweep: none, for that reason.
    pub(crate) const ELSEWHERE: f64 = 0.25;
    /// The same of one that shares the app.
    /// Not swept; likewise.
    /// Sweep: none, for that reason.
    pub(crate) const SAME_APP: f64 = 0.5;
    /// What an accepted text counts beside an edit: what it is held against was not offered with it.
    /// Not swept; for that reason less than 1, and an acceptance less than a rejection.
    /// Sweep: none, no bench learns a taste from acceptances.
    pub(crate) const ACCEPTED: f32 = 0.3;
    /// The same of a rejected one.
    /// Not swept; likewise.
    /// Sweep: none, likewise for rejections.
    pub(crate) const REJECTED: f32 = 0.5;
    /// The same of a rated one, times its rating.
    /// Not swept; likewise.
    /// Sweep: none, likewise for ratings.
    pub(crate) const RATED: f32 = 0.5;
}

/// Preferences that the host's model inferred.
pub(crate) mod inferred {
    /// Strength, 0 to 1: the words do not say how far the person goes.
    /// Not swept; for that reason in the middle.
    /// Sweep: none, no bench has a host's model.
    pub(crate) const STRENGTH: f32 = 0.5;
}

/// What the person says themselves.
pub(crate) mod say {
    /// A level that a person names, and one that is learned, are of one mind if neither exceeds the other by more than
    /// this factor, in each of two directions.
    /// Not swept; a fourth is what a reader takes for "about".
    /// Sweep: none, no bench has contradicting levels.
    pub(crate) const SAME_LEVEL: f32 = 1.25;

    /// A pinned or stated preference is reported as contradicted after so many occasions since it was said that told of
    /// it, most of them against it.
    /// Not swept; as many as a learned preference needs.
    /// Sweep: none, no bench reports conflicts.
    pub(crate) const CONFLICT_OCCASIONS_MIN: u32 = 3;
}

/// What a person's own texts tell of them, as against people in general.
pub(crate) mod own_texts {
    /// Texts, at least, in which the person had the choice.
    /// Not swept; fewer differ from people in general by chance.
    /// Sweep: `quality history` (`history_true`, `history_statements_median`).
    pub(crate) const TEXTS_MIN: u32 = 8;
    /// As many texts as what is usual is worth.
    /// Not swept; Laplace's two, doubled since a person's later texts are about other things.
    /// Sweep: `quality history` (`history_true`, `history_overconfidence`).
    pub(crate) const USUAL_TEXTS: f64 = 4.0;
    /// Least probability that the next text goes the same way.
    /// Not swept; more than two of three.
    /// Sweep: `quality history` (`history_true`, `history_statements_median`).
    pub(crate) const SHARE_MIN: f64 = 0.7;
    /// By how much that must lie above what is usual, so that nothing is said that is so of nearly everybody.
    /// Not swept; no reason is recorded.
    /// Sweep: `quality history` (`history_true`, `history_statements_median`).
    pub(crate) const DIFFERENCE_MIN: f64 = 0.2;
    /// Share of people's texts of that length that have a thing, from which on a person may be said to do without it.
    /// Not swept; of what fewer have, nobody is told that they have none.
    /// Sweep: `quality history` (`history_true`, `history_statements_median`).
    pub(crate) const MISSED_MIN: f64 = 0.25;
    /// The difference from what is usual from which on the strength of a habit is 1.
    /// Not swept; half of what there can be.
    /// Sweep: none; `prelude` has no history.
    pub(crate) const DIFFERENCE_FULL: f64 = 0.5;
    /// By how many standard errors the texts must differ from what is usual: many features are looked at.
    /// Not swept; a chance of one in a hundred for each.
    /// Sweep: `quality history` (`history_true`, `history_statements_median`).
    pub(crate) const CLEAR: f64 = 2.5;
    /// The share of texts by whomever that have one certain greeting or sign-off.
    /// Not swept; few do.
    /// Sweep: `quality history` (`history_true`).
    pub(crate) const USUAL_PHRASE: f64 = 0.1;
}
