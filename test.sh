#!/bin/bash
# Installs what the tests need, builds with warnings as errors, runs everything, and
# closes with one line: N passed, N failed, N skipped.
#   ./test.sh            everything
#   ./test.sh quick      the plain build's tests alone
set -u
cd "$(dirname "$0")" || exit 1
tools/packages.sh $(cat tools/packages.build tools/packages.test) || exit 1

passed=0 failed=0 skipped=0
# One build with its tests: add up what its summary counts.
run() {	# name, the tests meant ("": all), configure options
	local name=$1 tests=$2 folder=build/$1 out start=$SECONDS
	shift 2
	echo "== $name $*"
	if ! tools/build.sh "$folder" --enable-werror "$@"; then
		echo "== $name: the build failed"
		failed=$((failed + 1))
		return
	fi
	out=$(mktemp)
	make -s -C "$folder" -j "$jobs" check ${tests:+"TESTS=$tests"} >"$out" 2>&1
	if ! grep -q '^# TOTAL:' "$out"; then
		tail -n 40 "$out"
		echo "== $name: the tests did not run"
		failed=$((failed + 1))
		rm -f "$out"
		return
	fi
	grep -E '^(FAIL|ERROR|XPASS|SKIP):' "$out"
	count() { sed -n "s/^# $1: *//p" "$out" | tail -n 1; }
	passed=$((passed + $(count PASS)))
	skipped=$((skipped + $(count SKIP)))
	failed=$((failed + $(count FAIL) + $(count ERROR) + $(count XPASS)))
	if grep -qE '^(FAIL|ERROR):' "$out"; then
		find "$folder/tests" -name '*.log' ! -name test-suite.log |
		while read -r log; do
			grep -q '^not ok\|^Bail\|ERROR: \|runtime error\|WARNING: Thread' "$log" &&
				{ echo "-- $log"; grep -v '^ok ' "$log" | tail -n 60; }
		done
	fi
	echo "== $name: $(count PASS) passed in $((SECONDS - start))s"
	rm -f "$out"
}

jobs=$(nproc 2>/dev/null || echo 2)
run plain ""
if [ "${1:-}" != quick ]; then
	export SANITIZED=1	# long tests are cut: see tests/lib/tap.py
	run asan "" --enable-sanitizers
	run tsan "tests/base/test_order tests/app/test_crew tests/detect/test_matcher
		tests/io/test_http tests/output/test_syslog tests/e2e/test_scan.py
		tests/e2e/test_run.py" --enable-sanitizers=thread
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
