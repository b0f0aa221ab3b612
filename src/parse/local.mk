libbucketwatch_a_SOURCES += \
	src/parse/cloudtrail.c \
	src/parse/envelope.c \
	src/parse/form.c \
	src/parse/s3access.c \
	src/parse/s3access_record.c
noinst_HEADERS += \
	src/parse/cloudtrail.h \
	src/parse/envelope.h \
	src/parse/form.h \
	src/parse/s3access.h \
	src/parse/s3access_impl.h
libbucketwatch_a_SOURCES += \
	src/parse/jsonreader.c \
	src/parse/linereader.c \
	src/parse/reader.c \
	src/parse/resync.c \
	src/parse/scan.c \
	src/parse/scan_avx2.c \
	src/parse/scan_plain.c \
	src/parse/scan_sse2.c \
	src/parse/window.c
noinst_HEADERS += \
	src/parse/reader.h \
	src/parse/reader_impl.h \
	src/parse/scan.h \
	src/parse/scan_impl.h \
	src/parse/scan_kernel.h \
	src/parse/window.h
