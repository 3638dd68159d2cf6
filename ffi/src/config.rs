//! The configuration of an engine.
//!
//! Invariant: a setter that fails leaves the config unchanged. Files are not read before the engine is opened.

use std::ffi::{c_char, c_void};
use std::path::PathBuf;
use std::sync::Arc;

use idiolect_core::InputError;
use idiolect_core::Thresholds;
use idiolect_core::{Durability, Engine, EngineBuilder, ErrorKind, Limits, LogEvent};
use idiolect_core::{LongText, NativeEmbedder, SuppliedVectors};
use parking_lot::Mutex;

use crate::boundary::status_of;
use crate::callback::{self, UserData, idiolect_destroy};
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::memory::{IDIOLECT_TEXT_MAX, Out, VECTOR_MAX, flag, text};
use crate::version::IDIOLECT_ABI_VERSION;

/// Durability: a write is on disk before the call returns. The default.
pub const IDIOLECT_DURABILITY_SYNCED: i32 = 0;
/// Durability: writes reach the disk with the next idiolect_engine_flush or idiolect_engine_close. If the process is
/// killed, writes since then may be lost, but the store is never damaged. For imports.
pub const IDIOLECT_DURABILITY_BUFFERED: i32 = 1;

/// Log level: the engine did some work of its own.
pub const IDIOLECT_LOG_INFO: i32 = 1;
/// Log level: a problem was found.
pub const IDIOLECT_LOG_WARNING: i32 = 2;

/// Limit: the maximum length of a text, in bytes; 1 to IDIOLECT_TEXT_MAX, 1 MiB by default.
pub const IDIOLECT_LIMIT_TEXT_BYTES: i32 = 1;
/// Limit: the maximum number of candidates in one choice or ranking; 2 to 10,000, 64 by default.
pub const IDIOLECT_LIMIT_CANDIDATES: i32 = 2;
/// Limit: the maximum k of a search or a personalization; 1 to 1,000,000, 1,000 by default.
pub const IDIOLECT_LIMIT_K: i32 = 3;
/// Limit: the number of items from which searches use the graph index; any number, 4,000,000 by default.
pub const IDIOLECT_LIMIT_GRAPH_THRESHOLD: i32 = 4;

const _: () = assert!(IDIOLECT_TEXT_MAX == Limits::TEXT_BYTES_MAX, "the header gives it as a number");

/// The configuration of an engine: the store's folder, the encoder, durability, limits.
pub struct idiolect_config {
    state: Mutex<Config>,
}

impl Handle for idiolect_config {
    const NAME: &'static str = "config";
}

/// The callback that receives events.
type Log = Arc<dyn Fn(&LogEvent) + Send + Sync>;

#[derive(Clone, Default)]
struct Config {
    folder: Option<PathBuf>,
    encoder: Encoder,
    durability: Durability,
    limits: Limits,
    host_model: bool,
    rank_by_meaning: bool,
    thresholds: Option<Thresholds>,
    /// Maximum number of windows into which a long text is split.
    windows: usize,
    log: Option<Log>,
}

#[derive(Clone, Default)]
enum Encoder {
    #[default]
    Bundled,
    Model(PathBuf),
    #[cfg(feature = "onnx")]
    Onnx(PathBuf),
    Supplied(SuppliedVectors),
}

