/*
 * Objects. See object.h.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "model/object.h"

struct object *
object_new(const char *source, const char *name, const char *version)
{
	struct object *o;

	o = xcalloc(1, sizeof *o);
	o->source = xstrdup(source);
	o->name = xstrdup(name);
	o->version = xstrdup(version);
	o->fd = -1;
	return o;
}

void
object_free(struct object *o)
{
	if (o == NULL)
		return;
	if (o->fd >= 0)
		close(o->fd);
	free(o->source);
	free(o->name);
	free(o->version);
	free(o);
}

#define PRINT_BYTES 256

uint64_t
object_print(int fd, uint64_t offset)
{
	char text[2 * PRINT_BYTES];
	size_t n = offset < PRINT_BYTES ? (size_t)offset : PRINT_BYTES;
	uint64_t hash;

	if (pread(fd, text, n, 0) != (ssize_t)n ||
	    pread(fd, text + n, n, (off_t)(offset - n)) != (ssize_t)n)
		return 0;
	hash = hash64(text, 2 * n, offset);
	return hash != 0 ? hash : 1;
}
