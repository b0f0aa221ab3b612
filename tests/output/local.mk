# tests of src/output
check_PROGRAMS += \
	tests/output/test_file \
	tests/output/test_output \
	tests/output/test_render_syslog \
	tests/output/test_render_text \
	tests/output/test_stdout \
	tests/output/test_syslog \
	tests/output/test_webhook
TESTS += \
	tests/output/test_file \
	tests/output/test_output \
	tests/output/test_render_syslog \
	tests/output/test_render_text \
	tests/output/test_stdout \
	tests/output/test_syslog \
	tests/output/test_webhook
OUTPUT_TEST_LIB = tests/lib/server.c tests/lib/server.h tests/output/rig.c \
	tests/output/rig.h
tests_output_test_file_SOURCES = tests/output/test_file.c $(OUTPUT_TEST_LIB)
tests_output_test_file_CFLAGS = $(TEST_CFLAGS)
tests_output_test_file_LDADD = $(TEST_LDADD)
tests_output_test_output_SOURCES = tests/output/test_output.c $(OUTPUT_TEST_LIB)
tests_output_test_output_CFLAGS = $(TEST_CFLAGS)
tests_output_test_output_LDADD = $(TEST_LDADD)
tests_output_test_render_syslog_SOURCES = tests/output/test_render_syslog.c \
	$(OUTPUT_TEST_LIB)
tests_output_test_render_syslog_CFLAGS = $(TEST_CFLAGS)
tests_output_test_render_syslog_LDADD = $(TEST_LDADD)
tests_output_test_render_text_SOURCES = tests/output/test_render_text.c \
	$(OUTPUT_TEST_LIB)
tests_output_test_render_text_CFLAGS = $(TEST_CFLAGS)
tests_output_test_render_text_LDADD = $(TEST_LDADD)
tests_output_test_stdout_SOURCES = tests/output/test_stdout.c $(OUTPUT_TEST_LIB)
tests_output_test_stdout_CFLAGS = $(TEST_CFLAGS)
tests_output_test_stdout_LDADD = $(TEST_LDADD)
tests_output_test_syslog_SOURCES = tests/output/test_syslog.c $(OUTPUT_TEST_LIB)
tests_output_test_syslog_CFLAGS = $(TEST_CFLAGS)
tests_output_test_syslog_LDADD = $(TEST_LDADD)
tests_output_test_webhook_SOURCES = tests/output/test_webhook.c $(OUTPUT_TEST_LIB)
tests_output_test_webhook_CFLAGS = $(TEST_CFLAGS)
tests_output_test_webhook_LDADD = $(TEST_LDADD)
