//! Bad input of every kind: a typed error that names the thing and never its text, nothing lost, nothing half
//! done. One table shows them all.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{DIMENSIONS, WordHash, builder, day, mail, mail_edit, open};
use idiolect::{
    Engine, Error, ErrorKind, Forget, HistoryItem, InferenceId, Limits, MemoryUse, Observation, Preference,
    PreferenceId, Query, RankRequest, RecordId, Request, Scope, Stats,
};
use idiolect::{NativeEmbedder, SuppliedVectors};
use redb::ReadableTable as _;

/// An id of a learned preference that nobody has.
const LEARNED: u64 = u64::MAX;

/// Stands in every text that must not show up in an error.
const SECRET: &str = "Zanzibar";

type Call = Box<dyn Fn(&Engine) -> Result<(), Error>>;

fn case(
    name: &'static str,
    kind: ErrorKind,
    names: &'static str,
    call: impl Fn(&Engine) -> Result<(), Error> + 'static,
) -> (&'static str, ErrorKind, &'static str, Call) {
    (name, kind, names, Box::new(call))
}

fn long(bytes: usize) -> String {
    format!("{SECRET} ").chars().cycle().take(bytes).collect()
}

fn unit(at: usize) -> Vec<f32> {
    let mut vector = vec![0.0; DIMENSIONS];
    vector[at % DIMENSIONS] = 1.0;
    vector
}

