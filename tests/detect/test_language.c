/*
 * Sigma's language, case by case: each modifier and form of condition with what
 * matches and what nearly does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "detect/judge.h"

struct one {
	const char	*detection;	/* behind "  selection:" or a whole detection */
	const char	*json;
	int		 want;		/* -1: the rule is refused */
};

static void
run(const struct one *cases, size_t n, int whole)
{
	static const char *const x[] = { "foo", "b*r", NULL };
	static const char *const y[] = { "1", NULL };
	static const struct placeholder given[] = { { "x", x }, { "y", y } };
	char rule[4096];
	size_t i;
	int got;

	for (i = 0; i < n; i++) {
		snprintf(rule, sizeof rule, whole ? "title: t\nlogsource: "
		    "{product: aws}\ndetection:\n%s\n" :
		    "title: t\nlogsource: {product: aws}\ndetection:\n"
		    "  condition: selection\n  selection:\n    %s\n",
		    cases[i].detection);
		got = judge_text(rule, cases[i].json, given, 2);
		if (got != cases[i].want)
			fail_msg("case %zu: %s\non %s: %d", i, rule,
			    cases[i].json, got);
	}
}
#define RUN(cases, whole) run(cases, sizeof cases / sizeof *cases, whole)

static void
values_compare_as_the_specification_says(void **state)
{
	static const struct one cases[] = {
		{ "f: 'abc'", "{\"f\":\"ABC\"}", 1 },
		{ "f: 'abc'", "{\"F\":\"abc\"}", 0 },
		{ "f: 'abc'", "{\"f\":\"abc \"}", 0 },
		{ "f: '443'", "{\"f\":443}", 1 },
		{ "f: 443", "{\"f\":\"443\"}", 1 },
		{ "f: 443", "{\"f\":\" 443 \"}", 1 },
		{ "f: 443", "{\"f\":443.0}", 1 },
		{ "f: 443", "{\"f\":4.43e2}", 1 },
		{ "f: 443", "{\"f\":\"443x\"}", 0 },
		{ "f: 443", "{\"f\":444}", 0 },
		{ "f: 1", "{\"f\":true}", 0 },
		{ "f: 1.5", "{\"f\":\"1.50\"}", 1 },
		{ "f: '80'", "{\"f\":80.0}", 1 },
		{ "f: 0x10", "{\"f\":16}", 1 },
		{ "f: 00000429", "{\"f\":\"00000429\"}", 1 },
		{ "f: 00000429", "{\"f\":429}", 0 },
		{ "f: true", "{\"f\":true}", 1 },
		{ "f: true", "{\"f\":\"TRUE\"}", 1 },
		{ "f: true", "{\"f\":false}", 0 },
		{ "f: true", "{\"f\":1}", 0 },
		{ "f: 'true'", "{\"f\":true}", 1 },
		{ "f: yes", "{\"f\":\"yes\"}", 1 },
		{ "f: yes", "{\"f\":true}", 0 },
		{ "f: null", "{\"f\":null}", 1 },
		{ "f: null", "{}", 1 },
		{ "f: null", "{\"f\":[]}", 1 },
		{ "f: null", "{\"f\":[null,null]}", 1 },
		{ "f: null", "{\"f\":[null,1]}", 0 },
		{ "f: null", "{\"f\":\"\"}", 0 },
		{ "f: ~", "{\"f\":\"null\"}", 0 },
		{ "f: [null]", "{}", 1 },
		{ "f: [null, a]", "{}", -1 },
		{ "f: ''", "{\"f\":\"\"}", 1 },
		{ "f: ''", "{}", 0 },
		{ "f: ''", "{\"f\":null}", 0 },
		{ "f: '*'", "{\"f\":\"\"}", 1 },
		{ "f: '*'", "{\"f\":null}", 0 },
		{ "f: '*'", "{}", 0 },
		{ "f: '*'", "{\"f\":{}}", 1 },
		{ "f: []", "{}", -1 },
		{ "f: [a, b]", "{\"f\":\"B\"}", 1 },
		{ "f: [a, 5, true]", "{\"f\":5}", 1 },
		{ "f: [a, 5, true]", "{\"f\":\"True\"}", 1 },
		{ "f: {a: b}", "{}", -1 },
		{ "f: [[a]]", "{}", -1 },
		{ "f: 'a*c'", "{\"f\":\"a\\nb\\u0000c\"}", 1 },
		{ "f: \"\\u212a\"", "{\"f\":\"K\"}", 1 },
		{ "f: 'K'", "{\"f\":\"\\u212a\"}", 1 },
		{ "f: 'MFA*'", "{\"f\":\"\\u004dfaX\"}", 1 },
		{ "f: 9007199254740993", "{\"f\":\"9007199254740993\"}", 1 },
		{ "f: 99999999999999999999999", "{\"f\":\"99999999999999999999999\"}", 1 },
	};

	(void)state;
	RUN(cases, 0);
}

