/*
 * Parts of a batch, and objects.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/batch.h"

static void
part_grows_and_starts_empty(void **state)
{
	struct object *o = object_new("logs", "a.gz", "1:2");
	struct part *p = part_new(o);
	struct hit *hit;
	uint64_t i;

	(void)state;
	assert_ptr_equal(p->object, o);
	assert_int_equal(p->end, PART_MORE);
	assert_true(p->first_time == RECORD_TIME_NONE);
	for (i = 0; i < 1000; i++)
		part_add_id(p, i + 1);
	assert_int_equal(p->nids, 1000);
	assert_int_equal(p->ids[999], 1000);
	for (i = 0; i < PART_HITS_MAX; i++) {
		hit = part_add_hit(p);
		assert_int_equal(hit->id_index, UINT32_MAX);
		assert_null(hit->matched);
		hit->record = i;
	}
	assert_int_equal(p->hits[PART_HITS_MAX - 1].record, PART_HITS_MAX - 1);
	part_free(p);
	object_free(o);
}

static void
errors_over_the_bound_are_counted_only(void **state)
{
	struct object *o = object_new("logs", "a.gz", "");
	struct part *p = part_new(o);
	unsigned i;

	(void)state;
	for (i = 0; i < PART_ERRORS_MAX + 5; i++)
		part_error(p, i, "record %u is %s", i, "bad");
	assert_int_equal(p->nerrors, PART_ERRORS_MAX);
	assert_int_equal(p->error_count, PART_ERRORS_MAX + 5);
	assert_string_equal(p->errors[3].msg, "record 3 is bad");
	assert_int_equal(p->errors[3].record, 3);
	part_free(p);
	object_free(o);
}

static void
object_owns_its_strings_and_its_file(void **state)
{
	char name[] = "name";
	struct object *o = object_new("s", name, "v");
	int fd;

	(void)state;
	name[0] = 'x';
	assert_string_equal(o->name, "name");
	assert_int_equal(o->fd, -1);
	fd = o->fd = open("/dev/null", O_RDONLY);
	assert_true(fd >= 0);
	object_free(o);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	object_free(NULL);
	part_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(part_grows_and_starts_empty),
		cmocka_unit_test(errors_over_the_bound_are_counted_only),
		cmocka_unit_test(object_owns_its_strings_and_its_file),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
