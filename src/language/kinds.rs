//! Kinds and roles of the words and phrases in the lists of a language.
//!
//! Invariant: every kind and role has one name, under which it appears in the lists of every language.

/// A set of kinds of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kinds(u32);

impl Kinds {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const HEDGE: Self = Self(1);
    pub(crate) const BOOSTER: Self = Self(1 << 1);
    pub(crate) const CONNECTIVE: Self = Self(1 << 2);
    pub(crate) const CASUAL: Self = Self(1 << 3);
    pub(crate) const HARSH: Self = Self(1 << 4);
    pub(crate) const PLEASE: Self = Self(1 << 5);
    pub(crate) const THANKS: Self = Self(1 << 6);
    pub(crate) const SORRY: Self = Self(1 << 7);
    pub(crate) const GREETING: Self = Self(1 << 8);
    pub(crate) const CLOSING: Self = Self(1 << 9);
    pub(crate) const FIRST_SINGULAR: Self = Self(1 << 10);
    pub(crate) const FIRST_PLURAL: Self = Self(1 << 11);
    pub(crate) const SECOND: Self = Self(1 << 12);
    pub(crate) const NUMBER: Self = Self(1 << 13);
    pub(crate) const DATE: Self = Self(1 << 14);
    pub(crate) const FUNCTION: Self = Self(1 << 15);
    pub(crate) const FORMAL: Self = Self(1 << 16);
    pub(crate) const PLAIN: Self = Self(1 << 17);
    pub(crate) const AMERICAN: Self = Self(1 << 18);
    pub(crate) const BRITISH: Self = Self(1 << 19);
    pub(crate) const NEGATIVE: Self = Self(1 << 20);
    pub(crate) const POSITIVE: Self = Self(1 << 21);
    pub(crate) const REQUEST: Self = Self(1 << 22);
    pub(crate) const ORDER: Self = Self(1 << 23);
    pub(crate) const REASSURANCE: Self = Self(1 << 24);
    pub(crate) const PRAISE: Self = Self(1 << 25);
    pub(crate) const FILLER: Self = Self(1 << 26);
    pub(crate) const ABBREVIATION: Self = Self(1 << 27);
    pub(crate) const SUBORDINATOR: Self = Self(1 << 28);
    pub(crate) const BRITISH_OR_AMERICAN: Self = Self::AMERICAN.or(Self::BRITISH);

    /// Kinds whose presence is a matter of style, not of content.
    pub(crate) const STYLE: Self = Self(
        Self::HEDGE.0
            | Self::BOOSTER.0
            | Self::CONNECTIVE.0
            | Self::CASUAL.0
            | Self::HARSH.0
            | Self::PLEASE.0
            | Self::THANKS.0
            | Self::SORRY.0
            | Self::GREETING.0
            | Self::CLOSING.0
            | Self::FORMAL.0
            | Self::FILLER.0
            | Self::ABBREVIATION.0
            | Self::AMERICAN.0
            | Self::BRITISH.0,
    );

    /// The union of two sets.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets have a kind in common.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The kind with the name of a list.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let kind = kind_named(name);
        (kind != Self::NONE).then_some(kind)
    }
}

fn kind_named(name: &str) -> Kinds {
    match name {
        "hedge" => Kinds::HEDGE,
        "booster" => Kinds::BOOSTER,
        "connective" => Kinds::CONNECTIVE,
        "casual" => Kinds::CASUAL,
        "harsh" => Kinds::HARSH,
        "please" => Kinds::PLEASE,
        "thanks" => Kinds::THANKS,
        "sorry" => Kinds::SORRY,
        "greeting" => Kinds::GREETING,
        "closing" => Kinds::CLOSING,
        "first-singular" => Kinds::FIRST_SINGULAR,
        "first-plural" => Kinds::FIRST_PLURAL,
        "second" => Kinds::SECOND,
        "number" => Kinds::NUMBER,
        "date" => Kinds::DATE,
        "function" => Kinds::FUNCTION,
        "formal" => Kinds::FORMAL,
        "plain" => Kinds::PLAIN,
        "negative" => Kinds::NEGATIVE,
        "positive" => Kinds::POSITIVE,
        "request" => Kinds::REQUEST,
        "order" => Kinds::ORDER,
        "reassurance" => Kinds::REASSURANCE,
        "praise" => Kinds::PRAISE,
        "filler" => Kinds::FILLER,
        "abbreviation" => Kinds::ABBREVIATION,
        "subordinator" => Kinds::SUBORDINATOR,
        _ => Kinds::default(),
    }
}

