#!/bin/sh
# Installs what the build needs, builds, and runs the main job on examples/: scans what
# is there, prints the alerts, and goes on watching the folder. Ctrl-C ends it.
set -eu
cd "$(dirname "$0")"
tools/packages.sh $(cat tools/packages.build)
tools/build.sh build/release
echo "Watching $(pwd)/examples: drop a log file in (say, cp examples/drop/* examples/logs/) and"
echo "its alerts follow. Ctrl-C ends it."
exec build/release/bucketwatch run --watch examples --exclude 'README*' --exclude '*.py' \
	--exclude '**/drop/**' --log-level warning "$@"
