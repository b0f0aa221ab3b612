EXTRA_DIST += bench/bench.py bench/gen_logs.py
EXTRA_PROGRAMS += bench/bench_stages
bench_bench_stages_SOURCES = bench/bench_stages.c
bench_bench_stages_CFLAGS = $(AM_CFLAGS)
bench_bench_stages_LDADD = $(LIBS_ALL)
CLEANFILES += bench/bench_stages$(EXEEXT)

# BENCH_FLAGS: see bench/bench.py --help
bench: bucketwatch$(EXEEXT) bench/bench_stages$(EXEEXT)
	python3 $(top_srcdir)/bench/bench.py ./bucketwatch$(EXEEXT) \
		./bench/bench_stages$(EXEEXT) $(BENCH_FLAGS)
.PHONY: bench

EXTRA_PROGRAMS += bench/bench_match
bench_bench_match_SOURCES = bench/bench_match.c
bench_bench_match_CFLAGS = $(AM_CFLAGS)
bench_bench_match_LDADD = $(LIBS_ALL)
CLEANFILES += bench/bench_match$(EXEEXT)
