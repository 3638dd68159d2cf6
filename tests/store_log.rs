//! What a kill leaves, and what damage, mix-ups and strangers' texts make of it: nothing that was acknowledged is lost
//! without being reported, and the store opens.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{builder, mail, mail_edit, open};
use idiolect::{Engine, Forget, HistoryItem, Observation, RecordId, Stats};
use tempfile::TempDir;

const FILES: [&str; 2] = ["idiolect.redb", "idiolect.log"];

/// What a kill leaves of a store that is open.
fn killed(store: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in FILES {
        fs::copy(store.join(name), folder.path().join(name)).unwrap();
    }
    folder
}

fn stats(folder: &Path) -> Stats {
    open(folder).stats().unwrap()
}

fn log(folder: &Path) -> PathBuf {
    folder.join(FILES[1])
}

/// A frame of the log of stores before the first release that is also a text: 19 bytes, with a number beyond all others.
fn text_of_a_frame() -> String {
    for number in 0u64.. {
        let mut frame = *b"aaaaaaaz";
        let mut left = number;
        for byte in frame.iter_mut().take(6) {
            *byte = b'a' + (left % 26) as u8;
            left /= 26;
        }
        let checksum = crc32(&[&[100][..], &frame, &[0]].concat()).to_le_bytes();
        if checksum.is_ascii() {
            let text = [&frame[..], &7u32.to_le_bytes(), &[1, 100], &checksum, &[0]].concat();
            return String::from_utf8(text).unwrap();
        }
    }
    unreachable!("one checksum in sixteen is of ASCII characters")
}

fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1));
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc)))
}

#[test]
fn no_text_in_the_log_keeps_a_store_shut_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for index in 0..20 {
        engine.observe(mail_edit(index)).unwrap();
    }
    // Frames of the old kind, and those of this very log with their round and the store's id, as far as texts can be.
    let own = String::from_utf8_lossy(&fs::read(log(folder.path())).unwrap()[..2_000]).into_owned();
    let mut frames = vec![text_of_a_frame(), text_of_a_frame().repeat(100)];
    frames.extend((0..8).map(|shift| "x".repeat(shift) + &own));
    let mut count = 20;
    for text in frames {
        let context = format!("Hello, see {text} attached");
        let edit = Observation::edit(context, "Dear Sir, I would be glad to see it.", "Hi! Will look.");
        engine.observe(edit.scope(mail())).unwrap();
        count += 1;
        let left = killed(folder.path());
        assert_eq!((stats(left.path()).observations, stats(left.path()).logs_set_aside), (count, 0));
    }
    // A text that fills the log, so that it starts over in the midst of it.
    engine.add_history(HistoryItem::new("a long text of one's own ".repeat(24_000))).unwrap();
    engine.observe(mail_edit(21)).unwrap();
    let left = killed(folder.path());
    let stats = stats(left.path());
    assert_eq!((stats.observations, stats.history, stats.logs_set_aside), (count + 1, 1, 0));
}

#[test]
fn one_bit_of_the_log_costs_nothing_that_came_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for index in 0..50 {
        engine.observe(mail_edit(index)).unwrap();
    }
    engine.close().unwrap();
    let engine = open(folder.path());
    let mut ends = vec![0];
    for index in 50..55 {
        engine.observe(mail_edit(index)).unwrap();
        ends.push(fs::metadata(log(folder.path())).unwrap().len() as usize);
    }
    let left = killed(folder.path());
    let whole = fs::read(log(left.path())).unwrap();
    for (frame, start) in ends[..5].iter().enumerate() {
        for at in [0, 9, 20, 38, 100, 511, 600] {
            let left = killed(folder.path());
            let mut damaged = whole.clone();
            damaged[start + at] ^= 4;
            fs::write(log(left.path()), &damaged).unwrap();
            // The last: where its round or number is hit it is as one that was not yet written.
            let is_as_torn = frame == 4 && at == 0;
            for _ in 0..2 {
                let stats = stats(left.path());
                let expected = (50 + frame, usize::from(!is_as_torn));
                assert_eq!((stats.observations, stats.logs_set_aside), expected, "frame {frame}, byte {at}");
            }
            if !is_as_torn {
                assert!(fs::read(left.path().join("idiolect.log.aside-1")).unwrap() == damaged);
            }
            // Nobody knows what it holds.
            let engine = open(left.path());
            engine.forget(&Forget::record(RecordId(1))).unwrap();
            assert_eq!(engine.stats().unwrap().logs_set_aside, 0);
        }
    }
}

