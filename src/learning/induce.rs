//! The built-in inducer: compares the features of draft and final. Needs no language model.
//!
//! Invariant: a change is recorded only where the texts offered the choice, and only if it is larger than what an
//! edit of something else causes. What was left alone counts slightly against a change.
//!
//! A rejection does not say which part of a text was disliked. The drafts of one assistant also tend to the same side
//! of a feature, whether they are accepted or not. A rejection therefore counts against the preferences that were
//! applied, and is no evidence about other features. The taste in `ranking` learns how rejected texts differ from
//! accepted ones.

use std::collections::BTreeMap;

use crate::document::Document;
#[cfg(any(test, feature = "internals"))]
use crate::document::OwnPart;
use crate::edit::{Accounts, Alignment, Moved};
use crate::hash::{StableHash, subject_hash};
use crate::language::Kinds;
use crate::learning::induce::drafts::{Drafts, Levels, accounts, change};
use crate::learning::tuning::{change, weight};
use crate::learning::{Comparison, Comparisons, Evidence, EvidenceItem, Inducer, Kept};
use crate::signals::Style;
use crate::signals::features::{FEATURES, Feature, Measured, Reach, Shape, id};
use crate::types::{Record, Signal};

/// The built-in inducer: compares the features of draft and final. Needs no language model.
#[derive(Debug, Clone, Copy, Default)]
pub struct FeatureInducer;

/// Most words and phrases taken from one edit.
const MOST_MOVED: usize = 24;
/// Most candidates that a chosen one is compared with.
const MOST_OTHERS: usize = 16;

impl Inducer for FeatureInducer {
    fn version(&self) -> u32 {
        4
    }

    #[cfg(any(test, feature = "internals"))]
    fn induce(&self, record: &Record) -> Evidence {
        with_texts(record, |texts| self.induce_and_compare(record, texts)).0
    }
}

/// The texts of a record that evidence is derived from: draft and final of an edit, and for a choice the chosen text
/// followed by the others. Of messages only the writer's own part is used.
pub(crate) fn judged(signal: &Signal) -> Vec<&str> {
    match signal {
        Signal::Edit { draft, edited } => vec![draft, edited],
        Signal::Accept { text }
        | Signal::Reject { text }
        | Signal::Rating { text, .. }
        | Signal::History { text }
        | Signal::Keyed { text, .. } => vec![text],
        Signal::Choice { candidates, chosen } => {
            let chosen = *chosen as usize;
            let others = candidates.iter().enumerate().filter(|(at, _)| *at != chosen);
            let others = others.take(MOST_OTHERS).map(|(_, text)| text.as_str());
            candidates
                .get(chosen)
                .map_or_else(Vec::new, |text| [text.as_str()].into_iter().chain(others).collect())
        }
    }
}

