/*
 * A walk over a folder tree in small steps, in the order of names (folder by folder:
 * a/z comes before a-b). Symbolic links are not followed, but for the root itself:
 * who may write into a log folder must not lead the reader elsewhere.
 */
#ifndef SOURCE_WALK_H
#define SOURCE_WALK_H

#include <sys/stat.h>

#include "base/err.h"

#define WALK_DEPTH_MAX 64		/* folders in folders */
#define WALK_NAMES_MAX 1000000		/* of one folder in memory: a larger one is
					   walked in several such lots, each in order */

enum walk_what {
	WALK_FILE,		/* a regular file (or the root, whatever it is) */
	WALK_FOLDER,		/* a folder, about to be listed: watch it now */
	WALK_MORE,		/* nothing yet, call again */
	WALK_PROBLEM,		/* path cannot be read, e->msg says why; call again */
	WALK_END
};

/* Which names are wanted; each NULL-ended or NULL. Matched against the path below the
   root; exclude turns folders away too, include is for files. Borrowed. */
struct walk_filter {
	const char	*const *include, *const *exclude;
};
/* name: the path below the root. */
int	 walk_wants_file(const struct walk_filter *, const char *name);
int	 walk_wants_folder(const struct walk_filter *, const char *name);

struct walk;
/* Walks start, which is root or lies below it. */
struct walk *walk_new(const char *root, const char *start,
	    const struct walk_filter *);
void	 walk_free(struct walk *);	/* takes NULL */
/* One step, of bounded work. path is borrowed until the next. */
enum walk_what walk_next(struct walk *, const char **path, struct stat *,
	    struct err *e);

#endif
