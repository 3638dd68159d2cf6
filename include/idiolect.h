// Idiolect: on-device personalization, as a C library.
//
// Written by cbindgen from ffi/src; do not edit. To make it anew:
//     IDIOLECT_UPDATE_HEADER=1 cargo test -p idiolect-ffi --test header
//
// The loop: make a config, open an engine over a folder; personalize a context and give the prompt to your assistant;
// observe what the person made of its draft; and again. Everything stays in that folder; nothing is sent anywhere.
//
// CONVENTIONS
//
// Status.   Functions that can fail give an int32_t: IDIOLECT_OK (0), or one of IDIOLECT_ERROR_*, which the docs name
//           without that prefix. Where the last parameter, `error`, is not NULL, a failure puts an idiolect_error there,
//           which the caller frees; success puts NULL. There is no hidden state of a last error. On failure all outputs
//           are zeroed and nothing else has changed. INTERNAL and POISONED can come from every function with an engine.
// Handles.  Structs without fields here are handles: pointers that only this library looks behind. Each type has one
//           _free, for which NULL is no error. Handles do not depend on each other: a result may be used after its
//           engine was freed. Handles of another type and freed ones are told (INVALID_HANDLE), unless the address was
//           given out again.
// Texts.    In: pointer and length in bytes, UTF-8, NUL allowed inside; (NULL, 0) is the empty text. They are copied.
//           Out: an idiolect_str, borrowed from the handle that the function's doc names; copy it to keep it.
// Structs.  Set the field struct_size of an output to its sizeof before the call; fields may be added at the end.
// Integers. Kinds and flags are int32_t and checked; a flag is 0 or 1. Times are milliseconds since
//           1970-01-01T00:00:00Z, UTC.
// Threads.  Any function may be called from any thread at any time, also with the same handle; do not free a handle
//           while another thread still reads texts borrowed from it.
// Calls.    A callback is set as function, user_data and destroy. Where destroy is not NULL it is called exactly once with
//           user_data: when the function is not needed any more, or could not be set. Both are called while no lock is
//           held. A progress callback has no destroy: it is used during the call alone. A callback must return; it must not
//           longjmp or throw through this library.
// Privacy.  No error message contains text of the user. Nothing is logged.

#ifndef IDIOLECT_H
#define IDIOLECT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct idiolect_error idiolect_error;
typedef struct idiolect_config idiolect_config;
typedef struct idiolect_engine idiolect_engine;
typedef struct idiolect_scope idiolect_scope;
typedef struct idiolect_observation idiolect_observation;
typedef struct idiolect_observed idiolect_observed;
typedef struct idiolect_preferences idiolect_preferences;
typedef struct idiolect_explanation idiolect_explanation;
typedef struct idiolect_personalization idiolect_personalization;
typedef struct idiolect_request idiolect_request;
typedef struct idiolect_candidates idiolect_candidates;
typedef struct idiolect_ranking idiolect_ranking;
typedef struct idiolect_query idiolect_query;
typedef struct idiolect_hits idiolect_hits;
typedef struct idiolect_forgotten idiolect_forgotten;
typedef struct idiolect_inference idiolect_inference;
typedef struct idiolect_cancel_token idiolect_cancel_token;
typedef struct idiolect_imported idiolect_imported;

// ---------------------------------------------------------------------------------------------------------------------
// Texts
// ---------------------------------------------------------------------------------------------------------------------

/// The longest text that is taken in at all, in bytes; IDIOLECT_LIMIT_TEXT_BYTES can be set up to it.
#define IDIOLECT_TEXT_MAX (64 << 20)

/// A text that is borrowed: UTF-8, `len` bytes, not followed by a NUL unless that is said. The function that gives it
/// says who owns it. An empty text may have any pointer.
typedef struct {
    /// The first byte.
    const char *data;
    /// Bytes.
    size_t len;
} idiolect_str;

// ---------------------------------------------------------------------------------------------------------------------
// Status codes
// ---------------------------------------------------------------------------------------------------------------------

/// Success. Every other status is an error.
#define IDIOLECT_OK 0

/// An argument is out of its range or does not fit the others.
#define IDIOLECT_ERROR_INVALID_INPUT 10

/// A text that must say something is empty.
#define IDIOLECT_ERROR_EMPTY_TEXT 11

/// A text is longer than the limit.
#define IDIOLECT_ERROR_TEXT_TOO_LONG 12

/// Bytes that must be UTF-8 are not.
#define IDIOLECT_ERROR_INVALID_UTF8 13

/// A vector holds NaN, an infinity, or only zeros.
#define IDIOLECT_ERROR_INVALID_VECTOR 14

/// A vector has another number of dimensions than the encoder.
#define IDIOLECT_ERROR_DIMENSION_MISMATCH 15

/// A pointer is NULL where that is not allowed.
#define IDIOLECT_ERROR_NULL_POINTER 16

/// A handle was freed, or is of another type.
#define IDIOLECT_ERROR_INVALID_HANDLE 17

/// The program was compiled against an incompatible version of this header.
#define IDIOLECT_ERROR_ABI_MISMATCH 18

/// Nothing has this id.
#define IDIOLECT_ERROR_NOT_FOUND 20

/// The engine takes vectors from the caller, and none was given.
#define IDIOLECT_ERROR_VECTOR_REQUIRED 21

/// The thing exists, but its state does not allow this.
#define IDIOLECT_ERROR_CONFLICT 22

/// Another process, or another engine in this process, has the store open.
#define IDIOLECT_ERROR_STORE_LOCKED 30

/// The store's folder or file cannot be written.
#define IDIOLECT_ERROR_STORE_READ_ONLY 31

/// The folder holds something that is not an Idiolect store.
#define IDIOLECT_ERROR_NOT_A_STORE 32

/// The store was written by a newer version.
#define IDIOLECT_ERROR_STORE_NEWER 33

/// The store's bytes are damaged.
#define IDIOLECT_ERROR_STORE_DAMAGED 34

/// The disk is full, or a quota is reached.
#define IDIOLECT_ERROR_STORE_FULL 35

/// The operating system refused a read or a write.
#define IDIOLECT_ERROR_IO 36

/// The store's vectors come from another encoder than the one given.
#define IDIOLECT_ERROR_ENCODER_MISMATCH 37

/// The store was written before the first release, in a format that is no longer read.
#define IDIOLECT_ERROR_STORE_OLDER 38

/// The model file is of another kind.
#define IDIOLECT_ERROR_MODEL_FOREIGN 40

/// The model file was written by a newer version.
#define IDIOLECT_ERROR_MODEL_NEWER 41

/// The model file is damaged or truncated.
#define IDIOLECT_ERROR_MODEL_DAMAGED 42

/// The model is readable, but not of a form that this library can run.
#define IDIOLECT_ERROR_MODEL_UNSUPPORTED 43

/// A feature that this build leaves out.
#define IDIOLECT_ERROR_UNSUPPORTED 50

/// The caller cancelled.
#define IDIOLECT_ERROR_CANCELLED 60

/// The engine is closed.
#define IDIOLECT_ERROR_CLOSED 70

/// An earlier call failed inside the engine; what it had acknowledged is safe; free it and open the store again.
#define IDIOLECT_ERROR_POISONED 71

/// A defect of this library.
#define IDIOLECT_ERROR_INTERNAL 72

/// The name of a status: its constant without the prefixes, "STORE_LOCKED" say; "OK" for success and "UNKNOWN" for a
/// number that this version does not know.
///
/// Ownership: the text belongs to the library, is valid for ever, and is followed by a NUL.
/// Errors: none.
/// Thread-safety: any thread.
idiolect_str idiolect_status_name(int32_t status);

// ---------------------------------------------------------------------------------------------------------------------
// Errors
// ---------------------------------------------------------------------------------------------------------------------

/// What failed: a status code and a message for developers, in English, without any text of the user.
struct idiolect_error;

/// The status code of an error; IDIOLECT_OK for NULL.
///
/// Ownership: borrows `error`.
/// Errors: a handle that is freed or of another type gives IDIOLECT_ERROR_INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_error_code(const idiolect_error *error);

/// The message of an error: one line for developers, without any text of the user. Empty for NULL.
///
/// Ownership: the text belongs to `error` and is valid until `error` is freed; no NUL follows it.
/// Errors: a handle that is freed or of another type gives an empty text.
/// Thread-safety: any thread.
idiolect_str idiolect_error_message(const idiolect_error *error);

/// Frees an error.
///
/// Ownership: takes `error`; NULL is allowed and does nothing. Its message becomes invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_error_free(idiolect_error *error);

// ---------------------------------------------------------------------------------------------------------------------
// Versions
// ---------------------------------------------------------------------------------------------------------------------

/// The version of this ABI. A program gives it to idiolect_config_new, which refuses a version that the library does
/// not speak.
#define IDIOLECT_ABI_VERSION 1

/// The ABI version of the library that is linked; compare with IDIOLECT_ABI_VERSION, that of the header.
///
/// Ownership: none.
/// Errors: none.
/// Thread-safety: any thread.
uint32_t idiolect_abi_version(void);

/// The version of the library, "1.2.3" say.
///
/// Ownership: the text belongs to the library, is valid for ever, and is followed by a NUL.
/// Errors: none.
/// Thread-safety: any thread.
idiolect_str idiolect_version(void);

// ---------------------------------------------------------------------------------------------------------------------
// Callbacks
// ---------------------------------------------------------------------------------------------------------------------

/// Gives up what a callback was given as `user_data`. NULL where there is nothing to give up.
///
/// Ownership: takes `user_data`.
/// Errors: none can be reported.
/// Thread-safety: called once, in whichever thread ends the last use of the callback, while no lock is held. It may call
/// any function.
typedef void (*idiolect_destroy)(void *user_data);

// ---------------------------------------------------------------------------------------------------------------------
// Configuration
// ---------------------------------------------------------------------------------------------------------------------

/// Durability: a write is on the disk before the call returns. The default.
#define IDIOLECT_DURABILITY_SYNCED 0

/// Durability: a write is on the disk with the next idiolect_engine_flush or idiolect_engine_close; a kill may lose
/// what came after the last one, but never damages the store. For imports.
#define IDIOLECT_DURABILITY_BUFFERED 1

/// How much a line of the log matters: the engine did something by itself.
#define IDIOLECT_LOG_INFO 1

/// How much a line of the log matters: something is wrong.
#define IDIOLECT_LOG_WARNING 2

/// A limit: the longest text, in bytes; 1 to IDIOLECT_TEXT_MAX, 1 MiB by default.
#define IDIOLECT_LIMIT_TEXT_BYTES 1