static void
fields_are_found_in_objects_and_lists(void **state)
{
	static const struct one cases[] = {
		{ "a.b: x", "{\"a\":{\"b\":\"x\"}}", 1 },
		{ "a.b: x", "{\"a.b\":\"x\"}", 1 },
		{ "a.b: x", "{\"a.b\":\"y\",\"a\":{\"b\":\"x\"}}", 0 },
		{ "a.b: x", "{\"a\":[{\"b\":\"y\"},{\"b\":\"x\"}]}", 1 },
		{ "a.b: x", "{\"a\":{\"b\":[\"y\",[\"x\"]]}}", 1 },
		{ "a.b.c: x", "{\"a\":[{\"b\":[{\"c\":[\"x\"]}]}]}", 1 },
		{ "a.b.c: x", "{\"a.b\":{\"c\":\"x\"}}", 1 },
		{ "a.b.c: x", "{\"a\":{\"b.c\":\"x\"}}", 1 },
		{ "a: x", "{\"a\":{\"k\":{\"l\":\"x\"}}}", 1 },
		{ "a: x", "{\"a\":{\"x\":\"k\"}}", 0 },
		{ "a|contains: '\"k\":\"x\"'", "{\"a\":{ \"k\" : \"x\" }}", 1 },
		{ "a|contains: '\"k\":\"x\"'", "{\"a\":[{ \"k\" : \"x\" }]}", 1 },
		{ "a|contains: '[\"x\"]'", "{\"a\":{\"k\":[\"x\"]}}", 1 },
		{ "a|re: '^\\{.*\\}$'", "{\"a\":{\"k\":1}}", 1 },
		{ "a: 5", "{\"a\":{\"k\":5}}", 1 },
		{ "a[0]: x", "{\"a[0]\":\"x\"}", 1 },
		{ "a[0]: x", "{\"a\":[\"x\"]}", 0 },
		{ "a|exists: true", "{\"a\":{}}", 1 },
		{ "a.b|exists: true", "{\"a\":[{},{\"b\":null}]}", 1 },
		{ "a.b|exists: false", "{\"a\":[{},{}]}", 1 },
		{ "'4688': x", "{\"4688\":\"x\"}", 1 },
	};

	(void)state;
	RUN(cases, 0);
}

