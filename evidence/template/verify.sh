#!/bin/sh
# Checks this evidence package with coreutils, openssl and ffmpeg alone. 用 coreutils、openssl、ffmpeg 核验本证据包。
#   sh verify.sh CA.pem TSA-CA.pem [SEAL_SHA256 [CHECKPOINTS]]
# CA.pem and TSA-CA.pem come from the authorities, SEAL_SHA256 (or its first 16 digits) from the case document - never
# from this package. Take this script from outside too where the package itself is in doubt: NONSITE_PACKAGE=DIR sh verify.sh …
# CA.pem、TSA-CA.pem 应向认证机构、时间戳机构取得，封印号取自案件文书，均不得取自本证据包；对本脚本存疑时请使用另行取得的副本。
# CHECKPOINTS is a folder of checkpoints as they were told outside, from whoever received them (检查点接收单位提供的目录).
# Ends with 0 where every step held, 1 where one failed, 2 on wrong use.
LC_ALL=C
export LC_ALL
if [ $# -lt 2 ] || [ ! -r "$1" ] || [ ! -r "$2" ]; then
    echo "usage: sh verify.sh CA.pem TSA-CA.pem [SEAL_SHA256]" >&2
    exit 2
fi
ca=$(realpath "$1") tsa_ca=$(realpath "$2") expected=$(printf %s "${3:-}" | tr A-F a-f)
outside=${4:+$(realpath "$4")}
here=$(dirname "$0")
[ -z "${NONSITE_PACKAGE:-}" ] || inclusion=$(realpath "$here")/inclusion.sh # taken from outside like this script
cd "${NONSITE_PACKAGE:-$here/../..}" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
seal=seal/tagmanifest-sha256.txt.p7s
bad=0

step() { # name, status, detail
    if [ "$2" -eq 0 ]; then echo "ok      $1${3:+ ($3)}"; else echo "FAILED  $1${3:+ ($3)}"; bad=1; fi
}

# 0 only what a package may hold; before anything in it is opened
stray=$({
    find . ! -type d ! -type f
    find . -type d -empty
    find . -mindepth 1 -maxdepth 1 ! -name data ! -name seal ! -name bagit.txt ! -name bag-info.txt \
        ! -name manifest-sha256.txt ! -name tagmanifest-sha256.txt
    find seal -mindepth 1 ! -name 'tagmanifest-sha256.txt.*' ! -name 'inclusion-*.txt' ! -name 'checkpoint-*' \
        ! -name sm2.pem ! -name manifest-sm3.txt ! -name manifest-sm3.txt.sm2.sig
})
[ -z "$stray" ]
step "structure: no links, no empty folders, no unknown files" $? "$(echo "$stray" | head -n 1)"
if [ -n "$stray" ]; then
    echo "NOT VERIFIED"
    exit 1
fi

# 1 the right package
number=$(sha256sum "$seal" | cut -c1-64)
echo "package $(sed -n 's/^External-Identifier: //p' bag-info.txt)"
echo "seal    $number"
if [ -n "$expected" ]; then
    [ ${#expected} -ge 16 ] && [ "${number#"$expected"}" != "$number" ]
    step "document: the seal number on the document" $? "expected $expected"
else
    echo "        document: not checked, no seal number given"
fi

# 2 sums
sha256sum --strict --quiet -c tagmanifest-sha256.txt >"$work/tags" 2>&1
step "tagmanifest: tag files unchanged" $? "$(head -n 1 "$work/tags")"
sha256sum --strict --quiet -c manifest-sha256.txt >"$work/payload" 2>&1
step "manifest: payload files unchanged" $? "$(head -n 1 "$work/payload")"

# 3 nothing added, which sha256sum -c cannot see
find data ! -type d | sort >"$work/there"
sed -E 's/^[0-9a-f]{64} +//' manifest-sha256.txt | sort >"$work/listed"
diff "$work/there" "$work/listed" >"$work/diff"
step "set: nothing added under data/" $? "$(sed -n 2p "$work/diff")"
printf 'bag-info.txt\nbagit.txt\nmanifest-sha256.txt\n' >"$work/tagnames"
sed -E 's/^[0-9a-f]{64} +//' tagmanifest-sha256.txt | sort | diff - "$work/tagnames" >/dev/null
step "set: the tag manifest names every tag file" $?

# 4 when
when=$(openssl ts -reply -in "$seal.tsr" -text 2>/dev/null | sed -n 's/^Time stamp: //p')
openssl ts -verify -data "$seal" -in "$seal.tsr" -CAfile "$tsa_ca" >"$work/token" 2>&1
step "token: stamped by the time authority" $? "${when:-no time stamp}"

# 5 who, judged at the time that the authority states
openssl cms -verify -binary -inform DER -in "$seal" -content tagmanifest-sha256.txt -CAfile "$ca" \
    ${when:+-attime "$(date -d "$when" +%s)"} -out /dev/null >"$work/seal" 2>&1
step "seal: signed under the sealing authority" $? "$(openssl cms -cmsout -print -inform DER -in "$seal" 2>/dev/null |
    grep -A 3 signingTime | sed -n 's/^ *UTCTIME://p')"

# national cryptography, where the package bears it
if [ -e seal/manifest-sm3.txt ]; then
    while read -r digest name; do
        [ "$(openssl dgst -sm3 -r "$name" | cut -c1-64)" = "$digest" ] || echo "$name"
    done <seal/manifest-sm3.txt >"$work/sm3"
    sed -E 's/^[0-9a-f]{64} +//' seal/manifest-sm3.txt | sort | diff - "$work/listed" >>"$work/sm3"
    [ ! -s "$work/sm3" ]
    step "national: SM3 of every payload file" $? "$(head -n 1 "$work/sm3")"
    for signed in tagmanifest-sha256.txt seal/manifest-sm3.txt; do
        openssl pkeyutl -verify -rawin -digest sm3 -pkeyopt distid:1234567812345678 -pubin -inkey seal/sm2.pem \
            -in "$signed" -sigfile "seal/$(basename "$signed").sm2.sig" >"$work/sm2" 2>&1
        step "national: SM2 over $signed; compare seal/sm2.pem with the key published" $?
    done
fi

# 6 packets of the clips, 7 photos among their frames
if command -v ffmpeg >/dev/null; then
    for clip in data/clip/clip.mp4 data/dwell/*.mp4; do
        [ -e "$clip" ] || continue
        table=${clip%.mp4}.csv
        [ "$clip" = data/clip/clip.mp4 ] && table=data/clip/packets.csv
        ffmpeg -v error -i "$clip" -map 0:v:0 -c copy -f framehash -hash sha256 - | sed -n '/^#/!s/.*, *//p' >"$work/found"
        sed 1d "$table" | cut -d, -f7 | cmp -s - "$work/found"
        step "clip: every packet of $clip as it arrived" $? "$(grep -c . "$work/found") packets"
    done
    if ffmpeg -v quiet -h full | grep -q -e -fps_mode; then every="-fps_mode passthrough"; else every="-vsync 0"; fi
    sed 1d data/photos/frames.csv >"$work/photos"
    while IFS=, read -r photo clip index hash; do
        case $index in '' | *[!0-9]*) index=-1 ;; esac
        case $clip in data/clip/clip.mp4 | data/dwell/[0-9]*.mp4) ;; *) clip=none ;; esac
        for format in "" "-pix_fmt yuv420p"; do # full-range pictures are hashed as decoded, others as 8-bit 4:2:0
            # shellcheck disable=SC2086
            found=$(ffmpeg -nostdin -v error -i "$clip" -map 0:v:0 $every $format -f framehash -hash sha256 - |
                sed -n '/^#/!s/.*, *//p' | sed -n "$((index + 1))p")
            [ "$found" = "$hash" ] && break
        done
        [ "$found" = "$hash" ]
        step "photos: $photo is frame $index of $clip" $?
    done <"$work/photos"