/// A limit: the most candidates in one choice; 2 to 10,000, 64 by default.
#define IDIOLECT_LIMIT_CANDIDATES 2

/// A limit: the largest k of a search or a personalization; 1 to 1,000,000, 1,000 by default.
#define IDIOLECT_LIMIT_K 3

/// A limit: from so many items on the graph index searches; any number, 4,000,000 by default.
#define IDIOLECT_LIMIT_GRAPH_THRESHOLD 4

/// What an engine is opened with: the store's folder, the encoder, durability, limits.
struct idiolect_config;

/// Is called with a line for the program's log, in English, without a text of the person; `level` is IDIOLECT_LOG_INFO or
/// IDIOLECT_LOG_WARNING.
///
/// Ownership: borrows `message` for the time of the call; `user_data` is the pointer that was set with the callback.
/// Errors: none can be reported.
/// Thread-safety: called in the thread of a call, after its work, or in the engine's own, by several at once, while no lock is
/// held. It may call any function.
typedef void (*idiolect_log)(void *user_data, int32_t level, const char *message, size_t message_len);

/// Creates a config with the defaults: writes synced, no host model, the encoder that is compiled in, where one is.
/// A folder must still be set. Give IDIOLECT_ABI_VERSION as `abi_version`.
///
/// Ownership: the caller owns `*out_config` and frees it with idiolect_config_free; it may be used for several engines.
/// Errors: ABI_MISMATCH where the library does not speak `abi_version`, NULL_POINTER.
/// Thread-safety: any thread.
int32_t idiolect_config_new(uint32_t abi_version,
                            idiolect_config **out_config,
                            idiolect_error **error);

/// Sets the store's folder, a path in UTF-8; opening the engine makes it where it is absent.
///
/// Ownership: copies `path`.
/// Errors: EMPTY_TEXT, TEXT_TOO_LONG, INVALID_UTF8, INVALID_INPUT for a NUL inside, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_config_set_folder(idiolect_config *config,
                                   const char *path,
                                   size_t path_len,
                                   idiolect_error **error);

/// Sets the encoder: a model file of Idiolect's own format (.idm), which is loaded when the engine is opened.
///
/// Ownership: copies `path`.
/// Errors: as idiolect_config_set_folder.
/// Thread-safety: any thread.
int32_t idiolect_config_set_model_file(idiolect_config *config,
                                       const char *path,
                                       size_t path_len,
                                       idiolect_error **error);

/// Sets how texts are read that are longer than the encoder of a model file reads at once: cut (`max` 1, as by default),
/// or in up to `max` windows whose vectors are joined. A store opens again only with the same setting.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for `max` outside 1 to 64, NULL_POINTER, INVALID_HANDLE; idiolect_engine_open gives
/// INVALID_INPUT where windows are set and the encoder is another.
/// Thread-safety: any thread.
int32_t idiolect_config_set_long_text_windows(idiolect_config *config,
                                              size_t max,
                                              idiolect_error **error);

/// Sets the encoder: a folder with an ONNX sentence encoder and its tokenizer.json, loaded when the engine is opened.
///
/// Ownership: copies `path`.
/// Errors: UNSUPPORTED where the library was built without `onnx`; else as idiolect_config_set_folder.
/// Thread-safety: any thread.
int32_t idiolect_config_set_onnx_folder(idiolect_config *config,
                                        const char *path,
                                        size_t path_len,
                                        idiolect_error **error);

/// Sets that there is no encoder: the caller gives a vector of `dimensions` values with every text. `name` says which
/// model they come from; a store opens again only with the same name and dimensions.
///
/// Ownership: copies `name`.
/// Errors: INVALID_INPUT for dimensions outside 1 to 65,536, EMPTY_TEXT, TEXT_TOO_LONG (over 64 bytes), INVALID_UTF8,
/// NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_config_set_supplied_vectors(idiolect_config *config,
                                             size_t dimensions,
                                             const char *name,
                                             size_t name_len,
                                             idiolect_error **error);

/// Sets when writes reach the disk, IDIOLECT_DURABILITY_SYNCED or IDIOLECT_DURABILITY_BUFFERED.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_config_set_durability(idiolect_config *config, int32_t durability, idiolect_error **error);

/// Sets whether the program answers inference requests with a language model: 1 or 0; with 0 none are queued.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_config_set_host_model(idiolect_config *config, int32_t offered, idiolect_error **error);

/// Sets whether ranking also weighs where a person's edits move the meaning of drafts: 1, or 0, as at first. With 1 the
/// draft and the final of each edit are embedded when it is taken in.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_config_set_rank_by_meaning(idiolect_config *config,
                                            int32_t on,
                                            idiolect_error **error);

/// Sets from how many items on searches use codes of one bit a value, and from how many on a graph, where it is built in;
/// SIZE_MAX for never. They count before what was measured on the device. A graph threshold set as a limit counts for
/// nothing then.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_config_set_thresholds(idiolect_config *config,
                                       size_t bits_from,
                                       size_t graph_from,
                                       idiolect_error **error);

/// Sets one limit, IDIOLECT_LIMIT_TEXT_BYTES to IDIOLECT_LIMIT_GRAPH_THRESHOLD.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for an unknown limit or a value out of its range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_config_set_limit(idiolect_config *config,
                                  int32_t limit,
                                  size_t value,
                                  idiolect_error **error);

/// Sets where the engine reports its own work, in the place of what was set before; NULL is nowhere, as at first.
///
/// Ownership: takes `user_data`. `destroy`, where it is not NULL, is called with it exactly once: when another log took its
/// place or the config was freed, and all engines opened with it are closed and freed; at once where this call fails or
/// `log` is NULL.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; engines that are open keep the log that they were opened with.
int32_t idiolect_config_set_log(idiolect_config *config,
                                idiolect_log log,
                                void *user_data,
                                idiolect_destroy destroy,
                                idiolect_error **error);

/// Frees a config.
///
/// Ownership: takes `config`; NULL is allowed and does nothing. Engines opened with it stay open.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_config_free(idiolect_config *config);

// ---------------------------------------------------------------------------------------------------------------------
// Engine
// ---------------------------------------------------------------------------------------------------------------------

/// The encoder does not tell what it runs on, or there is none.
#define IDIOLECT_ISA_UNKNOWN 0

/// Plain code.
#define IDIOLECT_ISA_PORTABLE 1

/// x86-64 with 256-bit integers.
#define IDIOLECT_ISA_AVX2 2

/// AVX2 with products of bytes.
#define IDIOLECT_ISA_AVX_VNNI 3

/// AVX-512 with products of bytes.
#define IDIOLECT_ISA_AVX512_VNNI 4

/// 64-bit Arm.
#define IDIOLECT_ISA_NEON 5

/// Arm with products of bytes (dotprod).
#define IDIOLECT_ISA_NEON_DOTPROD 6

/// Arm with products of small matrices of bytes (i8mm).
#define IDIOLECT_ISA_NEON_I8MM 7

/// One person's engine over one store folder. Any thread may call any function with it at any time.
struct idiolect_engine;

/// What an engine holds. Set `struct_size` to sizeof(idiolect_stats) before the call.
typedef struct {
    /// Size of this struct, set by the caller.
    size_t struct_size;
    /// Records with feedback.
    uint64_t observations;
    /// History items.
    uint64_t history;
    /// Stated and inferred preferences, and what the person decided about learned ones.
    uint64_t entries;
    /// Inference requests not yet completed.
    uint64_t inference_pending;
    /// Bytes of the store's file.
    uint64_t store_bytes;
    /// Bytes of vectors and index in memory, roughly.
    uint64_t index_bytes;
    /// Values per vector.
    uint64_t dimensions;
    /// The instruction set that the encoder runs on, an IDIOLECT_ISA_.
    uint64_t instruction_set;
    /// Of what the person said of preferences, how much is damaged and cannot be read. It is left on the disk and has no
    /// effect; idiolect_engine_forget_containing takes it out.
    uint64_t entries_damaged;
} idiolect_stats;

/// Opens the store in the config's folder, which is made where it is absent, and loads the encoder.
///
/// Ownership: the caller owns `*out_engine` and frees it with idiolect_engine_free; copies `config`.
/// Errors: INVALID_INPUT where the config has no folder or no encoder; every STORE_ and MODEL_ status, NOT_A_STORE,
/// ENCODER_MISMATCH, IO; NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_engine_open(const idiolect_config *config,
                             idiolect_engine **out_engine,
                             idiolect_error **error);

/// Brings every acknowledged write to the disk.
///
/// Ownership: borrows `engine`.
/// Errors: STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_engine_flush(idiolect_engine *engine, idiolect_error **error);

/// Flushes and releases the store's folder. Later calls give CLOSED; closing twice is no error. The handle must still
/// be freed.
///
/// Ownership: borrows `engine`.
/// Errors: STORE_FULL, IO, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; waits for calls in progress.
int32_t idiolect_engine_close(idiolect_engine *engine,
                              idiolect_error **error);

/// Closes an engine where that was not done, and frees it. Close first to learn whether the last writes succeeded.
///
/// Ownership: takes `engine`; NULL is allowed and does nothing. What was got from it stays valid until it is freed
/// itself.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread; a call in progress in another thread runs to its end, and the store closes then.
void idiolect_engine_free(idiolect_engine *engine);

/// Tells what the engine holds.
///
/// Ownership: fills the caller's struct.
/// Errors: INVALID_INPUT where `struct_size` is not set, CLOSED, POISONED, IO, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_engine_stats(idiolect_engine *engine, idiolect_stats *out_stats, idiolect_error **error);

/// Forgets everything; the store is then as new.
///
/// Ownership: borrows `engine`. Results got before keep what they hold until they are freed.
/// Errors: STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE; what was there is then still there.
/// Thread-safety: any thread.
int32_t idiolect_engine_erase_all(idiolect_engine *engine,
                                  idiolect_error **error);

// ---------------------------------------------------------------------------------------------------------------------
// Scopes
// ---------------------------------------------------------------------------------------------------------------------

/// A part of a scope: the application, "mail" say.
#define IDIOLECT_SCOPE_APP 1

/// A part of a scope: what is being written, "reply" say.
#define IDIOLECT_SCOPE_TASK 2

/// A part of a scope: for whom, "team" or an address book id say.
#define IDIOLECT_SCOPE_AUDIENCE 3

/// A part of a scope: a BCP 47 tag, "en-GB" say.
#define IDIOLECT_SCOPE_LOCALE 4

