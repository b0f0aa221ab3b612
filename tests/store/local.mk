# tests of src/store
check_PROGRAMS += \
	tests/store/test_outbox \
	tests/store/test_seen \
	tests/store/test_store
TESTS += \
	tests/store/test_outbox \
	tests/store/test_seen \
	tests/store/test_store
tests_store_test_outbox_SOURCES = tests/store/test_outbox.c tests/store/rig.h \
	tests/lib/folder.h
tests_store_test_outbox_CFLAGS = $(TEST_CFLAGS)
tests_store_test_outbox_LDADD = $(TEST_LDADD)
tests_store_test_seen_SOURCES = tests/store/test_seen.c
tests_store_test_seen_CFLAGS = $(TEST_CFLAGS)
tests_store_test_seen_LDADD = $(TEST_LDADD)
tests_store_test_store_SOURCES = tests/store/test_store.c tests/store/rig.h \
	tests/lib/folder.h
tests_store_test_store_CFLAGS = $(TEST_CFLAGS)
tests_store_test_store_LDADD = $(TEST_LDADD)
