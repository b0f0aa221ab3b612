/*
 * Text: UTF-8, case folding, escaping for people, globs, and the durations,
 * sizes and times that people write. Pure functions, any thread.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Decodes one code point at s (s < end). Returns its length in bytes, or 0 when
 * the bytes are not valid UTF-8 (RFC 3629: no overlong forms, no surrogates).
 */
size_t	 utf8_decode(const char *s, const char *end, uint32_t *cp);
/* Writes cp into out (4 bytes of room); returns the length. */
size_t	 utf8_encode(uint32_t cp, char *out);

/* Unicode simple case folding (CaseFolding.txt, status C and S). */
uint32_t text_fold_cp(uint32_t cp);
/*
 * Folds len bytes of s into out. out needs room for 3 * len bytes in the worst
 * case (U+023A grows from 2 bytes to 3); for text without bytes over 0x7f, len is
 * enough. Invalid bytes are copied as they are. Returns the length written.
 */
size_t	 text_fold(char *out, const char *s, size_t len);

/*
 * How many bytes at s are plain: printable ASCII but the quote and the backslash, which
 * is what JSON text holds without an escape. For stepping over the ordinary quickly.
 */
size_t	 text_plain(const char *s, size_t len);

/*
 * Copies s into out so that a terminal or a log line is safe: control characters
 * (C0, DEL, C1), line and paragraph separators, bidirectional overrides and bytes
 * that are not UTF-8 become \n, \t, \xNN or \u{NNNN}; a backslash is kept. Cut with
 * "..." when it does not fit into size bytes. Returns out.
 */
char	*text_printable(char *out, size_t size, const char *s, size_t len);

/*
 * Shell globs over '/'-separated names: * and ? stop at '/', ** crosses it, [a-z]
 * and [!a-z] are classes, \ quotes the next character. Characters are those of UTF-8.
 * ** as a whole part takes any number of parts, even none: "a/ ** /b" (without the
 * blanks) matches a/b. A pattern without '/' is matched against the last part of the
 * name alone; one that begins with '/' against the whole name; any other against the
 * name or any tail of it that begins behind a '/'. Returns 1 or 0.
 */
int	 text_glob(const char *pattern, const char *name);

/*
 * The name of the list (NULL-ended) that is nearest to word by edit distance, or
 * NULL when none is near enough to be meant.
 */
const char *text_nearest(const char *word, const char *const *list);

/* "90s", "5m", "24h", "7d", "500ms", "2w", "0" -> nanoseconds. 0 or -1. */
int	 text_duration(const char *s, int64_t *ns);
/* "64MiB", "10MB", "512", "4KiB", "1GiB" -> bytes. 0 or -1. */
int	 text_size(const char *s, uint64_t *bytes);

/*
 * RFC 3339 / ISO 8601 times: "2026-01-15T08:12:30Z", fractions, offsets, and the
 * basic form 20131102T010628Z; seconds may be missing. No zone means UTC.
 * Nanoseconds since 1970 into *ns; 0 or -1.
 */
int	 text_time(const char *s, size_t len, int64_t *ns);
/* "2026-01-15T08:12:30Z", with .mmm when not a whole second. out: 32 bytes. */
char	*text_time_format(int64_t ns, char out[32]);

/* Days since 1970-01-01 of a proleptic Gregorian date (month 1..12). */
int64_t	 text_days(int64_t year, unsigned month, unsigned day);

/* "1,234,567". out: 32 bytes. */
char	*text_thousands(uint64_t n, char out[32]);
/* "1.8 GB". out: 16 bytes. */
char	*text_bytes(uint64_t n, char out[16]);

#define NS_PER_SEC 1000000000LL

#endif
