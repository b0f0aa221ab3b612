libbucketwatch_a_SOURCES += \
	src/detect/condition.c \
	src/detect/correlation.c \
	src/detect/dispatch.c \
	src/detect/explain.c \
	src/detect/expression.c \
	src/detect/hint.c \
	src/detect/item.c \
	src/detect/link.c \
	src/detect/lint.c \
	src/detect/matcher.c \
	src/detect/modifier.c \
	src/detect/moment.c \
	src/detect/network.c \
	src/detect/pattern.c \
	src/detect/rule.c \
	src/detect/ruleset.c
noinst_HEADERS += \
	src/detect/condition.h \
	src/detect/correlation.h \
	src/detect/dispatch.h \
	src/detect/expression.h \
	src/detect/hint.h \
	src/detect/item.h \
	src/detect/link.h \
	src/detect/lint.h \
	src/detect/matcher.h \
	src/detect/modifier.h \
	src/detect/moment.h \
	src/detect/network.h \
	src/detect/pattern.h \
	src/detect/rule.h \
	src/detect/ruleset.h \
	src/detect/set.h
