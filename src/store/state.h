/*
 * What the files of the store share.
 */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include "io/db.h"
#include "store/seen.h"
#include "store/store.h"

struct store {
	struct db	*db;
	struct seen	*seen;
	struct store_options options;	/* path is owned */
	char		*path;
	uint64_t	 seed;
	uint64_t	 ids_on_disk;	/* in all rows of seen */
	uint64_t	 ids_max;	/* of them are kept */
	uint64_t	*fresh;		/* new ids of one call */
	size_t		 fresh_cap;
	int64_t		 expire_row;	/* alerts up to here were looked at */
	int		 in_transaction;
	int		 ids_added;	/* in this transaction */
	int		 broken;	/* memory could not be made to agree with disk */
};

/* Drops some alerts that are past their time, with their deliveries: as store_expire(),
   inside its transaction. */
int	 outbox_expire(struct store *, int64_t now, struct err *e);

#endif
