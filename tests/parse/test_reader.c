/*
 * The reader: what comes out of texts of every form, sound and broken, whatever the
 * steps in which they arrive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "parse/reader_impl.h"

#define OUT_MAX (1 << 20)

/* A reader with one field wanted of each kind: "n", of lines the key. */
struct rig {
	struct fieldset	*fields[KIND_COUNT];
	struct reader	*reader;
};

struct how {
	enum input_mode	 mode;
	int		 growing;
	size_t		 record_max;	/* 0: the default */
	size_t		 window;
	uint64_t	 records_done;
	const char	*time_field;
};

static void
rig_open(struct rig *rig, const struct how *how, int slow)
{
	struct reader_options o = { .mode = how->mode,
	    .record_max = how->record_max ? how->record_max :
	    READER_RECORD_MAX_DEFAULT, .gunzip = { 1ULL << 40, 0 },
	    .slow_inflate = slow, .id_seed = 1, .time_field = how->time_field };

	for (int k = 0; k < KIND_COUNT; k++) {
		rig->fields[k] = fieldset_new((enum kind)k);
		fieldset_add(rig->fields[k], k == KIND_S3ACCESS ? "key" : "n");
		o.fields[k] = rig->fields[k];
	}
	rig->reader = reader_new_sized(&o, how->window ? how->window :
	    WINDOW_SIZE);
}

static void
rig_close(struct rig *rig)
{
	reader_free(rig->reader);
	for (int k = 0; k < KIND_COUNT; k++)
		fieldset_free(rig->fields[k]);
}

static void
note_record(struct buf *out, const struct record *rec)
{
	static const char *const kinds[] = { "ct", "line", "s3n", "json" };

	buf_addf(out, "%s%llu:", kinds[rec->kind],
	    (unsigned long long)rec->number);
	if (rec->fields[0] != NULL)
		buf_add(out, rec->fields[0]->text, rec->fields[0]->len);
	else
		buf_addc(out, '-');
	buf_addc(out, ' ');
	if (rec->kind != KIND_S3ACCESS) {
		assert_int_equal(rec->text[0], '{');
		assert_int_equal(rec->text[rec->len - 1], '}');
	}
}

/*
 * What comes of a text: records as KIND NUMBER:FIELD, bad ones as !NUMBER(why), then how
 * it ended; with a digest, and where lines were consumed up to.
 */
static void
transcribe(struct reader *r, const void *text, size_t len,
    const struct how *how, struct buf *out)
{
	struct bytes src = bytes_mem(text, len);
	const struct record *rec;
	enum reader_status status;
	struct err e;

	buf_reset(out);
	reader_start(r, &src, how->records_done, how->growing);
	for (;;) {
		status = reader_next(r, &rec, &e);
		if (status == READER_RECORD)
			note_record(out, rec);
		else if (status == READER_BAD)
			buf_addf(out, "!%u(%s) ", e.line, e.msg);
		else
			break;
	}
	if (status == READER_END)
		buf_adds(out, "end");
	else if (status == READER_UNFINISHED)
		buf_adds(out, "unfinished");
	else
		buf_addf(out, "damaged@%u(%s)", e.line, e.msg);
	if (reader_is_digest(r))
		buf_adds(out, " digest");
}

static void
add_lines(struct reader *r, struct buf *out)
{
	if (reader_by_line(r))
		buf_addf(out, " lines<%llu",
		    (unsigned long long)reader_consumed(r));
}

static size_t
compress_text(const char *text, size_t len, char *out, size_t room)
{
	z_stream z = { .next_in = (void *)(uintptr_t)text, .avail_in = (uInt)len };

	deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
	z.next_out = (void *)out;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

struct row {
	const char	*text;
	const char	*want;
};

/* By windows of every size, and packed, each row gives what it must. */
static void
check_rows(const struct how *how, const struct row *rows, size_t nrows)
{
	static const size_t windows[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13,
	    16, 17, 23, 29, 31, 32, 33, 47, 63, 64, 65, 80, 99, 127, 128, 200,
	    WINDOW_SIZE };
	struct buf out = BUF_INIT(OUT_MAX);

	for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++) {
		struct how sized = *how;
		struct rig rig;
		char packed[4096];

		sized.window = windows[w];
		rig_open(&rig, &sized, w % 2);
		for (size_t i = 0; i < nrows; i++) {
			size_t len = strlen(rows[i].text), n;
			const char *lines = strstr(rows[i].want, " lines<");

			transcribe(rig.reader, rows[i].text, len, &sized, &out);
			add_lines(rig.reader, &out);
			if (strcmp(buf_text(&out), rows[i].want) != 0)
				fail_msg("window %zu:\n%s\ngives %s\nnot   %s",
				    windows[w], rows[i].text, buf_text(&out),
				    rows[i].want);
			if (how->growing)
				continue;
			n = compress_text(rows[i].text, len, packed,
			    sizeof packed);
			transcribe(rig.reader, packed, n, &sized, &out);
			assert_int_equal(reader_by_line(rig.reader), 0);
			if (len > 0)
				assert_int_equal(reader_bytes_in(rig.reader), n);
			n = lines != NULL ? (size_t)(lines - rows[i].want) :
			    strlen(rows[i].want);
			if (out.len != n || memcmp(buf_text(&out), rows[i].want,
			    n) != 0)
				fail_msg("packed, window %zu:\n%s\ngives %s\n"
				    "not   %s", windows[w], rows[i].text,
				    buf_text(&out), rows[i].want);
		}
		rig_close(&rig);
	}
	buf_clear(&out);
}

#define ROWS(how, rows) check_rows(how, rows, sizeof (rows) / sizeof (rows)[0])

