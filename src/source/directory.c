/*
 * The source "directory". A file that something is going on with is an item: ready to
 * be looked at, resting until a time, or in flight. Events and walks make items; the
 * slice, a bounded piece of work each turn of the loop, looks at those that are ready
 * and walks on. Of all other files a mark is kept (see files.h).
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/crypto.h"
#include "io/watch.h"
#include "source/directory.h"
#include "source/files.h"
#include "source/walk.h"

#define NEVER INT64_MAX

enum place { NOWHERE, READY, RESTING, IN_FLIGHT };

struct item {
	TAILQ_ENTRY(item) link;		/* in ready or resting */
	enum place	 place;
	char		*path;
	uint64_t	 stamp;		/* when last looked at */
	int64_t		 since;		/* that stamp stands (monotonic) */
	int64_t		 looked;	/* last time (monotonic); 0: never */
	int64_t		 due;		/* RESTING: until when */
	int64_t		 again;		/* to be offered anew then, changed or not */
	unsigned	 closed:1,	/* the last event was a close or a move */
			 dirty:1,	/* something happened while IN_FLIGHT */
			 growing:1;	/* as it was last offered */
};

TAILQ_HEAD(items, item);

struct directory_options {
	struct source_options common;
	char		*path;
	char		**include, **exclude;
	int64_t		 settle, rescan;
	int		 follow;
};

struct directory {
	struct directory_options options;
	const struct source_host *host;
	const char	*root;		/* options.path */
	struct walk_filter filter;
	struct watch	*watch;
	struct loop_timer *slice, *wake;

	struct map	*items;		/* path -> struct item */
	struct items	 ready, resting;
	size_t		 nready;
	struct files	*files;
	uint64_t	 seed;		/* of the hashes in files */

	struct walk	*pass_walk;	/* over all; NULL: none under way */
	uint32_t	 pass;		/* its number */
	int64_t		 next_pass;	/* monotonic */
	size_t		 pass_problems;
	struct walk	*folder_walk;	/* over a new folder */
	char		*folders[DIRECTORY_FOLDERS_MAX];	/* a ring */
	size_t		 first_folder, nfolders;

	int		 full;		/* until source_room() */
	int		 missed;	/* something was let go: another pass soon */
	uint64_t	 found, offered;
	char		 problem[ERR_MSG_MAX];
};

static const struct option table[] = {
	SOURCE_OPTIONS(struct directory_options),
	{ .key = "path", .type = OPTION_STRING, .required = 1,
	    .offset = offsetof(struct directory_options, path) },
	{ .key = "include", .type = OPTION_LIST,
	    .offset = offsetof(struct directory_options, include) },
	/* Hints only: what a shipper calls a file that it has not finished. */
	{ .key = "exclude", .type = OPTION_LIST,
	    .fallback = "['.*', '*.tmp', '*.part', '*.partial', '*~']",
	    .offset = offsetof(struct directory_options, exclude) },
	{ .key = "settle", .type = OPTION_DURATION, .fallback = "5s",
	    .min = 10000000, .max = 3600 * NS_PER_SEC,
	    .offset = offsetof(struct directory_options, settle) },
	{ .key = "rescan", .type = OPTION_DURATION, .fallback = "60s",
	    .min = 10000000, .max = 86400 * NS_PER_SEC,
	    .offset = offsetof(struct directory_options, rescan) },
	{ .key = "follow", .type = OPTION_BOOL, .fallback = "true",
	    .offset = offsetof(struct directory_options, follow) },
	{ .key = NULL }
};

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* -- what is remembered of files ---------------------------------------------- */

static uint64_t
key_of(const struct directory *d, const char *path)
{
	return hash64(path, strlen(path), d->seed);
}

static int64_t
mtime_of(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * NS_PER_SEC + st->st_mtim.tv_nsec;
}

/* Another stamp: the file has changed or is another one. */
static uint64_t
stamp_of(const struct directory *d, const struct stat *st)
{
	uint64_t what[4] = { st->st_dev, st->st_ino, (uint64_t)st->st_size,
	    (uint64_t)mtime_of(st) };

	return hash64(what, sizeof what, d->seed) | 1;
}

static struct file_mark *
mark(struct directory *d, const char *path)
{
	struct file_mark *m;
	uint64_t key;

	key = key_of(d, path);
	m = files_get(d->files, key);
	if (m == NULL)
		m = files_put(d->files, key);
	m->pass = d->pass;
	return m;
}

