/* The whole loop in C: personalize, let the person edit, observe, personalize again; then inspect and control what was
 * learned.
 *
 * Build the library, then this program against the static library, from the root of the repository (Linux):
 *
 *     cargo build --release -p idiolect-ffi
 *     cc -std=c99 -Iinclude examples/c/loop.c target/release/libidiolect.a \
 *         -lstdc++ -lgcc_s -lpthread -lm -ldl -Wl,--gc-sections -o loop
 *
 * or against the shared one:
 *
 *     cc -std=c99 -Iinclude examples/c/loop.c -Ltarget/release -lidiolect \
 *         -Wl,-rpath,target/release -o loop
 *
 * and run it with the model file and a folder, which is created if absent:
 *
 *     ./loop examples/models/all-MiniLM-L6-v2.idm loop-store
 */

#include <idiolect.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A C string as pointer and length. */
#define TEXT(string) (string), strlen(string)

/* A borrowed text for printf's "%.*s". */
#define SHOW(view) (int)(view).len, (view).data

static idiolect_error *error = NULL;

/* Ends the program if a call failed. A real program would handle the status. */
static void check(int32_t status, const char *what)
{
    if (status == IDIOLECT_OK) {
        return;
    }
    idiolect_str message = idiolect_error_message(error);
    fprintf(stderr, "%s: %s: %.*s\n", what, idiolect_status_name(status).data, SHOW(message));
    idiolect_error_free(error);
    exit(1);
}

static idiolect_engine *open_engine(const char *model, const char *folder)
{
    idiolect_config *config = NULL;
    idiolect_engine *engine = NULL;
    check(idiolect_config_new(IDIOLECT_ABI_VERSION, &config, &error), "config");
    check(idiolect_config_set_folder(config, TEXT(folder), &error), "folder");
    check(idiolect_config_set_model_file(config, TEXT(model), &error), "model file");
    check(idiolect_config_set_host_model(config, 1, &error), "host model");
    check(idiolect_engine_open(config, &engine, &error), "open");
    idiolect_config_free(config);
    return engine;
}

/* Prints the prompt fragment for a context. The caller frees the result. */
static idiolect_personalization *personalize(idiolect_engine *engine, const idiolect_scope *scope, const char *context)
{
    idiolect_request *request = NULL;
    idiolect_personalization *personalization = NULL;
    check(idiolect_request_new(TEXT(context), &request, &error), "request");
    check(idiolect_request_set_scope(request, scope, &error), "scope");
    check(idiolect_engine_personalize(engine, request, &personalization, &error), "personalize");
    idiolect_request_free(request);

    int32_t gate = 0;
    idiolect_str prompt;
    size_t tokens = 0;
    check(idiolect_personalization_gate(personalization, &gate, NULL, &error), "gate");
    check(idiolect_personalization_prompt(personalization, &prompt, &tokens, &error), "prompt");
    printf("for \"%s\": ", context);
    if (gate == IDIOLECT_GATE_APPLY) {
        printf("a prompt of about %zu tokens\n%.*s\n", tokens, SHOW(prompt));
    } else {
        printf("nothing to apply yet (reason %" PRId32 ")\n", gate);
    }
    return personalization;
}

/* Reports an edit and prints its cost and what was learned from it. */
static uint64_t observe_edit(idiolect_engine *engine, const idiolect_scope *scope,
                             const idiolect_personalization *used, const char *context, const char *draft,
                             const char *final)
{
    idiolect_observation *observation = NULL;
    idiolect_observed *observed = NULL;
    uint64_t record = 0;
    check(idiolect_observation_new(IDIOLECT_RECORD_EDIT, &observation, &error), "observation");
    check(idiolect_observation_set_context(observation, TEXT(context), &error), "context");
    check(idiolect_observation_set_draft(observation, TEXT(draft), &error), "draft");
    check(idiolect_observation_set_text(observation, TEXT(final), &error), "final");
    check(idiolect_observation_set_scope(observation, scope, &error), "scope");
    check(idiolect_observation_set_drafted_with(observation, used, &error), "personalization");
    check(idiolect_engine_observe(engine, observation, &record, &observed, &error), "observe");
    idiolect_observation_free(observation);

    size_t distance = 0;
    size_t words = 0;
    size_t count = 0;
    check(idiolect_observed_cost(observed, &distance, &words, &error), "cost");
    check(idiolect_observed_taught_count(observed, &count, &error), "taught");
    int32_t nothing_taught = IDIOLECT_NOTHING_TAUGHT_NONE;
    check(idiolect_observed_nothing_taught(observed, &nothing_taught, &error), "nothing_taught");
    printf("record %" PRIu64 ": %zu of %zu words edited", record, distance, words);
    if (nothing_taught == IDIOLECT_NOTHING_TAUGHT_CONTENT_ONLY) {
        printf("; only facts changed");
    }
    for (size_t i = 0; i < count && i < 2; i++) {
        idiolect_str phrase;
        check(idiolect_observed_taught_at(observed, i, &phrase, &error), "taught");
        printf("; %.*s", SHOW(phrase));
    }
    printf("\n");
    idiolect_observed_free(observed);
    return record;
}

