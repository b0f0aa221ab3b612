# tests of src/model
check_PROGRAMS += \
	tests/model/test_alert \
	tests/model/test_batch \
	tests/model/test_jsonline \
	tests/model/test_record \
	tests/model/test_value
TESTS += \
	tests/model/test_alert \
	tests/model/test_batch \
	tests/model/test_jsonline \
	tests/model/test_record \
	tests/model/test_value
tests_model_test_alert_SOURCES = tests/model/test_alert.c
tests_model_test_alert_CFLAGS = $(TEST_CFLAGS)
tests_model_test_alert_LDADD = $(TEST_LDADD)
tests_model_test_batch_SOURCES = tests/model/test_batch.c
tests_model_test_batch_CFLAGS = $(TEST_CFLAGS)
tests_model_test_batch_LDADD = $(TEST_LDADD)
tests_model_test_jsonline_SOURCES = tests/model/test_jsonline.c
tests_model_test_jsonline_CFLAGS = $(TEST_CFLAGS)
tests_model_test_jsonline_LDADD = $(TEST_LDADD)
tests_model_test_record_SOURCES = tests/model/test_record.c
tests_model_test_record_CFLAGS = $(TEST_CFLAGS)
tests_model_test_record_LDADD = $(TEST_LDADD)
tests_model_test_value_SOURCES = tests/model/test_value.c
tests_model_test_value_CFLAGS = $(TEST_CFLAGS)
tests_model_test_value_LDADD = $(TEST_LDADD)
