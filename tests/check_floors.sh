#!/bin/sh
# Who may include whom in src/. A file includes headers of its own folder and of lower
# floors; nothing outside src/; a third-party library only where the table below says.
# The first part of the test is a made-up tree with every offence in it: a check that
# finds nothing must be able to.

set -u
LC_ALL=C; export LC_ALL
top=${top_srcdir:-.}

# folder, floor. Folders of one floor never meet; src/main.c stands on top.
floors='
base 0
io 1
model 2
aws 2
parse 3
source 3
detect 3
policy 3
store 3
output 3
app 4
'

# Third-party headers (a name, or a prefix that ends in /) and the files that have
# them. One library, one file in io/, but for:
#   event2/  httpd.c is evhttp; http.c hands curl's sockets to the loop that it gets
#            from loop_base().
#   cjson/   is a builder and reader of whole documents, not a service: it has no file
#            in io/ but stands where such a document is made.
libraries='
cjson/ app/status.c
curl/ io/http.c
event2/ io/loop.c io/http.c io/httpd.c
isa-l/ io/gunzip.c
openssl/ io/crypto.c
pcre2.h io/regex.c
sqlite3.h io/db.c
yaml.h io/yaml.c
zlib.h io/gunzip.c
'

# What the C library, POSIX, Linux and the compiler have; every other <header> must
# stand in the table above.
system='
assert.h ctype.h dirent.h endian.h errno.h fcntl.h fenv.h float.h fnmatch.h ftw.h
getopt.h glob.h grp.h inttypes.h iso646.h langinfo.h libgen.h limits.h malloc.h locale.h math.h
netdb.h poll.h pthread.h pwd.h regex.h sched.h semaphore.h setjmp.h signal.h spawn.h
stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h
stdnoreturn.h string.h strings.h syslog.h termios.h threads.h time.h unistd.h wchar.h
wctype.h
arpa/ net/ netinet/ linux/ sys/
immintrin.h emmintrin.h tmmintrin.h smmintrin.h wmmintrin.h arm_neon.h
'

