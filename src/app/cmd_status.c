/*
 * bucketwatch status: asks the running daemon over its control socket.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cmd.h"
#include "app/config.h"
#include "app/status.h"
#include "base/text.h"
#include "io/http.h"

#define ANSWER_MAX (16 * 1024 * 1024)

static const char help_text[] =
"usage: bucketwatch status [--socket PATH] [--json]\n"
"\n"
"Asks the running daemon: lag per source, what is in flight, rules, deliveries\n"
"waiting, last errors.\n"
"\n"
"  --socket PATH   the control socket (default " CONFIG_SOCKET ")\n"
"  --json          the answer as it came, one JSON object\n"
"  --help          this text\n"
"\n"
"exit code: 0, 1 when the daemon does not answer, 2 wrong use\n";

int
cmd_status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct http_request r = { .method = "GET", .url = "http://localhost/status",
	    .unix_socket = CONFIG_SOCKET, .connect_timeout_ns = 5 * NS_PER_SEC,
	    .total_timeout_ns = 30 * NS_PER_SEC };
	struct buf text = BUF_INIT(ANSWER_MAX);
	int opt, json = 0, status, rc = 1;
	char *body = NULL;
	struct err e;
	size_t len;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (opt) {
		case 's': r.unix_socket = optarg; break;
		case 'j': json = 1; break;
		case 'h': fputs(help_text, stdout); return 0;
		default: return cmd_usage("status", "that is not an option of it");
		}
	}
	if (optind < argc)
		return cmd_usage("status", "\"%s\" is too much", argv[optind]);
	if (http_fetch(&r, ANSWER_MAX, &status, &body, &len, &e) == -1) {
		fprintf(stderr, "bucketwatch status: nobody answers on %s (%s); is the "
		    "daemon running? --socket names another place\n",
		    r.unix_socket, access(r.unix_socket, F_OK) == -1 ?
		    strerror(errno) : e.msg);
		goto out;
	}
	if (status != 200) {
		fprintf(stderr, "bucketwatch status: the daemon answered %d\n", status);
		goto out;
	}
	if (json) {
		fwrite(body, 1, len, stdout);
	} else if (status_text(body, len, &text, &e) == -1) {
		fprintf(stderr, "bucketwatch status: %s\n", e.msg);
		goto out;
	} else {
		fputs(buf_text(&text), stdout);
	}
	rc = 0;
out:
	free(body);
	buf_clear(&text);
	return rc;
}
