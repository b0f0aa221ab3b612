/*
 * A file of JSON lines. What counts is that each alert stands in it once, whatever is
 * killed in between: a send is one write, flushed to disk before it counts as sent,
 * and its end (the mark) goes into the same transaction that calls the deliveries
 * sent. What lies beyond the mark at the next start was never committed, will be sent
 * again, and is cut off.
 *
 * The mark also says which file it is about (a hash of path and inode), so that a file
 * that was put there by somebody else, or that another path of the config leads to,
 * is never cut. A file that is shorter than its mark was rotated: nothing to cut.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "output/kind.h"

#define FILE_MODE_DEFAULT "0640"
#define MARK_LENGTH_BITS 44		/* 16 TiB */
#define MARK_LENGTH_MAX ((INT64_C(1) << MARK_LENGTH_BITS) - 1)
#define MARK_FILE_MAX ((UINT64_C(1) << (63 - MARK_LENGTH_BITS)) - 1)

struct output_to_file {
	struct output	 common;
	/* options */
	char		*path, *mode_text;
	/* the open file */
	mode_t		 mode;
	int		 fd;
	int		 opened;	/* fd is one */
	dev_t		 dev;
	ino_t		 ino;
	int64_t		 length;	/* of what is committed or about to be */
	int		 torn;		/* a failed write could not be cut back yet */
};

static const struct option options[] = {
	OUTPUT_OPTIONS,
	{ .key = "path", .type = OPTION_STRING, .required = 1,
	    .offset = offsetof(struct output_to_file, path) },
	{ .key = "mode", .type = OPTION_STRING, .fallback = FILE_MODE_DEFAULT,
	    .offset = offsetof(struct output_to_file, mode_text) },
	{ .key = NULL }
};

static int
file_check(struct output *o, const struct yaml *y, const struct yaml_node *node,
    struct errs *es)
{
	struct output_to_file *f = (struct output_to_file *)o;
	const char *m = f->mode_text ? f->mode_text : FILE_MODE_DEFAULT;
	int rc = 0;

	o->many = OUTPUT_MANY_MAX;
	if (f->path)
		snprintf(o->address, sizeof o->address, "%s", f->path);
	if (f->path && f->path[0] != '/')
		rc = output_mistake(es, y, node, "path", "path must begin with '/'");
	if (strspn(m, "01234567") != strlen(m) || strlen(m) < 3 || strlen(m) > 4 ||
	    strtoul(m, NULL, 8) > 0777)
		rc = output_mistake(es, y, node, "mode", "mode must be octal, such "
		    "as 0640");
	else
		f->mode = (mode_t)strtoul(m, NULL, 8);
	if ((f->mode & 0600) != 0600 && rc == 0)
		rc = output_mistake(es, y, node, "mode", "mode must let the owner "
		    "read and write");
	return rc;
}

static void
file_close(struct output_to_file *f)
{
	if (f->opened)
		close(f->fd);
	f->opened = 0;
}

/* The name of a new file must survive a power cut as well. */
static int
sync_folder(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = -1;

	free(copy);
	if (fd == -1)
		return -1;
	if (fsync(fd) == 0 || errno == EINVAL)	/* some file systems cannot */
		rc = 0;
	close(fd);
	return rc;
}

/*
 * Two writers would cut each other's lines. The lock is the process's: while a new
 * configuration takes over from the old one, both may hold the file.
 */
static int
file_lock(const struct output_to_file *f, struct err *e)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(f->fd, F_SETLK, &lock) == 0)
		return 0;
	if (errno == EACCES || errno == EAGAIN)
		return err_set(e, "%s: another process is writing there", f->path);
	return err_set(e, "%s: cannot lock it: %s", f->path, strerror(errno));
}

