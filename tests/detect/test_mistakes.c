/*
 * Mistakes in rules: each is told with its place and what was meant; notes refuse
 * nothing; and no text at all makes the reader crash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "detect/judge.h"

#define HEAD "title: t\nlogsource:\n    product: aws\ndetection:\n"

struct mistake {
	const char	*text;
	unsigned	 line, col;
	const char	*words;
};

static void
expect(const struct mistake *m, int note)
{
	struct ruleset_options o = { 0 };
	struct errs es = { 0 };
	struct ruleset *set;
	size_t i;

	set = ruleset_load_text("r.yml", m->text, strlen(m->text), &o, &es);
	for (i = 0; i < es.n; i++)
		if (!es.is_warning[i] == !note && es.list[i].line == m->line &&
		    es.list[i].col == m->col && strstr(es.list[i].msg, m->words))
			break;
	if (i == es.n) {
		for (i = 0; i < es.n; i++)
			printf("# got %u:%u: %s\n", es.list[i].line,
			    es.list[i].col, es.list[i].msg);
		fail_msg("no \"%u:%u: %s\" for\n%s", m->line, m->col, m->words,
		    m->text);
	}
	assert_string_equal(es.list[i].file, "r.yml");
	if (note)
		assert_int_equal(errs_fatal(&es), 0);
	ruleset_free(set);
	errs_clear(&es);
}

static void
mistakes_have_their_places(void **state)
{
	static const struct mistake cases[] = {
		{ HEAD "  s:\n    f|containz: a\n  condition: s\n", 6, 7,
		    "\"contains\" is one" },
		{ HEAD "  s:\n    f|all|startwith: [a, b]\n  condition: s\n", 6,
		    11, "\"startswith\" is one" },
		{ HEAD "  s:\n    'f|nosuchthing': a\n  condition: s\n", 6, 8,
		    "unknown modifier" },
		{ HEAD "  s:\n    f|contains: 5\n  condition: s\n", 6, 17,
		    "needs text, not 5" },
		{ HEAD "  s:\n    f|contains:\n      - ok\n      - 5\n"
		    "  condition: s\n", 8, 9, "needs text" },
		{ HEAD "  s:\n    f|gt: many\n  condition: s\n", 6, 11,
		    "|gt needs a number" },
		{ HEAD "  s:\n    f|re: '('\n  condition: s\n", 6, 11,
		    "regular expression" },
		{ HEAD "  s:\n    f|cidr: 10.0.0.0/99\n  condition: s\n", 6, 13,
		    "needs a network" },
		{ HEAD "  s:\n    f|contains|startswith: a\n  condition: s\n", 6,
		    7, "cannot stand together" },
		{ HEAD "  s:\n    f|fieldref|re: g\n  condition: s\n", 6, 7,
		    "|fieldref compares two fields and does not go with |re" },
		{ HEAD "  s:\n    f|expand: 'a %who% b'\n  condition: s\n", 6, 18,
		    "%who%" },
		{ HEAD "  s:\n    f: [a, null]\n  condition: s\n", 6, 12,
		    "null" },
		{ HEAD "  s:\n    f: {g: h}\n  condition: s\n", 6, 8,
		    "written with a dot" },
		{ HEAD "  s:\n  condition: s\n", 5, 3, "is empty" },
		{ HEAD "  s: {f: 1}\n", 5, 3, "no \"condition\"" },
		{ HEAD "  selection: {f: 1}\n  condition: selction and x\n", 6,
		    14, "\"selection\" is one" },
		{ HEAD "  s: {f: 1}\n  condition: s and nobody\n", 6, 20,
		    "no search identifier \"nobody\"" },
		{ HEAD "  s: {f: 1}\n  condition: 's AND s'\n", 6, 17,
		    "lower case: \"and\"" },
		{ HEAD "  s: {f: 1}\n  condition: s | count() by x > 5\n", 6, 16,
		    "\"| count()\"" },
		{ HEAD "  s: {f: 1}\n  condition: s | near x\n", 6, 16,
		    "\"| near\"" },
		{ HEAD "  s: {f: 1}\n  condition: 1 of x*\n", 6, 19,
		    "no search identifier fits" },
		{ HEAD "  s: {f: 1}\n  condition: (s\n", 6, 14, "never closed" },
		{ HEAD "  s: {f: 1}\n  condition: three of s\n", 6, 14,
		    "only \"1 of\"" },
		{ HEAD "  s:\n    - a\n    - f: b\n  condition: s\n", 7, 7,
		    "not a mixture" },
		{ "title: t\ndetection:\n  s: {f: 1}\n  condition: s\n", 1, 1,
		    "no \"logsource\"" },
		{ "logsource: {product: aws}\ndetection: {s: {f: 1}, "
		    "condition: s}\n", 1, 1, "no \"title\"" },
		{ "title: t\nlogsource: {product: aws}\nlevel: hihg\ndetection: "
		    "{s: {f: 1}, condition: s}\n", 3, 8, "\"high\" was meant" },
		{ "title: t\n", 1, 1, "no detection, correlation or filter" },
		/* misplaced and misspelt keys */
		{ "title: t\nlogsource: {product: aws}\nDetection:\n  s: {f: 1}\n"
		    "  condition: s\n", 3, 1, "meant as \"detection\"" },
		{ "title: t\nlogsource: {product: aws}\ndetections:\n  s: {f: 1}\n"
		    "  condition: s\n", 3, 1, "meant as \"detection\"" },
		{ "title: t\nCORRELATION: {type: event_count}\n", 2, 1,
		    "meant as \"correlation\"" },
		{ HEAD "  s: {f: 1}\n  conditions: s\n", 6, 3,
		    "\"conditions\" was meant as it" },
		{ HEAD "  s: {f: 1}\n  Condition: s\n", 6, 3,
		    "\"Condition\" was meant as it" },
		{ HEAD "  s: {f: 1}\ncondition: s\n", 6, 1,
		    "belongs inside of \"detection\"" },
		{ HEAD "  s:\n    f: 1\n    condition: s\n", 7, 5,
		    "stands inside of \"s\"" },
		{ HEAD "  s:\n    - f: 1\n      condition: s\n", 7, 7,
		    "stands inside of \"s\"" },
		{ HEAD "  s: {f: 1}\n  condition:\n", 6, 3, "is empty" },
		/* slips in conditions */
		{ HEAD "  s_1: {f: 1}\n  condition: all s_*\n", 6, 14,
		    "\"all of s_*\" was meant" },
		{ HEAD "  s_1: {f: 1}\n  condition: s_1 and not 1 s_*\n", 6, 26,
		    "\"1 of s_*\" was meant" },
		{ HEAD "  s: {f: 1}\n  condition: any them\n", 6, 14,
		    "\"any of them\" was meant" },
		{ HEAD "  s: {f: 1}\n  condition: them\n", 6, 14,
		    "\"1 of them\" or \"all of them\"" },
		{ HEAD "  s_1: {f: 1}\n  condition: not s_*\n", 6, 18,
		    "\"1 of s_*\" or \"all of s_*\"" },
		{ HEAD "  s: {f: 1}\n  condition: s && s\n", 6, 16,
		    "\"and\" was meant" },
		{ HEAD "  s: {f: 1}\n  condition: s&&s\n", 6, 15,
		    "\"and\" was meant" },
		{ HEAD "  s: {f: 1}\n  condition: s || s\n", 6, 16,
		    "\"or\" was meant" },
		{ HEAD "  s: {f: 1}\n  condition: s | s\n", 6, 16,
		    "\"or\" was meant" },
		{ HEAD "  s: {f: 1}\n  condition: '!s'\n", 6, 15,
		    "\"not\" was meant" },
		{ HEAD "  s: {f: 1}\n  condition: s and !(s)\n", 6, 20,
		    "\"not\" was meant" },
		{ HEAD "  s: {f: 1}\n  condition: s ! s\n", 6, 16,
		    "\"not\" was meant" },
		/* conditions over several lines */
		{ HEAD "  s: {f: 1}\n  condition: >\n    s and\n    not nobody\n", 8,
		    9, "\"nobody\"" },
		{ HEAD "  s: {f: 1}\n  condition: |\n    s\n    and nobody\n", 8, 9,
		    "\"nobody\"" },
		{ HEAD "  s: {f: 1}\n  condition: s and\n    nobody\n", 7, 5,
		    "\"nobody\"" },
		{ "title: t\ntitle: u\n", 2, 1, "stands twice" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(&cases[i], 0);
}