/* Lists the preferences; returns the id of the first one about signing off, 0 if there is none. */
static uint64_t list_preferences(idiolect_engine *engine)
{
    uint64_t signs_off = 0;
    idiolect_preferences *preferences = NULL;
    size_t count = 0;
    check(idiolect_preferences_list(engine, &preferences, &error), "list");
    check(idiolect_preferences_count(preferences, &count, &error), "count");
    printf("%zu preferences\n", count);
    for (size_t i = 0; i < count; i++) {
        idiolect_preference preference = {.struct_size = sizeof preference};
        check(idiolect_preferences_at(preferences, i, &preference, &error), "preference");
        printf("  %.2f  %.*s\n", (double)preference.confidence, SHOW(preference.text));
        if (signs_off == 0 && preference.text.len > 9 && memcmp(preference.text.data, "signs off", 9) == 0) {
            signs_off = preference.id;
        }
    }
    idiolect_preferences_free(preferences);
    return signs_off;
}

/* Answers the oldest question. A real program sends the prompt to its language model and completes the request when the
 * answer arrives, in this run or in a later one. */
static void answer_one_question(idiolect_engine *engine)
{
    idiolect_inference *inference = NULL;
    check(idiolect_inference_next(engine, &inference, &error), "next");
    if (inference == NULL) {
        printf("no pending question\n");
        return;
    }
    uint64_t id = 0;
    uint64_t preference = 0;
    idiolect_str prompt;
    check(idiolect_inference_id(inference, &id, &error), "id");
    check(idiolect_inference_prompt(inference, &prompt, &error), "prompt");
    printf("question %" PRIu64 ": a prompt of %zu bytes\n", id, prompt.len);
    check(idiolect_inference_complete(engine, id, TEXT("keeps replies short and plain"), &preference, &error),
          "complete");
    printf("question %" PRIu64 " answered\n", id);
    idiolect_inference_free(inference);
}

/* Explains a learned preference: its numbers, and the words changed in the edit that contributed most. */
static void explain(idiolect_engine *engine, uint64_t id)
{
    idiolect_explanation *explanation = NULL;
    idiolect_preference preference = {.struct_size = sizeof preference};
    idiolect_contribution strongest = {.struct_size = sizeof strongest};
    size_t count = 0;
    float mean = 0;
    float deviation = 0;
    check(idiolect_preference_explain(engine, id, &explanation, &error), "explain");
    check(idiolect_explanation_preference(explanation, &preference, &error), "preference");
    check(idiolect_explanation_effect(explanation, &mean, &deviation, &error), "effect");
    check(idiolect_explanation_contribution_count(explanation, &count, &error), "contributions");
    printf("why %.*s: %zu edits, mean change %.2f with an error of %.2f, confidence %.0f%%\n",
           SHOW(preference.text), count, (double)mean, (double)deviation, 100.0 * (double)preference.confidence);
    check(idiolect_explanation_contribution_at(explanation, 0, &strongest, &error), "contribution");
    for (size_t i = 0; i < strongest.word_change_count; i++) {
        idiolect_word_change change = {.struct_size = sizeof change};
        check(idiolect_explanation_word_change_at(explanation, 0, i, &change, &error), "words");
        if (change.bears) {
            printf("  '%.*s' became '%.*s'\n", SHOW(change.removed), SHOW(change.inserted));
        }
    }
    idiolect_explanation_free(explanation);
}

/* Ranks two drafts of a reply. */
static void rank(idiolect_engine *engine, const idiolect_scope *scope)
{
    static const char *const drafts[] = {
        "Dear Gus,\n\nI would be delighted to confirm that Monday would be perfectly suitable.\n\nKind regards,\nJo",
        "Hi Gus,\n\nMonday works.\n\nCheers,\nJo",
    };
    idiolect_candidates *candidates = NULL;
    idiolect_ranking *ranking = NULL;
    size_t best = 0;
    size_t reasons = 0;
    check(idiolect_candidates_new(TEXT("reply to Gus, who asks whether Monday works"), &candidates, &error), "candidates");
    check(idiolect_candidates_set_scope(candidates, scope, &error), "scope");
    for (size_t i = 0; i < sizeof drafts / sizeof drafts[0]; i++) {
        check(idiolect_candidates_add(candidates, TEXT(drafts[i]), &error), "add");
    }
    check(idiolect_engine_rank(engine, candidates, &ranking, &error), "rank");
    check(idiolect_ranking_at(ranking, 0, &best, NULL, &reasons, &error), "best");
    printf("draft %zu is the best, for %zu reasons", best, reasons);
    if (reasons > 0) {
        idiolect_rank_reason reason = {.struct_size = sizeof reason};
        check(idiolect_ranking_reason_at(ranking, 0, 0, &reason, &error), "reason");
        printf(", the first '%.*s' (%+.2f)", SHOW(reason.text), (double)reason.contribution);
    }
    printf("\n");
    idiolect_ranking_free(ranking);
    idiolect_candidates_free(candidates);
}

