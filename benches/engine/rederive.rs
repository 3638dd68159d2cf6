//! The cost of a newer inducer version when a store is opened: opening and the first `personalize` compared with those
//! of a plain opening, alternating on copies of one store, and the time until all evidence is renewed.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use idiolect::{Durability, Embedder, Engine, Observation, Request};

use super::timing::Samples;
use super::{Failure, figure, say, stream, text};

const TURNS: usize = 7;

pub(super) fn rederive(records: usize, encoder: &Arc<dyn Embedder>) -> Result<(), Failure> {
    let base = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let open = |folder: &Path, version: u32| {
        Engine::builder(folder)
            .shared_encoder(Arc::clone(encoder))
            .durability(Durability::Buffered)
            .inducer(version, |_| {})
            .open()
    };
    let stream = stream::stream();
    let engine = open(base.path(), 1)?;
    for index in 0..records {
        let text = text(&stream, index);
        engine.observe(Observation::edit(text.context, text.draft, text.edited).scope(text.scope))?;
    }
    engine.close()?;
    drop(engine);

    let mut opened = [Samples::default(), Samples::default()];
    let mut answered = [Samples::default(), Samples::default()];
    let mut renewed = Samples::default();
    for turn in 0..2 * TURNS {
        let raised = turn % 2;
        let copy = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        for file in std::fs::read_dir(base.path())? {
            let file = file?;
            std::fs::copy(file.path(), copy.path().join(file.file_name()))?;
        }
        let started = Instant::now();
        let engine = open(copy.path(), 1 + raised as u32)?;
        opened[raised].push(started.elapsed());
        engine.personalize(&Request::new("Asks whether the harbour tour is on"))?;
        answered[raised].push(started.elapsed());
        if raised == 1 {
            while engine.stats()?.deriving.is_some() {
                std::thread::sleep(Duration::from_millis(1));
            }
            renewed.push(started.elapsed());
        }
        engine.close()?;
    }
    for (name, [plain, raised]) in [("open", &opened), ("open_to_personalize", &answered)] {
        figure(&format!("{name}_plain_ms"), plain.median_ms(), "ms");
        figure(&format!("{name}_raised_ms"), raised.median_ms(), "ms");
        let ratio = raised.median_ms().zip(plain.median_ms()).map(|(raised, plain)| raised / plain);
        figure(&format!("{name}_raised_ratio"), ratio, "");
    }
    figure("evidence_renewed_ms", renewed.median_ms(), "ms");
    say(&format!("{records} records, {TURNS} turns of each"));
    Ok(())
}
