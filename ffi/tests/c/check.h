/* What the C programs of the tests share: checks that are counted, and print their line where they do not hold. */

#ifndef CHECK_H
#define CHECK_H

#include <idiolect.h>

#include <stdio.h>
#include <string.h>

#define TEXT(string) (string), strlen(string)

static int checks = 0;
static int wrong = 0;

static void expect(int32_t got, int32_t wanted, int line)
{
    checks++;
    if (got != wanted) {
        wrong++;
        printf("line %d: %s, not %s\n", line, idiolect_status_name(got).data, idiolect_status_name(wanted).data);
    }
}

static void expect_true(int holds, int line)
{
    checks++;
    if (!holds) {
        wrong++;
        printf("line %d: does not hold\n", line);
    }
}

#define OK(call) expect((call), IDIOLECT_OK, __LINE__)
#define HOLDS(condition) expect_true((condition), __LINE__)

#endif
