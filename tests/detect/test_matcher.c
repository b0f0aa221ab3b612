/*
 * Rule sets at work: dispatch against judging every rule, logsources, what is told
 * of a match, limits of regexes, and one set in two threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <cjson/cJSON.h>
#include <zlib.h>

#include "detect/judge.h"
#include "detect/matcher.h"

static struct ruleset *
load(const char *text)
{
	struct ruleset_options o = { 0 };
	struct errs es = { 0 };
	struct ruleset *set;

	set = ruleset_load_text("r.yml", text, strlen(text), &o, &es);
	if (errs_fatal(&es) > 0)
		fail_msg("%u:%u: %s", es.list[0].line, es.list[0].col,
		    es.list[0].msg);
	errs_clear(&es);
	return set;
}

static size_t
run(struct judge *j, enum kind kind, const char *json, const uint32_t **hits)
{
	return matcher_run(j->matcher, judge_record(j, kind, json, strlen(json)),
	    hits, NULL, NULL);
}

/* The hits without dispatch: each rule's tree, one after the other. */
static size_t
run_plainly(struct judge *j, const struct record *rec, uint32_t *hits)
{
	size_t i, n = 0;

	matcher_begin(j->matcher, rec);
	for (i = 0; i < j->set->nrules; i++) {
		const struct rule *r = j->set->rules[i];

		if (r->root == NULL || r->info.silent || (rec->kind != KIND_JSON
		    && (r->info.kinds & (1u << rec->kind)) == 0))
			continue;
		if (matcher_node(j->matcher, r->root) == OUTCOME_YES)
			hits[n++] = (uint32_t)i;
	}
	return n;
}

struct tally {
	struct judge	 judge;
	uint32_t	*plain;
	size_t		 records, hits;
};

static void
compare_record(struct tally *t, enum kind kind, const char *json)
{
	const uint32_t *hits;
	size_t n, k;

	n = run(&t->judge, kind, json, &hits);
	for (k = 1; k < n; k++)
		assert_true(hits[k - 1] < hits[k]);
	t->hits += n;
	t->records++;
	{
		uint32_t *copy = xcalloc(n + 1, sizeof *copy);

		memcpy(copy, hits, n * sizeof *copy);
		k = run_plainly(&t->judge, &t->judge.rec, t->plain);
		if (k != n || memcmp(copy, t->plain, n * sizeof *copy) != 0)
			fail_msg("dispatch %zu hits, plainly %zu: %s", n, k,
			    json);
		free(copy);
	}
}

static void
compare_file(struct tally *t, const char *path)
{
	struct stat st;
	cJSON *all, *one;
	char *text, *json;
	FILE *f;

	if (stat(path, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_size > 4 << 20 || (f = fopen(path, "r")) == NULL)
		return;
	text = xmalloc((size_t)st.st_size + 1);
	text[fread(text, 1, (size_t)st.st_size, f)] = '\0';
	fclose(f);
	if ((all = cJSON_Parse(text)) != NULL) {
		cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(all,
		    "Records")) {
			json = cJSON_PrintUnformatted(one);
			compare_record(t, KIND_CLOUDTRAIL, json);
			if (t->records % 7 == 0)
				compare_record(t, KIND_JSON, json);
			cJSON_free(json);
		}
		cJSON_Delete(all);
	}
	free(text);
}

/* Gzip'd, one record a line. */
static void
compare_lines(struct tally *t, const char *path)
{
	size_t size = 4 << 20;
	char *line = xmalloc(size);
	gzFile f;

	if ((f = gzopen(path, "rb")) != NULL) {
		while (gzgets(f, line, (int)size) != NULL) {
			line[strcspn(line, "\n")] = '\0';
			compare_record(t, KIND_CLOUDTRAIL, line);
		}
		gzclose(f);
	}
	free(line);
}

