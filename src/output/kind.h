/*
 * What an output's kind is to output.c: its options, and what it does. The struct of
 * a kind begins with struct output, so that one table describes it whole. Only for
 * output/.
 */
#ifndef OUTPUT_KIND_H
#define OUTPUT_KIND_H

#include "io/options.h"
#include "output/output.h"

#define OUTPUT_ADDRESS_MAX 320

struct output_kind {
	const char	*name;
	size_t		 size;		/* of the struct that begins with struct output */
	const struct option *options;	/* OUTPUT_OPTIONS and the kind's own */
	/*
	 * After the options were read: what goes together, and the address. 0, or -1
	 * with mistakes in es. Must set address.
	 */
	int		 (*check)(struct output *, const struct yaml *,
			     const struct yaml_node *, struct errs *);
	/* Each of these may be NULL. */
	int		 (*start)(struct output *, int64_t mark, struct err *);
	void		 (*stop)(struct output *);	/* also before a start */
	int64_t		 (*mark)(const struct output *);
	void		 (*reopen)(struct output *);
	/* Ends in one output_done(), at once or later. */
	void		 (*send)(struct output *, const struct output_message *,
			     size_t n);
};

extern const struct output_kind output_file, output_stdout, output_syslog,
    output_webhook;

struct output {
	const struct output_kind *kind;
	struct output_host host;
	/* options */
	char		*name, *type;
	int		 level;
	/* the kind's */
	char		 address[OUTPUT_ADDRESS_MAX];
	size_t		 many;		/* 1 unless check() says more */
	/* the send that is under way */
	output_done_fn	*fn;		/* NULL: none */
	void		*arg;
	struct loop_timer *done;	/* calls fn from the loop */
	enum fate	 fate;
	int64_t		 retry_after;
	char		 why[ERR_MSG_MAX * 2];
};

#define OUTPUT_OPTIONS							\
	{ .key = "name", .type = OPTION_STRING, .required = 1,		\
	    .offset = offsetof(struct output, name) },			\
	{ .key = "type", .type = OPTION_STRING, .required = 1,		\
	    .offset = offsetof(struct output, type) },			\
	{ .key = "level", .type = OPTION_ENUM, .values = level_names,	\
	    .fallback = "informational",				\
	    .offset = offsetof(struct output, level) }

/* What became of the send that is under way. The text is made printable here. */
void	 output_done(struct output *, enum fate, int64_t retry_after_ns,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same for FATE_SENT. */
void	 output_sent(struct output *);

/* Adds a mistake at the value of key (or, where that is absent, at node). Returns -1. */
int	 output_mistake(struct errs *, const struct yaml *,
	    const struct yaml_node *node, const char *key, const char *fmt, ...)
	    __attribute__((format(printf, 5, 6)));

#endif
