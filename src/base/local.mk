libbucketwatch_a_SOURCES += \
	src/base/buf.c \
	src/base/clock.c \
	src/base/err.c \
	src/base/log.c \
	src/base/map.c \
	src/base/mem.c \
	src/base/order.c \
	src/base/pool.c \
	src/base/text.c \
	src/base/units.c
noinst_HEADERS += \
	src/base/buf.h \
	src/base/clock.h \
	src/base/err.h \
	src/base/fold.inc \
	src/base/log.h \
	src/base/map.h \
	src/base/mem.h \
	src/base/order.h \
	src/base/pool.h \
	src/base/text.h
EXTRA_DIST += src/base/make_fold.py
