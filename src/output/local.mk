libbucketwatch_a_SOURCES += \
	src/output/file.c \
	src/output/output.c \
	src/output/render_syslog.c \
	src/output/render_text.c \
	src/output/stdout.c \
	src/output/syslog.c \
	src/output/webhook.c
noinst_HEADERS += \
	src/output/kind.h \
	src/output/output.h