static void
every_form_of_json_is_read(void **state)
{
	static const struct how how = { .mode = INPUT_AUTO };
	static const struct row rows[] = {
		{ "", "end" },
		{ " \n\t\r\n", "end" },
		{ "{\"Records\":[]}", "end" },
		{ "{\"Records\":[{\"n\":1},{\"n\":2}]}", "ct1:1 ct2:2 end" },
		{ "\xef\xbb\xbf{\"Records\":[{\"n\":1}]}\n", "ct1:1 end" },
		{ "\n\n  {\n  \"Records\" : [\n  {\n \"n\" : 1\n }\n,\n {\"n\":2} "
		    "]\n}\n", "ct1:1 ct2:2 end" },
		{ "{\"a\":{\"Records\":[{}]},\"b\":[\"Records\"],\"Records\":"
		    "[{\"n\":1}],\"c\":{\"x\":[\"]}\",{}]}}", "ct1:1 end" },
		{ "{\"Records\":[{\"n\":1}],\"Records\":[{\"n\":2}]}",
		    "ct1:1 ct2:2 end" },
		{ "{\"Records\":[{\"n\":1}] , \"a\":\n{\"b\":[1,{}]},\"c\" :1\n, "
		    "\"Records\" : [ {\"n\":2}],\"d\":\"]}\"}\n{\"n\":3}",
		    "ct1:1 ct2:2 ct3:3 end" },
		{ "{\"Records\":{\"n\":1},\"n\":2}", "ct1:2 end lines<25" },
		{ "{\"Records\":[{}]}", "ct1:- end" },
		{ "[]", "end" },
		{ "[{\"n\":1},{\"n\":2}]", "ct1:1 ct2:2 end" },
		{ " [ {\"n\":1} , {\"Records\":[{\"n\":2}]} , {\"n\":3} ]\n",
		    "ct1:1 ct2:2 ct3:3 end" },
		{ "{\"n\":1}", "ct1:1 end lines<7" },
		{ "{\"n\":1}\n", "ct1:1 end lines<8" },
		{ "{\"n\":1}\n{\"n\":2}\r\n\n{\"n\":3}", "ct1:1 ct2:2 ct3:3 end "
		    "lines<25" },
		{ "{\"n\":1} {\"n\":2}{\"n\":3}", "ct1:1 ct2:2 ct3:3 end" },
		{ "{\n \"n\": 1\n}\n{\n \"n\": 2\n}\n", "ct1:1 ct2:2 end" },
		{ "{\"Records\":[{\"n\":1}]}\n{\"Records\":[{\"n\":2}]}",
		    "ct1:1 ct2:2 end" },
		{ "{\"n\":1}\n{\"Records\":[{\"n\":2}]}\n{\"n\":3}\n",
		    "ct1:1 ct2:2 ct3:3 end" },
		{ "{\"Records\":[{\"eventSource\":\"aws:s3\",\"n\":1},"
		    "{\"eventSource\":\"s3.amazonaws.com\",\"n\":2}]}",
		    "s3n1:1 ct2:2 end" },
		{ "{\"eventSource\":\"aws:s3\",\"eventName\":\"x\",\"n\":1}\n",
		    "s3n1:1 end lines<47" },
	};

	(void)state;
	ROWS(&how, rows);
}

static void
envelopes_are_opened(void **state)
{
	static const struct how how = { .mode = INPUT_AUTO };
	static const struct row rows[] = {
		{ "{\"version\":\"0\",\"detail-type\":\"AWS API Call via CloudTrail"
		    "\",\"source\":\"aws.s3\",\"detail\":{\"eventVersion\":\"1.08\","
		    "\"n\":7}}\n{\"n\":8}\n", "ct1:7 ct2:8 end lines<125" },
		{ "{\"Type\":\"Notification\",\"Message\":\"{\\\"Records\\\":[{"
		    "\\\"n\\\":1},{\\\"eventSource\\\":\\\"aws:s3\\\",\\\"n\\\":2}]}"
		    "\"}\n{\"n\":3}\n", "ct1:1 s3n2:2 ct3:3 end lines<107" },
		{ "[{\"Type\":\"Notification\",\"Message\":\"{\\\"n\\\":1}\\n{"
		    "\\\"n\\\":2}\"}]", "ct1:1 ct2:2 end" },
		{ "{\"Type\":\"Notification\",\"Message\":\"{\\\"Type\\\":"
		    "\\\"Notification\\\",\\\"Message\\\":\\\"{\\\\\\\"n\\\\\\\":5}"
		    "\\\"}\"}", "ct1:5 end lines<93" },
		{ "{\"Type\":\"Notification\",\"Message\":\"{\\\"Records\\\":[{"
		    "\\\"n\\\":1},{\\\"n\\\":2\"}", "ct1:1 !2(in a message: the text "
		    "ends inside a record) end lines<68" },
		{ "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Time\":"
		    "\"2026\"}\n", "end lines<61" },
		{ "{\"s3Bucket\":\"b\",\"s3ObjectKey\":[\"k\"]}", "end lines<36" },
		{ "{\"awsAccountId\":\"1\",\"digestStartTime\":\"x\","
		    "\"digestEndTime\":\"y\",\"digestS3Bucket\":\"b\"}",
		    "end digest lines<83" },
	};

	(void)state;
	ROWS(&how, rows);
}

