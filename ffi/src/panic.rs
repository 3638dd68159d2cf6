//! Panics: caught, not printed, and reported only by their location in the source.
//!
//! Invariant: no panic unwinds into C. A panic in a call or on the engine's own thread is not printed either, because
//! its message may quote user text; its location is kept for the error message.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, Location, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::thread::current;

use idiolect_core::THREAD_NAME;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static PANICKED_AT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `body`, which has no way to report an error; returns `otherwise` if it panics.
pub(crate) fn catch_or<R>(otherwise: R, body: impl FnOnce() -> R) -> R {
    guarded(body).unwrap_or(otherwise)
}

/// Runs `body`; if it panics, returns the location in the source.
pub(crate) fn guarded<R>(body: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |info| {
            if INSIDE.try_with(Cell::get).unwrap_or(false) || current().name() == Some(THREAD_NAME) {
                let at = info.location().map_or_else(|| "an unknown place".to_owned(), place);
                PANICKED_AT.with(|cell| cell.replace(Some(at)));
            } else {
                previous(info);
            }
        }));
    });
    let outer = INSIDE.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(body));
    INSIDE.set(outer);
    outcome.map_err(|_payload| PANICKED_AT.take().unwrap_or_else(|| "an unknown place".to_owned()))
}

/// The file, without the folders of the build machine, and the line.
fn place(location: &Location<'_>) -> String {
    let file = location.file().replace('\\', "/");
    let file = file.rsplit_once("src/").map_or(file.as_str(), |(_, file)| file);
    format!("{file}:{}", location.line())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_engines_thread_is_not_printed() {
        catch_or((), || {});
        let panics = |name: &str| {
            let panicking = || {
                drop(catch_unwind(|| panic!("the person wrote: dear diary")));
                // The location is recorded for a panic that is not printed.
                PANICKED_AT.take().is_some()
            };
            let thread = std::thread::Builder::new().name(name.to_owned()).spawn(panicking);
            thread.expect("a thread").join().expect("it catches the panic")
        };
        assert!(panics(THREAD_NAME));
        assert!(!panics("the app's"));
    }
}