/// What an engine holds and says; what it keeps for the next call aside, since reading makes it.
fn all_of(engine: &Engine) -> (Stats, Vec<Preference>) {
    let mut stats = engine.stats().unwrap();
    stats.memory = MemoryUse::default();
    (stats, engine.preferences().list().unwrap())
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn every_bad_call_is_told_and_changes_nothing() {
    use ErrorKind::{DimensionMismatch, EmptyText, InvalidInput, InvalidVector, NotFound, TextTooLong};

    let over = (1 << 20) + 1;
    let table = vec![
        case("empty context", EmptyText, "context", |e| {
            e.observe(Observation::edit("", SECRET, "x")).map(drop)
        }),
        case("blank context", EmptyText, "context", |e| {
            e.observe(Observation::edit(" \n\t", SECRET, "x")).map(drop)
        }),
        case("empty final", EmptyText, "final", |e| {
            e.observe(Observation::edit("c", SECRET, "  ")).map(drop)
        }),
        case("context over the limit", TextTooLong, "context", move |e| {
            e.observe(Observation::edit(long(over), "a", "b")).map(drop)
        }),
        case("draft over the limit", TextTooLong, "draft", move |e| {
            e.observe(Observation::edit("c", long(over), "b")).map(drop)
        }),
        case("final over the limit", TextTooLong, "final", move |e| {
            e.observe(Observation::edit("c", "a", long(over))).map(drop)
        }),
        case("reason over the limit", TextTooLong, "reason", move |e| {
            e.observe(Observation::accept("c", "a").reason(long(over))).map(drop)
        }),
        case("empty accepted text", EmptyText, "accepted text", |e| {
            e.observe(Observation::accept("c", "")).map(drop)
        }),
        case("empty rejected text", EmptyText, "rejected text", |e| {
            e.observe(Observation::reject("c", "")).map(drop)
        }),
        case("empty rated text", EmptyText, "rated text", |e| {
            e.observe(Observation::rating("c", "", 0.5)).map(drop)
        }),
        case("rating out of range", InvalidInput, "rating", |e| {
            e.observe(Observation::rating("c", SECRET, 1.5)).map(drop)
        }),
        case("rating not a number", InvalidInput, "rating", |e| {
            e.observe(Observation::rating("c", SECRET, f32::NAN)).map(drop)
        }),
        case("strength of zero", InvalidInput, "strength", |e| {
            e.observe(Observation::accept("c", SECRET).strength(0.0)).map(drop)
        }),
        case("strength not a number", InvalidInput, "strength", |e| {
            e.observe(Observation::accept("c", SECRET).strength(f32::NAN)).map(drop)
        }),
        case("a choice of one", InvalidInput, "candidates", |e| {
            e.observe(Observation::choice("c", vec![SECRET.into()], 0)).map(drop)
        }),
        case("a choice of too many", InvalidInput, "candidates", |e| {
            e.observe(Observation::choice("c", vec![SECRET.into(); 65], 0)).map(drop)
        }),
        case("a choice of none of them", InvalidInput, "chosen", |e| {
            e.observe(Observation::choice("c", vec![SECRET.into(), "b".into()], 2)).map(drop)
        }),
        case("a huge chosen index", InvalidInput, "chosen", |e| {
            e.observe(Observation::choice("c", vec![SECRET.into(), "b".into()], usize::MAX)).map(drop)
        }),
        case("an empty candidate", EmptyText, "candidate", |e| {
            e.observe(Observation::choice("c", vec![SECRET.into(), String::new()], 0)).map(drop)
        }),
        case("empty history", EmptyText, "history text", |e| e.add_history(HistoryItem::new("")).map(drop)),
        case("history over the limit", TextTooLong, "history text", move |e| {
            e.add_history(HistoryItem::new(long(over))).map(drop)
        }),
        case("empty scope part", EmptyText, "scope's app", |e| {
            e.observe(Observation::accept("c", SECRET).scope(Scope::app(""))).map(drop)
        }),
        case("scope part too long", TextTooLong, "scope's task", |e| {
            e.personalize(&Request::new("c").scope(Scope::app("a").task(long(129)))).map(drop)
        }),
        case("vector of another size", DimensionMismatch, "vector", |e| {
            e.observe(Observation::accept("c", SECRET).vector(vec![1.0; DIMENSIONS + 1])).map(drop)
        }),
        case("vector with NaN", InvalidVector, "vector", |e| {
            let mut vector = unit(1);
            vector[3] = f32::NAN;
            e.observe(Observation::accept("c", SECRET).vector(vector)).map(drop)
        }),
        case("vector with an infinity", InvalidVector, "vector", |e| {
            let mut vector = unit(1);
            vector[3] = f32::INFINITY;
            e.personalize(&Request::new("c").vector(vector)).map(drop)
        }),
        case("vector of zeros", InvalidVector, "vector", |e| {
            e.search(&Query::new(SECRET).vector(vec![0.0; DIMENSIONS])).map(drop)
        }),
        case("personalize nothing", EmptyText, "context", |e| e.personalize(&Request::new("")).map(drop)),
        case("personalize over the limit", TextTooLong, "context", move |e| {
            e.personalize(&Request::new(long(over))).map(drop)
        }),
        case("personalize with k of 0", InvalidInput, "k is 0", |e| {
            e.personalize(&Request::new(SECRET).k(0)).map(drop)
        }),
        case("personalize with a huge k", InvalidInput, "k is", |e| {
            e.personalize(&Request::new(SECRET).k(usize::MAX)).map(drop)
        }),
        case("search for nothing", EmptyText, "query", |e| e.search(&Query::new("")).map(drop)),
        case("search with k of 0", InvalidInput, "k is 0", |e| e.search(&Query::new(SECRET).k(0)).map(drop)),
        case("search with a huge k", InvalidInput, "k is", |e| {
            e.search(&Query::new(SECRET).k(1_001)).map(drop)
        }),
        case("rank nothing", InvalidInput, "candidates", |e| {
            e.rank(&RankRequest::new("c", Vec::new())).map(drop)
        }),
        case("rank an empty text", EmptyText, "candidate", |e| {
            e.rank(&RankRequest::new("c", vec![SECRET.into(), " ".into()])).map(drop)
        }),
        case("unknown record", NotFound, "record", |e| e.record_text(RecordId(999)).map(drop)),
        case("forget an unknown record", NotFound, "record", |e| {
            e.forget(&Forget::records([RecordId(1), RecordId(999)])).map(drop)
        }),
        case("forget an empty text", EmptyText, "text to forget", |e| {
            e.forget(&Forget::containing(" ")).map(drop)
        }),
        case("unknown preference", NotFound, "preference", |e| {
            e.preferences().get(PreferenceId(999)).map(drop)
        }),
        case("unknown learned preference", NotFound, "preference", |e| {
            e.preferences().explain(PreferenceId(LEARNED)).map(drop)
        }),
        case("pin an unknown preference", NotFound, "preference", |e| {
            e.preferences().pin(PreferenceId(LEARNED), true)
        }),
        case("delete an unknown preference", NotFound, "preference", |e| {
            e.preferences().delete(PreferenceId(999))
        }),
        case("state nothing", EmptyText, "preference", |e| {
            e.preferences().add(" ", &Scope::person()).map(drop)
        }),
        case("state too much", TextTooLong, "preference", |e| {
            e.preferences().add(&long(2_001), &Scope::person()).map(drop)
        }),
        case("answer an unknown request", NotFound, "inference request", |e| {
            e.inference().complete(InferenceId(999), SECRET).map(drop)
        }),
        case("answer with nothing", EmptyText, "answer", |e| {
            e.inference().complete(InferenceId(999), "  ").map(drop)
        }),
        case("fail an unknown request", NotFound, "inference request", |e| {
            e.inference().fail(InferenceId(999), true)
        }),
    ];

    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for index in 0..4 {
        engine.observe(mail_edit(index)).unwrap();
    }
    let before = all_of(&engine);
    for (name, kind, names, call) in table {
        let error = call(&engine).expect_err(name);
        assert_eq!(error.kind(), kind, "{name}: {error}");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(names), "{name}: {error} does not name {names}");
        assert!(!shown.contains(SECRET), "{name}: {error} shows the text");
        let after = all_of(&engine);
        assert_eq!(before, after, "{name} changed something");
    }
}

