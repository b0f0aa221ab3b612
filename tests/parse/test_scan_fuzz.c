/*
 * Differential fuzz: on every record that cJSON accepts, generated, real or mutated,
 * the field scanner must find the same values. Runs about ten seconds, or as many as
 * BUCKETWATCH_FUZZ_SECONDS says; BUCKETWATCH_FUZZ_SEED picks another course.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "parse/scan_impl.h"

#define SECONDS_DEFAULT 8
#define RECORD_SIZE_MAX (64 * 1024)

static const char *const paths[] = { "eventVersion", "eventSource", "eventName",
    "eventTime", "userIdentity.type", "userIdentity.arn", "userIdentity",
    "userIdentity.sessionContext.sessionIssuer.arn",
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
    "requestParameters.bucketName", "requestParameters.key",
    "requestParameters", "requestParameters.a.b.c", "resources.ARN",
    "resources.type", "resources", "responseElements.x", "tlsDetails.tlsVersion",
    "additionalEventData.bytesTransferredOut", "readOnly", "a", "a.b",
    "no.such.path", "errorCode" };
#define PATHS (sizeof paths / sizeof paths[0])

struct corpus {
	char	**texts;
	size_t	 n, cap;
};

static uint32_t
roll(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)((*seed >> 33) % below);
}

/* -- records to begin with ------------------------------------------------------ */

static void
corpus_add(struct corpus *c, char *text)
{
	if (text == NULL || strlen(text) > RECORD_SIZE_MAX) {
		free(text);
		return;
	}
	c->texts = xgrow(c->texts, &c->cap, c->n + 1, sizeof *c->texts);
	c->texts[c->n++] = text;
}

/* Takes records out of a parsed file: Records, or event, or itself. */
static void
corpus_add_tree(struct corpus *c, const cJSON *tree)
{
	const cJSON *records = cJSON_GetObjectItemCaseSensitive(tree, "Records");
	const cJSON *event = cJSON_GetObjectItemCaseSensitive(tree, "event");
	const cJSON *item;

	if (event != NULL) {
		corpus_add_tree(c, event);
		return;
	}
	if (!cJSON_IsArray(records)) {
		if (cJSON_IsObject(tree))
			corpus_add(c, cJSON_PrintUnformatted(tree));
		return;
	}
	cJSON_ArrayForEach(item, records)
		if (cJSON_IsObject(item))
			corpus_add(c, c->n % 4 ? cJSON_PrintUnformatted(item) :
			    cJSON_Print(item));
}

static void
corpus_add_file(struct corpus *c, const char *path)
{
	FILE *f = fopen(path, "r");
	char *text, *line, *save;
	struct stat st;
	cJSON *tree;
	size_t n;

	if (f == NULL || fstat(fileno(f), &st) == -1 || st.st_size > 4 << 20) {
		if (f != NULL)
			fclose(f);
		return;
	}
	text = xmalloc((size_t)st.st_size + 1);
	n = fread(text, 1, (size_t)st.st_size, f);
	text[n] = '\0';
	fclose(f);
	tree = cJSON_ParseWithOpts(text, NULL, 1);
	if (tree != NULL) {
		corpus_add_tree(c, tree);
	} else {
		for (line = strtok_r(text, "\n", &save); line != NULL;
		    line = strtok_r(NULL, "\n", &save)) {
			tree = cJSON_Parse(line);
			if (tree != NULL)
				corpus_add_tree(c, tree);
			cJSON_Delete(tree);
		}
		tree = NULL;
	}
	cJSON_Delete(tree);
	free(text);
}

static void
corpus_add_folder(struct corpus *c, const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char *name;
	size_t len;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		len = strlen(entry->d_name);
		if (entry->d_name[0] == '.')
			continue;
		name = xasprintf("%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR)
			corpus_add_folder(c, name);
		else if ((len > 5 && strcmp(entry->d_name + len - 5, ".json") ==
		    0) || (len > 6 && strcmp(entry->d_name + len - 6, ".jsonl")
		    == 0))
			corpus_add_file(c, name);
		free(name);
	}
	closedir(dir);
}