impl idiolect_config {
    /// The builder with all settings. Loads the encoder.
    pub(crate) fn builder(&self) -> Result<EngineBuilder, Failure> {
        let config = self.state.lock().clone();
        let folder = config.folder.ok_or_else(|| Failure::invalid("config", "no folder was set"))?;
        let mut builder = Engine::builder(folder)
            .durability(config.durability)
            .limits(config.limits)
            .host_model(config.host_model)
            .rank_by_meaning(config.rank_by_meaning);
        if let Some(thresholds) = config.thresholds {
            builder = builder.thresholds(thresholds);
        }
        if let Some(log) = config.log {
            builder = builder.log(move |event| log(event));
        }
        let failed = |error| Failure::from(idiolect_core::Error::from(error));
        let windows = config.windows;
        let native = |encoder: NativeEmbedder| {
            let long_text = if windows > 1 { LongText::Windows { max: windows } } else { LongText::Cut };
            encoder.with_long_text(long_text)
        };
        if windows > 1 && matches!(config.encoder, Encoder::Supplied(_)) {
            return Err(Failure::invalid("config", "vectors from the caller have no windows"));
        }
        #[cfg(feature = "onnx")]
        if windows > 1 && matches!(config.encoder, Encoder::Onnx(_)) {
            return Err(Failure::invalid("config", "an ONNX encoder does not read windows"));
        }
        Ok(match config.encoder {
            #[cfg(feature = "bundled-model")]
            Encoder::Bundled => builder.encoder(native(NativeEmbedder::bundled().map_err(failed)?)),
            #[cfg(not(feature = "bundled-model"))]
            Encoder::Bundled => builder,
            Encoder::Model(file) => builder.encoder(native(NativeEmbedder::open(&file).map_err(failed)?)),
            #[cfg(feature = "onnx")]
            Encoder::Onnx(folder) => {
                builder.encoder(idiolect_core::OnnxEmbedder::open(&folder).map_err(failed)?)
            }
            Encoder::Supplied(vectors) => builder.encoder(vectors),
        })
    }
}

fn path(data: *const c_char, len: usize, what: &'static str) -> Result<PathBuf, Failure> {
    let path = text(data, len, what)?;
    if path.is_empty() {
        return Err(InputError::EmptyText { what }.into());
    }
    if path.contains('\0') {
        return Err(Failure::invalid(what, "a path cannot contain a NUL"));
    }
    Ok(path.into())
}

/// Creates a config with the defaults: synced writes, no host model, and the bundled encoder if the library was built
/// with one. The folder must still be set. Pass IDIOLECT_ABI_VERSION as `abi_version`.
///
/// Ownership: the caller owns `*out_config` and frees it with idiolect_config_free; one config can open several
/// engines.
/// Errors: ABI_MISMATCH if the library does not support `abi_version`, NULL_POINTER.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_new(
    abi_version: u32,
    out_config: *mut *mut idiolect_config,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_config, "out_config")?;
        if abi_version != IDIOLECT_ABI_VERSION {
            let message = format!(
                "the program was compiled for ABI {abi_version}, the library implements {IDIOLECT_ABI_VERSION}"
            );
            return Err(Failure::new(ErrorKind::AbiMismatch, message));
        }
        out.set(handle::give(idiolect_config { state: Mutex::default() }));
        Ok(())
    })
}

/// Sets the store's folder, a path in UTF-8. Opening the engine creates it if it does not exist.
///
/// Ownership: copies `path`.
/// Errors: EMPTY_TEXT, TEXT_TOO_LONG, INVALID_UTF8, INVALID_INPUT if the path contains a NUL, NULL_POINTER,
/// INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_set_folder(
    config: *mut idiolect_config,
    path: *const c_char,
    path_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let config = handle::get(config.cast_const())?;
        let folder = self::path(path, path_len, "folder")?;
        config.state.lock().folder = Some(folder);
        Ok(())
    })
}

/// Sets the encoder: a model file in Idiolect's own format (.idm), which is loaded when the engine is opened.
///
/// Ownership: copies `path`.
/// Errors: as idiolect_config_set_folder.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_set_model_file(
    config: *mut idiolect_config,
    path: *const c_char,
    path_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let config = handle::get(config.cast_const())?;
        let file = self::path(path, path_len, "model file")?;
        config.state.lock().encoder = Encoder::Model(file);
        Ok(())
    })
}