static void
s3_events_of_eventbridge_keep_their_evidence(void **state)
{
	static const char text[] = "{\"version\":\"0\",\"detail-type\":\"Object "
	    "Created\",\"source\":\"aws.s3\",\"time\":\"2026-01-15T08:00:00Z\","
	    "\"region\":\"eu-central-1\",\"detail\":{\"bucket\":{\"name\":\"b\"},"
	    "\"object\":{\"key\":\"k\",\"size\":5},\"requester\":\"1\","
	    "\"reason\":\"PutObject\"}}";
	struct how how = { .mode = INPUT_AUTO };
	struct bytes src = bytes_mem(text, sizeof text - 1);
	struct arena *a = arena_new();
	const struct record *rec;
	const char *common[COMMON_COUNT];
	struct rig rig;
	struct err e;

	(void)state;
	rig_open(&rig, &how, 0);
	reader_start(rig.reader, &src, 0, 0);
	assert_int_equal(reader_next(rig.reader, &rec, &e), READER_RECORD);
	assert_int_equal(rec->kind, KIND_S3NOTIFICATION);
	assert_int_equal(rec->evidence_len, sizeof text - 1);
	assert_memory_equal(rec->evidence, text, sizeof text - 1);
	assert_int_equal(rec->time, 1768464000LL * 1000000000);
	reader_common(rig.reader, a, common);
	assert_string_equal(common[COMMON_BUCKET], "b");
	assert_string_equal(common[COMMON_KEY], "k");
	assert_int_equal(reader_next(rig.reader, &rec, &e), READER_END);
	rig_close(&rig);
	arena_free(a);
}

static void
plain_json_mode_opens_nothing(void **state)
{
	static const struct how how = { .mode = INPUT_JSON };
	static const struct row rows[] = {
		{ "{\"detail-type\":\"AWS API Call via CloudTrail\",\"source\":"
		    "\"aws.s3\",\"detail\":{\"n\":7},\"n\":1}\n{\"eventSource\":"
		    "\"aws:s3\",\"n\":2}", "json1:1 json2:2 end lines<117" },
		{ "{\"Records\":[{\"n\":1}]}[{\"n\":2}]", "json1:1 json2:2 end" },
		{ "{\"digestS3Bucket\":\"b\",\"digestEndTime\":\"e\",\"n\":3}",
		    "json1:3 end lines<48" },
		{ "no json\n{\"n\":1}\n", "!1(no JSON object where a record should "
		    "be) json2:1 end lines<16" },
	};

	(void)state;
	ROWS(&how, rows);
}

static void
broken_records_cost_only_themselves(void **state)
{
	static const struct how how = { .mode = INPUT_AUTO };
	static const struct row rows[] = {
		/* balanced */
		{ "{\"Records\":[{\"n\":1},{\"n\":tru},{\"n\":3}]}",
		    "ct1:1 !2(no JSON value at byte 6 of it) ct3:3 end" },
		{ "{\"Records\":[{\"n\":1},{n:2,\"o\":{}},{\"n\":3}]}",
		    "ct1:1 !2(no key where one must be at byte 2 of it) ct3:3 "
		    "end" },
		{ "{\"n\":1}\n{\"n\" 2}\n{\"n\":3}\n", "ct1:1 !2(no colon behind "
		    "a key at byte 6 of it) ct3:3 end lines<24" },
		{ "[{\"n\":1},{\"n\":1 2},{\"n\":3}]", "ct1:1 !2(no comma or } "
		    "behind a value at byte 8 of it) ct3:3 end" },
		{ "{\"n\":1}{\"n\" 2}{\"n\":3}", "ct1:1 !2(no colon behind a key "
		    "at byte 6 of it) ct3:3 end" },
		/* elements that are no objects */
		{ "{\"Records\":[123,{\"n\":1},null,\"a,]}\",[{\"n\":2},[]],true,"
		    "{\"n\":3}]}", "!1(a number where a record should be) ct2:1 "
		    "!3(no JSON object where a record should be) !4(a string where a record "
		    "should be) !5(an array where a record should be) !6(no JSON "
		    "object where a record should be) ct7:3 end" },
		{ "{\"n\":1}\nnull\n123 45\n{\"n\":2}\n", "ct1:1 !2(no JSON object where a "
		    "record should be) !3(a number where a record should be) "
		    "ct4:2 end lines<28" },
		/* nesting lost, in lines */
		{ "{\"n\":1}\n{\"n\":{\"m\":2}\n{\"n\":3}\n{\"n\":4}\n", "ct1:1 "
		    "!2(no comma or } behind a value at byte 14 of it) ct3:3 "
		    "ct4:4 end lines<37" },
		{ "{\"n\":1}\n{\"n\":\"open}\n{\"n\":3}\n", "ct1:1 !2(no comma or "
		    "} behind a value at byte 15 of it) ct3:3 end lines<28" },
		{ "{\"n\":1}\n{\"o\":{\"p\":\"open}\n{\"n\":3}\n", "ct1:1 !2(the "
		    "record does not end) ct3:3 end lines<33" },
		{ "cut off\":1}\n{\"n\":2}\n", "!1(no JSON object where a record "
		    "should be) ct2:2 end lines<20" },
		{ "{\"n\":1}\n}}}\n{\"n\":3}\n", "ct1:1 !2(no JSON object where a "
		    "record should be) ct3:3 end lines<20" },
		/* nesting lost, in Records */
		{ "{\"Records\":[{\"n\":1},{\"n\":2,{\"n\":3},{\"n\":4}]}",
		    "ct1:1 !2(no key where one must be at byte 8 of it) ct3:3 "
		    "ct4:4 end" },
		{ "{\"Records\":[{\"n\":1},{\"n\":2,\"o\":[1},{\"n\":3},{\"n\":4}]"
		    "}", "ct1:1 !2(brackets do not match at byte 14 of it) ct3:3 "
		    "ct4:4 end" },
		{ "{\"Records\":[{\"n\":1},{\"n\":\"2},{\"n\":3},{\"n\":4}]}",
		    "ct1:1 !2(no comma or } behind a value at byte 12 of it) "
		    "ct3:3 ct4:4 end" },
		{ "{\"Records\":[{\"eventVersion\" 1},{\"eventVersion\":\"1\","
		    "\"n\":2}]}", "!1(no colon behind a key at byte 17 of it) "
		    "ct2:2 end" },
		{ "{\"Records\":[{\"x\":[,1}]}",
		    "!1(brackets do not match at byte 9 of it) damaged@1(no "
		    "further record is found behind a broken one)" },
		{ "{\"Records\":[{\"n\":1}},{\"n\":2}]}", "ct1:1 !2(no JSON object "
		    "where a record should be) ct3:2 end" },
		{ "{\"Records\":[{\"n\":1}],{\"n\":2}]}", "ct1:1 ct2:2 end" },
		{ "{\"Records\":[{\"n\":1}{\"n\":2},,{\"n\":3},]}", "ct1:1 ct2:2 "
		    "ct3:3 end" },
	};

	(void)state;
	ROWS(&how, rows);
}