/// Where a text belongs: application, task, audience, locale, each of which may be left out. The empty scope is the
/// whole person. What is learned in a narrow scope backs off to the wider ones.
struct idiolect_scope;

/// Creates an empty scope, the whole person.
///
/// Ownership: the caller owns `*out_scope` and frees it with idiolect_scope_free. Functions that take a scope copy it.
/// Errors: NULL_POINTER.
/// Thread-safety: any thread.
int32_t idiolect_scope_new(idiolect_scope **out_scope,
                           idiolect_error **error);

/// Sets one part, IDIOLECT_SCOPE_APP to IDIOLECT_SCOPE_LOCALE, to a text of at most 128 bytes; an empty text unsets it.
///
/// Ownership: copies `value`.
/// Errors: INVALID_INPUT for an unknown part, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_scope_set(idiolect_scope *scope,
                           int32_t part,
                           const char *value,
                           size_t value_len,
                           idiolect_error **error);

/// Frees a scope.
///
/// Ownership: takes `scope`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_scope_free(idiolect_scope *scope);

// ---------------------------------------------------------------------------------------------------------------------
// Records
// ---------------------------------------------------------------------------------------------------------------------

/// A kind of record: a draft that the person edited.
#define IDIOLECT_RECORD_EDIT 1

/// A kind of record: a text that the person took as it was.
#define IDIOLECT_RECORD_ACCEPT 2

/// A kind of record: a text that the person threw away.
#define IDIOLECT_RECORD_REJECT 3

/// A kind of record: a choice among several texts.
#define IDIOLECT_RECORD_CHOICE 4

/// A kind of record: a text that the person rated.
#define IDIOLECT_RECORD_RATING 5

/// A kind of record: a text of the person's own, without a draft.
#define IDIOLECT_RECORD_HISTORY 6

/// Copies the text of a record as the person left it: an edit's final, the text accepted, rated or chosen, the history
/// item. `*out_len` is its length in bytes; the text is written only where `capacity` is at least that, and no NUL
/// follows it. Call with (NULL, 0) to ask for the length.
///
/// Ownership: fills the caller's buffer.
/// Errors: NOT_FOUND, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_engine_record_text(idiolect_engine *engine,
                                    uint64_t record_id,
                                    char *buffer,
                                    size_t capacity,
                                    size_t *out_len,
                                    idiolect_error **error);

// ---------------------------------------------------------------------------------------------------------------------
// Observations: feedback and texts of the person's own
// ---------------------------------------------------------------------------------------------------------------------

/// How finely a history item is cut into keys: not at all.
#define IDIOLECT_GRANULARITY_DOCUMENT 1

/// How finely a history item is cut into keys: neighbouring sentences of up to 120 words together.
#define IDIOLECT_GRANULARITY_PASSAGE 2

/// How finely a history item is cut into keys: each sentence by itself.
#define IDIOLECT_GRANULARITY_SENTENCE 3

/// One piece of feedback, or one text of the person's own, on its way in.
struct idiolect_observation;

/// Creates an observation of a kind, IDIOLECT_RECORD_EDIT to IDIOLECT_RECORD_HISTORY; texts not set are empty.
///
/// Ownership: the caller owns `*out_observation` and frees it with idiolect_observation_free.
/// Errors: INVALID_INPUT for an unknown kind, NULL_POINTER.
/// Thread-safety: any thread.
int32_t idiolect_observation_new(int32_t kind,
                                 idiolect_observation **out_observation,
                                 idiolect_error **error);

/// Sets the context: what the text was to be about, or what it answers. For HISTORY, which needs none, what surrounds the
/// text: its title, what it answers, the turns before and after it; the item is then found by that, too.
///
/// Ownership: copies `context`.
/// Errors: TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_context(idiolect_observation *observation,
                                         const char *context,
                                         size_t context_len,
                                         idiolect_error **error);

/// Sets the draft that the person edited; empty where they wrote from nothing. EDIT only.
///
/// Ownership: copies `draft`.
/// Errors: INVALID_INPUT for another kind, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_draft(idiolect_observation *observation,
                                       const char *draft,
                                       size_t draft_len,
                                       idiolect_error **error);

/// Sets the text: what the person made of the draft (EDIT), took, threw away, rated, or wrote (HISTORY). All kinds but
/// CHOICE.
///
/// Ownership: copies `text`.
/// Errors: as idiolect_observation_set_draft.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_text(idiolect_observation *observation,
                                      const char *text,
                                      size_t text_len,
                                      idiolect_error **error);

/// Adds a text that was offered. CHOICE only, two times or more.
///
/// Ownership: copies `candidate`.
/// Errors: as idiolect_observation_set_draft; INVALID_INPUT also for too many.
/// Thread-safety: any thread.
int32_t idiolect_observation_add_candidate(idiolect_observation *observation,
                                           const char *candidate,
                                           size_t candidate_len,
                                           idiolect_error **error);

/// Sets which candidate the person chose, counted from 0 in the order they were added. CHOICE only.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another kind, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_chosen(idiolect_observation *observation,
                                        size_t index,
                                        idiolect_error **error);

/// Sets the rating, -1 (worst) to 1 (best). RATING only.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another kind or out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_rating(idiolect_observation *observation,
                                        float rating,
                                        idiolect_error **error);

/// Sets where the text belongs; NULL is the whole person, as at first.
///
/// Ownership: copies `scope`.
/// Errors: NULL_POINTER for the observation, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_scope(idiolect_observation *observation,
                                       const idiolect_scope *scope,
                                       idiolect_error **error);

/// Sets when it happened, in milliseconds since 1970-01-01T00:00:00Z; the present by default.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_at(idiolect_observation *observation,
                                    int64_t unix_ms,
                                    idiolect_error **error);

/// Sets how much it counts, above 0 to 1; 1 by default. All kinds but HISTORY.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for HISTORY or out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_strength(idiolect_observation *observation,
                                          float strength,
                                          idiolect_error **error);

/// Sets why, in the person's words. All kinds but HISTORY.
///
/// Ownership: copies `reason`.
/// Errors: as idiolect_observation_set_draft.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_reason(idiolect_observation *observation,
                                        const char *reason,
                                        size_t reason_len,
                                        idiolect_error **error);

/// Adds a tag, a label that searches can be limited by: of up to 128 bytes, at most 32 for a record. All kinds.
///
/// Ownership: copies `tag`.
/// Errors: INVALID_INPUT for far too many tags, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE. Tag and number
/// are checked further when they are observed.
/// Thread-safety: any thread.
int32_t idiolect_observation_add_tag(idiolect_observation *observation,
                                     const char *tag,
                                     size_t tag_len,
                                     idiolect_error **error);

/// Sets the vector of the context (of the text, for HISTORY), from the caller's own encoder.
///
/// Ownership: copies `values`.
/// Errors: INVALID_INPUT for more than 65,536 values or a pointer that is not aligned, NULL_POINTER, INVALID_HANDLE. The
/// values are checked when they are observed.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_vector(idiolect_observation *observation,
                                        const float *values,
                                        size_t values_len,
                                        idiolect_error **error);

/// Sets how finely the text is cut into keys, IDIOLECT_GRANULARITY_*, each with a vector of its own; PASSAGE at first.
/// Nothing is cut where the text's vector is set. HISTORY only.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another kind or an unknown number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_granularity(idiolect_observation *observation,
                                             int32_t granularity,
                                             idiolect_error **error);

/// Adds what else the text is found by, in meaning and in words: a question that it answers, its summary. At most 24,
/// counting the vectors. HISTORY only.
///
/// Ownership: copies `key`.
/// Errors: INVALID_INPUT for another kind or far too many, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE. Key
/// and number are checked further when they are used.
/// Thread-safety: any thread.
int32_t idiolect_observation_add_key(idiolect_observation *observation,
                                     const char *key,
                                     size_t key_len,
                                     idiolect_error **error);

/// Adds a vector that the text is found by, from the caller's own encoder, as idiolect_observation_add_key. HISTORY only.
///
/// Ownership: copies `values`.
/// Errors: INVALID_INPUT for another kind, far too many keys, more than 65,536 values or a pointer that is not aligned,
/// NULL_POINTER, INVALID_HANDLE. The values are checked when they are used.
/// Thread-safety: any thread.
int32_t idiolect_observation_add_key_vector(idiolect_observation *observation,
                                            const float *values,
                                            size_t values_len,
                                            idiolect_error **error);

/// Sets the app's own id of the text, of 1 to 256 bytes: a message id, a path. There is one item with a key: where it is there
/// already with the same content, nothing is added; where its content is another, this one takes its place. HISTORY only.
///
/// Ownership: copies `key`.
/// Errors: INVALID_INPUT for another kind, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE. The key is checked
/// further when it is used.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_app_key(idiolect_observation *observation,
                                         const char *key,
                                         size_t key_len,
                                         idiolect_error **error);

/// Says that the draft was made with this personalization: what the person leaves alone then speaks for it. NULL says
/// that it was made without one, as at first. All kinds but HISTORY.
///
/// Ownership: copies what it needs of `personalization`.
/// Errors: INVALID_INPUT for HISTORY, NULL_POINTER for the observation, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observation_set_drafted_with(idiolect_observation *observation,
                                              const idiolect_personalization *personalization,
                                              idiolect_error **error);

/// Frees an observation.
///
/// Ownership: takes `observation`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_observation_free(idiolect_observation *observation);

// ---------------------------------------------------------------------------------------------------------------------
// Observing
// ---------------------------------------------------------------------------------------------------------------------

/// What came of an observation.
struct idiolect_observed;

/// Takes in one piece of feedback: stored, learned from and searchable when the call returns. `*out_record_id` is its
/// record; `*out_observed` tells what it cost and taught. Both may be NULL where they are not wanted.
///
/// Ownership: the caller owns `*out_observed` and frees it with idiolect_observed_free; copies `observation`.
/// Errors: INVALID_INPUT where something is missing or does not fit (a HISTORY item, say), EMPTY_TEXT, TEXT_TOO_LONG,
/// INVALID_VECTOR, DIMENSION_MISMATCH, VECTOR_REQUIRED, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_engine_observe(idiolect_engine *engine,
                                const idiolect_observation *observation,
                                uint64_t *out_record_id,
                                idiolect_observed **out_observed,
                                idiolect_error **error);

/// Takes in a text of the person's own: an observation of kind HISTORY. `out_record_id` may be NULL.
///
/// Ownership: copies `item`.
/// Errors: INVALID_INPUT for another kind; else as idiolect_engine_observe.
/// Thread-safety: any thread.
int32_t idiolect_engine_add_history(idiolect_engine *engine,
                                    const idiolect_observation *item,
                                    uint64_t *out_record_id,
                                    idiolect_error **error);

