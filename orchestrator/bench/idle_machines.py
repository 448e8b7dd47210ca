#!/usr/bin/env python3
"""What an idle machine costs the orchestrator, and how long a guest takes to its first beat.

  idle_machines.py --wedgehog build/bin/wedgehog [--machines 4] [--seconds 20]

Starts N machines at once from a recipe that only waits, and reads the orchestrator's own CPU time (not QEMU's) from /proc
while all of them idle. Absolute figures belong to one host and one hour; the share per machine compares between hosts.
"""
import argparse, json, os, sqlite3, statistics, subprocess, sys, tempfile, time

RECIPE = """name: bench-idle
image: linux
machine: {{vcpus: 1, memory: 256MiB}}
budgets: {{boot: 10m, no_progress: 10m, run: 20m}}
steps:
  - wait: {seconds}s
"""


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wedgehog", required=True)
    parser.add_argument("--machines", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        recipe = os.path.join(place, "idle.yaml")
        with open(recipe, "w") as file:
            file.write(RECIPE.format(seconds=asked.seconds + 30))
        said = os.path.join(place, "said")
        child = subprocess.Popen([asked.wedgehog, "--json", "--results", place, "run", recipe, "--time-scale", "1",
                                  "--runs", str(asked.machines), "--jobs", str(asked.machines)],
                                 stdout=subprocess.PIPE, stderr=open(said, "w"))
        database = os.path.join(place, "results.sqlite")
        # Booting is not idling: every machine has told how long it took, and then has had a moment.
        deadline = time.monotonic() + 60 + 30 * asked.machines
        while (ready := open(said).read().count("guest ready")) < asked.machines:
            if child.poll() is not None or time.monotonic() > deadline:
                child.terminate()
                sys.exit(f"only {ready} of {asked.machines} machines came up\n{open(said).read()}")
            time.sleep(1)
        time.sleep(3)
        began, before = time.monotonic(), cpu_seconds(child.pid)
        time.sleep(asked.seconds)
        spent = cpu_seconds(child.pid) - before
        elapsed = time.monotonic() - began
        runs = [json.loads(line) for line in child.communicate()[0].splitlines()]
        boots = [row[0] for row in sqlite3.connect(database).execute("SELECT boot_s FROM runs WHERE boot_s IS NOT NULL")]
    if len(runs) != asked.machines or not boots:
        sys.exit("not every machine came up")
    print(f"orchestrator CPU: {100 * spent / elapsed:.2f} % of a core for {asked.machines} machines, "
          f"{100 * spent / elapsed / asked.machines:.2f} % each")
    print(f"start of QEMU to the agent's first words: median {statistics.median(boots):.1f} s, "
          f"from {min(boots):.1f} to {max(boots):.1f} s, {asked.machines} at once")
    print("verdicts: " + ", ".join(sorted({run["verdict"] for run in runs})))


if __name__ == "__main__":
    main()
