/*
 * A walk over a folder tree in small steps. The names of a folder go into a heap as
 * they are read and come out in order, so that neither reading nor sorting a folder
 * of a million files holds up the loop.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "source/walk.h"

#define STEP_NAMES 128		/* names read in one step */

/* One folder of the path that the walk stands in. */
struct level {
	DIR		*dir;		/* NULL: all names are read */
	char		**heap;		/* the least name is first */
	size_t		 n, cap;
	size_t		 path_len;
	dev_t		 dev;
	ino_t		 ino;
	int		 opened;
};

struct walk {
	const struct walk_filter *filter;
	char		 path[PATH_MAX];
	size_t		 root_len;
	struct level	 levels[WALK_DEPTH_MAX];
	size_t		 depth;
	int		 started;
};

/* -- what is wanted ----------------------------------------------------------- */

static int
matches(const char *const *globs, const char *name)
{
	for (; globs != NULL && *globs != NULL; globs++)
		if (text_glob(*globs, name))
			return 1;
	return 0;
}

int
walk_wants_folder(const struct walk_filter *f, const char *name)
{
	return !matches(f->exclude, name);
}

int
walk_wants_file(const struct walk_filter *f, const char *name)
{
	if (matches(f->exclude, name))
		return 0;
	return f->include == NULL || f->include[0] == NULL ||
	    matches(f->include, name);
}

/* -- names in order ----------------------------------------------------------- */

static void
heap_push(struct level *l, char *name)
{
	size_t i, up;

	l->heap = xgrow(l->heap, &l->cap, l->n + 1, sizeof *l->heap);
	for (i = l->n++; i > 0; i = up) {
		up = (i - 1) / 2;
		if (strcmp(l->heap[up], name) <= 0)
			break;
		l->heap[i] = l->heap[up];
	}
	l->heap[i] = name;
}

static char *
heap_pop(struct level *l)
{
	char *least = l->heap[0], *last = l->heap[--l->n];
	size_t i = 0, down;

	while ((down = 2 * i + 1) < l->n) {
		if (down + 1 < l->n &&
		    strcmp(l->heap[down + 1], l->heap[down]) < 0)
			down++;
		if (strcmp(last, l->heap[down]) <= 0)
			break;
		l->heap[i] = l->heap[down];
		i = down;
	}
	l->heap[i] = last;
	return least;
}

/* -- the walk ----------------------------------------------------------------- */

struct walk *
walk_new(const char *root, const char *start, const struct walk_filter *filter)
{
	struct walk *w;

	w = xcalloc(1, sizeof *w);
	w->filter = filter;
	w->root_len = strlen(root);
	snprintf(w->path, sizeof w->path, "%s", start);
	return w;
}

static void
leave(struct walk *w)
{
	struct level *l = &w->levels[--w->depth];

	if (l->dir != NULL)
		closedir(l->dir);
	while (l->n > 0)
		free(l->heap[--l->n]);
	free(l->heap);
	memset(l, 0, sizeof *l);
}

void
walk_free(struct walk *w)
{
	if (w == NULL)
		return;
	while (w->depth > 0)
		leave(w);
	free(w);
}

static enum walk_what
problem(struct err *e, const char *what)
{
	err_set(e, "%s", what);
	return WALK_PROBLEM;
}

static enum walk_what
enter(struct walk *w, const struct stat *st, struct err *e)
{
	struct level *l;
	size_t i;

	if (w->depth == WALK_DEPTH_MAX)
		return problem(e, "folders lie too deep");
	for (i = 0; i < w->depth; i++)
		if (w->levels[i].dev == st->st_dev &&
		    w->levels[i].ino == st->st_ino)
			return problem(e, "the folder holds itself");
	l = &w->levels[w->depth++];
	l->path_len = strlen(w->path);
	l->dev = st->st_dev;
	l->ino = st->st_ino;
	return WALK_FOLDER;
}

static enum walk_what
start(struct walk *w, struct stat *st, struct err *e)
{
	w->started = 1;
	if (stat(w->path, st) == -1)
		return problem(e, strerror(errno));
	return S_ISDIR(st->st_mode) ? enter(w, st, e) : WALK_FILE;
}

/* Reads some more names of the folder. */
static enum walk_what
list(struct level *l, struct err *e)
{
	struct dirent *d;
	int i, no;

	for (i = 0; i < STEP_NAMES && l->n < WALK_NAMES_MAX; i++) {
		errno = 0;
		d = readdir(l->dir);
		if (d == NULL) {
			no = errno;
			closedir(l->dir);
			l->dir = NULL;
			return no == 0 ? WALK_MORE : problem(e, strerror(no));
		}
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		/* Where the file system tells, what cannot be a log is left out. */
		if (d->d_type == DT_DIR || d->d_type == DT_REG ||
		    d->d_type == DT_UNKNOWN)
			heap_push(l, xstrdup(d->d_name));
	}
	return WALK_MORE;
}

static enum walk_what
visit(struct walk *w, struct level *l, struct stat *st, struct err *e)
{
	const char *below, *slash;
	char *name;
	int n;

	name = heap_pop(l);
	slash = w->path[l->path_len - 1] == '/' ? "" : "/";
	n = snprintf(w->path + l->path_len, sizeof w->path - l->path_len,
	    "%s%s", slash, name);
	free(name);
	if ((size_t)n >= sizeof w->path - l->path_len)
		return problem(e, "the path is too long");
	below = w->path + w->root_len;
	below += *below == '/';
	if (lstat(w->path, st) == -1)
		return errno == ENOENT ? WALK_MORE :
		    problem(e, strerror(errno));
	if (S_ISDIR(st->st_mode))
		return walk_wants_folder(w->filter, below) ?
		    enter(w, st, e) : WALK_MORE;
	if (!S_ISREG(st->st_mode) || !walk_wants_file(w->filter, below))
		return WALK_MORE;
	return WALK_FILE;
}

enum walk_what
walk_next(struct walk *w, const char **path, struct stat *st, struct err *e)
{
	struct level *l;

	*path = w->path;
	if (!w->started)
		return start(w, st, e);
	if (w->depth == 0)
		return WALK_END;
	l = &w->levels[w->depth - 1];
	w->path[l->path_len] = '\0';
	if (!l->opened) {
		l->opened = 1;
		l->dir = opendir(w->path);
		if (l->dir == NULL && errno != ENOENT)
			return problem(e, strerror(errno));
		return WALK_MORE;
	}
	if (l->dir != NULL && l->n < WALK_NAMES_MAX)
		return list(l, e);
	if (l->n > 0)
		return visit(w, l, st, e);
	leave(w);
	return w->depth > 0 ? WALK_MORE : WALK_END;
}