/// What the edit cost: the words that were changed (Levenshtein distance), and the words of the longer text; of messages
/// the writer's own part counts. Zero for feedback without an edit. Both outputs may be NULL.
///
/// Ownership: borrows `observed`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observed_cost(const idiolect_observed *observed,
                               size_t *out_distance,
                               size_t *out_words,
                               idiolect_error **error);

/// How many things the observation taught.
///
/// Ownership: borrows `observed`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observed_taught_count(const idiolect_observed *observed,
                                       size_t *out_count,
                                       idiolect_error **error);

/// One of the things that it taught, a short phrase; the strongest is at index 0.
///
/// Ownership: the text belongs to `observed` and is valid until `observed` is freed.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_observed_taught_at(const idiolect_observed *observed,
                                    size_t index,
                                    idiolect_str *out_phrase,
                                    idiolect_error **error);

/// Frees what came of an observation.
///
/// Ownership: takes `observed`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_observed_free(idiolect_observed *observed);

// ---------------------------------------------------------------------------------------------------------------------
// Preferences
// ---------------------------------------------------------------------------------------------------------------------

/// Origin of a preference: the person said so.
#define IDIOLECT_ORIGIN_STATED 1

/// Origin of a preference: learned, then put right by the person.
#define IDIOLECT_ORIGIN_CORRECTED 2

/// Origin of a preference: learned from what the person did.
#define IDIOLECT_ORIGIN_LEARNED 3

/// Origin of a preference: inferred from an edit by the host's language model.
#define IDIOLECT_ORIGIN_INFERRED 4

/// An origin, gate or kind that is newer than this version of the ABI.
#define IDIOLECT_OTHER 99

/// A snapshot of preferences.
struct idiolect_preferences;

/// One preference. Set `struct_size` to sizeof(idiolect_preference) before the call. The texts belong to the handle that
/// it was got from and are valid until that is freed. A part of the scope that is not set is {NULL, 0}.
typedef struct {
    /// Size of this struct, set by the caller.
    size_t struct_size;
    /// Its id, which stays the same however often it is learned again.
    uint64_t id;
    /// A declarative sentence without a full stop, "keeps mails near 60 words" say.
    idiolect_str text;
    /// The scope's application.
    idiolect_str app;
    /// The scope's task.
    idiolect_str task;
    /// The scope's audience.
    idiolect_str audience;
    /// The scope's locale.
    idiolect_str locale;
    /// When the newest evidence came, or when it was stated; milliseconds since 1970.
    int64_t updated_ms;
    /// IDIOLECT_ORIGIN_*.
    int32_t origin;
    /// 1 where the person wants it always applied.
    int32_t pinned;
    /// 0 where the person switched it off.
    int32_t active;
    /// 1 where `level` is known.
    int32_t has_level;
    /// The level aimed at, in the feature's unit.
    float level;
    /// How far the person goes, 0 to 1.
    float strength;
    /// Probability that the direction is right, 0.5 to 1.
    float confidence;
    /// Occasions that speak for or against it.
    uint32_t occasions;
} idiolect_preference;

/// Lists all preferences, each at the widest scope where it holds, in order of authority and strength; those that are
/// switched off are in it.
///
/// Ownership: the caller owns `*out_preferences` and frees it with idiolect_preferences_free; it may outlive `engine`.
/// Errors: CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_preferences_list(idiolect_engine *engine,
                                  idiolect_preferences **out_preferences,
                                  idiolect_error **error);

/// How many preferences there are.
///
/// Ownership: borrows `preferences`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_preferences_count(const idiolect_preferences *preferences,
                                   size_t *out_count,
                                   idiolect_error **error);

/// One preference of a snapshot.
///
/// Ownership: the texts belong to `preferences` and are valid until `preferences` is freed.
/// Errors: INVALID_INPUT for an index out of range or where `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_preferences_at(const idiolect_preferences *preferences,
                                size_t index,
                                idiolect_preference *out_preference,
                                idiolect_error **error);

/// Frees a snapshot of preferences.
///
/// Ownership: takes `preferences`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_preferences_free(idiolect_preferences *preferences);

/// Adds a preference in the person's words, at most 2,000 bytes. `scope` may be NULL, the whole person; `out_id` may be
/// NULL.
///
/// Ownership: copies `text` and `scope`.
/// Errors: EMPTY_TEXT, TEXT_TOO_LONG, INVALID_UTF8, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_preference_add(idiolect_engine *engine,
                                const char *text,
                                size_t text_len,
                                const idiolect_scope *scope,
                                uint64_t *out_id,
                                idiolect_error **error);

/// Puts the person's wording in the place of a preference's own.
///
/// Ownership: copies `text`.
/// Errors: NOT_FOUND; else as idiolect_preference_add.
/// Thread-safety: any thread.
int32_t idiolect_preference_correct(idiolect_engine *engine,
                                    uint64_t id,
                                    const char *text,
                                    size_t text_len,
                                    idiolect_error **error);

/// Pins (1) or unpins (0) a preference: a pinned one is always applied.
///
/// Ownership: borrows `engine`.
/// Errors: NOT_FOUND, INVALID_INPUT for another number, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_preference_pin(idiolect_engine *engine,
                                uint64_t id,
                                int32_t pinned,
                                idiolect_error **error);

/// Switches a preference on (1) or off (0): one that is off is kept and learned, but not applied.
///
/// Ownership: borrows `engine`.
/// Errors: as idiolect_preference_pin.
/// Thread-safety: any thread.
int32_t idiolect_preference_set_active(idiolect_engine *engine,
                                       uint64_t id,
                                       int32_t active,
                                       idiolect_error **error);

/// Deletes a preference. For a learned one the evidence so far no longer counts; it can be learned anew.
///
/// Ownership: borrows `engine`.
/// Errors: NOT_FOUND, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_preference_delete(idiolect_engine *engine, uint64_t id, idiolect_error **error);

// ---------------------------------------------------------------------------------------------------------------------
// Explaining preferences
// ---------------------------------------------------------------------------------------------------------------------

/// What a change of words is about: how something is said.
#define IDIOLECT_CHANGE_STYLE 1

/// What a change of words is about: names, numbers, dates, single words of content. Teaches no style.
#define IDIOLECT_CHANGE_CONTENT 2

/// What a change of words is about: spelling or grammar put right.
#define IDIOLECT_CHANGE_CORRECTION 3

/// Why a preference is held.
struct idiolect_explanation;

/// What one record has to say for or against a preference. Set `struct_size` to sizeof(idiolect_contribution) before the
/// call. The text belongs to the explanation and is valid until that is freed.
typedef struct {
    /// Size of this struct, set by the caller.
    size_t struct_size;
    /// The record.
    uint64_t record_id;
    /// What happened there, for showing: "92 to 58 words".
    idiolect_str note;
    /// How many places changed words, at most 64. 0 for feedback without an edit, and for edits whose words were not asked
    /// for.
    size_t word_change_count;
    /// Signed change in steps of the feature's natural variation, -3 to 3: above 0 towards more of it.
    float change;
    /// How much it counts after strength and age, 0 to 1.
    float weight;
} idiolect_contribution;

/// One place where an edit changed words. Set `struct_size` to sizeof(idiolect_word_change) before the call. The texts
/// belong to the explanation and are valid until that is freed.
typedef struct {
    /// Size of this struct, set by the caller.
    size_t struct_size;
    /// What stood in the draft; empty where words were only added.
    idiolect_str removed;
    /// What stands in the final; empty where words were only taken out.
    idiolect_str inserted;
    /// IDIOLECT_CHANGE_*.
    int32_t kind;
    /// 1 where this change alone moves the draft the way of the preference.
    int32_t bears;
} idiolect_word_change;

/// Explains a preference: the numbers, what each record has to say for and against it, and the words that the person
/// changed in each edit among them, computed from the records when asked for. The time is that of reading and comparing the
/// texts of every such edit.
///
/// Ownership: the caller owns `*out_explanation` and frees it with idiolect_explanation_free; it may outlive `engine`.
/// Errors: NOT_FOUND, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_preference_explain(idiolect_engine *engine,
                                    uint64_t id,
                                    idiolect_explanation **out_explanation,
                                    idiolect_error **error);

/// Explains a preference as idiolect_preference_explain, with the words of the strongest `edits` edits alone, which takes
/// less time where there are thousands; 0 for the numbers and notes without words.
///
/// Ownership: as idiolect_preference_explain.
/// Errors: as idiolect_preference_explain.
/// Thread-safety: any thread.
int32_t idiolect_preference_explain_strongest(idiolect_engine *engine,
                                              uint64_t id,
                                              size_t edits,
                                              idiolect_explanation **out_explanation,
                                              idiolect_error **error);

/// The preference as it is held in its own scope; its `strength`, `confidence` and `occasions` are among the numbers.
///
/// Ownership: the texts belong to `explanation` and are valid until `explanation` is freed.
/// Errors: INVALID_INPUT where `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_explanation_preference(const idiolect_explanation *explanation,
                                        idiolect_preference *out_preference,
                                        idiolect_error **error);

/// The mean change, in steps of the feature's natural variation, shrunken towards what is known of wider scopes, and its
/// standard error in the same unit; both 0 for a preference in the person's or the host model's words. `out_error` may be
/// NULL.
///
/// Ownership: borrows `explanation`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_explanation_effect(const idiolect_explanation *explanation,
                                    float *out_mean,
                                    float *out_error,
                                    idiolect_error **error);

/// Since when the person has gone this way, where they had gone the other way before: `*out_turned` is 1 and `*out_since_ms`
/// the time of the first such record, in milliseconds since 1970; 0 and 0 where they always have, or go either way.
/// `out_since_ms` may be NULL.
///
/// Ownership: borrows `explanation`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_explanation_since(const idiolect_explanation *explanation,
                                   int32_t *out_turned,
                                   int64_t *out_since_ms,
                                   idiolect_error **error);

/// How many records have something to say.
///
/// Ownership: borrows `explanation`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_explanation_contribution_count(const idiolect_explanation *explanation,
                                                size_t *out_count,
                                                idiolect_error **error);

/// What one record has to say, strongest first.
///
/// Ownership: the text belongs to `explanation` and is valid until `explanation` is freed.
/// Errors: INVALID_INPUT for an index out of range or where `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_explanation_contribution_at(const idiolect_explanation *explanation,
                                             size_t index,
                                             idiolect_contribution *out_contribution,
                                             idiolect_error **error);

