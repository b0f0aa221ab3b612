/*
 * The outbox: alerts once, deliveries in order, their fates, marks.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "store/rig.h"

static const char *const both[] = { "mail", "hook", NULL };

static int
add(struct rig *r, const char *id, const char *json, const char *const *outputs,
    int64_t now)
{
	int added = -1;

	rig_begin(r);
	assert_int_equal(store_alert_add(r->store, id, NOW, 3, json,
	    strlen(json), outputs, now, &added, &r->e), 0);
	rig_commit(r);
	return added;
}

/* The alert that is next for an output, "" when there is none. */
static struct delivery
next(struct rig *r, const char *output)
{
	struct delivery d = { 0 };

	assert_in_range(store_delivery_many(r->store, output, &d, 1, &r->e), 0, 1);
	return d;
}

static void
next_is(struct rig *r, const char *output, const char *alert)
{
	struct delivery d = next(r, output);

	assert_string_equal(d.alert_id, alert);
	delivery_clear(&d);
}

static void
an_alert_means_a_delivery_an_output(void **state)
{
	struct rig *r = *state;
	struct delivery d, again;

	assert_int_equal(add(r, "a1", "{\"x\":1}", both, NOW), 1);
	d = next(r, "mail");
	assert_string_equal(d.alert_id, "a1");
	assert_string_equal(d.output, "mail");
	assert_int_equal(d.len, 7);
	assert_string_equal(d.json, "{\"x\":1}");
	assert_int_equal(d.tries, 0);
	assert_int_equal(d.due, NOW);
	assert_int_equal(d.created, NOW);
	again = next(r, "hook");
	assert_string_not_equal(d.id, again.id);
	delivery_clear(&d);
	delivery_clear(&again);
	next_is(r, "nobody", "");
}

static void
an_alert_is_added_once(void **state)
{
	struct rig *r = *state;
	uint64_t waiting, sent, refused;

	assert_int_equal(add(r, "a1", "{}", both, NOW), 1);
	assert_int_equal(add(r, "a1", "{\"other\":1}", both, NOW), 0);
	rig_reopen(r, NOW);
	assert_int_equal(add(r, "a1", "{}", both, NOW), 0);
	assert_int_equal(store_output_status(r->store, "mail", &waiting, &sent,
	    &refused, &r->e), 0);
	assert_int_equal(waiting, 1);
}

static void
an_alert_for_nobody_is_kept_all_the_same(void **state)
{
	struct rig *r = *state;
	static const char *const none[] = { NULL };

	assert_int_equal(add(r, "a1", "{}", none, NOW), 1);
	assert_int_equal(add(r, "a1", "{}", both, NOW), 0);
}

static void
a_delivery_has_one_id_for_ever(void **state)
{
	struct rig *r = *state;
	struct delivery d, again;

	add(r, "a1", "{}", both, NOW);
	d = next(r, "hook");
	assert_true(strncmp(d.id, "a1-", 3) == 0);
	rig_begin(r);
	store_delivery_retry(r->store, d.number, 1, NOW + HOUR, "502", &r->e);
	rig_commit(r);
	rig_reopen(r, NOW);
	again = next(r, "hook");
	assert_string_equal(d.id, again.id);
	assert_int_equal(again.tries, 1);
	assert_int_equal(again.due, NOW + HOUR);
	delivery_clear(&d);
	delivery_clear(&again);
}

static void
order_is_kept_behind_one_that_waits(void **state)
{
	struct rig *r = *state;
	struct delivery d;

	add(r, "a1", "{}", both, NOW);
	add(r, "a2", "{}", both, NOW);
	d = next(r, "mail");
	rig_begin(r);
	store_delivery_retry(r->store, d.number, 1, NOW + HOUR, "busy", &r->e);
	rig_commit(r);
	delivery_clear(&d);
	next_is(r, "mail", "a1");
	next_is(r, "hook", "a1");
}

static void
sent_and_refused_make_room_for_the_next(void **state)
{
	struct rig *r = *state;
	uint64_t waiting, sent, refused;
	struct store_status st;
	struct delivery d;

	add(r, "a1", "{}", both, NOW);
	add(r, "a2", "{}", both, NOW);
	add(r, "a3", "{}", both, NOW);
	d = next(r, "mail");
	rig_begin(r);
	assert_int_equal(store_delivery_sent(r->store, d.number, NOW, &r->e), 0);
	rig_commit(r);
	delivery_clear(&d);
	d = next(r, "mail");
	assert_string_equal(d.alert_id, "a2");
	rig_begin(r);
	assert_int_equal(store_delivery_refused(r->store, d.number, NOW, "404",
	    &r->e), 0);
	rig_commit(r);
	delivery_clear(&d);
	next_is(r, "mail", "a3");
	assert_int_equal(store_output_status(r->store, "mail", &waiting, &sent,
	    &refused, &r->e), 0);
	assert_int_equal(waiting, 1);
	assert_int_equal(sent, 1);
	assert_int_equal(refused, 1);
	assert_int_equal(store_status(r->store, &st, &r->e), 0);
	assert_int_equal(st.alerts, 3);
	assert_int_equal(st.waiting, 4);
	assert_int_equal(st.sent, 1);
	assert_int_equal(st.refused, 1);
}

