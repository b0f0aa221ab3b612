/*
 * Folder watching by inotify: a watch a folder, known by its number and by its path.
 * A folder that is moved away loses its watches; where it arrives it is new.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "io/watch.h"

#define MASK (IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | \
	IN_MOVED_FROM | IN_DELETE | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)
#define READS_MAX 8		/* buffers read in one go before others get a turn */

struct folder {
	int	 wd;
	char	*path;
};

struct watch {
	int		 fd;
	struct loop_fd	*ready;
	watch_fn	*fn;
	void		*arg;
	struct map	*by_wd;		/* "17" -> struct folder, owned */
	struct map	*by_path;	/* the same, borrowed */
};

static const char *
wd_key(int wd, char out[16])
{
	snprintf(out, 16, "%d", wd);
	return out;
}

static void
folder_free(void *p)
{
	struct folder *f = p;

	free(f->path);
	free(f);
}

/* Takes it out of both maps; a path may belong to a younger folder by now. */
static void
forget(struct watch *w, struct folder *f)
{
	char key[16];

	if (map_get(w->by_path, f->path) == f)
		map_remove(w->by_path, f->path);
	map_remove(w->by_wd, wd_key(f->wd, key));
	folder_free(f);
}

/* A folder left: the kernel's watches would follow it and tell its old path. */
static void
forget_below(struct watch *w, const char *path)
{
	struct folder **gone = NULL;
	size_t i, n = 0, cap = 0, pos = 0, len;
	const char *key;
	void *value;

	len = strlen(path);
	while (map_next(w->by_path, &pos, &key, &value)) {
		if (strncmp(key, path, len) != 0 ||
		    (key[len] != '/' && key[len] != '\0'))
			continue;
		gone = xgrow(gone, &cap, n + 1, sizeof *gone);
		gone[n++] = value;
	}
	for (i = 0; i < n; i++) {
		inotify_rm_watch(w->fd, gone[i]->wd);
		forget(w, gone[i]);
	}
	free(gone);
}

static void
tell(struct watch *w, const struct folder *f, const struct inotify_event *ev)
{
	char path[PATH_MAX + NAME_MAX + 2];

	snprintf(path, sizeof path, "%s%s%s", f->path,
	    strcmp(f->path, "/") == 0 ? "" : "/", ev->name);
	if (ev->mask & (IN_DELETE | IN_MOVED_FROM)) {
		if (ev->mask & IN_ISDIR)
			forget_below(w, path);	/* may free f: not used below */
		w->fn(w->arg, WATCH_GONE, path);
	} else if (ev->mask & IN_ISDIR) {
		if (ev->mask & (IN_CREATE | IN_MOVED_TO))
			w->fn(w->arg, WATCH_FOLDER, path);
	} else if (ev->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) {
		w->fn(w->arg, WATCH_WRITTEN, path);
	} else if (ev->mask & (IN_CREATE | IN_MODIFY)) {
		/* IN_CREATE alone may be a hard link, which is never closed. */
		w->fn(w->arg, WATCH_GROWING, path);
	}
}

static void
on_one(struct watch *w, const struct inotify_event *ev)
{
	struct folder *f;
	char key[16], *path;

	if (ev->mask & IN_Q_OVERFLOW) {
		w->fn(w->arg, WATCH_LOST, NULL);
		return;
	}
	f = map_get(w->by_wd, wd_key(ev->wd, key));
	if (f == NULL)
		return;		/* of a watch that was taken back */
	if (ev->mask & IN_IGNORED) {
		/* Deleted or unmounted; for the topmost nobody else will tell. */
		path = xstrdup(f->path);
		forget(w, f);
		w->fn(w->arg, WATCH_GONE, path);
		free(path);
	} else if (ev->mask & IN_MOVE_SELF) {
		/*
		 * Told after its parent's IN_MOVED_FROM, which has forgotten it: so
		 * this one's parent is not watched, or it was found at its new place
		 * already and its path is right.
		 */
		if (access(f->path, F_OK) == 0)
			return;
		path = xstrdup(f->path);
		forget_below(w, path);
		w->fn(w->arg, WATCH_GONE, path);
		free(path);
	} else if (ev->len > 0) {
		tell(w, f, ev);
	}
}

static void
on_ready(void *arg)
{
	struct watch *w = arg;
	_Alignas(struct inotify_event) char buf[32768];
	const struct inotify_event *ev;
	const char *p;
	ssize_t n;
	int i;

	for (i = 0; i < READS_MAX; i++) {
		n = read(w->fd, buf, sizeof buf);
		if (n <= 0)
			return;		/* nothing more for now */
		for (p = buf; p < buf + n; p += sizeof *ev + ev->len) {
			ev = (const void *)p;
			on_one(w, ev);
		}
	}
}

struct watch *
watch_new(struct loop *loop, watch_fn *fn, void *arg, struct err *e)
{
	struct watch *w;
	int fd;

	fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (fd == -1) {
		if (errno == EMFILE)
			err_set(e, "no more inotify instances or files: raise "
			    "fs.inotify.max_user_instances");
		else
			err_set(e, "inotify: %s", strerror(errno));
		return NULL;
	}
	w = xcalloc(1, sizeof *w);
	w->fd = fd;
	w->fn = fn;
	w->arg = arg;
	w->by_wd = map_new();
	w->by_path = map_new();
	w->ready = loop_fd_new(loop, fd, LOOP_READ, on_ready, w);
	return w;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	loop_fd_free(w->ready);
	close(w->fd);
	map_free(w->by_path, NULL);
	map_free(w->by_wd, folder_free);
	free(w);
}

int
watch_add(struct watch *w, const char *path, struct err *e)
{
	struct folder *f, *old;
	char key[16];
	int wd;

	if (strlen(path) >= PATH_MAX)
		return err_set(e, "cannot watch a folder: its path is over %d "
		    "bytes", PATH_MAX);
	wd = inotify_add_watch(w->fd, path, MASK);
	if (wd == -1 && errno == ENOSPC)
		return err_set(e, "cannot watch all folders: raise "
		    "fs.inotify.max_user_watches (new files are found by the "
		    "rescan only)");
	if (wd == -1)
		return err_set(e, "cannot watch the folder %.180s: %s", path,
		    strerror(errno));
	f = map_get(w->by_wd, wd_key(wd, key));
	if (f != NULL && strcmp(f->path, path) == 0)
		return 0;
	if (f == NULL) {
		f = xcalloc(1, sizeof *f);
		f->wd = wd;
		map_set(w->by_wd, key, f);
	} else if (map_get(w->by_path, f->path) == f) {
		/* The same folder at a new place: its move is not yet told. */
		map_remove(w->by_path, f->path);
	}
	free(f->path);
	f->path = xstrdup(path);
	/* Another one stood at this path: it was replaced. */
	old = map_set(w->by_path, path, f);
	if (old != NULL && old != f) {
		inotify_rm_watch(w->fd, old->wd);
		map_remove(w->by_wd, wd_key(old->wd, key));
		folder_free(old);
	}
	return 0;
}

size_t
watch_count(const struct watch *w)
{
	return map_count(w->by_wd);
}
