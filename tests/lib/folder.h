/*
 * A folder of a test's own, gone at its end, and files in it.
 */
#ifndef LIB_FOLDER_H
#define LIB_FOLDER_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	char	path[256];
};

static inline void
folder_make(struct folder *f)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(f->path, sizeof f->path, "%s/bucketwatch-test-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(f->path) == NULL) {
		perror("mkdtemp");
		abort();
	}
}

/* The path of a name in it; eight of them live at a time. */
static inline const char *
folder_at(const struct folder *f, const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned next;
	char *out = paths[next++ % 8];

	snprintf(out, PATH_MAX, "%s/%s", f->path, name);
	return out;
}

static inline int
folder_remove_one(const char *path, const struct stat *st, int type,
    struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void
folder_remove(const struct folder *f)
{
	nftw(f->path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Writes text into a file by path; flags: O_TRUNC or O_APPEND. */
static inline void
put_file(const char *path, const char *text, size_t len, int flags)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
	if (fd == -1 || write(fd, text, len) != (ssize_t)len) {
		perror(path);
		abort();
	}
	close(fd);
}

#endif