static void
compare_folder(struct tally *t, const char *folder)
{
	struct dirent *e;
	char path[8192];
	DIR *d;

	if ((d = opendir(folder)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		compare_file(t, path);
	}
	closedir(d);
}

static void
dispatch_finds_what_judging_every_rule_finds(void **state)
{
	struct errs es = { 0 };
	struct tally t = { .records = 0 };
	char a[4096], b[4096], folder[4096];
	const char *paths[3] = { judge_shared("corpus/sigma/rules/rules", a,
	    sizeof a), judge_shared("corpus/suzaku-rules/rules", b, sizeof b),
	    NULL };
	struct ruleset_options o = { .paths = paths };
	struct ruleset *set;

	(void)state;
	if (access(a, R_OK) == -1) {
		print_message("reference data is absent: %s\n", a);
		skip();
	}
	set = ruleset_load(&o, &es);
	assert_non_null(set);
	judge_start(&t.judge, set);
	t.plain = xcalloc(ruleset_count(set), sizeof *t.plain);
	compare_lines(&t, judge_shared("corpus/invictus/records.jsonl.gz", folder,
	    sizeof folder));
	compare_folder(&t, judge_shared("corpus/stratus", folder,
	    sizeof folder));
	printf("# %zu records, %zu hits\n", t.records, t.hits);
	assert_true(t.records > 1000);
	assert_true(t.hits > 100);
	free(t.plain);
	judge_end(&t.judge);
	ruleset_free(set);
	errs_clear(&es);
}

/* Small rules and records made by chance out of few fields and values. */
static uint32_t seed = 1;

static unsigned
chance(unsigned n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 10) % n;
}

static void
random_condition(struct buf *out, int depth)
{
	unsigned what = chance(depth > 3 ? 2 : 7);

	switch (what) {
	case 0:
	case 1:
		buf_addf(out, "s%u", chance(5));
		break;
	case 2:
		buf_adds(out, "not ");
		random_condition(out, depth + 1);
		break;
	case 3:
		buf_adds(out, chance(2) ? "1 of s*" : "all of s*");
		break;
	default:
		buf_addc(out, '(');
		random_condition(out, depth + 1);
		buf_adds(out, what % 2 ? " and " : " or ");
		random_condition(out, depth + 1);
		buf_addc(out, ')');
		break;
	}
}

static void
random_rules(struct buf *out)
{
	static const char *const keys[] = { "f", "g", "h.i", "f|neq", "g|cased",
	    "h.i|contains", "f|startswith", "g|exists" };
	unsigned r, s, i, n, k;

	for (r = 0; r < 6; r++) {
		buf_addf(out, "---\ntitle: r%u\nlogsource: {product: aws}\n"
		    "detection:\n", r);
		for (s = 0; s < 5; s++) {
			buf_addf(out, "  s%u:\n", s);
			n = chance(3);
			for (i = 0; i <= n; i++) {
				k = chance(8);
				buf_addf(out, n > 1 ? "  - %s: " : "   %s: ",
				    n > 1 || i == 0 ? keys[k] : i == 1 ?
				    "f|endswith" : "g|re");
				if ((n > 1 || i == 0) && k == 7)
					buf_adds(out, "true\n");
				else
					buf_addf(out, "[%c, %c%c]\n",
					    'a' + (int)chance(3),
					    'A' + (int)chance(3),
					    'a' + (int)chance(3));
			}
		}
		buf_adds(out, "  condition: ");
		random_condition(out, 0);
		buf_addc(out, '\n');
	}
}

static void
random_record(struct buf *out)
{
	static const char *const values[] = { "\"a\"", "\"B\"", "\"ab\"",
	    "[\"a\",\"cb\"]", "null", "{\"i\":\"b\"}", "\"c\"", "[]",
	    "[{\"i\":\"A\"},{\"i\":\"Ca\"}]" };

	buf_addf(out, "{\"f\":%s,\"g\":%s,\"h\":%s}", values[chance(9)],
	    values[chance(9)], values[chance(9)]);
}