/// A set of roles: the function of a word or phrase in grammar, in questions and answers, or in prose. Unlike kinds,
/// roles by themselves say nothing about style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Roles(u64);

/// Defines a constant for each role, with the name of its list.
macro_rules! roles {
    ($($role:ident $name:literal)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "named as the roles")]
        enum Place {
            $($role),*
        }

        impl Roles {
            $(pub(crate) const $role: Self = Self(1 << Place::$role as u32);)*

            /// The role with the name of a list.
            pub(crate) fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$role),)*
                    _ => None,
                }
            }
        }
    };
}

roles! {
    CONTRACTIBLE "contractible"
    CONTRACTIBLE_AUXILIARY "contractible-auxiliary"
    CONTRACTIBLE_WORD "contractible-word"
    AFTER_AUXILIARY "after-auxiliary"
    BE "be"
    PARTICIPLE "participle"
    STATE "state"
    AND "and"
    AND_OR "and-or"
    PERCENT "percent"
    SELF "self"
    SELF_SHORT "self-short"
    CONJUNCTION "conjunction"
    JOINT "joint"
    ASK "ask"
    ADDRESS "address"
    ONLY_GREETS "only-greets"
    DATE_IN_CAPITALS "date-in-capitals"
    SLIP "slip"
    PRONOUN_I "pronoun-i"
    PRONOUN_WE "pronoun-we"
    PRONOUN_YOU "pronoun-you"
    PRONOUN_HE "pronoun-he"
    PRONOUN_THEY "pronoun-they"
    TELLS_TIME "tells-time"
    TELLS_NUMBER "tells-number"
    TELLS_PERSON "tells-person"
    TELLS_PLACE "tells-place"
    TELLS_REASON "tells-reason"
    TELLS_NOTHING_IN_LOWER_CASE "tells-nothing-in-lower-case"
    LEADS_TO_PLACE "leads-to-place"
    DETERMINER "determiner"
    ASKS_TIME "asks-time"
    ASKS_PERSON "asks-person"
    ASKS_PLACE "asks-place"
    ASKS_REASON "asks-reason"
    ASKS_NUMBER "asks-number"
    ASKS_NUMBER_OR_TIME "asks-number-or-time"
    ASKS "asks"
    SPEAKS "speaks"
    LEANS "leans"
    REQUESTS "requests"
    ADVICE "advice"
    LIKE "like"
    NO_ADVERB "no-adverb"
    FILTER "filter"
    OF "of"
    WITH "with"
    WHILE "while"
    EACH "each"
    PLAIN_VERB "plain-verb"
    ARTICLE "article"
    ABSTRACT_PLACE "abstract-place"
    AS_IF "as-if"
    NOT_BUT "not-but"
    BEGINS_TO "begins-to"
    STOCK "stock"
}

impl Roles {
    pub(crate) const NONE: Self = Self(0);
    /// All roles of question words.
    pub(crate) const ASKING: Self = Self::ASKS
        .or(Self::ASKS_TIME)
        .or(Self::ASKS_PERSON)
        .or(Self::ASKS_PLACE)
        .or(Self::ASKS_REASON)
        .or(Self::ASKS_NUMBER)
        .or(Self::ASKS_NUMBER_OR_TIME);

    /// The union of two sets.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets have a role in common.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }
}
