/*
 * YAML as a tree with places: libyaml's events, YAML 1.2 core scalars (only true and
 * false are booleans; yes, no, on, off, dates and 007 stay strings). The merge key
 * "<<" of YAML 1.1 is understood.
 */
#ifndef IO_YAML_H
#define IO_YAML_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

#define YAML_BYTES_MAX (16 * 1024 * 1024)
#define YAML_NODES_MAX 2000000		/* aliases count as what they stand for */
#define YAML_DEPTH_MAX 100

enum yaml_type { YAML_NULL, YAML_BOOL, YAML_INT, YAML_FLOAT, YAML_STRING,
    YAML_LIST, YAML_MAP };

/* A line of a scalar that is written over several. */
struct yaml_line {
	unsigned	 line, col;	/* of its first byte that is no blank */
	uint32_t	 offset;	/* of that byte in the text */
};

struct yaml_node {
	enum yaml_type	 type;
	unsigned	 line, col;	/* 1-based */
	const char	*text;		/* scalars: as written (unquoted); "" for null */
	size_t		 len;
	int		 quoted;	/* written in quotes or as a block */
	int		 inset;		/* columns from col to the first byte of text; -1
					   when the text is not simply there (a block,
					   several lines) */
	const struct yaml_line *lines;	/* text over several lines: where each begins,
					   line 0 ends them; else NULL */
	int64_t		 i;		/* INT (saturated), BOOL */
	double		 f;		/* INT and FLOAT */
	struct yaml_node **items;	/* LIST: n; MAP: n values */
	struct yaml_node **keys;	/* MAP: n keys (always scalars) */
	size_t		 n;
	uint32_t	 weight;	/* nodes in it, itself included */
	uint32_t	 depth;		/* nesting below it */
};

/* All documents of one file or text. The tree is immutable and may be shared. */
struct yaml {
	char		*file;
	struct yaml_node **docs;
	size_t		 n;
	struct arena	*arena;
};

/*
 * Reads a file (or, text not NULL, that text under the name file). Mistakes (syntax,
 * a key twice in one map, a key that is no scalar, an unknown alias, over a limit)
 * go to es with file, line and column; NULL then.
 */
struct yaml *yaml_read(const char *file, const char *text, size_t len,
	    struct errs *es);
/* libyaml calls a yaml_free() of its own through the dynamic linker, which would find
   ours in its place: so ours has another name where it is linked. */
#define yaml_free yaml_tree_free
void	 yaml_free(struct yaml *);	/* takes NULL */

/* Value of a key in a map; NULL when absent or n is no map. */
struct yaml_node *yaml_get(const struct yaml_node *n, const char *key);
/* The place of a node for err_at(). */
struct err yaml_place(const struct yaml *, const struct yaml_node *);
/* The place of a byte of a scalar's text, where that is known; else the node's. */
struct err yaml_place_in(const struct yaml *, const struct yaml_node *,
	    size_t offset);
const char *yaml_type_name(enum yaml_type);	/* "a list", "a map", "text" ... */

#endif
