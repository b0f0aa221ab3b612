/*
 * Sources: the table of kinds, and what is the same for all of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "source/kind.h"
#include "source/walk.h"

#define NAME_MAX_LEN 63
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789._-"

static const struct source_kind *const source_kinds[] = {
	&source_directory,
};
#define KINDS (sizeof source_kinds / sizeof source_kinds[0])

struct source {
	const struct source_kind *kind;
	char		*name;
	void		*state;
};

__attribute__((format(printf, 4, 5)))
static void
mistake(const struct yaml *y, const struct yaml_node *node, struct errs *es,
    const char *fmt, ...)
{
	struct err at, e = { 0 };
	char msg[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	at = yaml_place(y, node);
	err_at(&e, &at, "%s", msg);
	errs_add(es, &e);
}

static const struct source_kind *
find_kind(const struct yaml *y, const struct yaml_node *node, struct errs *es)
{
	const char *types[KINDS + 1], *near;
	const struct yaml_node *type;
	size_t i;

	if (node->type != YAML_MAP) {
		mistake(y, node, es, "a source must be a map, not %s",
		    yaml_type_name(node->type));
		return NULL;
	}
	type = yaml_get(node, "type");
	if (type == NULL || type->len == 0) {
		mistake(y, node, es, "source needs the key 'type' (such as %s)",
		    source_kinds[0]->type);
		return NULL;
	}
	for (i = 0; i < KINDS; i++) {
		types[i] = source_kinds[i]->type;
		if (strcmp(types[i], type->text) == 0)
			return source_kinds[i];
	}
	types[KINDS] = NULL;
	near = text_nearest(type->text, types);
	mistake(y, type, es, "unknown type of source '%.60s'; %s '%s'%s",
	    type->text, near ? "did you mean" : "there is",
	    near ? near : types[0], near ? "?" : "");
	return NULL;
}

/* A name stands in the ledger, in log lines and in alerts. */
static int
check_name(const struct yaml *y, const struct yaml_node *node,
    struct errs *es)
{
	const struct yaml_node *name;

	name = yaml_get(node, "name");
	if (name == NULL || name->len == 0)
		return 0;	/* the option table says so */
	if (name->text == NULL || name->len > NAME_MAX_LEN ||
	    strspn(name->text, NAME_CHARS) != name->len) {
		mistake(y, name, es, "a source's name is up to %d letters, "
		    "digits, '.', '_' and '-'", NAME_MAX_LEN);
		return -1;
	}
	return 0;
}

struct source *
source_new(const struct yaml *y, const struct yaml_node *node,
    const struct source_host *host, struct errs *es)
{
	const struct source_kind *kind;
	struct source *s;
	void *state;
	int rc;

	kind = find_kind(y, node, es);
	if (kind == NULL)
		return NULL;
	rc = check_name(y, node, es);
	state = kind->make(y, node, host, es);
	if (state != NULL && rc != 0) {
		kind->free(state);
		state = NULL;
	}
	if (state == NULL)
		return NULL;
	s = xcalloc(1, sizeof *s);
	s->kind = kind;
	s->name = xstrdup(yaml_get(node, "name")->text);
	s->state = state;
	return s;
}

int
source_start(struct source *s, struct err *e)
{
	return s->kind->start(s->state, e);
}

void
source_room(struct source *s)
{
	s->kind->room(s->state);
}

void
source_done(struct source *s, const char *name, int64_t again_ns)
{
	s->kind->done(s->state, name, again_ns);
}

void
source_free(struct source *s)
{
	if (s == NULL)
		return;
	s->kind->free(s->state);
	free(s->name);
	free(s);
}

const char *
source_name(const struct source *s)
{
	return s->name;
}

int
source_has(const struct source *s, const char *name)
{
	return s->kind->has(s->state, name);
}

void
source_status(const struct source *s, struct source_status *out)
{
	memset(out, 0, sizeof *out);
	s->kind->status(s->state, out);
}

/* -- scan --------------------------------------------------------------------- */

static void
unreadable(struct errs *es, const char *path, const char *why)
{
	struct err e = { .file = path };

	snprintf(e.msg, sizeof e.msg, "%s", why);
	errs_add(es, &e);
}

void
source_version(int fd, char out[SOURCE_VERSION_MAX])
{
	struct statx st;
	int n;

	memset(&st, 0, sizeof st);
	statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st);
	n = snprintf(out, SOURCE_VERSION_MAX, "%x.%x:%llx", st.stx_dev_major,
	    st.stx_dev_minor, (unsigned long long)st.stx_ino);
	if (st.stx_mask & STATX_BTIME)
		snprintf(out + n, SOURCE_VERSION_MAX - (size_t)n, ":%llx.%x",
		    (unsigned long long)st.stx_btime.tv_sec,
		    st.stx_btime.tv_nsec);
}

static void
hand_out(const char *path, int fd, void (*fn)(void *arg, struct object *),
    void *arg)
{
	struct object *o;
	struct stat st;
	char version[SOURCE_VERSION_MAX];

	memset(&st, 0, sizeof st);
	fstat(fd, &st);
	source_version(fd, version);
	o = object_new("scan", path, version);
	o->fd = fd;
	if (S_ISREG(st.st_mode)) {
		o->size = (uint64_t)st.st_size;
		o->mtime = (int64_t)st.st_mtim.tv_sec * NS_PER_SEC +
		    st.st_mtim.tv_nsec;
	}
	fn(arg, o);
}

void
source_walk(const char *path, const char *const *include,
    const char *const *exclude, void (*fn)(void *arg, struct object *),
    void *arg, struct errs *es)
{
	struct walk_filter filter = { include, exclude };
	enum walk_what what;
	const char *found;
	struct walk *w;
	struct stat st;
	struct err e;
	int fd;

	if (strcmp(path, "-") == 0) {
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		if (fd == -1)
			unreadable(es, "-", strerror(errno));
		else
			hand_out("-", fd, fn, arg);
		return;
	}
	w = walk_new(path, path, &filter);
	memset(&e, 0, sizeof e);
	while ((what = walk_next(w, &found, &st, &e)) != WALK_END) {
		if (what == WALK_PROBLEM)
			unreadable(es, found, e.msg);
		if (what != WALK_FILE)
			continue;
		fd = open(found, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd == -1)
			unreadable(es, found, strerror(errno));
		else
			hand_out(found, fd, fn, arg);
	}
	walk_free(w);
}