#[test]
fn unusual_but_good_input_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let same = engine.observe(Observation::edit("c", "equal", "equal")).unwrap();
    assert_eq!(same.cost.distance, 0, "a draft left as it was costs nothing");
    engine.observe(Observation::edit("c", "", "written from nothing")).unwrap();
    engine.observe(Observation::edit("c", "x", "y")).unwrap();
    let mebibyte = "word ".repeat(1 << 18)[..1 << 20].to_owned();
    let shuffled = "drow ".repeat(1 << 18)[..1 << 20].to_owned();
    let large = engine.observe(Observation::edit(mebibyte.as_str(), mebibyte.as_str(), shuffled)).unwrap();
    assert_eq!(large.cost.distance, (1 << 20) / 5 + 1);
    engine.add_history(HistoryItem::new("\u{0}\u{feff}\u{202e}👩‍👩‍👧 ا")).unwrap();
    engine.personalize(&Request::new("?").k(1_000)).unwrap();
    assert_eq!(engine.personalize(&Request::new("c").token_budget(0)).unwrap().prompt, "");
    assert_eq!(engine.search(&Query::new("equal").k(1_000)).unwrap().len(), 5);
    engine.close().unwrap();
    assert_eq!(open(folder.path()).stats().unwrap().observations, 4);
}

#[test]
fn an_engine_for_supplied_vectors_asks_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let engine =
        Engine::builder(folder.path()).encoder(SuppliedVectors::new(DIMENSIONS, "own")).open().unwrap();
    let error = engine.observe(Observation::accept("c", SECRET)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::VectorRequired);
    assert!(error.to_string().contains("context"), "{error}");
    let id = engine.observe(Observation::accept("c", SECRET).vector(vec![3.0; DIMENSIONS])).unwrap().id;
    assert_eq!(engine.personalize(&Request::new("c")).unwrap_err().kind(), ErrorKind::VectorRequired);
    let hits = engine.search(&Query::new("q").vector(vec![1.0; DIMENSIONS])).unwrap();
    assert_eq!(hits[0].id, id);
    assert!((hits[0].similarity - 1.0).abs() < 1e-3, "a supplied vector is brought to unit length");
}

#[test]
fn limits_are_the_callers() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = Limits::default();
    limits.text_bytes = 10;
    let engine = builder(folder.path()).limits(limits.clone()).open().unwrap();
    assert_eq!(engine.observe(Observation::accept("0123456789", "0123456789")).unwrap().id, RecordId(1));
    let error = engine.observe(Observation::accept("0123456789a", "b")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TextTooLong);
    drop(engine);
    limits.k = 0;
    let error = builder(folder.path()).limits(limits).open().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

fn opening(folder: &Path) -> Error {
    builder(folder).open().expect_err("the folder is refused")
}

fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut files: Vec<_> = entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| name != "idiolect.lock")
        .collect();
    files.sort();
    files
}