static void
problem(struct directory *d, const char *path, const char *why)
{
	struct file_mark *m;
	size_t len, skip;

	/* The end of a long path tells more than its beginning. */
	len = strlen(path);
	skip = len > 150 ? len - 150 : 0;
	d->pass_problems++;
	snprintf(d->problem, sizeof d->problem, "%s%s: %s", skip ? "..." : "",
	    path + skip, why);
	m = mark(d, path);
	if (m->flags & FILE_PROBLEM)
		return;
	m->flags |= FILE_PROBLEM;
	if (d->pass_problems <= DIRECTORY_LOGGED_MAX)
		log_warning("source", "%s: %s; trying again at the next rescan",
		    d->options.common.name, d->problem);
}

/* -- items -------------------------------------------------------------------- */

static void
move(struct directory *d, struct item *it, enum place to)
{
	if (it->place == READY) {
		TAILQ_REMOVE(&d->ready, it, link);
		d->nready--;
	} else if (it->place == RESTING) {
		TAILQ_REMOVE(&d->resting, it, link);
	}
	it->place = to;
	if (to == READY) {
		TAILQ_INSERT_TAIL(&d->ready, it, link);
		d->nready++;
	} else if (to == RESTING) {
		TAILQ_INSERT_TAIL(&d->resting, it, link);
	}
}

static void
item_free(void *p)
{
	struct item *it = p;

	free(it->path);
	free(it);
}

static void
drop(struct directory *d, struct item *it)
{
	move(d, it, NOWHERE);
	map_remove(d->items, it->path);
	item_free(it);
}

/* The item of a path, made where there is room for one; else NULL. */
static struct item *
item_get(struct directory *d, const char *path)
{
	struct item *it;

	it = map_get(d->items, path);
	if (it != NULL)
		return it;
	if (map_count(d->items) >= DIRECTORY_ITEMS_MAX) {
		d->missed = 1;
		return NULL;
	}
	it = xcalloc(1, sizeof *it);
	it->path = xstrdup(path);
	it->again = NEVER;
	map_set(d->items, path, it);
	return it;
}

/* Lets it rest until due (or until it is to be offered again); NEVER: it is done with. */
static void
rest(struct directory *d, struct item *it, int64_t due)
{
	it->due = earlier(due, it->again);
	if (it->due == NEVER)
		drop(d, it);
	else
		move(d, it, RESTING);
}

/* When a file that changes no more counts as finished. */
static int64_t
settled_at(const struct directory *d, const struct item *it, int64_t mtime,
    int64_t now)
{
	int64_t age, left;

	/* By its own time, and where that lies in the future by what was seen. */
	left = it->since + d->options.settle - now;
	age = clock_wall() - mtime;
	if (age >= 0)
		left = earlier(left, d->options.settle - age);
	return now + left;
}

/* -- offering ----------------------------------------------------------------- */

/* gzip'd bytes cannot be read by line: such a file is waited for. */
static int
is_gzip(int fd)
{
	unsigned char magic[2];

	return pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f &&
	    magic[1] == 0x8b;
}

/* A text that was closed in the middle of a line: its writer opens it for each piece. */
static int
ends_in_mid_line(int fd, const struct stat *st)
{
	char last;

	return pread(fd, &last, 1, st->st_size - 1) == 1 && last != '\n' &&
	    !is_gzip(fd);
}

static void
offer(struct directory *d, struct item *it, const struct stat *st, int fd,
    int growing, int64_t now)
{
	char version[SOURCE_VERSION_MAX];
	struct file_mark *m;
	struct object *o;
	enum offer answer;

	source_version(fd, version);
	o = object_new(d->options.common.name, it->path, version);
	o->fd = fd;
	o->size = (uint64_t)st->st_size;
	o->mtime = mtime_of(st);
	o->growing = growing;
	answer = d->host->offer(d->host->arg, o);
	if (answer == OFFER_FULL) {
		object_free(o);
		d->full = 1;		/* it stays first of those ready */
		return;
	}
	m = mark(d, it->path);
	m->stamp = it->stamp;
	m->flags = FILE_FOUND | (growing ? 0 : FILE_FINAL);
	it->again = NEVER;
	it->growing = growing != 0;
	if (answer == OFFER_TAKEN) {
		d->offered++;
		move(d, it, IN_FLIGHT);
	} else {
		rest(d, it, growing ? settled_at(d, it, mtime_of(st), now) :
		    NEVER);
	}
}

static void
look_failed(struct directory *d, struct item *it, int no, int64_t now)
{
	if (no == ENOENT || no == ENOTDIR || no == ELOOP) {
		files_remove(d->files, key_of(d, it->path));
		drop(d, it);
		return;
	}
	problem(d, it->path, strerror(no));
	if (no == EMFILE || no == ENFILE)
		rest(d, it, now + DIRECTORY_FOLLOW_NS);
	else
		drop(d, it);
}

