/*
 * Decompression: one table of stored texts, sound and damaged, that holds both
 * libraries to the same bytes and the same errors, from memory, file and pipe.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#include "base/mem.h"
#include "io/gunzip.h"

struct text {
	char	*p;
	size_t	 len, cap;
};

static void
add(struct text *t, const void *p, size_t n)
{
	t->p = xgrow(t->p, &t->cap, t->len + n + 1, 1);
	if (n > 0)
		memcpy(t->p + t->len, p, n);
	t->len += n;
}

/* Adds p as a gzip member. */
static void
add_gzip(struct text *t, const void *p, size_t n, int level)
{
	z_stream z = { .next_in = (void *)(uintptr_t)p, .avail_in = (uInt)n };
	size_t room = n + n / 100 + 1024;
	char *out = xmalloc(room);

	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 31, 8,
	    Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = (void *)out;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	add(t, out, room - z.avail_out);
	deflateEnd(&z);
	free(out);
}

/* Text that deflates to about a fifth, the same in every run. */
static void
add_words(struct text *t, size_t n, uint32_t seed)
{
	static const char *const words[] = { "\"eventName\":", "GetObject",
	    "PutObject", "arn:aws:s3:::bucket/", "AccessDenied", ",{", "}" };
	char number[16];

	while (n > 0) {
		const char *w = words[seed % 7];
		size_t len;

		seed = seed * 1664525 + 1013904223;
		if (seed >> 28 < 5) {
			snprintf(number, sizeof number, "%u", seed >> 3);
			w = number;
		}
		len = strlen(w) < n ? strlen(w) : n;
		add(t, w, len);
		n -= len;
	}
}

/* A stored text and what must come of it. */
struct sample {
	struct text	 stored;
	struct text	 plain;		/* all that can be read */
	const char	*error;		/* what the error begins with; NULL: none */
	int		 early;
	struct gunzip_limits limits;
};

static void
sound(struct sample *s, size_t n)
{
	add_words(&s->plain, n, (uint32_t)n + 1);
	add_gzip(&s->stored, s->plain.p, s->plain.len, 6);
}

static void make_empty(struct sample *s) { (void)s; }
static void make_small(struct sample *s) { sound(s, 100); }
static void make_large(struct sample *s) { sound(s, 3000000); }

static void
make_plain(struct sample *s)
{
	add_words(&s->plain, 500000, 3);
	add(&s->stored, s->plain.p, s->plain.len);
}

static void
make_one_byte_of_magic(struct sample *s)
{
	add(&s->plain, "\x1f", 1);
	add(&s->stored, "\x1f", 1);
}

static void
make_empty_member(struct sample *s)
{
	add_gzip(&s->stored, "", 0, 6);
}

static void
make_members(struct sample *s)
{
	for (int i = 0; i < 40; i++) {
		size_t before = s->plain.len;

		add_words(&s->plain, (size_t)(i * i * 97), 7u + (uint32_t)i);
		add_gzip(&s->stored, s->plain.p + before,
		    s->plain.len - before, i % 10);
		if (i % 5 == 0)
			add_gzip(&s->stored, "", 0, 6);
	}
}

static void
make_tiny_members(struct sample *s)
{
	for (int i = 0; i < 20000; i++) {
		char c = (char)('a' + i % 26);

		add(&s->plain, &c, 1);
		add_gzip(&s->stored, &c, 1, 6);
	}
}

static void
make_stored_blocks(struct sample *s)
{
	add_words(&s->plain, 700000, 3);
	add_gzip(&s->stored, s->plain.p, s->plain.len, 0);
}

static void
make_zero_padding(struct sample *s)
{
	static const char zeros[300000];

	sound(s, 1000);
	add(&s->stored, zeros, sizeof zeros);
}

static void
make_header_with_name(struct sample *s)
{
	struct text t = { NULL, 0, 0 };

	add_words(&s->plain, 5000, 9);
	add_gzip(&t, s->plain.p, s->plain.len, 6);
	add(&s->stored, "\x1f\x8b\x08\x1c\0\0\0\0\0\x03", 10);
	add(&s->stored, "\x05\0extra", 7);
	add(&s->stored, "file.json", 10);
	add(&s->stored, "a comment", 10);
	add(&s->stored, t.p + 10, t.len - 10);
	free(t.p);
}

static void
make_garbage_behind(struct sample *s)
{
	sound(s, 100000);
	add(&s->stored, "garbage", 7);
	s->error = "7 bytes that are not gzip follow the stream";
}

static void
make_one_byte_behind(struct sample *s)
{
	sound(s, 100000);
	add(&s->stored, "\x1f", 1);
	s->error = "1 bytes that are not gzip follow the stream";
}