/// Sets how the encoder of a model file reads texts longer than its input: truncated (`max` 1, the default), or split
/// into up to `max` windows whose vectors are combined. A store can only be reopened with the same setting.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for `max` outside 1 to 64, NULL_POINTER, INVALID_HANDLE; idiolect_engine_open returns
/// INVALID_INPUT if windows are set and the encoder is not that of a model file.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_set_long_text_windows(
    config: *mut idiolect_config,
    max: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let config = handle::get(config.cast_const())?;
        in_range("long text windows", max, 1, 64)?;
        config.state.lock().windows = max;
        Ok(())
    })
}

/// Sets the encoder: a folder with an ONNX sentence encoder and its tokenizer.json, loaded when the engine is opened.
///
/// Ownership: copies `path`.
/// Errors: UNSUPPORTED if the library was built without `onnx`; otherwise as idiolect_config_set_folder.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_set_onnx_folder(
    config: *mut idiolect_config,
    path: *const c_char,
    path_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let config = handle::get(config.cast_const())?;
        let folder = self::path(path, path_len, "ONNX folder")?;
        #[cfg(feature = "onnx")]
        {
            config.state.lock().encoder = Encoder::Onnx(folder);
            Ok(())
        }
        #[cfg(not(feature = "onnx"))]
        {
            drop((config, folder));
            Err(idiolect_core::Error::Unsupported { feature: "onnx" }.into())
        }
    })
}

/// Sets that the library runs no encoder: the caller supplies a vector of `dimensions` values with every text. `name`
/// identifies the model that they come from; a store can only be reopened with the same name and dimensions.
///
/// Ownership: copies `name`.
/// Errors: INVALID_INPUT for dimensions outside 1 to 65,536, EMPTY_TEXT, TEXT_TOO_LONG (more than 64 bytes),
/// INVALID_UTF8, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_set_supplied_vectors(
    config: *mut idiolect_config,
    dimensions: usize,
    name: *const c_char,
    name_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    const NAME_MAX: usize = 64;
    status_of(error, || {
        let config = handle::get(config.cast_const())?;
        let what = "name of the vectors' model";
        if name_len > NAME_MAX {
            return Err(InputError::TextTooLong { what, bytes: name_len, limit: NAME_MAX }.into());
        }
        let name = text(name, name_len, what)?;
        if name.trim().is_empty() {
            return Err(InputError::EmptyText { what }.into());
        }
        in_range("dimensions", dimensions, 1, VECTOR_MAX)?;
        config.state.lock().encoder = Encoder::Supplied(SuppliedVectors::new(dimensions, &name));
        Ok(())
    })
}

fn in_range(what: &'static str, value: usize, min: usize, max: usize) -> Result<(), Failure> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(InputError::OutOfRange { what, value: value as f64, min: min as f64, max: max as f64 }.into())
}

/// Sets when writes reach the disk: IDIOLECT_DURABILITY_SYNCED or IDIOLECT_DURABILITY_BUFFERED.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for any other value, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_set_durability(
    config: *mut idiolect_config,
    durability: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let config = handle::get(config.cast_const())?;
        let durability = match durability {
            IDIOLECT_DURABILITY_SYNCED => Durability::Synced,
            IDIOLECT_DURABILITY_BUFFERED => Durability::Buffered,
            _ => return Err(Failure::invalid("durability", "unknown value")),
        };
        config.state.lock().durability = durability;
        Ok(())
    })
}

/// Sets whether the program answers inference requests with a language model: 1, or 0 (the default), in which case
/// none are queued.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for any other value, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_set_host_model(
    config: *mut idiolect_config,
    offered: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let config = handle::get(config.cast_const())?;
        let offered = flag(offered, "offered")?;
        config.state.lock().host_model = offered;
        Ok(())
    })
}