static void
texts_that_end_early_are_damage(void **state)
{
	static const struct how how = { .mode = INPUT_AUTO };
	static const struct row rows[] = {
		{ "{\"Records\":[{\"n\":1}],\"a\",{}}\n", "ct1:1 end" },
		{ "{\"Records\":[{\"n\":1},{\"n\":2", "ct1:1 damaged@2(the text "
		    "ends inside a record)" },
		{ "{\"Records\":[{\"n\":1},", "ct1:1 damaged@2(the text ends "
		    "inside the Records array)" },
		{ "{\"Records\":[{\"n\":1}]", "ct1:1 damaged@2(the text ends "
		    "inside the object around the Records array)" },
		{ "{\"Records\":[{\"n\":1}],\"x\":{", "ct1:1 damaged@2(the text "
		    "ends inside the object around the Records array)" },
		{ "[{\"n\":1}", "ct1:1 damaged@2(the text ends inside an array of "
		    "records)" },
		{ "{\"n\":1}\n{\"n\":2", "ct1:1 damaged@2(the text ends inside a "
		    "record) lines<8" },
		{ "{\"Rec", "damaged@1(the text ends inside a record) lines<0" },
	};

	(void)state;
	ROWS(&how, rows);
}

static void
growing_texts_are_read_up_to_the_last_line(void **state)
{
	static const struct how how = { .mode = INPUT_AUTO, .growing = 1 };
	static const struct row rows[] = {
		{ "{\"n\":1}\n{\"n\":2}\n", "ct1:1 ct2:2 end lines<16" },
		{ "{\"n\":1}\n{\"n\":2}", "ct1:1 unfinished lines<8" },
		{ "{\"n\":1}\n{\"n\":2} \r", "ct1:1 unfinished lines<8" },
		{ "{\"n\":1}\n{\"n\"", "ct1:1 unfinished lines<8" },
		{ "{\"n\":1}\n{\"n\" 2", "ct1:1 unfinished lines<8" },
		{ "{\"n\":1}\n{\"n\" 2}\n", "ct1:1 !2(no colon behind a key at "
		    "byte 6 of it) end lines<16" },
		{ "{\"n\":1}\nnul", "ct1:1 unfinished lines<8" },
		{ "{\"n\":1}\n\n\n", "ct1:1 end lines<10" },
		{ "{\"Records\":[{\"n\":1},{\"n\":2", "ct1:1 unfinished" },
		{ "{\"Records\":[{\"n\":1}]}", "ct1:1 end" },
		{ "{\"Records\":[{\"n\":1}", "ct1:1 unfinished" },
		{ "{\n\"n\":1\n}", "ct1:1 end" },
		{ "", "end" },
	};

	(void)state;
	ROWS(&how, rows);
}

#define LINE(key) "79a5 b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a5 " \
    "3E57427F3EXAMPLE REST.GET.OBJECT " key " \"GET /" key " HTTP/1.1\" 200 - " \
    "113 - 7 - \"-\" \"S3Console/0.4\" - s9lz= SigV4 ECDHE AuthHeader " \
    "b.s3.amazonaws.com TLSv1.2"
#define LINE_SIZE (sizeof LINE("k1") - 1)

static void
access_logs_are_numbered_by_line(void **state)
{
	static const struct how how = { .mode = INPUT_AUTO };
	struct buf want = BUF_INIT(1000);
	struct s3access_line line;
	struct err e;
	struct row rows[] = {
		{ LINE("k1") "\n" LINE("k2") "\r\n\n  \n" LINE("k3"), NULL },
		{ "\n\n" LINE("k1") "\nrubbish\n" LINE("k2") "\n\n", NULL },
	};

	(void)state;
	buf_addf(&want, "line1:k1 line2:k2 line5:k3 end lines<%zu",
	    2 * LINE_SIZE + 7);
	rows[0].want = buf_take(&want);
	want = (struct buf)BUF_INIT(1000);
	assert_int_equal(s3access_split("rubbish", 7, &line, &e), -1);
	buf_addf(&want, "line3:k1 !4(%s) line5:k2 end lines<%zu", e.msg,
	    2 * LINE_SIZE + 13);
	rows[1].want = buf_take(&want);
	ROWS(&how, rows);
	free((char *)(uintptr_t)rows[0].want);
	free((char *)(uintptr_t)rows[1].want);
}

static void
a_growing_access_log_waits_for_its_line(void **state)
{
	struct how how = { .mode = INPUT_S3ACCESS, .growing = 1,
	    .records_done = 10 };
	struct buf out = BUF_INIT(OUT_MAX);
	struct rig rig;
	const char *text = LINE("k1") "\n" LINE("k2");

	(void)state;
	rig_open(&rig, &how, 0);
	transcribe(rig.reader, text, strlen(text), &how, &out);
	assert_string_equal(buf_text(&out), "line11:k1 unfinished");
	assert_int_equal(reader_by_line(rig.reader), 1);
	assert_int_equal(reader_consumed(rig.reader), LINE_SIZE + 1);
	rig_close(&rig);
	buf_clear(&out);
}

