/*
 * What a source remembers of each file it has seen: 24 bytes, by a hash of its path.
 * Two paths of one hash only cost an offer that the ledger refuses.
 */
#ifndef SOURCE_FILES_H
#define SOURCE_FILES_H

#include <stddef.h>
#include <stdint.h>

enum {
	FILE_FINAL = 1,		/* offered as it stands, with no writer at work */
	FILE_PROBLEM = 2,	/* could not be opened, and that was said */
	FILE_FOUND = 4		/* counted */
};

struct file_mark {
	uint64_t	 key;		/* hash of the path; 0: free */
	uint64_t	 stamp;		/* hash of device, inode, size, mtime; 0: none */
	uint32_t	 pass;		/* the last pass that met it */
	uint32_t	 flags;
};

struct files;
struct files *files_new(void);
void	 files_free(struct files *);		/* takes NULL */
/* Valid until the next change. files_get: NULL when it is not there. */
struct file_mark *files_get(struct files *, uint64_t key);
struct file_mark *files_put(struct files *, uint64_t key);
void	 files_remove(struct files *, uint64_t key);
/* Drops all that another pass than this met last. */
void	 files_keep(struct files *, uint32_t pass);
size_t	 files_count(const struct files *);

#endif