# offences ROOT LIBRARIES: one line each, nothing when all is well.
offences()
{
	(cd "$1" && find . -type f \( -name '*.[ch]' -o -name '*.inc' \)) |
	    sed 's,^\./,,' | sort |
	    root=$1 floors=$floors libraries=$2 system=$system awk '
	function folder(name) {
		return name ~ /\// ? substr(name, 1, index(name, "/") - 1) : ""
	}
	# The row of a list that covers header: its own name, or a folder of it.
	function row(header, list,    dir) {
		if (header in list)
			return header
		dir = folder(header) "/"
		return header ~ /\// && dir in list ? dir : ""
	}
	function say(text) {
		printf "src/%s:%d: %s\n", file, number, text
	}
	function quoted(header,    to) {
		if (header == "config.h")	# what configure made
			return
		if (header !~ /^[a-z0-9_]+\/[a-z0-9_]+\.(h|inc)$/) {
			say("\"" header "\" is not written as \"folder/name.h\"")
			return
		}
		to = folder(header)
		if (!(header in files))
			say("\"" header "\" is not a file of src/")
		else if (to != own && floor[to] >= my_floor)
			say("\"" header "\" is on floor " floor[to] \
			    ", this file on floor " my_floor)
	}
	function bracketed(header,    lib) {
		if (row(header, libc) != "" || header == "config.h")
			return		# in brackets where app/config.h is near
		lib = row(header, library)
		if (lib == "")
			say("<" header "> is in no table of this test")
		else if (!((lib, file) in allowed))
			say("<" header "> belongs in " library[lib] " alone")
		else
			used[lib, file] = 1
	}
	BEGIN {
		root = ENVIRON["root"]
		n = split(ENVIRON["floors"], w)
		for (i = 1; i < n; i += 2)
			floor[w[i]] = w[i + 1] + 0
		n = split(ENVIRON["system"], w)
		for (i = 1; i <= n; i++)
			libc[w[i]] = 1
		nrows = split(ENVIRON["libraries"], rows, "\n")
		for (r = 1; r <= nrows; r++) {
			n = split(rows[r], w, " ")
			for (i = 2; i <= n; i++) {
				allowed[w[1], w[i]] = 1
				library[w[1]] = library[w[1]] (i > 2 ? " " : "") w[i]
			}
		}
	}
	{ files[$0] = 1; order[NR] = $0 }
	END {
		for (k = 1; k <= NR; k++) {
			file = order[k]
			number = 0
			own = folder(file)
			if (file == "main.c")
				my_floor = 99
			else if (own in floor && file !~ /\/.*\//)
				my_floor = floor[own] + 0
			else {
				say("stands in no folder that has a floor")
				continue
			}
			while ((getline line < (root "/" file)) > 0) {
				number++
				if (line !~ /^[ \t]*#[ \t]*(include|import)/)
					continue
				text = line
				sub(/^[ \t]*#[ \t]*[a-z_]*[ \t]*/, "", text)
				if (text ~ /^"[^"]*"/) {
					text = substr(text, 2)
					quoted(substr(text, 1, index(text, "\"") - 1))
				} else if (text ~ /^<[^>]*>/) {
					bracketed(substr(text, 2, index(text, ">") - 2))
				} else
					say("an include that this test cannot read")
			}
			close(root "/" file)
		}
		number = 0
		for (pair in allowed) {
			split(pair, w, SUBSEP)
			file = w[2]
			if (!(pair in used))
				say("stands in the table for " w[1] \
				    " and does not include it")
		}
	}'
}

count=0 failed=0
# result NAME OFFENCES: passes when there are none.
result()
{
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		failed=1
		echo "not ok $count - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}

made=$(mktemp -d) || exit 99
trap 'rm -rf "$made"' EXIT
trap 'exit 1' HUP INT TERM

# fresh: a small tree without an offence.
fresh()
{
	rm -rf "$made/src"
	for d in base io model parse detect app; do
		mkdir -p "$made/src/$d"
		echo '#include <stddef.h>' >"$made/src/$d/$d.h"
		printf '#include <sys/stat.h>\n#include "%s/%s.h"\n' $d $d \
		    >"$made/src/$d/$d.c"
	done
	printf '#include "config.h"\n#include "app/app.h"\n' >"$made/src/main.c"
	printf '#include <zlib.h>\n# include\t"base/base.h"\n' >>"$made/src/io/io.c"
	printf '#include "io/io.h"\n#include "model/model.h"\n' \
	    >>"$made/src/parse/parse.c"
	echo '/* #include "app/app.h" would be wrong here */' \
	    >>"$made/src/base/base.c"
	: >"$made/outside.h"
}
made_libraries='
zlib.h io/io.c
'

fresh
result "a tree without offences passes" \
    "$(offences "$made/src" "$made_libraries")"

# finds NAME FILE LINE SAID: the offence of LINE in FILE is found, and it alone.
finds()
{
	fresh
	mkdir -p "$made/src/$(dirname "$2")"
	printf '%s\n' "$3" >>"$made/src/$2"
	got=$(offences "$made/src" "$made_libraries")
	case $got in
	*"
"*)	result "$1" "more than one was found: $got" ;;
	"src/$2:"*"$4"*) result "$1" "" ;;
	*)	result "$1" "found instead: ${got:-nothing}" ;;
	esac
}

finds "a higher floor is found" base/base.c '#include "app/app.h"' \
    '"app/app.h" is on floor 4, this file on floor 0'
finds "a header is held to it too" io/io.h '#include "model/model.h"' 'on floor 2'
finds "so is an .inc file" base/table.inc '#include "io/io.h"' 'on floor 1'
finds "a neighbour on the same floor is found" detect/detect.c \
    '#include "parse/parse.h"' '"parse/parse.h" is on floor 3'
finds "odd spacing hides nothing" model/model.c '  #  include	"parse/parse.h"  // x' \
    'on floor 3'
finds "a header without its folder is found" parse/parse.c '#include "parse.h"' \
    'not written as'
finds "a path out of src is found" io/io.c '#include "../../outside.h"' \
    'not written as'
finds "an absolute path is found" io/io.c '#include "/usr/include/zlib.h"' \
    'not written as'
finds "a header that is not there is found" app/app.c '#include "base/none.h"' \
    'not a file of src/'
finds "a third-party header in the wrong file is found" app/app.c \
    '#include <zlib.h>' '<zlib.h> belongs in io/io.c alone'
finds "and in a header" io/io.h '#include <zlib.h>' 'belongs in io/io.c alone'
finds "an unknown library is found" io/io.c '#include <uv.h>' 'in no table'
finds "an unknown folder of headers is found" io/io.c '#include <curl/curl.h>' \
    'in no table'
finds "a header of src in brackets is found" app/app.c '#include <base/base.h>' \
    'in no table'
finds "a computed include is found" app/app.c '#include HEADER' 'cannot read'
finds "a folder without a floor is found" misc/misc.c '' 'no folder that has a floor'
finds "a second level is found" io/deep/deep.c '' 'no folder that has a floor'
finds "a loose file is found" loose.c '' 'no folder that has a floor'
fresh
made_libraries='
zlib.h io/io.c app/app.c
'
got=$(offences "$made/src" "$made_libraries")
case $got in
"src/app/app.c:0: stands in the table for zlib.h"*) got= ;;
*) got="found instead: ${got:-nothing}" ;;
esac
result "a row of the table that is out of use is found" "$got"

if [ ! -f "$top/src/base/mem.h" ]; then
	result "the source is there" "no $top/src/base/mem.h"
else
	all=$(offences "$top/src" "$libraries")
	result "src/ keeps to its floors" \
	    "$(printf '%s\n' "$all" | grep -v -e ': <' -e 'in the table')"
	result "libraries stay in their files" \
	    "$(printf '%s\n' "$all" | grep -e ': <' -e 'in the table')"
fi
echo "1..$count"
exit $failed
