# tests through the real binary, and the campaign
e2e_tests = \
	tests/e2e/test_check.py \
	tests/e2e/test_conformance.py \
	tests/e2e/test_corpus.py \
	tests/e2e/test_docs.py \
	tests/e2e/test_kill.py \
	tests/e2e/test_rules.py \
	tests/e2e/test_run.py \
	tests/e2e/test_run_sh.py \
	tests/e2e/test_scan.py
TESTS += $(e2e_tests)
EXTRA_DIST += $(e2e_tests) \
	tests/campaign/big.py \
	tests/campaign/kill.py \
	tests/e2e/common.py \
	tests/lib/daemon.py \
	tests/lib/logs.py \
	tests/lib/tap.py

# What takes too long for every day: 200 kills over some thousand objects, an object of
# 500 MB, five minutes of differential fuzz. Options by CAMPAIGN_KILL="--seed 7 --kills
# 1000", CAMPAIGN_FUZZ (seconds a part).
CAMPAIGN_FUZZ = 150
.PHONY: campaign
campaign: all tests/parse/test_scan_fuzz$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) $(PYTHON3) $(srcdir)/tests/campaign/kill.py $(CAMPAIGN_KILL)
	$(AM_TESTS_ENVIRONMENT) $(PYTHON3) $(srcdir)/tests/campaign/big.py
	$(AM_TESTS_ENVIRONMENT) BUCKETWATCH_FUZZ_SECONDS=$(CAMPAIGN_FUZZ) \
		./tests/parse/test_scan_fuzz$(EXEEXT)
PYTHON3 = python3
