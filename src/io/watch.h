/*
 * Folder watching by inotify. Tells that a name may have something new; what, the
 * caller finds out with stat. Loop thread.
 *
 * Folders are watched one by one: the caller walks a tree and watches each folder
 * before it lists it, so that nothing falls between walk and watch, and a large tree
 * does not hold up the loop.
 */
#ifndef IO_WATCH_H
#define IO_WATCH_H

#include <stddef.h>

#include "base/err.h"
#include "io/loop.h"

enum watch_what {
	WATCH_WRITTEN,		/* a file was closed after writing or moved in */
	WATCH_GROWING,		/* a file was made or written to; it may still be open */
	WATCH_FOLDER,		/* a folder appeared, not watched yet: walk it */
	WATCH_GONE,		/* a file or folder left */
	WATCH_LOST		/* events were lost: walk everything again */
};

struct watch;
/* path: the folder's or file's full path (NULL for WATCH_LOST). fn must not free the
   watch. */
typedef void watch_fn(void *arg, enum watch_what, const char *path);

struct watch *watch_new(struct loop *, watch_fn *, void *arg, struct err *e);
void	 watch_free(struct watch *);	/* takes NULL */
/*
 * Watches one folder (not those below it); no harm when it is watched already. A
 * symbolic link is followed: which to follow is the caller's walk to decide. 0, or -1
 * with e (no such folder, no more watches: the message names
 * fs.inotify.max_user_watches).
 */
int	 watch_add(struct watch *, const char *folder, struct err *e);
size_t	 watch_count(const struct watch *);	/* folders watched */

#endif
