#!/bin/sh
# Installs the package in the machine and sets it up, into a disk of its own, without booting:
#   sh install.sh HOME PACKAGE     makes HOME/box.img and HOME/box.json from HOME/root
# Needs root; the mounts go with this process (unshare --mount).
set -eu
home=$1 package=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$home/box.new
rm -rf --one-file-system "$work"
mkdir -p "$work/root"
mount -t tmpfs -o size=2g tmpfs "$work/root"
mkdir "$work/root/upper" "$work/root/work" "$work/root/merged"
root=$work/root/merged
mount -t overlay overlay -o "lowerdir=$home/root,upperdir=$work/root/upper,workdir=$work/root/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"

inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

cp "$package" "$root/vigbox.deb"
inside dpkg -i --force-unsafe-io /vigbox.deb >&2
# as after an earlier update: what the next one goes back to
mkdir -p -m 700 "$root/var/lib/vigbox/updates"
mv "$root/vigbox.deb" "$root/var/lib/vigbox/updates/kept.deb"
inside dpkg-query -W -f '${Version}' vigbox >"$home/version"
mkdir -p "$root/inside/tests/bench_camera"
cp "$here"/../inside/* "$root/inside/"
cp "$here/../../bench_camera/sensor.py" "$root/inside/tests/bench_camera/"
cp -r "$here/../../bench_camera/absent" "$root/inside/"
cp -r "$here/box/." "$root/"
inside /opt/vigbox/bin/vigbox setup --practitioner Anna >"$work/said"
passphrase=$(sed -n 's/^Passphrase: *//p' "$work/said")
inside runuser -u vigbox-web -- /opt/vigbox/bin/python /inside/prepare.py "$passphrase" >"$work/told"
umount --lazy "$root/dev" "$root/proc"
sh "$here/disk.sh" "$root" "$home/box.img"
mv "$work/told" "$home/box.json"
umount --lazy "$root" "$work/root"
rm -rf --one-file-system "$work"
