#!/usr/bin/env python3
"""What a libvirt daemon in between costs: the same recipe without it and with it, by turns in one run of this script.

    orchestrator/bench/libvirt_costs.py --on URI [--machines N] [--seconds S] [--rounds R]

Printed as ratios of one run: from start to the agent's first word, processor time of the performers (QEMU's is not in it) and of the
daemon, and what the monitor's answers took.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEDGEHOG = os.environ.get("WEDGEHOG", str(ROOT / "build" / "bin" / "wedgehog"))
TICK = os.sysconf("SC_CLK_TCK")

RECIPE = """name: idle
image: linux
machine: {{vcpus: 1, memory: 256MiB}}
disks:
  data: {{size: 64MiB}}
budgets: {{boot: 10m, run: 30m}}
steps:
  - wait: {seconds}s
"""


def cpu_of(pid):
    """User and system time of a process alone, in seconds; nothing when it is gone."""
    try:
        words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return (int(words[11]) + int(words[12])) / TICK


def pids_of(condition):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                words = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if condition([word.decode(errors="replace") for word in words]):
                found.append(int(entry))
    return found


def play(recipe, machines, on):
    """Runs them all at once; the performers' and the daemon's processor time, first words and answers of the monitor."""
    results = tempfile.mkdtemp(prefix="wedgehog-costs-")
    command = [WEDGEHOG, "-q", "--results", results, "run", "--runs", str(machines), "-j", str(machines), *(["--on", on] if on else []), recipe]
    daemons = pids_of(lambda words: words[0].endswith("libvirtd")) if on else []
    before = {pid: cpu_of(pid) for pid in daemons}
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=dict(os.environ, WEDGEHOG_ROOT=str(ROOT)))
    seen = {}
    while child.poll() is None:
        for pid in pids_of(lambda words: "perform" in words and any(results in word for word in words)):
            seen[pid] = cpu_of(pid) or seen.get(pid, 0)
        time.sleep(0.5)
    if child.returncode != 0:
        raise SystemExit(f"the runs in {results} did not pass")
    first, answers = [], []
    for folder in pathlib.Path(results, "runs").iterdir():
        if folder.is_symlink():
            continue
        lines = subprocess.run(["zstd", "-dcq", str(folder / "timeline.zst")], capture_output=True, check=True).stdout.splitlines()
        for line in lines:
            one = json.loads(line)
            if one.get("name") == "guest-ready":
                first.append(one["t"])
            if one.get("signal") == "machine_state" and "answer_ms" in one:
                answers.append(float(one["answer_ms"]))
    shutil.rmtree(results)
    answers.sort()
    return {"first word, s": sum(first) / len(first), "performers, s of CPU": sum(seen.values()),
            "daemon, s of CPU": sum((cpu_of(pid) or 0) - before[pid] for pid in daemons),
            "monitor p50, ms": answers[len(answers) // 2], "monitor p99, ms": answers[len(answers) * 99 // 100]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", required=True, help="the daemon's URI")
    parser.add_argument("--machines", type=int, default=4, help="at once")
    parser.add_argument("--seconds", type=int, default=30, help="that each lives after its boot")
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    sums = {"direct": {}, "libvirt": {}}
    with tempfile.TemporaryDirectory() as place:
        recipe = pathlib.Path(place, "idle.yaml")
        recipe.write_text(RECIPE.format(seconds=asked.seconds))
        for _ in range(asked.rounds):
            for name, on in (("direct", None), ("libvirt", asked.on)):
                for what, value in play(str(recipe), asked.machines, on).items():
                    sums[name][what] = sums[name].get(what, 0) + value / asked.rounds
    print(f"{asked.machines} machines for {asked.seconds} s, {asked.rounds} rounds")
    print(f"{'':24} {'direct':>10} {'libvirt':>10} {'ratio':>7}")
    for what, direct in sums["direct"].items():
        libvirt = sums["libvirt"][what]
        print(f"{what:24} {direct:10.3f} {libvirt:10.3f} {libvirt / direct if direct else float('nan'):7.2f}")


if __name__ == "__main__":
    main()