static void
modifiers_do_what_they_are_for(void **state)
{
	static const struct one cases[] = {
		{ "f|contains: 'b'", "{\"f\":\"aBc\"}", 1 },
		{ "f|contains: 'b'", "{\"f\":\"ac\"}", 0 },
		{ "f|contains: 'a*c'", "{\"f\":\"xabcx\"}", 1 },
		{ "f|contains: '\\*'", "{\"f\":\"a*b\"}", 1 },
		{ "f|contains: '\\*'", "{\"f\":\"ab\"}", 0 },
		{ "f|contains: 5", "{}", -1 },
		{ "f|contains: ''", "{\"f\":\"a\"}", 1 },
		{ "f|contains: '3'", "{\"f\":1234}", 1 },
		{ "f|startswith: 'a'", "{\"f\":\"Ab\"}", 1 },
		{ "f|startswith: 'a'", "{\"f\":\"ba\"}", 0 },
		{ "f|endswith: 'a'", "{\"f\":\"ba\"}", 1 },
		{ "f|endswith: 'a'", "{\"f\":\"ab\"}", 0 },
		{ "f|endswith: '\\'", "{\"f\":\"a\\\\\"}", 1 },
		{ "f|contains|all: [a, b]", "{\"f\":\"xbxa\"}", 1 },
		{ "f|contains|all: [a, b]", "{\"f\":\"xbx\"}", 0 },
		{ "f|contains|all: [a, b]", "{\"f\":[\"a\",\"b\"]}", 1 },
		{ "f|contains|all: [a]", "{}", -1 },
		{ "f|contains|all: a", "{}", -1 },
		{ "f|all|contains: [a, b]", "{\"f\":\"ab\"}", 1 },
		{ "f|cased: 'aB'", "{\"f\":\"aB\"}", 1 },
		{ "f|cased: 'aB'", "{\"f\":\"ab\"}", 0 },
		{ "f|contains|cased: 'B'", "{\"f\":\"abc\"}", 0 },
		{ "f|cased|contains: 'B'", "{\"f\":\"aBc\"}", 1 },
		{ "f|cased: 5", "{}", -1 },
		{ "f|neq: a", "{\"f\":\"A\"}", 0 },
		{ "f|neq: a", "{\"f\":\"b\"}", 1 },
		{ "f|neq: a", "{}", 1 },
		{ "f|neq: [a, b]", "{\"f\":\"b\"}", 0 },
		{ "f|neq|contains: a", "{\"f\":\"xAx\"}", 0 },
		{ "f|neq: null", "{}", 0 },
		{ "f|neq: null", "{\"f\":1}", 1 },
		{ "f|neq: a", "{\"f\":[\"a\",\"b\"]}", 0 },
		{ "f|exists: true", "{\"f\":null}", 1 },
		{ "f|exists: false", "{\"f\":null}", 0 },
		{ "f|exists: false", "{}", 1 },
		{ "f|exists: 'true'", "{}", -1 },
		{ "f|exists: [true, false]", "{}", -1 },
		{ "f|exists: 1", "{}", -1 },
		{ "'|exists': true", "{}", -1 },
		{ "f|re: 'b+'", "{\"f\":\"abbc\"}", 1 },
		{ "f|re: 'B+'", "{\"f\":\"abbc\"}", 0 },
		{ "f|re|i: 'B+'", "{\"f\":\"abbc\"}", 1 },
		{ "f|re|ignorecase: 'B+'", "{\"f\":\"abbc\"}", 1 },
		{ "f|re|dotall: 'a.c'", "{\"f\":\"a\\nc\"}", 1 },
		{ "f|re|multiline: '^c'", "{\"f\":\"a\\nc\"}", 1 },
		{ "f|re|i|s|m: '^B.D$'", "{\"f\":\"a\\nb\\nd\"}", 1 },
		{ "f|re: ['x', 'b']", "{\"f\":\"abc\"}", 1 },
		{ "f|re|all: ['a', 'd']", "{\"f\":\"abc\"}", 0 },
		{ "f|re: '('", "{}", -1 },
		{ "f|re: '42'", "{\"f\":1424}", 1 },
		{ "f|i: a", "{}", -1 }, { "f|i|re: a", "{}", -1 },
		{ "f|contains|re: a", "{}", -1 },
		{ "f|cidr: 10.0.0.0/8", "{\"f\":\"10.2.3.4\"}", 1 },
		{ "f|cidr: 10.0.0.0/8", "{\"f\":\"11.2.3.4\"}", 0 },
		{ "f|cidr: 10.0.0.0/8", "{\"f\":\"s3.amazonaws.com\"}", 0 },
		{ "f|cidr: ['10.0.0.0/8', '::/0']", "{\"f\":\"::1\"}", 1 },
		{ "f|cidr: 10.0.0.0/40", "{}", -1 },
		{ "f|cidr: ten", "{}", -1 }, { "f|all|cidr: ['::/0', '::1']",
		    "{\"f\":\"::1\"}", 1 },
		{ "f|gt: 5", "{\"f\":6}", 1 }, { "f|gt: 5", "{\"f\":5}", 0 },
		{ "f|gte: 5", "{\"f\":\"5.0\"}", 1 },
		{ "f|lt: 5", "{\"f\":4.9}", 1 }, { "f|lte: 5", "{\"f\":5}", 1 },
		{ "f|lt: 5", "{\"f\":\"x\"}", 0 }, { "f|lt: 5", "{}", 0 },
		{ "f|lt: 5", "{\"f\":true}", 0 }, { "f|lt: -1", "{\"f\":-2}", 1 },
		{ "f|lt: '5'", "{\"f\":4}", 1 }, { "f|lt: x", "{}", -1 },
		{ "f|lt: null", "{}", -1 }, { "f|lt: true", "{}", -1 },
		{ "f|gt|lt: 5", "{}", -1 },
		{ "f|gt|neq: 5", "{\"f\":5}", 1 },
		{ "f|hour: 3", "{\"f\":\"2024-07-10T03:45:00Z\"}", 1 },
		{ "f|hour: [1, 3]", "{\"f\":\"2024-07-10T03:45:00Z\"}", 1 },
		{ "f|hour: 4", "{\"f\":\"2024-07-10T03:45:00Z\"}", 0 },
		{ "f|minute: 45", "{\"f\":\"2024-07-10 03:45:00\"}", 1 },
		{ "f|week: 28", "{\"f\":1720583100}", 1 },
		{ "f|hour|gte: 20", "{\"f\":\"2024-07-10T21:00:00Z\"}", 1 },
		{ "f|gte|hour: 20", "{\"f\":\"2024-07-10T19:00:00Z\"}", 0 },
		{ "f|hour|lt: 6", "{\"f\":\"soon\"}", 0 },
		{ "f|hour: x", "{}", -1 }, { "f|hour|day: 3", "{}", -1 },
		{ "f|hour|contains: 3", "{}", -1 },
		{ "f|fieldref: g", "{\"f\":\"A\",\"g\":\"a\"}", 1 },
		{ "f|fieldref: g", "{\"f\":\"A\"}", 0 },
		{ "f|fieldref: g", "{\"f\":null,\"g\":null}", 0 },
		{ "f|fieldref: g", "{\"f\":5,\"g\":\"5\"}", 1 },
		{ "f|fieldref: g.h", "{\"f\":\"a\",\"g\":[{\"h\":\"b\"},"
		    "{\"h\":\"a\"}]}", 1 },
		{ "f|fieldref|cased: g", "{\"f\":\"A\",\"g\":\"a\"}", 0 },
		{ "f|fieldref|neq: g", "{\"f\":\"A\",\"g\":\"a\"}", 0 },
		{ "f|fieldref|startswith: g", "{\"f\":\"abc\",\"g\":\"AB\"}", 1 },
		{ "f|fieldref|endswith: g", "{\"f\":\"abc\",\"g\":\"bc\"}", 1 },
		{ "f|fieldref|contains: g", "{\"f\":\"abc\",\"g\":\"b\"}", 1 },
		{ "f|fieldref|contains: g", "{\"f\":\"b\",\"g\":\"abc\"}", 0 },
		{ "f|fieldref|gt: g", "{\"f\":\"10\",\"g\":9}", 1 },
		{ "f|fieldref|gt: g", "{\"f\":\"a\",\"g\":9}", 0 },
		{ "f|fieldref: [g, h]", "{\"f\":1,\"h\":1}", 1 },
		{ "f|fieldref|re: g", "{}", -1 },
		{ "f|base64: foobar", "{\"f\":\"Zm9vYmFy\"}", 1 },
		{ "f|base64: foobar", "{\"f\":\"xZm9vYmFy\"}", 0 },
		{ "f|base64|contains: foobar", "{\"f\":\"xZm9vYmFyx\"}", 1 },
		{ "f|base64: 'foo*'", "{}", -1 },
		{ "f|base64: 'foo\\*'", "{\"f\":\"Zm9vKg==\"}", 1 },
		{ "f|base64offset|contains: foobar", "{\"f\":\"xZvb2Jhcx\"}", 1 },
		{ "f|base64offset|contains: foobar", "{\"f\":\"mb29iYX\"}", 1 },
		{ "f|base64offset|contains|all: [foobar, foobar]",
		    "{\"f\":\"mb29iYX\"}", 1 },
		{ "f|base64|base64offset: a", "{}", -1 },
		{ "f|wide|base64: Test", "{\"f\":\"VABlAHMAdAA=\"}", 1 },
		{ "f|utf16le|base64: Test", "{\"f\":\"VABlAHMAdAA=\"}", 1 },
		{ "f|utf16be|base64: AB", "{\"f\":\"AEEAQg==\"}", 1 },
		{ "f|utf16|base64: A", "{\"f\":\"//5BAA==\"}", 1 },
		{ "f|wide|contains: ab", "{\"f\":\"xA\\u0000b\\u0000\"}", 1 },
		{ "f|wide|utf16: a", "{}", -1 },
		{ "f|wide|utf16le: a", "{}", -1 },
		{ "f|windash|contains: ' -f'", "{\"f\":\"x /f\"}", 1 },
		{ "f|contains|windash: ' /f'", "{\"f\":\"x \\u2013f\"}", 1 },
		{ "f|windash|contains: ' -f'", "{\"f\":\"x _f\"}", 0 },
		{ "f|windash|base64: '-a'", "{\"f\":\"L2E=\"}", 1 },
		{ "f|windash|re: a", "{}", -1 },
		{ "f|expand: '%x%'", "{\"f\":\"FOO\"}", 1 },
		{ "f|expand: '%x%'", "{\"f\":\"bxxr\"}", 1 },
		{ "f|expand: 'a%x%b%y%'", "{\"f\":\"afoob1\"}", 1 },
		{ "f|expand: 'a%x%b%y%'", "{\"f\":\"afoob2\"}", 0 },
		{ "f|expand: '\\%x%'", "{\"f\":\"%x%\"}", 1 },
		{ "f|expand: '100%'", "{\"f\":\"100%\"}", 1 },
		{ "f|expand: '%%x%'", "{\"f\":\"%foo\"}", 1 },
		{ "f|expand: '%z%'", "{}", -1 },
		{ "f|expand|contains: '%x%'", "{\"f\":\"a foo b\"}", 1 },
		{ "f|re|expand: '^%x%$'", "{\"f\":\"foo\"}", 1 },
		{ "f|gt|expand: '%y%'", "{\"f\":2}", 1 },
		{ "f|expand|gt: '%y%'", "{\"f\":1}", 0 },
		{ "f|expand|lte: '%y%0'", "{\"f\":10}", 1 },
		{ "f|expand|lte: '%y%0'", "{\"f\":11}", 0 },
		{ "f|expand|gt: '%x%'", "{\"f\":2}", -1 },
		{ "f|hour|expand|gte: '%y%'", "{\"f\":\"2026-01-01T02:00:00Z\"}",
		    1 },
		{ "f|hour|expand: '%y%'", "{}", -1 },
		{ "f|fieldref|expand: '%x%'", "{\"f\":\"a\",\"foo\":\"A\"}", 1 },
		{ "f|fieldref|expand: '%x%'", "{\"f\":\"a\",\"%x%\":\"a\"}", 0 },
		{ "f|expand|fieldref: 'g.%x%'", "{\"f\":1,\"g\":{\"foo\":1}}", 1 },
		{ "f|expand|fieldref: '%z%'", "{\"f\":1}", -1 },
		{ "f: '%x%'", "{\"f\":\"%x%\"}", 1 },
		{ "f: '%x%'", "{\"f\":\"foo\"}", 0 },
		{ "f|nosuch: a", "{}", -1 }, { "f|: a", "{}", -1 },
		{ "f|Contains: a", "{}", -1 },
		{ "f|contains: null", "{}", -1 },
		{ "f|contains|contains: a", "{}", -1 },
	};

	(void)state;
	RUN(cases, 0);
}

