//! What kind of context a text is, told from one, five or twenty examples of each kind.
//!
//! Examples are drawn anew, and so are up to a thousand of the other texts, in each of a few rounds with fixed seeds.

use std::path::Path;

use idiolect::internals::signals::{ContextKey, ContextKinds};

use crate::encode::Encoder;
use crate::metrics::mean;
use crate::{Options, data, figure};

const ROUNDS: u64 = 6;
const ASKED: usize = 1_000;

pub(crate) fn run(folder: &Path, encoder: &mut Encoder, options: &Options) {
    for file in data::files(&folder.join("contexts")) {
        if let Err(reason) = measure(&file, encoder, options) {
            println!("contexts: {reason}; skipped");
        }
    }
}

fn measure(file: &Path, encoder: &mut Encoder, options: &Options) -> Result<(), String> {
    let mut items = data::read(file, |json| Ok((data::text(json, "type")?, data::text(json, "text")?)));
    items.truncate(options.limit);
    let mut kinds: Vec<&str> = items.iter().map(|(kind, _)| kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let texts: Vec<&str> = items.iter().map(|(_, text)| text.as_str()).collect();
    let vectors = encoder.encode("contexts", &texts)?;
    let keys: Vec<ContextKey> =
        texts.iter().zip(&vectors).map(|(text, vector)| ContextKey::new(text, vector)).collect();
    let labels: Vec<usize> =
        items.iter().map(|(kind, _)| kinds.binary_search(&kind.as_str()).unwrap_or(0)).collect();
    println!("\nkind of context, of {} kinds in {} texts", kinds.len(), items.len());
    for count in [1, 5, 20] {
        let mut shares = Vec::new();
        for round in 0..ROUNDS {
            let mut order: Vec<usize> = (0..items.len()).collect();
            shuffle(&mut order, round + 1);
            let mut taken = vec![0; kinds.len()];
            let (mut examples, mut asked) = (Vec::new(), Vec::new());
            for at in order {
                if taken[labels[at]] < count {
                    taken[labels[at]] += 1;
                    examples.push((labels[at], keys[at].clone()));
                } else {
                    asked.push(at);
                }
            }
            asked.truncate(ASKED);
            let known = ContextKinds::learn(&examples).ok_or("no examples")?;
            let told =
                |at: &usize| known.similarities(&keys[*at]).first().map(|first| first.0) == Some(labels[*at]);
            let right: Vec<f64> = asked.iter().map(|at| f64::from(u8::from(told(at)))).collect();
            shares.push(mean(&right));
        }
        figure(&format!("context_kind_{count}"), mean(&shares), "share");
    }
    Ok(())
}

/// Fisher and Yates, with Knuth's linear congruential generator.
fn shuffle(order: &mut [usize], seed: u64) {
    let mut state = seed;
    for at in (1..order.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, (state >> 33) as usize % (at + 1));
    }
}