else
    echo "        clip, photos: not checked, ffmpeg is not here"
fi

# 8 in the log, under a checkpoint that is signed and stamped, and the same as was told outside
anchored=0
for proof in seal/inclusion-*.txt; do
    [ -e "$proof" ] || continue
    anchored=1
    size=$(basename "$proof" .txt)
    size=${size#inclusion-}
    note=seal/checkpoint-$size
    sh "${inclusion:-data/verify/inclusion.sh}" "$seal" "$proof" "$note" >"$work/inclusion" 2>&1
    step "log: the seal stands under checkpoint $size" $? "$(head -n 1 "$work/inclusion")"
    at=$(openssl ts -reply -in "$note.p7s.tsr" -text 2>/dev/null | sed -n 's/^Time stamp: //p')
    if [ -e "$note.p7s.tsr" ]; then
        openssl ts -verify -data "$note.p7s" -in "$note.p7s.tsr" -CAfile "$tsa_ca" >"$work/token" 2>&1
        step "log: checkpoint $size stamped by the time authority" $? "$at"
    fi
    openssl cms -verify -binary -inform DER -in "$note.p7s" -content "$note" -CAfile "$ca" \
        ${at:+-attime "$(date -d "$at" +%s)"} -out /dev/null >"$work/seal" 2>&1
    step "log: checkpoint $size signed under the sealing authority" $?
    if [ -n "$outside" ]; then
        cmp -s "$note" "$outside/checkpoint-$size"
        step "log: checkpoint $size as it was told outside" $?
    fi
done
[ "$anchored" -eq 1 ] || echo "        log: not checked, under no checkpoint yet"
if [ "$bad" -eq 0 ]; then echo "VERIFIED"; else echo "NOT VERIFIED"; fi
exit "$bad"
