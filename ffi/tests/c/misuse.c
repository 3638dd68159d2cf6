/* Calls every function with what it must not be given, and checks the status and that outputs are zeroed. Takes a store
 * folder. Ends with the number of checks; a wrong status is printed with its line and makes the exit status 1. */

#include "check.h"

#include <math.h>
#include <stdint.h>

#define EXPECT(wanted, call) expect((call), IDIOLECT_ERROR_##wanted, __LINE__)

/* Addresses that are not handles of the type asked for. */
#define FOREIGN(type) ((type *)(void *)foreign)
static idiolect_scope *foreign = NULL;

#define ALIGNED_JUNK ((void *)(uintptr_t)0x10)

static idiolect_engine *engine = NULL;

static void errors_and_versions(void)
{
    idiolect_error *error = NULL;
    idiolect_config *config = (idiolect_config *)ALIGNED_JUNK;
    EXPECT(ABI_MISMATCH, idiolect_config_new(IDIOLECT_ABI_VERSION + 1, &config, &error));
    HOLDS(config == NULL);
    HOLDS(error != NULL);
    HOLDS(idiolect_error_code(error) == IDIOLECT_ERROR_ABI_MISMATCH);
    HOLDS(idiolect_error_message(error).len > 0);
    idiolect_error_free(error);
    EXPECT(NULL_POINTER, idiolect_config_new(IDIOLECT_ABI_VERSION, NULL, NULL));

    HOLDS(idiolect_error_code(NULL) == IDIOLECT_OK);
    HOLDS(idiolect_error_message(NULL).len == 0);
    HOLDS(idiolect_error_code(FOREIGN(idiolect_error)) == IDIOLECT_ERROR_INVALID_HANDLE);
    HOLDS(idiolect_error_message(FOREIGN(idiolect_error)).len == 0);
    HOLDS(strcmp(idiolect_status_name(12345).data, "UNKNOWN") == 0);
    HOLDS(idiolect_abi_version() == IDIOLECT_ABI_VERSION);
    HOLDS(idiolect_version().len > 0);

    /* Success clears what stood in the error's place. */
    error = (idiolect_error *)ALIGNED_JUNK;
    OK(idiolect_config_new(IDIOLECT_ABI_VERSION, &config, &error));
    HOLDS(error == NULL);
    idiolect_config_free(config);
}

static void frees(void)
{
    idiolect_error_free(NULL);
    idiolect_config_free(NULL);
    idiolect_engine_free(NULL);
    idiolect_scope_free(NULL);
    idiolect_observation_free(NULL);
    idiolect_observed_free(NULL);
    idiolect_preferences_free(NULL);
    idiolect_conflicts_free(NULL);
    idiolect_request_free(NULL);
    idiolect_personalization_free(NULL);
    idiolect_query_free(NULL);
    idiolect_hits_free(NULL);
    idiolect_explanation_free(NULL);
    idiolect_candidates_free(NULL);
    idiolect_ranking_free(NULL);
    idiolect_forgotten_free(NULL);
    idiolect_inference_free(NULL);
    idiolect_cancel_token_free(NULL);
    idiolect_imported_free(NULL);
    /* A handle of another type, and one that was freed, are left alone. */
    idiolect_engine_free(FOREIGN(idiolect_engine));
    idiolect_hits_free((idiolect_hits *)ALIGNED_JUNK);
    idiolect_scope *scope = NULL;
    OK(idiolect_scope_new(&scope, NULL));
    idiolect_scope_free(scope);
    idiolect_scope_free(scope);
    EXPECT(INVALID_HANDLE, idiolect_scope_set(scope, IDIOLECT_SCOPE_APP, TEXT("mail"), NULL));
}

