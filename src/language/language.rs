//! A language: its lists, endings, stemmer and wording of statements; and the choice of language for a text or
//! locale.
//!
//! Invariant: a language is data. Looking up a list that a language lacks finds nothing, so that for an unknown
//! language ([`Language::plain`]) only language-independent features are measured.

use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

use crate::hash::{WordMap, WordSet};
use crate::language::endings::{Ending, Endings};
use crate::language::kinds::{Kinds, Roles};
use crate::language::letters::Letters;
use crate::language::lexicon::Lexicon;
use crate::language::lists::entries;
use crate::language::stemmer::Stemmer;
use crate::language::tuning::detection::WORDS_MIN;
use crate::language::usual::{self, Usual};
use crate::language::wording::{Saying, Wording};
use crate::language::{detect, english};

/// The files that define a language.
#[derive(Debug, Default)]
pub struct Source {
    /// Its name in English.
    pub name: &'static str,
    /// Its ISO 639-1 code, with which its locales begin.
    pub tag: &'static str,
    /// Its ISO 639-3 code.
    pub code: &'static str,
    /// Files with lists.
    pub lists: &'static [&'static str],
    /// The file with the wording of statements.
    pub wording: &'static str,
    /// The file that says what is usual in people's texts; may be empty.
    pub usual: &'static str,
    /// Rules that are code, not lists.
    pub rules: Rules,
}

/// Short lists that are searched linearly.
#[derive(Debug, Clone, Copy)]
pub(crate) enum List {
    /// Kinds of text, as apps call them.
    KindOfText,
    /// First words after a comma that continue the phrase before it.
    GoesOn,
    /// Answers meaning that there is no preference.
    NoPreference,
    /// Labels that a model puts before its answer.
    AnswerLabel,
    /// Words that turn a wish into its opposite.
    Deny,
    /// Words of a wish without which it says the same.
    Small,
    /// What comes before the smallest number that is wanted.
    AtLeast,
    /// What comes before the greatest.
    AtMost,
    /// Words between what has a length and the number.
    Joins,
}

impl List {
    const ALL: usize = 9;

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "kind-of-text" => Self::KindOfText,
            "goes-on" => Self::GoesOn,
            "no-preference" => Self::NoPreference,
            "answer-label" => Self::AnswerLabel,
            "deny" => Self::Deny,
            "small" => Self::Small,
            "at-least" => Self::AtLeast,
            "at-most" => Self::AtMost,
            "joins" => Self::Joins,
            _ => return None,
        })
    }
}

/// Rules of a language that are code, not lists.
#[derive(Debug, Default, Clone, Copy)]
pub struct Rules {
    /// The number of syllables of a word in lower case.
    pub syllables: Option<fn(&str) -> usize>,
    /// The plural of a noun.
    pub plural: Option<fn(&str) -> String>,
}

/// The source of the language in a folder.
macro_rules! folder {
    ($name:literal, $tag:literal, $code:literal, [$($list:literal)*], $rules:expr) => {
        Source {
            name: $name,
            tag: $tag,
            code: $code,
            lists: &[$(include_str!(concat!($name, "/", $list, ".txt"))),*],
            wording: include_str!(concat!($name, "/wording.txt")),
            usual: include_str!(concat!($name, "/usual.txt")),
            rules: $rules,
        }
    };
}

static ENGLISH: LazyLock<Language> = LazyLock::new(|| {
    let rules = Rules { syllables: Some(english::syllables), plural: Some(english::plural) };
    Language::read(
        &folder!("english", "en", "eng", ["words" "spelling" "grammar" "questions" "prose"], rules),
    )
});

static PLAIN: LazyLock<Language> = LazyLock::new(|| {
    Language::read(&Source { name: "plain", lists: &[include_str!("plain/lists.txt")], ..Source::default() })
});

/// All known languages; the first is the default.
static KNOWN: &[&LazyLock<Language>] = &[&ENGLISH];

