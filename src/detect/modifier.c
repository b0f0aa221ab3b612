/*
 * Modifiers. See modifier.h.
 */
#include <string.h>

#include "base/text.h"
#include "detect/set.h"

static const struct { const char *name; enum modifier mod; } modifiers[] = {
	{ "contains", MOD_CONTAINS }, { "startswith", MOD_STARTSWITH },
	{ "endswith", MOD_ENDSWITH }, { "all", MOD_ALL },
	{ "re", MOD_RE }, { "i", MOD_I }, { "ignorecase", MOD_I },
	{ "m", MOD_M }, { "multiline", MOD_M }, { "s", MOD_S },
	{ "dotall", MOD_S }, { "cidr", MOD_CIDR }, { "gt", MOD_GT },
	{ "gte", MOD_GTE }, { "lt", MOD_LT }, { "lte", MOD_LTE },
	{ "exists", MOD_EXISTS }, { "cased", MOD_CASED }, { "neq", MOD_NEQ },
	{ "fieldref", MOD_FIELDREF }, { "expand", MOD_EXPAND },
	{ "windash", MOD_WINDASH }, { "base64", MOD_BASE64 },
	{ "base64offset", MOD_BASE64OFFSET }, { "wide", MOD_WIDE },
	{ "utf16le", MOD_WIDE }, { "utf16be", MOD_UTF16BE },
	{ "utf16", MOD_UTF16 }, { "minute", MOD_MINUTE }, { "hour", MOD_HOUR },
	{ "day", MOD_DAY }, { "week", MOD_WEEK }, { "month", MOD_MONTH },
	{ "year", MOD_YEAR },
};
#define MODIFIERS (sizeof modifiers / sizeof *modifiers)

int
modifier_is_operator(enum modifier m)
{
	return m <= MOD_EXISTS;
}

int
modifier_is_part(enum modifier m)
{
	return m >= MOD_MINUTE && m <= MOD_YEAR;
}

int
modifier_is_encoding(enum modifier m)
{
	return m >= MOD_WIDE && m <= MOD_UTF16;
}

int
modifier_is_rewrite(enum modifier m)
{
	return m >= MOD_WIDE && m <= MOD_WINDASH;
}

static int
modifier_unknown(struct compile *c, const struct err *at, const char *name)
{
	const char *names[MODIFIERS + 1], *near;
	char shown[64];
	size_t i;

	for (i = 0; i < MODIFIERS; i++)
		names[i] = modifiers[i].name;
	names[i] = NULL;
	text_printable(shown, sizeof shown, name, strlen(name));
	if ((near = text_nearest(name, names)) != NULL)
		return compile_mistake(c, at, "unknown modifier \"%s\"; \"%s\" "
		    "is one", shown, near);
	return compile_mistake(c, at, "unknown modifier \"%s\"", shown);
}

const char *
modifier_name(enum modifier m)
{
	size_t i;

	for (i = 0; i < MODIFIERS; i++)
		if (modifiers[i].mod == m)
			return modifiers[i].name;
	return "";
}

/* One modifier's name; 0 or -1 with the mistake told. */
static int
spec_add(struct compile *c, struct spec *s, const char *name,
    const struct err *at)
{
	size_t i;

	for (i = 0; i < MODIFIERS; i++)
		if (strcmp(modifiers[i].name, name) == 0)
			break;
	if (i == MODIFIERS)
		return modifier_unknown(c, at, name);
	s->has |= 1u << modifiers[i].mod;
	if (modifiers[i].mod == MOD_ALL || modifiers[i].mod == MOD_NEQ)
		return 0;
	if (s->n == MODIFIERS_MAX)
		return compile_mistake(c, at, "over %d modifiers", MODIFIERS_MAX);
	s->order[s->n++] = modifiers[i].mod;
	return 0;
}

int
modifier_read(struct compile *c, const struct yaml_node *key, struct spec *s)
{
	const char *p, *bar, *text = key->text;
	struct err at;
	char *name;
	int rc = 0;

	bar = strchr(text, '|');
	if (bar != text && *text != '\0')
		s->field = bar != NULL ? arena_strndup(c->set->arena, text,
		    (size_t)(bar - text)) : text;
	for (p = bar; p != NULL; p = bar) {
		p++;
		bar = strchr(p, '|');
		name = bar != NULL ? arena_strndup(c->set->arena, p,
		    (size_t)(bar - p)) : arena_strdup(c->set->arena, p);
		at = yaml_place_in(c->yaml, key, (size_t)(p - text));
		if (s->mods_at.line == 0)
			s->mods_at = at;
		if (spec_add(c, s, name, &at) == -1)
			rc = -1;
	}
	return rc;
}

/* Two of a sort that may stand only once? Tells so. */
static int
spec_twice(struct compile *c, const struct spec *s, int (*is)(enum modifier),
    const char *why)
{
	size_t i, first = s->n;

	for (i = 0; i < s->n; i++) {
		if (!is(s->order[i]))
			continue;
		if (first == s->n)
			first = i;
		else
			return compile_mistake(c, &s->mods_at, "|%s and |%s "
			    "cannot stand together: %s",
			    modifier_name(s->order[first]),
			    modifier_name(s->order[i]), why);
	}
	return 0;
}

