#!/usr/bin/env python3
"""What a machine costs beside its QEMU: private memory and CPU time of its performer while the guest idles, and how long a
performer takes from its start to QEMU's.

  idle_machines.py --wedgehog build/bin/wedgehog [--machines 4] [--seconds 20]

Starts N machines at once from a recipe that only waits, and reads /proc of the N performers and of their supervisor (not of
QEMU) while all of them idle. Absolute times belong to one host and one hour; the share per machine compares between hosts.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, time

RECIPE = """name: bench-idle
image: linux
machine: {{vcpus: 1, memory: 256MiB}}
budgets: {{boot: 10m, no_progress: 10m, run: 20m}}
steps:
  - wait: {seconds}s
"""

# In QEMU's place: notes when it was started, and that is all.
STAMP = """#!/bin/sh
date +%s.%N >"{file}"
"""


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def private_bytes(pid):
    return sum(int(line.split()[1]) * 1024 for line in open(f"/proc/{pid}/smaps_rollup") if line.startswith("Private_"))


def children_of(pid):
    return [int(one) for task in os.listdir(f"/proc/{pid}/task")
            for one in open(f"/proc/{pid}/task/{task}/children").read().split()]


def start_to_qemu(wedgehog, place, tries=15):
    """From the start of `wedgehog perform` to that of the program in QEMU's place, in milliseconds."""
    stamp, qemu = os.path.join(place, "stamp"), os.path.join(place, "stamping-qemu")
    with open(qemu, "w") as file:
        file.write(STAMP.format(file=stamp))
    os.chmod(qemu, 0o755)
    recipe = os.path.join(place, "stamped.yaml")
    with open(recipe, "w") as file:
        file.write(RECIPE.format(seconds=1))
    subprocess.run([wedgehog, "-q", "--results", os.path.join(place, "stamped"), "run", "--accel", "tcg", "--qemu", qemu, recipe],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    runs = os.path.join(place, "stamped", "runs")
    order = os.path.join(runs, os.listdir(runs)[0], "order.json")
    took = []
    for number in range(tries):
        began = time.time()
        subprocess.run([wedgehog, "-q", "perform", order, "--into", os.path.join(place, f"stamped-{number}")],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        took.append(1000 * (float(open(stamp).read()) - began))
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wedgehog", required=True)
    parser.add_argument("--machines", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        starts = start_to_qemu(asked.wedgehog, place)
        recipe = os.path.join(place, "idle.yaml")
        with open(recipe, "w") as file:
            file.write(RECIPE.format(seconds=asked.seconds + 30))
        said = os.path.join(place, "said")
        child = subprocess.Popen([asked.wedgehog, "--json", "--results", place, "run", recipe, "--time-scale", "1",
                                  "--runs", str(asked.machines), "--jobs", str(asked.machines)],
                                 stdout=subprocess.PIPE, stderr=open(said, "w"))
        # Booting is not idling: every machine has told how long it took, and then has had a moment.
        deadline = time.monotonic() + 60 + 30 * asked.machines
        while (ready := open(said).read().count("guest ready")) < asked.machines:
            if child.poll() is not None or time.monotonic() > deadline:
                child.terminate()
                sys.exit(f"only {ready} of {asked.machines} machines came up\n{open(said).read()}")
            time.sleep(1)
        time.sleep(3)
        performers = children_of(child.pid)
        began = time.monotonic()
        before = {pid: cpu_seconds(pid) for pid in [child.pid, *performers]}
        time.sleep(asked.seconds)
        elapsed = time.monotonic() - began
        shares = {pid: 100 * (cpu_seconds(pid) - before[pid]) / elapsed for pid in before}
        memory = [private_bytes(pid) / 2**20 for pid in performers]
        supervisor = private_bytes(child.pid) / 2**20
        runs = [json.loads(line) for line in child.communicate()[0].splitlines()]
    if len(runs) != asked.machines or len(performers) != asked.machines:
        sys.exit(f"{len(runs)} runs and {len(performers)} performers of {asked.machines} machines")
    print(f"performer, private memory: median {statistics.median(memory):.1f} MiB, at most {max(memory):.1f} MiB")
    print(f"performer, CPU: {sum(shares[pid] for pid in performers) / asked.machines:.2f} % of a core for each idle machine")
    print(f"supervisor: {supervisor:.1f} MiB private, {shares[child.pid]:.2f} % of a core for {asked.machines} machines")
    print(f"performer's start to QEMU's: median {statistics.median(starts):.0f} ms, at best {min(starts):.0f} ms "
          "(with the few ms of the script that stamps it)")
    print("verdicts: " + ", ".join(sorted({run["verdict"] for run in runs})))


if __name__ == "__main__":
    main()
