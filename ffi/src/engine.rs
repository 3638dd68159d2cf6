//! The engine's handle: opening, closing, flushing, figures, erasing.
//!
//! Invariant: once a call panicked inside an engine, every later call on it but closing gives `Poisoned`.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use idiolect_core::{Engine, Error, Result as CoreResult};

use crate::config::idiolect_config;
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::memory::{Out, SizedOut, sized_struct};
use crate::wall::wall;

/// One person's engine over one store folder. Any thread may call any function with it at any time.
pub struct idiolect_engine {
    engine: Engine,
    poisoned: AtomicBool,
}

impl Handle for idiolect_engine {
    const NAME: &'static str = "engine";
}

impl idiolect_engine {
    /// Runs a verb.
    pub(crate) fn call<R>(&self, verb: impl FnOnce(&Engine) -> CoreResult<R>) -> Result<R, Failure> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Error::Poisoned.into());
        }
        match catch_unwind(AssertUnwindSafe(|| verb(&self.engine))) {
            Ok(outcome) => Ok(outcome?),
            Err(payload) => {
                self.poisoned.store(true, Ordering::Release);
                resume_unwind(payload)
            }
        }
    }
}

impl Drop for idiolect_engine {
    fn drop(&mut self) {
        // Nobody is left to tell; who wants to know closes first.
        let _ = self.engine.close();
    }
}

/// Runs a verb of the engine behind a handle.
pub(crate) fn call<R>(
    engine: *const idiolect_engine,
    verb: impl FnOnce(&Engine) -> CoreResult<R>,
) -> Result<R, Failure> {
    handle::get(engine)?.call(verb)
}

/// What an engine holds. Set `struct_size` to sizeof(idiolect_stats) before the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_stats {
    /// Size of this struct, set by the caller.
    pub struct_size: usize,
    /// Records with feedback.
    pub observations: u64,
    /// History items.
    pub history: u64,
    /// Stated and inferred preferences, and what the person decided about learned ones.
    pub entries: u64,
    /// Inference requests not yet completed.
    pub inference_pending: u64,
    /// Bytes of the store's file.
    pub store_bytes: u64,
    /// Bytes of vectors and index in memory, roughly.
    pub index_bytes: u64,
    /// Values per vector.
    pub dimensions: u64,
    /// The instruction set that the encoder runs on, an IDIOLECT_ISA_.
    pub instruction_set: u64,
    /// Of what the person said of preferences, how much is damaged and cannot be read. It is left on the disk and has no
    /// effect; idiolect_engine_forget_containing takes it out.
    pub entries_damaged: u64,
}
sized_struct!(idiolect_stats, since instruction_set: u64);

/// The encoder does not tell what it runs on, or there is none.
pub const IDIOLECT_ISA_UNKNOWN: u64 = 0;
/// Plain code.
pub const IDIOLECT_ISA_PORTABLE: u64 = 1;
/// x86-64 with 256-bit integers.
pub const IDIOLECT_ISA_AVX2: u64 = 2;
/// AVX2 with products of bytes.
pub const IDIOLECT_ISA_AVX_VNNI: u64 = 3;
/// AVX-512 with products of bytes.
pub const IDIOLECT_ISA_AVX512_VNNI: u64 = 4;
/// 64-bit Arm.
pub const IDIOLECT_ISA_NEON: u64 = 5;
/// Arm with products of bytes (dotprod).
pub const IDIOLECT_ISA_NEON_DOTPROD: u64 = 6;
/// Arm with products of small matrices of bytes (i8mm).
pub const IDIOLECT_ISA_NEON_I8MM: u64 = 7;

/// Names of instruction sets as the library reports them.
const ISAS: [(&str, u64); 7] = [
    ("portable", IDIOLECT_ISA_PORTABLE),
    ("avx2", IDIOLECT_ISA_AVX2),
    ("avx-vnni", IDIOLECT_ISA_AVX_VNNI),
    ("avx512-vnni", IDIOLECT_ISA_AVX512_VNNI),
    ("neon", IDIOLECT_ISA_NEON),
    ("neon-dotprod", IDIOLECT_ISA_NEON_DOTPROD),
    ("neon-i8mm", IDIOLECT_ISA_NEON_I8MM),
];

fn isa(name: Option<&str>) -> u64 {
    let known = ISAS.iter().find(|(known, _)| Some(*known) == name);
    known.map_or(IDIOLECT_ISA_UNKNOWN, |(_, number)| *number)
}