static void
all_mistakes_of_a_file_are_told_at_once(void **state)
{
	static const char text[] = HEAD "  s:\n    f|nope: a\n    g|gt: x\n"
	    "  u:\n    h|re: '['\n  condition: s and nobody\n---\n- list\n---\n"
	    "title: good\nlogsource: {product: aws}\n"
	    "detection: {s: {f: 1}, condition: s}\n";
	struct ruleset_options o = { 0 };
	struct errs es = { 0 };
	struct ruleset *set;

	(void)state;
	set = ruleset_load_text("r", text, strlen(text), &o, &es);
	assert_int_equal(errs_fatal(&es), 5);
	assert_int_equal(ruleset_count(set), 1);	/* the right one stays */
	assert_string_equal(ruleset_info(set, 0)->alert.title, "good");
	ruleset_free(set);
	errs_clear(&es);
}

#define BASE "title: base\nid: base-1\nname: base\nlogsource: {product: aws}\n" \
    "detection: {s: {f: 1}, condition: s}\n---\ntitle: c\n"

static void
wrong_correlations_are_refused(void **state)
{
	static const struct { const char *text, *words; } cases[] = {
		{ "correlation: {type: test, rules: [base], timespan: 1m, "
		  "condition: {gte: 1}}", "unknown correlation type" },
		{ "correlation: {type: event_cont, rules: [base], timespan: 1m, "
		  "condition: {gte: 1}}", "\"event_count\" is one" },
		{ "correlation: {rules: [base], timespan: 1m, condition: "
		  "{gte: 1}}", "no \"type\"" },
		{ "correlation: {type: event_count, timespan: 1m, condition: "
		  "{gte: 1}}", "no \"rules\"" },
		{ "correlation: {type: event_count, rules: [], timespan: 1m, "
		  "condition: {gte: 1}}", "no \"rules\"" },
		{ "correlation: {type: event_count, rules: [nobody], timespan: "
		  "1m, condition: {gte: 1}}", "\"nobody\"" },
		{ "correlation: {type: event_count, rules: [base], timespan: 10, "
		  "condition: {gte: 1}}", "like 15m" },
		{ "correlation: {type: event_count, rules: [base], timespan: 10x, "
		  "condition: {gte: 1}}", "like 15m" },
		{ "correlation: {type: event_count, rules: [base], condition: "
		  "{gte: 1}}", "no \"timespan\"" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m}",
		  "needs a \"condition\"" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		  "condition: {}}", "compares nothing" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		  "condition: {more: 1}}", "no key" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		  "condition: {gte: x}}", "is a number" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		  "condition: a and b}", "only temporal" },
		{ "correlation: {type: value_count, rules: [base], timespan: 1m, "
		  "condition: {gte: 1}}", "needs a \"field\"" },
		{ "correlation: {type: value_sum, rules: [base], timespan: 1m, "
		  "condition: {gte: 1, field: [a, b]}}", "several fields" },
		{ "correlation: {type: value_percentile, rules: [base], timespan: "
		  "1m, condition: {gte: 1, field: a, percentile: 101}}",
		  "from 0 to 100" },
		{ "correlation: {type: temporal, rules: [base], timespan: 1m, "
		  "condition: base and other}", "not one of the correlation" },
		{ "correlation: {type: temporal, timespan: 1m, "
		  "condition: base and}", "ends where" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		  "condition: {gte: 1}, groupby: [a]}", "\"group-by\" is one" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		  "condition: {gte: 1}, group-by: {a: b}}", "holds text" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		  "condition: {gte: 1}, aliases: [a]}", "is a map" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		  "condition: {gte: 1}, generate: maybe}", "true or false" },
		{ "correlation: {type: anomaly_rate, rules: [base], condition: "
		  "{gte: 2, field: a}}", "has no \"field\"" },
		{ "correlation: {type: anomaly_sum, rules: [base]}",
		  "needs a \"condition\"" },
		{ "correlation: {type: anomaly_new, rules: [base], condition: "
		  "{gte: 2}}", "needs a \"field\"" },
		{ "correlation: {type: anomaly_rate, rules: [base], anomaly: "
		  "{direction: left}}", "up, down or both" },
		{ "correlation: {type: anomaly_rate, rules: [base], anomaly: "
		  "{flor: 5}}", "\"floor\" is one" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		  "condition: {gte: 1}, anomaly: {floor: 5}}", "anomaly_*" },
		{ "correlation: [a]", "is a map" },
		{ "id: c-1\ncorrelation: {type: event_count, rules: [c-1], "
		  "timespan: 1m, condition: {gte: 1}}", "in a circle" },
		{ "name: c1\ncorrelation: {type: event_count, rules: [c2], "
		  "timespan: 1m, condition: {gte: 1}}\n---\ntitle: d\nname: c2\n"
		  "correlation: {type: event_count, rules: [c1], timespan: 1m, "
		  "condition: {gte: 1}}", "in a circle" },
		{ "correlation: {type: event_count, rules: [broken], timespan: "
		  "1m, condition: {gte: 1}}\n---\ntitle: broken\nlogsource: "
		  "{product: aws}\ndetection: {s: {'f|nope': 1}, condition: s}",
		  "was refused" },
	};
	struct ruleset_options o = { 0 };
	struct errs es = { 0 };
	struct ruleset *set;
	char text[2048];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "%s%s\n", BASE, cases[i].text);
		set = ruleset_load_text("r", text, strlen(text), &o, &es);
		for (k = 0; k < es.n; k++)
			if (!es.is_warning[k] && es.list[k].line > 6 &&
			    strstr(es.list[k].msg, cases[i].words))
				break;
		if (k == es.n)
			fail_msg("%s: %s", cases[i].text, es.n > 0 ?
			    es.list[0].msg : "no mistake");
		for (k = 0; k < ruleset_count(set); k++)
			assert_false(ruleset_info(set, k)->correlation);
		assert_false(ruleset_info(set, 0)->silent);
		ruleset_free(set);
		errs_clear(&es);
	}
}