/* A made-up value: objects and arrays get fewer the deeper it is. */
static void
generate(struct buf *b, uint64_t *seed, int depth)
{
	static const char *const keys[] = { "eventVersion", "eventSource",
	    "eventName", "userIdentity", "type", "arn", "sessionContext",
	    "sessionIssuer", "requestParameters", "bucketName", "key", "a", "b",
	    "c", "resources", "ARN", "tlsDetails", "tlsVersion", "responseElements",
	    "x", "", "a key that is longer than thirty-two bytes", "A", "readOnly" };
	static const char *const scalars[] = { "null", "true", "false", "0", "-1",
	    "12345678901234567890", "1.5", "-2.5e+10", "1E-3", "\"\"",
	    "\"GetObject\"", "\"s3.amazonaws.com\"", "\"a \\\"quoted\\\" one\"",
	    "\"back\\\\slash\\\\\"", "\"\\u00e9\\ud83d\\ude00\"",
	    "\"[brackets]{in}\\\\\\\"text\"", "\"\xc3\xa9\xe2\x82\xac\"",
	    "\"arn:aws:sts::111122223333:assumed-role/app/session-0123456789\"",
	    "\"\\n\\t\\/\"", "\"{\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\"}]}\"" };
	static const char *const blanks[] = { "", "", "", "", " ", "\n  ",
	    "\t", " \r\n ", "                                        " };
	uint32_t n = roll(seed, depth == 0 ? 16 : 6);
	uint32_t form = depth == 0 ? 0 : depth > 6 ? 2 : roll(seed, 5);

	if (form >= 2) {
		buf_adds(b, scalars[roll(seed, sizeof scalars /
		    sizeof scalars[0])]);
		return;
	}
	buf_addc(b, form == 0 ? '{' : '[');
	buf_adds(b, blanks[roll(seed, 9)]);
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0) {
			buf_addc(b, ',');
			buf_adds(b, blanks[roll(seed, 9)]);
		}
		if (form == 0) {
			buf_addf(b, "\"%s\"", keys[roll(seed, sizeof keys /
			    sizeof keys[0])]);
			buf_adds(b, blanks[roll(seed, 9)]);
			buf_addc(b, ':');
			buf_adds(b, blanks[roll(seed, 9)]);
		}
		generate(b, seed, depth + 1);
		buf_adds(b, blanks[roll(seed, 9)]);
	}
	buf_addc(b, form == 0 ? '}' : ']');
}

/* A few bytes changed, put in, taken out or doubled. */
static void
mutate(struct buf *b, uint64_t *seed)
{
	static const char *const pieces[] = { "\"", "\\", "\\\"", "\\\\", "{", "}",
	    "[", "]", ",", ":", " ", "\n", "null", "\"a\":1,", "\"a\":{\"b\":",
	    "\"a\":[", "\"eventName\":\"x\",", "{}", "[]", "1", "-", "e", ".",
	    "\xff", "\001", "t", "\"\"" };
	uint32_t times = 1 + roll(seed, 3), at, len;
	const char *piece;
	char *copy;

	while (times-- > 0 && b->len > 2 && b->len < RECORD_SIZE_MAX) {
		at = 1 + roll(seed, (uint32_t)b->len - 1);
		copy = xstrndup(b->data, b->len);
		len = (uint32_t)b->len;
		switch (roll(seed, 4)) {
		case 0:
			piece = pieces[roll(seed, sizeof pieces /
			    sizeof pieces[0])];
			buf_reset(b);
			buf_add(b, copy, at);
			buf_adds(b, piece);
			buf_add(b, copy + at, len - at);
			break;
		case 1: {
			uint32_t cut = 1 + roll(seed, 20);

			if (cut > len - at)
				cut = len - at;
			buf_reset(b);
			buf_add(b, copy, at);
			buf_add(b, copy + at + cut, len - at - cut);
			break;
		}
		case 2:
			b->data[at] = "\"\\{}[],:0a \t"[roll(seed, 12)];
			break;
		case 3: {
			uint32_t n = 1 + roll(seed, 100);

			if (n > len - at)
				n = len - at;
			buf_reset(b);
			buf_add(b, copy, at);
			buf_add(b, copy + at, n);
			buf_add(b, copy + at, len - at);
			break;
		}
		}
		free(copy);
	}
}

/* -- what cJSON makes of it ------------------------------------------------------ */

/* Is there anything on which the two part (see test_scan.c)? Escapes that cJSON takes
   for a NUL, and control characters, which it takes for white space everywhere (as
   the scanner does, but not value_path()). */