static int
file_open(struct output_to_file *f, struct err *e)
{
	struct stat st;
	int made = 0;

	/* O_NONBLOCK: a fifo is refused below, not waited for. */
	f->fd = open(f->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (f->fd == -1 && errno == ENOENT) {
		f->fd = open(f->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY |
		    O_CREAT | O_EXCL, f->mode);
		made = 1;
	}
	if (f->fd == -1)
		return err_set(e, "%s: %s", f->path, strerror(errno));
	f->opened = 1;
	if (fstat(f->fd, &st) == -1) {
		err_set(e, "%s: %s", f->path, strerror(errno));
		goto fail;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(e, "%s: is not a regular file", f->path);
		goto fail;
	}
	if (made && sync_folder(f->path) == -1) {
		err_set(e, "%s: cannot flush its folder: %s", f->path,
		    strerror(errno));
		goto fail;
	}
	if (file_lock(f, e) == -1)
		goto fail;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->length = st.st_size;
	f->torn = 0;
	return 0;
fail:
	file_close(f);
	return -1;
}

/* -- marks ------------------------------------------------------------------------ */

static uint64_t
file_hash(const struct output_to_file *f)
{
	/* The device is left out: its number may change with a reboot. */
	uint64_t ino = (uint64_t)f->ino;
	uint64_t seed = hash64(f->path, strlen(f->path), 0);

	return hash64(&ino, sizeof ino, seed) & MARK_FILE_MAX;
}

static int64_t
file_mark(const struct output *o)
{
	const struct output_to_file *f = (const struct output_to_file *)o;

	if (!f->opened || f->length > MARK_LENGTH_MAX)
		return -1;
	return (int64_t)(file_hash(f) << MARK_LENGTH_BITS) | f->length;
}

/* A line that has lost its end must not swallow the next one. */
static int
end_last_line(struct output_to_file *f, struct err *e)
{
	char last;

	if (f->length == 0 || pread(f->fd, &last, 1, f->length - 1) != 1 ||
	    last == '\n')
		return 0;
	if (write(f->fd, "\n", 1) != 1)
		return err_set(e, "%s: %s", f->path, strerror(errno));
	f->length++;
	return 0;
}

static int
file_start(struct output *o, int64_t mark, struct err *e)
{
	struct output_to_file *f = (struct output_to_file *)o;
	int64_t length = mark & MARK_LENGTH_MAX;

	if (file_open(f, e) == -1)
		return -1;
	if (mark >= 0 && (uint64_t)mark >> MARK_LENGTH_BITS == file_hash(f) &&
	    f->length > length) {
		if (ftruncate(f->fd, length) == -1 || fdatasync(f->fd) == -1) {
			err_set(e, "%s: cannot cut it back to %lld bytes: %s",
			    f->path, (long long)length, strerror(errno));
			file_close(f);
			return -1;
		}
		f->length = length;
	}
	if (end_last_line(f, e) == -1) {
		file_close(f);
		return -1;
	}
	return 0;
}

static void
file_stop(struct output *o)
{
	file_close((struct output_to_file *)o);
}

/* -- writing ---------------------------------------------------------------------- */

/*
 * Rotation may rename the file under us, and people remove files: what would be
 * written to a file that nobody can find again must not count as sent.
 */
static int
file_current(struct output_to_file *f, struct err *e)
{
	struct stat st;

	if (f->opened && stat(f->path, &st) == 0 && st.st_dev == f->dev &&
	    st.st_ino == f->ino)
		return file_lock(f, e);
	file_close(f);
	if (file_open(f, e) == -1)
		return -1;
	if (end_last_line(f, e) == -1) {
		file_close(f);
		return -1;
	}
	return 0;
}

static void
file_reopen(struct output *o)
{
	struct output_to_file *f = (struct output_to_file *)o;
	struct err e;

	if (o->done == NULL)
		return;
	file_close(f);
	/* A failure shows, and is told, at the next send. */
	if (file_open(f, &e) == 0 && end_last_line(f, &e) == -1)
		file_close(f);
}

/* All of it or -1 with errno. */
static int
write_all(int fd, struct iovec *v, int n)
{
	ssize_t done;

	while (n > 0) {
		done = writev(fd, v, n);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		while (n > 0 && (size_t)done >= v->iov_len) {
			done -= (ssize_t)v->iov_len;
			v++, n--;
		}
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + done;
			v->iov_len -= (size_t)done;
		}
	}
	return 0;
}

static void
file_send(struct output *o, const struct output_message *m, size_t n)
{
	static const char newline[] = "\n";
	struct output_to_file *f = (struct output_to_file *)o;
	struct iovec v[2 * OUTPUT_MANY_MAX];
	struct stat st;
	struct err e;
	size_t i;
	int error;

	if (file_current(f, &e) == -1)
		goto retry;
	if (f->torn && ftruncate(f->fd, f->length) == -1) {
		err_set(&e, "%s: cannot cut it back to %lld bytes: %s", f->path,
		    (long long)f->length, strerror(errno));
		goto retry;
	}
	f->torn = 0;
	for (i = 0; i < n; i++) {
		v[2 * i].iov_base = (char *)(uintptr_t)m[i].json;
		v[2 * i].iov_len = m[i].len;
		v[2 * i + 1].iov_base = (char *)(uintptr_t)newline;
		v[2 * i + 1].iov_len = 1;
	}
	/* Its length now: somebody may have emptied it in place (copytruncate). */
	if (fstat(f->fd, &st) == 0)
		f->length = st.st_size;
	if (write_all(f->fd, v, (int)(2 * n)) == 0 && fdatasync(f->fd) == 0 &&
	    fstat(f->fd, &st) == 0) {
		f->length = st.st_size;
		output_sent(o);
		return;
	}
	error = errno;
	f->torn = ftruncate(f->fd, f->length) == -1;
	if (f->torn)
		err_set(&e, "%s: %s; and it cannot be cut back: %s", f->path,
		    strerror(error), strerror(errno));
	else
		err_set(&e, "%s: %s", f->path, strerror(error));
retry:
	output_done(o, FATE_RETRY, -1, "%s", e.msg);
}

const struct output_kind output_file = {
	.name = "file",
	.size = sizeof(struct output_to_file),
	.options = options,
	.check = file_check,
	.start = file_start,
	.stop = file_stop,
	.mark = file_mark,
	.reopen = file_reopen,
	.send = file_send,
};