#[test]
fn a_folder_that_is_not_ours_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();

    let file = folder.path().join("a-file");
    fs::write(&file, "text").unwrap();
    assert_eq!(opening(&file).kind(), ErrorKind::NotAStore);
    assert_eq!(fs::read(&file).unwrap(), b"text");

    assert_eq!(opening(folder.path()).kind(), ErrorKind::NotAStore, "a folder with other files");
    assert_eq!(snapshot(folder.path()).len(), 1);

    let foreign = folder.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("idiolect.redb"), "SQLite format 3\0 and so on").unwrap();
    assert_eq!(opening(&foreign).kind(), ErrorKind::NotAStore);

    let nested = folder.path().join("a/b/c");
    drop(open(&nested));
    assert!(nested.join("idiolect.redb").is_file(), "missing folders are made");

    assert_eq!(opening(Path::new("a\0b")).kind(), ErrorKind::Io);
}

#[test]
fn a_damaged_or_newer_store_is_told_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let engine = open(&path);
    engine.observe(mail_edit(0)).unwrap();
    engine.close().unwrap();
    let data = path.join("idiolect.redb");
    let whole = fs::read(&data).unwrap();

    for length in [0, 1, 8, 9, 100, 4_095, 4_096, whole.len() / 2] {
        fs::write(&data, &whole[..length]).unwrap();
        let before = snapshot(&path);
        let error = opening(&path);
        assert_eq!(error.kind(), ErrorKind::StoreDamaged, "cut at {length}: {error}");
        assert_eq!(before, snapshot(&path), "cut at {length}");
    }
    fs::write(&data, &whole).unwrap();
    assert_eq!(open(&path).stats().unwrap().observations, 1, "the whole file opens again");

    // The format number is the store's own, kept bare so that every version can read it.
    let newer = folder.path().join("newer");
    drop(open(&newer));
    {
        let database = redb::Database::open(newer.join("idiolect.redb")).unwrap();
        let write = database.begin_write().unwrap();
        let meta: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new("meta");
        let mut meta = write.open_table(meta).unwrap();
        let mut row = meta.get("store").unwrap().unwrap().value().to_vec();
        row[0] += 1;
        meta.insert("store", row.as_slice()).unwrap();
        drop(meta);
        write.commit().unwrap();
    }
    fs::write(newer.join("idiolect.log"), b"what this version cannot read").unwrap();
    for _ in 0..2 {
        assert_eq!(opening(&newer).kind(), ErrorKind::StoreNewer);
    }
    assert_eq!(fs::read(newer.join("idiolect.log")).unwrap(), b"what this version cannot read");
}

/// Stores of before the first release had their format where now is nothing.
#[test]
fn a_store_of_before_the_first_release_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for format in [1u32, 2] {
        let path = folder.path().join(format!("of-format-{format}"));
        fs::create_dir(&path).unwrap();
        let database = redb::Database::create(path.join("idiolect.redb")).unwrap();
        let write = database.begin_write().unwrap();
        let meta: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new("meta");
        write.open_table(meta).unwrap().insert("format", format.to_le_bytes().as_slice()).unwrap();
        write.commit().unwrap();
        drop(database);
        let log = b"what such a store had not yet in its data file";
        fs::write(path.join("idiolect.log"), log).unwrap();
        for _ in 0..2 {
            let error = opening(&path);
            assert_eq!(error.kind(), ErrorKind::StoreOlder);
            assert!(error.to_string().contains("before the first release"), "{error}");
        }
        assert_eq!(fs::read(path.join("idiolect.log")).unwrap(), log);
        let database = redb::Database::open(path.join("idiolect.redb")).unwrap();
        let read = redb::ReadableDatabase::begin_read(&database).unwrap();
        let meta: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new("meta");
        let kept = read.open_table(meta).unwrap().get("format").unwrap().unwrap().value().to_vec();
        assert_eq!(kept, format.to_le_bytes());
    }
}

#[test]
fn a_read_only_store_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(open(&path));
    let data = path.join("idiolect.redb");
    for target in [&data, &path] {
        let original = fs::metadata(target).unwrap().permissions();
        let mut locked = original.clone();
        locked.set_readonly(true);
        fs::set_permissions(target, locked).unwrap();
        let error = opening(&path);
        fs::set_permissions(target, original).unwrap();
        assert_eq!(error.kind(), ErrorKind::StoreReadOnly, "{error}");
    }
    drop(open(&path));
}

