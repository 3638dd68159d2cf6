//! The numbers of this room that were chosen because what is told of an edit is better with them.
//!
//! Invariant: a leaf, which imports nothing; what is a limit on work, a unit or a format stands where it is used.
//!
//! Each number says what it does, what it was `Chosen on`, and by which bench and figures it is measured again:
//! `.ci/sweep edit cut::WORDS_SHARE 0.1 0.2 0.3 -- quality direction` builds and runs the bench `quality` with the
//! task `direction` for each value and prints the figures side by side; what stands after `Sweep:` goes after the
//! `--`. Where nobody recorded a sweep it says `Not swept`, and why the number is what it is, as far as that is known.
//! The definitions of `quality direction` were settled together with these rules, on the same edits; its figures
//! `_other` are of revisions of papers, by which nothing was chosen.

/// Sentences that were dropped as a whole.
pub(crate) mod cut {
    /// Share of a draft's words from which on dropping whole sentences is cutting the text.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_right_least`).
    pub(crate) const WORDS_SHARE: f32 = 0.2;
    /// A sentence is dropped of whose words so many parts are gone of so many.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_right_least`).
    pub(crate) const GONE: [usize; 2] = [2, 3];
    /// And in place of so many of the words that are gone at most one was put.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_right_least`).
    pub(crate) const GONE_FOR_ONE_PUT: usize = 3;
}

/// Sentences that were rewritten.
pub(crate) mod rewritten {
    /// Least share of a sentence's words that is kept where the sentence says the same in another way; of a sentence
    /// with less, words went or came along with its content.
    /// Chosen on: `quality attributes`, `quality direction` and reading `quality streams`: with 1/2 simplified single
    /// sentences are taken for other content (`direction_right` .914 for .940).
    /// Sweep: `quality attributes direction` (`attribute_coarse_recall`, `direction_right`, `content_only_silent_other`).
    pub(crate) const KEPT_SHARE_MIN: f32 = 0.34;
}

/// Which changes are of content; counts are of words on one side of a change, where nothing else is said.
pub(crate) mod content {
    /// Most words that come or go as content where one of them is a fact.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`content_only_silent`, `direction_right`).
    pub(crate) const ONE_SIDED_WORDS: usize = 12;
    /// Letters by which two words may differ in length and be other content rather than another wording.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`content_only_silent`, `direction_right`).
    pub(crate) const LETTERS_APART: usize = 3;
    /// Most words of a side that is facts and function words alone.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`content_only_silent`, `direction_right`).
    pub(crate) const PLAIN_WORDS: usize = 8;
    /// By how many words the sides may differ where both hold facts and one is plain.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`content_only_silent`, `direction_right`).
    pub(crate) const PLAIN_WORDS_APART: usize = 2;
    /// Most words of either side where both hold facts and neither is plain.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`content_only_silent`, `direction_right`).
    pub(crate) const FACT_WORDS: usize = 4;
    /// Most words that are put in the place of as many others, without a fact.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`content_only_silent`, `direction_right`).
    pub(crate) const REPLACED_WORDS: usize = 3;
}

/// Which words are forms or misspellings of each other.
pub(crate) mod form {
    /// Letters that two forms of a word begin with, at least.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `content_only_silent`).
    pub(crate) const STEM_LETTERS: usize = 4;
    /// Letters of their endings, at most.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `content_only_silent`).
    pub(crate) const ENDING_LETTERS: usize = 4;
    /// Letters of a word, at least, to tell a misspelling of it.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `content_only_silent`).
    pub(crate) const WORD_LETTERS: usize = 3;
    /// Letters of a word for one that is wrong.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `content_only_silent`).
    pub(crate) const LETTERS_PER_SLIP: usize = 3;
    /// Most wrong letters of a word.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `content_only_silent`).
    pub(crate) const SLIPS_MAX: usize = 3;
}

/// When an edit is for putting language right.
pub(crate) mod correction {
    /// Share of the changed words, facts aside, that must be corrections where a word was misspelt.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_right_least`).
    pub(crate) const SHARE_MISSPELT: f32 = 0.15;
    /// The same where none was and several places were put right.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_right_least`).
    pub(crate) const SHARE_OF_SEVERAL: f32 = 0.3;
    /// The same where one place was.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_right_least`).
    pub(crate) const SHARE_OF_ONE: f32 = 0.45;
    /// Most words that are corrected one by one in one place.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_right_least`).
    pub(crate) const WORDS_MAX: usize = 3;
    /// Nats by which words must be worse spelt than before for the edit to have put in slips: more than one word says.
    /// Not swept; above the most that one word says, `language::tuning::spelling::WORD_MAX`.
    /// Sweep: `quality direction` (`direction_right`, `undirected_silent`).
    pub(crate) const WORSE: f32 = 6.0;
}

/// Which words and phrases an edit moved.
pub(crate) mod phrase {
    /// Words of a change, on either side at most, of which it is told whether they got shorter or longer.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction` (`direction_right`, `direction_right_made`).
    pub(crate) const SWAPPED_LENGTH_WORDS: usize = 4;
    /// Most words of a phrase, as struck out; phrases that were applied are looked for up to this length, too.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction writers` (`direction_right`, `writers_stated_right`).
    pub(crate) const STRUCK_WORDS: usize = 4;
    /// Most words that were replaced among which single words of style count as struck out.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction writers` (`direction_right`, `writers_stated_right`).
    pub(crate) const STRUCK_AMONG_WORDS: usize = 12;
    /// Most words of a phrase that was brought in.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction writers` (`undirected_silent`, `writers_stated_right`).
    pub(crate) const ADDED_WORDS: usize = 3;
    /// Most words of either side of a swap.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction writers` (`direction_right`, `writers_stated_right`).
    pub(crate) const SWAP_WORDS: usize = 2;
    /// Most words of style that are noted as kept, of one edit.
    /// Not swept; no sweep is recorded.
    /// Sweep: `quality direction writers` (`undirected_silent`, `writers_stated_right`).
    pub(crate) const KEPT_MAX: usize = 8;
}

/// Which changes are shown as what a preference rests on.
pub(crate) mod bearing {
    /// Of the changes that move a draft one way, those that move it less than this share of the most do so by the way.
    /// Not swept; half.
    /// Sweep: none, no bench reads which changes bear.
    pub(crate) const SHARE: f32 = 0.5;
}