/// Opens the store in the config's folder, which is made where it is absent, and loads the encoder.
///
/// Ownership: the caller owns `*out_engine` and frees it with idiolect_engine_free; copies `config`.
/// Errors: INVALID_INPUT where the config has no folder or no encoder; every STORE_ and MODEL_ status, NOT_A_STORE,
/// ENCODER_MISMATCH, IO; NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_open(
    config: *const idiolect_config,
    out_engine: *mut *mut idiolect_engine,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        let out = Out::required(out_engine, "out_engine")?;
        let engine = handle::get(config)?.builder()?.open()?;
        out.set(handle::give(idiolect_engine { engine, poisoned: AtomicBool::new(false) }));
        Ok(())
    })
}

/// Brings every acknowledged write to the disk.
///
/// Ownership: borrows `engine`.
/// Errors: STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_flush(
    engine: *mut idiolect_engine,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || call(engine, Engine::flush))
}

/// Flushes and releases the store's folder. Later calls give CLOSED; closing twice is no error. The handle must still
/// be freed.
///
/// Ownership: borrows `engine`.
/// Errors: STORE_FULL, IO, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; waits for calls in progress.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_close(
    engine: *mut idiolect_engine,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || Ok(handle::get(engine.cast_const())?.engine.close()?))
}

/// Closes an engine where that was not done, and frees it. Close first to learn whether the last writes succeeded.
///
/// Ownership: takes `engine`; NULL is allowed and does nothing. What was got from it stays valid until it is freed
/// itself.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread; a call in progress in another thread runs to its end, and the store closes then.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_free(engine: *mut idiolect_engine) {
    handle::free(engine);
}

/// Tells what the engine holds.
///
/// Ownership: fills the caller's struct.
/// Errors: INVALID_INPUT where `struct_size` is not set, CLOSED, POISONED, IO, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_stats(
    engine: *mut idiolect_engine,
    out_stats: *mut idiolect_stats,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        let out = SizedOut::required(out_stats)?;
        let stats = call(engine, Engine::stats)?;
        out.set(idiolect_stats {
            struct_size: 0,
            observations: stats.observations as u64,
            history: stats.history as u64,
            entries: stats.entries as u64,
            inference_pending: stats.inference_pending as u64,
            store_bytes: stats.store_bytes,
            index_bytes: stats.index_bytes as u64,
            dimensions: stats.dimensions as u64,
            instruction_set: isa(stats.instruction_set),
            entries_damaged: stats.entries_damaged as u64,
        });
        Ok(())
    })
}

/// Forgets everything; the store is then as new.
///
/// Ownership: borrows `engine`. Results got before keep what they hold until they are freed.
/// Errors: STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE; what was there is then still there.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_erase_all(
    engine: *mut idiolect_engine,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || call(engine, Engine::erase_all))
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;
    use std::ptr::null_mut;

    use idiolect_core::SuppliedVectors;
    use idiolect_core::internals::store::{Batch, Store, Table};

    use super::*;
    use crate::status::IDIOLECT_OK;

    #[test]
    fn every_instruction_set_has_a_number() {
        for known in idiolect_core::internals::simd::Isa::ALL {
            assert_ne!(isa(Some(known.name())), IDIOLECT_ISA_UNKNOWN, "{}", known.name());
        }
    }

    #[test]
    fn stats_tell_of_damage_to_those_who_know_the_field() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = || {
            let vectors = SuppliedVectors::new(2, "test");
            Engine::builder(folder.path()).encoder(vectors).open().expect("it opens")
        };
        open().close().expect("it closes");
        let mut batch = Batch::new();
        // Of another type than an entry.
        batch.put(Table::Entries, 1, &vec!["tag".to_owned()]).expect("it is sealed");
        Store::open(folder.path(), true).and_then(|store| store.commit(&batch)).expect("it is written");

        let engine = handle::give(idiolect_engine { engine: open(), poisoned: AtomicBool::new(false) });
        for (struct_size, damaged) in
            [(size_of::<idiolect_stats>(), 1), (offset_of!(idiolect_stats, entries_damaged), 7)]
        {
            let mut stats = idiolect_stats {
                struct_size,
                observations: 7,
                history: 7,
                entries: 7,
                inference_pending: 7,
                store_bytes: 7,
                index_bytes: 7,
                dimensions: 7,
                instruction_set: 7,
                entries_damaged: 7,
            };
            assert_eq!(idiolect_engine_stats(engine, &raw mut stats, null_mut()), IDIOLECT_OK);
            assert_eq!((stats.entries, stats.dimensions, stats.entries_damaged), (0, 2, damaged));
        }
        idiolect_engine_free(engine);
    }
}
