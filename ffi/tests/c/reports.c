/* What an engine reports of itself: every field of its statistics, and the lines of its log. Takes a folder for the store.
 * Ends with the number of checks; one that does not hold is printed with its line and makes the exit status 1. */

#include "check.h"

#include <stdint.h>

typedef struct {
    int lines;
    int warnings;
    int opened;
    int set_aside;
    int destroyed;
} report;

static int contains(const char *text, size_t len, const char *part)
{
    size_t at;
    for (at = 0; at + strlen(part) <= len; at++) {
        if (memcmp(text + at, part, strlen(part)) == 0) {
            return 1;
        }
    }
    return 0;
}

static void note(void *user_data, int32_t level, const char *message, size_t message_len)
{
    report *seen = (report *)user_data;
    HOLDS(level == IDIOLECT_LOG_INFO || level == IDIOLECT_LOG_WARNING);
    HOLDS(!contains(message, message_len, "llamas"));
    seen->lines++;
    seen->warnings += level == IDIOLECT_LOG_WARNING;
    seen->opened += contains(message, message_len, "opened with 4 records");
    seen->set_aside += contains(message, message_len, "the log could not be applied");
}

static void destroy(void *user_data)
{
    report *seen = (report *)user_data;
    seen->destroyed++;
}

static idiolect_engine *open_engine(const char *folder, report *seen)
{
    idiolect_config *config = NULL;
    idiolect_engine *engine = NULL;
    OK(idiolect_config_new(IDIOLECT_ABI_VERSION, &config, NULL));
    OK(idiolect_config_set_folder(config, TEXT(folder), NULL));
    OK(idiolect_config_set_supplied_vectors(config, 2, TEXT("test"), NULL));
    OK(idiolect_config_set_thresholds(config, 500, SIZE_MAX, NULL));
    OK(idiolect_config_set_log(config, note, seen, destroy, NULL));
    OK(idiolect_engine_open(config, &engine, NULL));
    idiolect_config_free(config);
    return engine;
}

static idiolect_observation *text_of(int32_t kind, float second)
{
    float vector[2] = {1, 0};
    idiolect_observation *made = NULL;
    vector[1] = second;
    OK(idiolect_observation_new(kind, &made, NULL));
    OK(idiolect_observation_set_text(made, TEXT("about llamas"), NULL));
    OK(idiolect_observation_set_vector(made, vector, 2, NULL));
    return made;
}

static void fill(idiolect_engine *engine)
{
    idiolect_observation *made = text_of(IDIOLECT_RECORD_ACCEPT, 0);
    int at;
    OK(idiolect_observation_set_context(made, TEXT("a question"), NULL));
    OK(idiolect_engine_observe(engine, made, NULL, NULL, NULL));
    idiolect_observation_free(made);
    for (at = 0; at < 3; at++) {
        made = text_of(IDIOLECT_RECORD_HISTORY, (float)at);
        OK(idiolect_engine_add_history(engine, made, NULL, NULL));
        idiolect_observation_free(made);
    }
    OK(idiolect_preference_add(engine, TEXT("is brief"), NULL, NULL, NULL));
    OK(idiolect_engine_close(engine, NULL));
}

/* A log that a crash might leave, of another store. */
static void leave_a_log(const char *folder)
{
    char path[4096];
    char bytes[512];
    FILE *file;
    snprintf(path, sizeof path, "%s/idiolect.log", folder);
    memset(bytes, 0xa5, sizeof bytes);
    file = fopen(path, "wb");
    HOLDS(file != NULL);
    if (file != NULL) {
        HOLDS(fwrite(bytes, 1, sizeof bytes, file) == sizeof bytes);
        HOLDS(fclose(file) == 0);
    }
}

static void statistics(idiolect_engine *engine)
{
    idiolect_stats stats;
    memset(&stats, 1, sizeof stats);
    stats.struct_size = sizeof stats;
    OK(idiolect_engine_optimize(engine, NULL, NULL, NULL, NULL));
    OK(idiolect_engine_stats(engine, &stats, NULL));
    HOLDS(stats.struct_size == sizeof stats);
    HOLDS(stats.observations == 1 && stats.history == 3 && stats.entries == 1);
    HOLDS(stats.entries_damaged == 0 && stats.inference_pending == 0);
    HOLDS(stats.logs_set_aside == 1 && stats.counters_recomputed == 0);
    HOLDS(stats.deriving_done == 0 && stats.deriving_total == 0);
    HOLDS(stats.store_bytes > 0 && stats.index_bytes == stats.memory_vectors + stats.memory_words);
    HOLDS(stats.memory_vectors > 0 && stats.memory_words > 0 && stats.memory_learned > 0 && stats.memory_store > 0);
    HOLDS(stats.memory_bytes ==
          stats.memory_vectors + stats.memory_words + stats.memory_learned + stats.memory_store);
    HOLDS(stats.dimensions == 2 && stats.bits_from == 500 && stats.graph_from == SIZE_MAX);
    HOLDS(contains(stats.encoder.data, stats.encoder.len, "test"));
    HOLDS(stats.index == IDIOLECT_INDEX_SCAN && stats.instruction_set == IDIOLECT_ISA_UNKNOWN);

    /* A program that knows more fields than the library gets zeros for them. */
    struct {
        idiolect_stats known;
        uint64_t unknown;
    } newer;
    memset(&newer, 1, sizeof newer);
    newer.known.struct_size = sizeof newer;
    OK(idiolect_engine_stats(engine, &newer.known, NULL));
    HOLDS(newer.known.history == 3 && newer.unknown == 0);
    newer.known.struct_size = sizeof stats - 1;
    expect(idiolect_engine_stats(engine, &newer.known, NULL), IDIOLECT_ERROR_INVALID_INPUT, __LINE__);
    HOLDS(newer.known.history == 3);
}

int main(int argc, char **argv)
{
    report first = {0, 0, 0, 0, 0};
    report second = {0, 0, 0, 0, 0};
    idiolect_engine *engine;
    if (argc != 2) {
        return 2;
    }
    engine = open_engine(argv[1], &first);
    fill(engine);
    idiolect_engine_free(engine);
    HOLDS(first.lines == 1 && first.warnings == 0 && first.destroyed == 1);

    leave_a_log(argv[1]);
    engine = open_engine(argv[1], &second);
    HOLDS(second.set_aside == 1 && second.warnings == 1 && second.opened == 1);
    HOLDS(second.destroyed == 0);
    statistics(engine);
    idiolect_engine_free(engine);
    HOLDS(second.warnings == 1 && second.destroyed == 1);
    printf("%d checks, %d wrong\n", checks, wrong);
    return wrong == 0 ? 0 : 1;
}