/* Shows what forgetting a record would change, then forgets it. */
static void forget(idiolect_engine *engine, uint64_t record)
{
    for (int32_t dry_run = 1; dry_run >= 0; dry_run--) {
        idiolect_forgotten *forgotten = NULL;
        size_t records = 0;
        size_t changes = 0;
        check(idiolect_engine_forget_records(engine, &record, 1, dry_run, &forgotten, &error), "forget");
        check(idiolect_forgotten_record_count(forgotten, &records, &error), "records");
        check(idiolect_forgotten_change_count(forgotten, &changes, &error), "changes");
        printf("%s %zu record, %zu preferences change\n", dry_run ? "would forget" : "forgot", records, changes);
        idiolect_forgotten_free(forgotten);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s MODEL_FILE STORE_FOLDER\n", argv[0]);
        return 2;
    }
    static const char *const edits[][3] = {
        {"reply to Ana, who asks whether Tuesday works for the review",
         "Dear Ana,\n\nThank you very much for your message. I would be delighted to confirm that Tuesday would be "
         "perfectly suitable for me.\n\nKind regards,\nJo",
         "Hi Ana,\n\nTuesday works.\n\nCheers,\nJo"},
        {"reply to Ben, who asks for the draft of the budget",
         "Dear Ben,\n\nI hope this message finds you well. Please find attached the draft of the budget that you "
         "requested.\n\nKind regards,\nJo",
         "Hi Ben,\n\nhere's the budget draft.\n\nCheers,\nJo"},
        {"reply to Chris, who cannot come on Friday",
         "Dear Chris,\n\nI am very sorry to hear that you will not be able to join us on Friday. Perhaps we could find "
         "another date.\n\nKind regards,\nJo",
         "Hi Chris,\n\npity. Next week instead?\n\nCheers,\nJo"},
        {"reply to Dana, who sent the minutes of the meeting",
         "Dear Dana,\n\nThank you very much indeed for sending the minutes of the meeting. I do not have any further "
         "remarks.\n\nKind regards,\nJo",
         "Hi Dana,\n\nthanks, all fine with me.\n\nCheers,\nJo"},
        {"reply to Eli, who asks for a reference",
         "Dear Eli,\n\nThank you for thinking of me. I would be more than happy to provide you with a reference."
         "\n\nKind regards,\nJo",
         "Hi Eli,\n\nsure, I'll write one.\n\nCheers,\nJo"},
    };

    idiolect_str version = idiolect_version();
    printf("idiolect %.*s\n", SHOW(version));
    idiolect_engine *engine = open_engine(argv[1], argv[2]);

    idiolect_scope *scope = NULL;
    check(idiolect_scope_new(&scope, &error), "scope");
    check(idiolect_scope_set(scope, IDIOLECT_SCOPE_APP, TEXT("mail"), &error), "app");
    check(idiolect_scope_set(scope, IDIOLECT_SCOPE_TASK, TEXT("reply"), &error), "task");

    uint64_t first = 0;
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        idiolect_personalization *used = i == 0 ? personalize(engine, scope, edits[i][0]) : NULL;
        uint64_t record = observe_edit(engine, scope, used, edits[i][0], edits[i][1], edits[i][2]);
        first = i == 0 ? record : first;
        idiolect_personalization_free(used);
    }
    idiolect_personalization_free(personalize(engine, scope, "reply to Finn, who asks when the review is"));

    uint64_t signs_off = list_preferences(engine);
    if (signs_off != 0) {
        explain(engine, signs_off);
    }
    rank(engine, scope);
    answer_one_question(engine);
    forget(engine, first);

    idiolect_stats stats = {.struct_size = sizeof stats};
    check(idiolect_engine_stats(engine, &stats, &error), "stats");
    printf("%" PRIu64 " observations are left\n", stats.observations);

    idiolect_scope_free(scope);
    check(idiolect_engine_close(engine, &error), "close");
    idiolect_engine_free(engine);
    printf("closed\n");
    return 0;
}
