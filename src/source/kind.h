/*
 * What a kind of source gives, and what all of them share.
 */
#ifndef SOURCE_KIND_H
#define SOURCE_KIND_H

#include "io/options.h"
#include "source/source.h"

/* The options that every source has: the first member of a kind's own. */
struct source_options {
	char		*name;
	char		*type;
};

/* Their rows in a kind's table; type_ is the struct that begins with them. */
#define SOURCE_OPTIONS(type_) \
	{ .key = "name", .type = OPTION_STRING, .required = 1, \
	    .offset = offsetof(type_, common.name) }, \
	{ .key = "type", .type = OPTION_STRING, .required = 1, \
	    .offset = offsetof(type_, common.type) }

struct source_kind {
	const char	*type;		/* as in the config */
	/* One source, or NULL with mistakes in es. */
	void		*(*make)(const struct yaml *, const struct yaml_node *,
			    const struct source_host *, struct errs *es);
	int		 (*start)(void *, struct err *);
	void		 (*room)(void *);
	void		 (*done)(void *, const char *name, int64_t again_ns);
	/* Is the object of that name still there? 1 also when it cannot be told. */
	int		 (*has)(const void *, const char *name);
	void		 (*status)(const void *, struct source_status *);
	void		 (*free)(void *);
};

extern const struct source_kind source_directory;

#define SOURCE_VERSION_MAX 64
/* What tells an open file from another one that had or gets its name: device, inode,
   and time of birth where the file system keeps that, as inodes are used again. */
void	 source_version(int fd, char out[SOURCE_VERSION_MAX]);

#endif