static void
look(struct directory *d, struct item *it)
{
	int64_t now = clock_mono(), settled;
	struct file_mark *m;
	int fd, growing, unchanged;
	struct stat st;

	/* Looked at before it is opened: opening a device or a pipe is an act. */
	if (lstat(it->path, &st) == -1) {
		look_failed(d, it, errno, now);
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		look_failed(d, it, ENOENT, now);
		return;
	}
	fd = open(it->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY);
	if (fd == -1) {
		look_failed(d, it, errno, now);
		return;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		look_failed(d, it, ENOENT, now);
		return;
	}
	it->looked = now;
	if (it->stamp != stamp_of(d, &st)) {
		it->stamp = stamp_of(d, &st);
		it->since = now;
	}
	settled = settled_at(d, it, mtime_of(&st), now);
	growing = settled > now && (!it->closed || ends_in_mid_line(fd, &st));
	m = mark(d, it->path);
	d->found += (m->flags & FILE_FOUND) == 0;
	m->flags |= FILE_FOUND;
	unchanged = m->stamp == it->stamp && now < it->again;
	if (unchanged && (m->flags & FILE_FINAL)) {
		close(fd);
		rest(d, it, NEVER);
	} else if (growing && (unchanged || !d->options.follow ||
	    st.st_size == 0 || is_gzip(fd))) {
		close(fd);
		m->stamp = it->stamp;
		m->flags = FILE_FOUND;
		rest(d, it, settled);
	} else if (st.st_size == 0) {
		close(fd);
		m->stamp = it->stamp;
		m->flags = FILE_FOUND | FILE_FINAL;
		drop(d, it);
	} else {
		offer(d, it, &st, fd, growing, now);
	}
}

/* -- walking ------------------------------------------------------------------ */

/* What a walk has met: most often nothing new. */
static void
met(struct directory *d, const char *path, const struct stat *st)
{
	struct file_mark *m;
	struct item *it;
	uint64_t stamp;

	stamp = stamp_of(d, st);
	m = files_get(d->files, key_of(d, path));
	if (m != NULL) {
		m->pass = d->pass;
		if (m->stamp == stamp && (m->flags & FILE_FINAL))
			return;
	}
	it = item_get(d, path);
	if (it == NULL)
		return;
	if (it->place == NOWHERE)
		move(d, it, READY);
	else if (it->place == IN_FLIGHT && it->stamp != stamp)
		it->dirty = 1;
	else if (it->place == RESTING && it->stamp != stamp)
		it->due = earlier(it->due, it->looked + DIRECTORY_FOLLOW_NS);
}

/* One step of a walk; 0 at its end. */
static int
walk_step(struct directory *d, struct walk *w)
{
	const char *path;
	struct stat st;
	struct err e = { 0 };

	switch (walk_next(w, &path, &st, &e)) {
	case WALK_FILE:
		if (strcmp(path, d->root) == 0)
			problem(d, path, "not a folder");
		else
			met(d, path, &st);
		return 1;
	case WALK_FOLDER:
		/* Before it is listed: what appears from now on is told. */
		if (d->watch != NULL && watch_add(d->watch, path, &e) != 0 &&
		    access(path, F_OK) == 0)
			problem(d, d->root, e.msg);
		return 1;
	case WALK_PROBLEM:
		problem(d, path, e.msg);
		return 1;
	case WALK_MORE:
		return 1;
	case WALK_END:
		break;
	}
	return 0;
}

static void	on_watch(void *, enum watch_what, const char *);

static void
pass_begin(struct directory *d)
{
	struct err e = { 0 };

	d->pass++;
	d->pass_problems = 0;
	d->missed = 0;
	if (d->watch == NULL) {
		d->watch = watch_new(d->host->loop, on_watch, d, &e);
		if (d->watch == NULL)
			problem(d, d->root, e.msg);
	}
	d->pass_walk = walk_new(d->root, d->root, &d->filter);
}

static void
pass_end(struct directory *d)
{
	walk_free(d->pass_walk);
	d->pass_walk = NULL;
	if (d->pass_problems > DIRECTORY_LOGGED_MAX)
		log_warning("source", "%s: %zu files and folders could not be "
		    "read", d->options.common.name, d->pass_problems);
	/* With a folder unread (or all of it unmounted) nothing is known to have
	   left. */
	if (d->pass_problems == 0) {
		d->problem[0] = '\0';
		files_keep(d->files, d->pass);
	}
	d->next_pass = clock_mono() + d->options.rescan;
}

