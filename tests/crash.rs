//! Kills the quickstart at any moment, fifty times, and runs it again on the same folder: no record that was
//! acknowledged is ever lost, none that was forgotten comes back, and the store always opens.
//!
//! Invariant: the quickstart says in its `--acks` file what it was told by the engine, each line written
//! before it goes on; here the store is read with the engine itself and compared with that file. The kill
//! falls at deterministic pseudo-random moments spread over a whole run, opening, erasing and forgetting
//! included. What a power loss does is left to the fault-injecting tests of the store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../examples/quickstart/hashing.rs"]
mod hashing;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Instant, SystemTime};

use idiolect::{Engine, ErrorKind, RecordId};

const KILLS: usize = 50;
/// Runs that end before the kill reaches them do not count; so many runs in all are enough.
const RUNS_MAX: usize = 400;

#[test]
fn fifty_kills_lose_no_acknowledged_record() {
    let program = quickstart();
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();

    let started = Instant::now();
    let mut whole = spawn(&program, &scratch.path().join("calibration"));
    assert!(whole.wait().unwrap().success(), "{}", said(&scratch.path().join("calibration")));
    let whole_run = started.elapsed();

    let folder = scratch.path().join("killed");
    let mut random = 0x2545_f491_4f6c_dd1du64;
    let (mut kills, mut runs, mut most) = (0, 0, 0);
    while kills < KILLS {
        runs += 1;
        assert!(runs <= RUNS_MAX, "only {kills} of {runs} runs were still going when they were to be killed");
        let mut child = spawn(&program, &folder);
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        std::thread::sleep(whole_run.mul_f64((random >> 11) as f64 / (1u64 << 53) as f64));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "run {runs} failed: {}", said(&folder));
        } else {
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
        most = most.max(check(&folder, runs));
    }
    assert!(most > 30, "the kills came so early that at most {most} records were ever at stake");
}

/// Starts the quickstart on `folder`/store.
fn spawn(program: &Path, folder: &Path) -> Child {
    fs::create_dir_all(folder).unwrap();
    let output = File::create(folder.join("output")).unwrap();
    Command::new(program)
        .arg("--hash-vectors")
        .arg("--store")
        .arg(folder.join("store"))
        .arg("--acks")
        .arg(folder.join("acks"))
        .stdin(Stdio::null())
        .stderr(output.try_clone().unwrap())
        .stdout(output)
        .spawn()
        .unwrap()
}

fn said(folder: &Path) -> String {
    let output = fs::read_to_string(folder.join("output")).unwrap_or_default();
    output.lines().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// What the acks file promises.
#[derive(Default)]
struct Promised {
    /// Records that must be there, with their texts.
    held: BTreeMap<u64, String>,
    /// Records that must be gone.
    gone: BTreeSet<u64>,
    /// A record that was being forgotten when the kill came: it may be there or not.
    open: BTreeSet<u64>,
    /// How far the stream had come: every earlier interaction is in the store, acknowledged or not.
    reached: usize,
    /// Everything was being erased when the kill came: all is there, or nothing.
    erasing: bool,
}

impl Promised {
    fn read(path: &Path) -> Self {
        let mut promised = Self::default();
        let acks = fs::read_to_string(path).unwrap_or_default();
        // A last line without its end was cut by the kill: nothing was promised by it.
        for line in acks.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            let mut words = line.splitn(4, ' ');
            let verb = words.next().unwrap();
            if verb == "erased" || (promised.erasing && verb == "ack") {
                promised = Self::default();
            }
            let id = words.next().and_then(|word| word.parse::<u64>().ok());
            match (verb, id) {
                ("ack", Some(id)) => {
                    promised.reached = words.next().unwrap().parse::<usize>().unwrap() + 1;
                    let text = serde_json::from_str(words.next().unwrap()).unwrap();
                    assert!(promised.held.insert(id, text).is_none(), "record {id} was acknowledged twice");
                }
                ("forgetting", Some(id)) => {
                    promised.open.insert(id);
                }
                ("forgot", Some(id)) => {
                    promised.open.remove(&id);
                    promised.held.remove(&id);
                    promised.gone.insert(id);
                }
                ("resume", Some(reached)) => promised.reached = reached as usize,
                ("erasing", None) => promised.erasing = true,
                ("erased", None) => {}
                _ => panic!("an unknown line: {line}"),
            }
        }
        promised
    }
}

