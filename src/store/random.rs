//! Where random numbers come from: the operating system, or a test.

use std::io;
use std::sync::Arc;

/// Fills bytes with random ones.
pub type Random = Arc<dyn Fn(&mut [u8]) -> io::Result<()> + Send + Sync>;

/// The operating system's.
pub fn system() -> Random {
    let failed = |_| io::Error::other("the system has no random numbers");
    Arc::new(move |bytes| getrandom::fill(bytes).map_err(failed))
}

/// So many random bytes.
pub(super) fn bytes<const N: usize>(random: &Random) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    random(&mut bytes)?;
    Ok(bytes)
}