/* What is behind consumed is read again, by the right numbers, when more has come. */
static void
a_text_is_consumed_by_whole_lines(void **state)
{
	static const struct {
		const char *text;
		enum input_mode mode;
		uint64_t consumed, records;
	} rows[] = {
		{ LINE("k1") "\n\n" LINE("k2"), INPUT_S3ACCESS, LINE_SIZE + 2,
		    12 },
		{ LINE("k1") "\n" LINE("k2") "\n", INPUT_AUTO,
		    2 * LINE_SIZE + 2, 12 },
		{ LINE("k1") "\n79a59df900b949e5", INPUT_S3ACCESS, LINE_SIZE + 1,
		    11 },
		{ "\n\n" LINE("k1"), INPUT_S3ACCESS, 2, 12 },
		{ "79a59df900b949e5", INPUT_S3ACCESS, 0, 10 },
		{ "{\"n\":1}\n{\"n\":2}\n", INPUT_AUTO, 16, 12 },
		{ "{\"n\":1}\n{x}\n{\"n\":2}\n", INPUT_AUTO, 20, 13 },
		{ "{\"n\":1}\n{\"n\":2", INPUT_AUTO, 8, 11 },
		{ "{\"n\":1}\n{x", INPUT_AUTO, 8, 11 },
		{ "{\"n\":1}\n{x\n", INPUT_AUTO, 11, 12 },
		{ "{\"n\":1}\n{x\ny", INPUT_AUTO, 11, 12 },
		{ "{\"n\":1}\n\nnull", INPUT_AUTO, 9, 11 },
		{ "{\"s3Bucket\":\"b\",\"s3ObjectKey\":[\"k\"]}\n{\"n\":1}\n",
		    INPUT_AUTO, 45, 11 },
		{ "{\"Type\":\"Notification\",\"Message\":\"{\\\"n\\\":1}\\n"
		    "{\\\"n\\\":2\"}\n{\"n", INPUT_AUTO, 56, 12 },
	};
	struct buf out = BUF_INIT(OUT_MAX);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (size_t window = 1; window < 300; window += 7) {
			struct how how = { .mode = rows[i].mode, .window = window,
			    .records_done = 10 };
			struct rig rig;

			rig_open(&rig, &how, 0);
			transcribe(rig.reader, rows[i].text,
			    strlen(rows[i].text), &how, &out);
			assert_int_equal(reader_by_line(rig.reader), 1);
			if (reader_consumed(rig.reader) != rows[i].consumed ||
			    reader_consumed_records(rig.reader) !=
			    rows[i].records)
				fail_msg("%s\nis consumed up to %llu, %llu "
				    "(window %zu)", rows[i].text,
				    (unsigned long long)reader_consumed(
				    rig.reader), (unsigned long long)
				    reader_consumed_records(rig.reader), window);
			rig_close(&rig);
		}
	buf_clear(&out);
}

static void
long_lines_are_refused_and_passed_over(void **state)
{
	static const size_t windows[] = { 10, 4096, WINDOW_SIZE };
	struct buf text = BUF_INIT(4 << 20), out = BUF_INIT(OUT_MAX);

	(void)state;
	buf_adds(&text, LINE("k1") "\n");
	for (size_t i = 0; i < 300000; i++)
		buf_addc(&text, 'x');
	buf_adds(&text, "\n" LINE("k2") "\n");
	for (size_t i = 0; i < READER_LINE_MAX + 1; i++)
		buf_addc(&text, 'x');
	for (size_t w = 0; w < 3; w++) {
		struct how how = { .mode = INPUT_AUTO, .window = windows[w] };
		struct rig rig;

		rig_open(&rig, &how, 0);
		transcribe(rig.reader, text.data, text.len, &how, &out);
		assert_string_equal(buf_text(&out), "line1:k1 !2(line of more "
		    "than 65536 bytes) line3:k2 !4(line of more than 65536 "
		    "bytes) end");
		rig_close(&rig);
	}
	buf_clear(&text);
	buf_clear(&out);
}

static void
records_over_the_limit_are_passed_over(void **state)
{
	static const size_t windows[] = { 10, 100, 1000, 100000 };
	static const char *const forms[] = { "{\"Records\":[%s]}", "[%s]" };
	struct buf big = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20);
	struct buf out = BUF_INIT(OUT_MAX);

	(void)state;
	buf_adds(&big, "{\"n\":1},{\"n\":2,\"o\":{\"p\":[");
	for (int i = 0; i < 3000; i++)
		buf_addf(&big, "{\"q\":\"}]\\\"%d\"},", i);
	buf_adds(&big, "0]}},{\"n\":3}");
	for (size_t w = 0; w < 4; w++)
		for (size_t f = 0; f < 2; f++) {
			struct how how = { .mode = INPUT_AUTO, .record_max = 1000,
			    .window = windows[w] };
			struct rig rig;
			const char *hole = strchr(forms[f], '%');

			buf_reset(&text);
			buf_add(&text, forms[f], (size_t)(hole - forms[f]));
			buf_add(&text, big.data, big.len);
			buf_adds(&text, hole + 2);
			rig_open(&rig, &how, 0);
			transcribe(rig.reader, text.data, text.len, &how, &out);
			assert_string_equal(buf_text(&out), "ct1:1 !2(record of "
			    "more than 1.0 kB) ct3:3 end");
			/* ... and as lines */
			for (char *p = text.data; p < text.data + text.len; p++)
				if (memcmp(p, "},{\"n\"", 6) == 0)
					p[1] = '\n';
			transcribe(rig.reader, text.data + (f ? 1 : 12),
			    text.len - (f ? 2 : 14), &how, &out);
			assert_string_equal(buf_text(&out), "ct1:1 !2(record of "
			    "more than 1.0 kB) ct3:3 end");
			rig_close(&rig);
		}
	buf_clear(&big);
	buf_clear(&text);
	buf_clear(&out);
}