#[test]
fn a_log_of_another_store_is_not_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let [own, others] = ["own", "others"].map(|name| folder.path().join(name));
    let [engine, other] = [open(&own), open(&others)];
    for index in 0..8 {
        engine.observe(mail_edit(index)).unwrap();
        other.add_history(HistoryItem::new(format!("another person's secret {index}"))).unwrap();
    }
    let left = killed(&own);
    fs::copy(log(&others), log(left.path())).unwrap();
    let engine = open(left.path());
    let stats = engine.stats().unwrap();
    assert_eq!((stats.history, stats.logs_set_aside), (0, 1));
    for id in 1..=8 {
        assert!(!engine.record_text(RecordId(id)).is_ok_and(|text| text.contains("secret")));
    }
}

#[test]
fn commits_that_an_older_data_file_lacks_are_reported_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let with = |indices: std::ops::Range<usize>| -> Engine {
        let engine = open(folder.path());
        indices.for_each(|index| drop(engine.observe(mail_edit(index)).unwrap()));
        engine
    };
    with(0..1).close().unwrap();
    let backup = fs::read(folder.path().join(FILES[0])).unwrap();
    with(1..2).close().unwrap();
    let engine = with(2..6);
    let left = killed(folder.path());
    let newer = fs::read(log(left.path())).unwrap();
    fs::write(left.path().join(FILES[0]), backup).unwrap();
    let stats = stats(left.path());
    assert_eq!((stats.observations, stats.logs_set_aside), (1, 1));
    assert!(fs::read(left.path().join("idiolect.log.aside-1")).unwrap() == newer);
    drop(engine);
}

#[cfg(unix)]
mod modes {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    /// Does nothing by itself: the process of the next test.
    #[test]
    fn leaves_files_where_it_is_told() {
        let Some(folder) = std::env::var_os("IDIOLECT_TEST_MODES") else { return };
        let folder = PathBuf::from(folder);
        let engine = open(&folder);
        engine.observe(mail_edit(0)).unwrap();
        engine.observe(mail_edit(1)).unwrap();
        let left = folder.parent().unwrap().join("left");
        fs::create_dir(&left).unwrap();
        for name in FILES {
            fs::copy(folder.join(name), left.join(name)).unwrap();
        }
        engine.close().unwrap();
        let damaged = [0xa5; 512];
        fs::write(left.join(FILES[1]), damaged).unwrap();
        drop(open(&left));
        assert_eq!(mode(&left.join("idiolect.log.aside-1")), 0o600);
        open(&folder).forget(&Forget::record(RecordId(1))).unwrap();
    }

    #[test]
    fn files_are_the_persons_alone_whatever_the_umask() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("of/a/person");
        let status = Command::new("sh")
            .args(["-c", r#"umask 0; exec "$0" --exact modes::leaves_files_where_it_is_told"#])
            .arg(std::env::current_exe().unwrap())
            .env("IDIOLECT_TEST_MODES", &folder)
            .status()
            .unwrap();
        assert!(status.success());
        for made in [&folder, &scratch.path().join("of"), &scratch.path().join("of/a")] {
            assert_eq!(mode(made), 0o700, "{}", made.display());
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            names.push(path);
        }
        assert!(names.len() >= 2);
        // While it is open.
        let engine = open(&folder);
        engine.observe(mail_edit(2)).unwrap();
        assert_eq!(mode(&log(&folder)), 0o600);
    }

    #[test]
    fn a_mode_that_the_app_has_set_is_left_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let folder = scratch.path().join("store");
        fs::create_dir(&folder).unwrap();
        set(&folder, 0o750);
        let engine = builder(&folder).open().unwrap();
        engine.observe(mail_edit(0)).unwrap();
        engine.observe(mail_edit(1)).unwrap();
        set(&folder.join(FILES[0]), 0o640);
        engine.forget(&Forget::record(RecordId(1))).unwrap();
        assert_eq!((mode(&folder), mode(&folder.join(FILES[0]))), (0o750, 0o640));
    }
}
