#!/usr/bin/env python3
"""Whether the disks of many machines use all the processors there are: N performers, each with one disk that a client works
hard on (fio over NBD, in QEMU's place, so that no guest's own computing hides what the disks take).

  many_disks.py --wedgehog build/bin/wedgehog [--machines 64] [--seconds 20]

Prints how many processors the performers kept busy together, and how many all of it did. Needs fio with the engine `nbd`.
"""
import argparse, os, subprocess, sys, tempfile, time

RECIPE = """name: bench-disks
image: linux
machine: {vcpus: 1, memory: 256MiB}
budgets: {boot: 10m, no_progress: 10m, run: 20m}
disks: {data: {size: 64MiB}}
steps: [{run: "true"}]
"""

# Starts as QEMU would, and reads and writes its disk instead of running a guest.
HARD_WORK = r"""#!/bin/sh
socket=$(printf '%s\n' "$@" | grep -o '/[^",]*disk-data' | head -n 1)
[ -S "$socket" ] || exit 1
exec fio --name=hard --ioengine=nbd "--uri=nbd+unix:///?socket=$socket" --rw=randrw --bs=4k --iodepth=16 \
  --size=64m --time_based --runtime={seconds} --thread
"""


def cpu_seconds(pid):
    try:
        fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return None


def children_of(pid):
    return [int(one) for task in os.listdir(f"/proc/{pid}/task")
            for one in open(f"/proc/{pid}/task/{task}/children").read().split()]


def busy_seconds():
    fields = [int(one) for one in open("/proc/stat").readline().split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wedgehog", required=True)
    parser.add_argument("--machines", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        qemu, recipe = os.path.join(place, "working-qemu"), os.path.join(place, "disks.yaml")
        with open(qemu, "w") as file:
            file.write(HARD_WORK.replace("{seconds}", str(asked.seconds + 15)))
        os.chmod(qemu, 0o755)
        with open(recipe, "w") as file:
            file.write(RECIPE)
        child = subprocess.Popen([asked.wedgehog, "-q", "--results", os.path.join(place, "results"), "run", "--accel", "tcg",
                                  "--qemu", qemu, recipe, "--runs", str(asked.machines), "--jobs", str(asked.machines)],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(performers := children_of(child.pid)) < asked.machines or not all(map(children_of, performers)):
            if child.poll() is not None or time.monotonic() > deadline:
                child.terminate()
                sys.exit(f"only {len(performers)} of {asked.machines} performers came up")
            time.sleep(0.5)
        time.sleep(2)
        began, busy = time.monotonic(), busy_seconds()
        before = {pid: cpu_seconds(pid) for pid in performers}
        time.sleep(asked.seconds)
        elapsed, busy = time.monotonic() - began, busy_seconds() - busy
        spent = [after - before[pid] for pid in performers if (after := cpu_seconds(pid)) is not None]
        child.terminate()
        child.wait()
    print(f"{len(spent)} performers kept {sum(spent) / elapsed:.2f} processors busy, the least of them {min(spent) / elapsed:.3f}; "
          f"with their clients {busy / elapsed:.2f} of {os.cpu_count()}")


if __name__ == "__main__":
    main()
