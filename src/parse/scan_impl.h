/*
 * What the files of the field scanner share. The kernel (scan_kernel.h) is one text
 * that is compiled three times: in portable C, for SSE2 and for AVX2.
 */
#ifndef PARSE_SCAN_IMPL_H
#define PARSE_SCAN_IMPL_H

#include <stddef.h>
#include <stdint.h>

#include "parse/scan.h"

#define SCAN_DEPTH_MAX 1000	/* cJSON's limit */
#define SCAN_QUOTED_MAX 32	/* a key with its quotes that can be guessed */
#define SCAN_LEARN_MAX 1024	/* unwanted keys remembered, then all are forgotten */

/*
 * A wanted key at one node of the tree of paths. Node 0 is the record; each edge that
 * leads on has a node of its own.
 */
struct scan_edge {
	const char	*key;
	uint32_t	 len;
	uint32_t	 node;		/* where it starts */
	int32_t		 child;		/* node of the longer paths, or -1 */
	int32_t		 slot;		/* first field that ends here, or -1 */
	int		 odd;		/* several names of a path as one key */
};

struct scan_plan {
	char		**paths;
	size_t		 n;
	struct scan_edge *edges;
	size_t		 nedges, edges_cap;
	uint32_t	 nnodes;
	int32_t		*same_as;	/* [n]: an earlier field of the same path or -1 */
	int		 any_same;
};

/* A key that was met (or is wanted) at a node, and which one followed it last. */
struct scan_key {
	char		 quoted[SCAN_QUOTED_MAX];	/* if it fits */
	uint32_t	 mask;		/* which bytes of quoted must be equal */
	uint32_t	 len;		/* with the quotes */
	uint32_t	 node;
	uint32_t	 next;		/* the guess: index into keys; 0: none */
	int32_t		 edge;		/* -1: nobody wants it */
	uint32_t	 hash;
	const char	*text;		/* without quotes */
} __attribute__((aligned(64)));

struct scan_run;
typedef const char *scan_kernel_fn(struct scan_run *, const char *p);

struct scan_state {
	const struct scan_plan *plan;
	scan_kernel_fn	*kernel;
	struct scan_key	*keys;		/* [0] matches nothing; wanted ones; learned ones */
	uint32_t	 nkeys;
	uint32_t	 nodds;		/* index of the first learned one */
	uint32_t	*first;		/* [nnodes]: guess for an object's first key */
	uint32_t	*table;		/* hash table of indices into keys; 0: free */
	uint32_t	 table_mask;
	struct value	*values;	/* [n]: the first value of each field */
	struct value	**tails;	/* [n]: the last one */
	uint64_t	*seen;		/* [nedges]: object in which it was seen last */
	uint64_t	 objects;	/* objects entered so far, all records */
};

/* One call of scan_object(). */
struct scan_run {
	struct scan_state *st;
	const char	*end;
	struct value	**fields;
	struct arena	*scratch;
	size_t		 chained;	/* values beyond the first ones */
	int		 odd;		/* met a key that only value_path() can judge */
	const char	*bad;		/* where it is wrong; NULL: the text ended */
	const char	*why;
};

/* The key at that node, learned if it is new; keys[0] when unwanted and not kept. */
struct scan_key *scan_key_find(struct scan_state *, uint32_t node,
	    const char *key, size_t len);
/* A further value of a field, NULL when there are too many. */
struct value *scan_value_chain(struct scan_run *, int32_t slot);

enum scan_kernel { SCAN_PLAIN, SCAN_SSE2, SCAN_AVX2 };
/* Takes another kernel than the best one. 0, or -1: not built or no such CPU. */
int	 scan_state_choose(struct scan_state *, enum scan_kernel);

/* The paths of a plan, in the order of its fields. */
const char *const *scan_plan_paths(const struct scan_plan *, size_t *n);

scan_kernel_fn scan_kernel_plain, scan_kernel_sse2, scan_kernel_avx2;

#endif