#[test]
fn a_second_opener_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    assert_eq!(opening(folder.path()).kind(), ErrorKind::StoreLocked, "the same process");

    // Another process: this test program again, told to open the folder and print the kind.
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "opens_what_it_is_told", "--nocapture"])
        .env("IDIOLECT_TEST_OPEN", folder.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("opened: StoreLocked"), "{printed}");

    engine.observe(mail_edit(0)).unwrap();
    engine.close().unwrap();
    assert_eq!(open(folder.path()).stats().unwrap().observations, 1);
}

/// Does nothing by itself: the other process of [`a_second_opener_is_told`].
#[test]
fn opens_what_it_is_told() {
    if let Some(folder) = std::env::var_os("IDIOLECT_TEST_OPEN") {
        println!("opened: {:?}", builder(Path::new(&folder)).open().err().map(|error| error.kind()).unwrap());
    }
}

#[test]
fn another_encoder_is_told_unless_the_store_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let other = || Engine::builder(folder.path()).encoder(SuppliedVectors::new(8, "other"));
    drop(other().open().expect("nothing is lost by another encoder in an empty store"));
    let engine = open(folder.path());
    engine.observe(mail_edit(0)).unwrap();
    engine.close().unwrap();
    let error = other().open().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::EncoderMismatch);
    assert!(error.to_string().contains("test:word-hash"), "{error}");
    open(folder.path());
}

#[test]
fn a_closed_engine_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let clone = engine.clone();
    engine.close().unwrap();
    engine.close().expect("closing twice is no error");
    let closed = |result: Result<(), Error>| assert_eq!(result.unwrap_err().kind(), ErrorKind::Closed);
    closed(clone.observe(mail_edit(0)).map(drop));
    closed(clone.personalize(&Request::new("c")).map(drop));
    closed(clone.search(&Query::new("c")).map(drop));
    closed(clone.rank(&RankRequest::new("c", vec!["a".into()])).map(drop));
    closed(clone.preferences().list().map(drop));
    closed(clone.preferences().add("x", &mail()).map(drop));
    closed(clone.inference().next().map(drop));
    closed(clone.forget(&Forget::between(day(0), day(1))).map(drop));
    closed(clone.erase_all());
    closed(clone.stats().map(drop));
    closed(clone.flush());
    open(folder.path());
}

#[test]
fn without_an_encoder_the_builder_says_so() {
    if cfg!(feature = "bundled-model") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let error = Engine::builder(folder.path()).open().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("encoder"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn bad_model_files_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/models/all-MiniLM-L6-v2.idm");
    let whole = fs::read(shipped).unwrap();
    let path = folder.path().join("model");
    let kind = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        NativeEmbedder::open(&path).expect_err("the model is refused").kind()
    };
    assert_eq!(kind(b""), ErrorKind::ModelForeign);
    assert_eq!(
        kind(b"GGUF and more of it than a header holds, so that the length is no reason"),
        ErrorKind::ModelForeign
    );
    assert_eq!(kind(&whole[..40]), ErrorKind::ModelDamaged);
    assert_eq!(kind(&whole[..whole.len() / 2]), ErrorKind::ModelDamaged);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 4;
    assert_eq!(kind(&flipped), ErrorKind::ModelDamaged);
    assert_eq!(NativeEmbedder::open(folder.path().join("absent")).err().unwrap().kind(), ErrorKind::Io);
}

#[test]
fn the_engine_is_shared_by_threads() {
    fn assert_send_sync<T: Send + Sync>() {}
    assert_send_sync::<Engine>();
    let folder = tempfile::tempdir().unwrap();
    let engine = builder(folder.path()).encoder(WordHash).open().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let engine = engine.clone();
            scope.spawn(move || {
                for index in 0..10 {
                    engine.observe(mail_edit(thread * 10 + index)).unwrap();
                    engine.personalize(&Request::new("asks to meet").scope(mail())).unwrap();
                    engine.search(&Query::new("budget")).unwrap();
                }
            });
        }
    });
    assert_eq!(engine.stats().unwrap().observations, 40);
    engine.close().unwrap();
    let ids: Vec<u64> =
        open(folder.path()).search(&Query::new("meet").k(100)).unwrap().iter().map(|hit| hit.id.0).collect();
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 40, "no id is given twice");
}
