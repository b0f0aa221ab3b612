/*
 * How fast each stage of the hot path is, one thread: MB of decompressed text a
 * second, median of the runs.
 *
 *   bench_stages [--runs N] [--only STAGE] [--s3access] FILE...
 *
 * Stages for CloudTrail: zlib, isal (inflate alone), scan (fields of records whose
 * text is in memory), zlib+reader, isal+reader (inflate, records, fields). With
 * --s3access: read (the bytes alone), split (lines into columns), reader.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "parse/reader_impl.h"

#define CHUNK (256 * 1024)
#define MEMORY_MAX (256u << 20)		/* text held for the stage "scan" */

/* About what a hundred rules ask of a record. */
static const char *const wanted[] = { "eventVersion", "eventTime", "eventSource",
    "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode",
    "errorMessage", "eventID", "eventType", "recipientAccountId", "readOnly",
    "userIdentity.type", "userIdentity.arn", "userIdentity.accountId",
    "userIdentity.principalId", "userIdentity.sessionContext.sessionIssuer.arn",
    "userIdentity.invokedBy", "requestParameters.bucketName",
    "requestParameters.key", "additionalEventData.bytesTransferredOut",
    "additionalEventData.SignatureVersion", "tlsDetails.tlsVersion" };
#define WANTED (sizeof wanted / sizeof wanted[0])

struct bench {
	char	**files;
	int	 nfiles;
	int	 runs;
	const char *only;
	struct fieldset *fields[KIND_COUNT];
	uint64_t bytes, records;	/* of the run in hand */
	char	*text;			/* for "scan": the files' texts */
	size_t	 text_len;
};

