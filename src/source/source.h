/*
 * Sources: where objects come from. A source finds objects and offers each to the
 * pipeline; it keeps no memory of its own about what is done (the ledger does).
 * Loop thread. A kind is one file, one row in source_kinds[].
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"
#include "io/yaml.h"
#include "model/object.h"

enum offer {
	OFFER_TAKEN,		/* the pipeline owns the object now */
	OFFER_KNOWN,		/* done, in flight or given up: the object was freed */
	OFFER_FULL		/* no room: still the source's; wait for source_room() */
};

/* What a source is told and can ask. */
struct source_host {
	struct loop	*loop;
	void		*arg;
	/* Takes the object unless it answers OFFER_FULL. Does not call back into the
	   source: source_done() and source_room() come later. */
	enum offer	(*offer)(void *arg, struct object *);
};

struct source;
/* One source of the config; node is its map, y the file it stands in. Mistakes go to es
   (all of them); NULL then. host is borrowed for the source's life. */
struct source *source_new(const struct yaml *y, const struct yaml_node *node,
	    const struct source_host *host, struct errs *es);
/* Begins: looks at what is there, then watches. 0, or -1 with e. */
int	 source_start(struct source *, struct err *e);
void	 source_room(struct source *);	/* the pipeline has room again */
/*
 * The pipeline is done with an object of this source for now: it can be offered again
 * when it changes, or (again_ns >= 0) after that delay even if it does not.
 */
void	 source_done(struct source *, const char *name, int64_t again_ns);
void	 source_free(struct source *);	/* takes NULL */

const char *source_name(const struct source *);
/* 0 when the object of that name has left for good, 1 when it is there or one cannot
   tell (the folder is not mounted, say). */
int	 source_has(const struct source *, const char *name);
struct source_status {
	uint64_t	 found, offered;	/* objects */
	int		 scanning;		/* a pass over what is there is under way */
	size_t		 waiting;		/* found, not yet taken */
	char		 problem[ERR_MSG_MAX];	/* "" when well */
};
void	 source_status(const struct source *, struct source_status *);

/*
 * All local files below path (or the file itself), once, in sorted order: for scan.
 * "-" is standard input. fn owns each object, which is open for reading; its source is
 * "scan". exclude/include are globs as for a directory source, NULL-ended or NULL; they
 * do not touch path itself, which may also be a pipe or a symbolic link. Unreadable
 * ones go to es. Any thread.
 */
void	 source_walk(const char *path, const char *const *include,
	    const char *const *exclude, void (*fn)(void *arg, struct object *),
	    void *arg, struct errs *es);

#endif
