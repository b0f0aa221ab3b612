check_PROGRAMS += \
	tests/base/test_buf \
	tests/base/test_err \
	tests/base/test_map \
	tests/base/test_mem \
	tests/base/test_order \
	tests/base/test_text \
	tests/base/test_units
TESTS += \
	tests/base/test_buf \
	tests/base/test_err \
	tests/base/test_map \
	tests/base/test_mem \
	tests/base/test_order \
	tests/base/test_text \
	tests/base/test_units \
	tests/check_floors.sh
EXTRA_DIST += tests/check_floors.sh
tests_base_test_buf_SOURCES = tests/base/test_buf.c
tests_base_test_buf_CFLAGS = $(TEST_CFLAGS)
tests_base_test_buf_LDADD = $(TEST_LDADD)
tests_base_test_err_SOURCES = tests/base/test_err.c
tests_base_test_err_CFLAGS = $(TEST_CFLAGS)
tests_base_test_err_LDADD = $(TEST_LDADD)
tests_base_test_map_SOURCES = tests/base/test_map.c
tests_base_test_map_CFLAGS = $(TEST_CFLAGS)
tests_base_test_map_LDADD = $(TEST_LDADD)
tests_base_test_mem_SOURCES = tests/base/test_mem.c
tests_base_test_mem_CFLAGS = $(TEST_CFLAGS)
tests_base_test_mem_LDADD = $(TEST_LDADD)
tests_base_test_order_SOURCES = tests/base/test_order.c
tests_base_test_order_CFLAGS = $(TEST_CFLAGS)
tests_base_test_order_LDADD = $(TEST_LDADD)
tests_base_test_text_SOURCES = tests/base/test_text.c
tests_base_test_text_CFLAGS = $(TEST_CFLAGS)
tests_base_test_text_LDADD = $(TEST_LDADD)
tests_base_test_units_SOURCES = tests/base/test_units.c
tests_base_test_units_CFLAGS = $(TEST_CFLAGS)
tests_base_test_units_LDADD = $(TEST_LDADD)
