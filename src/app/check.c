/*
 * Hearing what sources and outputs say of their parts. See check.h.
 */
#include "app/check.h"
#include "io/http.h"
#include "output/output.h"
#include "source/source.h"

static enum offer
no_offer(void *arg, struct object *o)
{
	(void)arg;
	object_free(o);
	return OFFER_KNOWN;
}

void
check_parts(const struct config *c, struct errs *es)
{
	struct loop *loop = loop_new();
	struct http *http = http_new(loop);
	struct source_host sh = { loop, NULL, no_offer };
	struct output_host oh = { loop, http };
	size_t i;

	for (i = 0; i < c->nsources; i++)
		source_free(source_new(c->yaml, c->sources[i], &sh, es));
	for (i = 0; i < c->noutputs; i++)
		output_free(output_new(c->yaml, c->outputs[i], &oh, es));
	http_free(http);
	loop_free(loop);
}
