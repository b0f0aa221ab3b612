/*
 * Errors, lists of them, and the log line that tells them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/log.h"

static void
setting_fills_the_message_and_no_place(void **state)
{
	struct err e = { "old", 3, 4, "old" };

	(void)state;
	assert_int_equal(err_set(&e, "no %s in %d", "luck", 7), -1);
	assert_null(e.file);
	assert_int_equal(e.line, 0);
	assert_int_equal(e.col, 0);
	assert_string_equal(e.msg, "no luck in 7");
	/* who does not want to know passes NULL */
	assert_int_equal(err_set(NULL, "x"), -1);
	assert_int_equal(err_at(NULL, &e, "x"), -1);
	assert_int_equal(err_wrap(NULL, "x"), -1);
}

static void
place_is_taken_over_even_from_itself(void **state)
{
	struct err at = { "a.yaml", 3, 4, "" }, e;

	(void)state;
	assert_int_equal(err_at(&e, &at, "bad %s", "key"), -1);
	assert_string_equal(e.file, "a.yaml");
	assert_int_equal(e.line, 3);
	assert_int_equal(e.col, 4);
	assert_string_equal(e.msg, "bad key");
	err_at(&e, &e, "still there");
	assert_int_equal(e.line, 3);
	assert_string_equal(e.msg, "still there");
}

static void
message_may_quote_the_old_message(void **state)
{
	struct err e = { "f", 1, 0, "no such file" };

	(void)state;
	err_at(&e, &e, "cannot read rules (%s)", e.msg);
	assert_string_equal(e.msg, "cannot read rules (no such file)");
	err_set(&e, "[%s]", e.msg);
	assert_string_equal(e.msg, "[cannot read rules (no such file)]");
	err_wrap(&e, "%s", e.msg);
	assert_string_equal(e.msg, "[cannot read rules (no such file)]: "
	    "[cannot read rules (no such file)]");
}

static void
wrapping_puts_the_doing_in_front(void **state)
{
	struct err e = { "f", 9, 2, "not a number" };

	(void)state;
	assert_int_equal(err_wrap(&e, "reading %s", "limits"), -1);
	assert_string_equal(e.msg, "reading limits: not a number");
	assert_string_equal(e.file, "f");
	assert_int_equal(e.line, 9);
}

