#!/bin/sh
# Install what is missing of these tools, each given as COMMAND:DEBIAN_PACKAGE.
# Where that cannot be done here, say what is missing and what would install it.
set -eu

missing=
for tool in "$@"; do
    PATH="$PATH:${SBIN-/usr/sbin:/sbin}" command -v "${tool%%:*}" >/dev/null || missing="$missing ${tool#*:}"
done
[ -n "$missing" ] || exit 0

install="apt-get install --yes --no-install-recommends$missing"
if ! command -v apt-get >/dev/null; then
    echo "missing:$missing (names of Debian packages); install them, and make this again" >&2
    exit 1
elif [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "missing:$missing; as root: apt-get update && $install" >&2
    exit 1
fi
echo "missing:$missing; $as_root $install"
$as_root apt-get update --quiet --quiet
# shellcheck disable=SC2086 -- words
exec $as_root $install