static int
parts(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' && text[i] != '\t' &&
		    text[i] != '\n' && text[i] != '\r')
			return 1;
	for (size_t i = 0; i + 1 < len; i++)
		if (text[i] == '\\' && text[i + 1] == 'u') {
			unsigned code = 0;

			if (len - i < 6 || sscanf(text + i + 2, "%4x", &code)
			    != 1 || code == 0)
				return 1;
			for (int k = 2; k < 6; k++)
				if (strchr("0123456789abcdefABCDEF",
				    text[i + (size_t)k]) == NULL)
					return 1;
		} else if (text[i] == '\\')
			i++;
	return 0;
}

struct chain {
	const struct value *next;
	struct arena	*arena;
	int		 wrong;
};

static int
value_equals(const struct value *v, const cJSON *item, struct arena *a)
{
	const char *end, *s;
	size_t len;
	cJSON *again;
	int same;
	char *copy;

	switch (v->type) {
	case VALUE_NULL:
		return cJSON_IsNull(item);
	case VALUE_TRUE:
		return cJSON_IsTrue(item);
	case VALUE_FALSE:
		return cJSON_IsFalse(item);
	case VALUE_NUMBER:
		copy = arena_strndup(a, v->text, v->len);
		return cJSON_IsNumber(item) && strtod(copy, NULL) ==
		    item->valuedouble;
	case VALUE_STRING:
		s = value_string(v, a, &len);
		return cJSON_IsString(item) && strlen(item->valuestring) == len &&
		    memcmp(item->valuestring, s, len) == 0;
	}
	again = cJSON_ParseWithLengthOpts(v->text, v->len, &end, 0);
	same = again != NULL && end == v->text + v->len &&
	    (v->type == VALUE_OBJECT ? cJSON_IsObject(item) :
	    cJSON_IsArray(item));
	if (same) {
		char *x = cJSON_PrintUnformatted(again);
		char *y = cJSON_PrintUnformatted(item);

		same = strcmp(x, y) == 0;
		free(x);
		free(y);
	}
	cJSON_Delete(again);
	return same;
}

static void
walk(struct chain *c, const cJSON *item, const char *path)
{
	const char *dot;
	char name[128];
	size_t len;

	if (path == NULL) {
		if (c->next == NULL || !value_equals(c->next, item, c->arena)) {
			c->wrong = 1;
			return;
		}
		c->next = c->next->next;
		return;
	}
	if (cJSON_IsArray(item)) {
		for (item = item->child; item != NULL; item = item->next)
			if (!cJSON_IsNull(item))
				walk(c, item, path);
		return;
	}
	dot = strchr(path, '.');
	len = dot != NULL ? (size_t)(dot - path) : strlen(path);
	snprintf(name, sizeof name, "%.*s", (int)len, path);
	if (!cJSON_IsObject(item))
		return;
	item = cJSON_GetObjectItemCaseSensitive(item, name);
	if (item != NULL)
		walk(c, item, dot != NULL ? dot + 1 : NULL);
}

struct fuzz {
	struct scan_plan *plan;
	struct scan_state *states[3];
	struct arena	*scratch, *arena;
	size_t		 tried, accepted;
};

/* A key with a dot of ours in it, after unescaping: Sigma's rule, not cJSON's. */
static int
has_dotted_key(const cJSON *item)
{
	for (item = item->child; item != NULL; item = item->next)
		if ((item->string != NULL && strchr(item->string, '.') != NULL) ||
		    has_dotted_key(item))
			return 1;
	return 0;
}

static void
check(struct fuzz *f, const char *text, size_t len)
{
	char *copy = xmalloc(len + SCAN_PADDING);
	struct value *fields[PATHS];
	const char *after, *end = NULL;
	cJSON *tree = NULL;
	int comparable;
	struct err e;

	memcpy(copy, text, len);
	memset(copy + len, "\"}\\\0"[len % 4], SCAN_PADDING);
	if (copy[0] == '{')
		tree = cJSON_ParseWithLengthOpts(copy, len, &end, 0);
	comparable = tree != NULL && !parts(copy, len) && !has_dotted_key(tree);
	f->tried++;
	f->accepted += (size_t)comparable;
	for (int k = 0; k < 3 && copy[0] == '{'; k++) {
		enum scan_status status;

		if (f->states[k] == NULL)
			continue;
		arena_reset(f->scratch);
		arena_reset(f->arena);
		status = scan_object(f->plan, f->states[k], copy, copy + len,
		    fields, f->scratch, &after, &e);
		if (!comparable)
			continue;
		if (status != SCAN_OK)
			fail_msg("kernel %d refuses (%s): %.*s", k, status ==
			    SCAN_BAD ? e.msg : "more", (int)len, text);
		if (after != end)
			fail_msg("kernel %d ends at %zd, cJSON at %zd: %.*s", k,
			    after - copy, end - copy, (int)len, text);
		for (size_t i = 0; i < PATHS; i++) {
			struct chain c = { fields[i], f->arena, 0 };

			walk(&c, tree, paths[i]);
			if (c.wrong || c.next != NULL)
				fail_msg("kernel %d, %s differs: %.*s", k,
				    paths[i], (int)len, text);
		}
	}
	cJSON_Delete(tree);
	free(copy);
}