static void
long_messages_are_cut_within_their_room(void **state)
{
	char big[2000];
	struct err e;
	int i;

	(void)state;
	memset(big, 'm', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	err_set(&e, "%s", big);
	assert_int_equal(strlen(e.msg), ERR_MSG_MAX - 1);
	for (i = 0; i < 10; i++) {
		err_wrap(&e, "step %d", i);
		assert_int_equal(strlen(e.msg), ERR_MSG_MAX - 1);
	}
	assert_memory_equal(e.msg, "step 9: step 8: ", 16);
	err_wrap(&e, "%s", big);
	assert_int_equal(strlen(e.msg), ERR_MSG_MAX - 1);
}

static void
text_shows_as_much_of_the_place_as_is_known(void **state)
{
	static const struct { struct err e; const char *text; } cases[] = {
		{ { NULL, 0, 0, "m" }, "m" },
		{ { NULL, 5, 6, "m" }, "m" },
		{ { "f", 0, 0, "m" }, "f: m" },
		{ { "f", 0, 9, "m" }, "f: m" },
		{ { "f", 5, 0, "m" }, "f:5: m" },
		{ { "f", 5, 6, "m" }, "f:5:6: m" },
		{ { "f", 4294967295u, 4294967295u, "m" },
		    "f:4294967295:4294967295: m" },
		{ { "a\nb\x1b[2J", 1, 0, "x\r\ny\xff" },
		    "a\\nb\\x1b[2J:1: x\\r\\ny\\xff" },
	};
	char out[ERR_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_ptr_equal(err_text(&cases[i].e, out, sizeof out), out);
		assert_string_equal(out, cases[i].text);
	}
}

static void
text_fits_whatever_room_it_gets(void **state)
{
	char name[3000], *out;
	struct err e = { name, 1, 2, "" };
	size_t room, i;

	(void)state;
	for (i = 0; i < sizeof name - 1; i++)
		name[i] = (char)(i % 7 ? 'n' : 0x1b);
	name[sizeof name - 1] = '\0';
	memset(e.msg, 0x01, sizeof e.msg - 1);
	e.msg[sizeof e.msg - 1] = '\0';
	for (room = 1; room < 2 * ERR_TEXT_MAX; room++) {
		out = malloc(room);		/* so that a sanitizer sees the end */
		assert_non_null(out);
		err_text(&e, out, room);
		assert_true(strlen(out) < room);
		for (i = 0; out[i] != '\0'; i++)
			assert_true(out[i] >= 0x20);
		free(out);
	}
	out = malloc(ERR_TEXT_MAX);
	err_text(&e, out, ERR_TEXT_MAX);
	/* a long name is cut, the line and the message stay */
	assert_non_null(strstr(out, "...:1:2: \\x01"));
	free(out);
}

static void
lists_keep_so_many_and_count_them_all(void **state)
{
	struct errs es = { 0 };
	struct err e;
	char file[32];
	unsigned i;

	(void)state;
	for (i = 1; i <= ERRS_MAX + 500; i++) {
		snprintf(file, sizeof file, "rules/%u.yml", i % 10);
		err_set(&e, "mistake %u", i);
		e.file = file;
		e.line = i;
		if (i % 4 == 0)
			errs_warn(&es, &e);
		else
			errs_add(&es, &e);
		memset(file, 'X', sizeof file - 1);	/* the name was copied */
	}
	assert_int_equal(es.n, ERRS_MAX);
	assert_int_equal(es.count, ERRS_MAX + 500);
	assert_int_equal(es.warnings, (ERRS_MAX + 500) / 4);
	assert_int_equal(errs_fatal(&es), es.count - es.warnings);
	assert_int_equal(es.nfiles, 10);
	for (i = 0; i < es.n; i++) {
		snprintf(file, sizeof file, "rules/%u.yml", (i + 1) % 10);
		assert_string_equal(es.list[i].file, file);
		assert_int_equal(es.list[i].line, i + 1);
		assert_int_equal(es.is_warning[i], (i + 1) % 4 == 0);
	}
	assert_string_equal(es.list[999].msg, "mistake 1000");
	errs_clear(&es);
	assert_int_equal(es.count, 0);
	assert_null(es.list);
	errs_clear(&es);
}

static void
lists_take_errors_without_a_file(void **state)
{
	struct errs es = { 0 };
	struct err e;

	(void)state;
	err_set(&e, "no file to blame");
	errs_add(&es, &e);
	assert_null(es.list[0].file);
	assert_int_equal(es.nfiles, 0);
	errs_warn(&es, &es.list[0]);	/* one of its own */
	assert_string_equal(es.list[1].msg, "no file to blame");
	assert_int_equal(errs_fatal(&es), 1);
	errs_clear(&es);
}

/* What fn writes to stderr. */
static char *
captured(void (*fn)(const void *), const void *arg)
{
	FILE *to = tmpfile();
	char *text, stream[64];
	struct stat st;
	int saved;
	size_t n;

	assert_non_null(to);
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	dup2(fileno(to), STDERR_FILENO);
	assert_int_equal(fstat(fileno(to), &st), 0);
	snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	setenv("TEST_STREAM", stream, 1);
	fn(arg);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(to);
	text = calloc(1, 100000);
	assert_non_null(text);
	n = fread(text, 1, 99999, to);
	assert_int_equal(strlen(text), n);
	fclose(to);
	return text;
}

static void
say_one_of_each(const void *arg)
{
	log_init(*(const enum log_level *)arg, 0);
	log_error("store", "e %d", 1);
	log_warning("store", "w");
	log_info("store", "i");
	log_debug("store", "d");
}

static void
levels_below_the_least_are_silent(void **state)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	enum log_level level, got;
	const char *p;
	char *text;
	unsigned lines;

	(void)state;
	unsetenv("JOURNAL_STREAM");
	for (level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		text = captured(say_one_of_each, &level);
		for (lines = 0, p = text; (p = strchr(p, '\n')) != NULL; p++)
			lines++;
		assert_int_equal(lines, level + 1);
		assert_non_null(strstr(text, "Z error   store: e 1\n"));
		assert_true(log_enabled(level));
		free(text);
		assert_int_equal(log_level_parse(names[level], &got), 0);
		assert_int_equal(got, level);
	}
	assert_int_equal(log_level_parse("warn", &got), -1);
	assert_int_equal(log_level_parse("", &got), -1);
}

