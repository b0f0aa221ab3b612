/*
 * One document of a Sigma file as a rule or a filter.
 */
#ifndef DETECT_RULE_H
#define DETECT_RULE_H

#include "detect/set.h"

/* A global filter: its condition is added to those of the rules it names. */
struct filter {
	struct err	 place;
	const char	*title;
	struct logsource logsource;
	int		 every;		/* rules: any */
	const char	**rules;
	struct err	*rule_places;
	size_t		 nrules;
	struct node	*root;
};

/*
 * Reads a document with "detection" or "correlation" into a rule; NULL with mistakes
 * told. doc has its "action" resolved.
 */
struct rule *rule_compile(struct compile *, const struct yaml_node *doc);
struct filter *filter_compile(struct compile *, const struct yaml_node *doc);

/* Does name mean the rule: by id, name or title? */
int	 rule_is_called(const struct rule *, const char *name);
/* Does the filter's logsource cover the rule's? */
int	 filter_covers(const struct filter *, const struct rule *);
/* rule and filter, both must hold. */
void	 rule_add_filter(struct compile *, struct rule *, const struct filter *);

#endif