static void
many_come_in_order(void **state)
{
	struct rig *r = *state;
	struct delivery d[4];
	int i, n;

	add(r, "a1", "{}", both, NOW);
	add(r, "a2", "{}", both, NOW);
	add(r, "a3", "{}", both, NOW);
	n = store_delivery_many(r->store, "mail", d, 2, &r->e);
	assert_int_equal(n, 2);
	assert_string_equal(d[0].alert_id, "a1");
	assert_string_equal(d[1].alert_id, "a2");
	assert_true(d[0].number < d[1].number);
	for (i = 0; i < n; i++)
		delivery_clear(&d[i]);
	n = store_delivery_many(r->store, "mail", d, 4, &r->e);
	assert_int_equal(n, 3);
	for (i = 0; i < n; i++)
		delivery_clear(&d[i]);
}

static void
a_rollback_leaves_no_alert(void **state)
{
	struct rig *r = *state;
	int added;

	rig_begin(r);
	assert_int_equal(store_alert_add(r->store, "a1", NOW, 3, "{}", 2, both,
	    NOW, &added, &r->e), 0);
	assert_int_equal(added, 1);
	store_rollback(r->store);
	next_is(r, "mail", "");
	assert_int_equal(add(r, "a1", "{}", both, NOW), 1);
}

static void
json_keeps_every_byte(void **state)
{
	struct rig *r = *state;
	static const char json[] = "{\"a\":\"\xc3\xa9\"}\0tail";
	struct delivery d;
	int added;

	rig_begin(r);
	assert_int_equal(store_alert_add(r->store, "a1", NOW, 3, json,
	    sizeof json, both, NOW, &added, &r->e), 0);
	rig_commit(r);
	d = next(r, "mail");
	assert_int_equal(d.len, sizeof json);
	assert_memory_equal(d.json, json, sizeof json);
	delivery_clear(&d);
}

static void
marks_go_with_the_transaction(void **state)
{
	struct rig *r = *state;

	assert_int_equal(store_mark_get(r->store, "file"), -1);
	rig_begin(r);
	assert_int_equal(store_mark_put(r->store, "file", 100, &r->e), 0);
	rig_commit(r);
	rig_begin(r);
	assert_int_equal(store_mark_put(r->store, "file", 200, &r->e), 0);
	store_rollback(r->store);
	assert_int_equal(store_mark_get(r->store, "file"), 100);
	rig_begin(r);
	assert_int_equal(store_mark_put(r->store, "file", 0, &r->e), 0);
	rig_commit(r);
	rig_reopen(r, NOW);
	assert_int_equal(store_mark_get(r->store, "file"), 0);
}

static void
sent_alerts_are_forgotten_and_waiting_ones_are_not(void **state)
{
	static const char *const mail[] = { "mail", NULL };
	struct rig *r = *state;
	struct store_status st;
	struct delivery d;

	add(r, "old", "{}", mail, NOW);
	d = next(r, "mail");
	rig_begin(r);
	store_delivery_sent(r->store, d.number, NOW, &r->e);
	rig_commit(r);
	delivery_clear(&d);
	add(r, "waiting", "{}", both, NOW);
	add(r, "young", "{}", mail, NOW + 47 * HOUR);
	assert_int_equal(store_expire(r->store, NOW + 47 * HOUR, &r->e), 0);
	assert_int_equal(store_status(r->store, &st, &r->e), 0);
	assert_int_equal(st.alerts, 3);
	assert_int_equal(store_expire(r->store, NOW + 49 * HOUR, &r->e), 0);
	assert_int_equal(store_status(r->store, &st, &r->e), 0);
	assert_int_equal(st.alerts, 2);
	assert_int_equal(st.sent, 0);
	assert_int_equal(st.waiting, 3);
	next_is(r, "mail", "waiting");
}

static void
many_old_alerts_go_in_steps_past_those_that_stay(void **state)
{
	static const char *const none[] = { NULL };
	struct rig *r = *state;
	struct store_status st;
	char id[16];
	int i, added, steps = 0;

	rig_begin(r);
	for (i = 0; i < 1000; i++) {
		snprintf(id, sizeof id, "a%d", i);
		assert_int_equal(store_alert_add(r->store, id, NOW, 3, "{}", 2,
		    i < 500 ? both : none, NOW, &added, &r->e), 0);
	}
	rig_commit(r);
	while (store_expire(r->store, NOW + 49 * HOUR, &r->e) == 1)
		steps++;
	assert_in_range(steps, 2, 20);
	assert_int_equal(store_status(r->store, &st, &r->e), 0);
	assert_int_equal(st.alerts, 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(an_alert_means_a_delivery_an_output),
		RIG_TEST(an_alert_is_added_once),
		RIG_TEST(an_alert_for_nobody_is_kept_all_the_same),
		RIG_TEST(a_delivery_has_one_id_for_ever),
		RIG_TEST(order_is_kept_behind_one_that_waits),
		RIG_TEST(sent_and_refused_make_room_for_the_next),
		RIG_TEST(many_come_in_order),
		RIG_TEST(a_rollback_leaves_no_alert),
		RIG_TEST(json_keeps_every_byte),
		RIG_TEST(marks_go_with_the_transaction),
		RIG_TEST(sent_alerts_are_forgotten_and_waiting_ones_are_not),
		RIG_TEST(many_old_alerts_go_in_steps_past_those_that_stay),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
