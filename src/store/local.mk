libbucketwatch_a_SOURCES += \
	src/store/ledger.c \
	src/store/outbox.c \
	src/store/seen.c \
	src/store/store.c
noinst_HEADERS += \
	src/store/seen.h \
	src/store/state.h \
	src/store/store.h
