#!/bin/bash
# Runs a cmocka program: its skipped tests say "not ok N # SKIP", which TAP's readers
# take for a failure; here they become what TAP means.
set -o pipefail
"$@" | sed -u -E 's/^not ok ([0-9]+.*# SKIP)/ok \1/'
