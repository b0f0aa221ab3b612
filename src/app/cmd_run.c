/*
 * bucketwatch run: the daemon, by a config file or, for a first look, by --watch.
 */
#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/check.h"
#include "app/cmd.h"
#include "app/daemon.h"
#include "app/rules.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"

#define WATCH_CONFIG_MAX (1024 * 1024)

static const char help_text[] =
"usage: bucketwatch run [--config FILE]\n"
"       bucketwatch run --watch FOLDER... [--exclude GLOB]... [--rules PATH]...\n"
"                       [--state FILE] [--format text|json] [--socket PATH]\n"
"\n"
"Watches the sources of the config, judges every record, sends alerts. Stays in\n"
"the foreground; SIGTERM and SIGINT end it cleanly, SIGHUP reopens output files.\n"
"\n"
"  --config FILE     default " CONFIG_FILE "\n"
"  --watch FOLDER    no config: watch this folder with the defaults and print alerts\n"
"  --exclude GLOB    with --watch: leave these files out\n"
"  --rules PATH      with --watch: rules from here instead of the installed ones\n"
"  --state FILE      with --watch: keep state here (default: a temporary one, so\n"
"                    that the next run begins anew)\n"
"  --format FORMAT   with --watch: text (default) or json lines\n"
"  --socket PATH     with --watch: the control socket (default: none)\n"
"  --threads N       with --watch: workers (default: one a core)\n"
"  --log-level LEVEL error, warning, info or debug; over the config's\n"
"  --help            this text\n"
"\n"
"exit code: 0 ended by a signal, 1 failed, 2 wrong use, config or rules\n";

struct watch_args {
	const char	*watch[64], *exclude[64], *rules[64];
	size_t		 nwatch, nexclude, nrules;
	const char	*state, *format, *socket;
	long		 threads;
};

static void
add_list(struct buf *b, const char *key, const char *const *list, size_t n)
{
	size_t i;

	if (n == 0)
		return;
	buf_addf(b, "%s: [", key);
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_adds(b, ", ");
		buf_json(b, list[i], strlen(list[i]));
	}
	buf_adds(b, "]\n");
}

/* The config that --watch stands for, as the text that one would write. */
static void
watch_config(const struct watch_args *a, const char *state, struct buf *b)
{
	size_t i;

	buf_adds(b, "sources:\n");
	for (i = 0; i < a->nwatch; i++) {
		buf_addf(b, "  - name: watch%zu\n    type: directory\n    path: ",
		    i + 1);
		buf_json(b, a->watch[i], strlen(a->watch[i]));
		buf_adds(b, "\n    ");
		add_list(b, "exclude", a->exclude, a->nexclude);
		buf_adds(b, "\n");
	}
	buf_adds(b, "outputs:\n  - name: stdout\n    type: stdout\n    format: ");
	buf_json(b, a->format, strlen(a->format));
	buf_adds(b, "\nrules:\n  ");
	if (a->nrules > 0)
		add_list(b, "paths", a->rules, a->nrules);
	else
		buf_adds(b, "placeholders: {}\n");
	buf_adds(b, "state:\n  path: ");
	buf_json(b, state, strlen(state));
	buf_addf(b, "\nlimits:\n  threads: %ld\ncontrol:\n  socket: ", a->threads);
	buf_json(b, a->socket, strlen(a->socket));
	buf_adds(b, "\n");
}