/* A quote is missing: what follows seems to be one endless record. */
static void
a_lost_quote_does_not_swallow_the_file(void **state)
{
	static const size_t windows[] = { 64, 1000, 100000 };
	struct buf text = BUF_INIT(1 << 20), out = BUF_INIT(OUT_MAX);

	(void)state;
	for (int form = 0; form < 2; form++) {
		buf_reset(&text);
		if (form == 0)
			buf_adds(&text, "{\"Records\":[");
		for (int i = 1; i <= 2000; i++)
			buf_addf(&text, "{\"eventVersion\":\"1\",\"n\":%d,\"o\":"
			    "{\"p\":\"v%s}}%s", i, i == 500 ? "" : "\"",
			    form ? "\n" : i < 2000 ? "," : "]}");
		for (size_t w = 0; w < 3; w++) {
			struct how how = { .mode = INPUT_AUTO, .record_max = 10000,
			    .window = windows[w] };
			struct rig rig;
			const char *at;

			rig_open(&rig, &how, 0);
			transcribe(rig.reader, text.data, text.len, &how, &out);
			at = strchr(buf_text(&out), '!');
			assert_non_null(at);
			assert_ptr_equal(strstr(at, "!500("), at);
			assert_non_null(strstr(at, ") ct501:501 ct502:502 "));
			assert_non_null(strstr(at, " ct2000:2000 end"));
			assert_null(strchr(at + 1, '!'));
			rig_close(&rig);
		}
	}
	buf_clear(&text);
	buf_clear(&out);
}

static void
damaged_gzip_gives_what_can_be_read(void **state)
{
	struct buf text = BUF_INIT(1 << 20), out = BUF_INIT(OUT_MAX);
	struct how how = { .mode = INPUT_AUTO };
	char *packed = xmalloc(1 << 20);
	struct rig rig;
	size_t n;

	(void)state;
	buf_adds(&text, "{\"Records\":[");
	for (int i = 1; i <= 3; i++)
		buf_addf(&text, "%s{\"n\":%d}", i > 1 ? "," : "", i);
	n = compress_text(text.data, text.len, packed, 1 << 20);
	rig_open(&rig, &how, 0);
	transcribe(rig.reader, packed, n - 4, &how, &out);
	assert_ptr_equal(strstr(buf_text(&out), "ct1:1 ct2:2 ct3:3 damaged@0(gzip "
	    "stream ends early after "), buf_text(&out));
	how.growing = 1;
	transcribe(rig.reader, packed, n - 4, &how, &out);
	assert_string_equal(buf_text(&out), "ct1:1 ct2:2 ct3:3 unfinished");
	packed[n - 5] ^= 1;
	transcribe(rig.reader, packed, n, &how, &out);
	assert_ptr_equal(strstr(buf_text(&out), "ct1:1 ct2:2 ct3:3 damaged@0(gzip "
	    "data is damaged at "), buf_text(&out));
	rig_close(&rig);
	free(packed);
	buf_clear(&text);
	buf_clear(&out);
}

static void
strange_bytes_pass_through(void **state)
{
	static const char text[] = "{\"Records\":[{\"n\":\"a\0b\"},{\"n\":\"\xff\xfe"
	    "\\ud800\"},{\"n\":12345678901234567890.5e300}]}";
	struct how how = { .mode = INPUT_AUTO };
	struct bytes src = bytes_mem(text, sizeof text - 1);
	struct arena *a = arena_new();
	const struct record *rec;
	struct rig rig;
	struct err e;

	(void)state;
	rig_open(&rig, &how, 0);
	reader_start(rig.reader, &src, 0, 0);
	assert_int_equal(reader_next(rig.reader, &rec, &e), READER_RECORD);
	assert_int_equal(rec->fields[0]->len, 3);
	assert_memory_equal(rec->fields[0]->text, "a\0b", 3);
	assert_string_equal(reader_event_json(rig.reader, &(size_t){ 0 }),
	    "{\"n\":\"a\\u0000b\"}");
	assert_int_equal(reader_next(rig.reader, &rec, &e), READER_RECORD);
	assert_memory_equal(rec->fields[0]->text, "\xff\xfe\\ud800", 8);
	assert_string_equal(reader_event_json(rig.reader, &(size_t){ 0 }),
	    "{\"n\":\"\\ufffd\\ufffd\\ufffd\"}");
	assert_int_equal(reader_next(rig.reader, &rec, &e), READER_RECORD);
	assert_string_equal(reader_event_json(rig.reader, &(size_t){ 0 }),
	    "{\"n\":12345678901234567890.5e300}");
	assert_int_equal(reader_next(rig.reader, &rec, &e), READER_END);
	rig_close(&rig);
	arena_free(a);
}

static void
identity_is_the_event_or_the_line(void **state)
{
	static const char text[] = "{\"eventID\":\"e-1\",\"recipientAccountId\":"
	    "\"111122223333\",\"awsRegion\":\"eu-central-1\",\"eventSource\":\"x\","
	    "\"eventName\":\"y\"}";
	static const char line[] = LINE("k1") "\n";
	struct how how = { .mode = INPUT_AUTO };
	struct arena *a = arena_new();
	const struct record *rec;
	const char *id[6], *common[COMMON_COUNT];
	struct bytes src;
	struct rig rig;
	struct err e;

	(void)state;
	rig_open(&rig, &how, 0);
	src = bytes_mem(text, sizeof text - 1);
	reader_start(rig.reader, &src, 0, 0);
	assert_int_equal(reader_next(rig.reader, &rec, &e), READER_RECORD);
	reader_identity(rig.reader, a, id);
	assert_string_equal(id[1], "e-1");
	assert_string_equal(id[2], "111122223333");
	assert_string_equal(id[3], "eu-central-1");
	assert_null(id[4]);
	assert_int_not_equal(rec->id_hash, 0);
	src = bytes_mem(line, sizeof line - 1);
	reader_start(rig.reader, &src, 0, 0);
	assert_int_equal(reader_next(rig.reader, &rec, &e), READER_RECORD);
	reader_identity(rig.reader, a, id);
	assert_string_equal(id[1], "3E57427F3EXAMPLE");
	reader_common(rig.reader, a, common);
	assert_string_equal(common[COMMON_BUCKET], "b");
	assert_string_equal(common[COMMON_KEY], "k1");
	assert_string_equal(common[COMMON_TIME], "2019-02-06T00:00:38Z");
	rig_close(&rig);
	arena_free(a);
}

