/*
 * Conditions: "selection and not 1 of filter_*" as a tree over the rule's search
 * identifiers, which are trees of items themselves.
 */
#ifndef DETECT_CONDITION_H
#define DETECT_CONDITION_H

#include <stddef.h>
#include <stdint.h>

#include "io/yaml.h"

#define CONDITION_DEPTH_MAX 100

enum node_type { NODE_ITEM, NODE_AND, NODE_OR, NODE_NOT };

struct node {
	enum node_type	 type;
	uint32_t	 cost;
	const struct item *item;
	struct node	**kids;		/* in the order of the rule */
	struct node	**quick;	/* the same, cheap ones first */
	size_t		 n;
	const char	*label;		/* what it is called in the rule, or NULL */
	int		 named;		/* label is a search identifier */
};

struct compile;
struct node *node_new(struct compile *, enum node_type, size_t kids);
struct node *node_item(struct compile *, const struct item *);
/* Fills cost and quick once the kids stand. Returns the node. */
struct node *node_finish(struct node *);

/* The search identifiers of a rule or filter. */
struct selections {
	const char	**names;
	struct node	**nodes;
	const struct yaml_node **keys;
	unsigned char	*used;
	size_t		 n;
};

/*
 * The tree of one condition's text, or NULL with the mistakes told. *negations, where
 * not NULL, counts its "not"s.
 */
struct node *condition_compile(struct compile *, const struct yaml_node *text,
	    struct selections *, unsigned *negations);

/* Does name fit a pattern of conditions ("sel*_x", "them")? */
int	 condition_pattern(const char *pattern, const char *name);

#endif