/// Opens the store and compares; gives the number of records at stake.
fn check(folder: &Path, run: usize) -> usize {
    let promised = Promised::read(&folder.join("acks"));
    let engine = Engine::builder(folder.join("store"))
        .encoder(hashing::HashVectors)
        .open()
        .unwrap_or_else(|error| panic!("after run {run} the store does not open: {error}"));
    let stats = engine.stats().unwrap();
    assert_eq!((stats.history, stats.entries, stats.inference_pending), (0, 0, 0), "after run {run}");
    if promised.erasing && stats.observations == 0 {
        return 0;
    }
    for (id, text) in &promised.held {
        match engine.record_text(RecordId(*id)) {
            Ok(found) => assert_eq!(found, *text, "record {id} after run {run}"),
            Err(error) => assert!(
                promised.open.contains(id) && error.kind() == ErrorKind::NotFound,
                "record {id} was acknowledged and is lost after run {run}: {error}"
            ),
        }
    }
    for id in &promised.gone {
        let found = engine.record_text(RecordId(*id)).map_err(|error| error.kind());
        assert_eq!(found, Err(ErrorKind::NotFound), "record {id} was forgotten and is back after run {run}");
    }
    // At most one more was stored without its acknowledgement having been written down.
    let most = promised.reached + 1 - promised.gone.len();
    let least = most - 1 - promised.open.len();
    assert!((least..=most).contains(&stats.observations), "{} records after run {run}", stats.observations);
    engine.close().unwrap();
    promised.held.len()
}

/// The example's program, built in the profile of this test where it is missing or older than its sources.
fn quickstart() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).expect("tests lie in <target>/<profile>/deps");
    let program = profile.join("examples").join(format!("quickstart{}", std::env::consts::EXE_SUFFIX));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = fs::metadata(&program).and_then(|about| about.modified()).ok();
    let changed = newest(&root.join("src")).max(newest(&root.join("examples/quickstart")));
    if built.is_none_or(|built| built < changed) {
        let name = match profile.file_name().and_then(|name| name.to_str()) {
            None | Some("debug") => "dev",
            Some(name) => name,
        };
        let mut features = Vec::new();
        features.extend(cfg!(feature = "onnx").then_some("idiolect/onnx"));
        features.extend(cfg!(feature = "graph").then_some("idiolect/graph"));
        // The workspace, for dependencies as `cargo test --workspace` has compiled them.
        let mut command = Command::new(env!("CARGO"));
        command.args(["build", "--quiet", "--workspace", "--example", "quickstart", "--profile", name]);
        let built = command
            .args(["--features", &features.join(",")])
            .arg("--target-dir")
            .arg(profile.parent().expect("a profile lies in the target folder"))
            .current_dir(root)
            .status()
            .unwrap();
        assert!(built.success(), "the example does not build");
    }
    program
}

fn newest(folder: &Path) -> SystemTime {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let times = entries.map(|entry| {
        let about = entry.metadata().unwrap();
        if about.is_dir() { newest(&entry.path()) } else { about.modified().unwrap() }
    });
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

#[test]
fn a_torn_last_line_promises_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("acks");
    fs::write(&path, "ack 1 0 \"one\"\nack 2 1 \"two\"\nforgetting 1\nforgot 1\nack 3 2 \"thr").unwrap();
    let promised = Promised::read(&path);
    assert_eq!(promised.held.into_iter().collect::<Vec<_>>(), [(2, "two".to_owned())]);
    assert_eq!(promised.gone.into_iter().collect::<Vec<_>>(), [1]);
    fs::write(&path, "ack 1 0 \"one\"\nerasing\nack 1 0 \"uno\"\n").unwrap();
    let promised = Promised::read(&path);
    assert_eq!(promised.held.into_iter().collect::<Vec<_>>(), [(1, "uno".to_owned())]);
    assert!(!promised.erasing);
}