/* One step over new folders; 0 when there is nothing to do. */
static int
folders_step(struct directory *d)
{
	char *path;

	if (d->folder_walk != NULL) {
		if (!walk_step(d, d->folder_walk)) {
			walk_free(d->folder_walk);
			d->folder_walk = NULL;
		}
		return 1;
	}
	if (d->nfolders == 0)
		return 0;
	path = d->folders[d->first_folder];
	d->first_folder = (d->first_folder + 1) % DIRECTORY_FOLDERS_MAX;
	d->nfolders--;
	d->folder_walk = walk_new(d->root, path, &d->filter);
	free(path);
	return 1;
}

static int
pass_step(struct directory *d)
{
	if (d->pass_walk == NULL)
		return 0;
	if (!walk_step(d, d->pass_walk))
		pass_end(d);
	return 1;
}

/* -- the turns of the loop ---------------------------------------------------- */

static void
arm_wake(struct directory *d)
{
	int64_t now = clock_mono(), due = NEVER;
	const struct item *it;

	if (d->missed)
		d->next_pass = earlier(d->next_pass, now + DIRECTORY_FOLLOW_NS);
	if (d->pass_walk == NULL)
		due = d->next_pass;
	TAILQ_FOREACH(it, &d->resting, link)
		due = earlier(due, it->due);
	/* Rounded up, so that many that are due one after the other share a wake. */
	if (due != NEVER)
		loop_timer_arm(d->wake, due - now + 10000000);
	else
		loop_timer_cancel(d->wake);
}

static void
on_slice(void *arg)
{
	struct directory *d = arg;
	int64_t end = clock_mono() + DIRECTORY_SLICE_NS;
	int more = 1;

	while (!d->full && more && clock_mono() < end) {
		if (!TAILQ_EMPTY(&d->ready))
			look(d, TAILQ_FIRST(&d->ready));
		else
			more = folders_step(d) || pass_step(d);
	}
	if (more && !d->full)
		loop_timer_arm(d->slice, 0);
	arm_wake(d);
}

static void
on_wake(void *arg)
{
	struct directory *d = arg;
	struct item *it, *next;
	int64_t now = clock_mono();

	for (it = TAILQ_FIRST(&d->resting); it != NULL; it = next) {
		next = TAILQ_NEXT(it, link);
		if (it->due <= now)
			move(d, it, READY);
	}
	if (d->pass_walk == NULL && now >= d->next_pass)
		pass_begin(d);
	loop_timer_arm(d->slice, 0);
}

/* -- what inotify tells ------------------------------------------------------- */

static void
folder_appeared(struct directory *d, const char *path)
{
	size_t at;

	if (d->nfolders == DIRECTORY_FOLDERS_MAX) {
		d->missed = 1;
		return;
	}
	at = (d->first_folder + d->nfolders++) % DIRECTORY_FOLDERS_MAX;
	d->folders[at] = xstrdup(path);
}

static void
file_changed(struct directory *d, const char *path, int closed)
{
	struct item *it;
	int64_t due;

	it = item_get(d, path);
	if (it == NULL)
		return;
	it->closed = closed != 0;
	if (it->place == IN_FLIGHT)
		it->dirty = 1;
	if (it->place == IN_FLIGHT || it->place == READY)
		return;
	due = closed || it->looked == 0 ? 0 : it->looked + DIRECTORY_FOLLOW_NS;
	if (due <= clock_mono())
		move(d, it, READY);
	else
		rest(d, it, it->place == RESTING ? earlier(it->due, due) : due);
}

static void
gone(struct directory *d, const char *path)
{
	struct item *it;

	files_remove(d->files, key_of(d, path));
	it = map_get(d->items, path);
	if (it != NULL && it->place == IN_FLIGHT)
		it->dirty = 1;
	else if (it != NULL)
		drop(d, it);
	if (strcmp(path, d->root) == 0)
		d->missed = 1;
}

static void
on_watch(void *arg, enum watch_what what, const char *path)
{
	struct directory *d = arg;
	const char *below = "";

	if (path != NULL) {
		below = path + strlen(d->root);
		below += *below == '/';
	}
	switch (what) {
	case WATCH_WRITTEN:
	case WATCH_GROWING:
		if (walk_wants_file(&d->filter, below))
			file_changed(d, path, what == WATCH_WRITTEN);
		break;
	case WATCH_FOLDER:
		if (walk_wants_folder(&d->filter, below))
			folder_appeared(d, path);
		break;
	case WATCH_GONE:
		gone(d, path);
		break;
	case WATCH_LOST:
		d->missed = 1;
		break;
	}
	if (!loop_timer_armed(d->slice))
		loop_timer_arm(d->slice, 0);
}

