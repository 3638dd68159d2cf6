//! What readers and editors mind in prose beyond the features that a preference can name: stock phrases, ornament,
//! the marks of text that a machine wrote, monotony.
//!
//! Invariant: an axis's id never changes and is never used again; the ids lie above those of the features. The lists
//! are English and were put together by hand: in other languages most axes are 0 for every text, so that they say
//! nothing.

use std::sync::LazyLock;

use crate::document::different;
use crate::document::{Document, Token};
use crate::hash::{WordMap, WordSet};

/// One axis.
#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) id: u16,
    /// What more of it is called.
    pub(crate) more: &'static str,
    /// One step of natural variation.
    pub(crate) scale: f32,
}

const fn axis(id: u16, more: &'static str, scale: f32) -> Axis {
    Axis { id, more, scale }
}

/// All axes; [`places`] gives their values in this order.
pub(crate) const AXES: [Axis; 25] = [
    axis(9001, "words that machines overuse", 1.0),
    axis(9002, "stock phrases", 0.7),
    axis(9003, "sentences that trail off in -ing", 0.8),
    axis(9004, "lists of three", 0.6),
    axis(9005, "comparisons with like or as if", 0.7),
    axis(9006, "adverbs in -ly", 1.0),
    axis(9007, "ornamental adjectives", 1.5),
    axis(9008, "abstract nouns", 1.5),
    axis(9009, "repeated words", 0.05),
    axis(9010, "not this but that", 0.4),
    axis(9011, "seeming, feeling and noticing", 0.8),
    axis(9012, "nouns chained by of", 1.0),
    axis(9013, "sentences of one length", 0.12),
    axis(9014, "a moral at the end", 0.5),
    axis(9015, "sentences that begin with a participle", 0.15),
    axis(9016, "beginning and starting to", 0.4),
    axis(9017, "with and without", 0.8),
    axis(9018, "while and as", 0.8),
    axis(9019, "one and each and every", 0.8),
    axis(9020, "sentences that begin alike", 0.12),
    axis(9021, "function words", 0.03),
    axis(9022, "pairs joined by and", 1.0),
    axis(9023, "plain verbs and turns", 3.0),
    axis(9024, "things introduced by a", 1.5),
    axis(9025, "places and possessions of the abstract", 1.2),
];