static void
keywords_look_everywhere(void **state)
{
	static const struct one cases[] = {
		{ "- needle", "{\"a\":{\"b\":[1,\"a NEEDLE b\"]}}", 1 },
		{ "- needle", "{\"needle\":\"x\"}", 0 },
		{ "- 'n*e'", "{\"a\":\"xx need it\"}", 1 },
		{ "- 443", "{\"a\":14435}", 1 },
		{ "- 443", "{\"a\":\"x443\"}", 1 },
		{ "- true", "{\"a\":true}", 1 },
		{ "- a\n    - b", "{\"x\":\"b\"}", 1 },
		{ "- a\n    - b", "{\"x\":\"c\"}", 0 },
		{ "'|all': [a, b]", "{\"x\":\"a\",\"y\":\"b\"}", 1 },
		{ "'|all': [a, b]", "{\"x\":\"a\"}", 0 },
		{ "'|all': [POST, 200]", "{\"x\":\"post\",\"y\":200}", 1 },
		{ "'|re': 'n.e'", "{\"x\":\"nee\"}", 1 },
		{ "'|startswith': ne", "{\"x\":\"nee\"}", 1 },
		{ "'|startswith': ee", "{\"x\":\"nee\"}", 0 },
		{ "'|cased': Nee", "{\"x\":\"a nee\"}", 0 },
		{ "needle", "{\"a\":\"a needle\"}", 1 },
		{ "- null", "{}", -1 }, { "null", "{}", -1 },
		{ "- a\n    - {f: b}", "{}", -1 },
		{ "- {f: b}\n    - a", "{}", -1 },
		{ "- [a]", "{}", -1 }, { "[]", "{}", -1 }, { "{}", "{}", -1 },
		{ "- {}", "{}", -1 },
		{ "- {f: a}\n    - {g: b, h: c}", "{\"g\":\"b\",\"h\":\"c\"}", 1 },
		{ "- {f: a}\n    - {g: b, h: c}", "{\"g\":\"b\"}", 0 },
	};

	(void)state;
	RUN(cases, 0);
}