static void
good_correlations_are_kept(void **state)
{
	static const char *const cases[] = {
		"correlation: {type: event_count, rules: base, timespan: 1m, "
		    "condition: {gt: 2, lte: 5}}",
		"correlation: {type: value_count, rules: [base-1], group-by: u, "
		    "timespan: 24h, condition: {gte: 3, field: [a, b]}}",
		"correlation: {type: temporal, rules: [base], timespan: 7d}",
		"correlation: {type: temporal_ordered, rules: [base], timespan: "
		    "1w}",
		"correlation: {type: temporal, timespan: 1M, condition: not (base "
		    "or base)}",
		"correlation: {type: value_percentile, rules: [base], timespan: "
		    "1y, condition: {lte: 1, field: a, percentile: 99}}",
		"correlation: {type: value_median, rules: [base], timespan: 30s, "
		    "condition: {neq: 1.5, field: a}}",
		"correlation: {type: event_count, rules: [base], timespan: 1m, "
		    "condition: {gte: 1}, group-by: [x], aliases: {x: {base: f}}}",
		"correlation: {type: anomaly_rate, rules: [base]}",
		"correlation: {type: anomaly_sum, rules: [base], timespan: 15m, "
		    "condition: {gte: 2.5, field: bytes_sent}, anomaly: {direction: "
		    "both, floor: 5, warmup: 3d, memory: 30d, lateness: 3h, budget: "
		    "0, entities: 100}}",
		"correlation: {type: anomaly_silence, rules: [base], timespan: "
		    "1h}",
		"correlation: {type: event_count, rules: [base], timespan: 1m, "
		    "condition: {gte: 1}, generate: true}\n---\ntitle: d\n"
		    "correlation: {type: event_count, rules: [c], timespan: 1m, "
		    "condition: {gte: 1}, generate: true}",
	};
	struct ruleset_options o = { 0 };
	struct errs es = { 0 };
	struct ruleset *set;
	char text[2048];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "%s%s\n", BASE, cases[i]);
		set = ruleset_load_text("r", text, strlen(text), &o, &es);
		if (errs_fatal(&es) > 0)
			fail_msg("%s: %s", cases[i], es.list[0].msg);
		assert_true(ruleset_info(set, 1)->correlation);
		assert_int_equal(ruleset_info(set, 0)->silent,
		    strstr(cases[i], "generate: true") == NULL);
		assert_int_equal(ruleset_info(set, 1)->kinds,
		    ruleset_info(set, 0)->kinds);
		ruleset_free(set);
		errs_clear(&es);
	}
}

