#!/bin/sh
# Builds the machine's root, kernel and disk: sh build.sh FOLDER. Needs root and mmdebstrap.
#   FOLDER/root  FOLDER/vmlinuz  FOLDER/initrd.img  FOLDER/first.img  FOLDER/plain.img
set -eu
out=$1
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../../.." && pwd)
mkdir -p "$out"

from=$(apt-get indextargets --format '$(SITE)' | grep -v security | head -n 1 | sed 's,/*$,,')

names() { grep -v '^#' "$1" | paste -sd,; }

debian() { # FOLDER VARIANT NAMES OPTIONS...
    root=$1 variant=$2 wanted=$3
    shift 3
    printf 'deb %s %s main\n' "$from" trixie "$from" trixie-backports |
        mmdebstrap --variant="$variant" --mode=root --quiet \
            --aptopt='APT::Install-Recommends "false"' \
            --dpkgopt=force-unsafe-io \
            --dpkgopt='path-exclude=/usr/share/doc/*' \
            --dpkgopt='path-exclude=/usr/share/man/*' \
            --dpkgopt='path-exclude=/usr/share/locale/*' \
            --include="$wanted" "$@" trixie "$root" -
}

machine() {
    # a disk of virtio is all the first step of a boot has to find
    debian "$out/root" minbase "$(names "$here/packages.txt")" \
        --dpkgopt='path-exclude=/usr/lib/modules/*/kernel/drivers/gpu/*' \
        --dpkgopt='path-exclude=/usr/lib/modules/*/kernel/drivers/infiniband/*' \
        --dpkgopt='path-exclude=/usr/lib/modules/*/kernel/drivers/net/ethernet/*' \
        --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
        --essential-hook='printf "MODULES=list\nCOMPRESS=gzip\n" >"$1/etc/initramfs-tools/conf.d/disk"' \
        --essential-hook='printf "virtio_pci\nvirtio_blk\next4\n" >"$1/etc/initramfs-tools/modules"'
}

tools() { debian "$out/tools" apt "$(names "$here/tools.txt")"; }

modules() {
    # gpio-sim, with the simulated interrupts that Debian's kernel leaves out
    kernel=$(ls "$out/root/usr/lib/modules")
    headers=$(ls -d "$out"/tools/usr/src/linux-headers-*-amd64)
    [ "$headers" = "$out/tools/usr/src/linux-headers-$kernel" ] || {
        echo "the kernel is $kernel, its headers ${headers##*/}" >&2
        return 1
    }
    mkdir "$out/tools/sim"
    tar -xJf "$out"/tools/usr/src/linux-source-*.tar.xz -C "$out/tools/sim" --strip-components=3 \
        --wildcards '*/drivers/gpio/gpio-sim.c' '*/drivers/gpio/gpiolib.h' '*/kernel/irq/irq_sim.c'
    mv "$out/tools/sim/irq_sim.c" "$out/tools/sim/interrupts.c"
    sed -i -e '/EXPORT_SYMBOL/d' \
        -e 's/handle_simple_irq(irq_to_desc(irqnum))/generic_handle_irq_safe(irqnum)/' \
        "$out/tools/sim/interrupts.c"
    printf 'obj-m := gpio-simulated.o\ngpio-simulated-y := gpio-sim.o interrupts.o\n' \
        >"$out/tools/sim/Makefile"
    chroot "$out/tools" make -s -C "/usr/src/linux-headers-$kernel" M=/sim modules
    mkdir -p "$out/root/usr/lib/modules/$kernel/extra"
    cp "$out/tools/sim/gpio-simulated.ko" "$out/root/usr/lib/modules/$kernel/extra/"
    chroot "$out/root" depmod "$kernel"
}

python() {
    packages=usr/local/lib/python3.13/dist-packages
    pip="$tree/.venv/bin/python -m pip --quiet --disable-pip-version-check"
    $pip install --no-deps --no-compile --target "$out/root/$packages" \
        --python-version 3.13 --implementation cp --only-binary=:all: \
        --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 \
        --platform manylinux2014_x86_64 --requirement "$here/requirements.txt"
    # for this Python it is not to be had ready-made
    $pip download --no-deps --no-binary=:all: --dest "$out/tools" lgpio==0.2.2.0
    chroot "$out/tools" env PYPI=1 pip --quiet wheel --no-build-isolation --no-deps \
        --wheel-dir / "/lgpio-0.2.2.0.tar.gz"
    $pip install --no-deps --no-compile --target "$out/root/$packages" --python-version 3.13 \
        --implementation cp --only-binary=:all: --platform linux_x86_64 "$out"/tools/lgpio-*.whl
    chroot "$out/root" python3 -m compileall -q "/$packages" || true
}

settle() {
    cp -r "$here/files/." "$out/root/"
    chroot "$out/root" systemctl --quiet enable bench-devices.service
    # no first boot to wait for, and nothing by the clock
    echo 0123456789abcdef0123456789abcdef >"$out/root/etc/machine-id"
    for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
        e2scrub_reap.service fstrim.timer NetworkManager-wait-online.service; do
        ln -sf /dev/null "$out/root/etc/systemd/system/$unit"
    done
    # nothing is newer than these: no cache is made anew at each boot
    touch "$out/root/etc/.updated" "$out/root/var/.updated"
    cp -L "$out"/root/boot/vmlinuz-* "$out/vmlinuz"
    cp -L "$out"/root/boot/initrd.img-* "$out/initrd.img"
    rm -f "$out"/root/boot/initrd.img-*
}

first() {
    # what finds the disk here and nothing else: Debian's own takes a sixth of a boot
    kernel=$(ls "$out/root/usr/lib/modules")
    first=$out/root/first
    mkdir -p "$first/dev" "$first/root"
    cp "$out/root/usr/bin/busybox" "$first/"
    {
        echo '#!/busybox sh'
        for each in virtio_pci virtio_blk crc32c_generic ext4; do
            chroot "$out/root" modprobe --set-version "$kernel" --show-depends "$each"
        done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r module; do
            name=$(basename "$module" .xz)
            xz -dc "$out/root$module" >"$first/$name"
            echo "/busybox insmod /$name"
        done
        echo '/busybox mount -t devtmpfs none /dev'
        echo '/busybox mount -t ext4 /dev/vda /root'
        echo '/busybox mount -o move /dev /root/dev'
        echo 'exec /busybox switch_root /root /sbin/init'
    } >"$first/init"
    chmod 755 "$first/init"
    chroot "$out/root" sh -c 'cd /first && find . | cpio --quiet -o -H newc | gzip' >"$out/first.img"
    rm -rf "$first"
}

tools &
machine
wait $!
modules
python
settle
first
sh "$here/disk.sh" "$out/root" "$out/plain.img"
rm -rf --one-file-system "$out/tools"
