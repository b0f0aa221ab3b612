# tests of src/parse
check_PROGRAMS += \
	tests/parse/test_reader \
	tests/parse/test_reader_corpus \
	tests/parse/test_scan \
	tests/parse/test_scan_fuzz
TESTS += \
	tests/parse/test_reader \
	tests/parse/test_reader_corpus \
	tests/parse/test_scan \
	tests/parse/test_scan_fuzz
tests_parse_test_reader_SOURCES = tests/parse/test_reader.c
tests_parse_test_reader_CFLAGS = $(TEST_CFLAGS)
tests_parse_test_reader_LDADD = $(TEST_LDADD)
tests_parse_test_reader_corpus_SOURCES = tests/parse/test_reader_corpus.c
tests_parse_test_reader_corpus_CFLAGS = $(TEST_CFLAGS)
tests_parse_test_reader_corpus_LDADD = $(TEST_LDADD)
tests_parse_test_scan_SOURCES = tests/parse/test_scan.c
tests_parse_test_scan_CFLAGS = $(TEST_CFLAGS)
tests_parse_test_scan_LDADD = $(TEST_LDADD)
tests_parse_test_scan_fuzz_SOURCES = tests/parse/test_scan_fuzz.c
tests_parse_test_scan_fuzz_CFLAGS = $(TEST_CFLAGS)
tests_parse_test_scan_fuzz_LDADD = $(TEST_LDADD)
check_PROGRAMS += \
	tests/parse/test_cloudtrail \
	tests/parse/test_envelope \
	tests/parse/test_form \
	tests/parse/test_s3access
TESTS += \
	tests/parse/test_cloudtrail \
	tests/parse/test_envelope \
	tests/parse/test_form \
	tests/parse/test_s3access
tests_parse_test_cloudtrail_SOURCES = tests/parse/test_cloudtrail.c
tests_parse_test_cloudtrail_CFLAGS = $(TEST_CFLAGS)
tests_parse_test_cloudtrail_LDADD = $(TEST_LDADD)
tests_parse_test_envelope_SOURCES = tests/parse/test_envelope.c
tests_parse_test_envelope_CFLAGS = $(TEST_CFLAGS)
tests_parse_test_envelope_LDADD = $(TEST_LDADD)
tests_parse_test_form_SOURCES = tests/parse/test_form.c
tests_parse_test_form_CFLAGS = $(TEST_CFLAGS)
tests_parse_test_form_LDADD = $(TEST_LDADD)
tests_parse_test_s3access_SOURCES = tests/parse/test_s3access.c
tests_parse_test_s3access_CFLAGS = $(TEST_CFLAGS)
tests_parse_test_s3access_LDADD = $(TEST_LDADD)
