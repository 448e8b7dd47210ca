# shellcheck shell=bash disable=SC2154
# Debian packages without installing them: resolved by apt, downloaded once, checked, unpacked.
# The cache keeps debs/SHA256.deb and trees/SHA256/, so what is there is what its name says.

# The lines of a table beside the build script, without comments.
listed() { sed 's/#.*//; /^ *$/d' "$here/$1"; }

userland_packages() { listed userland | awk '{ print $1 }' | sort -u; }

# As root apt would drop to the user _apt, who cannot write into our folders.
apt() {
  local sandbox=()
  [ "$(id -u)" != 0 ] || sandbox=(-o APT::Sandbox::User=root)
  apt-get "${sandbox[@]}" -o Acquire::Retries=3 -qq "$@"
}

# Prints "name version sha256 uri" for each package; NAME or NAME=VERSION.
resolve_packages() {
  local answer
  if ! answer=$(apt download --print-uris "$@" 2>"$work/apt.log"); then
    sed 's/^/  /' "$work/apt.log" >&2
    give_up "apt cannot resolve: $*" \
      "refresh the package lists (apt-get update) and see that Debian's sources are configured"
  fi
  awk '{
    uri = $1; gsub(/\047/, "", uri); file = $2; sum = $4
    if (sum !~ /^SHA256:/) { print "no SHA256 for " file > "/dev/stderr"; exit 1 }
    split(file, part, "_"); version = part[2]; gsub(/%3a/, ":", version)
    print part[1], version, substr(sum, 8), uri
  }' <<<"$answer" | sort
}

# The "Depends" of a package, one per line, as NAME or NAME=VERSION.
dependencies() {
  apt-cache show --no-all-versions "$1" 2>/dev/null |
    sed -n 's/^\(Pre-\)\?Depends: //p' | tr ',|' '\n\n' |
    sed 's/^ *//; s/ *(= *\([^)]*\))/=\1/; s/ *(.*//; s/ *$//'
}

# Everything that PACKAGEs need to run, themselves too, and not what they recommend.
closure_of() {
  [ $# -gt 0 ] || return 0
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances "$@" 2>"$work/apt.log" | sed -n '/^[a-z0-9]/p' | sort -u
}

check_extra_package() {
  [[ $1 =~ ^[a-z0-9][a-z0-9+.-]+$ ]] || give_up "--package $1: that is no package's name"
  [ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ] ||
    give_up "--package $1: Debian's lists have no such package" \
      "see apt-cache search $1; perhaps apt-get update"
}

# Resolving costs apt seconds, so the answer is kept for as long as the package lists stay as they
# are.
plan_packages() {
  local key plan
  key=$({
    # Some folders there are closed to ordinary users.
    { find /var/lib/apt/lists /etc/apt -type f -printf '%p %s %T@\n' 2>/dev/null || true; } | sort
    echo "${APT_CONFIG:-} $kernel_package ${extra_packages[*]}"
    cat "$here/userland" "$here"/build.d/{packages,kernel}.bash
  } | sha256sum | cut -c1-32)
  plan=$cache/plans/$key
  if [ ! -e "$plan/packages" ]; then
    mkdir -p "$work/plan" "$cache/plans"
    resolve_all
    mv "$work/plan" "$plan"
    keep_newest 8 "$cache/plans"
  fi
  cp "$plan/packages" "$work/packages"
  read -r kernel_package release kernel_version headers_package common_package kbuild_package \
    <"$plan/kernel" || true
}

resolve_all() {
  local names wanted
  plan_debian_kernel >"$work/plan/kernel"
  mapfile -t names < <({ userland_packages; closure_of "${extra_packages[@]}"; } | sort -u)
  mapfile -t wanted <"$work/plan/wanted"
  resolve_packages "${names[@]}" "${wanted[@]}" >"$work/plan/packages"
}

sha256_of_package() { awk -v name="$1" '$1 == name { print $3 }' "$work/packages"; }

fetch_packages() {
  local name version sum uri missing=()
  mkdir -p "$cache/debs" "$cache/trees"
  while read -r name version sum uri; do
    [ -e "$cache/debs/$sum.deb" ] || missing+=("$name=$version")
  done <"$work/packages"
  if [ ${#missing[@]} -gt 0 ]; then
    say "downloading ${#missing[@]} packages"
    mkdir "$work/debs"
    (cd "$work/debs" && apt download "${missing[@]}" 2>"$work/apt.log") || {
      sed 's/^/  /' "$work/apt.log" >&2
      give_up "download failed: ${missing[*]}" \
        "run apt-get update: the lists may be older than the archive; or check the network"
    }
    keep_debs
  fi
  while read -r name version sum uri; do
    [ -e "$cache/debs/$sum.deb" ] ||
      give_up "package $name $version has another checksum than its list says ($uri)" \
        "run apt-get update and try again"
  done <"$work/packages"
}

keep_debs() {
  local deb sum
  for deb in "$work"/debs/*.deb; do
    sum=$(sha256sum "$deb" | cut -d' ' -f1)
    mv "$deb" "$cache/debs/$sum.deb"
  done
}

# Prints the folder a package is unpacked in.
unpacked() {
  local sum
  sum=$(sha256_of_package "$1")
  [ -n "$sum" ] || give_up "package $1 is not in the plan"
  if [ ! -d "$cache/trees/$sum" ]; then
    mkdir "$work/tree.$sum"
    dpkg-deb -x "$cache/debs/$sum.deb" "$work/tree.$sum" ||
      give_up "cannot unpack $1" "remove $cache/debs/$sum.deb and try again"
    mv "$work/tree.$sum" "$cache/trees/$sum"
  fi
  echo "$cache/trees/$sum"
}
