#!/bin/sh
# Makes a disk of a folder, without mounting anything: sh disk.sh FOLDER FILE
set -eu
rm -f "$2.new"
truncate -s 6G "$2.new"
mke2fs -q -t ext4 -J size=64 -E lazy_itable_init=0,lazy_journal_init=0 -m 1 -d "$1" "$2.new"
mv "$2.new" "$2"