int
modifier_first(const struct spec *s, int (*is)(enum modifier))
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (is(s->order[i]))
			return (int)s->order[i];
	return -1;
}

/* Which modifiers go together. */
int
modifier_check(struct compile *c, const struct spec *s)
{
	const struct err *at = &s->mods_at;
	int part = modifier_first(s, modifier_is_part), rewrite = modifier_first(s, modifier_is_rewrite);
	int op = modifier_first(s, modifier_is_operator);

	if (spec_twice(c, s, modifier_is_operator, "one comparison an item") == -1 ||
	    spec_twice(c, s, modifier_is_part, "one part of the time an item") == -1 ||
	    spec_twice(c, s, modifier_is_encoding, "one encoding an item") == -1)
		return -1;
	if (part >= 0 && (op >= 0 && !(s->has & MODIFIERS_COMPARE)))
		return compile_mistake(c, at, "|%s is compared as a number: it "
		    "goes with |gt, |gte, |lt and |lte, not with |%s",
		    modifier_name((enum modifier)part),
		    modifier_name((enum modifier)op));
	if (HAS(s, MOD_BASE64) && HAS(s, MOD_BASE64OFFSET))
		return compile_mistake(c, at,
		    "|base64 and |base64offset cannot stand together");
	if ((HAS(s, MOD_I) || HAS(s, MOD_M) || HAS(s, MOD_S)) && !HAS(s, MOD_RE))
		return compile_mistake(c, at, "|i, |m and |s are flags of a "
		    "regular expression: |re must stand before them");
	if ((s->has & MODIFIERS_OTHER) != 0 && rewrite >= 0)
		return compile_mistake(c, at, "|%s rewrites text and does not go "
		    "with |%s", modifier_name((enum modifier)rewrite),
		    modifier_name((enum modifier)op));
	if (HAS(s, MOD_FIELDREF) && (HAS(s, MOD_RE) || HAS(s, MOD_CIDR) ||
	    HAS(s, MOD_EXISTS) || part >= 0))
		return compile_mistake(c, at, "|fieldref compares two fields and "
		    "does not go with |%s", modifier_name((enum modifier)
		    (part >= 0 ? part : op)));
	if (HAS(s, MOD_FIELDREF) && rewrite >= 0)
		return compile_mistake(c, at, "|%s rewrites text, but the value "
		    "of |fieldref is a field's name",
		    modifier_name((enum modifier)rewrite));
	if (HAS(s, MOD_FIELDREF) && s->field == NULL)
		return compile_mistake(c, at, "|fieldref needs a field before it");
	if (HAS(s, MOD_EXISTS) && (s->field == NULL || s->n != 1))
		return compile_mistake(c, at,
		    "|exists stands alone behind a field's name");
	if (HAS(s, MOD_RE) && s->order[0] != MOD_RE)
		return compile_mistake(c, at,
		    "|re must be the first modifier: the pattern is used as it "
		    "stands");
	if (HAS(s, MOD_CIDR) && s->order[0] != MOD_CIDR)
		return compile_mistake(c, at, "|cidr must be the first modifier");
	return 0;
}

void
modifier_lint(struct compile *c, const struct spec *s, int wildcards)
{
	const unsigned within = MODIFIER_BIT(MOD_CONTAINS) | MODIFIER_BIT(MOD_STARTSWITH) |
	    MODIFIER_BIT(MOD_ENDSWITH) | MODIFIER_BIT(MOD_RE) | MODIFIER_BIT(MOD_CIDR) | MODIFIER_BIT(MOD_EXPAND) |
	    MODIFIER_BIT(MOD_FIELDREF) | MODIFIERS_COMPARE;
	size_t i;
	int encoded = 0;

	if (HAS(s, MOD_ALL) && s->field != NULL && !(s->has & within) &&
	    !wildcards)
		compile_note(c, &s->mods_at, "|all without |contains: one value "
		    "cannot equal several; only a list in the record can match");
	if (HAS(s, MOD_ALL) && HAS(s, MOD_WINDASH))
		compile_note(c, &s->mods_at, "|all with |windash: every value is "
		    "needed, each with any of its dashes");
	if (HAS(s, MOD_BASE64OFFSET) && !HAS(s, MOD_CONTAINS) && s->field != NULL)
		compile_note(c, &s->mods_at, "|base64offset without |contains: "
		    "the encoded text is hardly ever the whole value");
	for (i = 0; i < s->n; i++) {
		encoded |= s->order[i] == MOD_BASE64 ||
		    s->order[i] == MOD_BASE64OFFSET;
		if (encoded && modifier_is_encoding(s->order[i]))
			compile_note(c, &s->mods_at, "|%s stands behind base64; "
			    "it belongs before it", modifier_name(s->order[i]));
	}
}