/// Parses the texts of a record, and calls `f` with them.
#[cfg(any(test, feature = "internals"))]
fn with_texts<T>(record: &Record, f: impl FnOnce(&[&Document<'_>]) -> T) -> T {
    let own: Vec<OwnPart<'_>> = judged(&record.signal).into_iter().map(OwnPart::of).collect();
    let locale = record.scope.locale.as_deref();
    let read: Vec<Document<'_>> = own.iter().map(|own| Document::read(&own.text, locale)).collect();
    f(&read.iter().collect::<Vec<_>>())
}

impl FeatureInducer {
    /// The evidence of a record and the comparisons for the taste, from the documents of its [`judged`] texts.
    pub(crate) fn induce_and_compare(
        self,
        record: &Record,
        texts: &[&Document<'_>],
    ) -> (Evidence, Comparisons) {
        match (&record.signal, texts) {
            (Signal::Edit { .. }, [draft, edited]) => {
                self.induce_edit(record, &Alignment::new(draft, edited))
            }
            _ => Self::of_others(record, texts),
        }
    }

    /// Same as [`induce_and_compare`](Self::induce_and_compare), for an edit whose texts are already aligned.
    #[expect(clippy::unused_self, reason = "beside the trait's")]
    pub(crate) fn induce_edit(
        self,
        record: &Record,
        alignment: &Alignment<'_, '_>,
    ) -> (Evidence, Comparisons) {
        let (draft, edited) = (alignment.draft(), alignment.edited());
        let after = Measured::of(edited);
        let mut items = Items::default();
        if draft.text.trim().is_empty() {
            items.levels(&after, weight::LEFT_ALONE);
            items.language = edited.language.number_of();
            return (items.finish(record), Comparisons::default());
        }
        let before = Measured::of(draft);
        items.edit(alignment, &before, &after);
        items.confirm(&record.applied, Some(draft), &after, 1.0);
        let (lost, won) = (Style::of_document(draft, &before), Style::of_document(edited, &after));
        let pairs = Comparison::of(&won, &lost, record.strength).into_iter().collect();
        (items.finish(record), Comparisons { pairs, ..Comparisons::default() })
    }

    /// Handles all records other than edits.
    fn of_others(record: &Record, texts: &[&Document<'_>]) -> (Evidence, Comparisons) {
        let measure = |document: &&Document<'_>| {
            let measured = Measured::of(document);
            let style = Style::of_document(document, &measured);
            (measured, style)
        };
        let mut items = Items::default();
        let mut compared = Comparisons::default();
        let Some((text, others)) = texts.split_first() else { return (items.finish(record), compared) };
        let (after, style) = measure(text);
        match &record.signal {
            Signal::Accept { .. } => {
                items.left_alone(&after, weight::ACCEPT);
                items.confirm(&record.applied, None, &after, weight::ACCEPT_CONFIRMS);
                compared = Comparisons::accepted(style, record.strength);
            }
            Signal::Reject { .. } => {
                items.doubt(&record.applied, 1.0);
                compared = Comparisons::rejected(style, record.strength);
            }
            Signal::Choice { .. } => {
                let (others, lost): (Vec<Measured>, Vec<Style>) = others.iter().map(measure).unzip();
                items.choice(&others, &after);
                items.confirm(&record.applied, None, &after, weight::CHOICE);
                compared = Comparisons::chosen(&style, &lost, record.strength);
            }
            Signal::Rating { rating, .. } => {
                if *rating > 0.0 {
                    items.left_alone(&after, weight::ACCEPT * rating.min(1.0));
                    items.confirm(&record.applied, None, &after, weight::ACCEPT_CONFIRMS * rating.min(1.0));
                } else {
                    items.doubt(&record.applied, rating.abs().min(1.0));
                }
                compared = Comparisons::rated(style, *rating, record.strength);
            }
            Signal::History { .. } | Signal::Keyed { .. } => {
                items.levels(&after, weight::LEVEL);
                items.language = text.language.number_of();
            }
            Signal::Edit { .. } => {}
        }
        (items.finish(record), compared)
    }
}

/// The comparisons that a record provides for the person's taste, by the style of its texts.
#[cfg(any(test, feature = "internals"))]
pub fn comparisons(record: &Record) -> Comparisons {
    with_texts(record, |texts| FeatureInducer.induce_and_compare(record, texts)).1
}

/// The change of sentence length when the same words are split into more or fewer sentences. It is fixed, since the
/// mean may change little although the intention is clear.
fn cut(before: &Measured, after: &Measured) -> f32 {
    let length = after.words() as f32 / before.words().max(1) as f32;
    match (before.value(id::SENTENCES), after.value(id::SENTENCES)) {
        (Some(had), Some(has)) if had != has && (length - 1.0).abs() <= change::CUT_SAME_LENGTH => {
            if has > had { -change::CUT } else { change::CUT }
        }
        _ => 0.0,
    }
}

/// A bit set of the hashes of the words that came (or went, if not `came`), of lists of some kinds.
fn moved_words(draft: &Document<'_>, edited: &Document<'_>, kinds: Kinds, came: bool) -> u8 {
    let [draft, edited] = [draft, edited].map(|text| text.entries(kinds));
    let [more, less] = if came { [edited, draft] } else { [draft, edited] };
    (0..8).filter(|bit| more[*bit] > less[*bit]).fold(0, |bits, bit| bits | 1 << bit)
}

/// Collects evidence, one item for each feature and subject.
#[derive(Default)]
struct Items {
    by_key: BTreeMap<(u16, u64), EvidenceItem>,
    kept: Kept,
    raw: Raw,
    /// See [`Evidence::language`].
    language: u16,
}

/// What an edit did to a draft as a whole, including changes that are no evidence.
#[derive(Default)]
struct Raw {
    /// Number of words in draft and final, and number of sentences.
    lengths: Option<[(f32, f32); 2]>,
    /// Features that changed only as a consequence of another change.
    by_products: Vec<u16>,
}

impl Raw {
    /// The change of a length in steps, including content that was added or removed, with the values before and
    /// after.
    fn lengthened(&self, feature: &Feature) -> Option<(f32, (f32, f32))> {
        let [words, sentences] = self.lengths?;
        let (before, after) = match feature.id {
            id::WORDS => words,
            id::SENTENCES => sentences,
            _ => return None,
        };
        let steps = (feature.on_axis(after) - feature.on_axis(before)) / feature.scale;
        Some((steps.clamp(-change::LARGEST, change::LARGEST), (before, after)))
    }
}

impl Items {
    fn put(&mut self, feature: u16, subject: &str, change: f32, levels: Levels, weight: f32) {
        self.put_with(feature, subject, [change; 2], levels, weight);
    }

    /// Same as [`put`](Self::put), with the change, and what remains of it without words that may be habits of their
    /// own.
    fn put_with(&mut self, feature: u16, subject: &str, changes: [f32; 2], levels: Levels, weight: f32) {
        self.put_hashed(feature, subject, subject_hash(subject), changes, levels, weight);
    }

    fn put_hashed(
        &mut self,
        feature: u16,
        subject: &str,
        subject_hash: u64,
        [change, left]: [f32; 2],
        (before, after): Levels,
        weight: f32,
    ) {
        let subject = subject.to_owned();
        let words = EvidenceItem::ANY_WORDS;
        let item =
            EvidenceItem { feature, subject, subject_hash, change, left, words, before, after, weight };
        // A record may have several occasions of a key. The one with the largest weighted change counts.
        let kept = self.by_key.entry((feature, subject_hash)).or_insert_with(|| item.clone());
        if item.change.abs() * item.weight > kept.change.abs() * kept.weight {
            *kept = item;
        }
    }

    fn edit(&mut self, alignment: &Alignment<'_, '_>, before: &Measured, after: &Measured) {
        let (draft, edited) = (alignment.draft(), alignment.edited());
        if draft.words == 0 || edited.words == 0 {
            return self.levels(after, weight::LEVEL);
        }
        self.raw.lengths = Some([
            (draft.words as f32, edited.words as f32),
            (draft.sentences.len() as f32, edited.sentences.len() as f32),
        ]);
        self.kept = Kept::between(draft.spoken(), after.spoken());
        let accounted = alignment.accounted(before, after);
        let mut drafts = Drafts { alignment, accounted: &accounted, before, after, measured: Vec::new() };
        for feature in FEATURES.iter().filter(|feature| !feature.has_subject) {
            let kept = !of_the_whole(feature.id);
            let [apart, with_words] = drafts.accounts(feature, kept);
            let changed = drafts.change(feature, apart, kept);
            let Some((change, levels)) = changed else { continue };
            if change == 0.0 {
                self.put(feature.id, "", 0.0, (levels.1, levels.1), weight::LEFT_ALONE);
                continue;
            }
            let left = drafts.change(feature, with_words, kept).map_or(0.0, |(left, _)| left);
            self.put_with(feature.id, "", [change, left], levels, weight::CHANGE);
            if feature.lists != Kinds::NONE
                && let Some(item) = self.by_key.get_mut(&(feature.id, 0))
            {
                item.words = moved_words(draft, edited, feature.lists, change > 0.0);
            }
        }
        let letters = accounts(Reach::Content).map(|set| {
            let letters = alignment.letters_swapped(&accounted, set).unwrap_or(0.0);
            if letters.abs() >= change::SWAPPED_LETTERS { change::CUT.copysign(letters) } else { 0.0 }
        });
        let cuts = accounts(Reach::Anything).map(|set| cut(drafts.with(set, false), after));
        let before = drafts.with(Accounts::NONE, false);
        for (feature, changes) in [(id::SENTENCE_WORDS, cuts), (id::WORD_LENGTH, letters)] {
            if changes[0] != 0.0 {
                let levels = (before.value(feature), after.value(feature));
                self.put_with(feature, "", changes, levels, weight::CHANGE);
            }
        }
        self.set_aside_by_products(before, after);
        let listed = [id::BULLETS, id::NUMBERED].iter().any(|id| before.value(*id) != after.value(*id));
        match alignment.corrections().filter(|_| !listed) {
            Some(found) if found.matter() => {
                let change = if found.backwards() { -change::PHRASE } else { change::PHRASE };
                self.put(id::CORRECT, "", change, (None, None), weight::CHANGE);
            }
            Some(_) => self.put(id::CORRECT, "", 0.0, (Some(0.0), None), weight::NO_SLIPS),
            None => {}
        }
        self.phrases(id::GREETING_PHRASE, before.greeting(), after.greeting());
        self.phrases(id::CLOSING_PHRASE, before.closing(), after.closing());
        for block in alignment.blocks(&accounted) {
            self.put_hashed(id::BLOCK, "", block, [change::PHRASE; 2], (None, None), weight::CHANGE);
        }
        for moved in alignment.moved(&accounted, before, after, MOST_MOVED) {
            match moved {
                Moved::Swapped(subject, more) => {
                    let change = if more { change::PHRASE } else { -change::PHRASE };
                    self.put(id::SWAP, &subject, change, (None, None), weight::CHANGE);
                }
                Moved::Struck(phrase) => {
                    self.put(id::PHRASE, &phrase, -change::PHRASE, (Some(1.0), Some(0.0)), weight::CHANGE);
                }
                Moved::Added(phrase) => {
                    self.put(
                        id::PHRASE,
                        &phrase,
                        change::PHRASE,
                        (Some(0.0), Some(1.0)),
                        weight::PHRASE_ADDED,
                    );
                }
                Moved::Kept(phrase) => {
                    self.put(id::PHRASE, &phrase, 0.0, (Some(1.0), Some(1.0)), weight::LEFT_ALONE);
                }
            }
        }
    }

    /// Removes changes that are mere consequences of another change.
    fn set_aside_by_products(&mut self, before: &Measured, after: &Measured) {
        const BY_PRODUCTS: [(&[u16], &[u16]); 5] = [
            (&[id::WORDS], &[id::PARAGRAPH_WORDS]),
            (
                &[id::BULLETS, id::NUMBERED],
                &[
                    id::COMMA,
                    id::LINE_BREAKS,
                    id::SENTENCES,
                    id::SENTENCE_WORDS,
                    id::PARAGRAPHS,
                    id::PARAGRAPH_WORDS,
                    id::PASSIVE,
                    id::EASE,
                    id::CLAUSES,
                    id::LONGEST,
                    id::EVENNESS,
                ],
            ),
            (
                &[id::GREETING, id::CLOSING],
                &[
                    id::LINE_BREAKS,
                    id::PARAGRAPHS,
                    id::PARAGRAPH_WORDS,
                    id::SENTENCES,
                    id::SENTENCE_WORDS,
                    id::PASSIVE,
                    id::COMMA,
                    id::EASE,
                    id::CLAUSES,
                    id::EVENNESS,
                ],
            ),
            (
                &[id::PLEASE, id::THANKS, id::REQUESTS],
                &[
                    id::SENTENCE_WORDS,
                    id::EVENNESS,
                    id::SECOND,
                    id::QUESTION,
                    id::LAST_QUESTION,
                    id::EASE,
                    id::CLAUSES,
                    id::PASSIVE,
                ],
            ),
            (&[id::SENTENCE_WORDS], &[id::COMMA, id::PASSIVE, id::EVENNESS]),
        ];
        let of = |items: &Self, feature| items.by_key.get(&(feature, 0)).map_or(0.0, |item| item.change);
        for (causes, effects) in BY_PRODUCTS {
            if causes.iter().any(|cause| of(self, *cause) != 0.0) {
                for effect in effects {
                    let removed = self.by_key.remove(&(*effect, 0));
                    self.raw.by_products.extend(removed.filter(|item| item.change != 0.0).map(|_| *effect));
                }
            }
        }
        // Splitting or joining sentences also changes their number.
        if of(self, id::SENTENCE_WORDS) * of(self, id::SENTENCES) < 0.0 {
            self.by_key.remove(&(id::SENTENCES, 0));
        }
        // The length of a single sentence is the length of the text.
        if [before, after].iter().all(|text| text.value(id::SENTENCES) == Some(1.0)) {
            self.by_key.remove(&(id::SENTENCE_WORDS, 0));
            self.by_key.remove(&(id::LONGEST, 0));
        }
    }

    fn phrases(&mut self, feature: u16, before: Option<&str>, after: Option<&str>) {
        let bare =
            |phrase: Option<&'_ str>| phrase.map(|phrase| phrase.trim_end_matches([',', '!']).to_owned());
        if bare(before) == bare(after) {
            if let Some(phrase) = after {
                self.put(feature, phrase, 0.0, (Some(1.0), Some(1.0)), weight::LEFT_ALONE);
            }
            return;
        }
        if let Some(phrase) = after {
            self.put(feature, phrase, change::PHRASE, (Some(0.0), Some(1.0)), weight::CHANGE);
        }
        if let Some(phrase) = before {
            self.put(feature, phrase, -change::PHRASE, (Some(1.0), Some(0.0)), weight::CHANGE);
        }
    }

    fn choice(&mut self, others: &[Measured], after: &Measured) {
        for feature in FEATURES.iter().filter(|feature| !feature.has_subject) {
            let changes: Vec<f32> = others.iter().filter_map(|other| change(feature, other, after)).collect();
            if changes.is_empty() {
                continue;
            }
            let mean = changes.iter().sum::<f32>() / changes.len() as f32;
            let places =
                others.iter().filter_map(|other| other.value(feature.id)).map(|v| feature.on_axis(v));
            let places: Vec<f32> = places.collect();
            let before = feature.off_axis(places.iter().sum::<f32>() / places.len().max(1) as f32);
            let after = after.value(feature.id);
            if mean.abs() >= change::SMALLEST {
                self.put(feature.id, "", mean, (Some(before), after), weight::CHOICE);
            } else {
                self.put(feature.id, "", 0.0, (after, after), weight::ACCEPT);
            }
        }
        let mut chosen = |feature, phrase: Option<&str>, used: &dyn Fn(&Measured) -> bool| {
            if let Some(phrase) = phrase.filter(|_| !others.iter().any(used)) {
                self.put(feature, phrase, change::PHRASE, (Some(0.0), Some(1.0)), weight::CHOICE);
            }
        };
        chosen(id::GREETING_PHRASE, after.greeting(), &|other| other.greeting() == after.greeting());
        chosen(id::CLOSING_PHRASE, after.closing(), &|other| other.closing() == after.closing());
    }

    fn left_alone(&mut self, text: &Measured, weight: f32) {
        self.kept = Kept::of(text.spoken());
        for (feature, value) in shown(text) {
            self.put(feature, "", 0.0, (Some(value), Some(value)), weight);
        }
        for (feature, phrase) in
            [(id::GREETING_PHRASE, text.greeting()), (id::CLOSING_PHRASE, text.closing())]
        {
            if let Some(phrase) = phrase {
                self.put(feature, phrase, 0.0, (Some(1.0), Some(1.0)), weight);
            }
        }
    }

    fn levels(&mut self, text: &Measured, weight: f32) {
        for (feature, value) in shown(text) {
            self.put(feature, "", 0.0, (None, Some(value)), weight);
        }
        for (feature, phrase) in
            [(id::GREETING_PHRASE, text.greeting()), (id::CLOSING_PHRASE, text.closing())]
        {
            if let Some(phrase) = phrase {
                self.put(feature, phrase, 0.0, (None, Some(1.0)), weight);
            }
        }
    }

    fn finish(self, record: &Record) -> Evidence {
        let strength = if record.strength.is_finite() { record.strength.clamp(0.0, 1.0) } else { 0.0 };
        let items =
            self.by_key.into_values().map(|item| EvidenceItem { weight: item.weight * strength, ..item });
        let items = items.filter(|item| item.weight > 0.0 && item.change.is_finite()).collect();
        Evidence { items, kept: self.kept, occasion: occasion(record), language: self.language }
    }
}

/// The features of which a text shows anything, with their levels.
fn shown(text: &Measured) -> impl Iterator<Item = (u16, f32)> {
    let levels = text.values().filter(|(feature, _)| !feature.has_subject);
    levels
        .filter(|(feature, value)| *value != 0.0 || feature.shape == Shape::Choice)
        .map(|(feature, value)| (feature.id, value))
}

/// The hash of a record's context, texts and kind.
fn occasion(record: &Record) -> u64 {
    let (kind, texts): (u32, Vec<&String>) = match &record.signal {
        Signal::Edit { draft, edited } => (1, vec![draft, edited]),
        Signal::Accept { text } => (2, vec![text]),
        Signal::Reject { text } => (3, vec![text]),
        Signal::Rating { text, rating } => (rating.to_bits(), vec![text]),
        Signal::History { text } | Signal::Keyed { text, .. } => (4, vec![text]),
        Signal::Choice { candidates, chosen } => (5 + chosen, candidates.iter().collect()),
    };
    let mut hash = StableHash::new();
    hash.part(&[&kind.to_le_bytes()]);
    hash.part(&[record.context.as_bytes()]);
    for text in texts {
        hash.part(&[text.as_bytes()]);
    }
    hash.finish().max(1)
}

/// Whether a feature is about the text as a whole, so that dropped sentences count.
fn of_the_whole(feature: u16) -> bool {
    matches!(
        feature,
        id::WORDS | id::SENTENCES | id::PARAGRAPHS | id::PARAGRAPH_WORDS | id::GREETING | id::CLOSING
    )
}

mod confirm;
mod drafts;
#[cfg(test)]
mod tests;
