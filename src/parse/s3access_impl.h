/*
 * What the two files of S3 access logs share: the columns by name, and the splitting
 * that tells the time too.
 */
#ifndef PARSE_S3ACCESS_IMPL_H
#define PARSE_S3ACCESS_IMPL_H

#include <string.h>

#include "parse/s3access.h"

enum column {
	COL_BUCKET_OWNER, COL_BUCKET, COL_TIME, COL_REMOTE_IP, COL_REQUESTER,
	COL_REQUEST_ID, COL_OPERATION, COL_KEY, COL_REQUEST_URI,
	COL_HTTP_STATUS, COL_ERROR_CODE, COL_BYTES_SENT, COL_OBJECT_SIZE,
	COL_TOTAL_TIME, COL_TURN_AROUND_TIME, COL_REFERER, COL_USER_AGENT,
	COL_VERSION_ID, COL_HOST_ID, COL_SIGNATURE_VERSION, COL_CIPHER_SUITE,
	COL_AUTHENTICATION_TYPE, COL_HOST_HEADER, COL_TLS_VERSION,
	COL_ACCESS_POINT_ARN, COL_ACL_REQUIRED, COL_SOURCE_REGION
};
_Static_assert(COL_SOURCE_REGION == S3ACCESS_COLUMNS - 1,
    "columns and their names go together");

/* s3access_split() with the line's time. */
int	 s3access_read(const char *line, size_t len, struct s3access_line *,
	    int64_t *time, struct err *e);

static inline int
s3access_starts(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(text, with, n) == 0;
}

#endif
