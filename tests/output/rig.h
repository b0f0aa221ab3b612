/*
 * What the tests of outputs share: a loop with patience, an output made from a piece
 * of config, sends that are waited for, and an alert to send.
 */
#ifndef TESTS_OUTPUT_RIG_H
#define TESTS_OUTPUT_RIG_H

#include "base/buf.h"
#include "output/output.h"

struct rig {
	struct loop	*loop;
	struct http	*http;
	struct loop_timer *patience;
	char		 dir[64];	/* an empty folder, removed with what is in it */
	/* the last config and its mistakes, one a line, with their places */
	struct yaml	*yaml;
	struct errs	 errs;
	struct buf	 mistakes;
	/* the last send */
	int		 calls;
	enum fate	 fate;
	int64_t		 retry_after;
	char		 why[600];
};

void	 rig_open(struct rig *);
void	 rig_close(struct rig *);
/* An output of the config (a YAML map); NULL with mistakes. */
struct output *rig_output(struct rig *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* The same, started; the test fails when it cannot be. */
struct output *rig_start(struct rig *, int64_t mark, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* Sends and waits; the fate. */
enum fate rig_send(struct rig *, struct output *, const char *const *json, size_t n);
enum fate rig_send_one(struct rig *, struct output *, const char *json);
void	 rig_turn(struct rig *);	/* the loop, once: waits for one event */
/* The output_done_fn of these, for tests that wait themselves (arg: the rig). */
void	 rig_done(void *arg, enum fate, int64_t retry_after, const char *why);

/* An alert with everything in it; its strings are constants. */
struct alert rig_alert(void);
char	*rig_json(const struct alert *);	/* one line; freed by the caller */
char	*rig_read(const char *path, size_t *len);	/* a file; the same */

#endif