static void
dispatch_holds_for_any_condition(void **state)
{
	struct buf rules = BUF_INIT(1 << 20), record = BUF_INIT(4096);
	struct tally t = { .records = 0 };
	size_t dispatched = 0, k;
	int i, n;

	(void)state;
	for (i = 0; i < 300; i++) {
		buf_reset(&rules);
		random_rules(&rules);
		judge_start(&t.judge, load(buf_text(&rules)));
		t.plain = xcalloc(ruleset_count(t.judge.set), sizeof *t.plain);
		for (k = 0; k < t.judge.set->nrules; k++)
			dispatched +=
			    t.judge.set->rules[k]->dispatch[KIND_JSON] >= 0;
		for (n = 0; n < 40; n++) {
			buf_reset(&record);
			random_record(&record);
			compare_record(&t, KIND_JSON, buf_text(&record));
		}
		free(t.plain);
		ruleset_free(t.judge.set);
		judge_end(&t.judge);
	}
	printf("# %zu records, %zu hits, %zu rules dispatched\n", t.records,
	    t.hits, dispatched);
	assert_true(dispatched > 100);
	assert_true(t.hits > 1000);
	buf_clear(&rules);
	buf_clear(&record);
}

static void
logsources_pick_kinds_of_records(void **state)
{
	static const struct { const char *logsource; unsigned kinds; } cases[] = {
		{ "{product: aws, service: cloudtrail}", 1 << KIND_CLOUDTRAIL },
		{ "{service: cloudtrail}", 1 << KIND_CLOUDTRAIL },
		{ "{product: aws, service: s3access}", 1 << KIND_S3ACCESS },
		{ "{product: aws, service: s3notification}",
		    1 << KIND_S3NOTIFICATION },
		{ "{product: aws}", 7 }, { "{category: storage}", 7 },
		{ "{product: aws, category: storage}", 7 },
		{ "{category: storage, service: s3access}", 1 << KIND_S3ACCESS },
		{ "{product: aws, service: guardduty}", 0 },
		{ "{product: aws, category: dns}", 0 },
		{ "{product: windows}", 0 },
		{ "{category: process_creation, product: windows}", 0 },
		{ "{product: windows, service: cloudtrail}", 0 },
		{ "{product: aws, service: cloudtrail, definition: x}",
		    1 << KIND_CLOUDTRAIL },
	};
	char text[512];
	struct ruleset *set;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "title: t\nlogsource: %s\n"
		    "detection: {s: {f: 1}, condition: s}\n",
		    cases[i].logsource);
		set = load(text);
		if (ruleset_info(set, 0)->kinds != cases[i].kinds)
			fail_msg("%s: %u", cases[i].logsource,
			    ruleset_info(set, 0)->kinds);
		ruleset_free(set);
	}
}

static void
records_meet_only_rules_of_their_kind(void **state)
{
	struct ruleset *set = load("title: a\nlogsource: {service: cloudtrail}\n"
	    "detection: {s: {f: 1}, condition: s}\n---\n"
	    "title: b\nlogsource: {service: s3access}\n"
	    "detection: {s: {f: 1}, condition: s}\n---\n"
	    "title: c\nlogsource: {product: windows}\n"
	    "detection: {s: {f: 1}, condition: s}\n");
	const uint32_t *hits;
	struct judge j;

	(void)state;
	judge_start(&j, set);
	assert_int_equal(run(&j, KIND_CLOUDTRAIL, "{\"f\":1}", &hits), 1);
	assert_int_equal(hits[0], 0);
	assert_int_equal(run(&j, KIND_S3ACCESS, "{\"f\":1}", &hits), 1);
	assert_int_equal(hits[0], 1);
	assert_int_equal(run(&j, KIND_S3NOTIFICATION, "{\"f\":1}", &hits), 0);
	assert_int_equal(run(&j, KIND_JSON, "{\"f\":1}", &hits), 3);
	assert_int_equal(ruleset_fields(set, KIND_S3NOTIFICATION)->n, 0);
	judge_end(&j);
	ruleset_free(set);
}

static void
storage_rules_use_the_common_fields(void **state)
{
	struct ruleset *set = load("title: a\nlogsource: {category: storage}\n"
	    "detection: {s: {time: 1, bucket: b, x: y}, condition: s}\n---\n"
	    "title: b\nlogsource: {service: s3access}\n"
	    "detection: {s: {time: 1, key: k}, condition: s}\n");
	const struct fieldset *fs = ruleset_fields(set, KIND_S3ACCESS);

	(void)state;
	assert_true(fs->common[COMMON_TIME] >= 0);
	assert_true(fs->common[COMMON_BUCKET] >= 0);
	assert_int_equal(fs->common[COMMON_KEY], -1);
	assert_int_equal(fs->n, 5);	/* time twice, bucket, x, key */
	assert_true(fieldset_find(fs, "time") >= 0);
	assert_true(fieldset_find(fs, "time") != fs->common[COMMON_TIME]);
	ruleset_free(set);
}

