libbucketwatch_a_SOURCES += \
	src/model/alert.c \
	src/model/batch.c \
	src/model/jsonline.c \
	src/model/object.c \
	src/model/record.c \
	src/model/value.c
noinst_HEADERS += \
	src/model/alert.h \
	src/model/batch.h \
	src/model/jsonline.h \
	src/model/object.h \
	src/model/record.h \
	src/model/value.h
