//! A language is data: no word of one stands outside `src/language`, and one of twenty words, made here, works through
//! every layer without a change of code.
#![cfg(feature = "internals")]
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::path::{Path, PathBuf};

use common::{builder, day};
use idiolect::internals::document::{Document, count, sentences};
use idiolect::internals::language::{Language, Rules, Source, register};
use idiolect::internals::signals::measure;
use idiolect::{
    CancelToken, HistoryItem, Observation, Query, RankRequest, RecordKind, Request, Scope, SearchMode,
};

/// Twenty words of a language that nobody speaks.
const LISTS: &str = "
[greeting]
zalu, zalu vork
[closing]
bilo
[function]
ka, te, mo, ri
[hedge]
vielu
[thanks]
grazu
[number]
duo
[first-singular]
mu
[second]
tu
[full-stop]
drg
[contraction]
ka't
[contractible]
ka no
[subordinator]
wenu
[asks-time]
kiu
[tells-time]
mardo
[stemmer]
swedish
";

const WORDING: &str = "
[greeting.phrase]
less: no komenu {subject} | no {subject}
more: komenu {subject} | {subject}
[length.words]
less: skribu {texts} kurtu | min vortu
more: skribu {texts} longu | plu vortu
near: skribu {texts} de {level} vortu
unit: vortu
[words]
texts: tekstu
change: {note} ({before} al {after})
levels: {before} al {after} {unit}
and-name: {phrase} te nomu
";

fn toy() -> &'static Language {
    static TOY: std::sync::OnceLock<&Language> = std::sync::OnceLock::new();
    TOY.get_or_init(|| {
        register(&Source {
            name: "toy",
            tag: "qaa",
            code: "qaa",
            lists: &[LISTS],
            wording: WORDING,
            usual: "",
            rules: Rules::default(),
        })
    })
}

#[test]
fn a_toy_language_works_through_every_layer() {
    let toy = toy();
    // Its locale, and its small words.
    assert_eq!(Language::of_locale("qaa-XX").name(), "toy");
    let text = "Zalu Ana,\n\nvielu ka duo te mo ri drg. Sol mardo. Ka no te mo?\n\nBilo,\nTom";
    assert_eq!(Document::read(text, None).language().name(), "toy");
    assert_eq!(sentences("Ka drg. Sol te mo. Ri.", toy), ["Ka drg. Sol te mo.", "Ri."]);

    // Features that need its lists have a value, those of lists that it lacks have none.
    let measured = measure(text);
    let value = |name: &str| {
        let feature = idiolect::internals::signals::FEATURES.iter().find(|feature| feature.name == name);
        measured.value(feature.unwrap().id)
    };
    assert_eq!(
        (value("greeting"), value("closing"), value("contractions")),
        (Some(1.0), Some(1.0), Some(0.0))
    );
    assert!(value("stance.hedges").is_some_and(|rate| rate > 0.0));
    assert_eq!(
        (value("stance.boosters"), value("person.passive"), value("readability.ease")),
        (None, None, None)
    );

    // The words index makes terms by its stemmer.
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    let scope = Scope::app("mail").locale("qaa");
    for at in 0..6 {
        let (name, word) = [("Ana", "flickorna"), ("Leo", "stenar"), ("Mia", "hundar")][at % 3];
        let context = format!("{name} kiu te {word} {at}");
        let draft =
            format!("Ka te mo ri {word} te duo {name}. Mo ri te ka {word}. Ri mo te ka {word} ka te mo.");
        let edited = format!("Zalu {name},\n\nka te mo {word}.");
        let edit = Observation::edit(context, draft, edited).scope(scope.clone()).at(day(at as i64));
        let taught = engine.observe(edit).unwrap().taught;
        assert!(taught.contains(&"min vortu (21 al 6)".to_owned()), "{taught:?}");
    }
    let item =
        |text: &str| engine.add_history(HistoryItem::new(text).scope(scope.clone()).at(day(9))).unwrap();
    let (girls, stones) = (item("ka te mo flickorna ri"), item("ka te mo stenar ri"));
    let place = |words: &str| {
        let found = engine.search(&Query::new(words).mode(SearchMode::Words).k(20)).unwrap();
        [girls, stones].map(|id| found.iter().position(|hit| hit.id == id).unwrap_or(usize::MAX))
    };
    let [girl, stone] = place("ka te mo ri ka flickor");
    assert!(girl < stone);
    let [girl, stone] = place("ka te mo ri ka stenarna");
    assert!(girl > stone);

    // A few words tell nothing of their language: the scope's locale does.
    let first = |words: &str, scope: Scope| {
        let query = Query::new(words).mode(SearchMode::Words).kinds([RecordKind::History]).scope(scope);
        engine.search(&query).unwrap().first().map(|hit| hit.id)
    };
    assert_eq!(first("flickor", scope.clone()), Some(girls));
    assert_eq!(first("flickor", Scope::app("mail")), None);

    // What is learned is said in its words.
    let shown = engine.personalize(&Request::new("Ana kiu te flickorna").scope(scope.clone())).unwrap();
    let listed = engine.preferences().list().unwrap();
    for preferences in [&shown.preferences, &listed] {
        let said: Vec<&str> = preferences.iter().map(|preference| preference.text.as_str()).collect();
        assert!(said.contains(&"komenu 'Zalu' te nomu"), "{said:?}");
        assert!(said.contains(&"skribu tekstu de 6 vortu"), "{said:?}");
    }
    let shorter = listed.iter().find(|preference| preference.text == "skribu tekstu de 6 vortu").unwrap();
    assert_eq!(
        shorter.scope,
        Scope::app("mail"),
        "it holds in the whole app, and all that is known is in one language"
    );
    let explained = engine.preferences().explain(shorter.id).unwrap();
    assert!(explained.contributions.iter().any(|part| part.note == "21 al 6 vortu"), "{explained:?}");
    let longer = ["Ka te mo.", "Ka te mo ri, te mo ka ri mo. Ka ri te mo ka te."].map(str::to_owned);
    let ranked = engine.rank(&RankRequest::new("Ana kiu te stenar", longer.to_vec()).scope(scope)).unwrap();
    let reasons: Vec<&str> =
        ranked.iter().flat_map(|ranked| &ranked.reasons).map(|reason| reason.text.as_str()).collect();
    assert!(reasons.contains(&"min vortu") || reasons.contains(&"skribu tekstu de 6 vortu"), "{reasons:?}");

    // What holds of texts in several languages is said in the default one.
    for at in 0..6 {
        let draft = "Thank you for the note. We do think that the plan for the hall is rather good.";
        let edit = Observation::edit(format!("Asks for the hall {at}"), draft, "The plan is good.");
        engine.observe(edit.scope(Scope::app("mail").locale("en")).at(day(20 + at))).unwrap();
    }
    let listed = engine.preferences().list().unwrap();
    assert!(listed.iter().all(|preference| !preference.text.starts_with("skribu tekstu de")), "{listed:?}");
}