static void
keywords_look_at_the_line_of_an_access_log(void **state)
{
	struct ruleset *set = load("title: a\nlogsource: {service: s3access}\n"
	    "detection: {s: ['REST.PUT.ACL'], condition: s}\n");
	const uint32_t *hits;
	struct judge j;

	(void)state;
	judge_start(&j, set);
	assert_int_equal(run(&j, KIND_S3ACCESS,
	    "owner bucket [06/Feb/2019] rest.put.acl key", &hits), 1);
	assert_int_equal(run(&j, KIND_S3ACCESS, "{\"REST.PUT\": \"ACL\"}",
	    &hits), 0);
	judge_end(&j);
	ruleset_free(set);
}

static void
counted_rules_alert_nobody(void **state)
{
	struct ruleset *set = load("title: a\nname: a\nlogsource: {product: aws}"
	    "\ndetection: {s: {f: 1}, condition: s}\n---\n"
	    "title: b\ncorrelation: {type: event_count, rules: [a], timespan: "
	    "1m, condition: {gte: 2}}\n");
	const uint32_t *hits;
	struct judge j;

	(void)state;
	assert_true(ruleset_info(set, 0)->silent);
	assert_true(ruleset_info(set, 1)->correlation);
	judge_start(&j, set);
	assert_int_equal(run(&j, KIND_JSON, "{\"f\":1}", &hits), 0);
	judge_end(&j);
	ruleset_free(set);
}

static void
rules_carry_what_alerts_need(void **state)
{
	struct ruleset *set = load("title: T\nid: I\nname: N\nstatus: test\n"
	    "author: [A, B]\ndescription: D\nlevel: critical\ntags: [x, y]\n"
	    "references:\nfalsepositives: none\n"
	    "logsource: {product: aws, service: cloudtrail}\n"
	    "detection: {s: {f: 1}, condition: s}\n---\n"
	    "title: only\nlogsource: {product: aws}\n"
	    "detection: {s: {f: 1}, condition: s}\n");
	const struct rule_info *r = ruleset_info(set, 0);

	(void)state;
	assert_string_equal(r->alert.title, "T");
	assert_string_equal(r->alert.id, "I");
	assert_string_equal(r->name, "N");
	assert_string_equal(r->status, "test");
	assert_string_equal(r->alert.author, "A, B");
	assert_string_equal(r->alert.description, "D");
	assert_int_equal(r->alert.level, LEVEL_CRITICAL);
	assert_string_equal(r->alert.tags[1], "y");
	assert_null(r->alert.tags[2]);
	assert_null(r->alert.references);
	assert_string_equal(r->alert.falsepositives[0], "none");
	assert_string_equal(r->logsource, "product=aws/service=cloudtrail");
	assert_string_equal(r->file, "r.yml");
	assert_int_equal(r->line, 1);
	r = ruleset_info(set, 1);
	assert_string_equal(r->alert.id, "only");
	assert_int_equal(r->alert.level, LEVEL_MEDIUM);
	assert_int_equal(r->line, 14);
	ruleset_free(set);
}

static void
expect_matched(const char *detection, const char *json, const char *want)
{
	struct buf out = BUF_INIT(1 << 20);
	const uint32_t *hits;
	struct ruleset *set;
	struct judge j;
	char text[1024];
	cJSON *check;

	snprintf(text, sizeof text, "title: t\nlogsource: {product: aws}\n"
	    "detection: %s\n", detection);
	set = load(text);
	judge_start(&j, set);
	assert_int_equal(run(&j, KIND_JSON, json, &hits), 1);
	matcher_matched(j.matcher, &j.rec, 0, &out);
	assert_string_equal(buf_text(&out), want);
	assert_non_null(check = cJSON_Parse(buf_text(&out)));
	cJSON_Delete(check);
	judge_end(&j);
	ruleset_free(set);
	buf_clear(&out);
}

#define SAW(s, f, v) "{\"selection\":\"" s "\",\"field\":\"" f "\",\"value\":" v "}"

