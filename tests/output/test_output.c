/*
 * The config of outputs: every mistake is listed with its place, and no secret with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "output/rig.h"

static void
each_type_is_made_and_named(void **state)
{
	static const struct {
		const char *config, *name, *type, *address;
		enum level level;
		size_t many;
	} cases[] = {
		{ "name: a\ntype: stdout\n", "a", "stdout", "standard output",
		    LEVEL_INFORMATIONAL, 64 },
		{ "name: f-1.x_Y\ntype: file\npath: /var/log/a.jsonl\nlevel: high\n",
		    "f-1.x_Y", "file", "/var/log/a.jsonl", LEVEL_HIGH, 256 },
		{ "name: s\ntype: syslog\nlevel: critical\n", "s", "syslog",
		    "unix:/dev/log", LEVEL_CRITICAL, 1 },
		{ "name: s\ntype: syslog\naddress: tcp://[2001:db8::1]:6514\n"
		    "framing: newline\nfacility: audit\nmax_size: 64KiB\n", "s",
		    "syslog", "tcp://[2001:db8::1]:6514", LEVEL_INFORMATIONAL, 64 },
		{ "name: s\ntype: syslog\naddress: udp://loghost\n", "s", "syslog",
		    "udp://loghost", LEVEL_INFORMATIONAL, 1 },
		{ "name: w\ntype: webhook\n"
		    "url: https://hooks.example.com/services/T0/B0/abcdWXYZ\n", "w",
		    "webhook", "hooks.example.com ...WXYZ", LEVEL_INFORMATIONAL, 1 },
		{ "name: w\ntype: webhook\nurl: https://h.example:8443/short\n", "w",
		    "webhook", "h.example:8443", LEVEL_INFORMATIONAL, 1 },
		{ "name: w\ntype: webhook\nurl: https://me:pass@h.example/x\n", "w",
		    "webhook", "h.example", LEVEL_INFORMATIONAL, 1 },
		{ "name: w\ntype: webhook\nurl: http://127.0.0.1:8080/\n", "w",
		    "webhook", "127.0.0.1:8080", LEVEL_INFORMATIONAL, 1 },
		{ "name: w\ntype: webhook\nurl: http://collector/\nallow_http: true\n"
		    "headers: [\"X-Tenant: one\", \"X-B:two\"]\ntimeout: 20s\n", "w",
		    "webhook", "collector", LEVEL_INFORMATIONAL, 1 },
	};
	struct output *o;
	struct rig r;
	size_t i;

	(void)state;
	rig_open(&r);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		o = rig_output(&r, "%s", cases[i].config);
		if (o == NULL)
			fail_msg("%s%s", cases[i].config, buf_text(&r.mistakes));
		assert_string_equal(output_name(o), cases[i].name);
		assert_string_equal(output_type(o), cases[i].type);
		assert_string_equal(output_address(o), cases[i].address);
		assert_int_equal(output_level(o), cases[i].level);
		assert_int_equal(output_many(o), cases[i].many);
		assert_int_equal(r.errs.count, 0);
		output_free(o);
	}
	rig_close(&r);
}

static void
mistakes_are_listed_with_their_places(void **state)
{
	static const struct { const char *config; const char *said[4]; } cases[] = {
		{ "[1]\n", { "test.yaml:1:1: an output must be a map" } },
		{ "name: a\n", { "has no type" } },
		{ "name: a\ntype: sysog\n", { "test.yaml:2:7: ",
		    "did you mean 'syslog'?" } },
		{ "name: a\ntype: carrier-pigeon\n", { "test.yaml:2:7: ",
		    "it is file, stdout, syslog or webhook" } },
		{ "name: a\ntype: [file]\n", { "test.yaml:2:7: type must be one value" } },
		{ "type: stdout\n", { "name" } },
		{ "type: stdout\nname: \"a b\"\n", { "test.yaml:2:7: a name is up to 63" } },
		{ "type: stdout\nname: a\nlevel: severe\nfromat: text\ncolor: red\n",
		    { "test.yaml:3:8: ", "format", "test.yaml:5:8: " } },
		{ "type: file\nname: a\n", { "path" } },
		{ "type: file\nname: a\npath: relative\nmode: \"9\"\n", {
		    "test.yaml:3:7: path must begin with '/'",
		    "test.yaml:4:7: mode must be octal" } },
		{ "type: file\nname: a\npath: /a\nmode: \"0400\"\n", {
		    "owner" } },
		{ "type: file\nname: a\npath: /a\nurl: https://x/\n", {
		    "test.yaml:4:" } },
		{ "type: syslog\nname: a\naddress: loghost:514\n", {
		    "test.yaml:3:10: address must be unix:/path, udp://" } },
		{ "type: syslog\nname: a\naddress: udp://h:0\n", { "address must be" } },
		{ "type: syslog\nname: a\naddress: udp://h:70000\n", { "address must" } },
		{ "type: syslog\nname: a\naddress: udp://2001:db8::1\n", { "address" } },
		{ "type: syslog\nname: a\naddress: tcp://\n", { "address must be" } },
		{ "type: syslog\nname: a\naddress: unix:dev/log\n", { "unix: is" } },
		{ "type: syslog\nname: a\naddress: udp://h\nframing: newline\n"
		    "hostname: \"a b\"\napp_name: \"\"\nmax_size: 1MiB\n"
		    "facility: local8\n", { "test.yaml:4:10: framing is for tcp",
		    "test.yaml:5:11: hostname", "test.yaml:7:11: a datagram",
		    "test.yaml:8:" } },
		{ "type: syslog\nname: a\nmax_size: 100\n", { "480" } },
		{ "type: webhook\nname: a\n", { "url" } },
		{ "type: webhook\nname: a\nurl: ftp://SECRETHOST/SECRET\n", {
		    "test.yaml:3:6: the URL does not begin with https:// or http://" } },
		{ "type: webhook\nname: a\nurl: \"https://SECRET HOST/\"\n", {
		    "test.yaml:3:6: this is no URL" } },
		{ "type: webhook\nname: a\nurl: http://example.com/SECRET\n", {
		    "set allow_http: true" } },
		{ "type: webhook\nname: a\nurl_file: /nonexistent/SECRETFILE\n", {
		    "test.yaml:3:" } },
		{ "type: webhook\nname: a\nurl: https://h/x\nheaders: [\"X SECRET\", "
		    "\"Host: SECRET\", \"X-A: a\\nB: SECRET\", \"X-B:\"]\n", {
		    "header 1: a header must be", "header 2: this header is set by",
		    "header 3: a header cannot hold", "header 4: the header has no" } },
		{ "type: webhook\nname: a\nurl: https://h/x\n"
		    "authorization: \"Bearer SECRET\\r\\nX: y\"\n", {
		    "test.yaml:4:16: authorization must be one line" } },
		{ "type: webhook\nname: a\nurl: https://h/x\ntimeout: 1h\n", {
		    "test.yaml:4:10: timeout" } },
	};
	struct output *o;
	struct rig r;
	size_t i, k;

	(void)state;
	rig_open(&r);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		o = rig_output(&r, "%s", cases[i].config);
		if (o != NULL)
			fail_msg("taken: %s", cases[i].config);
		for (k = 0; k < 4 && cases[i].said[k]; k++)
			if (strstr(buf_text(&r.mistakes), cases[i].said[k]) == NULL)
				fail_msg("%s\n->\n%s\nwanted: %s", cases[i].config,
				    buf_text(&r.mistakes), cases[i].said[k]);
		if (strstr(buf_text(&r.mistakes), "SECRET") &&
		    strstr(buf_text(&r.mistakes), "SECRETFILE") == NULL)
			fail_msg("told a secret: %s", buf_text(&r.mistakes));
	}
	rig_close(&r);
}

static void
the_table_of_types_is_in_order(void **state)
{
	const char *const *name = output_types();
	struct output *o;
	struct rig r;

	(void)state;
	rig_open(&r);
	for (; *name; name++) {
		o = rig_output(&r, "{name: a, type: %s, %s}", *name,
		    strcmp(*name, "file") == 0 ? "path: /a" :
		    strcmp(*name, "webhook") == 0 ? "url: https://h/" : "level: low");
		assert_non_null(o);
		assert_string_equal(output_type(o), *name);
		output_free(o);
	}
	output_free(NULL);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_is_made_and_named),
		cmocka_unit_test(mistakes_are_listed_with_their_places),
		cmocka_unit_test(the_table_of_types_is_in_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
