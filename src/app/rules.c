/*
 * Where rules are and what is wrong with them. See rules.h.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/rules.h"
#include "base/mem.h"

/* The build tree's rules, seen from the program's own folder or its parents. */
static char *
build_tree_rules(void)
{
	char path[PATH_MAX], *slash;
	ssize_t n;
	int up;

	n = readlink("/proc/self/exe", path, sizeof path - 1);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	for (up = 0; up < 3; up++) {
		char *mark, *rules;
		int there;

		if ((slash = strrchr(path, '/')) == NULL || slash == path)
			return NULL;
		*slash = '\0';
		mark = xasprintf("%s/configure.ac", path);
		rules = xasprintf("%s/etc/rules.d", path);
		there = access(mark, F_OK) == 0 && access(rules, R_OK) == 0;
		free(mark);
		if (there)
			return rules;
		free(rules);
	}
	return NULL;
}

char *
rules_folder(void)
{
	const char *env = getenv("BUCKETWATCH_RULES");
	char *path;

	if (env != NULL && *env != '\0')
		return xstrdup(env);
	if ((path = build_tree_rules()) != NULL)
		return path;
	return xstrdup(RULESDIR);
}

struct ruleset *
rules_load(char *const *paths, const struct placeholder *placeholders,
    size_t nplaceholders, struct errs *es)
{
	char *folder = NULL;
	const char *single[2] = { NULL, NULL };
	struct ruleset_options o = { .placeholders = placeholders,
	    .nplaceholders = nplaceholders };
	struct ruleset *rs;

	if (paths == NULL || paths[0] == NULL) {
		folder = rules_folder();
		single[0] = folder;
		o.paths = single;
	} else {
		o.paths = (const char *const *)paths;
	}
	rs = ruleset_load(&o, es);
	/* a wrong path must not look like quiet logs */
	if (rs != NULL && ruleset_count(rs) == 0 && errs_fatal(es) == 0) {
		struct err e = { .file = o.paths[0] };

		err_at(&e, &e, "there is no rule in it (*.yaml or *.yml)");
		errs_add(es, &e);
	}
	free(folder);
	return rs;
}

void
errs_print(FILE *f, const struct errs *es, int notes)
{
	char text[ERR_TEXT_MAX];
	size_t i;

	for (i = 0; i < es->n; i++) {
		struct err e = es->list[i];
		char msg[ERR_MSG_MAX + 8];

		if (es->is_warning[i] && !notes)
			continue;
		snprintf(msg, sizeof msg, "%s%s",
		    es->is_warning[i] ? "note: " : "", e.msg);
		snprintf(e.msg, sizeof e.msg, "%.*s", ERR_MSG_MAX - 1, msg);
		fprintf(f, "%s\n", err_text(&e, text, sizeof text));
	}
	if (es->count > es->n)
		fprintf(f, "... and %zu more\n", es->count - es->n);
}

long
rules_find(const struct ruleset *rs, const char *word)
{
	size_t i, n = ruleset_count(rs);
	long found = -1;

	for (i = 0; i < n; i++) {
		const struct rule_info *r = ruleset_info(rs, i);

		if (strcmp(r->alert.id, word) != 0 &&
		    (r->name == NULL || strcmp(r->name, word) != 0) &&
		    strcmp(r->alert.title, word) != 0)
			continue;
		if (found >= 0)
			return -2;
		found = (long)i;
	}
	return found;
}