/// One place where the edit at `contribution` changed words, in the order of the text.
///
/// Ownership: the texts belong to `explanation` and are valid until `explanation` is freed.
/// Errors: INVALID_INPUT for an index out of range or where `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_explanation_word_change_at(const idiolect_explanation *explanation,
                                            size_t contribution,
                                            size_t index,
                                            idiolect_word_change *out_change,
                                            idiolect_error **error);

/// Frees an explanation.
///
/// Ownership: takes `explanation`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_explanation_free(idiolect_explanation *explanation);

// ---------------------------------------------------------------------------------------------------------------------
// Personalizing
// ---------------------------------------------------------------------------------------------------------------------

/// What the gate decided: apply the preferences.
#define IDIOLECT_GATE_APPLY 0

/// What the gate decided: leave the text alone, nothing is known of this person yet.
#define IDIOLECT_GATE_NOTHING_LEARNED 1

/// What the gate decided: leave the text alone, there were too few occasions.
#define IDIOLECT_GATE_TOO_FEW_OCCASIONS 2

/// What the gate decided: leave the text alone, nothing known resembles this context.
#define IDIOLECT_GATE_UNFAMILIAR_CONTEXT 3

/// What the gate decided: leave the text alone, what is known is too weak or contradicts itself.
#define IDIOLECT_GATE_TOO_WEAK 4

/// What the gate decided: leave the text alone, drafts for similar contexts were taken as they were, or what was applied to
/// them was undone.
#define IDIOLECT_GATE_NOT_NEEDED 5

/// What to tell the assistant.
struct idiolect_personalization;

/// A context to personalize for.
struct idiolect_request;

/// Counts the tokens of a text as the program's language model does.
///
/// Ownership: borrows `text`, `text_len` bytes of UTF-8 that no NUL follows; `user_data` is the pointer that was set with the callback.
/// Errors: none can be reported.
/// Thread-safety: called in the thread of idiolect_engine_personalize while no lock is held; by several threads at once
/// where several personalize with the same request. It may call any function, with the same engine and the same request,
/// too.
typedef size_t (*idiolect_token_counter)(void *user_data, const char *text, size_t text_len);

/// A text of the person's own that the prompt shows. Set `struct_size` to sizeof(idiolect_example) before the call. The
/// texts belong to the personalization and are valid until that is freed.
typedef struct {
    /// Size of this struct, set by the caller.
    size_t struct_size;
    /// The record that it comes from.
    uint64_t record_id;
    /// What it was about.
    idiolect_str context;
    /// The text.
    idiolect_str text;
    /// Cosine of its context to the request's, -1 to 1.
    float similarity;
} idiolect_example;

/// Creates a request for a context: what is to be written, or what it answers.
///
/// Ownership: the caller owns `*out_request` and frees it with idiolect_request_free; copies `context`.
/// Errors: TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER.
/// Thread-safety: any thread.
int32_t idiolect_request_new(const char *context,
                             size_t context_len,
                             idiolect_request **out_request,
                             idiolect_error **error);

/// Sets where the text will belong; NULL is the whole person, as at first.
///
/// Ownership: copies `scope`.
/// Errors: NULL_POINTER for the request, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_request_set_scope(idiolect_request *request,
                                   const idiolect_scope *scope,
                                   idiolect_error **error);

/// Sets how many of the nearest contexts are consulted; 8 by default.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE. The number is checked when it is used.
/// Thread-safety: any thread.
int32_t idiolect_request_set_k(idiolect_request *request, size_t k, idiolect_error **error);

/// Sets the most tokens that the prompt may have; 300 by default. Where no token counter is set they are estimated: four
/// ASCII characters are one, any other character is one by itself.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_request_set_token_budget(idiolect_request *request,
                                          size_t tokens,
                                          idiolect_error **error);

/// Sets what counts the tokens of the prompt, in the place of one set before; NULL estimates them, as at first. It is given
/// the prompt as far as it goes with each piece that may be added, at most 200 times for a personalization.
///
/// Ownership: takes `user_data`. `destroy`, where it is not NULL, is called with it exactly once: when another counter
/// took its place or the request was freed, and no personalization with it runs any more; at once where this call fails
/// or `counter` is NULL.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; a personalization that runs keeps the counter that it began with.
int32_t idiolect_request_set_token_counter(idiolect_request *request,
                                           idiolect_token_counter counter,
                                           void *user_data,
                                           idiolect_destroy destroy,
                                           idiolect_error **error);

/// Sets the most examples that the prompt may show; 1 by default.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE. The number is checked when it is used.
/// Thread-safety: any thread.
int32_t idiolect_request_set_examples(idiolect_request *request, size_t examples, idiolect_error **error);

/// Sets the vector of the context, from the caller's own encoder.
///
/// Ownership: copies `values`.
/// Errors: INVALID_INPUT for more than 65,536 values or a pointer that is not aligned, NULL_POINTER, INVALID_HANDLE. The
/// values are checked when they are used.
/// Thread-safety: any thread.
int32_t idiolect_request_set_vector(idiolect_request *request,
                                    const float *values,
                                    size_t values_len,
                                    idiolect_error **error);

/// Frees a request.
///
/// Ownership: takes `request`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_request_free(idiolect_request *request);

/// The preferences, examples and prompt fragment for a context.
///
/// Ownership: the caller owns `*out_personalization` and frees it with idiolect_personalization_free; it may outlive
/// `engine`. Borrows `request`, which may be used again.
/// Errors: INVALID_INPUT, TEXT_TOO_LONG, INVALID_VECTOR, DIMENSION_MISMATCH, VECTOR_REQUIRED, IO, CLOSED, POISONED,
/// NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_engine_personalize(idiolect_engine *engine,
                                    const idiolect_request *request,
                                    idiolect_personalization **out_personalization,
                                    idiolect_error **error);

/// The prompt fragment; empty where the gate abstained. `out_tokens`, its tokens as counted or estimated, may be NULL.
///
/// Ownership: the text belongs to `personalization` and is valid until `personalization` is freed.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_personalization_prompt(const idiolect_personalization *personalization,
                                        idiolect_str *out_prompt,
                                        size_t *out_tokens,
                                        idiolect_error **error);

/// What the gate decided: IDIOLECT_GATE_APPLY, or why it abstained. `out_benefit`, the benefit predicted, 0 to 1,
/// also where it abstained, may be NULL.
///
/// Ownership: borrows `personalization`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_personalization_gate(const idiolect_personalization *personalization,
                                      int32_t *out_gate,
                                      float *out_benefit,
                                      idiolect_error **error);

/// How many preferences hold for the context, in the prompt or not.
///
/// Ownership: borrows `personalization`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_personalization_preference_count(const idiolect_personalization *personalization,
                                                  size_t *out_count,
                                                  idiolect_error **error);

/// One of the preferences, in order of authority and strength. `out_in_prompt`, 1 where the prompt has it, may be NULL.
///
/// Ownership: the texts belong to `personalization` and are valid until `personalization` is freed.
/// Errors: INVALID_INPUT for an index out of range or where `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_personalization_preference_at(const idiolect_personalization *personalization,
                                               size_t index,
                                               idiolect_preference *out_preference,
                                               int32_t *out_in_prompt,
                                               idiolect_error **error);

/// How many examples the prompt shows.
///
/// Ownership: borrows `personalization`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_personalization_example_count(const idiolect_personalization *personalization,
                                               size_t *out_count,
                                               idiolect_error **error);

/// One of the examples, best first.
///
/// Ownership: the texts belong to `personalization` and are valid until `personalization` is freed.
/// Errors: INVALID_INPUT for an index out of range or where `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_personalization_example_at(const idiolect_personalization *personalization,
                                            size_t index,
                                            idiolect_example *out_example,
                                            idiolect_error **error);

/// How many contexts were consulted.
///
/// Ownership: borrows `personalization`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_personalization_neighbour_count(const idiolect_personalization *personalization,
                                                 size_t *out_count,
                                                 idiolect_error **error);

/// One of the contexts consulted, nearest first: its record and its cosine similarity, -1 to 1, which may be NULL.
///
/// Ownership: borrows `personalization`.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_personalization_neighbour_at(const idiolect_personalization *personalization,
                                              size_t index,
                                              uint64_t *out_record_id,
                                              float *out_similarity,
                                              idiolect_error **error);

/// Frees a personalization.
///
/// Ownership: takes `personalization`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_personalization_free(idiolect_personalization *personalization);

// ---------------------------------------------------------------------------------------------------------------------
// Ranking candidate drafts
// ---------------------------------------------------------------------------------------------------------------------

/// Candidates to rank for a context.
struct idiolect_candidates;

/// Candidates in their order.
struct idiolect_ranking;

/// One part of a candidate's score. Set `struct_size` to sizeof(idiolect_rank_reason) before the call. The text belongs to
/// the ranking and is valid until that is freed.
typedef struct {
    /// Size of this struct, set by the caller.
    size_t struct_size;
    /// The preference; 0 for an axis of the person's taste that no listed preference speaks of.
    uint64_t preference_id;
    /// The preference's text; for an axis what the candidate has more or less of than the others.
    idiolect_str text;
    /// Signed contribution to the score.
    float contribution;
} idiolect_rank_reason;

/// Creates an empty list of candidates for a context: what is to be written, or what it answers.
///
/// Ownership: the caller owns `*out_candidates` and frees it with idiolect_candidates_free; copies `context`.
/// Errors: TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER.
/// Thread-safety: any thread.
int32_t idiolect_candidates_new(const char *context,
                                size_t context_len,
                                idiolect_candidates **out_candidates,
                                idiolect_error **error);

/// Adds a candidate text; its index is how many were added before.
///
/// Ownership: copies `text`.
/// Errors: TEXT_TOO_LONG, INVALID_UTF8, INVALID_INPUT for more than 10,000, NULL_POINTER, INVALID_HANDLE. The text is
/// checked further when it is used.
/// Thread-safety: any thread.
int32_t idiolect_candidates_add(idiolect_candidates *candidates,
                                const char *text,
                                size_t text_len,
                                idiolect_error **error);

/// Adds a candidate text with its vector, as idiolect_candidates_add; all candidates must then come with theirs. The vectors
/// are from the encoder of the context's vector: the caller's own, or where that is not set the engine's. Which candidate
/// is off topic is told for encoders that give texts with nothing in common a cosine near zero; one whose cosines are all
/// high sets none apart.
///
/// Ownership: copies `text` and `values`.
/// Errors: as idiolect_candidates_add; INVALID_INPUT also for more than 65,536 values or a pointer that is not aligned. The
/// values are checked when they are used, and that every candidate has some or none.
/// Thread-safety: any thread.
int32_t idiolect_candidates_add_with_vector(idiolect_candidates *candidates,
                                            const char *text,
                                            size_t text_len,
                                            const float *values,
                                            size_t values_len,
                                            idiolect_error **error);