static void
make_garbage_behind_zeros(struct sample *s)
{
	sound(s, 1000);
	add(&s->stored, "\0\0\0\0x", 5);
	s->error = "5 bytes that are not gzip follow the stream";
}

static void
cut(struct sample *s, size_t keep)
{
	s->stored.len = keep;
	s->error = "gzip stream ends early after ";
	s->early = 1;
}

static void
make_cut_in_header(struct sample *s)
{
	sound(s, 1000);
	s->plain.len = 0;
	cut(s, 5);
}

static void
make_cut_in_trailer(struct sample *s)
{
	sound(s, 1000000);
	cut(s, s->stored.len - 3);
}

static void
make_cut_in_second_header(struct sample *s)
{
	sound(s, 10000);
	add_gzip(&s->stored, "abc", 3, 6);
	cut(s, s->stored.len - 19);
}

/* How much of what is left zlib can read: what is promised, found the direct way. */
static void
cut_plain(struct sample *s)
{
	z_stream z = { .next_in = (void *)s->stored.p,
	    .avail_in = (uInt)s->stored.len };
	char *out = xmalloc(s->plain.len + 1);

	assert_int_equal(inflateInit2(&z, 31), Z_OK);
	z.next_out = (void *)out;
	z.avail_out = (uInt)s->plain.len + 1;
	inflate(&z, Z_SYNC_FLUSH);
	assert_true(z.total_out > 0 && z.total_out < s->plain.len);
	assert_memory_equal(out, s->plain.p, z.total_out);
	s->plain.len = z.total_out;
	inflateEnd(&z);
	free(out);
}

static void
make_cut_in_the_middle(struct sample *s)
{
	sound(s, 3000000);
	cut(s, s->stored.len / 2);
	cut_plain(s);
}

static void
make_wrong_checksum(struct sample *s)
{
	sound(s, 400000);
	s->stored.p[s->stored.len - 8] ^= 1;
	s->error = "gzip data is damaged at stored byte ";
}

static void
make_wrong_length(struct sample *s)
{
	sound(s, 400000);
	s->stored.p[s->stored.len - 1] ^= 1;
	s->error = "gzip data is damaged at stored byte ";
}

static void
make_wrong_method(struct sample *s)
{
	sound(s, 400);
	s->stored.p[2] = 7;
	s->plain.len = 0;
	s->error = "gzip data is damaged at stored byte ";
}

static void
make_second_member_wrong(struct sample *s)
{
	size_t first;

	sound(s, 200000);
	first = s->stored.len;
	add_gzip(&s->stored, "abc", 3, 6);
	s->stored.p[first + 10] = '\xff';	/* a block type that is none */
	s->error = "gzip data is damaged at stored byte ";
}

static void
make_over_limit(struct sample *s)
{
	sound(s, 200000);
	s->limits.out_max = 150000;
	s->plain.len = 150000;
	s->error = "grows over the limit of ";
}

static void
make_just_at_limit(struct sample *s)
{
	sound(s, 200000);
	s->limits.out_max = 200000;
}

static void
make_at_limit_with_empty_member(struct sample *s)
{
	sound(s, 200000);
	add_gzip(&s->stored, "", 0, 6);
	s->limits.out_max = 200000;
}

static void
make_bomb(struct sample *s)
{
	size_t n = 40 << 20;
	char *zeros = xcalloc(1, n);

	add_gzip(&s->stored, zeros, n, 9);
	free(zeros);
	s->limits.ratio_max = 100;
	s->error = "grows more than 100 times";
}

static const struct {
	const char	*name;
	void		(*make)(struct sample *);
	int		 part;		/* how much comes out before the error depends on
					   the reads: only a beginning is promised */
} samples[] = {
	{ "empty object", make_empty, 0 },
	{ "small", make_small, 0 },
	{ "large", make_large, 0 },
	{ "plain text", make_plain, 0 },
	{ "half of the magic", make_one_byte_of_magic, 0 },
	{ "empty member", make_empty_member, 0 },
	{ "many members", make_members, 0 },
	{ "tiny members", make_tiny_members, 0 },
	{ "stored blocks", make_stored_blocks, 0 },
	{ "zero padding", make_zero_padding, 0 },
	{ "header with name, comment, extra", make_header_with_name, 0 },
	{ "garbage behind", make_garbage_behind, 0 },
	{ "one byte behind", make_one_byte_behind, 0 },
	{ "garbage behind zeros", make_garbage_behind_zeros, 0 },
	{ "cut in the header", make_cut_in_header, 0 },
	{ "cut in the trailer", make_cut_in_trailer, 0 },
	{ "cut in the second header", make_cut_in_second_header, 0 },
	{ "cut in the middle", make_cut_in_the_middle, 0 },
	{ "wrong checksum", make_wrong_checksum, 0 },
	{ "wrong length", make_wrong_length, 0 },
	{ "wrong method", make_wrong_method, 0 },
	{ "second member wrong", make_second_member_wrong, 0 },
	{ "over the limit", make_over_limit, 0 },
	{ "just at the limit", make_just_at_limit, 0 },
	{ "at the limit, empty member", make_at_limit_with_empty_member, 0 },
	{ "bomb", make_bomb, 1 },
};