#define ABC "  a: {fa: 1}\n  b: {fb: 1}\n  c: {fc: 1}\n  _h: {fh: 1}\n"

static void
conditions_combine_search_identifiers(void **state)
{
	static const struct one cases[] = {
		{ ABC "  condition: a or b and c", "{\"fa\":1}", 1 },
		{ ABC "  condition: a or b and c", "{\"fb\":1}", 0 },
		{ ABC "  condition: not a and b", "{\"fb\":1}", 1 },
		{ ABC "  condition: not (a or b)", "{\"fb\":1}", 0 },
		{ ABC "  condition: not not a", "{\"fa\":1}", 1 },
		{ ABC "  condition: not not not a", "{\"fa\":1}", 0 },
		{ ABC "  condition: ((a) and (((b))))", "{\"fa\":1,\"fb\":1}", 1 },
		{ ABC "  condition: (a)and(b)", "{\"fa\":1,\"fb\":1}", 1 },
		{ ABC "  condition: not(a)", "{}", 1 },
		{ ABC "  condition: 1 of them", "{\"fc\":1}", 1 },
		{ ABC "  condition: 1 of them", "{\"fh\":1}", 0 },
		{ ABC "  condition: any of them", "{\"fc\":1}", 1 },
		{ ABC "  condition: all of them", "{\"fa\":1,\"fb\":1,\"fc\":1}", 1 },
		{ ABC "  condition: all of them", "{\"fa\":1,\"fb\":1}", 0 },
		{ ABC "  condition: 1 of _*", "{\"fh\":1}", 1 },
		{ ABC "  condition: 1 of *", "{\"fh\":1}", 0 },
		{ ABC "  condition: not 1 of them", "{}", 1 },
		{ ABC "  condition: all of a*", "{\"fa\":1}", 1 },
		{ ABC "  condition: _h", "{\"fh\":1}", 1 },
		{ ABC "  condition: [a, b]", "{\"fb\":1}", 1 },
		{ ABC "  condition: [a, b]", "{\"fc\":1}", 0 },
		{ ABC "  condition: >\n    a and\n    b", "{\"fa\":1,\"fb\":1}", 1 },
		{ ABC "  condition: a and", "{}", -1 },
		{ ABC "  condition: and a", "{}", -1 },
		{ ABC "  condition: a b", "{}", -1 },
		{ ABC "  condition: (a", "{}", -1 },
		{ ABC "  condition: a)", "{}", -1 },
		{ ABC "  condition: ()", "{}", -1 },
		{ ABC "  condition: ''", "{}", -1 },
		{ ABC "  condition: not", "{}", -1 },
		{ ABC "  condition: a OR b", "{}", -1 },
		{ ABC "  condition: NOT a", "{}", -1 },
		{ ABC "  condition: 2 of them", "{}", -1 },
		{ ABC "  condition: 1 of", "{}", -1 },
		{ ABC "  condition: 1 of x*", "{}", -1 },
		{ ABC "  condition: nobody", "{}", -1 },
		{ ABC "  condition: a | count() > 5", "{}", -1 },
		{ ABC "  condition: a | near b", "{}", -1 },
		{ ABC "  condition: []", "{}", -1 },
		{ ABC "  condition: 5", "{}", -1 },
		{ ABC "  condition: [a, nobody]", "{}", -1 },
		{ ABC "  condition: {a: b}", "{}", -1 },
		{ "  condition: a", "{}", -1 },
		{ ABC, "{}", -1 },
		{ "  note: {n: 1}\n  android: {p: 1}\n"
		    "  condition: note and android", "{\"n\":1,\"p\":1}", 1 },
		{ "  sel_1_x: {n: 1}\n  sel_2_y: {n: 2}\n"
		    "  condition: 1 of sel_*_x", "{\"n\":2}", 0 },
		{ "  them: {n: 1}\n  o: {n: 2}\n  condition: them", "{\"n\":1}", 1 },
	};

	(void)state;
	RUN(cases, 1);
}

