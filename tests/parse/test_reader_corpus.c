/*
 * Real logs: the reader must hand out as many records as an independent count finds,
 * and end whatever it is given.
 */
#include <dirent.h>
#include <fcntl.h>
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

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/mem.h"
#include "parse/reader_impl.h"

#define TEXT_MAX (64 << 20)

struct rig {
	struct fieldset	*fields[KIND_COUNT];
	struct reader	*reader;
};

static void
rig_open(struct rig *rig, size_t window, int slow)
{
	struct reader_options o = { .mode = INPUT_AUTO,
	    .record_max = READER_RECORD_MAX_DEFAULT,
	    .gunzip = { 1ULL << 40, 0 }, .slow_inflate = slow };

	for (int k = 0; k < KIND_COUNT; k++) {
		rig->fields[k] = fieldset_new((enum kind)k);
		fieldset_add(rig->fields[k], k == KIND_S3ACCESS ? "operation" :
		    "eventName");
		o.fields[k] = rig->fields[k];
	}
	rig->reader = reader_new_sized(&o, window);
}

static void
rig_close(struct rig *rig)
{
	reader_free(rig->reader);
	for (int k = 0; k < KIND_COUNT; k++)
		fieldset_free(rig->fields[k]);
}

/* -- the independent count --------------------------------------------------------- */

static char *
load(const char *path, size_t *len)
{
	gzFile f = gzopen(path, "rb");
	struct buf b = BUF_INIT(TEXT_MAX);
	char chunk[16384];
	int n;

	assert_non_null(f);
	while ((n = gzread(f, chunk, sizeof chunk)) > 0)
		assert_int_equal(buf_add(&b, chunk, (size_t)n), 0);
	gzclose(f);
	*len = b.len;
	return buf_take(&b);
}

/* Records of a JSON text, or lines of an access log. */
static size_t
count(const char *path, int json)
{
	size_t len, n = 0;
	char *text = load(path, &len), *line, *save = NULL;
	cJSON *tree = json ? cJSON_ParseWithOpts(text, NULL, 1) : NULL;
	const cJSON *records = cJSON_GetObjectItemCaseSensitive(tree, "Records");

	if (cJSON_IsArray(records)) {
		n = (size_t)cJSON_GetArraySize(records);
	} else {
		for (line = strtok_r(text, "\n", &save); line != NULL;
		    line = strtok_r(NULL, "\n", &save)) {
			cJSON *one = json ? cJSON_Parse(line) : NULL;

			n += json ? cJSON_IsObject(one) :
			    strspn(line, " \t\r") < strlen(line);
			cJSON_Delete(one);
		}
	}
	cJSON_Delete(tree);
	free(text);
	return n;
}

/* -- the reader's ------------------------------------------------------------------- */

struct result {
	size_t	 records, bad;
	enum reader_status status;
	struct err err;
};

static void
read_file(struct reader *r, const char *path, struct result *result)
{
	int fd = open(path, O_RDONLY);
	struct bytes src = bytes_fd(fd);
	const struct record *rec;
	struct arena *a = arena_new();

	memset(result, 0, sizeof *result);
	assert_true(fd != -1);
	reader_start(r, &src, 0, 0);
	while ((result->status = reader_next(r, &rec, &result->err)) <= READER_BAD) {
		const char *common[COMMON_COUNT], *id[6];
		cJSON *tree;

		if (result->status == READER_BAD) {
			result->bad++;
			continue;
		}
		result->records++;
		arena_reset(a);
		reader_common(r, a, common);
		reader_identity(r, a, id);
		assert_non_null(id[0]);
		tree = cJSON_Parse(reader_event_json(r, &(size_t){ 0 }));
		if (!cJSON_IsObject(tree))
			fail_msg("%s: %s", path, reader_event_json(r, &(size_t){ 0 }));
		cJSON_Delete(tree);
	}
	close(fd);
	arena_free(a);
}

static void
for_each_file(const char *folder, void (*fn)(const char *path, void *arg),
    void *arg)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char *path;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		path = xasprintf("%s/%s", folder, entry->d_name);
		if (entry->d_type == DT_DIR)
			for_each_file(path, fn, arg);
		else
			fn(path, arg);
		free(path);
	}
	closedir(dir);
}

static int
ends(const char *s, const char *with)
{
	size_t n = strlen(s), m = strlen(with);

	return n >= m && strcmp(s + n - m, with) == 0;
}

struct counts {
	struct reader	*reader;
	size_t		 files, records;
};

static void
compare_file(const char *path, void *arg)
{
	int json = ends(path, ".json") || ends(path, ".jsonl") ||
	    ends(path, ".jsonl.gz");
	struct counts *counts = arg;
	struct result result;
	size_t want;

	if (strstr(path, "/sigma/") != NULL || strstr(path, "/suzaku") != NULL ||
	    strstr(path, "ncbi-fuzz") != NULL || (!json && !ends(path, ".log")))
		return;
	want = count(path, json);
	read_file(counts->reader, path, &result);
	if (result.status != READER_END || result.bad > 0 ||
	    result.records != want)
		fail_msg("%s: %zu records, %zu bad (%s), not %zu", path,
		    result.records, result.bad, result.err.msg, want);
	counts->files++;
	counts->records += want;
}

static char *
corpus(void)
{
	const char *shared = getenv("BUCKETWATCH_SHARED");
	const char *top = getenv("top_srcdir");
	char *path = shared != NULL ? xasprintf("%s/corpus", shared) :
	    xasprintf("%s/../shared/corpus", top != NULL ? top : ".");

	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static void
every_file_gives_as_many_records_as_are_in_it(void **state)
{
	static const size_t windows[] = { 500, WINDOW_SIZE };
	char *folder = corpus();

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct counts counts = { NULL, 0, 0 };
		struct rig rig;

		rig_open(&rig, windows[i], i);
		counts.reader = rig.reader;
		for_each_file(folder, compare_file, &counts);
		print_message("# %zu files, %zu records\n", counts.files,
		    counts.records);
		assert_true(counts.files > 50);
		rig_close(&rig);
	}
	free(folder);
}

static void
end_file(const char *path, void *arg)
{
	struct counts *counts = arg;
	struct result result;

	read_file(counts->reader, path, &result);
	assert_true(result.status == READER_END ||
	    result.status == READER_DAMAGED);
	counts->files++;
	counts->records += result.records + result.bad;
}

static void
fuzz_files_end_in_records_or_errors(void **state)
{
	char *folder = corpus(), *path;
	struct counts counts = { NULL, 0, 0 };
	struct rig rig;

	(void)state;
	path = xasprintf("%s/s3access/ncbi-fuzz", folder);
	rig_open(&rig, WINDOW_SIZE, 0);
	counts.reader = rig.reader;
	for_each_file(path, end_file, &counts);
	print_message("# %zu files, %zu records or errors\n", counts.files,
	    counts.records);
	assert_true(counts.files > 0 && counts.records >= counts.files);
	rig_close(&rig);
	free(path);
	free(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_gives_as_many_records_as_are_in_it),
		cmocka_unit_test(fuzz_files_end_in_records_or_errors),
	};
	char *folder = corpus();

	if (folder == NULL) {
		printf("1..0 # SKIP the corpus of real logs is not there\n");
		return 0;
	}
	free(folder);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