/// Sets where the text will belong; NULL is the whole person, as at first.
///
/// Ownership: copies `scope`.
/// Errors: NULL_POINTER for the candidates, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_candidates_set_scope(idiolect_candidates *candidates,
                                      const idiolect_scope *scope,
                                      idiolect_error **error);

/// Sets the vector of the context, from the caller's own encoder; candidates are then not checked for their topic, unless
/// they come with their vectors, too.
///
/// Ownership: copies `values`.
/// Errors: INVALID_INPUT for more than 65,536 values or a pointer that is not aligned, NULL_POINTER, INVALID_HANDLE. The
/// values are checked when they are used.
/// Thread-safety: any thread.
int32_t idiolect_candidates_set_vector(idiolect_candidates *candidates,
                                       const float *values,
                                       size_t values_len,
                                       idiolect_error **error);

/// Frees a list of candidates.
///
/// Ownership: takes `candidates`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_candidates_free(idiolect_candidates *candidates);

/// Ranks candidates by how this person would want them, best first. One that is off the topic of the context never comes
/// before one that is on it.
///
/// Ownership: the caller owns `*out_ranking` and frees it with idiolect_ranking_free; it may outlive `engine`. Borrows
/// `candidates`, which may be used again.
/// Errors: INVALID_INPUT for no candidate or more than IDIOLECT_LIMIT_CANDIDATES, or where some candidates have a vector
/// and some have none; EMPTY_TEXT, TEXT_TOO_LONG, INVALID_VECTOR, DIMENSION_MISMATCH, VECTOR_REQUIRED, IO, CLOSED, POISONED,
/// NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_engine_rank(idiolect_engine *engine,
                             const idiolect_candidates *candidates,
                             idiolect_ranking **out_ranking,
                             idiolect_error **error);

/// How many candidates were ranked.
///
/// Ownership: borrows `ranking`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_ranking_count(const idiolect_ranking *ranking, size_t *out_count, idiolect_error **error);

/// The candidate at a place, 0 the best: its index among those added, its score, comparable within one ranking only, and
/// how many reasons there are. `out_score` and `out_reason_count` may be NULL.
///
/// Ownership: borrows `ranking`.
/// Errors: INVALID_INPUT for a place out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_ranking_at(const idiolect_ranking *ranking,
                            size_t place,
                            size_t *out_index,
                            float *out_score,
                            size_t *out_reason_count,
                            idiolect_error **error);

/// What speaks for or against the candidate at a place, strongest first.
///
/// Ownership: the text belongs to `ranking` and is valid until `ranking` is freed.
/// Errors: INVALID_INPUT for a place or an index out of range or where `struct_size` is not set, NULL_POINTER,
/// INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_ranking_reason_at(const idiolect_ranking *ranking,
                                   size_t place,
                                   size_t index,
                                   idiolect_rank_reason *out_reason,
                                   idiolect_error **error);

/// Frees a ranking.
///
/// Ownership: takes `ranking`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_ranking_free(idiolect_ranking *ranking);

// ---------------------------------------------------------------------------------------------------------------------
// Queries
// ---------------------------------------------------------------------------------------------------------------------

/// What a text is looked for by: its meaning and its words.
#define IDIOLECT_SEARCH_MODE_BOTH 1

/// What a text is looked for by: its meaning alone, as of a description in other words.
#define IDIOLECT_SEARCH_MODE_MEANING 2

/// What a text is looked for by: its words alone, as of a name, an identifier, a quotation. Where every sub-query
/// is, items with none of the words are not found.
#define IDIOLECT_SEARCH_MODE_WORDS 3

/// A search.
struct idiolect_query;

/// An item that a predicate is asked about. The texts are valid during the call. A part of the scope that is not set is
/// {NULL, 0}.
typedef struct {
    /// Size of this struct, set by the library; fields beyond it are not there.
    size_t struct_size;
    /// The record.
    uint64_t record_id;
    /// The scope's application.
    idiolect_str app;
    /// The scope's task.
    idiolect_str task;
    /// The scope's audience.
    idiolect_str audience;
    /// The scope's locale.
    idiolect_str locale;
    /// When it happened, milliseconds since 1970.
    int64_t at_ms;
    /// IDIOLECT_RECORD_*.
    int32_t kind;
} idiolect_item;

/// Says whether a search takes an item: 0 for no, any other number for yes.
///
/// Ownership: borrows `item` with its texts; `user_data` is the pointer that was set with the callback.
/// Errors: none can be reported.
/// Thread-safety: called in the thread of idiolect_engine_search, for one item after the other, while no lock is held; by
/// several threads at once where several search with the same query. It may call any function, with the same engine and
/// the same query, too.
typedef int32_t (*idiolect_predicate)(void *user_data, const idiolect_item *item);

/// Creates a search for items near a text in meaning or in words.
///
/// Ownership: the caller owns `*out_query` and frees it with idiolect_query_free; copies `text`.
/// Errors: TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER.
/// Thread-safety: any thread.
int32_t idiolect_query_new(const char *text,
                           size_t text_len,
                           idiolect_query **out_query,
                           idiolect_error **error);

/// Sets the most hits; 10 by default.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE. The number is checked when it is used.
/// Thread-safety: any thread.
int32_t idiolect_query_set_k(idiolect_query *query, size_t k, idiolect_error **error);

/// Takes only items within a scope; NULL is the whole person, which takes all.
///
/// Ownership: copies `scope`.
/// Errors: NULL_POINTER for the query, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_query_set_scope(idiolect_query *query, const idiolect_scope *scope, idiolect_error **error);

/// Takes only items from this moment on, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_query_set_since(idiolect_query *query, int64_t unix_ms, idiolect_error **error);

/// Takes only items before this moment, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_query_set_until(idiolect_query *query, int64_t unix_ms, idiolect_error **error);

/// Takes items of this kind, IDIOLECT_RECORD_EDIT to IDIOLECT_RECORD_HISTORY, and of the others added; all kinds where
/// none was added.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for an unknown kind, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_query_add_kind(idiolect_query *query,
                                int32_t kind,
                                idiolect_error **error);

/// Takes only items that have this tag, and all others added so. At most 32.
///
/// Ownership: copies `tag`.
/// Errors: INVALID_INPUT for far too many tags, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE. Tag and number
/// are checked further when they are used.
/// Thread-safety: any thread.
int32_t idiolect_query_add_tag(idiolect_query *query,
                               const char *tag,
                               size_t tag_len,
                               idiolect_error **error);

/// Takes only items that have this tag or any other added so. At most 32.
///
/// Ownership: copies `tag`.
/// Errors: as idiolect_query_add_tag.
/// Thread-safety: any thread.
int32_t idiolect_query_add_any_tag(idiolect_query *query,
                                   const char *tag,
                                   size_t tag_len,
                                   idiolect_error **error);

/// Takes only these items, in the place of those set before; those that are gone are passed over. At most 1,048,576.
///
/// Ownership: copies `record_ids`.
/// Errors: INVALID_INPUT for too many or a pointer that is not aligned, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_query_set_ids(idiolect_query *query,
                               const uint64_t *record_ids,
                               size_t record_count,
                               idiolect_error **error);

/// Takes only items that `predicate` takes, in the place of one set before; NULL takes all, as at first. It is asked once of
/// every item that the other limits let through, before anything is compared; a time limit does not cut this short.
///
/// Ownership: takes `user_data`. `destroy`, where it is not NULL, is called with it exactly once: when another predicate
/// took its place or the query was freed, and no search with it runs any more; at once where this call fails or
/// `predicate` is NULL.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; a search that runs keeps the predicate that it began with.
int32_t idiolect_query_set_predicate(idiolect_query *query,
                                     idiolect_predicate predicate,
                                     void *user_data,
                                     idiolect_destroy destroy,
                                     idiolect_error **error);

/// Sets after how many milliseconds the search gives what it has found; no limit at first. Embedding the query and reading
/// what was found are always done, and something is always looked at, so that it may end a little later;
/// idiolect_hits_partial tells whether it was cut short.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_query_set_time_limit(idiolect_query *query,
                                      uint64_t milliseconds,
                                      idiolect_error **error);

/// Sets the query's vector, from the caller's own encoder.
///
/// Ownership: copies `values`.
/// Errors: INVALID_INPUT for more than 65,536 values or a pointer that is not aligned, NULL_POINTER, INVALID_HANDLE. The
/// values are checked when they are used.
/// Thread-safety: any thread.
int32_t idiolect_query_set_vector(idiolect_query *query,
                                  const float *values,
                                  size_t values_len,
                                  idiolect_error **error);

/// Sets what the text is looked for by: IDIOLECT_SEARCH_MODE_BOTH, the default, IDIOLECT_SEARCH_MODE_MEANING or
/// IDIOLECT_SEARCH_MODE_WORDS.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_query_set_mode(idiolect_query *query,
                                int32_t mode,
                                idiolect_error **error);

/// Adds a further sub-query, looked for by `mode`, IDIOLECT_SEARCH_MODE_*. The meanings of all sub-queries count equally,
/// and so do their words. At most 256.
///
/// Ownership: copies `text`.
/// Errors: INVALID_INPUT for an unknown mode or far too many sub-queries, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER,
/// INVALID_HANDLE. Text and number are checked further when they are used.
/// Thread-safety: any thread.
int32_t idiolect_query_add_sub_query(idiolect_query *query,
                                     const char *text,
                                     size_t text_len,
                                     int32_t mode,
                                     idiolect_error **error);

/// Adds a term with the caller's own weight, from a sparse encoder say: above 0 to 1,000,000, where a word of the text
/// has 1. At most 256.
///
/// Ownership: copies `term`.
/// Errors: INVALID_INPUT for far too many words, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE. Word, weight
/// and number are checked when they are used.
/// Thread-safety: any thread.
int32_t idiolect_query_add_term_weight(idiolect_query *query,
                                       const char *term,
                                       size_t term_len,
                                       float weight,
                                       idiolect_error **error);

/// Sets whether the last word may be the beginning of one (1), for a search while typing, or not (0), as at first.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_query_set_prefix_match(idiolect_query *query,
                                        int32_t on,
                                        idiolect_error **error);