/// Sets whether ranking also considers in which direction the person's edits move the meaning of drafts: 1, or 0 (the
/// default). With 1, the draft and the final text of each edit are embedded when the edit is observed.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for any other value, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_set_rank_by_meaning(
    config: *mut idiolect_config,
    on: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let config = handle::get(config.cast_const())?;
        let on = flag(on, "rank by meaning")?;
        config.state.lock().rank_by_meaning = on;
        Ok(())
    })
}

/// Sets the number of items from which searches use codes of one bit per value, and the number from which they use a
/// graph, if the library was built with it; SIZE_MAX for never. These numbers take precedence over those measured on
/// the device and over IDIOLECT_LIMIT_GRAPH_THRESHOLD.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_set_thresholds(
    config: *mut idiolect_config,
    bits_from: usize,
    graph_from: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let config = handle::get(config.cast_const())?;
        config.state.lock().thresholds = Some(Thresholds::new(bits_from, graph_from));
        Ok(())
    })
}

/// Sets one limit, IDIOLECT_LIMIT_TEXT_BYTES to IDIOLECT_LIMIT_GRAPH_THRESHOLD.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for an unknown limit or a value out of its range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_set_limit(
    config: *mut idiolect_config,
    limit: i32,
    value: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let config = handle::get(config.cast_const())?;
        let mut config = config.state.lock();
        match limit {
            IDIOLECT_LIMIT_TEXT_BYTES => {
                in_range("limit of text bytes", value, 1, Limits::TEXT_BYTES_MAX)?;
                config.limits.text_bytes = value;
            }
            IDIOLECT_LIMIT_CANDIDATES => {
                in_range("limit of candidates", value, 2, Limits::CANDIDATES_MAX)?;
                config.limits.candidates = value;
            }
            IDIOLECT_LIMIT_K => {
                in_range("limit of k", value, 1, Limits::K_MAX)?;
                config.limits.k = value;
            }
            IDIOLECT_LIMIT_GRAPH_THRESHOLD => config.limits.graph_threshold = value,
            _ => return Err(Failure::invalid("limit", "unknown value")),
        }
        Ok(())
    })
}

/// Receives one line for the program's log, in English and without user text. `level` is IDIOLECT_LOG_INFO or
/// IDIOLECT_LOG_WARNING.
///
/// Ownership: borrows `message` during the call; `user_data` is the pointer that was set with the callback.
/// Errors: none can be reported.
/// Thread-safety: called at the end of a call on the engine, in its thread, or in the engine's own thread; possibly
/// by several threads at once; never while a lock is held. It may call any function.
pub type idiolect_log =
    Option<extern "C" fn(user_data: *mut c_void, level: i32, message: *const c_char, message_len: usize)>;

/// Sets the callback that receives events about the engine's own work, replacing the previous one; NULL for none, the
/// default.
///
/// Ownership: takes `user_data`. If `destroy` is not NULL, it is called with it exactly once: after the callback was
/// replaced or the config freed, and all engines opened with it are closed and freed; immediately if this call fails
/// or `log` is NULL.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; open engines keep the callback that they were opened with.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_set_log(
    config: *mut idiolect_config,
    log: idiolect_log,
    user_data: *mut c_void,
    destroy: idiolect_destroy,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let data = UserData::new(user_data, destroy);
        let config = handle::get(config.cast_const())?;
        let log = log.map(|log| -> Arc<dyn Fn(&LogEvent) + Send + Sync> {
            Arc::new(move |event| {
                let (line, warns) = (event.to_string(), event.is_warning());
                let level = if warns { IDIOLECT_LOG_WARNING } else { IDIOLECT_LOG_INFO };
                log(data.get(), level, line.as_ptr().cast(), line.len());
            })
        });
        callback::change(&config.state, |config| {
            config.log = log;
            Ok(())
        })
    })
}

/// Frees a config.
///
/// Ownership: takes `config`; NULL is allowed and does nothing. Engines opened with it stay open.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_config_free(config: *mut idiolect_config) {
    handle::free(config);
}