#[test]
fn each_text_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).open().unwrap();
    let before = count::documents();
    let edit =
        Observation::edit("Ravi asks about the lease", "It is very late for us.", "It is late for us.");
    engine.observe(edit.at(day(1))).unwrap();
    // And the draft without "very", which may be a habit: what else the edit changed is measured in that.
    assert_eq!(count::documents() - before, 4, "context, draft and final");

    let before = count::documents();
    let candidates = ["One.", "Two of them.", "And three, I think."].map(str::to_owned).to_vec();
    engine.rank(&RankRequest::new("Ravi asks about the lease", candidates)).unwrap();
    assert_eq!(count::documents() - before, 4, "the context and each candidate");

    let read = |what: &dyn Fn()| {
        let before = count::documents();
        what();
        count::documents() - before
    };
    let long = "We went over the plan for the hall again, and it is late for us. ".repeat(50);
    let quoting = "It is late for us.\n\nOn Monday Ann wrote:\n> When is it?\n\nWe shall see.\n";
    for text in ["It is late for us.", &long, quoting] {
        let item = || HistoryItem::new(text).context("Ravi asks about the lease").at(day(2));
        assert_eq!(read(&|| _ = engine.add_history(item()).unwrap()), 1);
        let import = || engine.import_history([item()], &mut |_| {}, &CancelToken::new());
        assert_eq!(read(&|| drop(import().unwrap())), 1);
        let taken = || Observation::accept(text, text).at(day(3));
        assert_eq!(read(&|| drop(engine.observe(taken()).unwrap())), 2, "context and text");
    }
    assert_eq!(read(&|| drop(engine.personalize(&Request::new(&*long)).unwrap())), 1);
    assert_eq!(read(&|| drop(engine.search(&Query::new("When is it late for Ravi?")).unwrap())), 1);
}

/// Files that may hold such lists, with the reason.
const ALLOWED: &[(&str, &str)] = &[
    ("document/not_prose.rs", "names of markup and endings of files, in every language"),
    ("types/mod.rs", "names of a scope's parts in errors"),
    ("search/vector/mod.rs", "names of ways to search"),
    ("embedding/convert/mod.rs", "names of tensors"),
    ("embedding/onnx/folder.rs", "names of kinds of encoders"),
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Runs of three or more strings of letters that only commas and bars separate.
fn word_lists(source: &str) -> Vec<String> {
    let shipped = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code: Vec<&str> = shipped.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let (mut found, mut run, mut rest) = (Vec::new(), Vec::new(), code.as_str());
    while let Some((between, after)) = rest.split_once('"') {
        let Some((text, after)) = after.split_once('"') else { break };
        let joined = between.trim_end_matches('b').trim().trim_matches([',', '|']).trim().is_empty();
        let words = !text.is_empty() && text.chars().all(|c| c.is_alphabetic() || " -'".contains(c));
        if !(joined && words) {
            if run.len() >= 3 {
                found.push(run.join(", "));
            }
            run.clear();
        }
        if words {
            run.push(text);
        }
        rest = after;
    }
    if run.len() >= 3 {
        found.push(run.join(", "));
    }
    found
}

#[test]
fn no_list_of_words_stands_outside_its_language() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let name = file.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
        let exempt = name.starts_with("language/")
            || name.ends_with("tests.rs")
            || ALLOWED.iter().any(|(allowed, _)| *allowed == name);
        if !exempt {
            let lists = word_lists(&std::fs::read_to_string(file).unwrap());
            wrong.extend(lists.into_iter().map(|list| format!("{name}: {list}")));
        }
    }
    assert!(files.len() > 60, "the sources were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_finder_of_lists_finds_them() {
    assert_eq!(word_lists("const A: [&str; 3] = [\"one\", \"two\",\n    \"three\"];"), ["one, two, three"]);
    assert_eq!(word_lists("matches!(x, b\"one\" | b\"two\" | b\"three\")"), ["one, two, three"]);
    assert!(word_lists("f(\"one\", \"two\"); g(\"three\", \"1\", \"four\")").is_empty());
    assert!(word_lists("// \"one\", \"two\", \"three\"").is_empty());
}
