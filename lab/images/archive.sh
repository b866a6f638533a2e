#!/bin/sh
# Has apt take Debian's archive as it was at the end of a day, where that can be had, or as it is now; writes down whose
# day it is.
set -eu
day=$1 root=${2:-}
sources=$root/etc/apt/sources.list.d/debian.sources
taken=
# Debian's official images have the address of the past in a comment, above that of today. What they bring themselves may
# be newer than that day, and is put back.
if grep -qs '^# http' "$sources"; then
    cp "$sources" "$root/tmp/today"
    sed -i -E "/^# http/ { s|^# (.*)/[^/]*\$|URIs: \1/$(echo "$day" | tr -d -)T235959Z|; n; d }
        s/^Types: .*/&\nCheck-Valid-Until: no/" "$sources"
    printf 'Package: *\nPin: release o=Debian\nPin-Priority: 1001\n' > "$root/etc/apt/preferences.d/day"
    if apt-get update -o APT::Update::Error-Mode=any && apt-get dist-upgrade -y --allow-downgrades; then
        taken=$day
    else
        mv "$root/tmp/today" "$sources"
    fi
    rm -f "$root/tmp/today" "$root/etc/apt/preferences.d/day"
fi
if [ -z "$taken" ]; then
    apt-get update
    newest=$(sed -n 's/^Date: //p' "$root"/var/lib/apt/lists/*Release | while read -r date; do date -u -d "$date" +%F; done | sort | tail -n 1)
    # What has not changed since is that day's too.
    taken=$(printf '%s\n' "$day" "$newest" | sort | tail -n 1)
fi
mkdir -p "$root/usr/local/share/lab"
echo "$taken" > "$root/usr/local/share/lab/archive"
