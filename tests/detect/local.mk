# tests of src/detect
noinst_HEADERS += tests/detect/judge.h
check_PROGRAMS += \
	tests/detect/test_conformance \
	tests/detect/test_language \
	tests/detect/test_matcher \
	tests/detect/test_mistakes \
	tests/detect/test_parts \
	tests/detect/test_pattern
TESTS += \
	tests/detect/test_conformance \
	tests/detect/test_language \
	tests/detect/test_matcher \
	tests/detect/test_mistakes \
	tests/detect/test_parts \
	tests/detect/test_pattern
tests_detect_test_conformance_SOURCES = tests/detect/test_conformance.c
tests_detect_test_conformance_CFLAGS = $(TEST_CFLAGS)
tests_detect_test_conformance_LDADD = $(TEST_LDADD)
tests_detect_test_language_SOURCES = tests/detect/test_language.c
tests_detect_test_language_CFLAGS = $(TEST_CFLAGS)
tests_detect_test_language_LDADD = $(TEST_LDADD)
tests_detect_test_matcher_SOURCES = tests/detect/test_matcher.c
tests_detect_test_matcher_CFLAGS = $(TEST_CFLAGS)
tests_detect_test_matcher_LDADD = $(TEST_LDADD)
tests_detect_test_mistakes_SOURCES = tests/detect/test_mistakes.c
tests_detect_test_mistakes_CFLAGS = $(TEST_CFLAGS)
tests_detect_test_mistakes_LDADD = $(TEST_LDADD)
tests_detect_test_parts_SOURCES = tests/detect/test_parts.c
tests_detect_test_parts_CFLAGS = $(TEST_CFLAGS)
tests_detect_test_parts_LDADD = $(TEST_LDADD)
tests_detect_test_pattern_SOURCES = tests/detect/test_pattern.c
tests_detect_test_pattern_CFLAGS = $(TEST_CFLAGS)
tests_detect_test_pattern_LDADD = $(TEST_LDADD)
