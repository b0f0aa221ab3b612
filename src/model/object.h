/*
 * An object: one log to read: an S3 key, a local file, or the part of one that is
 * not read yet. Sources make them, the ledger remembers them, workers read them.
 */
#ifndef MODEL_OBJECT_H
#define MODEL_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#define OBJECT_NAME_MAX 4096

struct object {
	char	*source;	/* name of the source it came from */
	char	*name;		/* a path, "-" or s3://bucket/key: what people see */
	char	*version;	/* tells two objects of one name apart: ETag, or
				   device:inode:birth */
	uint64_t size;		/* bytes as stored (compressed) when it was found */
	int64_t	 mtime;		/* nanoseconds since 1970 */
	uint64_t offset;	/* first byte still to be read (0: from the start) */
	uint64_t records_done;	/* records before offset (their numbers go on) */
	int64_t	 read_at;	/* wall clock when it was given to a worker */
	unsigned tries;		/* times it was read and failed */
	int	 fd;		/* open for reading, or -1: owned by the object */
	int	 growing;	/* a writer may still be at work: an unfinished end is
				   no error yet, the last whole line is where to go on */
};

/* Copies the strings. fd is -1, numbers are 0. */
struct object *object_new(const char *source, const char *name,
	    const char *version);
void	 object_free(struct object *);	/* closes fd; takes NULL */
/*
 * A print of a file's text up to offset (a hash of its first and its last 256 bytes
 * there; never 0), to tell later whether that is still the same text. 0 when it cannot
 * be read. Any thread; fd's own position is left alone.
 */
uint64_t object_print(int fd, uint64_t offset);

#endif