static void
matches_say_what_made_them(void **state)
{
	(void)state;
	expect_matched("{s: {f: a, g|contains: b}, condition: s}",
	    "{\"f\":\"A\",\"g\":[\"x\",\"abc\"]}",
	    "[" SAW("s", "f", "\"A\"") "," SAW("s", "g", "\"abc\"") "]");
	expect_matched("{s: {f: a}, t: {g: b}, condition: 1 of them}",
	    "{\"g\":\"b\"}", "[" SAW("t", "g", "\"b\"") "]");
	expect_matched("{s: {f: a}, t: {g: b}, condition: s and not t}",
	    "{\"f\":\"a\"}", "[" SAW("s", "f", "\"a\"") "]");
	expect_matched("{s: {f: null, g|exists: true, h|neq: 1}, condition: s}",
	    "{\"g\":5,\"h\":2}", "[" SAW("s", "f", "null") "," SAW("s", "g",
	    "\"5\"") "," SAW("s", "h", "\"2\"") "]");
	expect_matched("{s: [needle], condition: s}", "{\"a\":[1,\"a needle\"]}",
	    "[" SAW("s", "", "\"a needle\"") "]");
	expect_matched("{s: {f|contains|all: [a, b]}, condition: s}",
	    "{\"f\":[\"a\",\"c\",\"b\"]}", "[" SAW("s", "f", "\"a\"") ","
	    SAW("s", "f", "\"b\"") "]");
	expect_matched("{s: [{f: a}, {g: 1}], condition: s}", "{\"g\":1.0}",
	    "[" SAW("s", "g", "\"1\"") "]");
	expect_matched("{s: {f|contains: '\"k\":1'}, condition: s}",
	    "{\"f\":{\"k\": 1}}", "[" SAW("s", "f", "\"{\\\"k\\\":1}\"") "]");
}

static void
matched_values_are_cut_between_characters(void **state)
{
	struct buf json = BUF_INIT(8192), out = BUF_INIT(1 << 20);
	struct ruleset *set = load("title: t\nlogsource: {product: aws}\n"
	    "detection: {s: {f|contains: x}, condition: s}\n");
	const uint32_t *hits;
	struct judge j;
	cJSON *list;
	int i;

	(void)state;
	buf_adds(&json, "{\"f\":\"x");
	for (i = 0; i < 500; i++)
		buf_adds(&json, "\xf0\x9f\x94\xa5");
	buf_adds(&json, "\"}");
	judge_start(&j, set);
	assert_int_equal(run(&j, KIND_JSON, buf_text(&json), &hits), 1);
	matcher_matched(j.matcher, &j.rec, 0, &out);
	list = cJSON_Parse(buf_text(&out));
	assert_int_equal(strlen(cJSON_GetObjectItem(cJSON_GetArrayItem(list, 0),
	    "value")->valuestring), 1 + 63 * 4);
	assert_null(strstr(buf_text(&out), "ufffd"));
	cJSON_Delete(list);
	judge_end(&j);
	ruleset_free(set);
	buf_clear(&json);
	buf_clear(&out);
}

static void
rules_and_records_are_explained(void **state)
{
	struct ruleset *set = load("title: t\x20\nlogsource: {product: aws, "
	    "service: cloudtrail}\ndetection:\n  s:\n"
	    "    eventName: [DeleteTrail, StopLogging]\n    userAgent|contains: "
	    "x\n  n: {errorCode: null}\n  condition: s and not n\n---\n"
	    "title: u\nlogsource: {product: aws, service: cloudtrail}\n"
	    "detection: {s: {f|contains: a}, condition: s}\n");
	struct buf out = BUF_INIT(1 << 20);
	const uint32_t *hits;
	const char *text;
	struct judge j;

	(void)state;
	ruleset_explain(set, 0, &out);
	text = buf_text(&out);
	assert_non_null(strstr(text, "file: r.yml:1\n"));
	assert_non_null(strstr(text, "found by eventName = \"deletetrail\" or "
	    "\"stoplogging\""));
	assert_non_null(strstr(text, "userAgent|contains: \"x\""));
	buf_reset(&out);
	ruleset_explain(set, 1, &out);
	assert_non_null(strstr(buf_text(&out), "looked at for every record"));
	judge_start(&j, set);
	run(&j, KIND_CLOUDTRAIL, "{\"eventName\":\"StopLogging\","
	    "\"userAgent\":\"a\\u001b[2Jb\"}", &hits);
	buf_reset(&out);
	matcher_explain(j.matcher, &j.rec, 0, &out);
	text = buf_text(&out);
	assert_non_null(strstr(text, "the record does not match"));
	assert_non_null(strstr(text, "yes       eventName"));
	assert_non_null(strstr(text, " no       userAgent"));
	assert_non_null(strstr(text, "saw \"StopLogging\""));
	assert_null(strchr(text, '\x1b'));
	buf_reset(&out);
	j.rec.kind = KIND_S3ACCESS;
	matcher_explain(j.matcher, &j.rec, 0, &out);
	assert_non_null(strstr(buf_text(&out), "never sees"));
	judge_end(&j);
	ruleset_free(set);
	buf_clear(&out);
}

