#!/bin/bash
# Compares wedgehog-disk with nbdkit and qemu-nbd in one run: 4 KiB random reads, writes and both over a
# UNIX socket, the file on tmpfs, client and server on one core. Read the ratios, not the numbers:
# those are the machine's, and whoever else is using it. Where a delay is measured the client has a
# core of its own, as a QEMU has: on a shared one, its own work is half a millisecond of what it sees.
#
#   nbd_bench.sh [path/of/wedgehog-disk]      DEPTHS="1 16" RUNTIME=1 ROUNDS=1 CORE=0 CLIENT_CORE=1
#
# "iops by cpu" is 1e6 / (server + client CPU microseconds per I/O): what one core would do if
# nobody else used it. It holds on a busy machine, where "iops" does not.
# Exit code 77 when fio is missing; servers that are not installed are left out and named.
set -u
DISK=$(realpath "${1:-build-rel/bin/wedgehog-disk}")
DEPTHS=${DEPTHS:-"1 16 64 256"}
RUNTIME=${RUNTIME:-1}
ROUNDS=${ROUNDS:-1}
CORE=${CORE:-0}
CLIENT_CORE=${CLIENT_CORE:-$(((CORE + 1) % $(nproc)))}

command -v fio >/dev/null || { echo "fio is not installed"; exit 77; }
[ -x "$DISK" ] || { echo "no $DISK: build the target wedgehog-disk, optimised"; exit 77; }
work=$(mktemp -d /dev/shm/wedgehog-bench.XXXXXX) || exit 77
server=
trap 'stop; rm -rf "$work"' EXIT
head -c 512M /dev/zero | tr '\0' '\1' >"$work/image"

stop() {
  [ -n "$server" ] || return 0
  kill "$server" 2>/dev/null
  wait "$server" 2>/dev/null
  server=
}
# start COMMAND…: its socket is $work/socket
start() {
  rm -f "$work/socket"
  taskset -c "$CORE" "$@" >"$work/log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    [ -S "$work/socket" ] && return 0
    sleep 0.05
  done
  echo "$1 did not start: $(cat "$work/log")"
  stop
  return 1
}
# User and system time of the server so far, ended threads included, in milliseconds.
cpu_ms() { awk -v hz="$(getconf CLK_TCK)" '{print ($14 + $15) * 1000 / hz}' "/proc/$server/stat"; }
# measure NAME RW DEPTH [RUNTIME [CORE]]: prints a line, appends it to $work/results
measure() {
  local before after
  before=$(cpu_ms)
  taskset -c "${5:-$CORE}" fio --name=bench --ioengine=nbd --uri="nbd+unix:///?socket=$work/socket" \
    --rw="$2" --bs=4k --iodepth="$3" --time_based --runtime="${4:-$RUNTIME}" --size=512M \
    --norandommap --thread --output-format=terse --terse-version=3 >"$work/fio" 2>"$work/fio.err" ||
    { echo "fio failed on $1: $(tail -1 "$work/fio.err")"; return; }
  after=$(cpu_ms)
  tail -1 "$work/fio" | awk -F';' -v name="$1" -v rw="$2" -v depth="$3" -v ms="$before $after" '
    # fio: reads are 8 (iops), 9 (ms) and 18 on (percentiles), writes 41 further on. Of both at once
    # the percentiles shown are those of the reads.
    { split(ms, cpu, " "); w = (rw == "randwrite") ? 41 : 0
      iops = $8 + $49; run = $(9 + w); ops = iops * run / 1000
      split($(24 + w), p50, "="); split($(30 + w), p99, "=")
      server = (cpu[2] - cpu[1]) * 1000 / ops; client = ($88 + $89) / 100 * run * 1000 / ops
      printf "%-22s %-9s %5d %9d %9d %8.2f %8.2f %9.2f %9.2f\n", name, rw, depth, iops,
             1e6 / (server + client), server, client, p50[2] / 1000, p99[2] / 1000 }' |
    tee -a "$work/results"
}

printf '%-22s %-9s %5s %9s %9s %8s %8s %9s %9s\n' server rw depth iops "by cpu" "srv us" "cli us" \
  "p50 ms" "p99 ms"
for _ in $(seq "$ROUNDS"); do
  for name in wedgehog wedgehog-conditions wedgehog-overlay nbdkit nbdkit-delay0 qemu-nbd; do
    case $name in
      wedgehog) start "$DISK" serve -q "$work/image" --socket "$work/socket" ;;
      wedgehog-conditions) start "$DISK" serve -q "$work/image" --socket "$work/socket" \
        --fault a=latency:delay=0ms --fault b=error:fraction=0 --fault c=hold:operations=flush ;;
      wedgehog-overlay) start "$DISK" serve -q "$work/image" --socket "$work/socket" \
        --overlay "$work/overlay" ;;
      nbdkit) command -v nbdkit >/dev/null || { echo "nbdkit is not installed"; continue; }
        start nbdkit -f -U "$work/socket" file "$work/image" ;;
      nbdkit-delay0) command -v nbdkit >/dev/null || continue
        start nbdkit -f -U "$work/socket" --filter=delay file "$work/image" rdelay=0 wdelay=0 ;;
      qemu-nbd) command -v qemu-nbd >/dev/null || { echo "qemu-nbd is not installed"; continue; }
        start qemu-nbd -t -k "$work/socket" -f raw -e 8 --cache=writeback "$work/image" ;;
    esac || continue
    for rw in randread randwrite randrw; do
      for depth in $DEPTHS; do measure "$name" "$rw" "$depth"; done
    done
    stop
    rm -f "$work/overlay"
  done
done

echo
echo "a delay of 10 ms at depth 256 (goal: 24000 iops, p50 10.5 ms, p99 12 ms)"
start "$DISK" serve -q "$work/image" --socket "$work/socket" --fault latency:delay=10ms &&
  measure wedgehog-10ms randread 256 2 "$CLIENT_CORE"
stop
if command -v nbdkit >/dev/null; then
  start nbdkit -f -U "$work/socket" --filter=delay file "$work/image" rdelay=10ms &&
    measure nbdkit-10ms randread 256 2 "$CLIENT_CORE"
  stop
fi

echo
idle=$(dirname "$DISK")/disks_bench
[ -x "$idle" ] || idle=$(find "$(dirname "$DISK")/.." -name disks_bench -type f -perm -u+x 2>/dev/null | head -1)
if [ -x "$idle" ]; then "$idle"; else echo "idle disks and releases: no disks_bench; build it with -DWEDGEHOG_BENCHMARKS=ON"; fi

echo
echo "against nbdkit file, by cpu, best of the rounds (goals: 1.0 at depth 1, 1.3 at depth 16)"
awk '$1 !~ /10ms/ { key = $1 " " $2 " " $3; if ($5 > best[key]) best[key] = $5
       if (!(key in cheap) || $6 < cheap[key]) cheap[key] = $6
       names[$1] = 1; cases[$2 " " $3] = 1 }
     END { for (c in cases) for (n in names) if (best["nbdkit " c] > 0 && n != "nbdkit")
             printf "%-22s %-14s %5.2fx   server cpu %5.2fx\n", n, c, best[n " " c] / best["nbdkit " c],
                    cheap[n " " c] / cheap["nbdkit " c] }' "$work/results" | sort -k2,2 -k3,3n -k1,1
