//! The source of random bytes: the operating system, or a test.

use std::io;
use std::sync::Arc;

/// Fills a slice with random bytes.
pub type Random = Arc<dyn Fn(&mut [u8]) -> io::Result<()> + Send + Sync>;

/// The operating system's random source.
pub fn system() -> Random {
    let failed = |_| io::Error::other("the system's random number generator failed");
    Arc::new(move |bytes| getrandom::fill(bytes).map_err(failed))
}

/// `N` random bytes.
pub(super) fn bytes<const N: usize>(random: &Random) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    random(&mut bytes)?;
    Ok(bytes)
}