struct told {
	char	msg[1024];
	int	n;
};

static void
on_limit(void *arg, const char *msg)
{
	struct told *t = arg;

	t->n++;
	snprintf(t->msg, sizeof t->msg, "%s", msg);
}

static void
a_regex_at_its_limit_is_told_with_its_rule(void **state)
{
	struct ruleset *set = load("title: Slow one\nlogsource: {product: aws}\n"
	    "detection: {s: {f|re: '^(a+)+$'}, condition: s}\n---\n"
	    "title: Not slow\nlogsource: {product: aws}\n"
	    "detection: {s: {f|re: '^(a+)+$'}, condition: not s}\n---\n"
	    "title: Other way\nlogsource: {product: aws}\n"
	    "detection: {s: {f|re: ['^(a+)+$', '!$']}, condition: s}\n");
	static const char json[] = "{\"f\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaa!\"}";
	struct told told = { .n = 0 };
	const uint32_t *hits;
	struct judge j;
	int i;

	(void)state;
	judge_start(&j, set);
	for (i = 1; i <= 3; i++) {
		assert_int_equal(matcher_run(j.matcher, judge_record(&j,
		    KIND_JSON, json, strlen(json)), &hits, on_limit, &told), 1);
		assert_int_equal(hits[0], 2);
		assert_int_equal(told.n, 2 * i);	/* once a rule and record */
		assert_non_null(strstr(told.msg, "rule Not slow: the regex"));
	}
	assert_int_equal(run(&j, KIND_JSON, "{\"f\":\"aaa\"}", &hits), 2);
	judge_end(&j);
	ruleset_free(set);
}

static void
remembered_outcomes_belong_to_one_item_and_value(void **state)
{
	struct ruleset *set = load("title: a\nlogsource: {product: aws}\n"
	    "detection: {s: {f|contains: [x1, x2]}, condition: s}\n---\n"
	    "title: b\nlogsource: {product: aws}\n"
	    "detection: {s: {g|contains: [x1, x3]}, condition: s}\n---\n"
	    "title: c\nlogsource: {product: aws}\n"
	    "detection: {s: {f|contains|cased: [X1, X2]}, condition: s}\n");
	const uint32_t *hits;
	struct judge j;
	char json[128];
	int i;

	(void)state;
	judge_start(&j, set);
	for (i = 0; i < 20000; i++) {
		snprintf(json, sizeof json, "{\"f\":\"value %d x%d\",\"g\":\""
		    "value %d x%d\"}", i % 300, i % 4, i % 300, i % 4);
		assert_int_equal(run(&j, KIND_JSON, json, &hits),
		    i % 4 == 0 ? 0 : i % 4 == 1 ? 2 : 1);
	}
	assert_int_equal(run(&j, KIND_JSON, "{\"f\":\"value 1 X1\"}", &hits), 2);
	judge_end(&j);
	ruleset_free(set);
}

