#!/bin/sh
# Builds in a folder, out of tree, doing only what is needed:
#   tools/build.sh FOLDER [CONFIGURE-OPTION]...
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
folder=$1
shift
jobs=$(nproc 2>/dev/null || echo 2)
if [ ! -x "$top/configure" ] || [ "$top/configure.ac" -nt "$top/configure" ]; then
	"$top/bootstrap" >"$top/bootstrap.log" 2>&1 || {
		cat "$top/bootstrap.log" >&2
		exit 1
	}
	rm -f "$top/bootstrap.log"
fi
mkdir -p "$folder"
cd "$folder"
if [ ! -f config.status ] || [ "$(cat options 2>/dev/null)" != "$*" ] ||
	[ "$top/configure" -nt config.status ]; then
	"$top/configure" "$@" >configure.log 2>&1 || {
		tail -n 30 configure.log >&2
		exit 1
	}
	echo "$*" >options
fi
# -q: is there anything to do? Then say so, as it takes a while the first time.
make -q all >/dev/null 2>&1 || echo "Building in $folder ..."
make -s -j "$jobs" all >make.log 2>&1 || {
	grep -E -A 5 'error|Error' make.log >&2 || tail -n 30 make.log >&2
	exit 1
}
