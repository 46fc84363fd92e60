#!/bin/sh
# Puts this unpacked Tankside where updates from a stick can follow it (docs/operations.md):
#   BASE/versions/VERSION    this program
#   BASE/current             a link to the one in use
# BASE is the first argument, else /opt/tankside for root and ~/.local/share/tankside/app otherwise.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
if [ "$(id -u)" = 0 ]; then
    base=${1:-/opt/tankside} bin=/usr/local/bin share=/usr/local/share
else
    base=${1:-$HOME/.local/share/tankside/app} bin=$HOME/.local/bin share=$HOME/.local/share
fi
version=$("$here/tankside" --version | cut -d' ' -f2)
[ -n "$version" ] || { echo "tankside does not start here" >&2; exit 1; }
target=$base/versions/$version
[ ! -e "$target" ] || { echo "$target is there already; nothing was changed" >&2; exit 1; }
mkdir -p "$base/versions" "$bin"
rm -rf "$target.new"
cp -R "$here" "$target.new"
"$target.new/tankside" --selftest || { rm -rf "$target.new"; exit 1; }
mv "$target.new" "$target"
ln -sfn "versions/$version" "$base/current"
ln -sfn "$base/current/tankside" "$bin/tankside"
mkdir -p "$share/applications" "$share/icons/hicolor/scalable/apps" "$share/man/man1"
sed "s|/usr/libexec/tankside/launch|$bin/tankside demo|; s|/usr/bin/tankside|$bin/tankside|" \
    "$here/share/tankside.desktop" > "$share/applications/tankside.desktop"
cp "$here/share/tankside.svg" "$share/icons/hicolor/scalable/apps/tankside.svg"
cp "$here/tankside.1" "$share/man/man1/tankside.1"
if [ "$(id -u)" = 0 ]; then
    [ -d /etc/udev/rules.d ] && cp "$here/share/70-tankside-serial.rules" /etc/udev/rules.d/
    if [ -d /etc/systemd/system ]; then
        sed "s|/usr/bin/tankside|$bin/tankside|" "$here/share/tankside-record@.service" \
            > /etc/systemd/system/tankside-record@.service
    fi
fi
echo "Tankside $version is in $target; start it with: $bin/tankside"