static void
files_hold_several_documents(void **state)
{
#define LS "logsource: {product: aws}\n"
	static const struct { const char *text, *json; int want; } cases[] = {
		{ "title: a\n" LS "detection: {s: {f: 1}, condition: s}\n---\n"
		  "title: b\n" LS "detection: {s: {f: 1}, condition: s}\n",
		  "{\"f\":1}", 2 },
		{ "action: global\ntitle: g\n" LS "detection: {condition: s}\n"
		  "---\ndetection: {s: {f: 1}}\n---\ndetection: {s: {f: 2}}\n",
		  "{\"f\":2}", 1 },
		{ "action: global\ntitle: g\n" LS "---\naction: global\n"
		  "detection: {s: {f: 1}}\n---\ndetection: {condition: s}\n",
		  "{\"f\":1}", 1 },
		{ "action: global\ntitle: g\n" LS "---\naction: reset\n---\n"
		  "detection: {s: {f: 1}, condition: s}\n", "{}", -1 },
		{ "title: a\n" LS "detection: {s: {f: 1}, condition: s}\n---\n"
		  "action: repeat\ndetection: {s: {f: 2, g: 3}}\n",
		  "{\"f\":2,\"g\":3}", 1 },
		{ "action: repeal\ntitle: a\n" LS
		  "detection: {s: {f: 1}, condition: s}\n", "{}", -1 },
		{ "title: a\nlogsource:\ndetection: {s: {f: 1}, condition: s}\n",
		  "{\"f\":1}", 1 },
		{ "title: a\nlogsource: {}\ndetection: {s: {f: 1}, "
		  "condition: s}\n", "{\"f\":1}", 1 },
		{ "title: a\ndetection: {s: {f: 1}, condition: s}\n", "{}", -1 },
		{ LS "detection: {s: {f: 1}, condition: s}\n", "{}", -1 },
		{ "title: a\n" LS, "{}", -1 },
		{ "- a\n", "{}", -1 },
		{ "title: a\n" LS "detection: [a]\n", "{}", -1 },
		{ "title: a\nlogsource: [a]\n"
		  "detection: {s: {f: 1}, condition: s}\n", "{}", -1 },
		{ "title: a\ntaxonomy: ecs\n" LS
		  "detection: {s: {f: 1}, condition: s}\n", "{}", -1 },
		{ "title: a\nlevel: loud\n" LS
		  "detection: {s: {f: 1}, condition: s}\n", "{}", -1 },
	};
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		got = judge_text(cases[i].text, cases[i].json, NULL, 0);
		if (got != cases[i].want)
			fail_msg("%s: %d", cases[i].text, got);
	}
}