static void
fuzz_start(struct fuzz *f)
{
	memset(f, 0, sizeof *f);
	f->plan = scan_plan_new(paths, PATHS);
	for (int k = 0; k < 3; k++) {
		f->states[k] = scan_state_new(f->plan);
		if (scan_state_choose(f->states[k], (enum scan_kernel)k) == 0)
			continue;
		scan_state_free(f->states[k]);
		f->states[k] = NULL;
	}
	f->scratch = arena_new();
	f->arena = arena_new();
}

static void
fuzz_end(struct fuzz *f)
{
	for (int k = 0; k < 3; k++)
		scan_state_free(f->states[k]);
	scan_plan_free(f->plan);
	arena_free(f->scratch);
	arena_free(f->arena);
}

static double
setting(const char *name, double otherwise)
{
	const char *s = getenv(name);

	return s != NULL ? atof(s) : otherwise;
}

static void
generated_records_agree_with_cjson(void **state)
{
	uint64_t seed = (uint64_t)setting("BUCKETWATCH_FUZZ_SEED", 1);
	double seconds = setting("BUCKETWATCH_FUZZ_SECONDS", SECONDS_DEFAULT);
	int64_t end = clock_mono() + (int64_t)(seconds / 2 * NS_PER_SEC);
	struct buf b = BUF_INIT(4 << 20);
	struct fuzz f;

	(void)state;
	fuzz_start(&f);
	do {
		buf_reset(&b);
		generate(&b, &seed, 0);
		check(&f, b.data, b.len);
		for (int i = 0; i < 4; i++) {
			mutate(&b, &seed);
			check(&f, b.data, b.len);
		}
	} while (clock_mono() < end);
	print_message("# %zu tried, %zu compared\n", f.tried, f.accepted);
	assert_true(f.accepted > 100);
	fuzz_end(&f);
	buf_clear(&b);
}

static char *
corpus_folder(void)
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
corpus_records_agree_with_cjson(void **state)
{
	uint64_t seed = (uint64_t)setting("BUCKETWATCH_FUZZ_SEED", 1) + 1;
	double seconds = setting("BUCKETWATCH_FUZZ_SECONDS", SECONDS_DEFAULT);
	char *folder = corpus_folder();
	struct buf b = BUF_INIT(4 << 20);
	struct corpus c = { NULL, 0, 0 };
	struct fuzz f;
	int64_t end;

	(void)state;
	corpus_add_folder(&c, folder);
	free(folder);
	assert_true(c.n > 0);
	fuzz_start(&f);
	for (size_t i = 0; i < c.n; i++)
		check(&f, c.texts[i], strlen(c.texts[i]));
	print_message("# %zu real ones, %zu compared\n", f.tried, f.accepted);
	assert_true(f.accepted > f.tried / 2);
	end = clock_mono() + (int64_t)(seconds / 2 * NS_PER_SEC);
	do {
		const char *text = c.texts[roll(&seed, (uint32_t)c.n)];

		if (strlen(text) > 8192)
			continue;
		buf_reset(&b);
		buf_adds(&b, text);
		for (int i = 0; i < 3; i++) {
			mutate(&b, &seed);
			check(&f, b.data, b.len);
		}
	} while (clock_mono() < end);
	print_message("# %zu tried, %zu compared\n", f.tried, f.accepted);
	fuzz_end(&f);
	for (size_t i = 0; i < c.n; i++)
		free(c.texts[i]);
	free(c.texts);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest generated[] = {
		cmocka_unit_test(generated_records_agree_with_cjson),
	};
	const struct CMUnitTest both[] = {
		cmocka_unit_test(generated_records_agree_with_cjson),
		cmocka_unit_test(corpus_records_agree_with_cjson),
	};
	char *folder = corpus_folder();

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (folder == NULL) {
		printf("# the corpus of real logs is not there: made records "
		    "alone\n");
		return cmocka_run_group_tests(generated, NULL, NULL);
	}
	free(folder);
	return cmocka_run_group_tests(both, NULL, NULL);
}