/* -- what the pipeline tells -------------------------------------------------- */

static void
directory_room(void *p)
{
	struct directory *d = p;

	d->full = 0;
	loop_timer_arm(d->slice, 0);
}

static void
directory_done(void *p, const char *name, int64_t again_ns)
{
	struct directory *d = p;
	int64_t now = clock_mono(), due = NEVER;
	struct item *it;

	it = map_get(d->items, name);
	if (it == NULL || it->place != IN_FLIGHT)
		return;
	if (again_ns >= 0)
		it->again = now + again_ns;
	if (it->dirty)
		due = it->looked + (it->closed ? DIRECTORY_REST_NS :
		    DIRECTORY_FOLLOW_NS);
	else if (it->growing)
		due = it->since + d->options.settle;
	it->dirty = 0;
	rest(d, it, due);
	loop_timer_arm(d->slice, 0);
}

/* -- life --------------------------------------------------------------------- */

static void
directory_free(void *p)
{
	struct directory *d = p;

	loop_timer_free(d->slice);
	loop_timer_free(d->wake);
	watch_free(d->watch);
	walk_free(d->pass_walk);
	walk_free(d->folder_walk);
	for (; d->nfolders > 0; d->nfolders--) {
		free(d->folders[d->first_folder]);
		d->first_folder = (d->first_folder + 1) %
		    DIRECTORY_FOLDERS_MAX;
	}
	map_free(d->items, item_free);
	files_free(d->files);
	options_clear(table, &d->options);
	free(d);
}

static void *
directory_make(const struct yaml *y, const struct yaml_node *node,
    const struct source_host *host, struct errs *es)
{
	struct directory *d;
	struct err at, e = { 0 };
	size_t len;
	int rc;

	d = xcalloc(1, sizeof *d);
	rc = options_read(y, node, table, &d->options, "source", es);
	len = d->options.path != NULL ? strlen(d->options.path) : 0;
	if (d->options.path != NULL && (len == 0 || len >= PATH_MAX - NAME_MAX)) {
		at = yaml_place(y, yaml_get(node, "path"));
		rc = err_at(&e, &at, len == 0 ? "path is empty" :
		    "path is too long");
		errs_add(es, &e);
	}
	if (rc != 0) {
		options_clear(table, &d->options);
		free(d);
		return NULL;
	}
	/* Paths are made by hanging names on it: /logs, not /logs/. */
	while (len > 1 && d->options.path[len - 1] == '/')
		d->options.path[--len] = '\0';
	d->root = d->options.path;
	d->filter.include = (const char *const *)d->options.include;
	d->filter.exclude = (const char *const *)d->options.exclude;
	d->host = host;
	d->items = map_new();
	d->files = files_new();
	TAILQ_INIT(&d->ready);
	TAILQ_INIT(&d->resting);
	crypto_random(&d->seed, sizeof d->seed);
	d->slice = loop_timer_new(host->loop, on_slice, d);
	d->wake = loop_timer_new(host->loop, on_wake, d);
	return d;
}

/* A folder that is not there (yet) is a problem that is shown, not an end: it may be
   a mount that comes later. */
static int
directory_start(void *p, struct err *e)
{
	struct directory *d = p;

	(void)e;
	pass_begin(d);
	loop_timer_arm(d->slice, 0);
	return 0;
}

static int
directory_has(const void *p, const char *name)
{
	const struct directory *d = p;
	struct stat st;

	if (lstat(name, &st) == 0 || (errno != ENOENT && errno != ENOTDIR))
		return 1;
	/* an unmounted folder is empty or absent: nothing is known then */
	return access(d->root, R_OK) != 0 || files_count(d->files) == 0;
}

static void
directory_status(const void *p, struct source_status *out)
{
	const struct directory *d = p;

	out->found = d->found;
	out->offered = d->offered;
	out->scanning = d->pass_walk != NULL || d->folder_walk != NULL;
	out->waiting = d->nready + d->nfolders;
	snprintf(out->problem, sizeof out->problem, "%s", d->problem);
}

const struct source_kind source_directory = {
	.type = "directory",
	.make = directory_make,
	.start = directory_start,
	.room = directory_room,
	.done = directory_done,
	.has = directory_has,
	.status = directory_status,
	.free = directory_free
};
