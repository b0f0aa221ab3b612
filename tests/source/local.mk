# tests of src/source
check_PROGRAMS += \
	tests/source/test_directory \
	tests/source/test_files \
	tests/source/test_source \
	tests/source/test_walk
TESTS += \
	tests/source/test_directory \
	tests/source/test_files \
	tests/source/test_source \
	tests/source/test_walk
tests_source_test_directory_SOURCES = tests/source/test_directory.c \
	tests/lib/folder.h
tests_source_test_directory_CFLAGS = $(TEST_CFLAGS)
tests_source_test_directory_LDADD = $(TEST_LDADD)
tests_source_test_files_SOURCES = tests/source/test_files.c
tests_source_test_files_CFLAGS = $(TEST_CFLAGS)
tests_source_test_files_LDADD = $(TEST_LDADD)
tests_source_test_source_SOURCES = tests/source/test_source.c tests/lib/folder.h
tests_source_test_source_CFLAGS = $(TEST_CFLAGS)
tests_source_test_source_LDADD = $(TEST_LDADD)
tests_source_test_walk_SOURCES = tests/source/test_walk.c tests/lib/folder.h
tests_source_test_walk_CFLAGS = $(TEST_CFLAGS)
tests_source_test_walk_LDADD = $(TEST_LDADD)