static void
time_field_names_where_the_time_is(void **state)
{
	static const char text[] = "{\"n\":1,\"at\":{\"when\":\"2026-01-15T08:00:00Z"
	    "\"}}";
	struct how how = { .mode = INPUT_JSON, .time_field = "at.when" };
	struct bytes src = bytes_mem(text, sizeof text - 1);
	const struct record *rec;
	struct rig rig;
	struct err e;

	(void)state;
	rig_open(&rig, &how, 0);
	reader_start(rig.reader, &src, 0, 0);
	assert_int_equal(reader_next(rig.reader, &rec, &e), READER_RECORD);
	assert_int_equal(rec->time, 1768464000LL * 1000000000);
	rig_close(&rig);
}

static void
a_10_mib_string_is_one_record(void **state)
{
	size_t n = 10 << 20, len;
	char *text = xmalloc(n + 100);
	struct buf out = BUF_INIT(OUT_MAX);
	struct how how = { .mode = INPUT_AUTO };
	struct rig rig;

	(void)state;
	len = (size_t)sprintf(text, "{\"Records\":[{\"x\":\"");
	memset(text + len, 'x', n);
	len += n;
	len += (size_t)sprintf(text + len, "\",\"n\":1},{\"n\":2}]}");
	rig_open(&rig, &how, 0);
	transcribe(rig.reader, text, len, &how, &out);
	assert_string_equal(buf_text(&out), "ct1:1 ct2:2 end");
	rig_close(&rig);
	free(text);
	buf_clear(&out);
}

/* A text made to be looked at again and again is given up in time. */
static void
endless_nesting_does_not_stall(void **state)
{
	size_t n = 500000;
	struct buf text = BUF_INIT(16 << 20), out = BUF_INIT(64 << 20);
	struct how how = { .mode = INPUT_AUTO };
	struct rig rig;

	(void)state;
	buf_adds(&text, "{\"n\":1}\n");
	for (size_t i = 0; i < n; i++)
		buf_adds(&text, "{\"x\":{\n");
	rig_open(&rig, &how, 0);
	transcribe(rig.reader, text.data, text.len, &how, &out);
	assert_non_null(strstr(buf_text(&out), "!2(nesting is too deep "));
	assert_non_null(strstr(buf_text(&out), "(too much of it is broken)"));
	rig_close(&rig);
	buf_clear(&text);
	buf_clear(&out);
}

/*
 * However many records are broken, the search for the next one looks at each byte a few
 * times; what it looks at is what the reader charges.
 */