#define RULE "title: r\nid: r-1\nname: rn\nlogsource: {product: aws, service: " \
    "cloudtrail}\ndetection: {selection: {f: 1}, condition: selection}\n---\n"

static void
filters_are_added_to_the_rules_they_name(void **state)
{
	static const struct { const char *filter; int want, alone; } cases[] = {
		/* want: with g set to 1; alone: without */
		{ "filter: {rules: [r-1], s: {g: 1}, condition: not s}", 0, 1 },
		{ "filter: {rules: [rn], s: {g: 1}, condition: not s}", 0, 1 },
		{ "filter: {rules: [r], s: {g: 1}, condition: not s}", 0, 1 },
		{ "filter: {rules: r-1, s: {g: 1}, condition: not s}", 0, 1 },
		{ "filter: {rules: any, s: {g: 1}, condition: not s}", 0, 1 },
		{ "filter: {rules: Any, s: {g: 1}, condition: not s}", 0, 1 },
		{ "filter: {rules: [], s: {g: 1}, condition: not s}", 0, 1 },
		{ "filter: {rules: [r-1], s: {g: 1}, condition: s}", 1, 0 },
		{ "filter: {rules: [other], s: {g: 1}, condition: not s}", 1, 1 },
		{ "filter: {rules: any, selection: {g: 1}, "
		  "condition: not selection}", 0, 1 },
		{ "logsource: {product: aws}\n"
		  "filter: {rules: any, s: {g: 1}, condition: not s}", 0, 1 },
		{ "logsource: {product: windows}\n"
		  "filter: {rules: any, s: {g: 1}, condition: not s}", 1, 1 },
		{ "logsource: {product: aws, service: s3access}\n"
		  "filter: {rules: [r-1], s: {g: 1}, condition: not s}", 1, 1 },
		{ "logsource: {product: aws, definition: x}\n"
		  "filter: {rules: any, s: {g: 1}, condition: not s}", 0, 1 },
		{ "filter: {rules: [r-1], s: {g: 1}}", -1, -1 },
		{ "filter: {s: {g: 1}, condition: not s}", -1, -1 },
		{ "filter: {rules: [r-1], s: {g: 1}, condition: [s]}", -1, -1 },
		{ "filter: {rules: [r-1], condition: s}", -1, -1 },
		{ "filter: {rules: [{a: b}], s: {g: 1}, condition: not s}", -1,
		    -1 },
		{ "filter: [a]", -1, -1 },
	};
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "%stitle: f\n%s\n", RULE,
		    cases[i].filter);
		if (judge_text(text, "{\"f\":1,\"g\":1}", NULL, 0) !=
		    cases[i].want || judge_text(text, "{\"f\":1}", NULL, 0) !=
		    cases[i].alone)
			fail_msg("%s", text);
	}
}

