#!/bin/sh
# Shows that this package's seal stands in the log under a checkpoint (RFC 9162), with coreutils alone.
# 用 coreutils 核验本证据包的封印确已登记在日志检查点之下（RFC 9162）。
#   sh inclusion.sh SEAL.p7s inclusion-SIZE.txt checkpoint-SIZE
# Ends with 0 where the row bears this seal and its path leads to the checkpoint's root, 1 where not, 2 on wrong use.
# The checkpoint's own signature and time stamp are checked as the package's are; see verify.sh.
LC_ALL=C
export LC_ALL
if [ $# -ne 3 ] || [ ! -r "$1" ] || [ ! -r "$2" ] || [ ! -r "$3" ]; then
    echo "usage: sh inclusion.sh SEAL.p7s inclusion-SIZE.txt checkpoint-SIZE" >&2
    exit 2
fi
bin() { env printf "$(printf %s "$1" | sed 's/../\\x&/g')"; }       # hexadecimal to bytes
sum() { sha256sum | cut -c1-64; }
node() { { printf '\001'; bin "$1"; bin "$2"; } | sum; }
fail() { echo "$1" >&2; exit 1; }
value() { sed -n "$1s/^$2 //p" "$proof"; }

proof=$2
size=$(value 2 size) leaf=$(value 3 leaf) prev=$(value 4 prev)
for number in "$size" "$leaf"; do
    case $number in '' | *[!0-9]* | ???????????????*) fail "not an inclusion proof" ;; esac
done
case $prev in *[!0-9a-f]*) fail "not an inclusion proof" ;; esac
seal=$(sum <"$1")
value 5 row | grep -q -F "\"seal_sha256\":\"$seal\"" || fail "the row does not bear this seal: $seal"

# the row's hash is over the previous hash and the row; the leaf's over that
row=$({ printf %s "$prev"; value 5 row | tr -d '\n'; } | sum)
found=$({ printf '\000'; bin "$row"; } | sum)
at=$leaf last=$((size - 1))
[ "$at" -le "$last" ] || fail "leaf $leaf is not among $size"
for step in $(sed 1,5d "$proof" | sed -n 's/^path //p'); do
    case $step in *[!0-9a-f]*) fail "not an inclusion proof" ;; esac
    [ ${#step} -eq 64 ] && [ "$last" -gt 0 ] || fail "the path does not fit"
    if [ $((at % 2)) -eq 1 ] || [ "$at" -eq "$last" ]; then
        found=$(node "$step" "$found")
        while [ $((at % 2)) -eq 0 ] && [ "$at" -gt 0 ]; do at=$((at / 2)) last=$((last / 2)); done
    else
        found=$(node "$found" "$step")
    fi
    at=$((at / 2)) last=$((last / 2))
done
[ "$last" -eq 0 ] || fail "the path is too short"
[ "$(value 1 log)" = "$(sed -n 1p "$3")" ] && [ "$size" = "$(sed -n 2p "$3")" ] || fail "a proof for another checkpoint"
root=$(sed -n 3p "$3" | base64 -d | od -An -v -tx1 | tr -d ' \n')
[ "$found" = "$root" ] || fail "expected root $root, found $found"
echo "$(sed -n 1p "$3"): leaf $leaf of $size, root $root"
