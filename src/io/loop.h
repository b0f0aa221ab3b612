/*
 * The event loop: libevent behind a few calls. All of it is the loop thread's; other
 * threads speak to the loop through a file descriptor (an eventfd) that it watches.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdint.h>

struct loop;
struct loop *loop_new(void);
void	 loop_free(struct loop *);
/* Until loop_stop(). 0, or -1 when libevent gives up. */
int	 loop_run(struct loop *);
/* Ends loop_run() after the callback that runs now; before loop_run(), the next one
   returns at once. */
void	 loop_stop(struct loop *);
/* libevent's own struct event_base, for the files of io/ that need it. */
struct event_base *loop_base(struct loop *);

/* A timer: fires once after delay ns each time it is armed, in steps of a
   millisecond. It may be armed again or freed by its own callback. */
struct loop_timer;
struct loop_timer *loop_timer_new(struct loop *, void (*fn)(void *), void *arg);
void	 loop_timer_arm(struct loop_timer *, int64_t delay_ns);	/* re-arms */
void	 loop_timer_cancel(struct loop_timer *);
int	 loop_timer_armed(const struct loop_timer *);
void	 loop_timer_free(struct loop_timer *);	/* takes NULL */

/* Calls fn whenever fd is readable (or writable). */
enum { LOOP_READ = 1, LOOP_WRITE = 2 };
struct loop_fd;
struct loop_fd *loop_fd_new(struct loop *, int fd, int what, void (*fn)(void *),
	    void *arg);
void	 loop_fd_free(struct loop_fd *);	/* does not close fd; takes NULL */

/* Calls fn on a signal. */
struct loop_signal;
struct loop_signal *loop_signal_new(struct loop *, int signo,
	    void (*fn)(void *), void *arg);
void	 loop_signal_free(struct loop_signal *);	/* takes NULL */

#endif
