//! Similarity of contexts, by topic and form together.
//!
//! Invariant: the likeness of two contexts is symmetric. Evening it out for a request makes it depend on the contexts
//! found for that request, and on nothing else, so that nothing of it has to be stored or forgotten.

use super::tuning::likeness::{CROWD, CROWDING, FORM};

/// The similarity of two contexts by topic and form together, from the cosine of their vectors and the distance of
/// their surfaces. At most 1; contexts above -0.3 are mostly of one kind, those below -0.5 mostly not.
pub fn likeness(cosine: f32, distance: f32) -> f32 {
    cosine - FORM * distance
}

/// Corrects the likenesses of contexts to a request for crowding: contexts in a dense neighbourhood are near to many
/// requests of other kinds, and those in a sparse one are far even from requests of their own kind. `pairs` holds the
/// likeness of each pair of contexts, a square matrix row by row; its diagonal is not read. The mean is unchanged.
///
/// This is the correction for hubs of Conneau et al. 2018, "Word translation without parallel data" (cross-domain
/// similarity local scaling), with neighbourhoods taken among the contexts found.
///
/// # Panics
/// If the matrix does not have as many rows as there are contexts.
pub(crate) fn even_out(likenesses: &mut [f32], pairs: &[f32]) {
    let count = likenesses.len();
    assert_eq!(pairs.len(), count * count, "a row of pairs for each context");
    if count < 3 {
        return;
    }
    // The greatest values of each row, by rank. All rows process their next pair together.
    let mut most = vec![vec![f32::NEG_INFINITY; count]; CROWD.min(count - 1)];
    let mut next = vec![0.0; count];
    for (other, row) in pairs.chunks_exact(count).enumerate() {
        next.copy_from_slice(row);
        next[other] = f32::NEG_INFINITY;
        for most in &mut most {
            for (most, next) in most.iter_mut().zip(&mut next) {
                let (more, less) = if *next > *most { (*next, *most) } else { (*most, *next) };
                (*most, *next) = (more, less);
            }
        }
    }
    let crowding = |at: usize| most.iter().map(|most| most[at]).sum::<f32>() / most.len() as f32;
    let crowding: Vec<f32> = (0..count).map(crowding).collect();
    let mean = crowding.iter().sum::<f32>() / count as f32;
    for (likeness, crowding) in likenesses.iter_mut().zip(crowding) {
        *likeness -= CROWDING * (crowding - mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topic_and_form_both_count() {
        assert_eq!(likeness(1.0, 0.0), 1.0);
        assert!(likeness(0.5, 0.1) > likeness(0.4, 0.1) && likeness(0.5, 0.1) > likeness(0.5, 0.2));
    }

    /// Three contexts that are all alike, and one that is unlike the others.
    #[rustfmt::skip]
    const PAIRS: [f32; 16] = [
        1.0, 0.6, 0.6, 0.0,
        0.6, 1.0, 0.6, 0.0,
        0.6, 0.6, 1.0, 0.0,
        0.0, 0.0, 0.0, 1.0,
    ];

    #[test]
    fn what_stands_alone_gains_on_a_crowd() {
        let mut even = [0.30, 0.20, 0.10, 0.25];
        even_out(&mut even, &PAIRS);
        assert!(even[3] > even[0] && even[0] > even[1] && even[1] > even[2], "{even:?}");
        let mean = |likenesses: &[f32]| likenesses.iter().sum::<f32>() / 4.0;
        assert!((mean(&even) - mean(&[0.30, 0.20, 0.10, 0.25])).abs() < 1e-6);
    }

    #[test]
    fn equal_crowds_change_nothing() {
        let mut even = [0.3, 0.2, 0.1];
        even_out(&mut even, &[1.0, 0.5, 0.5, 0.5, 1.0, 0.5, 0.5, 0.5, 1.0]);
        assert!(even.iter().zip([0.3, 0.2, 0.1]).all(|(a, b)| (a - b).abs() < 1e-6));
        for count in 0..3 {
            let mut few = vec![0.5; count];
            even_out(&mut few, &vec![0.1; count * count]);
            assert_eq!(few, vec![0.5; count]);
        }
    }
}
