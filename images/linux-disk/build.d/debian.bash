# shellcheck shell=bash disable=SC2154
# The packages, fetched by apt into a cache of their own, and mmdebstrap's root file system out of
# them. Nothing of the host's apt is changed.

# What makes it a machine: an init, a login, device names, a kernel's initramfs, a loader.
base_packages=(systemd systemd-sysv udev dbus kmod e2fsprogs procps iproute2 util-linux
  initramfs-tools grub-common grub-pc-bin)

list_sources() {
  local from=${mirror:-http://deb.debian.org/debian} signed="[signed-by=$keyring]"
  echo "deb $signed $from $suite main" >"$work/sources.list"
  case $suite in sid | unstable | testing | experimental | *-*) return ;; esac
  [ -z "$mirror" ] || return 0
  echo "deb $signed $from $suite-updates main
deb $signed http://deb.debian.org/debian-security $suite-security main" >>"$work/sources.list"
}

# An apt that knows of no package as installed.
apt_of_disk() {
  local apt=$work/apt
  mkdir -p "$apt"/{etc/apt.conf.d,state/lists/partial,cache} "$debs/partial"
  : >"$apt/status"
  {
    # How the host reaches the network is how we do.
    apt-config dump 2>/dev/null | grep -i '^Acquire::[a-z]*::.*Proxy' || true
    cat <<END
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "/nowhere";
Dir::Etc::parts "$apt/etc/apt.conf.d";
Dir::Etc::preferencesparts "/nowhere";
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Cache::archives "$debs";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
END
  } >"$apt/apt.conf"
  APT_CONFIG=$apt/apt.conf apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}

fetch_packages() {
  debs=$cache/debs/$suite
  mkdir -p "$debs"
  say "looking up the packages of $suite"
  apt_of_disk update >"$work/apt.log" 2>&1 || cut_off "the package lists of $suite"
  say "fetching packages (those that are here are not fetched again)"
  apt_of_disk --yes --download-only install '?essential' '?priority(required)' apt \
    "${base_packages[@]}" "$kernel_package" "${packages[@]}" >"$work/apt.log" 2>&1 ||
    cut_off "packages of $suite"
  # Of older versions nothing is kept.
  apt_of_disk autoclean >/dev/null 2>&1 || true
}

cut_off() {
  grep -E '^[EW]:' "$work/apt.log" | sed 's/^/  /' >&2 || tail -5 "$work/apt.log" >&2
  give_up "$1 could not be had" \
    "run this again: what was fetched stays ($debs); or correct --suite, --mirror, --package"
}

make_debian() {
  local all log=$work/mmdebstrap.log
  all=$(IFS=,; echo "${base_packages[*]},$kernel_package${packages[*]:+,${packages[*]}}")
  write_customize >"$work/customize"
  chmod 0755 "$work/customize"
  # As root it mounts in its new root. In namespaces of its own nothing of that is left, and nothing
  # goes on, however it is killed.
  local apart=()
  if [ "$(id -u)" = 0 ]; then
    apart=(setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc)
    "${apart[@]}" true 2>/dev/null || apart=()
  fi
  say "unpacking and configuring Debian $suite (minutes)"
  TMPDIR=$work "${apart[@]}" mmdebstrap --mode=auto --variant=minbase --architectures=amd64 --format=tar \
    --include="$all" --aptopt='Apt::Install-Recommends "false"' \
    --setup-hook="mkdir -p \"\$1/var/cache/apt/archives\"" \
    --setup-hook="cp $(printf %q "$debs")/*.deb \"\$1/var/cache/apt/archives/\"" \
    --customize-hook="$work/customize" \
    --customize-hook="copy-out /boot/wedgehog/boot.img /boot/wedgehog/core.img $work" \
    "$suite" "$work/root.tar" - <"$work/sources.list" >"$log" 2>&1 || {
    tail -20 "$log" | sed 's/^/  /' >&2
    give_up "mmdebstrap could not make Debian $suite" \
      "its last words are above; a kernel or package of another suite is a usual cause"
  }
}

# A program that mmdebstrap runs with the new root as its argument.
write_customize() {
  cat <<'END'
#!/bin/sh
set -e
root=$1
chroot "$root" passwd -q -d root
echo wedgehog-disk >"$root/etc/hostname"
printf '127.0.0.1 localhost wedgehog-disk\n' >"$root/etc/hosts"
echo 'LABEL=wedgehog-root / ext4 errors=remount-ro 0 1' >"$root/etc/fstab"
mkdir -p "$root/boot/grub" "$root/boot/wedgehog"
cp "$root/usr/lib/grub/i386-pc/boot.img" "$root/boot/wedgehog/boot.img"
chroot "$root" grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o /boot/wedgehog/core.img \
  biosdisk part_msdos ext2 normal linux serial terminal echo test configfile
END
  echo 'cat >"$root/boot/grub/grub.cfg" <<"GRUB"'
  cat "$here/grub.cfg"
  echo 'GRUB'
  local addition
  for addition in "${additions[@]}"; do
    printf 'install -D -m %s %q "$root"/%q\n' "$([ -x "${addition%:*}" ] && echo 0755 || echo 0644)" \
      "$(realpath "${addition%:*}")" "${addition##*:}"
  done
  cat <<'END'
for tree in "$root"/usr/lib/modules/*; do
  [ ! -d "$tree" ] || chroot "$root" depmod "${tree##*/}"
done
# Each run is a machine of its own.
: >"$root/etc/machine-id"
END
}
