/*
 * Fieldsets: which slot a name gets, and whose name it is where two could be meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/record.h"

static void
slots_come_in_the_order_of_asking(void **state)
{
	struct fieldset *fs = fieldset_new(KIND_CLOUDTRAIL);

	(void)state;
	assert_int_equal(fieldset_add(fs, "eventName"), 0);
	assert_int_equal(fieldset_add(fs, "userIdentity.arn"), 1);
	assert_int_equal(fieldset_add(fs, "eventName"), 0);
	assert_int_equal(fs->n, 2);
	assert_string_equal(fs->names[1], "userIdentity.arn");
	assert_int_equal(fieldset_find(fs, "userIdentity.arn"), 1);
	assert_int_equal(fieldset_find(fs, "errorCode"), -1);
	fieldset_free(fs);
}

static void
common_name_is_the_common_field_in_cloudtrail(void **state)
{
	struct fieldset *fs = fieldset_new(KIND_CLOUDTRAIL);
	size_t slot;

	(void)state;
	assert_int_equal(fieldset_find(fs, "bucket"), -1);
	slot = fieldset_add(fs, "bucket");
	assert_int_equal(fs->common[COMMON_BUCKET], slot);
	assert_int_equal(fieldset_add_common(fs, COMMON_BUCKET), slot);
	assert_int_equal(fieldset_find(fs, "bucket"), slot);
	assert_int_equal(fs->common[COMMON_KEY], -1);
	fieldset_free(fs);
}

/* s3access has bucket, key, time, user_agent and tls_version of its own. */
static void
own_name_wins_in_access_logs(void **state)
{
	static const char *const own[] = { "bucket", "key", "time",
	    "user_agent", "tls_version" };
	struct fieldset *fs = fieldset_new(KIND_S3ACCESS);
	size_t i, a, b;

	(void)state;
	for (i = 0; i < 5; i++) {
		int common = common_find(own[i]);

		assert_true(common >= 0);
		/* asked for in either order */
		if (i % 2) {
			b = fieldset_add_common(fs, (enum common)common);
			a = fieldset_add(fs, own[i]);
		} else {
			a = fieldset_add(fs, own[i]);
			b = fieldset_add_common(fs, (enum common)common);
		}
		assert_int_not_equal(a, b);
		assert_int_equal(fieldset_find(fs, own[i]), a);
		assert_int_equal(fieldset_add(fs, own[i]), a);
		assert_int_equal(fs->common[common], b);
	}
	a = fieldset_add(fs, "actor");
	assert_int_equal(fs->common[COMMON_ACTOR], a);
	assert_int_equal(fs->n, 11);
	fieldset_free(fs);
}

static void
plain_json_has_one_slot_for_both(void **state)
{
	struct fieldset *fs = fieldset_new(KIND_JSON);
	size_t slot = fieldset_add(fs, "actor");

	(void)state;
	assert_int_equal(fieldset_add_common(fs, COMMON_ACTOR), slot);
	assert_int_equal(fs->n, 1);
	fieldset_free(fs);
}

static void
names_are_complete(void **state)
{
	size_t n;
	int i;

	(void)state;
	for (n = 0; s3access_names[n] != NULL; n++)
		;
	assert_int_equal(n, S3ACCESS_COLUMNS);
	for (i = 0; i < COMMON_COUNT; i++)
		assert_int_equal(common_find(common_names[i]), i);
	assert_null(common_names[COMMON_COUNT]);
	assert_int_equal(common_find("eventName"), -1);
	assert_string_equal(kind_name(KIND_S3NOTIFICATION), "s3notification");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_come_in_the_order_of_asking),
		cmocka_unit_test(common_name_is_the_common_field_in_cloudtrail),
		cmocka_unit_test(own_name_wins_in_access_logs),
		cmocka_unit_test(plain_json_has_one_slot_for_both),
		cmocka_unit_test(names_are_complete),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
