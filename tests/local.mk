# Tests speak TAP; tap-driver.sh turns each line into a result of its own.
TEST_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) -I$(top_srcdir)/tests
TEST_LDADD = $(LIBS_ALL) $(CMOCKA_LIBS)
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_COMPILER = /bin/bash $(top_srcdir)/tests/lib/cmocka.sh
PY_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_COMPILER = python3
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = $(SHELL)
TEST_EXTENSIONS = .py .sh
AM_TESTS_ENVIRONMENT = top_srcdir='$(top_srcdir)'; export top_srcdir; \
	top_builddir='$(top_builddir)'; export top_builddir; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
	BUCKETWATCH_SHARED="$${BUCKETWATCH_SHARED:-$(abs_top_srcdir)/../shared}"; \
	export BUCKETWATCH_SHARED;

include tests/base/local.mk
include tests/io/local.mk
include tests/model/local.mk
include tests/parse/local.mk
include tests/source/local.mk
include tests/detect/local.mk
include tests/store/local.mk
include tests/output/local.mk
include tests/app/local.mk
include tests/e2e/local.mk
EXTRA_DIST += tests/lib/cmocka.sh
