/*
 * Kinds, common fields and fieldsets. See record.h.
 */
#include <stdlib.h>
#include <string.h>

#include "model/record.h"

const char *const common_names[COMMON_COUNT + 1] = {
	"actor", "action", "bucket", "key", "source_ip", "user_agent",
	"outcome", "bytes_out", "bytes_in", "tls_version", "account", "region",
	"time", NULL
};

const char *const s3access_names[S3ACCESS_COLUMNS + 1] = {
	"bucket_owner", "bucket", "time", "remote_ip", "requester",
	"request_id", "operation", "key", "request_uri", "http_status",
	"error_code", "bytes_sent", "object_size", "total_time",
	"turn_around_time", "referer", "user_agent", "version_id", "host_id",
	"signature_version", "cipher_suite", "authentication_type",
	"host_header", "tls_version", "access_point_arn", "acl_required",
	"source_region", NULL
};

const char *
kind_name(enum kind kind)
{
	switch (kind) {
	case KIND_CLOUDTRAIL:
		return "cloudtrail";
	case KIND_S3ACCESS:
		return "s3access";
	case KIND_S3NOTIFICATION:
		return "s3notification";
	case KIND_JSON:
		return "json";
	}
	return "";
}

static int
list_find(const char *const *list, const char *name)
{
	int i;

	for (i = 0; list[i] != NULL; i++)
		if (strcmp(list[i], name) == 0)
			return i;
	return -1;
}

int
common_find(const char *name)
{
	return list_find(common_names, name);
}

struct fieldset *
fieldset_new(enum kind kind)
{
	struct fieldset *fs;
	size_t i;

	fs = xcalloc(1, sizeof *fs);
	fs->kind = kind;
	for (i = 0; i < COMMON_COUNT; i++)
		fs->common[i] = -1;
	return fs;
}

void
fieldset_free(struct fieldset *fs)
{
	size_t i;

	if (fs == NULL)
		return;
	for (i = 0; i < fs->n; i++)
		free(fs->names[i]);
	free(fs->names);
	free(fs);
}

/* Would that name mean the common field? */
static int
is_common_name(const struct fieldset *fs, const char *name)
{
	return common_find(name) >= 0 && (fs->kind != KIND_S3ACCESS ||
	    list_find(s3access_names, name) < 0);
}

static size_t
append(struct fieldset *fs, const char *name)
{
	fs->names = xgrow(fs->names, &fs->cap, fs->n + 1, sizeof *fs->names);
	fs->names[fs->n] = xstrdup(name);
	return fs->n++;
}

size_t
fieldset_add_common(struct fieldset *fs, enum common common)
{
	if (fs->common[common] < 0)
		fs->common[common] = (int)append(fs, common_names[common]);
	return (size_t)fs->common[common];
}

size_t
fieldset_add(struct fieldset *fs, const char *name)
{
	int slot;

	if (is_common_name(fs, name))
		return fieldset_add_common(fs,
		    (enum common)common_find(name));
	slot = fieldset_find(fs, name);
	return slot >= 0 ? (size_t)slot : append(fs, name);
}

int
fieldset_find(const struct fieldset *fs, const char *name)
{
	int common = common_find(name);
	size_t i;

	if (is_common_name(fs, name))
		return fs->common[common];
	for (i = 0; i < fs->n; i++)
		if (strcmp(fs->names[i], name) == 0 &&
		    (common < 0 || fs->common[common] != (int)i))
			return (int)i;
	return -1;
}