static int
file_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1) {
		fprintf(stderr, "bench_stages: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	return fd;
}

static void
inflate_files(struct bench *b, int fast, char *keep, size_t room)
{
	struct gunzip_limits limits = { UINT64_MAX, 0 };
	struct gunzip *g = gunzip_new(&limits, fast);
	char *out = xmalloc(CHUNK);
	struct err e;
	long n;

	for (int i = 0; i < b->nfiles; i++) {
		int fd = file_open(b->files[i]);
		struct bytes src = bytes_fd(fd);

		gunzip_start(g, &src);
		while ((n = gunzip_read(g, out, CHUNK, &e)) > 0) {
			b->bytes += (uint64_t)n;
			if (keep == NULL)
				continue;
			if ((size_t)n > room)
				break;
			memcpy(keep + b->text_len, out, (size_t)n);
			b->text_len += (size_t)n;
			room -= (size_t)n;
		}
		if (n == -1)
			fprintf(stderr, "bench_stages: %s: %s\n", b->files[i],
			    e.msg);
		close(fd);
		if (keep != NULL && n != 0)
			break;
	}
	free(out);
	gunzip_free(g);
}

static void
run_zlib(struct bench *b)
{
	inflate_files(b, 0, NULL, 0);
}

static void
run_isal(struct bench *b)
{
	inflate_files(b, 1, NULL, 0);
}

/* Fields of every object that is in an array at depth one, text in memory. */
static void
run_scan(struct bench *b)
{
	struct scan_plan *plan = scan_plan_new(wanted, WANTED);
	struct scan_state *st = scan_state_new(plan);
	struct value *fields[WANTED];
	struct arena *a = arena_new();
	const char *p = b->text, *end = p + b->text_len, *after;
	struct err e;

	while (p < end && (p = memchr(p, '{', (size_t)(end - p))) != NULL) {
		if (end - p > 12 && memcmp(p, "{\"Records\":[", 12) == 0) {
			p += 12;
			continue;
		}
		arena_reset(a);
		if (scan_object(plan, st, p, end, fields, a, &after, &e) !=
		    SCAN_OK)
			break;
		b->records++;
		p = after;
	}
	b->bytes = b->text_len;
	arena_free(a);
	scan_state_free(st);
	scan_plan_free(plan);
}

static void
read_files(struct bench *b, enum input_mode mode, int slow)
{
	struct reader_options o = { .mode = mode, .slow_inflate = slow,
	    .record_max = READER_RECORD_MAX_DEFAULT,
	    .gunzip = { UINT64_MAX, 0 }, .id_seed = 1 };
	struct reader *r;
	const struct record *rec;
	enum reader_status status;
	struct err e;

	for (int k = 0; k < KIND_COUNT; k++)
		o.fields[k] = b->fields[k];
	r = reader_new(&o);
	for (int i = 0; i < b->nfiles; i++) {
		int fd = file_open(b->files[i]);
		struct bytes src = bytes_fd(fd);

		reader_start(r, &src, 0, 0);
		while ((status = reader_next(r, &rec, &e)) <= READER_BAD)
			b->records += status == READER_RECORD;
		if (status != READER_END)
			fprintf(stderr, "bench_stages: %s: %s\n", b->files[i],
			    e.msg);
		b->bytes += reader_bytes_out(r);
		close(fd);
	}
	reader_free(r);
}

static void
run_zlib_reader(struct bench *b)
{
	read_files(b, INPUT_AUTO, 1);
}

static void
run_isal_reader(struct bench *b)
{
	read_files(b, INPUT_AUTO, 0);
}

static void
run_lines_reader(struct bench *b)
{
	read_files(b, INPUT_S3ACCESS, 0);
}

static void
run_split(struct bench *b)
{
	const char *p = b->text, *end = p + b->text_len, *lf;
	struct s3access_line line;
	struct err e;

	while (p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		b->records += s3access_split(p, (size_t)(lf - p), &line, &e) == 0;
		p = lf + 1;
	}
	b->bytes = b->text_len;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
stage(struct bench *b, const char *name, void (*run)(struct bench *))
{
	double *seconds, median;

	if (b->only != NULL && strcmp(b->only, name) != 0)
		return;
	seconds = xcalloc((size_t)b->runs, sizeof *seconds);
	for (int i = 0; i < b->runs; i++) {
		int64_t start = clock_mono();

		b->bytes = b->records = 0;
		run(b);
		seconds[i] = (double)(clock_mono() - start) / 1e9;
	}
	qsort(seconds, (size_t)b->runs, sizeof *seconds, by_size);
	median = seconds[b->runs / 2];
	printf("  %-14s %8.0f MB/s", name, (double)b->bytes / 1e6 / median);
	if (b->records > 0)
		printf(" %10.0f records/s", (double)b->records / median);
	printf("\n");
	fflush(stdout);
	free(seconds);
}

/* The files' texts, as far as MEMORY_MAX goes, for stages that do not read. */
static void
load(struct bench *b)
{
	b->text = xmalloc(MEMORY_MAX + SCAN_PADDING);
	inflate_files(b, 1, b->text, MEMORY_MAX);
	memset(b->text + b->text_len, 0, SCAN_PADDING);
}

static void
fields_init(struct bench *b)
{
	for (int k = 0; k < KIND_COUNT; k++) {
		b->fields[k] = fieldset_new((enum kind)k);
		for (size_t i = 0; k != KIND_S3ACCESS && i < WANTED; i++)
			fieldset_add(b->fields[k], wanted[i]);
		for (size_t i = 0; k == KIND_S3ACCESS && i < S3ACCESS_COLUMNS;
		    i++)
			fieldset_add(b->fields[k], s3access_names[i]);
	}
}

static int
usage(void)
{
	fprintf(stderr, "usage: bench_stages [--runs N] [--only STAGE] "
	    "[--s3access] FILE...\n");
	return 2;
}

int
main(int argc, char **argv)
{
	struct bench b = { .runs = 5 };
	int lines = 0, i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--s3access") == 0)
			lines = 1;
		else if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc)
			b.runs = atoi(argv[++i]);
		else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
			b.only = argv[++i];
		else
			return usage();
	}
	if (i == argc || b.runs < 1)
		return usage();
	b.files = argv + i;
	b.nfiles = argc - i;
	fields_init(&b);
	if (b.only == NULL || strcmp(b.only, lines ? "split" : "scan") == 0)
		load(&b);
	if (lines) {
		stage(&b, "read", run_zlib);
		stage(&b, "split", run_split);
		stage(&b, "reader", run_lines_reader);
	} else {
		stage(&b, "zlib", run_zlib);
		stage(&b, "isal", run_isal);
		stage(&b, "scan", run_scan);
		stage(&b, "zlib+reader", run_zlib_reader);
		stage(&b, "isal+reader", run_isal_reader);
	}
	for (int k = 0; k < KIND_COUNT; k++)
		fieldset_free(b.fields[k]);
	free(b.text);
	return 0;
}