/// A language.
pub struct Language {
    name: &'static str,
    tag: &'static str,
    code: &'static str,
    lexicon: Lexicon,
    endings: [Endings; Ending::ALL],
    /// Complete contractions, and the endings of others.
    contractions: (WordSet, Endings),
    /// Endings after an apostrophe that are not words of their own.
    clitics: Vec<&'static str>,
    /// Abbreviations whose full stop does not end a sentence.
    full_stops: Vec<&'static str>,
    lists: [Vec<&'static str>; List::ALL],
    /// Endings that are completed when a word is only partly typed.
    completions: Vec<&'static str>,
    /// The numbers from one up.
    counted: Vec<&'static str>,
    /// Words that language models overuse and moralizing words, without their endings.
    machine: WordSet,
    moral: WordSet,
    stemmer: Stemmer,
    letters: OnceLock<Letters>,
    wording: Wording,
    usual: WordMap<Usual>,
    rules: Rules,
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Language").field(&self.name).finish()
    }
}

impl Language {
    /// Reads a language from its files. Lists with an unknown name are ignored; a test checks the names.
    pub fn read(source: &Source) -> Self {
        let mut language = Self {
            name: source.name,
            tag: source.tag,
            code: source.code,
            lexicon: Lexicon::default(),
            endings: Default::default(),
            contractions: Default::default(),
            clitics: Vec::new(),
            full_stops: Vec::new(),
            lists: Default::default(),
            completions: Vec::new(),
            counted: Vec::new(),
            machine: WordSet::default(),
            moral: WordSet::default(),
            stemmer: Stemmer::None,
            letters: OnceLock::new(),
            wording: Wording::read(source.wording),
            usual: usual::read(source.usual),
            rules: source.rules,
        };
        for file in source.lists {
            entries(file).for_each(|(list, entry)| _ = language.add(list, entry));
        }
        // After all endings are known.
        for file in source.lists {
            for (_, word) in entries(file).filter(|(list, _)| *list == "machine") {
                let trimmed = language.trim(word);
                language.machine.insert(trimmed);
            }
        }
        language
    }

    /// Adds an entry to the list with this name; `false` if there is no such list.
    fn add(&mut self, list: &str, entry: &'static str) -> bool {
        if let Some(kind) = Kinds::named(list) {
            self.lexicon.add(entry, kind, Roles::NONE);
        } else if let Some(role) = Roles::named(list) {
            self.lexicon.add(entry, Kinds::NONE, role);
        } else if let Some(ending) = Ending::named(list) {
            self.endings[ending as usize].add(entry);
        } else if let Some(list) = List::named(list) {
            self.lists[list as usize].push(entry);
        } else {
            match (list, entry.strip_prefix('*'), entry.split_once(' ')) {
                ("contraction", Some(ending), _) => self.contractions.1.add(ending),
                ("contraction", None, _) => _ = self.contractions.0.insert(entry),
                ("clitic", ..) => self.clitics.push(entry),
                ("full-stop", ..) => self.full_stops.push(entry),
                ("counted", ..) => self.counted.push(entry),
                ("completion", ..) => self.completions.push(entry),
                ("machine", ..) => {}
                ("moral", ..) => _ = self.moral.insert(entry),
                ("stemmer", ..) => self.stemmer = Stemmer::named(entry),
                ("spelling", _, Some((american, british))) => {
                    self.lexicon.add(american, Kinds::AMERICAN, Roles::NONE);
                    self.lexicon.add(british, Kinds::BRITISH, Roles::NONE);
                }
                _ => return false,
            }
        }
        true
    }

