#!/usr/bin/env python3
"""What it costs to look after the room that many runs take, as a campaign does every ten minutes.

  upkeep.py --wedgehog build/bin/wedgehog --run RESULTS/runs/NAME [--runs 10000] [--at FOLDER]

Makes results of so many copies of one run (its files as hard links), takes them in, and asks what could go: for the first time,
again, and after a hundredth more has ended. Prints wall and CPU time of each."""
import argparse, json, os, pathlib, shutil, subprocess, tempfile, time, uuid

OWN = ("run.json", "order.json", "control", ".room")


def copy_of(run, into, number):
    place = into / f"{run.name}-{number}"
    shutil.copytree(run, place, copy_function=os.link, ignore=shutil.ignore_patterns(*OWN))
    facts = json.loads((run / "run.json").read_text())
    facts["uid"], facts["name"] = uuid.uuid4().hex, place.name
    (place / "run.json").write_text(json.dumps(facts))
    return place


def timed(what, command):
    began = time.monotonic()
    # Of ten thousand copies each is complained of: their manifests know another run.
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command[:5])} ended with {os.waitstatus_to_exitcode(status)}: {out}")
    print(f"{what:44} {time.monotonic() - began:8.2f} s, CPU {usage.ru_utime + usage.ru_stime:6.2f} s, "
          f"{usage.ru_maxrss / 1024:6.0f} MiB  {out.strip().splitlines()[-1] if out.strip() else ''}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wedgehog", required=True)
    parser.add_argument("--run", required=True, type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=10000)
    parser.add_argument("--at", help="make the results here: hard links want the run's own file system")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wedgehog-upkeep-", dir=asked.at or asked.run.parent) as place:
        runs = pathlib.Path(place) / "runs"
        runs.mkdir()
        for number in range(asked.runs):
            copy_of(asked.run, runs, number)
        wedgehog = [asked.wedgehog, "--results", place, "results"]
        ask = [*wedgehog, "gc", "--max-bytes", "1000TiB"]
        files = sum(len(names) for _, _, names in os.walk(runs / f"{asked.run.name}-0"))
        print(f"{asked.runs} runs of {files} files")
        timed("taking them in (results rebuild)", [*wedgehog, "rebuild"])
        timed("what could go, for the first time", ask)
        timed("again", ask)
        timed("again", ask)
        more = [str(copy_of(asked.run, runs, asked.runs + number)) for number in range(max(1, asked.runs // 100))]
        timed(f"taking in {len(more)} more", [*wedgehog, "ingest", *more])
        timed("what could go, with those", ask)


if __name__ == "__main__":
    main()
