libbucketwatch_a_SOURCES += \
	src/app/check.c \
	src/app/cmd.c \
	src/app/cmd_check.c \
	src/app/cmd_explain.c \
	src/app/cmd_run.c \
	src/app/cmd_scan.c \
	src/app/cmd_status.c \
	src/app/cmd_test.c \
	src/app/config.c \
	src/app/crew.c \
	src/app/daemon.c \
	src/app/deliver.c \
	src/app/findings.c \
	src/app/judge.c \
	src/app/pipeline.c \
	src/app/progress.c \
	src/app/rules.c \
	src/app/ruletest.c \
	src/app/status.c \
	src/app/sweep.c \
	src/app/worker.c
noinst_HEADERS += \
	src/app/check.h \
	src/app/cmd.h \
	src/app/config.h \
	src/app/crew.h \
	src/app/daemon.h \
	src/app/deliver.h \
	src/app/findings.h \
	src/app/judge.h \
	src/app/pipeline.h \
	src/app/progress.h \
	src/app/rules.h \
	src/app/ruletest.h \
	src/app/status.h \
	src/app/sweep.h \
	src/app/worker.h