#define SAMPLES (sizeof samples / sizeof samples[0])

static void
sample_make(struct sample *s, size_t i)
{
	memset(s, 0, sizeof *s);
	s->limits.out_max = UINT64_MAX;
	samples[i].make(s);
}

static void
sample_clear(struct sample *s)
{
	free(s->stored.p);
	free(s->plain.p);
}

/* What one read through came to. */
struct outcome {
	struct text	 out;
	struct err	 err;
	int		 failed;
};

static void
read_all(struct gunzip *g, struct bytes *src, size_t chunk, struct outcome *o)
{
	char *buf = xmalloc(chunk);
	long n;

	memset(o, 0, sizeof *o);
	gunzip_start(g, src);
	while ((n = gunzip_read(g, buf, chunk, &o->err)) > 0)
		add(&o->out, buf, (size_t)n);
	o->failed = n == -1;
	assert_int_equal(gunzip_out(g), o->out.len);
	/* The end stays the end. */
	assert_int_equal(gunzip_read(g, buf, chunk, &o->err), n);
	free(buf);
}

static void
check(const struct sample *s, size_t i, struct gunzip *g, struct outcome *o)
{
	if (o->failed != (s->error != NULL))
		fail_msg("%s: %s", samples[i].name, o->failed ? o->err.msg :
		    "no error");
	if (o->failed && strncmp(o->err.msg, s->error, strlen(s->error)) != 0)
		fail_msg("%s: %s", samples[i].name, o->err.msg);
	assert_int_equal(o->err.line, 0);
	assert_int_equal(gunzip_ended_early(g), s->early);
	if (!samples[i].part) {
		if (o->out.len != s->plain.len)
			fail_msg("%s: %zu bytes, not %zu", samples[i].name,
			    o->out.len, s->plain.len);
		if (s->plain.len > 0)
			assert_memory_equal(o->out.p, s->plain.p, s->plain.len);
	}
	free(o->out.p);
}

static void
both_libraries_give_the_same_bytes_and_errors(void **state)
{
	static const size_t chunks[] = { 1, 7, 4096, 65536, 1 << 20 };

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct sample s;
		char first[ERR_MSG_MAX] = "";

		sample_make(&s, i);
		for (int fast = 0; fast <= 1; fast++) {
			struct gunzip *g = gunzip_new(&s.limits, fast);

			for (size_t c = 0; c < 5; c++) {
				struct bytes src = bytes_mem(s.stored.p,
				    s.stored.len);
				struct outcome o;

				if (chunks[c] < 4096 && (s.plain.len > 1000000 ||
				    samples[i].part))
					continue;
				read_all(g, &src, chunks[c], &o);
				if (first[0] == '\0' && o.failed)
					memcpy(first, o.err.msg, sizeof first);
				if (o.failed)
					assert_string_equal(o.err.msg, first);
				check(&s, i, g, &o);
			}
			gunzip_free(g);
		}
		sample_clear(&s);
	}
}

static void
a_file_is_read_from_where_it_stands(void **state)
{
	char path[] = "/tmp/bucketwatch-gunzip-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd != -1);
	unlink(path);
	for (size_t i = 0; i < SAMPLES; i++)
		for (int fast = 0; fast <= 1; fast++) {
			struct sample s;
			struct outcome o;
			struct bytes src;
			struct gunzip *g;

			sample_make(&s, i);
			assert_int_equal(ftruncate(fd, 0), 0);
			assert_int_equal(pwrite(fd, "before", 6, 0), 6);
			assert_int_equal(pwrite(fd, s.stored.p ? s.stored.p : "",
			    s.stored.len, 6), (ssize_t)s.stored.len);
			assert_int_equal(lseek(fd, 6, SEEK_SET), 6);
			src = bytes_fd(fd);
			assert_int_equal(src.start, 6);
			g = gunzip_new(&s.limits, fast);
			read_all(g, &src, 65536, &o);
			check(&s, i, g, &o);
			if (s.error == NULL)
				assert_int_equal(gunzip_in(g), s.stored.len);
			gunzip_free(g);
			sample_clear(&s);
		}
	close(fd);
}

