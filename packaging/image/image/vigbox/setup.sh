#!/bin/sh
# What lies in the partitions and depends on their names: setup.sh BOOT|ROOT, called by genimage.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

case $1 in
    ROOT)
        # the data partition and the two folders on it are laid before systemd begins: lay-root
        cat >"$IMAGEMOUNTPATH/etc/fstab" <<'END'
/dev/disk/by-slot/system  /               ext4  ro,noatime                                   0 0
/dev/disk/by-slot/boot    /boot/firmware  vfat  ro,noatime,umask=0077,nofail                 0 0
tmpfs                     /var/log        tmpfs nosuid,nodev,noexec,mode=0755,size=16m       0 0
tmpfs                     /var/tmp        tmpfs nosuid,nodev,noexec,mode=1777,size=32m       0 0
tmpfs                     /var/cache      tmpfs nosuid,nodev,noexec,mode=0755,size=64m       0 0
END
        ;;
    BOOT)
        # one line; no console on the pins. The Pi's kernel counts nobody's memory unless it is told to,
        # and the web's limit would be none
        echo "console=tty1 root=/dev/disk/by-slot/system ro fsck.repair=yes rootwait quiet panic=10" \
            "cgroup_enable=memory cgroup_memory=1" >"$IMAGEMOUNTPATH/cmdline.txt"
        # only now: a firmware's own hook may write the file anew whenever the RAM disk is made
        cat "$here/device/config.txt" >>"$IMAGEMOUNTPATH/config.txt"
        ;;
esac
