/*
 * The crew: parts in the order of objects with any number of threads, and an end in the
 * middle that leaves nothing behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/crew.h"
#include "base/buf.h"
#include "base/mem.h"

#define OBJECTS 40

static const char rule_text[] =
    "title: Trail deleted\n"
    "logsource: {product: aws, service: cloudtrail}\n"
    "detection: {selection: {eventName: DeleteTrail}, condition: selection}\n";

/* Object i: a few records, every tenth object thousands of them. */
static struct object *
object_make(int i)
{
	struct object *o;
	char name[32], line[256];
	int n = i % 10 == 3 ? 20000 : 3 + i % 5, k, len;
	FILE *f;

	snprintf(name, sizeof name, "object-%d", i);
	o = object_new("test", name, "1");
	o->fd = memfd_create(name, MFD_CLOEXEC);
	assert_true(o->fd >= 0);
	f = fdopen(dup(o->fd), "w");
	for (k = 0; k < n; k++) {
		len = snprintf(line, sizeof line, "{\"eventVersion\":\"1.08\","
		    "\"eventSource\":\"cloudtrail.amazonaws.com\",\"eventName\":\"%s\","
		    "\"eventTime\":\"2026-01-15T08:12:30Z\",\"awsRegion\":\"eu-central-1\","
		    "\"eventID\":\"%08d-%08d\"}\n",
		    k % 3 == 0 ? "DeleteTrail" : "GetTrail", i, k);
		assert_int_equal(fwrite(line, 1, (size_t)len, f), len);
		o->size += (uint64_t)len;
	}
	assert_int_equal(fclose(f), 0);
	lseek(o->fd, 0, SEEK_SET);
	return o;
}

static struct ruleset *
rules_make(void)
{
	struct ruleset_options o = { 0 };
	struct errs es = { 0 };
	struct ruleset *rs;

	rs = ruleset_load_text("rules.yaml", rule_text, strlen(rule_text), &o, &es);
	assert_non_null(rs);
	assert_int_equal(errs_fatal(&es), 0);
	errs_clear(&es);
	return rs;
}

/* Everything that comes out, as text. stop_after: parts until the crew is freed. */
static char *
run_crew(unsigned threads, int stop_after)
{
	struct ruleset *rs = rules_make();
	struct worker_options o = { .rules = rs, .record_max = 1 << 20,
	    .gunzip = { 1 << 30, 0 }, .id_seed = 7, .since = RECORD_TIME_NONE,
	    .until = RECORD_TIME_NONE };
	struct crew *crew = crew_new(&o, threads);
	struct buf out = BUF_INIT(64 << 20);
	struct object *waiting = NULL;
	struct part *part;
	int next = 0, parts = 0;
	size_t i;

	for (;;) {
		while (next < OBJECTS || waiting != NULL) {
			if (waiting == NULL)
				waiting = object_make(next++);
			if (crew_push(crew, waiting) == -1)
				break;
			waiting = NULL;
		}
		if (crew_busy(crew) == 0 || parts == stop_after)
			break;
		part = crew_wait(crew, -1);
		assert_non_null(part);
		parts++;
		for (i = 0; i < part->nhits; i++)
			buf_addf(&out, "%s %llu %s\n", part->object->name,
			    (unsigned long long)part->hits[i].record,
			    part->hits[i].id);
		buf_addf(&out, "%llu ids, %llu records, end %d\n",
		    (unsigned long long)part->nids,
		    (unsigned long long)part->records, part->end);
		if (part->end != PART_MORE)
			object_free(part->object);
		part_free(part);
	}
	object_free(waiting);
	crew_free(crew);
	ruleset_free(rs);
	return buf_take(&out);
}

static void
any_number_of_threads_tells_the_same_in_the_same_order(void **state)
{
	char *one = run_crew(1, -1), *four = run_crew(4, -1);

	(void)state;
	assert_string_equal(one, four);
	assert_non_null(strstr(one, "object-39 1 "));
	free(one);
	free(four);
}

static void
an_end_in_the_middle_leaves_nothing_behind(void **state)
{
	int after;

	(void)state;
	for (after = 0; after < 12; after++)
		free(run_crew(3, after));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_threads_tells_the_same_in_the_same_order),
		cmocka_unit_test(an_end_in_the_middle_leaves_nothing_behind),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
