#!/usr/bin/env python3
"""Clones of a frozen machine beside machines that boot: how long from QEMU's start to the guest's first beat, and what hundreds of
them at once cost.

  clones.py --wedgehog build/bin/wedgehog [--tries 5] [--machines 300] [--beyond 450] [--memory 256MiB] [--seconds 60]

First the same recipe, which only waits, boots and begins as a clone, one after the other in turns. Then so many clones wait at once:
what each QEMU takes of memory (PSS: shared pages counted in parts), the performer's private memory, the worst gap between two beats of any
guest while all of them were there, and the verdicts. Absolute times belong to one host and one hour; the ratio compares.

--beyond (for root): so many as the host cannot carry, each with a workload that ticks. Those that begin get the processors before all
others, else none would come to life any more. What was said of any guest at any time is counted: host-starved, and never a wedge.
"""
import argparse, collections, datetime, json, os, re, signal, statistics, subprocess, sys, tempfile, time

RECIPE = """name: bench-clones
image: linux
machine: {{vcpus: 1, memory: {memory}}}
budgets: {{boot: 20m, no_progress: 30m, run: 60m}}
steps:
  - wait: {seconds}s
"""


WORKING = """name: bench-beyond
image: linux
machine: {{vcpus: 1, memory: {memory}}}
budgets: {{boot: 20m, no_progress: 60s, run: 3h}}
steps:
  - workload:
      name: worker
      progress: counter
      script: |
        while sleep 10; do /wedgehog/agent tick; done
  - wait: 2h
"""