    /// The default language, assumed for texts whose language is neither specified nor detected.
    pub fn english() -> &'static Self {
        &ENGLISH
    }

    /// A language of which nothing is known.
    pub fn plain() -> &'static Self {
        &PLAIN
    }

    /// The language of a locale such as "en-GB".
    pub fn of_locale(locale: &str) -> &'static Self {
        let tag = locale.split(['-', '_']).next().unwrap_or_default();
        let found = |language: &&'static Self| language.tag.eq_ignore_ascii_case(tag);
        known().into_iter().find(found).unwrap_or_else(Self::plain)
    }

    /// A number for the language, by which [`of_number`](Self::of_number) finds it again; 0 for the language of which
    /// nothing is known.
    pub(crate) fn number_of(&self) -> u16 {
        match self.tag.as_bytes() {
            [first, second] => u16::from_le_bytes([*first, *second]),
            _ => 0,
        }
    }

    /// The language of a number.
    pub(crate) fn of_number(number: u16) -> &'static Self {
        let tag = number.to_le_bytes();
        std::str::from_utf8(&tag).map_or_else(|_| Self::plain(), Self::of_locale)
    }

    /// What is usual of a feature, by its name; `None` where that is not known.
    pub(crate) fn usual(&self, name: &str) -> Option<Usual> {
        self.usual.get(name).copied()
    }

    /// Whether anything is known of what is usual.
    pub(crate) fn knows_usual(&self) -> bool {
        !self.usual.is_empty()
    }

    /// The language in which statements for a scope are worded: that of its locale, or the default.
    pub(crate) fn of_statements(locale: Option<&str>) -> &'static Self {
        locale.map_or_else(Self::english, Self::of_locale)
    }

    /// The language of a text, detected from its words (in lower case) and letters; the default if they say nothing.
    pub(crate) fn of_text<'w>(text: &str, words: &(impl Iterator<Item = &'w str> + Clone)) -> &'static Self {
        let languages = known();
        let is_in = |language: &&'static Self| {
            detect::by_words(words.clone(), |word| language.lexicon.kinds(word).meets(Kinds::FUNCTION))
        };
        if words.clone().nth(WORDS_MIN - 1).is_none() {
            return Self::english();
        }
        if let Some(language) = languages.iter().find(|language| is_in(language)) {
            return language;
        }
        match detect::by_letters(text) {
            Some(code) => {
                languages.into_iter().find(|language| language.code == code).unwrap_or_else(Self::plain)
            }
            None => Self::english(),
        }
    }

    /// Its name in English.
    #[cfg(any(test, feature = "internals"))]
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// Whether a word has an ending of this kind with at least `rest` bytes before it.
    pub(crate) fn ends(&self, word: &str, ending: Ending, rest: usize) -> bool {
        self.endings[ending as usize].of(word, rest) > 0
    }

    /// Whether the language has endings of this kind.
    pub(crate) fn has_endings(&self, ending: Ending) -> bool {
        !self.endings[ending as usize].is_empty()
    }

    /// Whether a word in lower case, with straight apostrophes, is a contraction.
    pub(crate) fn is_contraction(&self, word: &str) -> bool {
        // Rules out most words.
        word.as_bytes().contains(&b'\'')
            && (self.contractions.1.of(word, 0) > 0 || self.contractions.0.contains(word))
    }

    /// Whether the part after an apostrophe is not a word of its own.
    pub(crate) fn is_clitic(&self, end: &str) -> bool {
        self.clitics.iter().any(|clitic| end.eq_ignore_ascii_case(clitic))
    }

    /// Whether a word is an abbreviation whose full stop does not end a sentence.
    pub(crate) fn abbreviates(&self, word: &str) -> bool {
        self.full_stops.iter().any(|abbreviation| word.eq_ignore_ascii_case(abbreviation))
    }

    /// The value of a small number in words or digits.
    pub(crate) fn number(&self, word: &str) -> Option<u32> {
        let at = self.counted.iter().position(|name| *name == word);
        at.map(|at| at as u32 + 1).or_else(|| word.parse().ok())
    }

    /// A word without its most frequent endings.
    pub(crate) fn trim<'w>(&self, word: &'w str) -> &'w str {
        /// Minimum number of bytes left of a word.
        const LEFT: usize = 4;
        let [first, last] =
            [Ending::Trimmed, Ending::TrimmedLast].map(|ending| &self.endings[ending as usize]);
        let without = |word: &'w str, length: usize| &word[..word.len() - length];
        match first.of(word, LEFT) {
            0 => without(word, last.of(word, LEFT)),
            length => {
                let word = without(word, length);
                without(word, last.of(word, 0))
            }
        }
    }

    /// Whether a word is overused by language models.
    pub(crate) fn is_overused(&self, word: &str) -> bool {
        !self.machine.is_empty() && self.machine.contains(self.trim(word))
    }

    /// Whether a word is moralizing.
    pub(crate) fn is_of_morals(&self, word: &str) -> bool {
        self.moral.contains(self.trim(word))
    }

    /// The stem of a word in lower case.
    pub(crate) fn stem(&self, word: String) -> String {
        self.stemmer.stem(word)
    }

    /// Stems of words that begin with `beginning` while the stems themselves do not. The words are `beginning`
    /// completed by a known ending of which it may have a part ("meetin" for "meeting").
    pub(crate) fn stems_of_longer(&self, beginning: &str) -> BTreeSet<String> {
        let longer = self.completions.iter().flat_map(|ending| {
            let begun = ending.char_indices().filter(|(at, _)| beginning.ends_with(&ending[..*at]));
            begun.map(|(at, _)| self.stem(format!("{beginning}{}", &ending[at..])))
        });
        longer.filter(|stem| !stem.starts_with(beginning)).collect()
    }

    /// How much better formed the spelling `to` is than `from`, both in lower case, in nats, -5 to 5; above 0 if it
    /// is better.
    pub(crate) fn better_spelt(&self, from: &str, to: &str) -> f32 {
        self.letters.get_or_init(|| Letters::of(&self.lexicon)).better_spelt(&self.lexicon, from, to)
    }

    /// The syllable counter for words in lower case; `None` if the language has no rule.
    pub(crate) fn syllables(&self) -> Option<fn(&str) -> usize> {
        self.rules.syllables
    }

    /// The plural of a noun; `None` if the language has no rule.
    pub(crate) fn plural(&self, noun: &str) -> Option<String> {
        self.rules.plural.map(|plural| plural(noun))
    }

    /// The entries of a list, in its order.
    pub(crate) fn list(&self, list: List) -> &[&'static str] {
        &self.lists[list as usize]
    }

    /// The wording for a name in this language, or else in English.
    pub(crate) fn saying(&self, name: &str) -> Saying {
        self.wording.of(name).or_else(|| ENGLISH.wording.of(name)).copied().unwrap_or_default()
    }

    /// A line of the wording for a name in this language, or else in English.
    pub(crate) fn line(&self, name: &str, line: &str) -> &'static str {
        let of = |language: &Self| language.wording.of(name).and_then(|saying| saying.line(line));
        of(self).or_else(|| of(&ENGLISH)).unwrap_or_default()
    }

    /// Whether the language has its own wording for a name.
    pub(crate) fn says(&self, name: &str) -> bool {
        self.wording.of(name).is_some()
    }
}

