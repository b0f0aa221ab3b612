# tests of src/io
check_PROGRAMS += \
	tests/io/test_http \
	tests/io/test_httpd
TESTS += \
	tests/io/test_http \
	tests/io/test_httpd
tests_io_test_http_SOURCES = tests/io/test_http.c tests/lib/server.c \
	tests/lib/server.h
tests_io_test_http_CFLAGS = $(TEST_CFLAGS)
tests_io_test_http_LDADD = $(TEST_LDADD)
tests_io_test_httpd_SOURCES = tests/io/test_httpd.c
tests_io_test_httpd_CFLAGS = $(TEST_CFLAGS)
tests_io_test_httpd_LDADD = $(TEST_LDADD)
check_PROGRAMS += \
	tests/io/test_db \
	tests/io/test_loop \
	tests/io/test_options \
	tests/io/test_watch
TESTS += \
	tests/io/test_db \
	tests/io/test_loop \
	tests/io/test_options \
	tests/io/test_watch
tests_io_test_db_SOURCES = tests/io/test_db.c tests/lib/folder.h
tests_io_test_db_CFLAGS = $(TEST_CFLAGS)
tests_io_test_db_LDADD = $(TEST_LDADD)
tests_io_test_loop_SOURCES = tests/io/test_loop.c
tests_io_test_loop_CFLAGS = $(TEST_CFLAGS)
tests_io_test_loop_LDADD = $(TEST_LDADD)
tests_io_test_options_SOURCES = tests/io/test_options.c tests/lib/folder.h
tests_io_test_options_CFLAGS = $(TEST_CFLAGS)
tests_io_test_options_LDADD = $(TEST_LDADD)
tests_io_test_watch_SOURCES = tests/io/test_watch.c tests/lib/folder.h
tests_io_test_watch_CFLAGS = $(TEST_CFLAGS)
tests_io_test_watch_LDADD = $(TEST_LDADD)
check_PROGRAMS += tests/io/test_gunzip
TESTS += tests/io/test_gunzip
tests_io_test_gunzip_SOURCES = tests/io/test_gunzip.c
tests_io_test_gunzip_CFLAGS = $(TEST_CFLAGS)
tests_io_test_gunzip_LDADD = $(TEST_LDADD)
check_PROGRAMS += \
	tests/io/test_crypto
TESTS += \
	tests/io/test_crypto
tests_io_test_crypto_SOURCES = tests/io/test_crypto.c
tests_io_test_crypto_CFLAGS = $(TEST_CFLAGS)
tests_io_test_crypto_LDADD = $(TEST_LDADD)
check_PROGRAMS += tests/io/test_regex tests/io/test_yaml
TESTS += tests/io/test_regex tests/io/test_yaml
tests_io_test_regex_SOURCES = tests/io/test_regex.c
tests_io_test_regex_CFLAGS = $(TEST_CFLAGS)
tests_io_test_regex_LDADD = $(TEST_LDADD)
tests_io_test_yaml_SOURCES = tests/io/test_yaml.c
tests_io_test_yaml_CFLAGS = $(TEST_CFLAGS)
tests_io_test_yaml_LDADD = $(TEST_LDADD)