static void
large_value_lists_are_found_whole(void **state)
{
	struct ruleset_options o = { 0 };
	struct errs es = { 0 };
	struct buf rule = BUF_INIT(4 << 20);
	const uint32_t *hits;
	struct ruleset *set;
	struct judge j;
	char json[64];
	int i, n;

	(void)state;
	buf_adds(&rule, "title: t\nlogsource: {product: aws}\ndetection:\n"
	    "  condition: 1 of s*\n  s1:\n    f:\n");
	for (i = 0; i < 4432; i++)
		buf_addf(&rule, "      - 'Value%d'\n", i);
	buf_adds(&rule, "  s2:\n    g|endswith:\n");
	for (i = 0; i < 4432; i++)
		buf_addf(&rule, "      - '\\file%d.exe'\n", i);
	buf_adds(&rule, "  s3:\n    h|contains:\n");
	for (i = 0; i < 4432; i++)
		buf_addf(&rule, "      - '<%d>'\n", i);
	set = ruleset_load_text("big", buf_text(&rule), rule.len, &o, &es);
	assert_int_equal(errs_fatal(&es), 0);
	judge_start(&j, set);
	for (i = 0; i < 4432; i += 443) {
		static const char *const forms[] = { "{\"f\":\"vALUE%d\"}",
		    "{\"g\":\"C:\\\\x\\\\FILE%d.exe\"}", "{\"h\":\"a<%d>b\"}",
		    "{\"f\":\"value%dx\"}", "{\"g\":\"file%d.exe\"}",
		    "{\"h\":\"a<%d\"}" };

		for (n = 0; n < 6; n++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			snprintf(json, sizeof json, forms[n], i);
#pragma GCC diagnostic pop
			assert_int_equal(matcher_run(j.matcher, judge_record(&j,
			    KIND_JSON, json, strlen(json)), &hits, NULL, NULL),
			    n < 3);
		}
	}
	judge_end(&j);
	ruleset_free(set);
	buf_clear(&rule);
	errs_clear(&es);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_compare_as_the_specification_says),
		cmocka_unit_test(fields_are_found_in_objects_and_lists),
		cmocka_unit_test(modifiers_do_what_they_are_for),
		cmocka_unit_test(keywords_look_everywhere),
		cmocka_unit_test(conditions_combine_search_identifiers),
		cmocka_unit_test(files_hold_several_documents),
		cmocka_unit_test(filters_are_added_to_the_rules_they_name),
		cmocka_unit_test(large_value_lists_are_found_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
