libbucketwatch_a_SOURCES += \
	src/io/crypto.c
noinst_HEADERS += \
	src/io/crypto.h
libbucketwatch_a_SOURCES += \
	src/io/http.c \
	src/io/httpd.c \
	src/io/resolve.c
noinst_HEADERS += \
	src/io/http.h \
	src/io/httpd.h \
	src/io/resolve.h
libbucketwatch_a_SOURCES += \
	src/io/db.c \
	src/io/loop.c \
	src/io/options.c \
	src/io/watch.c
noinst_HEADERS += \
	src/io/db.h \
	src/io/loop.h \
	src/io/options.h \
	src/io/watch.h
libbucketwatch_a_SOURCES += \
	src/io/bytes.c \
	src/io/gunzip.c
noinst_HEADERS += \
	src/io/bytes.h \
	src/io/gunzip.h
libbucketwatch_a_SOURCES += \
	src/io/regex.c \
	src/io/yaml.c
noinst_HEADERS += \
	src/io/regex.h \
	src/io/yaml.h