static void
doubtful_things_are_noted_but_not_refused(void **state)
{
	static const struct mistake cases[] = {
		{ HEAD "  s:\n    f|all: [a, b]\n  condition: s\n", 6, 7,
		    "|all without |contains" },
		{ HEAD "  s:\n    f|base64offset: a\n  condition: s\n", 6, 7,
		    "|base64offset without |contains" },
		{ HEAD "  s: {f: 1}\n  unused: {g: 1}\n  condition: s\n", 6, 3,
		    "never used" },
		{ HEAD "  s: {f: 1}\n  condition: s\n  timeframe: 5m\n", 7, 14,
		    "old aggregations" },
		{ "titel: x\n" HEAD "  s: {f: 1}\n  condition: s\n", 1, 1,
		    "\"title\" is" },
		{ "id: nine\n" HEAD "  s: {f: 1}\n  condition: s\n", 1, 5,
		    "no UUID" },
		{ "status: fine\n" HEAD "  s: {f: 1}\n  condition: s\n", 1, 9,
		    "status is" },
		{ "title: t\nlogsource:\n  product: aws\n  service: cloudtrial\n"
		    "detection: {s: {f: 1}, condition: s}\n", 4, 12,
		    "\"cloudtrail\" is one" },
		{ "title: t\nlogsource:\ndetection: {s: {f: 1}, condition: s}\n",
		    2, 11, "every record of every kind" },
		{ "title: f\nfilter:\n  rules: any\n  s: {f: 1}\n"
		    "  condition: s\n", 5, 14, "no \"not\"" },
		{ "title: f\nfilter:\n  rules: [gone]\n  s: {f: 1}\n"
		    "  condition: not s\n", 3, 11, "\"gone\"" },
		{ HEAD "  s: {f: 1}\n  condition: s\n---\n", 8, 1,
		    "empty document" },
		{ "title: t\nlogsource:\n  product: AWS\n  service: cloudtrail\n"
		    "detection: {s: {f: 1}, condition: s}\n", 3, 12,
		    "\"aws\" is one" },
		{ "title: t\nlogsource: {product: aws, service: CloudTrail}\n"
		    "detection: {s: {f: 1}, condition: s}\n", 2, 36,
		    "\"cloudtrail\" is one" },
		{ "title: t\nlogsource: {service: S3Access}\n"
		    "detection: {s: {f: 1}, condition: s}\n", 2, 22,
		    "\"s3access\" is one" },
		{ "title: t\nlogsource:\n  product: aws\n  service: cloudtrail\n"
		    "  category: s3\ndetection: {s: {f: 1}, condition: s}\n", 5, 13,
		    "leave the category out" },
		{ "title: t\nlogsource: {product: aws, category: Storage}\n"
		    "detection: {s: {f: 1}, condition: s}\n", 2, 37,
		    "\"storage\" is one" },
		{ HEAD "  s:\n    EventName: x\n  condition: s\n", 6, 5,
		    "\"eventName\" is one" },
		{ HEAD "  s:\n    eventname|contains: x\n  condition: s\n", 6, 5,
		    "\"eventName\" is one" },
		{ HEAD "  s:\n    useridentity.arn: x\n  condition: s\n", 6, 5,
		    "\"userIdentity\" is one" },
		{ HEAD "  s:\n    f|fieldref: Eventname\n  condition: s\n", 6, 17,
		    "\"eventName\" is one" },
		{ "title: t\nlogsource: {service: s3access}\ndetection:\n"
		    "  s: {Remote_IP: x}\n  condition: s\n", 4, 7,
		    "\"remote_ip\" is one" },
		{ "title: t\nlogsource: {category: storage}\ndetection:\n"
		    "  s: {Actor: x}\n  condition: s\n", 4, 7,
		    "\"actor\" is one" },
		{ HEAD "  s: {f: 1}\n  condition: s\ncondition: s\n", 7, 1,
		    "means nothing here" },
		{ HEAD "  s:\n    f:\n      -a\n      -b\n  condition: s\n", 7, 7,
		    "these lines are one text" },
		{ BASE "correlation: {type: event_count, rules: [base], timespan: "
		    "1m, condition: {gte: 1}}\n", 7, 1,
		    "does not run correlations, nor the rule that only" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(&cases[i], 1);
}

/* What is meant as it stands is not noted. */
static void
good_rules_get_no_notes(void **state)
{
	static const char *const cases[] = {
		/* other products have other fields and categories */
		"logsource: {product: windows, category: process_creation}\n"
		    "detection: {s: {EventName: 1}, condition: s}\n",
		"logsource: {product: aws, service: guardduty}\n"
		    "detection: {s: {Resource: 1}, condition: s}\n",
		"logsource: {category: webserver}\n"
		    "detection: {s: {UserAgent: 1}, condition: s}\n",
		"logsource: {product: aws}\ndetection: {s: {eventName: 1, bucket: "
		    "2, remote_ip: 3, requestParameters.eventname: 4}, "
		    "condition: s}\n",
		"logsource: {product: aws, service: cloudtrail}\ndetection:\n"
		    "  s:\n    f:\n      - -a\n      - -b\n    g: -a\n"
		    "    h: a -b\n      -c\n  all: {f: 1}\n  condition: >\n"
		    "    s or\n    all\n",
	};
	struct ruleset_options o = { 0 };
	struct errs es = { 0 };
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "title: t\n%s", cases[i]);
		ruleset_free(ruleset_load_text("r", text, strlen(text), &o, &es));
		if (es.count > 0)
			fail_msg("%s%u: %s", text, es.list[0].line,
			    es.list[0].msg);
		errs_clear(&es);
	}
}

