# shellcheck shell=bash disable=SC2154
# The root file system becomes a disk: a partition table, GRUB before the partition, ext4 in it.
# Nothing is mounted, so it needs no root.

first_sector=2048

make_disk() {
  local disk=$work/disk.raw root=$work/root
  say "writing the disk"
  truncate -s "$size" "$disk"
  sfdisk -q --no-reread --no-tell-kernel "$disk" <<END || give_up "sfdisk could not divide $disk"
label: dos
start=$first_sector, type=83, bootable
END
  # boot.img looks for the rest in the sector behind it.
  [ "$(stat -c %s "$work/core.img")" -lt $(((first_sector - 1) * 512)) ] ||
    give_up "the boot loader does not fit before the first partition"
  dd if="$work/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none
  dd if="$work/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none
  mkdir "$root"
  export root disk work first_sector size
  local as_root=()
  # Owners are written down as root would have them.
  [ "$(id -u)" = 0 ] || as_root=(fakeroot)
  "${as_root[@]}" bash -c '
    set -e
    tar -C "$root" --exclude="./dev/*" -xf "$work/root.tar"
    mke2fs -q -t ext4 -L wedgehog-root -O ^metadata_csum_seed,^orphan_file -d "$root" \
      -E offset=$((first_sector * 512)) "$disk" $(((size / 512 - first_sector) / 2))k' \
    >"$work/mke2fs.log" 2>&1 || {
    tail -5 "$work/mke2fs.log" | sed 's/^/  /' >&2
    give_up "the root file system could not be written: is the disk of $size bytes too small?" \
      "give it a larger --size"
  }
  rm -rf --one-file-system "$root"
}