/// Sets whether the words of the best items found are asked for, too (1), or not (0), as at first. Finds more for a short
/// query.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_query_set_pseudo_feedback(idiolect_query *query,
                                           int32_t on,
                                           idiolect_error **error);

/// Sets whether what the person says of themselves is wanted ("I prefer aisle seats") rather than what they ask for (1),
/// or either (0), as at first.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_query_set_prefer_self_statements(idiolect_query *query,
                                                  int32_t on,
                                                  idiolect_error **error);

/// Sets whether other words of the program's language model are searched with (1) or not (0), as at first. They are asked
/// for by an inference request of the kind EXPANSION, and used in searches for the same text once that is completed;
/// without a model, and for a text over 1,000 bytes, this does nothing.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another number, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_query_set_expansion(idiolect_query *query,
                                     int32_t on,
                                     idiolect_error **error);

/// Sets how much the hits should differ from each other, 0 (at first) to 1: maximal marginal relevance.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE. The number is checked when it is used.
/// Thread-safety: any thread.
int32_t idiolect_query_set_diversity(idiolect_query *query, float diversity, idiolect_error **error);

/// Tells that a hit of an earlier search for the same was shown at `position`, 0 the first, and that the person clicked
/// it (`clicked` 1) or skipped it (0). At most 256.
///
/// Ownership: none.
/// Errors: INVALID_INPUT for another `clicked` or far too many, NULL_POINTER, INVALID_HANDLE. The record is looked up
/// when it is used.
/// Thread-safety: any thread.
int32_t idiolect_query_add_shown(idiolect_query *query,
                                 uint64_t record_id,
                                 size_t position,
                                 int32_t clicked,
                                 idiolect_error **error);

/// Frees a search.
///
/// Ownership: takes `query`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_query_free(idiolect_query *query);

// ---------------------------------------------------------------------------------------------------------------------
// Searching
// ---------------------------------------------------------------------------------------------------------------------

/// What a search found.
struct idiolect_hits;

/// One item found. Set `struct_size` to sizeof(idiolect_hit) before the call. The texts belong to the hits and are valid
/// until those are freed. A part of the scope that is not set is {NULL, 0}.
typedef struct {
    /// Size of this struct, set by the caller.
    size_t struct_size;
    /// The record.
    uint64_t record_id;
    /// Its context; for history what surrounds it, often empty.
    idiolect_str context;
    /// The text as the person left it.
    idiolect_str text;
    /// The scope's application.
    idiolect_str app;
    /// The scope's task.
    idiolect_str task;
    /// The scope's audience.
    idiolect_str audience;
    /// The scope's locale.
    idiolect_str locale;
    /// When it happened, milliseconds since 1970.
    int64_t at_ms;
    /// IDIOLECT_RECORD_*.
    int32_t kind;
    /// Cosine similarity of the query to its context (to its text, for history), -1 to 1.
    float similarity;
    /// What the order follows where no diversity is asked for: meaning and words together, comparable within one search.
    float score;
} idiolect_hit;

/// Searches.
///
/// Ownership: the caller owns `*out_hits` and frees it with idiolect_hits_free; it may outlive `engine`. Borrows `query`,
/// which may be used again.
/// Errors: INVALID_INPUT, NOT_FOUND for an unknown record among those shown, EMPTY_TEXT, TEXT_TOO_LONG, INVALID_VECTOR,
/// DIMENSION_MISMATCH, VECTOR_REQUIRED, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_engine_search(idiolect_engine *engine,
                               const idiolect_query *query,
                               idiolect_hits **out_hits,
                               idiolect_error **error);

/// How many items were found.
///
/// Ownership: borrows `hits`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_hits_count(const idiolect_hits *hits, size_t *out_count, idiolect_error **error);

/// Whether there may be better items (1) or not (0): the search was cut short by its time limit, or the store was just
/// opened and some items are not yet found by their words and further keys. Always 0 for a search without a time limit.
///
/// Ownership: borrows `hits`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_hits_partial(const idiolect_hits *hits,
                              int32_t *out_partial,
                              idiolect_error **error);

/// One item found, nearest first.
///
/// Ownership: the texts belong to `hits` and are valid until `hits` is freed.
/// Errors: INVALID_INPUT for an index out of range or where `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_hits_at(const idiolect_hits *hits,
                         size_t index,
                         idiolect_hit *out_hit,
                         idiolect_error **error);

/// How many tags the item at `index` has.
///
/// Ownership: borrows `hits`.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_hits_tag_count(const idiolect_hits *hits,
                                size_t index,
                                size_t *out_count,
                                idiolect_error **error);

/// One tag of the item at `index`, in ascending order.
///
/// Ownership: the text belongs to `hits` and is valid until those are freed.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_hits_tag_at(const idiolect_hits *hits,
                             size_t index,
                             size_t tag,
                             idiolect_str *out_tag,
                             idiolect_error **error);

/// Frees what a search found.
///
/// Ownership: takes `hits`; NULL is allowed and does nothing. Their texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_hits_free(idiolect_hits *hits);

// ---------------------------------------------------------------------------------------------------------------------
// Forgetting
// ---------------------------------------------------------------------------------------------------------------------

/// What went, or would go.
struct idiolect_forgotten;

/// Forgets records by their ids, with all that was derived from them. With `dry_run` 1 it only tells what would go.
/// `out_forgotten` may be NULL.
///
/// Ownership: the caller owns `*out_forgotten` and frees it with idiolect_forgotten_free; copies `record_ids`.
/// Errors: NOT_FOUND for an unknown id, and nothing is forgotten then; INVALID_INPUT for a `dry_run` that is not 0 or 1 or
/// for more than 1,048,576 ids; STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_engine_forget_records(idiolect_engine *engine,
                                       const uint64_t *record_ids,
                                       size_t record_count,
                                       int32_t dry_run,
                                       idiolect_forgotten **out_forgotten,
                                       idiolect_error **error);

/// Forgets everything within a scope, preferences stated in it included. The scope must be given; the empty one is
/// everything. With `dry_run` 1 it only tells what would go. `out_forgotten` may be NULL.
///
/// Ownership: the caller owns `*out_forgotten` and frees it with idiolect_forgotten_free; copies `scope`.
/// Errors: as idiolect_engine_forget_records; NULL_POINTER also for the scope.
/// Thread-safety: any thread.
int32_t idiolect_engine_forget_scope(idiolect_engine *engine,
                                     const idiolect_scope *scope,
                                     int32_t dry_run,
                                     idiolect_forgotten **out_forgotten,
                                     idiolect_error **error);

/// Forgets everything from one moment on and before another, in milliseconds since 1970-01-01T00:00:00Z. With `dry_run` 1
/// it only tells what would go. `out_forgotten` may be NULL.
///
/// Ownership: the caller owns `*out_forgotten` and frees it with idiolect_forgotten_free.
/// Errors: as idiolect_engine_forget_records.
/// Thread-safety: any thread.
int32_t idiolect_engine_forget_between(idiolect_engine *engine,
                                       int64_t from_unix_ms,
                                       int64_t until_unix_ms,
                                       int32_t dry_run,
                                       idiolect_forgotten **out_forgotten,
                                       idiolect_error **error);

/// Forgets every record and stated preference with `text` in one of its texts, letter case aside. With `dry_run` 1 it
/// only tells what would go. `out_forgotten` may be NULL.
///
/// Ownership: the caller owns `*out_forgotten` and frees it with idiolect_forgotten_free; copies `text`.
/// Errors: EMPTY_TEXT, TEXT_TOO_LONG, INVALID_UTF8; else as idiolect_engine_forget_records.
/// Thread-safety: any thread.
int32_t idiolect_engine_forget_containing(idiolect_engine *engine,
                                          const char *text,
                                          size_t text_len,
                                          int32_t dry_run,
                                          idiolect_forgotten **out_forgotten,
                                          idiolect_error **error);

/// How many records went, or would go.
///
/// Ownership: borrows `forgotten`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_forgotten_record_count(const idiolect_forgotten *forgotten,
                                        size_t *out_count,
                                        idiolect_error **error);

/// The id of one of the records.
///
/// Ownership: borrows `forgotten`.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_forgotten_record_at(const idiolect_forgotten *forgotten,
                                     size_t index,
                                     uint64_t *out_record_id,
                                     idiolect_error **error);

/// How many of the listed preferences changed, or would change.
///
/// Ownership: borrows `forgotten`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_forgotten_change_count(const idiolect_forgotten *forgotten,
                                        size_t *out_count,
                                        idiolect_error **error);

/// How one preference changed: as it was, and as it is. An `id` of 0 in `out_before` means that it is new, in `out_after`
/// that it is gone; all other fields are then zero.
///
/// Ownership: the texts belong to `forgotten` and are valid until `forgotten` is freed.
/// Errors: INVALID_INPUT for an index out of range or where a `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_forgotten_change_at(const idiolect_forgotten *forgotten,
                                     size_t index,
                                     idiolect_preference *out_before,
                                     idiolect_preference *out_after,
                                     idiolect_error **error);

/// Frees what forgetting told.
///
/// Ownership: takes `forgotten`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_forgotten_free(idiolect_forgotten *forgotten);

// ---------------------------------------------------------------------------------------------------------------------
// Inference: questions for the program's language model
// ---------------------------------------------------------------------------------------------------------------------

/// Kind of an inference request: the preferences behind an edit, shown with those nearest to it.
#define IDIOLECT_INFERENCE_INDUCTION 1

/// Kind of an inference request: what the preferences of several near contexts come to.
#define IDIOLECT_INFERENCE_AGGREGATION 2

/// Kind of an inference request: which preferences other texts of the person follow. One that was inferred counts only
/// once they do.
#define IDIOLECT_INFERENCE_VERIFICATION 3

/// Kind of an inference request: other words for a search that asked for them.
#define IDIOLECT_INFERENCE_EXPANSION 4

/// A question for a language model, with its prompt ready.
struct idiolect_inference;

/// Takes the oldest request that was not handed out since the engine was opened; `*out_inference` is NULL where there is
/// none. Requests exist only where the config says that there is a host model. One that is neither completed nor failed
/// comes again after the store is opened anew.
///
/// Ownership: the caller owns `*out_inference` and frees it with idiolect_inference_free; it may outlive `engine`.
/// Errors: CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; no request is handed out twice.
int32_t idiolect_inference_next(idiolect_engine *engine,
                                idiolect_inference **out_inference,
                                idiolect_error **error);

/// The request's id, for the answer.
///
/// Ownership: borrows `inference`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_inference_id(const idiolect_inference *inference, uint64_t *out_id, idiolect_error **error);