/* A child writes the stored text into a pipe in pieces. */
static pid_t
feed(const struct text *t, int *fd)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		size_t at = 0, n;

		signal(SIGPIPE, SIG_DFL);
		close(ends[0]);
		for (; at < t->len; at += n) {
			n = t->len - at < 777 ? t->len - at : 777;
			if (write(ends[1], t->p + at, n) != (ssize_t)n)
				break;
		}
		_exit(0);
	}
	close(ends[1]);
	*fd = ends[0];
	return pid;
}

static void
a_pipe_gives_the_same_without_going_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct sample s;
		struct outcome o;
		struct bytes src;
		struct gunzip *g;
		pid_t pid;
		int fd;

		sample_make(&s, i);
		pid = feed(&s.stored, &fd);
		src = bytes_fd(fd);
		assert_int_equal(bytes_can_rewind(&src), 0);
		g = gunzip_new(&s.limits, 1);
		read_all(g, &src, 65536, &o);
		check(&s, i, g, &o);
		gunzip_free(g);
		close(fd);
		waitpid(pid, NULL, 0);
		sample_clear(&s);
	}
}

/* Any byte turned over: the two libraries must still agree. */
static void
flipped_bytes_are_judged_alike(void **state)
{
	struct gunzip_limits limits = { 1 << 22, 0 };
	struct gunzip *fast = gunzip_new(&limits, 1);
	struct gunzip *slow = gunzip_new(&limits, 0);
	struct text t = { NULL, 0, 0 }, stored = { NULL, 0, 0 };

	(void)state;
	add_words(&t, 3000, 77);
	add_gzip(&stored, t.p, t.len, 6);
	add_gzip(&stored, t.p, 500, 1);
	for (size_t i = 0; i < 2 * stored.len; i++) {
		struct bytes a = bytes_mem(stored.p, stored.len), b = a;
		struct outcome x, y;
		char bit = i % 2 ? 0x10 : 1;

		stored.p[i / 2] ^= bit;
		read_all(fast, &a, 1000, &x);
		read_all(slow, &b, 1000, &y);
		assert_int_equal(x.failed, y.failed);
		if (x.failed)
			assert_string_equal(x.err.msg, y.err.msg);
		/* Before the damage was noticed the fast one may have been
		   further, never less far. */
		assert_true(x.out.len >= y.out.len);
		if (!x.failed)
			assert_int_equal(x.out.len, y.out.len);
		if (y.out.len > 0)
			assert_memory_equal(x.out.p, y.out.p, y.out.len);
		free(x.out.p);
		free(y.out.p);
		stored.p[i / 2] ^= bit;
	}
	free(t.p);
	free(stored.p);
	gunzip_free(fast);
	gunzip_free(slow);
}

static void
unreadable_source_is_named(void **state)
{
	struct gunzip_limits limits = { UINT64_MAX, 0 };
	struct gunzip *g = gunzip_new(&limits, 1);
	struct bytes src = bytes_fd(open("/", O_RDONLY));
	struct err e;
	char c;

	(void)state;
	gunzip_start(g, &src);
	assert_int_equal(gunzip_read(g, &c, 1, &e), -1);
	assert_string_equal(e.msg,
	    "reading fails at stored byte 0: Is a directory");
	close(src.fd);
	gunzip_free(g);
}

static void
damage_is_named_with_its_place(void **state)
{
	struct gunzip_limits limits = { UINT64_MAX, 0 };
	struct gunzip *g = gunzip_new(&limits, 1);
	struct sample s = { .error = NULL };
	struct outcome o;
	struct bytes src;
	char want[200];

	(void)state;
	sound(&s, 5000);
	src = bytes_mem(s.stored.p, s.stored.len - 2);
	read_all(g, &src, 4096, &o);
	snprintf(want, sizeof want, "gzip stream ends early after 5000 bytes "
	    "(stored byte %zu)", s.stored.len - 2);
	assert_string_equal(o.err.msg, want);
	free(o.out.p);
	add(&s.stored, "<html>", 6);
	src = bytes_mem(s.stored.p, s.stored.len);
	read_all(g, &src, 4096, &o);
	snprintf(want, sizeof want, "6 bytes that are not gzip follow the "
	    "stream (from stored byte %zu)", s.stored.len - 6);
	assert_string_equal(o.err.msg, want);
	free(o.out.p);
	gunzip_free(g);
	sample_clear(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_libraries_give_the_same_bytes_and_errors),
		cmocka_unit_test(a_file_is_read_from_where_it_stands),
		cmocka_unit_test(a_pipe_gives_the_same_without_going_back),
		cmocka_unit_test(flipped_bytes_are_judged_alike),
		cmocka_unit_test(unreadable_source_is_named),
		cmocka_unit_test(damage_is_named_with_its_place),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