static void configs(void)
{
    idiolect_config *config = NULL;
    idiolect_engine *opened = (idiolect_engine *)ALIGNED_JUNK;
    OK(idiolect_config_new(IDIOLECT_ABI_VERSION, &config, NULL));

    EXPECT(NULL_POINTER, idiolect_config_set_folder(NULL, TEXT("x"), NULL));
    EXPECT(INVALID_HANDLE, idiolect_config_set_folder(FOREIGN(idiolect_config), TEXT("x"), NULL));
    EXPECT(INVALID_HANDLE, idiolect_config_set_folder((idiolect_config *)ALIGNED_JUNK, TEXT("x"), NULL));
    EXPECT(EMPTY_TEXT, idiolect_config_set_folder(config, NULL, 0, NULL));
    EXPECT(NULL_POINTER, idiolect_config_set_folder(config, NULL, 3, NULL));
    EXPECT(INVALID_UTF8, idiolect_config_set_folder(config, "a\xff", 2, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_folder(config, "a\0b", 3, NULL));
    EXPECT(TEXT_TOO_LONG, idiolect_config_set_folder(config, "a", SIZE_MAX, NULL));
    EXPECT(TEXT_TOO_LONG, idiolect_config_set_folder(config, "a", (size_t)PTRDIFF_MAX + 1, NULL));
    EXPECT(EMPTY_TEXT, idiolect_config_set_model_file(config, NULL, 0, NULL));
    EXPECT(NULL_POINTER, idiolect_config_set_model_file(NULL, TEXT("x"), NULL));
    EXPECT(NULL_POINTER, idiolect_config_set_onnx_folder(NULL, TEXT("x"), NULL));

    EXPECT(NULL_POINTER, idiolect_config_set_supplied_vectors(NULL, 4, TEXT("test"), NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_supplied_vectors(config, 0, TEXT("test"), NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_supplied_vectors(config, SIZE_MAX, TEXT("test"), NULL));
    EXPECT(EMPTY_TEXT, idiolect_config_set_supplied_vectors(config, 4, TEXT(" "), NULL));
    EXPECT(NULL_POINTER, idiolect_config_set_long_text_windows(NULL, 2, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_long_text_windows(config, 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_long_text_windows(config, 65, NULL));
    EXPECT(TEXT_TOO_LONG, idiolect_config_set_supplied_vectors(config, 4, "a", SIZE_MAX, NULL));

    EXPECT(INVALID_INPUT, idiolect_config_set_durability(config, 2, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_durability(config, INT32_MIN, NULL));
    EXPECT(NULL_POINTER, idiolect_config_set_durability(NULL, 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_host_model(config, 2, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_host_model(config, -1, NULL));
    EXPECT(NULL_POINTER, idiolect_config_set_host_model(NULL, 1, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_rank_by_meaning(config, 2, NULL));
    EXPECT(NULL_POINTER, idiolect_config_set_rank_by_meaning(NULL, 1, NULL));
    EXPECT(NULL_POINTER, idiolect_config_set_thresholds(NULL, 1, 1, NULL));
    OK(idiolect_config_set_thresholds(config, 1, SIZE_MAX, NULL));
    EXPECT(NULL_POINTER, idiolect_config_set_log(NULL, NULL, NULL, NULL, NULL));
    OK(idiolect_config_set_log(config, NULL, NULL, NULL, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_limit(config, 0, 10, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_limit(config, 99, 10, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_limit(config, IDIOLECT_LIMIT_TEXT_BYTES, 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_limit(config, IDIOLECT_LIMIT_TEXT_BYTES, SIZE_MAX, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_limit(config, IDIOLECT_LIMIT_CANDIDATES, 1, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_limit(config, IDIOLECT_LIMIT_CANDIDATES, 10001, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_limit(config, IDIOLECT_LIMIT_K, 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_config_set_limit(config, IDIOLECT_LIMIT_K, 1000001, NULL));
    EXPECT(NULL_POINTER, idiolect_config_set_limit(NULL, IDIOLECT_LIMIT_K, 1, NULL));

    /* No folder was set by any of these. */
    EXPECT(INVALID_INPUT, idiolect_engine_open(config, &opened, NULL));
    HOLDS(opened == NULL);
    EXPECT(NULL_POINTER, idiolect_engine_open(NULL, &opened, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_open(config, NULL, NULL));
    EXPECT(INVALID_HANDLE, idiolect_engine_open(FOREIGN(idiolect_config), &opened, NULL));
    OK(idiolect_config_set_folder(config, TEXT("never-made"), NULL));
    OK(idiolect_config_set_model_file(config, TEXT("no-such-model.idm"), NULL));
    EXPECT(IO, idiolect_engine_open(config, &opened, NULL));
    HOLDS(opened == NULL);
    idiolect_config_free(config);
}

static void scopes(void)
{
    idiolect_scope *scope = NULL;
    char long_part[129];
    memset(long_part, 'a', sizeof long_part);
    EXPECT(NULL_POINTER, idiolect_scope_new(NULL, NULL));
    OK(idiolect_scope_new(&scope, NULL));
    EXPECT(INVALID_INPUT, idiolect_scope_set(scope, 0, TEXT("x"), NULL));
    EXPECT(INVALID_INPUT, idiolect_scope_set(scope, 5, TEXT("x"), NULL));
    EXPECT(TEXT_TOO_LONG, idiolect_scope_set(scope, IDIOLECT_SCOPE_APP, long_part, sizeof long_part, NULL));
    EXPECT(INVALID_UTF8, idiolect_scope_set(scope, IDIOLECT_SCOPE_APP, "\xc3", 1, NULL));
    EXPECT(NULL_POINTER, idiolect_scope_set(NULL, IDIOLECT_SCOPE_APP, TEXT("x"), NULL));
    OK(idiolect_scope_set(scope, IDIOLECT_SCOPE_APP, NULL, 0, NULL));
    idiolect_scope_free(scope);
}

/* An observation of a kind with its context, text and vector set. */
static void count_calls(void *user_data, uint64_t done, uint64_t total)
{
    HOLDS(done <= total && total == 5);
    ++*(uint64_t *)user_data;
}

static idiolect_observation *observation_of(int32_t kind)
{
    static const float vector[4] = {1, 0, 0, 0};
    idiolect_observation *observation = NULL;
    OK(idiolect_observation_new(kind, &observation, NULL));
    if (kind != IDIOLECT_RECORD_HISTORY) {
        OK(idiolect_observation_set_context(observation, TEXT("a note to the team"), NULL));
    }
    if (kind != IDIOLECT_RECORD_CHOICE) {
        OK(idiolect_observation_set_text(observation, TEXT("Ready at four."), NULL));
    }
    OK(idiolect_observation_set_vector(observation, vector, 4, NULL));
    return observation;
}

/* Items that an import asks for: the same one, so many times. */
struct items {
    const idiolect_observation *item;
    int left;
};

static const idiolect_observation *next_item(void *user_data)
{
    struct items *items = (struct items *)user_data;
    return items->left-- > 0 ? items->item : NULL;
}

static void imports(idiolect_observation *history, const idiolect_observation *rating)
{
    idiolect_imported *imported = (idiolect_imported *)ALIGNED_JUNK;
    uint64_t added = 7, unchanged = 7;
    size_t count = 7;
    struct items items = {history, 3};
    EXPECT(NULL_POINTER, idiolect_observation_set_app_key(NULL, TEXT("k"), NULL));
    EXPECT(INVALID_UTF8, idiolect_observation_set_app_key(history, "\xff", 1, NULL));
    OK(idiolect_observation_set_app_key(history, TEXT("note/1"), NULL));
    EXPECT(NULL_POINTER, idiolect_engine_import_history(engine, NULL, 0, NULL, &items, NULL, &imported, NULL));
    HOLDS(imported == NULL);
    EXPECT(NULL_POINTER, idiolect_engine_import_history(NULL, next_item, 0, NULL, &items, NULL, &imported, NULL));
    OK(idiolect_engine_import_history(engine, next_item, 3, NULL, &items, NULL, &imported, NULL));
    OK(idiolect_imported_counts(imported, &added, NULL, &unchanged, NULL, NULL));
    HOLDS(added == 1 && unchanged == 2);
    OK(idiolect_imported_rejection_count(imported, &count, NULL));
    HOLDS(count == 0);
    EXPECT(INVALID_INPUT, idiolect_imported_rejection_at(imported, 0, NULL, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_imported_counts(NULL, NULL, NULL, NULL, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_imported_rejection_count(imported, NULL, NULL));
    idiolect_imported_free(imported);
    items.item = rating;
    items.left = 1;
    EXPECT(INVALID_INPUT, idiolect_engine_import_history(engine, next_item, 1, NULL, &items, NULL, NULL, NULL));
    items.item = FOREIGN(idiolect_observation);
    items.left = 1;
    EXPECT(INVALID_HANDLE, idiolect_engine_import_history(engine, next_item, 1, NULL, &items, NULL, NULL, NULL));
}

static void observations(void)
{
    uint64_t id = 7;
    size_t count = 7;
    idiolect_str view = {"x", 1};
    idiolect_observed *observed = (idiolect_observed *)ALIGNED_JUNK;
    idiolect_observation *edit = NULL;

    EXPECT(INVALID_INPUT, idiolect_observation_new(0, &edit, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_new(7, &edit, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_new(INT32_MAX, &edit, NULL));
    EXPECT(NULL_POINTER, idiolect_observation_new(IDIOLECT_RECORD_EDIT, NULL, NULL));
    edit = observation_of(IDIOLECT_RECORD_EDIT);
    OK(idiolect_observation_set_draft(edit, TEXT("It will be ready at four o'clock."), NULL));

    EXPECT(NULL_POINTER, idiolect_observation_set_context(NULL, TEXT("x"), NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_draft(NULL, TEXT("x"), NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_text(NULL, TEXT("x"), NULL));
    EXPECT(NULL_POINTER, idiolect_observation_add_candidate(NULL, TEXT("x"), NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_chosen(NULL, 0, NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_rating(NULL, 0, NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_scope(NULL, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_at(NULL, 0, NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_strength(NULL, 1, NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_reason(NULL, TEXT("x"), NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_vector(NULL, NULL, 0, NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_drafted_with(NULL, NULL, NULL));

    EXPECT(INVALID_UTF8, idiolect_observation_set_context(edit, "caf\xe9", 4, NULL));
    EXPECT(INVALID_UTF8, idiolect_observation_set_text(edit, "\xed\xa0\x80", 3, NULL));
    EXPECT(TEXT_TOO_LONG, idiolect_observation_set_text(edit, "a", SIZE_MAX / 2 + 1, NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_text(edit, NULL, 1, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_add_candidate(edit, TEXT("x"), NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_chosen(edit, 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_rating(edit, 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_strength(edit, 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_strength(edit, 1.5F, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_strength(edit, (float)NAN, NULL));
    EXPECT(INVALID_HANDLE, idiolect_observation_set_scope(edit, (idiolect_scope *)(void *)edit, NULL));
    EXPECT(INVALID_HANDLE, idiolect_observation_set_drafted_with(edit, FOREIGN(idiolect_personalization), NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_vector(edit, NULL, 4, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_vector(edit, (const float *)ALIGNED_JUNK, SIZE_MAX, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_vector(edit, (const float *)((uintptr_t)ALIGNED_JUNK + 1), 4, NULL));

    EXPECT(NULL_POINTER, idiolect_engine_observe(NULL, edit, &id, &observed, NULL));
    HOLDS(id == 0 && observed == NULL);
    EXPECT(NULL_POINTER, idiolect_engine_observe(engine, NULL, &id, &observed, NULL));
    EXPECT(INVALID_HANDLE, idiolect_engine_observe(FOREIGN(idiolect_engine), edit, &id, &observed, NULL));
    EXPECT(INVALID_HANDLE, idiolect_engine_observe(engine, FOREIGN(idiolect_observation), &id, &observed, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_add_history(engine, edit, &id, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_add_history(engine, NULL, &id, NULL));

    const float bad[][4] = {{(float)NAN, 0, 0, 0}, {(float)INFINITY, 0, 0, 0}, {0, 0, 0, 0}};
    for (size_t i = 0; i < 3; i++) {
        OK(idiolect_observation_set_vector(edit, bad[i], 4, NULL));
        id = 7;
        EXPECT(INVALID_VECTOR, idiolect_engine_observe(engine, edit, &id, &observed, NULL));
        HOLDS(id == 0 && observed == NULL);
    }
    const float short_vector[3] = {1, 0, 0};
    OK(idiolect_observation_set_vector(edit, short_vector, 3, NULL));
    EXPECT(DIMENSION_MISMATCH, idiolect_engine_observe(engine, edit, NULL, NULL, NULL));

    /* Refused ones can be corrected, and outputs may be left out. */
    const float vector[4] = {0.5F, 0.5F, 0.5F, 0.5F};
    OK(idiolect_observation_set_vector(edit, vector, 4, NULL));
    OK(idiolect_engine_observe(engine, edit, NULL, NULL, NULL));
    OK(idiolect_engine_observe(engine, edit, &id, &observed, NULL));
    HOLDS(id != 0 && observed != NULL);
    OK(idiolect_observed_cost(observed, NULL, NULL, NULL));
    OK(idiolect_observed_taught_count(observed, &count, NULL));
    EXPECT(INVALID_INPUT, idiolect_observed_taught_at(observed, count, &view, NULL));
    HOLDS(view.data == NULL && view.len == 0);
    EXPECT(INVALID_INPUT, idiolect_observed_taught_at(observed, SIZE_MAX, &view, NULL));
    EXPECT(NULL_POINTER, idiolect_observed_taught_at(observed, 0, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_observed_taught_count(observed, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_observed_taught_count(NULL, &count, NULL));
    HOLDS(count == 0);
    EXPECT(NULL_POINTER, idiolect_observed_cost(NULL, &count, NULL, NULL));
    idiolect_observed_free(observed);
    idiolect_observation_free(edit);

    idiolect_observation *choice = observation_of(IDIOLECT_RECORD_CHOICE);
    EXPECT(INVALID_INPUT, idiolect_observation_set_text(choice, TEXT("x"), NULL));
    OK(idiolect_observation_add_candidate(choice, TEXT("Ready at four."), NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_observe(engine, choice, NULL, NULL, NULL));
    OK(idiolect_observation_add_candidate(choice, TEXT("It is going to be ready at four."), NULL));
    OK(idiolect_observation_set_chosen(choice, SIZE_MAX, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_observe(engine, choice, NULL, NULL, NULL));
    OK(idiolect_observation_set_chosen(choice, 0, NULL));
    OK(idiolect_engine_observe(engine, choice, NULL, NULL, NULL));
    idiolect_observation_free(choice);

    idiolect_observation *rating = observation_of(IDIOLECT_RECORD_RATING);
    EXPECT(INVALID_INPUT, idiolect_engine_observe(engine, rating, NULL, NULL, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_rating(rating, (float)NAN, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_rating(rating, -1.1F, NULL));
    OK(idiolect_observation_set_rating(rating, -1, NULL));
    OK(idiolect_engine_observe(engine, rating, NULL, NULL, NULL));

    idiolect_observation *history = observation_of(IDIOLECT_RECORD_HISTORY);
    const float key[4] = {0, 0, 1, -1};
    idiolect_scope *notes = NULL;
    OK(idiolect_observation_set_context(history, TEXT("A note to the team"), NULL));
    OK(idiolect_scope_new(&notes, NULL));
    OK(idiolect_scope_set(notes, IDIOLECT_SCOPE_APP, TEXT("notes"), NULL));
    OK(idiolect_observation_set_scope(history, notes, NULL));
    idiolect_scope_free(notes);
    EXPECT(NULL_POINTER, idiolect_observation_add_tag(NULL, TEXT("work"), NULL));
    EXPECT(NULL_POINTER, idiolect_observation_add_tag(history, NULL, 4, NULL));
    OK(idiolect_observation_add_tag(history, TEXT("work"), NULL));
    OK(idiolect_observation_add_tag(history, TEXT("urgent"), NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_strength(history, 1, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_observe(engine, history, NULL, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_observation_set_granularity(NULL, IDIOLECT_GRANULARITY_SENTENCE, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_granularity(history, 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_observation_set_granularity(rating, IDIOLECT_GRANULARITY_SENTENCE, NULL));
    OK(idiolect_observation_set_granularity(history, IDIOLECT_GRANULARITY_SENTENCE, NULL));
    EXPECT(NULL_POINTER, idiolect_observation_add_key(NULL, TEXT("k"), NULL));
    EXPECT(INVALID_UTF8, idiolect_observation_add_key(history, "\xff", 1, NULL));
    EXPECT(NULL_POINTER, idiolect_observation_add_key_vector(history, NULL, 4, NULL));
    OK(idiolect_observation_add_key_vector(history, key, 4, NULL));
    imports(history, rating);
    /* It is there already, by its app key. */
    OK(idiolect_engine_add_history(engine, history, NULL, NULL));
    /* The engine has no encoder: a key as text has no vector. */
    OK(idiolect_observation_add_key(history, TEXT("What stands in the note?"), NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_add_history(engine, history, NULL, NULL));
    idiolect_observation_free(history);
    idiolect_observation_free(rating);

    idiolect_observation *accept = NULL;
    OK(idiolect_observation_new(IDIOLECT_RECORD_ACCEPT, &accept, NULL));
    OK(idiolect_observation_set_context(accept, TEXT("a note"), NULL));
    OK(idiolect_observation_set_text(accept, TEXT("Fine."), NULL));
    EXPECT(VECTOR_REQUIRED, idiolect_engine_observe(engine, accept, NULL, NULL, NULL));
    OK(idiolect_observation_set_vector(accept, vector, 4, NULL));
    OK(idiolect_observation_set_text(accept, NULL, 0, NULL));
    EXPECT(EMPTY_TEXT, idiolect_engine_observe(engine, accept, NULL, NULL, NULL));
    idiolect_observation_free(accept);
}

static void personalizing(void)
{
    const float vector[4] = {1, 0, 0, 0};
    const float nan_vector[4] = {(float)NAN, 0, 0, 0};
    idiolect_request *request = NULL;
    idiolect_personalization *result = (idiolect_personalization *)ALIGNED_JUNK;
    EXPECT(NULL_POINTER, idiolect_request_new(TEXT("x"), NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_request_new(NULL, 1, &request, NULL));
    EXPECT(INVALID_UTF8, idiolect_request_new("\x80", 1, &request, NULL));
    HOLDS(request == NULL);
    OK(idiolect_request_new(TEXT("a note to the team"), &request, NULL));
    EXPECT(NULL_POINTER, idiolect_request_set_scope(NULL, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_request_set_k(NULL, 1, NULL));
    EXPECT(NULL_POINTER, idiolect_request_set_token_budget(NULL, 1, NULL));
    EXPECT(NULL_POINTER, idiolect_request_set_examples(NULL, 1, NULL));
    EXPECT(NULL_POINTER, idiolect_request_set_vector(NULL, vector, 4, NULL));
    EXPECT(INVALID_HANDLE, idiolect_request_set_scope(request, (idiolect_scope *)(void *)request, NULL));

    EXPECT(VECTOR_REQUIRED, idiolect_engine_personalize(engine, request, &result, NULL));
    HOLDS(result == NULL);
    OK(idiolect_request_set_vector(request, nan_vector, 4, NULL));
    EXPECT(INVALID_VECTOR, idiolect_engine_personalize(engine, request, &result, NULL));
    OK(idiolect_request_set_vector(request, vector, 3, NULL));
    EXPECT(DIMENSION_MISMATCH, idiolect_engine_personalize(engine, request, &result, NULL));
    OK(idiolect_request_set_vector(request, vector, 4, NULL));
    OK(idiolect_request_set_k(request, SIZE_MAX, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_personalize(engine, request, &result, NULL));
    OK(idiolect_request_set_k(request, 8, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_personalize(NULL, request, &result, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_personalize(engine, NULL, &result, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_personalize(engine, request, NULL, NULL));
    EXPECT(INVALID_HANDLE, idiolect_engine_personalize(engine, FOREIGN(idiolect_request), &result, NULL));
    OK(idiolect_engine_personalize(engine, request, &result, NULL));
    idiolect_request_free(request);

    idiolect_str prompt = {"x", 1};
    size_t count = 7;
    int32_t gate = 7;
    uint64_t id = 7;
    idiolect_preference preference = {.struct_size = sizeof preference};
    idiolect_example example = {.struct_size = sizeof example};
    OK(idiolect_personalization_prompt(result, &prompt, NULL, NULL));
    OK(idiolect_personalization_gate(result, &gate, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_prompt(result, NULL, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_prompt(NULL, &prompt, &count, NULL));
    HOLDS(prompt.data == NULL && count == 0);
    EXPECT(NULL_POINTER, idiolect_personalization_gate(NULL, &gate, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_gate(result, NULL, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_preference_count(NULL, &count, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_example_count(NULL, &count, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_neighbour_count(NULL, &count, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_preference_count(result, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_example_count(result, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_neighbour_count(result, NULL, NULL));
    EXPECT(INVALID_INPUT, idiolect_personalization_preference_at(result, SIZE_MAX, &preference, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_preference_at(result, 0, NULL, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_preference_at(NULL, 0, &preference, NULL, NULL));
    EXPECT(INVALID_INPUT, idiolect_personalization_example_at(result, SIZE_MAX, &example, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_example_at(NULL, 0, &example, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_example_at(result, 0, NULL, NULL));
    EXPECT(INVALID_INPUT, idiolect_personalization_neighbour_at(result, SIZE_MAX, &id, NULL, NULL));
    HOLDS(id == 0);
    EXPECT(NULL_POINTER, idiolect_personalization_neighbour_at(result, 0, NULL, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_personalization_neighbour_at(NULL, 0, &id, NULL, NULL));
    preference.struct_size = 0;
    EXPECT(INVALID_INPUT, idiolect_personalization_preference_at(result, 0, &preference, NULL, NULL));
    example.struct_size = SIZE_MAX;
    EXPECT(INVALID_INPUT, idiolect_personalization_example_at(result, 0, &example, NULL));
    idiolect_personalization_free(result);
}

static void searching(void)
{
    const float vector[4] = {1, 0, 0, 0};
    idiolect_query *query = NULL;
    idiolect_hits *hits = (idiolect_hits *)ALIGNED_JUNK;
    idiolect_hit hit = {.struct_size = sizeof hit};
    size_t count = 7;
    EXPECT(NULL_POINTER, idiolect_query_new(TEXT("x"), NULL, NULL));
    EXPECT(INVALID_UTF8, idiolect_query_new("\xff", 1, &query, NULL));
    OK(idiolect_query_new(TEXT("ready"), &query, NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_k(NULL, 1, NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_scope(NULL, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_since(NULL, 0, NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_until(NULL, 0, NULL));
    EXPECT(NULL_POINTER, idiolect_query_add_kind(NULL, IDIOLECT_RECORD_EDIT, NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_vector(NULL, vector, 4, NULL));
    EXPECT(INVALID_INPUT, idiolect_query_add_kind(query, 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_query_add_kind(query, 99, NULL));
    EXPECT(VECTOR_REQUIRED, idiolect_engine_search(engine, query, &hits, NULL));
    HOLDS(hits == NULL);
    OK(idiolect_query_set_vector(query, vector, 4, NULL));
    OK(idiolect_query_set_k(query, SIZE_MAX, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_search(engine, query, &hits, NULL));
    OK(idiolect_query_set_k(query, 2, NULL));
    OK(idiolect_query_add_kind(query, IDIOLECT_RECORD_HISTORY, NULL));

    EXPECT(NULL_POINTER, idiolect_query_add_tag(NULL, TEXT("work"), NULL));
    EXPECT(NULL_POINTER, idiolect_query_add_tag(query, NULL, 4, NULL));
    EXPECT(NULL_POINTER, idiolect_query_add_any_tag(NULL, TEXT("work"), NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_time_limit(NULL, 1, NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_ids(NULL, NULL, 0, NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_ids(query, NULL, 1, NULL));
    EXPECT(INVALID_INPUT, idiolect_query_set_ids(query, (const uint64_t *)ALIGNED_JUNK, SIZE_MAX, NULL));
    OK(idiolect_query_add_tag(query, TEXT("work"), NULL));
    OK(idiolect_query_add_any_tag(query, TEXT("urgent"), NULL));
    OK(idiolect_query_add_any_tag(query, TEXT("home"), NULL));
    OK(idiolect_query_set_time_limit(query, UINT64_MAX, NULL));

    EXPECT(NULL_POINTER, idiolect_query_set_mode(NULL, IDIOLECT_SEARCH_MODE_BOTH, NULL));
    EXPECT(INVALID_INPUT, idiolect_query_set_mode(query, 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_query_set_mode(query, 4, NULL));
    OK(idiolect_query_set_mode(query, IDIOLECT_SEARCH_MODE_WORDS, NULL));
    EXPECT(NULL_POINTER, idiolect_query_add_sub_query(NULL, TEXT("four"), IDIOLECT_SEARCH_MODE_WORDS, NULL));
    EXPECT(NULL_POINTER, idiolect_query_add_sub_query(query, NULL, 1, IDIOLECT_SEARCH_MODE_WORDS, NULL));
    EXPECT(INVALID_UTF8, idiolect_query_add_sub_query(query, "\xff", 1, IDIOLECT_SEARCH_MODE_WORDS, NULL));
    EXPECT(INVALID_INPUT, idiolect_query_add_sub_query(query, TEXT("four"), -1, NULL));
    OK(idiolect_query_add_sub_query(query, TEXT("four"), IDIOLECT_SEARCH_MODE_WORDS, NULL));
    EXPECT(NULL_POINTER, idiolect_query_add_term_weight(NULL, TEXT("four"), 1, NULL));
    EXPECT(INVALID_UTF8, idiolect_query_add_term_weight(query, "\xff", 1, 1, NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_prefix_match(NULL, 1, NULL));
    EXPECT(INVALID_INPUT, idiolect_query_set_prefix_match(query, 2, NULL));
    OK(idiolect_query_set_prefix_match(query, 1, NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_pseudo_feedback(NULL, 1, NULL));
    EXPECT(INVALID_INPUT, idiolect_query_set_pseudo_feedback(query, -1, NULL));
    OK(idiolect_query_set_pseudo_feedback(query, 1, NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_prefer_self_statements(NULL, 1, NULL));
    EXPECT(INVALID_INPUT, idiolect_query_set_prefer_self_statements(query, 2, NULL));
    OK(idiolect_query_set_prefer_self_statements(query, 0, NULL));
    EXPECT(NULL_POINTER, idiolect_query_add_shown(NULL, 1, 0, 1, NULL));
    EXPECT(INVALID_INPUT, idiolect_query_add_shown(query, 1, 0, 2, NULL));
    OK(idiolect_query_add_shown(query, 1, 0, 1, NULL));
    OK(idiolect_query_add_shown(query, 2, 1, 0, NULL));
    EXPECT(NULL_POINTER, idiolect_query_set_diversity(NULL, 0, NULL));
    OK(idiolect_query_set_diversity(query, (float)NAN, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_search(engine, query, &hits, NULL));
    OK(idiolect_query_set_diversity(query, 0.5F, NULL));

    /* What is added cannot be taken back, so each is tried on a query of its own. */
    idiolect_query *other = NULL;
    OK(idiolect_query_new(TEXT("ready"), &other, NULL));
    OK(idiolect_query_set_vector(other, vector, 4, NULL));
    OK(idiolect_query_add_shown(other, 999999, SIZE_MAX, 1, NULL));
    EXPECT(NOT_FOUND, idiolect_engine_search(engine, other, &hits, NULL));
    idiolect_query_free(other);
    OK(idiolect_query_new(TEXT("ready"), &other, NULL));
    OK(idiolect_query_set_vector(other, vector, 4, NULL));
    OK(idiolect_query_add_term_weight(other, TEXT("four"), 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_search(engine, other, &hits, NULL));
    for (int i = 0; i < 1023; i++) {
        OK(idiolect_query_add_sub_query(other, TEXT("four"), IDIOLECT_SEARCH_MODE_WORDS, NULL));
    }
    EXPECT(INVALID_INPUT, idiolect_query_add_sub_query(other, TEXT("four"), IDIOLECT_SEARCH_MODE_WORDS, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_search(engine, other, &hits, NULL));
    idiolect_query_free(other);
    OK(idiolect_query_new(TEXT("ready"), &other, NULL));
    OK(idiolect_query_set_vector(other, vector, 4, NULL));
    OK(idiolect_query_add_tag(other, TEXT("elsewhere"), NULL));
    OK(idiolect_engine_search(engine, other, &hits, NULL));
    OK(idiolect_hits_count(hits, &count, NULL));
    HOLDS(count == 0);
    idiolect_hits_free(hits);
    OK(idiolect_query_add_tag(other, TEXT(""), NULL));
    EXPECT(EMPTY_TEXT, idiolect_engine_search(engine, other, &hits, NULL));
    idiolect_query_free(other);

    /* The note is found by its further key, and is not among other items. */
    const float key[4] = {0, 0, 1, -1};
    const uint64_t nothing = 999999;
    OK(idiolect_query_new(TEXT("ready"), &other, NULL));
    OK(idiolect_query_set_vector(other, key, 4, NULL));
    OK(idiolect_query_set_mode(other, IDIOLECT_SEARCH_MODE_MEANING, NULL));
    OK(idiolect_query_set_k(other, 1, NULL));
    OK(idiolect_engine_search(engine, other, &hits, NULL));
    idiolect_hit note = {.struct_size = sizeof note};
    OK(idiolect_hits_at(hits, 0, &note, NULL));
    HOLDS(note.kind == IDIOLECT_RECORD_HISTORY);
    idiolect_hits_free(hits);
    OK(idiolect_query_set_ids(other, &note.record_id, 1, NULL));
    OK(idiolect_engine_search(engine, other, &hits, NULL));
    OK(idiolect_hits_count(hits, &count, NULL));
    HOLDS(count == 1);
    idiolect_hits_free(hits);
    OK(idiolect_query_set_ids(other, &nothing, 1, NULL));
    OK(idiolect_engine_search(engine, other, &hits, NULL));
    OK(idiolect_hits_count(hits, &count, NULL));
    HOLDS(count == 0);
    idiolect_hits_free(hits);
    idiolect_query_free(other);
    EXPECT(NULL_POINTER, idiolect_engine_search(NULL, query, &hits, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_search(engine, NULL, &hits, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_search(engine, query, NULL, NULL));
    OK(idiolect_engine_search(engine, query, &hits, NULL));
    idiolect_query_free(query);
    OK(idiolect_hits_count(hits, &count, NULL));
    HOLDS(count == 1);
    int32_t partial = 7;
    EXPECT(NULL_POINTER, idiolect_hits_partial(NULL, &partial, NULL));
    EXPECT(NULL_POINTER, idiolect_hits_partial(hits, NULL, NULL));
    OK(idiolect_hits_partial(hits, &partial, NULL));
    HOLDS(partial == 0);
    idiolect_str tag = {"x", 1};
    EXPECT(NULL_POINTER, idiolect_hits_tag_count(NULL, 0, &count, NULL));
    EXPECT(NULL_POINTER, idiolect_hits_tag_count(hits, 0, NULL, NULL));
    EXPECT(INVALID_INPUT, idiolect_hits_tag_count(hits, 1, &count, NULL));
    OK(idiolect_hits_tag_count(hits, 0, &count, NULL));
    HOLDS(count == 2);
    EXPECT(NULL_POINTER, idiolect_hits_tag_at(NULL, 0, 0, &tag, NULL));
    HOLDS(tag.data == NULL && tag.len == 0);
    EXPECT(NULL_POINTER, idiolect_hits_tag_at(hits, 0, 0, NULL, NULL));
    EXPECT(INVALID_INPUT, idiolect_hits_tag_at(hits, 1, 0, &tag, NULL));
    EXPECT(INVALID_INPUT, idiolect_hits_tag_at(hits, 0, 2, &tag, NULL));
    OK(idiolect_hits_tag_at(hits, 0, 0, &tag, NULL));
    HOLDS(tag.len == strlen("urgent") && memcmp(tag.data, "urgent", tag.len) == 0);
    OK(idiolect_hits_tag_at(hits, 0, 1, &tag, NULL));
    HOLDS(tag.len == strlen("work") && memcmp(tag.data, "work", tag.len) == 0);
    OK(idiolect_hits_at(hits, 0, &hit, NULL));
    HOLDS(hit.kind == IDIOLECT_RECORD_HISTORY && hit.text.len == strlen("Ready at four."));
    HOLDS(hit.app.len == strlen("notes") && memcmp(hit.app.data, "notes", hit.app.len) == 0 && hit.task.data == NULL);
    HOLDS(hit.context.len == strlen("A note to the team"));
    HOLDS(hit.score > 0);
    /* As known to a program that was built before there was a score. */
    hit.score = 7;
    hit.struct_size = offsetof(idiolect_hit, score);
    OK(idiolect_hits_at(hits, 0, &hit, NULL));
    HOLDS(hit.record_id != 0 && hit.score == 7);
    hit.struct_size = sizeof hit;
    EXPECT(INVALID_INPUT, idiolect_hits_at(hits, 1, &hit, NULL));
    HOLDS(hit.record_id == 0 && hit.text.data == NULL && hit.struct_size == sizeof hit);
    EXPECT(NULL_POINTER, idiolect_hits_at(hits, 0, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_hits_at(NULL, 0, &hit, NULL));
    EXPECT(NULL_POINTER, idiolect_hits_count(hits, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_hits_count(NULL, &count, NULL));
    idiolect_hits_free(hits);
}

/* What was seen of a callback. */
typedef struct callback {
    size_t calls;
    int destroyed;
    /* Freed by the first call, where they are there. */
    idiolect_query *query;
    idiolect_request *request;
} callback;

static void destroy(void *user_data)
{
    callback *seen = (callback *)user_data;
    seen->destroyed++;
}

static int32_t is_history(void *user_data, const idiolect_item *item)
{
    callback *seen = (callback *)user_data;
    idiolect_stats stats = {.struct_size = sizeof stats};
    int history = item->kind == IDIOLECT_RECORD_HISTORY;
    HOLDS(seen->destroyed == 0);
    HOLDS(item->struct_size == sizeof *item && item->record_id != 0 && item->at_ms > 0);
    HOLDS(history ? item->app.len == 5 && memcmp(item->app.data, "notes", 5) == 0 : item->app.data == NULL);
    HOLDS(item->task.data == NULL && item->audience.data == NULL && item->locale.data == NULL);
    /* It may call the engine, and what it belongs to. */
    OK(idiolect_engine_stats(engine, &stats, NULL));
    HOLDS(stats.history == 1);
    if (seen->query != NULL) {
        OK(idiolect_query_set_k(seen->query, 1, NULL));
        idiolect_query_free(seen->query);
        seen->query = NULL;
    }
    seen->calls++;
    return history ? -1 : 0;
}

static void predicates(void)
{
    const float vector[4] = {1, 0, 0, 0};
    callback first = {0, 0, NULL, NULL};
    callback second = {0, 0, NULL, NULL};
    idiolect_query *query = NULL;
    idiolect_hits *hits = NULL;
    idiolect_hit hit = {.struct_size = sizeof hit};
    size_t count = 7;
    EXPECT(NULL_POINTER, idiolect_query_set_predicate(NULL, is_history, &first, destroy, NULL));
    HOLDS(first.destroyed == 1);
    EXPECT(INVALID_HANDLE, idiolect_query_set_predicate(FOREIGN(idiolect_query), is_history, &first, destroy, NULL));
    HOLDS(first.destroyed == 2);
    EXPECT(NULL_POINTER, idiolect_query_set_predicate(NULL, is_history, NULL, NULL, NULL));
    OK(idiolect_query_new(TEXT("ready"), &query, NULL));
    OK(idiolect_query_set_vector(query, vector, 4, NULL));
    OK(idiolect_query_set_predicate(query, NULL, &first, destroy, NULL));
    HOLDS(first.destroyed == 3 && first.calls == 0);

    first.destroyed = 0;
    OK(idiolect_query_set_predicate(query, is_history, &first, destroy, NULL));
    OK(idiolect_engine_search(engine, query, &hits, NULL));
    HOLDS(first.calls == 5 && first.destroyed == 0);
    OK(idiolect_hits_count(hits, &count, NULL));
    OK(idiolect_hits_at(hits, 0, &hit, NULL));
    HOLDS(count == 1 && hit.kind == IDIOLECT_RECORD_HISTORY);
    idiolect_hits_free(hits);

    /* NULL takes all again. */
    OK(idiolect_query_set_predicate(query, NULL, NULL, NULL, NULL));
    HOLDS(first.calls == 5 && first.destroyed == 1);
    OK(idiolect_engine_search(engine, query, &hits, NULL));
    OK(idiolect_hits_count(hits, &count, NULL));
    HOLDS(count == 5 && first.calls == 5);
    idiolect_hits_free(hits);

    /* Another in its place; it is asked of those alone that the other limits take, and outlives its query. */
    first.destroyed = 0;
    OK(idiolect_query_set_predicate(query, is_history, &first, destroy, NULL));
    OK(idiolect_query_set_predicate(query, is_history, &second, destroy, NULL));
    HOLDS(first.destroyed == 1 && second.destroyed == 0);
    OK(idiolect_query_add_kind(query, IDIOLECT_RECORD_HISTORY, NULL));
    OK(idiolect_query_add_kind(query, IDIOLECT_RECORD_EDIT, NULL));
    second.query = query;
    OK(idiolect_engine_search(engine, query, &hits, NULL));
    HOLDS(second.calls == 3 && second.destroyed == 1 && first.calls == 5);
    OK(idiolect_hits_count(hits, &count, NULL));
    HOLDS(count == 1);
    idiolect_hits_free(hits);
    EXPECT(INVALID_HANDLE, idiolect_query_set_k(query, 1, NULL));

    second.destroyed = 0;
    OK(idiolect_query_new(TEXT("ready"), &query, NULL));
    OK(idiolect_query_set_predicate(query, is_history, &second, destroy, NULL));
    idiolect_query_free(query);
    HOLDS(second.destroyed == 1 && second.calls == 3);
}

static size_t bytes(void *user_data, const char *text, size_t text_len)
{
    callback *seen = (callback *)user_data;
    HOLDS(seen->destroyed == 0);
    HOLDS(text_len > 5 && memcmp(text, "How this person writes here:", 5) == 0);
    if (seen->request != NULL) {
        OK(idiolect_request_set_token_budget(seen->request, 0, NULL));
        idiolect_request_free(seen->request);
        seen->request = NULL;
    }
    seen->calls++;
    return text_len;
}

/* A preference was stated: there is a prompt. */
static void counting_tokens(void)
{
    const float vector[4] = {1, 0, 0, 0};
    callback seen = {0, 0, NULL, NULL};
    idiolect_request *request = NULL;
    idiolect_personalization *result = NULL;
    idiolect_str prompt = {NULL, 0};
    size_t tokens = 7;
    EXPECT(NULL_POINTER, idiolect_request_set_token_counter(NULL, bytes, &seen, destroy, NULL));
    HOLDS(seen.destroyed == 1);
    EXPECT(INVALID_HANDLE,
           idiolect_request_set_token_counter(FOREIGN(idiolect_request), bytes, &seen, destroy, NULL));
    HOLDS(seen.destroyed == 2);
    OK(idiolect_request_new(TEXT("a note to the team"), &request, NULL));
    OK(idiolect_request_set_vector(request, vector, 4, NULL));
    OK(idiolect_request_set_examples(request, 0, NULL));
    OK(idiolect_engine_personalize(engine, request, &result, NULL));
    OK(idiolect_personalization_prompt(result, &prompt, &tokens, NULL));
    HOLDS(tokens > 0 && tokens < prompt.len);
    size_t whole = prompt.len;
    idiolect_personalization_free(result);

    /* The budget is in bytes now: one too few. */
    seen.destroyed = 0;
    OK(idiolect_request_set_token_counter(request, bytes, &seen, destroy, NULL));
    OK(idiolect_request_set_token_budget(request, whole - 1, NULL));
    OK(idiolect_engine_personalize(engine, request, &result, NULL));
    OK(idiolect_personalization_prompt(result, &prompt, &tokens, NULL));
    HOLDS(prompt.len < whole && tokens == prompt.len && seen.calls > 0 && seen.calls <= 200);
    idiolect_personalization_free(result);
    OK(idiolect_request_set_token_counter(request, NULL, NULL, NULL, NULL));
    HOLDS(seen.destroyed == 1);

    seen = (callback){0, 0, NULL, request};
    OK(idiolect_request_set_token_budget(request, whole, NULL));
    OK(idiolect_request_set_token_counter(request, bytes, &seen, destroy, NULL));
    OK(idiolect_engine_personalize(engine, request, &result, NULL));
    HOLDS(seen.calls > 0 && seen.destroyed == 1);
    OK(idiolect_personalization_prompt(result, &prompt, &tokens, NULL));
    HOLDS(tokens == whole);
    idiolect_personalization_free(result);
}

static void preferences(void)
{
    idiolect_preferences *list = NULL;
    idiolect_preference preference = {.struct_size = sizeof preference};
    size_t count = 7;
    uint64_t id = 7;
    char long_text[2001];
    memset(long_text, 'a', sizeof long_text);

    EXPECT(NULL_POINTER, idiolect_preference_add(NULL, TEXT("x"), NULL, &id, NULL));
    HOLDS(id == 0);
    EXPECT(EMPTY_TEXT, idiolect_preference_add(engine, NULL, 0, NULL, NULL, NULL));
    EXPECT(TEXT_TOO_LONG, idiolect_preference_add(engine, long_text, sizeof long_text, NULL, NULL, NULL));
    EXPECT(INVALID_HANDLE, idiolect_preference_add(engine, TEXT("x"), (idiolect_scope *)(void *)engine, NULL, NULL));
    OK(idiolect_preference_add(engine, TEXT("writes colour, not color"), NULL, &id, NULL));
    EXPECT(NOT_FOUND, idiolect_preference_correct(engine, 999999, TEXT("x"), NULL));
    EXPECT(EMPTY_TEXT, idiolect_preference_correct(engine, id, TEXT(" "), NULL));
    EXPECT(NULL_POINTER, idiolect_preference_correct(NULL, id, TEXT("x"), NULL));
    EXPECT(NOT_FOUND, idiolect_preference_pin(engine, 999999, 1, NULL));
    EXPECT(INVALID_INPUT, idiolect_preference_pin(engine, id, 2, NULL));
    EXPECT(NULL_POINTER, idiolect_preference_pin(NULL, id, 1, NULL));
    EXPECT(NOT_FOUND, idiolect_preference_set_active(engine, 999999, 1, NULL));
    EXPECT(INVALID_INPUT, idiolect_preference_set_active(engine, id, -1, NULL));
    EXPECT(NULL_POINTER, idiolect_preference_set_active(NULL, id, 1, NULL));
    EXPECT(NOT_FOUND, idiolect_preference_delete(engine, 999999, NULL));
    EXPECT(NULL_POINTER, idiolect_preference_delete(NULL, id, NULL));
    OK(idiolect_preference_pin(engine, id, 1, NULL));

    EXPECT(NULL_POINTER, idiolect_preferences_list(NULL, &list, NULL));
    EXPECT(NULL_POINTER, idiolect_preferences_list(engine, NULL, NULL));
    OK(idiolect_preferences_list(engine, &list, NULL));
    OK(idiolect_preferences_count(list, &count, NULL));
    HOLDS(count >= 1);
    OK(idiolect_preferences_at(list, 0, &preference, NULL));
    HOLDS(preference.id == id && preference.origin == IDIOLECT_ORIGIN_STATED && preference.pinned == 1);
    EXPECT(INVALID_INPUT, idiolect_preferences_at(list, count, &preference, NULL));
    HOLDS(preference.id == 0 && preference.text.data == NULL);
    EXPECT(NULL_POINTER, idiolect_preferences_at(list, 0, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_preferences_at(NULL, 0, &preference, NULL));
    EXPECT(NULL_POINTER, idiolect_preferences_count(list, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_preferences_count(NULL, &count, NULL));
    EXPECT(INVALID_HANDLE, idiolect_preferences_count(FOREIGN(idiolect_preferences), &count, NULL));
    idiolect_preferences_free(list);
}

static void conflicts(void)
{
    idiolect_conflicts *list = NULL;
    idiolect_conflict conflict = {.struct_size = sizeof conflict};
    idiolect_preference_counts before = {.struct_size = sizeof before};
    idiolect_preference_counts counts = {.struct_size = sizeof counts};
    size_t count = 7;
    uint64_t uses = 7;
    uint64_t never = 7;

    OK(idiolect_preferences_counts(engine, &before, NULL));
    OK(idiolect_preference_add(engine, TEXT("uses ellipses"), NULL, &uses, NULL));
    OK(idiolect_preference_add(engine, TEXT("never uses ellipses"), NULL, &never, NULL));
    OK(idiolect_preference_set_active(engine, uses, 0, NULL));
    OK(idiolect_preferences_counts(engine, &counts, NULL));
    HOLDS(counts.stated == before.stated + 1 && counts.switched_off == before.switched_off + 1);
    HOLDS(counts.pinned == before.pinned && counts.corrected == before.corrected);
    HOLDS(counts.learned == before.learned && counts.inferred == before.inferred);
    OK(idiolect_preference_set_active(engine, uses, 1, NULL));
    counts.struct_size = 0;
    EXPECT(INVALID_INPUT, idiolect_preferences_counts(engine, &counts, NULL));
    EXPECT(NULL_POINTER, idiolect_preferences_counts(engine, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_preferences_counts(NULL, &before, NULL));

    EXPECT(NULL_POINTER, idiolect_preferences_conflicts(NULL, &list, NULL));
    EXPECT(NULL_POINTER, idiolect_preferences_conflicts(engine, NULL, NULL));
    OK(idiolect_preferences_conflicts(engine, &list, NULL));
    OK(idiolect_conflicts_count(list, &count, NULL));
    HOLDS(count == 1);
    OK(idiolect_conflicts_at(list, 0, &conflict, NULL));
    HOLDS(conflict.first == never && conflict.second == uses);
    HOLDS(conflict.reason == IDIOLECT_CONFLICT_SAID && conflict.against == 0 && conflict.occasions == 0);
    EXPECT(INVALID_INPUT, idiolect_conflicts_at(list, count, &conflict, NULL));
    EXPECT(NULL_POINTER, idiolect_conflicts_at(list, 0, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_conflicts_at(NULL, 0, &conflict, NULL));
    EXPECT(NULL_POINTER, idiolect_conflicts_count(list, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_conflicts_count(NULL, &count, NULL));
    EXPECT(INVALID_HANDLE, idiolect_conflicts_count(FOREIGN(idiolect_conflicts), &count, NULL));
    idiolect_conflicts_free(list);
    OK(idiolect_preference_delete(engine, uses, NULL));
    OK(idiolect_preference_delete(engine, never, NULL));
}

static void learning(void)
{
    int32_t on = 7;
    EXPECT(NULL_POINTER, idiolect_engine_learning(engine, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_learning(NULL, &on, NULL));
    OK(idiolect_engine_learning(engine, &on, NULL));
    HOLDS(on == 1);
    EXPECT(INVALID_INPUT, idiolect_engine_set_learning(engine, 2, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_set_learning(NULL, 0, NULL));
    OK(idiolect_engine_set_learning(engine, 0, NULL));
    OK(idiolect_engine_learning(engine, &on, NULL));
    HOLDS(on == 0);
    OK(idiolect_engine_set_learning(engine, 1, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_erase_learned(NULL, NULL));
    EXPECT(INVALID_HANDLE, idiolect_engine_erase_learned(FOREIGN(idiolect_engine), NULL));
}

static void explaining(void)
{
    idiolect_preferences *list = NULL;
    idiolect_explanation *explanation = (idiolect_explanation *)ALIGNED_JUNK;
    idiolect_preference preference = {.struct_size = sizeof preference};
    idiolect_contribution contribution = {.struct_size = sizeof contribution};
    idiolect_word_change change = {.struct_size = sizeof change};
    size_t count = 7;
    float mean = 7;
    float deviation = 7;
    EXPECT(NOT_FOUND, idiolect_preference_explain(engine, 999999, &explanation, NULL));
    HOLDS(explanation == NULL);
    OK(idiolect_preferences_list(engine, &list, NULL));
    OK(idiolect_preferences_at(list, 0, &preference, NULL));
    idiolect_preferences_free(list);
    EXPECT(NULL_POINTER, idiolect_preference_explain(NULL, preference.id, &explanation, NULL));
    EXPECT(NULL_POINTER, idiolect_preference_explain(engine, preference.id, NULL, NULL));
    EXPECT(NOT_FOUND, idiolect_preference_explain_strongest(engine, 999999, 1, &explanation, NULL));
    EXPECT(NULL_POINTER, idiolect_preference_explain_strongest(NULL, preference.id, 1, &explanation, NULL));
    EXPECT(NULL_POINTER, idiolect_preference_explain_strongest(engine, preference.id, 1, NULL, NULL));
    OK(idiolect_preference_explain_strongest(engine, preference.id, SIZE_MAX, &explanation, NULL));
    idiolect_explanation_free(explanation);
    OK(idiolect_preference_explain(engine, preference.id, &explanation, NULL));
    OK(idiolect_explanation_preference(explanation, &preference, NULL));
    HOLDS(preference.origin == IDIOLECT_ORIGIN_STATED && preference.confidence == 1.0F);
    EXPECT(NULL_POINTER, idiolect_explanation_preference(NULL, &preference, NULL));
    HOLDS(preference.text.data == NULL);
    EXPECT(NULL_POINTER, idiolect_explanation_preference(explanation, NULL, NULL));
    OK(idiolect_explanation_effect(explanation, &mean, NULL, NULL));
    HOLDS(mean == 0);
    EXPECT(NULL_POINTER, idiolect_explanation_effect(explanation, NULL, &deviation, NULL));
    HOLDS(deviation == 0);
    EXPECT(NULL_POINTER, idiolect_explanation_effect(NULL, &mean, &deviation, NULL));
    int32_t turned = 7;
    int64_t since = 7;
    OK(idiolect_explanation_since(explanation, &turned, &since, NULL));
    HOLDS(turned == 0 && since == 0);
    OK(idiolect_explanation_since(explanation, &turned, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_explanation_since(explanation, NULL, &since, NULL));
    EXPECT(NULL_POINTER, idiolect_explanation_since(NULL, &turned, &since, NULL));
    OK(idiolect_explanation_contribution_count(explanation, &count, NULL));
    HOLDS(count == 0);
    EXPECT(NULL_POINTER, idiolect_explanation_contribution_count(explanation, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_explanation_contribution_count(NULL, &count, NULL));
    EXPECT(INVALID_INPUT, idiolect_explanation_contribution_at(explanation, 0, &contribution, NULL));
    EXPECT(NULL_POINTER, idiolect_explanation_contribution_at(explanation, 0, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_explanation_contribution_at(NULL, 0, &contribution, NULL));
    EXPECT(INVALID_INPUT, idiolect_explanation_word_change_at(explanation, 0, SIZE_MAX, &change, NULL));
    EXPECT(NULL_POINTER, idiolect_explanation_word_change_at(explanation, 0, 0, NULL, NULL));
    EXPECT(INVALID_HANDLE,
           idiolect_explanation_word_change_at(FOREIGN(idiolect_explanation), 0, 0, &change, NULL));
    contribution.struct_size = 0;
    EXPECT(INVALID_INPUT, idiolect_explanation_contribution_at(explanation, 0, &contribution, NULL));
    idiolect_explanation_free(explanation);
    EXPECT(INVALID_HANDLE, idiolect_explanation_contribution_count(explanation, &count, NULL));
}

static void ranking_by_vectors(idiolect_candidates *without)
{
    const float vector[4] = {1, 0, 0, 0};
    const float other[4] = {0, 1, 0, 0};
    const float none[4] = {0, 0, 0, 0};
    idiolect_candidates *candidates = NULL;
    idiolect_ranking *ranked = NULL;
    size_t best = 7;
    EXPECT(NULL_POINTER, idiolect_candidates_add_with_vector(NULL, TEXT("x"), vector, 4, NULL));
    EXPECT(NULL_POINTER, idiolect_candidates_add_with_vector(without, TEXT("x"), NULL, 4, NULL));
    EXPECT(INVALID_UTF8, idiolect_candidates_add_with_vector(without, "\xff", 1, vector, 4, NULL));
    EXPECT(INVALID_INPUT, idiolect_candidates_add_with_vector(without, TEXT("x"), vector, SIZE_MAX, NULL));
    /* The first is off the topic of the context, then the other. */
    for (size_t off = 0; off < 2; off++) {
        OK(idiolect_candidates_new(TEXT("a note to the team"), &candidates, NULL));
        OK(idiolect_candidates_set_vector(candidates, vector, 4, NULL));
        OK(idiolect_candidates_add_with_vector(candidates, TEXT("It is going to be ready at four o'clock, I would think."),
                                               off == 0 ? other : vector, 4, NULL));
        OK(idiolect_candidates_add_with_vector(candidates, TEXT("Ready at four."), off == 1 ? other : vector, 4, NULL));
        OK(idiolect_engine_rank(engine, candidates, &ranked, NULL));
        OK(idiolect_ranking_at(ranked, 0, &best, NULL, NULL, NULL));
        HOLDS(best == 1 - off);
        idiolect_ranking_free(ranked);
        if (off == 0) {
            OK(idiolect_candidates_add_with_vector(candidates, TEXT("Four."), none, 4, NULL));
            EXPECT(INVALID_VECTOR, idiolect_engine_rank(engine, candidates, &ranked, NULL));
        } else {
            OK(idiolect_candidates_add(candidates, TEXT("Four."), NULL));
            EXPECT(INVALID_INPUT, idiolect_engine_rank(engine, candidates, &ranked, NULL));
        }
        HOLDS(ranked == NULL);
        idiolect_candidates_free(candidates);
    }
    OK(idiolect_candidates_new(TEXT("a note to the team"), &candidates, NULL));
    OK(idiolect_candidates_set_vector(candidates, vector, 4, NULL));
    OK(idiolect_candidates_add_with_vector(candidates, TEXT("Four."), vector, 3, NULL));
    EXPECT(DIMENSION_MISMATCH, idiolect_engine_rank(engine, candidates, &ranked, NULL));
    idiolect_candidates_free(candidates);
}

static void ranking(void)
{
    const float vector[4] = {1, 0, 0, 0};
    idiolect_candidates *candidates = NULL;
    idiolect_ranking *ranked = (idiolect_ranking *)ALIGNED_JUNK;
    idiolect_rank_reason reason = {.struct_size = sizeof reason};
    size_t index = 7;
    size_t reasons = 7;
    float score = 7;
    EXPECT(NULL_POINTER, idiolect_candidates_new(TEXT("x"), NULL, NULL));
    EXPECT(INVALID_UTF8, idiolect_candidates_new("\xff", 1, &candidates, NULL));
    OK(idiolect_candidates_new(TEXT("a note to the team"), &candidates, NULL));
    EXPECT(NULL_POINTER, idiolect_candidates_add(NULL, TEXT("x"), NULL));
    EXPECT(INVALID_UTF8, idiolect_candidates_add(candidates, "\xff", 1, NULL));
    EXPECT(NULL_POINTER, idiolect_candidates_set_scope(NULL, NULL, NULL));
    EXPECT(INVALID_HANDLE, idiolect_candidates_set_scope(candidates, (idiolect_scope *)(void *)candidates, NULL));
    EXPECT(NULL_POINTER, idiolect_candidates_set_vector(NULL, vector, 4, NULL));
    EXPECT(INVALID_INPUT, idiolect_candidates_set_vector(candidates, vector, SIZE_MAX, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_rank(engine, candidates, &ranked, NULL));
    HOLDS(ranked == NULL);
    OK(idiolect_candidates_add(candidates, TEXT("It is going to be ready at four o'clock, I would think."), NULL));
    OK(idiolect_candidates_add(candidates, TEXT("Ready at four."), NULL));
    EXPECT(VECTOR_REQUIRED, idiolect_engine_rank(engine, candidates, &ranked, NULL));
    OK(idiolect_candidates_set_vector(candidates, vector, 3, NULL));
    EXPECT(DIMENSION_MISMATCH, idiolect_engine_rank(engine, candidates, &ranked, NULL));
    OK(idiolect_candidates_set_vector(candidates, vector, 4, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_rank(NULL, candidates, &ranked, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_rank(engine, NULL, &ranked, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_rank(engine, candidates, NULL, NULL));
    OK(idiolect_engine_rank(engine, candidates, &ranked, NULL));
    ranking_by_vectors(candidates);
    OK(idiolect_candidates_add(candidates, NULL, 0, NULL));
    idiolect_ranking *none = NULL;
    EXPECT(EMPTY_TEXT, idiolect_engine_rank(engine, candidates, &none, NULL));
    idiolect_candidates_free(candidates);

    OK(idiolect_ranking_count(ranked, &index, NULL));
    HOLDS(index == 2);
    EXPECT(NULL_POINTER, idiolect_ranking_count(ranked, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_ranking_count(NULL, &index, NULL));
    OK(idiolect_ranking_at(ranked, 0, &index, &score, &reasons, NULL));
    HOLDS(index < 2 && reasons > 0);
    OK(idiolect_ranking_reason_at(ranked, 0, 0, &reason, NULL));
    HOLDS(reason.text.len > 0 && reason.contribution > 0);
    EXPECT(INVALID_INPUT, idiolect_ranking_at(ranked, 2, &index, &score, &reasons, NULL));
    HOLDS(index == 0 && score == 0 && reasons == 0);
    EXPECT(NULL_POINTER, idiolect_ranking_at(ranked, 0, NULL, &score, &reasons, NULL));
    EXPECT(NULL_POINTER, idiolect_ranking_at(NULL, 0, &index, &score, &reasons, NULL));
    EXPECT(INVALID_INPUT, idiolect_ranking_reason_at(ranked, 0, SIZE_MAX, &reason, NULL));
    EXPECT(INVALID_INPUT, idiolect_ranking_reason_at(ranked, SIZE_MAX, 0, &reason, NULL));
    EXPECT(NULL_POINTER, idiolect_ranking_reason_at(ranked, 0, 0, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_ranking_reason_at(NULL, 0, 0, &reason, NULL));
    idiolect_ranking_free(ranked);
}

static void forgetting(void)
{
    idiolect_forgotten *forgotten = (idiolect_forgotten *)ALIGNED_JUNK;
    idiolect_preference before = {.struct_size = sizeof before};
    idiolect_preference after = {.struct_size = sizeof after};
    uint64_t id = 999999;
    size_t count = 7;
    EXPECT(NOT_FOUND, idiolect_engine_forget_records(engine, &id, 1, 0, &forgotten, NULL));
    HOLDS(forgotten == NULL);
    EXPECT(INVALID_INPUT, idiolect_engine_forget_records(engine, &id, 1, 2, &forgotten, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_forget_records(engine, &id, SIZE_MAX, 1, &forgotten, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_forget_records(engine, NULL, 1, 1, &forgotten, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_forget_records(NULL, &id, 1, 1, &forgotten, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_forget_scope(engine, NULL, 1, &forgotten, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_forget_scope(NULL, foreign, 1, &forgotten, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_forget_scope(engine, foreign, 7, &forgotten, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_forget_between(NULL, 0, 1, 1, &forgotten, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_forget_between(engine, 0, 1, 7, &forgotten, NULL));
    EXPECT(EMPTY_TEXT, idiolect_engine_forget_containing(engine, NULL, 0, 1, &forgotten, NULL));
    EXPECT(INVALID_UTF8, idiolect_engine_forget_containing(engine, "\xff", 1, 1, &forgotten, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_forget_containing(NULL, TEXT("x"), 1, &forgotten, NULL));

    OK(idiolect_engine_forget_containing(engine, TEXT("READY"), 1, &forgotten, NULL));
    OK(idiolect_forgotten_record_count(forgotten, &count, NULL));
    HOLDS(count == 5);
    OK(idiolect_forgotten_record_at(forgotten, 0, &id, NULL));
    HOLDS(id != 0);
    EXPECT(INVALID_INPUT, idiolect_forgotten_record_at(forgotten, count, &id, NULL));
    HOLDS(id == 0);
    EXPECT(NULL_POINTER, idiolect_forgotten_record_at(forgotten, 0, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_forgotten_record_at(NULL, 0, &id, NULL));
    EXPECT(NULL_POINTER, idiolect_forgotten_record_count(forgotten, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_forgotten_record_count(NULL, &count, NULL));
    EXPECT(NULL_POINTER, idiolect_forgotten_change_count(forgotten, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_forgotten_change_count(NULL, &count, NULL));
    EXPECT(INVALID_INPUT, idiolect_forgotten_change_at(forgotten, SIZE_MAX, &before, &after, NULL));
    EXPECT(NULL_POINTER, idiolect_forgotten_change_at(forgotten, 0, NULL, &after, NULL));
    EXPECT(NULL_POINTER, idiolect_forgotten_change_at(forgotten, 0, &before, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_forgotten_change_at(NULL, 0, &before, &after, NULL));
    idiolect_forgotten_free(forgotten);
    EXPECT(NULL_POINTER, idiolect_engine_erase_all(NULL, NULL));
}

static void inferences(void)
{
    idiolect_inference *inference = (idiolect_inference *)ALIGNED_JUNK;
    idiolect_str prompt = {"x", 1};
    size_t count = 7;
    uint64_t id = 7;
    int32_t kind = 7;
    EXPECT(NULL_POINTER, idiolect_inference_next(NULL, &inference, NULL));
    HOLDS(inference == NULL);
    EXPECT(NULL_POINTER, idiolect_inference_next(engine, NULL, NULL));
    OK(idiolect_inference_next(engine, &inference, NULL));
    HOLDS(inference != NULL);
    OK(idiolect_inference_id(inference, &id, NULL));
    OK(idiolect_inference_kind(inference, &kind, NULL));
    HOLDS(kind == IDIOLECT_INFERENCE_INDUCTION);
    EXPECT(EMPTY_TEXT, idiolect_inference_complete(engine, id, NULL, 0, NULL, NULL));
    EXPECT(INVALID_UTF8, idiolect_inference_complete(engine, id, "\xff", 1, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_complete(NULL, id, TEXT("x"), NULL, NULL));
    EXPECT(NOT_FOUND, idiolect_inference_complete(engine, 999999, TEXT("x"), NULL, NULL));
    EXPECT(NOT_FOUND, idiolect_inference_fail(engine, 999999, 0, NULL));
    EXPECT(INVALID_INPUT, idiolect_inference_fail(engine, id, 2, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_fail(NULL, id, 0, NULL));
    OK(idiolect_inference_complete(engine, id, TEXT("writes short notes"), NULL, NULL));
    EXPECT(CONFLICT, idiolect_inference_complete(engine, id, TEXT("writes short notes"), NULL, NULL));
    EXPECT(INVALID_INPUT, idiolect_inference_record_at(inference, SIZE_MAX, &id, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_record_at(NULL, 0, &id, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_record_at(inference, 0, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_record_count(NULL, &count, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_record_count(inference, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_id(NULL, &id, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_id(inference, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_kind(NULL, &kind, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_kind(inference, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_prompt(NULL, &prompt, NULL));
    HOLDS(prompt.data == NULL);
    EXPECT(NULL_POINTER, idiolect_inference_prompt(inference, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_pending(NULL, &count, NULL));
    EXPECT(NULL_POINTER, idiolect_inference_pending(engine, NULL, NULL));
    idiolect_inference_free(inference);
}

static void engines(const char *folder)
{
    idiolect_config *config = NULL;
    idiolect_engine *second = (idiolect_engine *)ALIGNED_JUNK;
    idiolect_stats stats;
    size_t len = 7;
    char buffer[4] = "abc";
    OK(idiolect_config_new(IDIOLECT_ABI_VERSION, &config, NULL));
    OK(idiolect_config_set_folder(config, TEXT(folder), NULL));
    OK(idiolect_config_set_supplied_vectors(config, 4, TEXT("test"), NULL));
    EXPECT(STORE_LOCKED, idiolect_engine_open(config, &second, NULL));
    HOLDS(second == NULL);
    OK(idiolect_config_set_long_text_windows(config, 2, NULL));
    EXPECT(INVALID_INPUT, idiolect_engine_open(config, &second, NULL));
    OK(idiolect_config_set_long_text_windows(config, 1, NULL));

    memset(&stats, 1, sizeof stats);
    stats.struct_size = 0;
    EXPECT(INVALID_INPUT, idiolect_engine_stats(engine, &stats, NULL));
    HOLDS(stats.observations != 0);
    stats.struct_size = sizeof stats;
    EXPECT(NULL_POINTER, idiolect_engine_stats(NULL, &stats, NULL));
    HOLDS(stats.observations == 0 && stats.encoder.data == NULL && stats.counters_recomputed == 0);
    HOLDS(stats.struct_size == sizeof stats);
    EXPECT(NULL_POINTER, idiolect_engine_stats(engine, NULL, NULL));
    OK(idiolect_engine_stats(engine, &stats, NULL));
    HOLDS(stats.observations == 4 && stats.history == 1 && stats.dimensions == 4);
    HOLDS(stats.instruction_set == IDIOLECT_ISA_UNKNOWN && stats.entries_damaged == 0);
    EXPECT(NOT_FOUND, idiolect_engine_record_text(engine, 999999, buffer, sizeof buffer, &len, NULL));
    HOLDS(len == 0);
    EXPECT(NULL_POINTER, idiolect_engine_record_text(engine, 1, buffer, sizeof buffer, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_record_text(NULL, 1, buffer, sizeof buffer, &len, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_flush(NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_close(NULL, NULL));
    EXPECT(INVALID_HANDLE, idiolect_engine_flush(FOREIGN(idiolect_engine), NULL));
    OK(idiolect_engine_flush(engine, NULL));

    idiolect_cancel_token *token = NULL;
    uint64_t calls = 0;
    EXPECT(NULL_POINTER, idiolect_cancel_token_new(NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_cancel_token_cancel(NULL, NULL));
    OK(idiolect_cancel_token_new(&token, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_optimize(NULL, NULL, NULL, NULL, NULL));
    EXPECT(INVALID_HANDLE, idiolect_engine_optimize(engine, NULL, NULL, FOREIGN(idiolect_cancel_token), NULL));
    OK(idiolect_engine_optimize(engine, NULL, NULL, NULL, NULL));
    EXPECT(NULL_POINTER, idiolect_engine_rebuild(NULL, NULL, NULL, NULL, NULL));
    OK(idiolect_engine_rebuild(engine, count_calls, &calls, token, NULL));
    HOLDS(calls == 5);
    OK(idiolect_cancel_token_cancel(token, NULL));
    EXPECT(CANCELLED, idiolect_engine_rebuild(engine, count_calls, &calls, token, NULL));
    HOLDS(calls == 5);
    idiolect_cancel_token_free(token);

    OK(idiolect_engine_close(engine, NULL));
    OK(idiolect_engine_close(engine, NULL));
    EXPECT(CLOSED, idiolect_engine_stats(engine, &stats, NULL));
    HOLDS(stats.observations == 0);
    EXPECT(CLOSED, idiolect_engine_flush(engine, NULL));
    EXPECT(CLOSED, idiolect_engine_erase_all(engine, NULL));
    idiolect_observation *edit = observation_of(IDIOLECT_RECORD_EDIT);
    EXPECT(CLOSED, idiolect_engine_observe(engine, edit, NULL, NULL, NULL));
    idiolect_observation_free(edit);

    OK(idiolect_config_set_supplied_vectors(config, 5, TEXT("test"), NULL));
    EXPECT(ENCODER_MISMATCH, idiolect_engine_open(config, &second, NULL));
    idiolect_engine *closed = engine;
    idiolect_engine_free(engine);
    EXPECT(INVALID_HANDLE, idiolect_engine_close(closed, NULL));
    idiolect_config_free(config);
}

int main(int argc, char **argv)
{
    idiolect_config *config = NULL;
    if (argc != 2) {
        return 2;
    }
    OK(idiolect_scope_new(&foreign, NULL));
    OK(idiolect_config_new(IDIOLECT_ABI_VERSION, &config, NULL));
    OK(idiolect_config_set_folder(config, TEXT(argv[1]), NULL));
    OK(idiolect_config_set_supplied_vectors(config, 4, TEXT("test"), NULL));
    OK(idiolect_config_set_host_model(config, 1, NULL));
    OK(idiolect_engine_open(config, &engine, NULL));
    idiolect_config_free(config);
    if (engine != NULL) {
        errors_and_versions();
        frees();
        configs();
        scopes();
        observations();
        personalizing();
        searching();
        predicates();
        preferences();
        conflicts();
        learning();
        counting_tokens();
        explaining();
        ranking();
        forgetting();
        inferences();
        engines(argv[1]);
    }
    idiolect_scope_free(foreign);
    printf("%d checks, %d wrong\n", checks, wrong);
    return wrong == 0 ? 0 : 1;
}
