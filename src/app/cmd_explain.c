/*
 * bucketwatch explain: how a rule was compiled, and what a record makes of it.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cmd.h"
#include "app/config.h"
#include "app/judge.h"
#include "app/rules.h"
#include "base/buf.h"
#include "base/mem.h"
#include "io/bytes.h"

#define TEXT_MAX (16 * 1024 * 1024)
#define RECORD_FILE_MAX (64 * 1024 * 1024)

static const char help_text[] =
"usage: bucketwatch explain [--rules PATH]... [--config FILE] RULE\n"
"       bucketwatch explain [--rules PATH]... [--input MODE] [--record N] RULE FILE\n"
"\n"
"Shows how a rule (its id, name or title) was compiled: which records it sees, by which\n"
"field it is found, its condition. With a FILE of records (- for standard input), shows\n"
"which part of the condition matched the record or not, and the values it saw.\n"
"\n"
"  --rules PATH    rules from this file or folder only (may be repeated)\n"
"  --config FILE   rules and placeholders from this config\n"
"  --input MODE    auto (default), json or s3access\n"
"  --record N      the N-th record of FILE (default 1)\n"
"  --list          all rules, one a line: level, kinds, id, title\n"
"  --help          this text\n"
"\n"
"exit code: 0 the record matches (or none was given), 1 it does not, 2 wrong use or\n"
"rules, 3 the record cannot be read\n";

static char *
read_file(const char *path, size_t *len, struct err *e)
{
	struct bytes src = { .fd = strcmp(path, "-") == 0 ? STDIN_FILENO :
	    open(path, O_RDONLY | O_CLOEXEC) };
	struct buf b = BUF_INIT(RECORD_FILE_MAX);
	char chunk[65536];
	long n;

	if (src.fd == -1) {
		err_set(e, "%s: cannot be opened: %m", path);
		return NULL;
	}
	while ((n = bytes_read(&src, chunk, sizeof chunk)) > 0 && !b.truncated)
		buf_add(&b, chunk, (size_t)n);
	if (src.fd != STDIN_FILENO)
		close(src.fd);
	if (n < 0 || b.truncated) {
		err_set(e, "%s: %s", path, b.truncated ? "is over 64 MiB" :
		    "cannot be read");
		buf_clear(&b);
		return NULL;
	}
	*len = b.len;
	return buf_take(&b);
}

static int
explain_record(const struct ruleset *rules, size_t rule, const char *file,
    enum input_mode mode, long number)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	struct judge *j = judge_new(rules, mode);
	const struct record *rec = NULL;
	const uint32_t *hits;
	int rc = EXIT_INPUT;
	struct err e;
	size_t len, n, i;
	char *text;
	long at;

	text = read_file(file, &len, &e);
	if (text != NULL)
		rec = judge_read(j, text, len, &e);
	for (at = 1; rec != NULL && at < number; at++) {
		rec = judge_next(j, &e);
		if (rec == NULL && e.msg[0] == '\0')
			err_set(&e, "%s has only %ld records", file, at);
	}
	if (rec == NULL) {
		fprintf(stderr, "bucketwatch explain: %s\n", e.msg);
		goto out;
	}
	matcher_explain(judge_matcher(j), rec, rule, &out);
	fputs(buf_text(&out), stdout);
	rc = 1;
	n = judge_match(j, rec, &hits);
	for (i = 0; i < n; i++)
		if (hits[i] == rule)
			rc = 0;
out:
	free(text);
	judge_free(j);
	buf_clear(&out);
	return rc;
}

static int
list_rules(const struct ruleset *rules)
{
	size_t i, n = ruleset_count(rules);
	int k;

	for (i = 0; i < n; i++) {
		const struct rule_info *r = ruleset_info(rules, i);
		char kinds[64] = "";

		for (k = 0; k < KIND_COUNT; k++)
			if (k != KIND_JSON && (r->kinds & 1u << k))
				snprintf(kinds + strlen(kinds), sizeof kinds -
				    strlen(kinds), "%s%s", kinds[0] ? "," : "",
				    kind_name((enum kind)k));
		printf("%-13s  %-36s  %-36s  %s\n", level_names[r->alert.level],
		    r->correlation ? "correlation" : kinds[0] ? kinds :
		    "(another logsource)", r->alert.id, r->alert.title);
	}
	return 0;
}

int
cmd_explain(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rules", required_argument, NULL, 'r' },
		{ "config", required_argument, NULL, 'c' },
		{ "input", required_argument, NULL, 'i' },
		{ "record", required_argument, NULL, 'n' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	char *paths[257] = { NULL };
	struct buf out = BUF_INIT(TEXT_MAX);
	enum input_mode mode = INPUT_AUTO;
	struct ruleset *rules = NULL;
	const char *file = NULL;
	struct errs es = { 0 };
	struct config c = { 0 };
	size_t npaths = 0;
	long number = 1, rule;
	int opt, list = 0, rc = EXIT_USAGE;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (opt) {
		case 'r':
			if (npaths >= 256)
				return cmd_usage("explain", "too many --rules");
			paths[npaths++] = optarg;
			break;
		case 'c': file = optarg; break;
		case 'l': list = 1; break;
		case 'i':
			if (strcmp(optarg, "json") == 0)
				mode = INPUT_JSON;
			else if (strcmp(optarg, "s3access") == 0)
				mode = INPUT_S3ACCESS;
			else if (strcmp(optarg, "auto") != 0)
				return cmd_usage("explain", "--input takes auto, json "
				    "or s3access");
			break;
		case 'n':
			if (cmd_number("explain", "--record", optarg, 1, 1000000000,
			    &number) == -1)
				return EXIT_USAGE;
			break;
		case 'h': fputs(help_text, stdout); return 0;
		default: return cmd_usage("explain", "that is not an option of it");
		}
	}
	if (!list && (argc - optind < 1 || argc - optind > 2))
		return cmd_usage("explain", "name a rule, and a file if one shall be "
		    "looked at");
	if (config_read(&c, file, &es) == -1 || (rules = rules_load(npaths ? paths :
	    c.rules, c.placeholders, c.nplaceholders, &es)) == NULL) {
		errs_print(stderr, &es, 0);
		goto out;
	}
	errs_print(stderr, &es, 0);	/* the rules that are right are there */
	if (list) {
		rc = list_rules(rules);
		goto out;
	}
	rule = rules_find(rules, argv[optind]);
	if (rule < 0) {
		fprintf(stderr, "bucketwatch explain: %s rule has the id, name or "
		    "title \"%s\"; --list shows them\n", rule == -1 ? "no" :
		    "more than one", argv[optind]);
		goto out;
	}
	if (argc - optind == 2) {
		rc = explain_record(rules, (size_t)rule, argv[optind + 1], mode,
		    number);
	} else {
		ruleset_explain(rules, (size_t)rule, &out);
		fputs(buf_text(&out), stdout);
		rc = 0;
	}
out:
	ruleset_free(rules);
	config_clear(&c);
	errs_clear(&es);
	buf_clear(&out);
	return rc;
}