/// What is asked, one of IDIOLECT_INFERENCE_*.
///
/// Ownership: borrows `inference`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_inference_kind(const idiolect_inference *inference,
                                int32_t *out_kind,
                                idiolect_error **error);

/// The prompt to send to the language model.
///
/// Ownership: the text belongs to `inference` and is valid until `inference` is freed.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_inference_prompt(const idiolect_inference *inference,
                                  idiolect_str *out_prompt,
                                  idiolect_error **error);

/// How many records the request is about.
///
/// Ownership: borrows `inference`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_inference_record_count(const idiolect_inference *inference,
                                        size_t *out_count,
                                        idiolect_error **error);

/// The id of one of the records that the request is about.
///
/// Ownership: borrows `inference`.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_inference_record_at(const idiolect_inference *inference,
                                     size_t index,
                                     uint64_t *out_record_id,
                                     idiolect_error **error);

/// Frees a request's handle; the request itself stays open until it is completed or failed.
///
/// Ownership: takes `inference`; NULL is allowed and does nothing. Its prompt becomes invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_inference_free(idiolect_inference *inference);

/// Takes the model's answer to a request. `out_preference_id`, which may be NULL, gets the first of the preferences that it
/// made or told something of, 0 where there is none; the others are in the list of preferences. A preference that was
/// inferred from edits is applied once the answer to a verification says that other texts follow it.
///
/// Ownership: copies `answer`.
/// Errors: NOT_FOUND, also where its records were forgotten meanwhile; CONFLICT where it was answered before, or has to be
/// taken by idiolect_inference_next first; EMPTY_TEXT,
/// TEXT_TOO_LONG, INVALID_UTF8, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_inference_complete(idiolect_engine *engine,
                                    uint64_t inference_id,
                                    const char *answer,
                                    size_t answer_len,
                                    uint64_t *out_preference_id,
                                    idiolect_error **error);

/// Says that the model failed. With `retry` 1 the request goes to the end of the queue, with 0 it is dropped.
///
/// Ownership: borrows `engine`.
/// Errors: NOT_FOUND, CONFLICT, INVALID_INPUT for another number, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER,
/// INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_inference_fail(idiolect_engine *engine,
                                uint64_t inference_id,
                                int32_t retry,
                                idiolect_error **error);

/// How many requests are waiting or handed out.
///
/// Ownership: borrows `engine`.
/// Errors: CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_inference_pending(idiolect_engine *engine, size_t *out_count, idiolect_error **error);

// ---------------------------------------------------------------------------------------------------------------------
// Long work
// ---------------------------------------------------------------------------------------------------------------------

/// What ends long work early, from any thread.
struct idiolect_cancel_token;

/// Is told how much of some long work is done: `done` of `total` items.
///
/// Ownership: `user_data` is the pointer that was set with the callback.
/// Errors: none can be reported; to end the work, cancel its token.
/// Thread-safety: called in the thread of the call, between two steps of the work. It may make calls that read, with the
/// same engine too, and must make none that write.
typedef void (*idiolect_progress)(void *user_data, uint64_t done, uint64_t total);

/// Creates a cancel token.
///
/// Ownership: the caller owns `*out_token` and frees it with idiolect_cancel_token_free.
/// Errors: NULL_POINTER.
/// Thread-safety: any thread.
int32_t idiolect_cancel_token_new(idiolect_cancel_token **out_token, idiolect_error **error);

/// Ends the work that was given this token, and all that will be: it gives CANCELLED soon.
///
/// Ownership: borrows `token`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread, also from a progress callback.
int32_t idiolect_cancel_token_cancel(idiolect_cancel_token *token, idiolect_error **error);

/// Frees a cancel token; work that was given it goes on.
///
/// Ownership: takes `token`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_cancel_token_free(idiolect_cancel_token *token);

/// Measures once on a device which index is best from how many items on, reads the words of all items that are not read
/// yet after opening, and builds the indexes at once, where they would otherwise grow in the background. Searches are
/// answered before, meanwhile and after.
///
/// Ownership: borrows `engine` and `token`; `progress` and `user_data` are used during the call only. `progress` and
/// `token` may be NULL.
/// Errors: CANCELLED, after which the indexes go on answering; IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; calls that write wait.
int32_t idiolect_engine_optimize(idiolect_engine *engine,
                                 idiolect_progress progress,
                                 void *user_data,
                                 const idiolect_cancel_token *token,
                                 idiolect_error **error);

/// Computes everything that is derived from the records again: vectors, evidence, indexes.
///
/// Ownership: as idiolect_engine_optimize.
/// Errors: CANCELLED, after which what was there is still there; STORE_FULL, STORE_DAMAGED, VECTOR_REQUIRED, IO, CLOSED,
/// POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; calls that write wait.
int32_t idiolect_engine_rebuild(idiolect_engine *engine,
                                idiolect_progress progress,
                                void *user_data,
                                const idiolect_cancel_token *token,
                                idiolect_error **error);

// ---------------------------------------------------------------------------------------------------------------------
// Taking in a history
// ---------------------------------------------------------------------------------------------------------------------

/// What came of an import.
struct idiolect_imported;

/// Returns the next item of an import, an observation of kind HISTORY; NULL after the last.
///
/// Ownership: the item stays the program's and is used until the callback is called again or the import returns; it may be
/// the same handle each time. `user_data` is the pointer that was set with the callback.
/// Errors: none can be reported; to end the import, cancel its token or return NULL.
/// Thread-safety: called in the thread of the import, while no lock is held. It may call any function.
typedef const idiolect_observation *(*idiolect_next_item)(void *user_data);

/// Takes in many texts of the person's own: what idiolect_engine_add_history would make of one after the other, embedded
/// over all cores and written some hundred at a time. `total` is how many items come, for `progress` alone; 0 where that is
/// not known. Items with an app key that are there already with the same content are passed over, so that an import that
/// ended early goes on where it was when all its items are imported again. An item that cannot be taken in, an empty text
/// say, is counted as rejected.
///
/// Ownership: the caller owns `*out_imported` and frees it with idiolect_imported_free; it may be NULL where it is not wanted.
/// Borrows `engine` and `token`; the callbacks and `user_data`, which both get, are used during the call only. `progress`
/// and `token` may be NULL.
/// Errors: CANCELLED; INVALID_INPUT for an item that is not of kind HISTORY, INVALID_HANDLE, NULL_POINTER, STORE_FULL, IO,
/// CLOSED, POISONED. What was reported as done stays.
/// Thread-safety: any thread; unlike other long work it lets both callbacks make calls that write.
int32_t idiolect_engine_import_history(idiolect_engine *engine,
                                       idiolect_next_item next,
                                       uint64_t total,
                                       idiolect_progress progress,
                                       void *user_data,
                                       const idiolect_cancel_token *token,
                                       idiolect_imported **out_imported,
                                       idiolect_error **error);

/// How many items were added, took the place of one with the same app key, were there already, and were rejected. Each
/// output may be NULL.
///
/// Ownership: borrows `imported`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_imported_counts(const idiolect_imported *imported,
                                 uint64_t *out_added,
                                 uint64_t *out_replaced,
                                 uint64_t *out_unchanged,
                                 uint64_t *out_rejected,
                                 idiolect_error **error);

/// Of how many rejected items it is known what was wrong: of the first 1,000.
///
/// Ownership: borrows `imported`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_imported_rejection_count(const idiolect_imported *imported,
                                          size_t *out_count,
                                          idiolect_error **error);

/// One of the rejected items: its place in the import, from 0, and the status that says what was wrong. Both outputs may be
/// NULL.
///
/// Ownership: borrows `imported`.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
int32_t idiolect_imported_rejection_at(const idiolect_imported *imported,
                                       size_t index,
                                       uint64_t *out_item,
                                       int32_t *out_status,
                                       idiolect_error **error);

/// Frees what came of an import.
///
/// Ownership: takes `imported`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
void idiolect_imported_free(idiolect_imported *imported);

// ---------------------------------------------------------------------------------------------------------------------
// Layout
// ---------------------------------------------------------------------------------------------------------------------

#if defined(__cplusplus)
#define IDIOLECT_LAYOUT_ASSERT(condition) static_assert(condition, #condition)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define IDIOLECT_LAYOUT_ASSERT(condition) _Static_assert(condition, #condition)
#else
#define IDIOLECT_LAYOUT_ASSERT(condition) extern char idiolect_layout_assert[(condition) ? 1 : -1]
#endif

IDIOLECT_LAYOUT_ASSERT(sizeof(idiolect_str) == 2 * sizeof(void *));
IDIOLECT_LAYOUT_ASSERT(sizeof(size_t) == sizeof(void *));
IDIOLECT_LAYOUT_ASSERT(offsetof(idiolect_stats, struct_size) == 0);
IDIOLECT_LAYOUT_ASSERT(offsetof(idiolect_preference, struct_size) == 0);
IDIOLECT_LAYOUT_ASSERT(offsetof(idiolect_example, struct_size) == 0);
IDIOLECT_LAYOUT_ASSERT(offsetof(idiolect_hit, struct_size) == 0);
IDIOLECT_LAYOUT_ASSERT(offsetof(idiolect_item, struct_size) == 0);
IDIOLECT_LAYOUT_ASSERT(offsetof(idiolect_contribution, struct_size) == 0);
IDIOLECT_LAYOUT_ASSERT(offsetof(idiolect_word_change, struct_size) == 0);
IDIOLECT_LAYOUT_ASSERT(offsetof(idiolect_rank_reason, struct_size) == 0);
#if UINTPTR_MAX == UINT64_MAX
IDIOLECT_LAYOUT_ASSERT(sizeof(idiolect_stats) == 80);
IDIOLECT_LAYOUT_ASSERT(sizeof(idiolect_preference) == 136);
IDIOLECT_LAYOUT_ASSERT(sizeof(idiolect_contribution) == 48);
IDIOLECT_LAYOUT_ASSERT(sizeof(idiolect_word_change) == 48);
IDIOLECT_LAYOUT_ASSERT(sizeof(idiolect_example) == 56);
IDIOLECT_LAYOUT_ASSERT(sizeof(idiolect_rank_reason) == 40);
IDIOLECT_LAYOUT_ASSERT(sizeof(idiolect_hit) == 136);
IDIOLECT_LAYOUT_ASSERT(sizeof(idiolect_item) == 96);
#endif

#undef IDIOLECT_LAYOUT_ASSERT

#ifdef __cplusplus
} // extern "C"
#endif

#endif // IDIOLECT_H
