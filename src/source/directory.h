/*
 * The source "directory": a folder of this machine and all below it, watched by
 * inotify, with a rescan as safety net.
 *
 * A file is offered as finished once it was closed or moved in, or has not changed for
 * `settle`; before that, as growing, at most once a second (`follow`), unless it is
 * gzip'd, which cannot be read by line. Files are always offered whole; the ledger
 * knows what of them is read. Empty files wait until there is something in them.
 * Symbolic links below the folder are not followed. What cannot be opened is logged
 * once, shown in the status and tried again at the next rescan.
 */
#ifndef SOURCE_DIRECTORY_H
#define SOURCE_DIRECTORY_H

#include "source/kind.h"

#define DIRECTORY_ITEMS_MAX 16384	/* files with something going on at a time;
					   more are left to the next pass */
#define DIRECTORY_FOLDERS_MAX 1024	/* new folders waiting for their walk; so too */
#define DIRECTORY_SLICE_NS 10000000	/* of work, before the loop has its turn */
#define DIRECTORY_FOLLOW_NS 1000000000	/* between two looks at a growing file */
#define DIRECTORY_REST_NS 250000000	/* between two reads of a file that is closed
					   again and again */
#define DIRECTORY_LOGGED_MAX 20		/* unreadable files named in the log a pass */

#endif
