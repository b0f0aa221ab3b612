#!/bin/sh
# Installs the Debian packages named in its arguments that are not there yet.
# Quick when nothing is missing. Needs root or sudo then.
set -eu
missing=
for p in "$@"; do
	# dpkg-query answers for several states; only "install ok installed" counts
	case "$(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true)" in
	"install ok installed") ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0
sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		echo "These packages are missing, and neither root nor sudo is there to install them:$missing" >&2
		exit 1
	}
	sudo=sudo
fi
echo "Installing:$missing"
log=$(mktemp)
if ! { $sudo apt-get update -q &&
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "The packages could not be installed." >&2
	rm -f "$log"
	exit 1
fi
rm -f "$log"