#[cfg(any(test, feature = "internals"))]
static REGISTERED: std::sync::RwLock<Vec<&'static Language>> = std::sync::RwLock::new(Vec::new());

/// Registers a language in addition to those compiled in.
#[cfg(any(test, feature = "internals"))]
pub fn register(source: &Source) -> &'static Language {
    let language: &'static Language = Box::leak(Box::new(Language::read(source)));
    if let Ok(mut registered) = REGISTERED.write() {
        registered.push(language);
    }
    language
}

fn known() -> Vec<&'static Language> {
    #[cfg_attr(not(any(test, feature = "internals")), expect(unused_mut, reason = "none are added"))]
    let mut all: Vec<&'static Language> = KNOWN.iter().map(|language| &***language).collect();
    #[cfg(any(test, feature = "internals"))]
    if let Ok(registered) = REGISTERED.read() {
        all.extend(registered.iter());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_of_english_are_read_whole() {
        let english = Language::english();
        let lexicon = english.lexicon();
        assert!(lexicon.kinds("perhaps").meets(Kinds::HEDGE));
        assert!(
            lexicon.kinds("colour").meets(Kinds::BRITISH) && lexicon.kinds("color").meets(Kinds::AMERICAN)
        );
        assert_eq!(lexicon.longest(&["best", "regards", ","], Kinds::CLOSING), 2);
        assert!(lexicon.words().all(|word| word.to_lowercase() == word));
        let mut again = Language::read(&Source::default());
        for file in ["words", "spelling", "grammar", "questions", "prose"] {
            let path = format!("{}/src/language/english/{file}.txt", env!("CARGO_MANIFEST_DIR"));
            let text: &'static str = Box::leak(std::fs::read_to_string(path).expect("the file").into());
            for (list, entry) in entries(text) {
                assert!(again.add(list, entry), "{file}: [{list}] {entry}");
                assert_eq!(entry, entry.to_lowercase());
            }
        }
    }

    #[test]
    fn contractions_and_numbers_are_known_by_language() {
        let (english, plain) = (Language::english(), Language::plain());
        for word in ["don't", "we're", "i'd", "let's", "it's", "they'll"] {
            assert!(english.is_contraction(word) && !plain.is_contraction(word), "{word}");
        }
        for word in ["anna's", "ann'd", "o'brien", "dont", "'"] {
            assert!(!english.is_contraction(word), "{word}");
        }
        assert_eq!((english.number("three"), english.number("12")), (Some(3), Some(12)));
        assert_eq!((plain.number("three"), plain.number("12")), (None, Some(12)));
    }

    #[test]
    fn what_is_begun_may_end_in_an_ending_that_the_stem_lacks() {
        let english = Language::english();
        for (beginning, stem) in [
            ("meetin", "meet"),
            ("makin", "make"),
            ("runn", "run"),
            ("happines", "happi"),
            ("relationa", "relat"),
            ("previousl", "previous"),
            ("citie", "citi"),
            ("possibilit", "possibl"),
            ("generalizatio", "general"),
        ] {
            let stems = english.stems_of_longer(beginning);
            assert!(stems.contains(stem), "{beginning}: {stems:?}");
        }
        for beginning in ["meet", "r\u{e9}su"] {
            assert!(english.stems_of_longer(beginning).is_empty(), "{beginning}");
        }
        assert!(Language::plain().stems_of_longer("meetin").is_empty());
    }

    #[test]
    fn common_endings_go() {
        let english = Language::english();
        for (word, trimmed) in [
            ("whispering", "whisper"),
            ("echoes", "echo"),
            ("embraced", "embrac"),
            ("embrace", "embrac"),
            ("quietly", "quiet"),
            ("glances", "glanc"),
            ("freeing", "fre"),
            ("seeing", "seeing"),
            ("uses", "uses"),
            ("gleams", "gleam"),
            ("the", "the"),
            ("ring", "ring"),
            ("noses", "nos"),
            ("employees", "employ"),
            ("gems", "gems"),
            ("truly", "truly"),
            ("\u{e9}t\u{e9}s", "\u{e9}t\u{e9}"),
        ] {
            assert_eq!(english.trim(word), trimmed, "{word}");
        }
        let ends = |word, ending| english.ends(word, ending, 0);
        assert!(ends("wistful", Ending::Adjective) && ends("endless", Ending::Adjective));
        assert!(!ends("wistfuly", Ending::Adjective) && !ends("stones", Ending::Abstract));
        assert!(ends("motion", Ending::Abstract) && ends("clarity", Ending::Abstract));
        assert!(english.is_overused("whispered") && !Language::plain().is_overused("whispered"));
    }

    #[test]
    fn slips_look_worse_than_words() {
        let pairs = [
            ("recieved", "received"),
            ("becuase", "because"),
            ("goverment", "government"),
            ("tommorrow", "tomorrow"),
            ("definately", "definitely"),
            ("hapy", "happy"),
            ("schoool", "school"),
            ("whihc", "which"),
        ];
        let english = Language::english();
        let sum: f32 = pairs.iter().map(|(slip, word)| english.better_spelt(slip, word)).sum();
        assert!(sum > 8.0, "{sum}");
        for (slip, word) in pairs {
            assert_eq!(english.better_spelt(slip, word), -english.better_spelt(word, slip));
        }
        assert_eq!(english.better_spelt("naïve", "naive"), 0.0);
        assert_eq!(english.better_spelt("", "a"), 0.0);
    }

    #[test]
    fn a_locale_and_a_text_have_a_language() {
        assert_eq!(["en", "en-GB", "EN_us"].map(|locale| Language::of_locale(locale).name()), ["english"; 3]);
        assert_eq!(["de-DE", "", "xx"].map(|locale| Language::of_locale(locale).name()), ["plain"; 3]);
        let of = |text: &str| Language::of_text(text, &text.to_lowercase().split(' ')).name();
        assert_eq!(of("Could you send me the report by the end of the week, please?"), "english");
        assert_eq!(
            of("Könntest du mir bitte bis morgen den Bericht schicken, damit ich ihn lesen kann?"),
            "plain"
        );
        assert_eq!(
            of("Je voudrais savoir si vous pouvez nous envoyer le rapport avant la fin de la semaine."),
            "plain"
        );
        for unsure in ["", "Danke schön", "OK, 3 pm, room 12, Smith, Jones, Miller", "x = y + z;"] {
            assert_eq!(of(unsure), "english", "{unsure}");
        }
    }

    #[test]
    fn plain_says_what_it_knows_in_english() {
        assert_eq!(Language::plain().saying("length.words").less.note, "fewer words");
        assert!(!Language::plain().says("length.words") && Language::english().says("length.words"));
    }
}
