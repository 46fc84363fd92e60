#!/bin/sh
# What the icon starts: this person's site, else the machine's, else the demo site.
for site in "$HOME/tankside/site.toml" /etc/tankside/*/site.toml; do
    [ -r "$site" ] && exec /usr/bin/tankside open "$site"
done
exec /usr/bin/tankside demo