/// The place of a text on each axis, in steps.
pub(crate) fn places(document: &Document<'_>) -> [f32; AXES.len()] {
    let words: Vec<&Token<'_>> = document.tokens.iter().filter(|token| token.word).collect();
    let mut places = [0.0; AXES.len()];
    if words.is_empty() {
        return places;
    }
    let hundred = 100.0 / (words.len() as f32).max(50.0);
    let sentences: Vec<&[Token<'_>]> =
        document.sentences.iter().map(|(range, _)| &document.tokens[range.clone()]).collect();
    let counts = Counts::of(&words);
    let class = |class: usize| counts.classes[class] as f32 * hundred;
    let pair = |pair: usize| counts.pairs[pair] as f32 * hundred;

    places[0] = counts.machine as f32 * hundred;
    places[1] = counts.stock as f32 * hundred;
    places[2] = trailing(&document.tokens) * hundred;
    places[3] = triads(&document.tokens) * hundred;
    places[4] = class(class::LIKE) + pair(pair::AS_IF);
    places[5] = counts.adverbs as f32 * hundred;
    places[6] = counts.adjectives as f32 * hundred;
    places[7] = counts.nouns as f32 * hundred;
    places[8] = repeated(&words);
    places[9] = pair(pair::NOT_BUT);
    places[10] = class(class::FILTER);
    places[11] = class(class::OF);
    places[12] = evenness(&sentences);
    places[13] = moral(sentences.last().copied().unwrap_or_default());
    places[14] = participles(&sentences);
    places[15] = pair(pair::BEGIN);
    places[16] = class(class::WITH);
    places[17] = class(class::WHILE);
    places[18] = class(class::EACH);
    places[19] = alike(&sentences);
    places[20] = words.iter().filter(|token| token.lower.len() <= 3).count() as f32 / words.len() as f32;
    places[21] = class(class::AND);
    places[22] = class(class::PLAIN);
    places[23] = class(class::ARTICLE);
    places[24] = class(class::ABSTRACT_PLACE);
    for (place, axis) in places.iter_mut().zip(&AXES) {
        *place /= axis.scale;
    }
    places
}

/// How many words there are of each sort.
#[derive(Default)]
struct Counts {
    /// Words that machines overuse.
    machine: usize,
    /// Stock phrases.
    stock: usize,
    /// Words in -ly that are adverbs.
    adverbs: usize,
    /// Words that end as ornamental adjectives do.
    adjectives: usize,
    /// Words that end as abstract nouns do.
    nouns: usize,
    /// By place in [`CLASSES`].
    classes: [usize; CLASSES.len()],
    /// By place in [`PAIRS`].
    pairs: [usize; PAIRS.len()],
}

impl Counts {
    fn of(words: &[&Token<'_>]) -> Self {
        let lists = &*LISTS;
        let mut counts = Self::default();
        for (at, token) in words.iter().enumerate() {
            let word = &*token.lower;
            counts.machine += usize::from(lists.machine.contains(stem(word)));
            counts.adjectives += usize::from(word.len() > 5 && is_adjective(word));
            counts.nouns += usize::from(word.len() > 6 && is_abstract(word.trim_end_matches('s')));
            let mut adverb = word.len() > 4 && word.ends_with("ly");
            if let Some(entry) = lists.words.get(word) {
                let next = || words[at + 1..].iter().map(|token| &*token.lower);
                let follow = |rest: &Vec<&str>| {
                    let mut next = next();
                    rest.iter().all(|word| next.next() == Some(word))
                };
                counts.stock += usize::from(entry.stock.iter().any(follow));
                for (pair, second) in &entry.pairs {
                    counts.pairs[*pair] +=
                        usize::from(next().next().is_some_and(|next| second.contains(&next)));
                }
                for (class, count) in counts.classes.iter_mut().enumerate() {
                    *count += usize::from(entry.classes >> class & 1);
                }
                adverb &= entry.classes & 1 << class::NOT_ADVERB == 0;
            }
            counts.adverbs += usize::from(adverb);
        }
        counts
    }
}

fn is_adjective(word: &str) -> bool {
    let word = word.as_bytes();
    matches!(word.last_chunk(), Some(b"ful" | b"ous" | b"ive" | b"ant" | b"ent" | b"ial"))
        || word.ends_with(b"less")
}

/// Of a word without an s at its end.
fn is_abstract(word: &str) -> bool {
    let word = word.as_bytes();
    matches!(word.last_chunk(), Some(b"tion" | b"sion" | b"ment" | b"ance" | b"ence" | b"ship" | b"hood"))
        || word.ends_with(b"ity")
}

/// The first word of a sentence.
fn first<'s>(sentence: &&'s [Token<'_>]) -> Option<&'s str> {
    sentence.iter().find(|token| token.word).map(|token| &*token.lower)
}

/// The share of sentences that begin with a participle.
fn participles(sentences: &[&[Token<'_>]]) -> f32 {
    let ing = |word: &&str| word.len() > 4 && word.ends_with("ing");
    sentences.iter().filter_map(first).filter(ing).count() as f32 / sentences.len().max(4) as f32
}

/// The share of sentences that begin with the word of another one.
fn alike(sentences: &[&[Token<'_>]]) -> f32 {
    let firsts = sentences.iter().filter_map(first);
    let all = firsts.clone().count();
    (all - different(firsts)) as f32 / all.max(4) as f32
}

/// Commas with a word in -ing after them.
fn trailing(tokens: &[Token<'_>]) -> f32 {
    let ing = |token: &Token<'_>| token.lower.len() > 4 && token.lower.ends_with("ing");
    tokens.windows(2).filter(|pair| pair[0].text == "," && ing(&pair[1])).count() as f32
}

/// "x, y, and z": a comma within four words before another one that "and" follows.
fn triads(tokens: &[Token<'_>]) -> f32 {
    let is = |at: usize| {
        tokens[at].text == ","
            && tokens.get(at + 1).is_some_and(|next| next.lower == "and" || next.lower == "or")
            && tokens[at.saturating_sub(5)..at].iter().any(|token| token.text == ",")
    };
    (0..tokens.len()).filter(|at| is(*at)).count() as f32
}

/// The share of longer words that were there before, among the first hundred and fifty of them.
fn repeated(words: &[&Token<'_>]) -> f32 {
    let long = words.iter().filter(|token| token.lower.len() > 4).take(150);
    let all = long.clone().count();
    (all - different(long.map(|token| stem(&token.lower)))) as f32 / all.max(20) as f32
}

/// 1 less the coefficient of variation of the sentences' lengths.
fn evenness(sentences: &[&[Token<'_>]]) -> f32 {
    if sentences.len() < 3 {
        return 0.5;
    }
    let lengths: Vec<f32> =
        sentences.iter().map(|s| s.iter().filter(|token| token.word).count() as f32).collect();
    let mean = lengths.iter().sum::<f32>() / lengths.len() as f32;
    let variance = lengths.iter().map(|length| (length - mean).powi(2)).sum::<f32>() / lengths.len() as f32;
    1.0 - (variance.sqrt() / mean.max(1.0)).min(1.0)
}

/// Words of morals in the last sentence.
fn moral(last: &[Token<'_>]) -> f32 {
    last.iter().filter(|token| LISTS.morals.contains(stem(&token.lower))).count().min(3) as f32
}

/// A word without its commonest endings.
fn stem(word: &str) -> &str {
    // The ending that fits and leaves enough; of those that end with an s, the longer one first.
    let ending = match word.as_bytes() {
        [_, _, _, _, .., b'i', b'n', b'g'] => 3,
        [_, _, _, _, .., b'e', b'd' | b's'] | [_, _, _, _, .., b'l', b'y'] => 2,
        [_, _, _, _, .., b's'] => 1,
        [_, _, _, _, .., b'e'] => return &word[..word.len() - 1],
        _ => return word,
    };
    let stem = &word[..word.len() - ending];
    stem.strip_suffix('e').unwrap_or(stem)
}

struct Lists {
    /// Stems.
    machine: WordSet,
    /// Stems.
    morals: WordSet,
    words: WordMap<Entry>,
}

/// What the lists say of a word.
#[derive(Default)]
struct Entry {
    /// The [`CLASSES`] that it is of, a bit each.
    classes: u16,
    /// The stock phrases that begin with it, without it.
    stock: Vec<Vec<&'static str>>,
    /// The [`PAIRS`] that begin with it, by what they count as, with the words that may follow.
    pairs: Vec<(usize, &'static [&'static str])>,
}

/// Classes of words, by place in [`CLASSES`].
mod class {
    pub(crate) const LIKE: usize = 0;
    pub(crate) const NOT_ADVERB: usize = 1;
    pub(crate) const FILTER: usize = 2;
    pub(crate) const OF: usize = 3;
    pub(crate) const WITH: usize = 4;
    pub(crate) const WHILE: usize = 5;
    pub(crate) const EACH: usize = 6;
    pub(crate) const AND: usize = 7;
    pub(crate) const PLAIN: usize = 8;
    pub(crate) const ARTICLE: usize = 9;
    pub(crate) const ABSTRACT_PLACE: usize = 10;
}

const CLASSES: [&[&str]; 11] = [
    &["like", "resembling"],
    &NOT_ADVERBS,
    &FILTERS,
    &["of"],
    &["with", "without", "within"],
    &["as", "while", "yet", "though"],
    &["each", "every", "once", "both", "something", "everything"],
    &["and"],
    &PLAIN,
    &["a", "an"],
    &ABSTRACT_PLACES,
];

/// Turns of two words, by place in [`PAIRS`].
mod pair {
    pub(crate) const AS_IF: usize = 0;
    pub(crate) const NOT_BUT: usize = 1;
    pub(crate) const BEGIN: usize = 2;
}

/// First words, each with those of which one follows.
type Pairs = &'static [(&'static str, &'static [&'static str])];

const PAIRS: [Pairs; 3] = [
    &[("as", &["if", "though"])],
    &[
        ("not", &["just", "only", "merely", "simply", "because"]),
        ("but", &["also", "rather"]),
        ("more", &["than"]),
        ("rather", &["than"]),
    ],
    &[("began", &["to"]), ("started", &["to"]), ("managed", &["to"]), ("seemed", &["to"])],
];

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut entries: WordMap<Entry> = WordMap::default();
    for phrase in STOCK.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = phrase.split(' ');
        if let Some(first) = words.next() {
            entries.entry(first).or_default().stock.push(words.collect());
        }
    }
    for (class, list) in CLASSES.iter().enumerate() {
        for word in *list {
            entries.entry(word).or_default().classes |= 1 << class;
        }
    }
    for (pair, all) in PAIRS.iter().enumerate() {
        for (first, second) in *all {
            entries.entry(first).or_default().pairs.push((pair, second));
        }
    }
    let machine = MACHINE.split_whitespace().map(stem).collect();
    Lists { machine, morals: MORALS.into_iter().collect(), words: entries }
});

const NOT_ADVERBS: [&str; 8] = ["family", "early", "reply", "apply", "supply", "italy", "july", "belly"];

const FILTERS: [&str; 26] = [
    "seemed",
    "seems",
    "felt",
    "feels",
    "realized",
    "realised",
    "noticed",
    "appeared",
    "wondered",
    "thought",
    "sensed",
    "knew",
    "could",
    "watched",
    "saw",
    "heard",
    "almost",
    "somehow",
    "perhaps",
    "suddenly",
    "feeling",
    "realizing",
    "knowing",
    "seemingly",
    "moment",
    "sense",
];

const MORALS: [&str; 27] = [
    "remind",
    "reminder",
    "testament",
    "journey",
    "ultimat",
    "perhap",
    "always",
    "forever",
    "connection",
    "hop",
    "lov",
    "life",
    "world",
    "heart",
    "memori",
    "truth",
    "future",
    "strength",
    "beauty",
    "power",
    "lesson",
    "embrac",
    "meaning",
    "belong",
    "itself",
    "humanity",
    "moment",
];

const PLAIN: [&str; 30] = [
    "was", "were", "is", "are", "had", "have", "did", "do", "know", "knew", "say", "said", "look", "looked",
    "go", "went", "got", "get", "people", "all", "then", "so", "no", "what", "would", "could", "want",
    "wanted", "there", "here",
];

const ABSTRACT_PLACES: [&str; 16] = [
    "where", "through", "between", "beneath", "within", "own", "their", "both", "each", "into", "against",
    "beyond", "among", "across", "around", "leaving",
];

const MACHINE: &str = "
    tapestry testament palpable delve intricate intricacies whisper echo symphony dance shimmer ethereal bittersweet
    poignant unspoken myriad kaleidoscope beacon realm journey resonate solace embrace navigate linger profound
    unwavering unyielding relentless newfound amidst amid flicker cascade swirl beckon enigmatic vibrant bustling
    pivotal foster underscore showcase landscape interplay nuance multifaceted transformative resilience vulnerability
    vulnerable authenticity yearning longing gentle gently soft softly warmth comfort comforting delicate fragile
    quiet quietly silence silent stillness subtle subtly heavy weight gaze glance glint gleam glow hue crisp
    intertwine weave thread mosaic mingle envelop cocoon blanket shroud veil haunting elusive fleeting ephemeral
    timeless serene tranquil serenity tranquility sanctuary refuge respite reverie introspection contemplation
    contemplative introspective juxtaposition dichotomy paradox essence transcend evoke evocative imbue infuse
    meticulous meticulously seamless seamlessly effortlessly inherent innate collective shared connection emotion
    emotional deeply deep truly reminder remind realization reflect reflection memory memories dream uncertainty
    anticipation hesitation determination curiosity pang tinge flutter surge wave rush undercurrent facade
    unravel unfold uncharted crossroads chasm void abyss ache tremble shiver hum pulse rhythm melody harmony
    facet depth complexity complex potential empower enhance crucial vital robust comprehensive ensure moreover
    furthermore additionally consequently ultimately undeniable undeniably inexplicable inexplicably perpetual
    unease hidden understanding present constant contrast surface layered layers resonance existence perception
    remarkable extraordinary captivating mesmerizing breathtaking awe wonder marvel";

const STOCK: &str = "
    a mix of
    a mixture of
    a sense of
    a testament to
    a reminder of
    a reminder that
    a symphony of
    a tapestry of
    a blend of
    a wave of
    a flicker of
    a hint of
    a touch of
    a glimpse of
    a pang of
    a world where
    a whirlwind of
    a dance of
    a stark contrast
    a sea of
    a far cry from
    the weight of
    the world around
    the world outside
    the sound of
    the scent of
    the hum of
    the rhythm of
    the rest of
    the kind of
    the quiet of
    the depths of
    the edge of
    the passage of time
    the first time in
    the air was thick
    the gentle
    the soft
    the faint
    the distant
    as if
    as though
    it was as if
    in that moment
    for a moment
    at that moment
    in the end
    in the midst of
    in the air
    in the distance
    over the years
    once again
    could not help but
    couldn't help but
    can't help but
    hung in the air
    hung heavy
    hung between
    filled the air
    sent shivers
    shiver down
    breath caught
    took a deep breath
    a deep breath
    let out a
    heart racing
    heart pounding
    heart ached
    heart swelled
    her heart
    his heart
    my heart
    their eyes
    eyes met
    eyes wide
    eyes filled
    washed over
    flooded back
    flooded with
    settled over
    settled into
    seemed to
    began to
    found solace
    found myself
    found herself
    found himself
    found comfort
    something more
    something deeper
    more than just
    not just
    not only
    little did
    only to find
    tinged with
    laced with
    filled with
    etched into
    woven into
    lost in
    caught between
    on the brink of
    on the edge of
    bubbled up
    welled up
    lingered in
    like a
    like an
    ebb and flow
    push and pull
    sigh of relief
    glimmer of hope
    labor of love
    needle in a haystack
    calm before the storm
    at the end of the day
    when it comes to
    it is important to
    it's important to
    plays a crucial role
    in today's
    in conclusion
    in essence";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn place(id: u16, text: &str) -> f32 {
        let at = AXES.iter().position(|axis| axis.id == id).expect("an id of the table");
        places(&Document::new(text))[at]
    }

    #[test]
    fn each_axis_tells_more_from_less() {
        let plain =
            "The bus was late. Ann walked home in the rain and made tea. Her brother had left a note.";
        let purple = "A sense of unspoken longing lingered, echoing softly like a melody, a hope, and a dream. \
                      Seeming to shimmer, the weight of the memories began to dance with each gentle, wondrous \
                      realization, as if the stillness of the moment were not just a testament but also a reminder.";
        for axis in [9001, 9002, 9003, 9004, 9005, 9006, 9007, 9010, 9011, 9012, 9014, 9016] {
            assert!(place(axis, purple) > place(axis, plain), "{axis}");
        }
        let monotone = "She saw the house there. She saw the river there. She saw the garden there.";
        for axis in [9009, 9013, 9020] {
            assert!(place(axis, monotone) > place(axis, plain), "{axis}");
        }
    }

    #[test]
    fn words_are_told_by_their_endings() {
        for (word, found) in [
            ("echoing", "echo"),
            ("shaping", "shap"),
            ("ring", "ring"),
            ("echoed", "echo"),
            ("echoes", "echo"),
            ("shapes", "shap"),
            ("noses", "nos"),
            ("employees", "employ"),
            ("gems", "gems"),
            ("gently", "gent"),
            ("truly", "truly"),
            ("shape", "shap"),
            ("hope", "hope"),
            ("\u{e9}t\u{e9}s", "\u{e9}t\u{e9}"),
        ] {
            assert_eq!(stem(word), found);
        }
        assert!(is_adjective("wistful") && is_adjective("endless") && !is_adjective("wistfuly"));
        assert!(is_abstract("motion") && is_abstract("clarity") && !is_abstract("stones"));
    }

    #[test]
    fn no_text_breaks_it() {
        for text in ["", " ", ".", "一二三。四五六。", "مرحبا", "a", ", and , and"] {
            assert!(places(&Document::new(text)).iter().all(|place| place.is_finite()), "{text}");
        }
        let ids: BTreeSet<u16> = AXES.iter().map(|axis| axis.id).collect();
        assert_eq!(ids.len(), AXES.len());
    }
}
