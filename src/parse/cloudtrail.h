/*
 * CloudTrail records (every category up to eventVersion 1.11), S3 event notifications
 * and plain JSON: where the common fields, the time and the identity of a record come
 * from. All of them are JSON objects; which paths are needed is a table here, the
 * field scanner fetches them.
 *
 * A json_plan is the compiled form of one kind's fieldset: the scan plan over the
 * wanted paths plus the paths that common fields, time and identity are made of.
 */
#ifndef PARSE_CLOUDTRAIL_H
#define PARSE_CLOUDTRAIL_H

#include "base/err.h"
#include "model/record.h"
#include "parse/envelope.h"
#include "parse/scan.h"

struct json_plan;
/* kind: any but KIND_S3ACCESS. time_field: KIND_JSON only, may be NULL. */
struct json_plan *json_plan_new(const struct fieldset *, uint64_t seed,
	    const char *time_field);
void	 json_plan_free(struct json_plan *);
const struct scan_plan *json_plan_scan(const struct json_plan *);
/* How many slots a record of this plan has (at least the fieldset's n). */
size_t	 json_plan_slots(const struct json_plan *);

/*
 * After scan_object() filled rec->fields: sets rec->time, rec->id_hash and the slots of
 * the common fields that the fieldset asks for. Values it makes live in rec->scratch.
 */
void	 json_plan_finish(const struct json_plan *, struct record *rec);

/*
 * For records that hit: a plan that asks for all common fields and nothing else; and, of
 * a record that was scanned and finished by such a plan, its common fields (NULL: none)
 * and its identity (see reader_identity()) as NUL-terminated strings in a. seed and
 * time_field as for json_plan_new().
 */
struct json_plan *json_plan_whole(enum kind, uint64_t seed,
	    const char *time_field);
void	 json_plan_common(const struct json_plan *, const struct record *,
	    struct arena *a, const char *out[COMMON_COUNT]);
void	 json_plan_identity(const struct json_plan *, const struct record *,
	    struct arena *a, const char *out[6]);

#endif