static void
say_hostile(const void *arg)
{
	log_init(LOG_LEVEL_INFO, *(const int *)arg);
	log_info("parse", "%s", "line one\nERROR forged\x1b[31m\xff\xe2\x80\xae");
}

static void
hostile_text_stays_on_its_line(void **state)
{
	static const int text_form = 0, json_form = 1;
	cJSON *line;
	char *text;

	(void)state;
	unsetenv("JOURNAL_STREAM");
	text = captured(say_hostile, &text_form);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_non_null(strstr(text,
	    "parse: line one\\nERROR forged\\x1b[31m\\xff\\u{202e}\n"));
	free(text);
	text = captured(say_hostile, &json_form);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	line = cJSON_Parse(text);
	assert_non_null(line);
	assert_string_equal(cJSON_GetObjectItem(line, "tag")->valuestring, "parse");
	assert_string_equal(cJSON_GetObjectItem(line, "level")->valuestring, "info");
	assert_memory_equal(cJSON_GetObjectItem(line, "message")->valuestring,
	    "line one\nERROR forged", 21);
	cJSON_Delete(line);
	free(text);
}

static void
say_long(const void *arg)
{
	char big[10000];

	memset(big, 0x01, sizeof big - 1);	/* each becomes six characters */
	big[sizeof big - 1] = '\0';
	log_init(LOG_LEVEL_INFO, *(const int *)arg);
	log_info("parse", "%s", big);
	log_info("parse", "next");
}

static void
overlong_messages_are_cut_to_whole_lines(void **state)
{
	static const int text_form = 0, json_form = 1;
	char *text, *second;
	cJSON *line;

	(void)state;
	unsetenv("JOURNAL_STREAM");
	text = captured(say_long, &text_form);
	second = strchr(text, '\n');
	assert_non_null(second);
	assert_non_null(strstr(second, "parse: next\n"));
	free(text);
	text = captured(say_long, &json_form);
	second = strchr(text, '\n');
	assert_non_null(second);
	*second++ = '\0';
	line = cJSON_Parse(text);
	assert_non_null(line);
	cJSON_Delete(line);
	line = cJSON_Parse(second);
	assert_non_null(line);
	assert_string_equal(cJSON_GetObjectItem(line, "message")->valuestring, "next");
	cJSON_Delete(line);
	free(text);
}

static void
say_to_the_journal(const void *arg)
{
	const struct err *e = arg;

	setenv("JOURNAL_STREAM", getenv("TEST_STREAM"), 1);
	log_init(LOG_LEVEL_DEBUG, 0);
	log_error("a", "x");
	log_warning("a", "x");
	log_info("a", "x");
	log_debug("a", "x");
	log_err(LOG_LEVEL_WARNING, "source", e, "trying again in 60s (2 of 5)");
	log_err(LOG_LEVEL_ERROR, "source", e, NULL);
	unsetenv("JOURNAL_STREAM");
}

static void
journal_gets_its_prefix(void **state)
{
	struct err e = { "s3://logs/a.gz", 0, 0, "not a gzip stream" };
	char *text;

	(void)state;
	text = captured(say_to_the_journal, &e);
	assert_string_equal(text, "<3>a: x\n<4>a: x\n<6>a: x\n<7>a: x\n"
	    "<4>source: s3://logs/a.gz: not a gzip stream; trying again in 60s "
	    "(2 of 5)\n<3>source: s3://logs/a.gz: not a gzip stream\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setting_fills_the_message_and_no_place),
		cmocka_unit_test(place_is_taken_over_even_from_itself),
		cmocka_unit_test(message_may_quote_the_old_message),
		cmocka_unit_test(wrapping_puts_the_doing_in_front),
		cmocka_unit_test(long_messages_are_cut_within_their_room),
		cmocka_unit_test(text_shows_as_much_of_the_place_as_is_known),
		cmocka_unit_test(text_fits_whatever_room_it_gets),
		cmocka_unit_test(lists_keep_so_many_and_count_them_all),
		cmocka_unit_test(lists_take_errors_without_a_file),
		cmocka_unit_test(levels_below_the_least_are_silent),
		cmocka_unit_test(hostile_text_stays_on_its_line),
		cmocka_unit_test(overlong_messages_are_cut_to_whole_lines),
		cmocka_unit_test(journal_gets_its_prefix),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
