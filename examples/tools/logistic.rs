//! Logistic regression with a normal prior, fitted by Newton's method.
//!
//! Invariant: deterministic for a given order of the examples; meant for a handful of inputs and some hundred examples.

/// One example: inputs, outcome and weight.
pub(crate) struct Example {
    pub(crate) inputs: Vec<f64>,
    pub(crate) came_true: bool,
    pub(crate) weight: f64,
}

const STEPS: usize = 12;

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Fits weights with a normal prior centred on zero with the given `precisions` (above 0).
pub(crate) fn fit(examples: &[Example], precisions: &[f64]) -> Vec<f64> {
    let size = precisions.len();
    let mut mean = vec![0.0; size];
    for _ in 0..STEPS {
        let mut gradient: Vec<f64> = mean.iter().zip(precisions).map(|(mean, prior)| -mean * prior).collect();
        let mut hessian = vec![vec![0.0; size]; size];
        for (at, prior) in precisions.iter().enumerate() {
            hessian[at][at] = *prior;
        }
        for Example { inputs, came_true, weight } in examples {
            let p = sigmoid(dot(inputs, &mean));
            let error = weight * (f64::from(u8::from(*came_true)) - p);
            let curvature = weight * (p * (1.0 - p)).max(1e-9);
            for (at, input) in inputs.iter().enumerate().filter(|(_, input)| **input != 0.0) {
                gradient[at] += error * input;
                for (cell, other) in hessian[at][..=at].iter_mut().zip(inputs) {
                    *cell += curvature * input * other;
                }
            }
        }
        let step = solve(&cholesky(&hessian), &gradient);
        let longest = step.iter().fold(0.0, |most: f64, step| most.max(step.abs()));
        mean.iter_mut().zip(&step).for_each(|(mean, step)| *mean += step / longest.max(1.0));
        if longest < 1e-6 {
            break;
        }
    }
    mean
}

/// The Cholesky factor L (lower triangular, `L Lᵀ = matrix`) of a symmetric positive definite matrix, given by its
/// lower triangle.
fn cholesky(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut lower = vec![vec![0.0; matrix.len()]; matrix.len()];
    for row in 0..matrix.len() {
        for column in 0..=row {
            let rest = matrix[row][column] - dot(&lower[row][..column], &lower[column][..column]);
            lower[row][column] =
                if row == column { rest.max(1e-12).sqrt() } else { rest / lower[column][column] };
        }
    }
    lower
}

fn solve(lower: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let mut x = right.to_vec();
    for row in 0..x.len() {
        x[row] = (x[row] - dot(&lower[row][..row], &x[..row])) / lower[row][row];
    }
    for row in (0..x.len()).rev() {
        let below: f64 = (row + 1..x.len()).map(|other| lower[other][row] * x[other]).sum();
        x[row] = (x[row] - below) / lower[row][row];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deciding_input_is_found() {
        let example =
            |x: f64, noise: f64| Example { inputs: vec![x, noise], came_true: x > 0.0, weight: 1.0 };
        let examples: Vec<Example> = (0..40)
            .map(|at| example(if at % 2 == 0 { 1.0 } else { -1.0 }, f64::from(at % 3) - 1.0))
            .collect();
        let found = fit(&examples, &[1.0, 1.0]);
        assert!(found[0] > 1.5 && found[1].abs() < 0.3, "{found:?}");
        assert_eq!(fit(&[], &[1.0, 1.0]), [0.0, 0.0]);
    }
}