static void
broken_records_are_passed_in_linear_time(void **state)
{
	static const struct {
		const char *first, *again;
		size_t n;
		int growing;
	} rows[] = {
		{ "", "{\n", 4 << 20, 0 },
		{ "[{\"a\":1},", "{x},", 2 << 20, 0 },
		{ "{\"Records\":[{\"a\":1},", "{x},", 2 << 20, 0 },
		{ "", "{\"eventVersion\":\"1\"\n", 419430, 0 },
		{ "{\"a\":1}", "{x}", 2 << 20, 0 },
		{ "{\"a\":1}\n", "{x}", 2 << 20, 0 },
		{ "{\"a\":1}\n", "{x}", 2 << 20, 1 },
		{ "{\"a\":1}\n", "{x}", 8 << 20, 1 },
		{ "[{\"a\":1},", "{x},\"a\",", 1 << 20, 0 },
		{ "[{\"a\":1},", "{x},{ \"b\",", 1 << 20, 0 },
		{ "{\"a\":1}\n", "{x}\n\n", 1 << 20, 0 },
		{ "[", "{\"eventVersion\"", 1 << 19, 0 },
		{ "[", "{x{\"eventVersion\",", 1 << 19, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf text = BUF_INIT(32 << 20);
		struct how how = { .mode = INPUT_AUTO };
		const struct record *rec;
		enum reader_status status;
		struct bytes src;
		struct rig rig;
		struct err e;

		buf_adds(&text, rows[i].first);
		for (size_t n = 0; n < rows[i].n; n++)
			buf_adds(&text, rows[i].again);
		src = bytes_mem(text.data, text.len);
		rig_open(&rig, &how, 0);
		reader_start(rig.reader, &src, 0, rows[i].growing);
		alarm(60);
		do
			status = reader_next(rig.reader, &rec, &e);
		while (status == READER_RECORD || status == READER_BAD);
		alarm(0);
		assert_true(rig.reader->wasted < 5 * text.len);
		rig_close(&rig);
		buf_clear(&text);
	}
}

/* One record of many gets a byte changed: all others must still come out. */
static void
change_one(struct rig *rig, struct buf *text, const size_t *starts, int n, int form,
    uint32_t *seed, struct buf *out)
{
	static const char bytes[] = "\"\\{}[],:n1 x";
	struct how how = { .mode = INPUT_AUTO };
	int hurt = (int)((*seed >> 10) % (uint32_t)n), lost = 0;
	size_t len = starts[hurt + 1] - starts[hurt] - 1;
	char *at, was, want[32];

	*seed = *seed * 1664525 + 1013904223;
	at = text->data + starts[hurt] + (*seed >> 8) % len;
	was = *at;
	*at = bytes[(*seed >> 20) % (sizeof bytes - 1)];
	transcribe(rig->reader, text->data, text->len, &how, out);
	for (int i = 0; i < n; i++) {
		snprintf(want, sizeof want, ":id%d ", i);
		if (i != hurt && strstr(buf_text(out), want) == NULL)
			lost++;
	}
	if (lost > 0)
		fail_msg("form %d, '%c' for '%c' in record %d:\n%s\ngives %s",
		    form, *at, was, hurt, text->data, buf_text(out));
	*at = was;
}

static void
a_changed_byte_costs_one_record(void **state)
{
	enum { N = 12 };
	struct buf text = BUF_INIT(1 << 20), out = BUF_INIT(OUT_MAX);
	uint32_t seed = 4711;
	size_t starts[N + 1];

	(void)state;
	for (int form = 0; form < 3; form++) {
		struct how how = { .mode = INPUT_AUTO, .window = 300 };
		struct rig rig;

		buf_reset(&text);
		buf_adds(&text, form == 0 ? "{\"Records\":[" :
		    form == 1 ? "[" : "");
		for (int i = 0; i < N; i++) {
			starts[i] = text.len;
			buf_addf(&text, "{\"eventVersion\":\"1.08\",\"u\":{\"type\""
			    ":\"Role\",\"s\":{\"i\":[1,{\"arn\":\"a:[b]\"}]}},"
			    "\"n\":\"id%d\",\"p\":{\"q\":\"{\\\"x\\\":1}\","
			    "\"r\":null},\"last\":true}%c", i,
			    form == 2 ? '\n' : ',');
		}
		starts[N] = text.len;
		if (form != 2) {
			text.len--;
			buf_adds(&text, form == 0 ? "]}" : "]");
		}
		rig_open(&rig, &how, 0);
		for (int i = 0; i < 4000; i++)
			change_one(&rig, &text, starts, N, form, &seed, &out);
		rig_close(&rig);
	}
	buf_clear(&text);
	buf_clear(&out);
}

/* Any mutation ends, in records or named errors, and alike whatever the window. */
static void
mutated_texts_end_alike_in_every_window(void **state)
{
	static const char *const seeds[] = {
		"{\"Records\":[{\"n\":1,\"o\":{\"p\":[1,\"x\"]}},{\"n\":2},{\"n\":3,"
		    "\"q\":\"\\\"{\"}]}\n",
		"{\"n\":1,\"o\":[]}\n{\"n\":2}\n{\"n\":3,\"q\":{\"r\":null}}\n",
		"{\"Type\":\"Notification\",\"Message\":\"{\\\"Records\\\":[{"
		    "\\\"n\\\":1}]}\"}\n{\"n\":2}\n",
		"[{\"n\":1},{\"n\":2},\n{\"n\":3}]",
	};
	static const char bytes[] = "\"\\{}[],:n1 \n";
	static const size_t windows[] = { 1, 7, 32, WINDOW_SIZE };
	struct buf out[4];
	struct rig rig[4];
	uint32_t seed = 12345;

	(void)state;
	for (size_t w = 0; w < 4; w++) {
		struct how how = { .mode = INPUT_AUTO, .window = windows[w] };

		rig_open(&rig[w], &how, 0);
		out[w] = (struct buf)BUF_INIT(OUT_MAX);
	}
	for (int i = 0; i < 20000; i++) {
		struct how how = { .mode = INPUT_AUTO, .growing = i % 2 };
		char text[256];
		size_t len = strlen(seeds[i % 4]);

		memcpy(text, seeds[i % 4], len);
		for (int times = i % 3; times >= 0; times--) {
			seed = seed * 1664525 + 1013904223;
			text[(seed >> 8) % len] = bytes[(seed >> 20) % 12];
		}
		if (i % 5 == 0)
			len = (seed >> 4) % len;
		for (size_t w = 0; w < 4; w++) {
			transcribe(rig[w].reader, text, len, &how, &out[w]);
			add_lines(rig[w].reader, &out[w]);
			if (strcmp(buf_text(&out[w]), buf_text(&out[0])) != 0)
				fail_msg("%.*s\nwindow 1: %s\nwindow %zu: %s",
				    (int)len, text, buf_text(&out[0]),
				    windows[w], buf_text(&out[w]));
		}
	}
	for (size_t w = 0; w < 4; w++) {
		rig_close(&rig[w]);
		buf_clear(&out[w]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_json_is_read),
		cmocka_unit_test(envelopes_are_opened),
		cmocka_unit_test(s3_events_of_eventbridge_keep_their_evidence),
		cmocka_unit_test(plain_json_mode_opens_nothing),
		cmocka_unit_test(broken_records_cost_only_themselves),
		cmocka_unit_test(texts_that_end_early_are_damage),
		cmocka_unit_test(growing_texts_are_read_up_to_the_last_line),
		cmocka_unit_test(access_logs_are_numbered_by_line),
		cmocka_unit_test(a_growing_access_log_waits_for_its_line),
		cmocka_unit_test(a_text_is_consumed_by_whole_lines),
		cmocka_unit_test(long_lines_are_refused_and_passed_over),
		cmocka_unit_test(records_over_the_limit_are_passed_over),
		cmocka_unit_test(a_lost_quote_does_not_swallow_the_file),
		cmocka_unit_test(damaged_gzip_gives_what_can_be_read),
		cmocka_unit_test(strange_bytes_pass_through),
		cmocka_unit_test(identity_is_the_event_or_the_line),
		cmocka_unit_test(time_field_names_where_the_time_is),
		cmocka_unit_test(a_10_mib_string_is_one_record),
		cmocka_unit_test(endless_nesting_does_not_stall),
		cmocka_unit_test(broken_records_are_passed_in_linear_time),
		cmocka_unit_test(a_changed_byte_costs_one_record),
		cmocka_unit_test(mutated_texts_end_alike_in_every_window),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
