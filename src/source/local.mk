libbucketwatch_a_SOURCES += \
	src/source/directory.c \
	src/source/files.c \
	src/source/source.c \
	src/source/walk.c
noinst_HEADERS += \
	src/source/directory.h \
	src/source/files.h \
	src/source/kind.h \
	src/source/source.h \
	src/source/walk.h