static void
folders_are_read_without_their_tests(void **state)
{
	static const char *const names[] = { "b.yml", "a.yaml", "a.test.yaml",
	    "note.txt", ".hidden.yml", "inner/c.yml" };
	char folder[] = "/tmp/rulesXXXXXX", path[512];
	const char *paths[2] = { folder, NULL };
	struct ruleset_options o = { .paths = paths };
	struct errs es = { 0 };
	struct ruleset *set;
	size_t i;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/inner", folder);
	mkdir(path, 0700);
	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		f = fopen(path, "w");
		fprintf(f, "title: %s\nlogsource: {product: aws}\ndetection: "
		    "{s: {f: 1}, condition: s}\n", names[i]);
		fclose(f);
	}
	set = ruleset_load(&o, &es);
	assert_non_null(set);
	assert_int_equal(es.count, 0);
	assert_int_equal(ruleset_count(set), 3);
	assert_string_equal(ruleset_info(set, 0)->alert.title, "a.yaml");
	assert_string_equal(ruleset_info(set, 1)->alert.title, "b.yml");
	assert_string_equal(ruleset_info(set, 2)->alert.title, "inner/c.yml");
	ruleset_free(set);
	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/inner", folder);
	rmdir(path);
	rmdir(folder);
	assert_null(ruleset_load(&o, &es));	/* gone now */
	assert_int_equal(errs_fatal(&es), 1);
	errs_clear(&es);
}

static void
twice_given_ids_are_noted(void **state)
{
	static const char rule[] = "title: a\nid: "
	    "0e95725d-7320-415d-80f7-004da920fc11\nname: n\n"
	    "logsource: {product: aws}\ndetection: {s: {f: 1}, condition: s}\n";
	struct ruleset_options o = { 0 };
	struct errs es = { 0 };
	char text[1024];

	(void)state;
	snprintf(text, sizeof text, "%s---\n%s", rule, rule);
	ruleset_free(ruleset_load_text("r", text, strlen(text), &o, &es));
	assert_int_equal(es.warnings, 2);
	assert_int_equal(errs_fatal(&es), 0);
	assert_int_equal(es.list[0].line, 7);
	errs_clear(&es);
}

static void *
worker(void *arg)
{
	struct judge j;
	const uint32_t *hits;
	char json[128];
	size_t sum = 0;
	int i;

	judge_start(&j, arg);
	for (i = 0; i < 3000; i++) {
		snprintf(json, sizeof json, "{\"f\":\"A%d\",\"g\":\"%d b\"}",
		    i % 20, i % 7);
		sum += run(&j, KIND_JSON, json, &hits);
	}
	judge_end(&j);
	return (void *)(uintptr_t)sum;
}

static void
one_set_serves_several_threads(void **state)
{
	struct ruleset *set = load("title: a\nlogsource: {product: aws}\n"
	    "detection: {s: {f: [a1, a2]}, condition: s}\n---\n"
	    "title: b\nlogsource: {product: aws}\n"
	    "detection: {s: {g|re: '[0-3] b'}, condition: s}\n");
	pthread_t threads[3];
	void *sums[3];
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, worker, set),
		    0);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], &sums[i]);
	assert_ptr_equal(sums[0], sums[1]);
	assert_ptr_equal(sums[0], sums[2]);
	assert_true((uintptr_t)sums[0] > 1000);
	ruleset_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dispatch_finds_what_judging_every_rule_finds),
		cmocka_unit_test(dispatch_holds_for_any_condition),
		cmocka_unit_test(logsources_pick_kinds_of_records),
		cmocka_unit_test(records_meet_only_rules_of_their_kind),
		cmocka_unit_test(storage_rules_use_the_common_fields),
		cmocka_unit_test(keywords_look_at_the_line_of_an_access_log),
		cmocka_unit_test(counted_rules_alert_nobody),
		cmocka_unit_test(rules_carry_what_alerts_need),
		cmocka_unit_test(matches_say_what_made_them),
		cmocka_unit_test(matched_values_are_cut_between_characters),
		cmocka_unit_test(rules_and_records_are_explained),
		cmocka_unit_test(a_regex_at_its_limit_is_told_with_its_rule),
		cmocka_unit_test(
		    remembered_outcomes_belong_to_one_item_and_value),
		cmocka_unit_test(folders_are_read_without_their_tests),
		cmocka_unit_test(twice_given_ids_are_noted),
		cmocka_unit_test(one_set_serves_several_threads),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