static void
remove_folder(const char *path)
{
	struct dirent *d;
	DIR *dir = opendir(path);

	while (dir != NULL && (d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			unlinkat(dirfd(dir), d->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

static int
run_watch(const struct watch_args *a, const char *level)
{
	const char *tmp = getenv("TMPDIR");
	struct buf text = BUF_INIT(WATCH_CONFIG_MAX);
	char *folder = NULL, *state = NULL;
	struct errs es = { 0 };
	struct config c = { 0 };
	enum log_level l;
	int rc = EXIT_USAGE;

	if (a->state == NULL) {
		folder = xasprintf("%s/bucketwatch-XXXXXX", tmp ? tmp : "/tmp");
		if (mkdtemp(folder) == NULL) {
			fprintf(stderr, "bucketwatch run: cannot make %s: %m\n",
			    folder);
			free(folder);
			return 1;
		}
		state = xasprintf("%s/state.db", folder);
	} else {
		state = xstrdup(a->state);
	}
	watch_config(a, state, &text);
	if (config_read_text(&c, "--watch", buf_text(&text), text.len, &es) == -1) {
		errs_print(stderr, &es, 0);
	} else {
		l = (enum log_level)c.log_level;
		if (level != NULL)
			log_level_parse(level, &l);
		log_init(l, 0);
		rc = daemon_run(&c);
	}
	config_clear(&c);
	errs_clear(&es);
	buf_clear(&text);
	if (folder != NULL)
		remove_folder(folder);
	free(folder);
	free(state);
	return rc;
}

static int
run_config(const char *file, const char *level)
{
	struct errs es = { 0 };
	struct config c;
	enum log_level l;
	int rc = EXIT_USAGE;

	if (config_read(&c, file, &es) == -1) {
		/* all mistakes in one run: those of the other parts, too */
		check_parts(&c, &es);
		ruleset_free(rules_load(c.rules, c.placeholders, c.nplaceholders,
		    &es));
		errs_print(stderr, &es, 0);
	} else if (c.nsources == 0) {
		fprintf(stderr, "%s: there is no source; \"sources:\" names at "
		    "least one folder\n", file);
	} else {
		l = (enum log_level)c.log_level;
		if (level != NULL)
			log_level_parse(level, &l);
		log_init(l, c.log_json);
		rc = daemon_run(&c);
	}
	config_clear(&c);
	errs_clear(&es);
	return rc;
}

int
cmd_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "watch", required_argument, NULL, 'w' },
		{ "exclude", required_argument, NULL, 'x' },
		{ "rules", required_argument, NULL, 'r' },
		{ "state", required_argument, NULL, 's' },
		{ "format", required_argument, NULL, 'f' },
		{ "socket", required_argument, NULL, 'S' },
		{ "threads", required_argument, NULL, 't' },
		{ "log-level", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct watch_args a = { .format = "text", .socket = "" };
	const char *config = NULL, *level = NULL;
	enum log_level l;
	int opt;

	while ((opt = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (opt) {
		case 'c': config = optarg; break;
		case 's': a.state = optarg; break;
		case 'f': a.format = optarg; break;
		case 'S': a.socket = optarg; break;
		case 'w': case 'x': case 'r':
			if (a.nwatch >= 64 || a.nexclude >= 64 || a.nrules >= 64)
				return cmd_usage("run", "no more than 64 of a kind");
			if (opt == 'w')
				a.watch[a.nwatch++] = optarg;
			else if (opt == 'x')
				a.exclude[a.nexclude++] = optarg;
			else
				a.rules[a.nrules++] = optarg;
			break;
		case 't':
			if (cmd_number("run", "--threads", optarg, 1, 256,
			    &a.threads) == -1)
				return EXIT_USAGE;
			break;
		case 'l':
			if (log_level_parse(optarg, &l) == -1)
				return cmd_usage("run", "--log-level takes error, "
				    "warning, info or debug");
			level = optarg;
			break;
		case 'h': fputs(help_text, stdout); return 0;
		default: return cmd_usage("run", "that is not an option of it");
		}
	}
	if (optind < argc)
		return cmd_usage("run", "\"%s\" is too much: folders follow --watch",
		    argv[optind]);
	if (a.nwatch > 0 && config != NULL)
		return cmd_usage("run", "either --config or --watch");
	if (a.nwatch > 0)
		return run_watch(&a, level);
	if (a.state != NULL || a.nrules > 0 || a.nexclude > 0 || a.socket[0])
		return cmd_usage("run", "--state, --rules, --exclude and --socket go "
		    "with --watch; a config says them itself");
	return run_config(config ? config : CONFIG_FILE, level);
}