def signals(folder):
    text = subprocess.run(["zstdcat", os.path.join(folder, "timeline.zst")], capture_output=True, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def beats(seen):
    return [one["t"] for one in seen if one["signal"] == "beat" and one["source"] == "agent-fifo" and one["count"] > 0]


def starts(folder):
    """Seconds from the start of QEMU to the first beat, and to the guest being ready."""
    seen = signals(folder)
    at = {one["name"]: one["t"] for one in seen if one["signal"] == "milestone"}
    first = next(t for t in beats(seen) if t >= at["machine-started"])
    return first - at["machine-started"], at["guest-ready"] - at["machine-started"]


def runs_in(results):
    folder = os.path.join(results, "runs")
    return sorted(os.path.join(folder, one) for one in os.listdir(folder))


def outcome(folder):
    with open(os.path.join(folder, "outcome.json")) as file:
        return json.load(file)


def verdict(folder):
    with open(os.path.join(folder, "judgements", "0001.json")) as file:
        return json.load(file)["verdict"]


def run(wedgehog, results, recipe, *arguments):
    subprocess.run([wedgehog, "-q", "--results", results, "run", "--accel", "tcg", *arguments, recipe],
                   stdout=subprocess.DEVNULL, check=False)


def proc_sum(pid, file, key):
    try:
        with open(f"/proc/{pid}/{file}") as rows:
            return sum(int(row.split()[1]) for row in rows if row.startswith(key)) / 1024
    except OSError:
        return None


def processes(results):
    """Pids of the QEMUs and of the performers whose command line names the results."""
    found = {"qemu": [], "performer": []}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            text = open(f"/proc/{entry}/cmdline", "rb").read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if results in text and "console.raw" in text:
            found["qemu"].append(entry)
        elif results in text and " perform " in text:
            found["performer"].append(entry)
    return found


def in_turns(asked, place):
    recipe = os.path.join(place, "short.yaml")
    with open(recipe, "w") as file:
        file.write(RECIPE.format(memory=asked.memory, seconds=3))
    run(asked.wedgehog, os.path.join(place, "template"), recipe, "--clone")
    for turn in range(asked.tries):
        run(asked.wedgehog, os.path.join(place, "cold"), recipe)
        run(asked.wedgehog, os.path.join(place, "clones"), recipe, "--clone")
    print(f"{'':24} {'first beat, s':>24} {'ready, s':>24}")
    medians = {}
    for kind in ("cold", "clones"):
        folders = runs_in(os.path.join(place, kind))
        if kind == "clones":
            folders = [one for one in folders if outcome(one)["start"].startswith("clone")]
        times = [starts(one) for one in folders]
        first, ready = [sorted(one[i] for one in times) for i in (0, 1)]
        medians[kind] = statistics.median(first)
        shown = [f"{one[0]:.2f} {statistics.median(one):.2f} {one[-1]:.2f}" for one in (first, ready)]
        print(f"{kind + f' ({len(times)} runs)':24} {shown[0]:>24} {shown[1]:>24}     (least, median, most)")
    print(f"a clone's first beat comes after 1/{medians['cold'] / medians['clones']:.1f} of the time")


def at_once(asked, place):
    results = os.path.join(place, "many")
    recipe = os.path.join(place, "long.yaml")
    # Who begins first waits for the last, and all of them for the measurement.
    settle = 30 + 2 * asked.machines
    with open(recipe, "w") as file:
        file.write(RECIPE.format(memory=asked.memory, seconds=settle + asked.seconds + 30))
    began = time.monotonic()
    child = subprocess.Popen([asked.wedgehog, "-q", "--results", results, "run", "--accel", "tcg", "--clone", "--runs",
                              str(asked.machines), "--jobs", str(asked.machines), recipe], stdout=subprocess.DEVNULL)
    ready = 0
    while ready < asked.machines and child.poll() is None and time.monotonic() - began < 60 + 3 * asked.machines:
        time.sleep(2)
        ready = 0
        for folder in runs_in(results) if os.path.isdir(os.path.join(results, "runs")) else []:
            try:
                ready += "guest-ready" in open(os.path.join(folder, "performer.log")).read()
            except OSError:
                pass
    all_ready = time.time()
    print(f"{ready} of {asked.machines} guests ready {time.monotonic() - began:.0f} s after the first was asked for")
    def ticks():
        row = open("/proc/stat").readline().split()
        return sum(int(one) for one in row[1:9]), int(row[4]) + int(row[5])
    before = ticks()
    time.sleep(asked.seconds)
    after = ticks()
    busy = 1 - (after[1] - before[1]) / (after[0] - before[0])
    found = processes(results)
    pss = [one for one in (proc_sum(pid, "smaps_rollup", "Pss:") for pid in found["qemu"]) if one]
    private = [one for one in (proc_sum(pid, "smaps_rollup", "Private_") for pid in found["performer"]) if one]
    measured = time.time()
    print(f"{len(pss)} QEMUs: PSS mean {statistics.mean(pss):.1f} MB, most {max(pss):.1f} MB; "
          f"performers: private mean {statistics.mean(private):.1f} MB; processors {100 * busy:.0f} % busy")
    child.wait()
    folders = runs_in(results)
    gaps = []
    for folder in folders:
        seen = signals(folder)
        with open(os.path.join(folder, "run.json")) as file:
            began_at = json.load(file)["started"]
        zero = datetime.datetime.fromisoformat(began_at.replace("Z", "+00:00")).timestamp()
        mine = [t for t in beats(seen) if all_ready <= zero + t <= measured]
        gaps += [max(b - a for a, b in zip(mine, mine[1:]))] if len(mine) > 1 else []
    kinds = collections.Counter(outcome(one)["start"].split(" ")[0] for one in folders)
    print(f"worst gap between beats over {asked.seconds} s: {max(gaps):.2f} s, median of the worst {statistics.median(gaps):.2f} s "
          f"({len(gaps)} guests)")
    print(f"started as {dict(kinds)}; verdicts {dict(collections.Counter(verdict(one) for one in folders))}")


def log_of(folder):
    try:
        with open(os.path.join(folder, "performer.log"), errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def schedule(pid, policy, priority):
    """For all threads of a process, which may end meanwhile."""
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            os.sched_setscheduler(int(thread), policy, os.sched_param(priority))
    except OSError:
        pass


def beyond(asked, place):
    results = os.path.join(place, "beyond")
    recipe = os.path.join(place, "working.yaml")
    with open(recipe, "w") as file:
        file.write(WORKING.format(memory=asked.memory))
    # Whatever it starts inherits this, and loses it as soon as its guest is ready.
    schedule(os.getpid(), os.SCHED_RR, 2)
    child = subprocess.Popen([asked.wedgehog, "-q", "--results", results, "run", "--accel", "tcg", "--time-scale", "1", "--clone",
                              "--runs", str(asked.beyond), "--jobs", str(asked.beyond), recipe], stdout=subprocess.DEVNULL)
    began = time.monotonic()
    ready, calm, alive = set(), set(), 0
    all_ready = None
    while child.poll() is None and time.monotonic() - began < 2400:
        for folder in runs_in(results) if os.path.isdir(os.path.join(results, "runs")) else []:
            if folder not in ready and "guest-ready" in log_of(folder):
                ready.add(folder)
        found = processes(results)
        alive = max(alive, len(found["qemu"]))
        for pid in found["qemu"] + found["performer"]:
            if pid in calm:
                continue
            try:
                text = open(f"/proc/{pid}/cmdline", "rb").read().decode(errors="replace")
            except OSError:
                continue
            if any(folder in text for folder in ready):
                schedule(pid, os.SCHED_OTHER, 0)
                calm.add(pid)
        if len(ready) == asked.beyond and all_ready is None:
            all_ready = time.monotonic()
        if all_ready and time.monotonic() - all_ready > asked.seconds:
            break
        time.sleep(1)
    print(f"{len(ready)} of {asked.beyond} guests ready, {alive} at once; "
          f"{time.monotonic() - all_ready:.0f} s all together" if all_ready else
          f"{len(ready)} of {asked.beyond} guests ready, {alive} at once; never all together")
    child.send_signal(signal.SIGINT)
    child.wait()
    words = collections.Counter()
    for folder in runs_in(results):
        words.update(set(re.findall(r" state ([a-z-]+)", log_of(folder))))
    print(f"said of guests at any time: {dict(words)}")
    print(f"verdicts {dict(collections.Counter(verdict(one) for one in runs_in(results)))} (unknown: the end of this)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wedgehog", required=True)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--machines", type=int, default=300)
    parser.add_argument("--beyond", type=int, default=0)
    parser.add_argument("--memory", default="256MiB")
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        if asked.tries > 0:
            in_turns(asked, place)
        if asked.machines > 0:
            at_once(asked, place)
        if asked.beyond > 0:
            beyond(asked, place)


if __name__ == "__main__":
    sys.exit(main())
