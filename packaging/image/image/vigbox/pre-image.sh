#!/bin/sh
# Writes genimage's plan: pre-image.sh ROOTFS OUTPUT, called by rpi-image-gen.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
sed -e "s|<IMAGE_NAME>|$IGconf_image_name|g" \
    -e "s|<IMAGE_SUFFIX>|$IGconf_image_suffix|g" \
    -e "s|<BOOT_SIZE>|$IGconf_image_boot_part_size|g" \
    -e "s|<ROOT_SIZE>|$IGconf_image_root_part_size|g" \
    -e "s|<DATA_SIZE>|$IGconf_image_data_part_size|g" \
    -e "s|<SETUP>|'$here/setup.sh'|g" \
    "$here/genimage.cfg.in" >"$2/genimage.cfg"