static void
what_is_not_run_is_counted(void **state)
{
	static const char *const cases[][2] = {
		{ "detection: {s: {f: 1}, condition: s}\nlogsource: {product: "
		    "aws}\n", NULL },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		    "condition: {gte: 1}}\n", "1 correlation is not run by this "
		    "version, nor is 1 rule that only correlations count" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		    "condition: {gte: 1}, generate: true}\n", "1 correlation is "
		    "not run by this version" },
		{ "correlation: {type: event_count, rules: [base], timespan: 1m, "
		    "condition: {gte: 1}}\n---\ntitle: d\ncorrelation: {type: "
		    "event_count, rules: [c], timespan: 1m, condition: {gte: 1}}\n",
		    "2 correlations are not run by this version, nor is 1 rule "
		    "that only correlations count" },
	};
	char text[1024], said[RULESET_UNRUN_MAX];
	struct ruleset_options o = { 0 };
	struct errs es = { 0 };
	struct ruleset *set;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "%s%s", BASE, cases[i][0]);
		set = ruleset_load_text("r", text, strlen(text), &o, &es);
		assert_int_equal(errs_fatal(&es), 0);
		if (cases[i][1] == NULL)
			assert_null(ruleset_unrun(set, said));
		else
			assert_string_equal(ruleset_unrun(set, said),
			    cases[i][1]);
		ruleset_free(set);
		errs_clear(&es);
	}
}

static void
unknown_keys_are_carried_in_silence(void **state)
{
	static const char text[] = "title: t\nlogsource: {product: aws}\n"
	    "detection: {s: {f: 1}, condition: s}\nx_custom: 5\n"
	    "regression_tests_path: a\nsimulation: [b]\nsigma-version: 3\n";
	struct ruleset_options o = { 0 };
	struct errs es = { 0 };

	(void)state;
	ruleset_free(ruleset_load_text("r", text, strlen(text), &o, &es));
	assert_int_equal(es.count, 0);
	errs_clear(&es);
}

/* Texts made of good ones with bytes and lines changed. */
static void
mutated_rules_never_crash(void **state)
{
	static const char *const seeds[] = {
		HEAD "  s:\n    - f|windash|contains|all: ['-a', \"/b*?\"]\n"
		    "      g|re|i: '(a|b)+\\d{2,3}'\n    - h|cidr: ['10.0.0.0/8']\n"
		    "  k:\n    - word\n    - 5\n  _x: {'|all': [a, b]}\n"
		    "  condition: (1 of s* or not k) and all of _*\nlevel: high\n",
		BASE "correlation: {type: temporal_ordered, rules: [base], "
		    "timespan: 5m, group-by: [u], aliases: {u: {base: f}}, "
		    "condition: {gte: 1}}\n---\ntitle: f\nfilter:\n  rules: any\n"
		    "  q: {f|base64offset|contains: abc}\n  condition: not q\n",
		"action: global\ntitle: g\n" HEAD "  condition: s\n---\n"
		    "detection:\n  s: {f|wide|base64: abc, g|hour|gte: 5}\n---\n"
		    "action: repeat\ndetection: {s: {h|expand: '%x%', "
		    "i|fieldref: j}}\n",
	};
	static const char bytes[] = "|*?%\\'\"[]{}()&*!-:#\n ,~a5\xc3\xff";
	static const char *const values[] = { "v", NULL };
	static const struct placeholder given = { "x", values };
	struct ruleset_options o = { .placeholders = &given, .nplaceholders = 1 };
	struct errs es = { 0 };
	struct ruleset *set;
	struct judge j;
	const uint32_t *hits;
	char text[1024];
	uint32_t x = 99;
	size_t len, at, n, loaded = 0;
	int i, k;

	(void)state;
	for (i = 0; i < 6000; i++) {
		len = strlen(seeds[i % 3]);
		memcpy(text, seeds[i % 3], len);
		for (k = 0; k < 1 + i % 5; k++) {
			x = x * 1664525 + 1013904223;
			at = (x >> 9) % len;
			if (x % 3 == 0) {		/* a piece moves */
				n = (x >> 5) % (len - at) % 20;
				memmove(text + at, text + (x >> 11) % (len - n),
				    n);
			} else
				text[at] = bytes[(x >> 24) %
				    (sizeof bytes - 1)];
		}
		set = ruleset_load_text("m", text, len, &o, &es);
		if (ruleset_count(set) > 0) {
			static const char json[] = "{\"f\":[\"-a /bx\",5,null],"
			    "\"g\":\"ab12\",\"h\":\"10.1.1.1\",\"i\":{\"j\":1},"
			    "\"u\":\"word\"}";
			struct buf out = BUF_INIT(1 << 20);

			loaded++;
			judge_start(&j, set);
			matcher_run(j.matcher, judge_record(&j, KIND_JSON, json,
			    strlen(json)), &hits, NULL, NULL);
			matcher_explain(j.matcher, &j.rec, 0, &out);
			matcher_matched(j.matcher, &j.rec, 0, &out);
			judge_end(&j);
			buf_clear(&out);
		}
		ruleset_free(set);
		errs_clear(&es);
	}
	assert_true(loaded > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_have_their_places),
		cmocka_unit_test(all_mistakes_of_a_file_are_told_at_once),
		cmocka_unit_test(wrong_correlations_are_refused),
		cmocka_unit_test(good_correlations_are_kept),
		cmocka_unit_test(doubtful_things_are_noted_but_not_refused),
		cmocka_unit_test(good_rules_get_no_notes),
		cmocka_unit_test(what_is_not_run_is_counted),
		cmocka_unit_test(unknown_keys_are_carried_in_silence),
		cmocka_unit_test(mutated_rules_never_crash),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
