"""The executor on a real Slurm, with a performer whose guest is a sleep: nodes that die or fall silent, a controller that is away,
refusals, stops. After each, every ticket has one run, none is counted twice, and nothing is left in the queue or running.

    slurm_test.py peers|nightly [PART-OF-A-NAME]

`nightly` plays campaigns of real guests by the command line, and what waits for a minute.
"""

import collections
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import cluster as clusters

ON_SLURM = os.environ.get("ON_SLURM", "")
WEDGEHOG = os.environ.get("WEDGEHOG", "")

SHORT = """name: short
about: Boots, does a little, ends.
image: linux
machine: {vcpus: 1, memory: 256MiB}
budgets: {boot: 4m, no_progress: 60s, run: 6m}
expect: passed
steps:
  - run: "sleep 1"
"""
CAMPAIGN = """name: short-night
about: Many short runs.
recipes: [short.yaml]
runs: %d
slots: %d
"""


class Night:
    """One supervisor on a cluster."""

    def __init__(self, on, place, tasks, seconds, megabytes=100, lease=8, more=(), before=()):
        self.on = on
        self.place = place
        self.out = place / "out"
        self.process = on.popen(*before, ON_SLURM, "play", str(place), str(tasks), str(seconds), str(megabytes), str(lease), *more,
                                stdout=open(self.out, "ab"), stderr=open(place / "err", "ab"))

    def lines(self):
        return self.out.read_text().splitlines()

    def reports(self):
        """ticket: (attempt, how, uid, folder)"""
        found = collections.defaultdict(list)
        for line in self.lines():
            words = line.split(maxsplit=5)
            if words[0].isdigit():
                found[int(words[0])].append(words[1:5])
        return found

    def said(self):
        return [line[5:] for line in self.lines() if line.startswith("said ")]

    def until(self, what, why, seconds=120):
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"{why}\n" + self.everything()
            time.sleep(0.1)

    def everything(self):
        return "\n".join([*self.lines(), (self.place / "err").read_text(), *self.on.queue()])

    def end(self, seconds=240):
        self.until(lambda: self.process.poll() is not None, "the supervisor does not end", seconds)
        assert self.process.returncode == 0, self.everything()

    def sealed(self):
        """ticket: folders with a run that counts, as whoever reads the results finds them."""
        found = collections.defaultdict(list)
        for folder in (self.place / "runs").iterdir():
            if (folder / "MANIFEST.json").exists() and not json.loads((folder / "outcome.json").read_text()).get("interrupted"):
                found[json.loads((folder / "run.json").read_text())["ticket"]].append(folder)
        return found

    def node_of(self, ticket):
        wanted = f"runs/run-{ticket}/order.json "
        for name in self.on.nodes:
            if name in self.on.daemons and any(wanted in line for line in self.on.processes_of(name)):
                return name
        return None


def all_done(night, tasks, seconds=240):
    night.end(seconds)
    reports = night.reports()
    assert sorted(reports) == list(range(1, tasks + 1)), night.everything()
    for ticket, each in reports.items():
        assert len(each) == 1 and each[0][1] == "done", f"ticket {ticket}: {each}\n{night.everything()}"
    assert len({each[0][2] for each in reports.values()}) == tasks, "two tickets have one run"
    left_behind(night)


def left_behind(night):
    night.until(lambda: not night.on.queue(), "the queue is not empty", 60)
    left = [line for line in night.on.processes("on_slurm perform")]
    assert not left, "\n".join(left)


def test_forty_runs_over_three_nodes_one_of_which_dies(on, place):
    night = Night(on, place, tasks=40, seconds=3)
    night.until(lambda: len(night.reports()) >= 6 and night.on.processes_of("n2"), "nothing runs")
    lost = len(on.processes_of("n2"))
    assert lost > 0
    on.kill("n2")
    all_done(night, 40)
    again = [ticket for ticket, each in night.reports().items() if each[0][0] != "0"]
    assert again, "no run was on the node that died\n" + night.everything()
    for ticket in again:
        folder = place / "runs" / f"run-{ticket}"
        if not (folder / "run.json").exists():
            continue  # the node died before the performer had noted a single fact: there is nothing to close
        assert (folder / "MANIFEST.json").exists(), f"{folder} of the dead node was not closed"
        assert json.loads((folder / "outcome.json").read_text())["interrupted"]
    print(f"  {lost} ran on the node that died; begun anew: {sorted(again)}")
    for ticket, folders in night.sealed().items():
        assert len(folders) == 1, f"ticket {ticket} has {folders}"


def nightly_a_node_that_is_only_silent_plays_on_in_a_folder_of_its_own(on, place):
    night = Night(on, place, tasks=1, seconds=70, lease=200)
    night.until(lambda: night.node_of(1), "it does not run")
    silent = night.node_of(1)
    on.silence(silent)
    night.until(lambda: (place / "runs/run-1-r1/run.json").exists(), "it was not begun anew", 90)
    before = (place / "runs/run-1/timeline.zst").stat().st_size
    time.sleep(2)
    assert (place / "runs/run-1/timeline.zst").stat().st_size > before, "the former copy does not play any more: no split was seen"
    night.until(lambda: night.reports(), "no report", 150)
    on.wake(silent)
    all_done(night, 1)
    assert night.reports()[1][0][0] == "0", "the first that was sealed is the run"
    assert night.reports()[1][0][3].endswith("run-1")
    assert (place / "runs/run-1-r1/MANIFEST.json").exists(), "the other was not ended, or lost its evidence"
    assert json.loads((place / "runs/run-1-r1/outcome.json").read_text())["interrupted"]


def test_a_stop_keeps_the_evidence_of_all_and_leaves_nothing(on, place):
    night = Night(on, place, tasks=16, seconds=100)
    # Whoever is told to stop before it has begun leaves nothing to seal.
    night.until(lambda: len(list(place.glob("runs/*/run.json"))) >= 8, "nothing runs")
    supervisor = [line for line in on.processes("on_slurm play") if "nsenter" not in line]
    on.run("kill", "-TERM", supervisor[0].split()[0])
    night.end()
    reports = night.reports()
    assert len(reports) == 16, night.everything()
    assert all(each[0][1] == "interrupted" for each in reports.values()), night.everything()
    kept = [folder for folder in (place / "runs").iterdir() if (folder / "MANIFEST.json").exists()]
    played = [folder for folder in kept if json.loads((folder / "outcome.json").read_text())["ended"] == "stopped"]
    assert len(kept) == 16 and len(played) >= 8, f"{len(kept)} sealed, {len(played)} of them by their performers"
    left_behind(night)


def test_a_controller_that_is_away_costs_no_run_and_is_said_once(on, place):
    night = Night(on, place, tasks=12, seconds=6)
    night.until(lambda: len(on.processes("on_slurm perform")) >= 6, "nothing runs")
    on.kill("head")
    night.until(lambda: any("does not answer" in line for line in night.said()), "nobody says that Slurm is away", 60)
    time.sleep(5)
    on.start_head()
    all_done(night, 12)
    assert sum("does not answer" in line for line in night.said()) == 1, night.said()
    assert sum("answers again" in line for line in night.said()) == 1, night.said()


def test_a_controller_that_is_away_at_the_beginning_is_waited_for(on, place):
    on.kill("head")
    night = Night(on, place, tasks=2, seconds=1)
    night.until(lambda: any("waiting for it" in line for line in night.said()), "nobody says that Slurm is away", 90)
    on.start_head()
    all_done(night, 2)


def test_what_slurm_refuses_is_an_error_in_its_words(on, place):
    night = Night(on, place, tasks=2, seconds=1, megabytes=900_000)
    night.end()
    errors = [line for line in night.lines() if " error " in line]
    assert len(errors) == 2 and all("Requested node configuration is not available" in line for line in errors), night.everything()
    night = Night(on, place, tasks=1, seconds=1, more=["--partition=nonesuch"])
    night.end()
    assert "invalid partition specified: nonesuch" in night.lines()[-1], night.everything()
    left_behind(night)


def test_drained_nodes_are_waited_for_and_it_is_said_why(on, place):
    on.run("scontrol", "update", "NodeName=n[1-3]", "State=DRAIN", "Reason=test")
    night = Night(on, place, tasks=2, seconds=1)
    night.until(lambda: any("DRAINED" in line for line in night.said()), "nobody says why nothing runs", 60)
    on.run("scontrol", "update", "NodeName=n[1-3]", "State=RESUME")
    all_done(night, 2)


def test_preempted_runs_keep_what_they_have_and_are_done_again(on, place):
    night = Night(on, place, tasks=3, seconds=20, more=["--exclusive"])
    night.until(lambda: len(list(place.glob("runs/*/timeline.zst"))) == 3, "nothing runs")
    on.run("sbatch", "--partition=urgent", "--exclusive", "--nodes=3", "--output=/dev/null", "--wrap=sleep 2")
    all_done(night, 3)
    again = [ticket for ticket, each in night.reports().items() if each[0][0] == "1"]
    assert again, "nothing was preempted\n" + night.everything()
    for ticket in again:
        how = json.loads((place / "runs" / f"run-{ticket}" / "outcome.json").read_text())
        assert how["interrupted"] and how["ended"] == "stopped", f"its performer was not asked to end: {how}"


def test_clocks_minutes_apart_cost_nothing(on, place):
    night = Night(on, place, tasks=9, seconds=2)
    night.until(lambda: all(on.processes_of(name) for name in on.nodes), "a node gets nothing to do")
    all_done(night, 9)


test_clocks_minutes_apart_cost_nothing.skewed = {"n2": 240, "n3": -240}


def test_clocks_an_hour_apart_are_told_of(on, place):
    """Of a node: it has no part in the night. Of all nodes: why nothing runs. Of the head: what it is refused."""
    assert "n3" not in on.run("sinfo", "-h", "-N", "-t", "idle", "-o", "%N").stdout.split()
    on.run("scontrol", "update", "NodeName=n[1-2]", "State=DRAIN", "Reason=test")
    night = Night(on, place, tasks=2, seconds=1)
    night.until(lambda: any("keeps runs waiting" in line for line in night.said()), "nobody says why nothing runs", 60)
    on.run("scontrol", "update", "NodeName=n[1-2]", "State=RESUME")
    all_done(night, 2)
    skewed = clusters.skewed_by(3600)
    for more in ([], ["srun"]):
        elsewhere = place / f"skewed{len(more)}"
        elsewhere.mkdir()
        night = Night(on, elsewhere, tasks=1, seconds=1, more=more, before=("unshare", "--mount", "sh", "-c", skewed + 'exec "$@"', "sh"))
        night.until(lambda: any("clocks of this host" in line for line in night.said()), "the head is not told", 60)
        supervisor = [line for line in on.processes("on_slurm play") if "unshare" not in line and "nsenter" not in line]
        on.run("kill", "-TERM", supervisor[0].split()[0])
        night.end(60)


test_clocks_an_hour_apart_are_told_of.skewed = {"n3": 3600}


def test_what_a_killed_supervisor_left_is_swept(on, place):
    night = Night(on, place, tasks=16, seconds=100)
    night.until(lambda: len(on.processes("on_slurm perform")) >= 8, "nothing runs")
    supervisor = [line for line in on.processes("on_slurm play") if "nsenter" not in line]
    on.run("kill", "-KILL", supervisor[0].split()[0])
    night.process.wait()
    assert on.queue(), "tasks of a cluster live on"
    swept = on.run(ON_SLURM, "sweep", str(place)).stdout
    assert swept.splitlines()[-1].strip() == "swept", swept
    left_behind(night)
    sealed = [folder for folder in (place / "runs").iterdir() if (folder / "MANIFEST.json").exists()]
    assert len(sealed) >= 8, "those that ran did not keep what they had"


def streamed(test):
    """On nodes that do not see the folder of the results."""
    test.shares_nothing = True
    return test


def is_whole(folder):
    """As its performer sealed it on its node, with its holes."""
    listed = json.loads((folder / "MANIFEST.json").read_text())["files"]
    for one in listed:
        content = (folder / one["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == one["sha256"], f"{folder}: {one['path']}"
    memory = (folder / "evidence/memory.bin").stat()
    assert memory.st_size > 8 << 20 and memory.st_blocks * 512 < 2 << 20, memory
    assert not (folder / "receiver.json").exists()
    return True


def left_on_nodes(night):
    """Besides the queue and processes: what performers keep until it is sent. Who was killed could not remove it: the next does."""
    night.until(lambda: not night.on.processes("on_slurm perform"), "a performer plays on", 60)
    left_behind(night)
    night.on.run(ON_SLURM, "perform", "--stream", check=False, stdin=subprocess.DEVNULL)
    left = [each for word in ("stream", "order") for each in pathlib.Path(tempfile.gettempdir()).glob(f"wedgehog-{word}-*")]
    assert not left, f"left on nodes: {left}"


def srun_of(on, ticket, place):
    """The process that carries the run's stream; srun has a child that watches it."""
    wanted = str(place / "runs" / f"run-{ticket}" / "performer.stderr")
    for line in on.processes("srun --unbuffered"):
        pid = line.split()[0]
        if on.run("readlink", f"/proc/{pid}/fd/2", check=False).stdout.strip() == wanted:
            return pid
    return None


@streamed
def test_streamed_folders_come_back_whole_and_a_dead_node_costs_its_own(on, place):
    night = Night(on, place, tasks=20, seconds=4, more=["srun"])
    night.until(lambda: len(night.reports()) >= 3 and on.processes_of("n2"), "nothing runs")
    time.sleep(1.5)
    lost = len(on.processes_of("n2"))
    on.kill("n2")
    night.end()
    reports = night.reports()
    assert sorted(reports) == list(range(1, 21)), night.everything()
    how = collections.Counter(each[0][1] for each in reports.values())
    assert 0 < how["interrupted"] <= lost and how["done"] == 20 - how["interrupted"], f"{lost} {how}\n{night.everything()}"
    for ticket, each in reports.items():
        folder = pathlib.Path(each[0][3])
        if each[0][1] == "done":
            assert is_whole(folder)
        else:
            assert (folder / "timeline.zst").stat().st_size > 0, f"{folder}: nothing is left of what had come"
            assert "ended too early" in (folder / "outcome.json").read_text()
    left_on_nodes(night)


@streamed
def test_streamed_evidence_comes_back_when_the_night_is_stopped(on, place):
    night = Night(on, place, tasks=16, seconds=100, more=["srun"])
    night.until(lambda: len(list(place.glob("runs/*/run.json"))) >= 12, "nothing runs")
    supervisor = [line for line in on.processes("on_slurm play") if "nsenter" not in line]
    on.run("kill", "-TERM", supervisor[0].split()[0])
    night.end(60)
    reports = night.reports()
    assert len(reports) == 16 and all(each[0][1] == "interrupted" for each in reports.values()), night.everything()
    ended = collections.Counter(json.loads((folder / "outcome.json").read_text())["ended"] for folder in place.glob("runs/*"))
    assert ended == {"stopped": 12, "it never began": 4}, ended
    assert all(is_whole(folder) for folder in place.glob("runs/*") if (folder / "evidence").exists())
    left_on_nodes(night)


@streamed
def test_a_cut_stream_is_an_interrupted_run_with_what_had_come(on, place):
    night = Night(on, place, tasks=2, seconds=12, more=["srun"])
    night.until(lambda: len(list(place.glob("runs/*/timeline.zst"))) == 2, "nothing runs")
    time.sleep(2)
    on.run("kill", "-KILL", srun_of(on, 1, place))
    night.until(lambda: night.reports(), "the cut is not noticed", 10)
    night.end(60)
    cut, whole = night.reports()[1][0], night.reports()[2][0]
    assert cut[1] == "interrupted" and whole[1] == "done", night.everything()
    folder = pathlib.Path(cut[3])
    assert (folder / "timeline.zst").stat().st_size > 0 and (folder / "MANIFEST.json").exists()
    assert "SIGKILL" in json.loads((folder / "outcome.json").read_text())["ended"]
    assert not (folder / "receiver.json").exists()
    left_on_nodes(night)


@streamed
def test_streamed_runs_of_a_killed_supervisor_end_and_are_nobodys(on, place):
    night = Night(on, place, tasks=8, seconds=100, more=["srun"])
    night.until(lambda: len(list(place.glob("runs/*/timeline.zst"))) >= 8, "nothing runs")
    supervisor = [line for line in on.processes("on_slurm play") if "nsenter" not in line]
    on.run("kill", "-KILL", supervisor[0].split()[0])
    night.process.wait()
    swept = on.run(ON_SLURM, "sweep", str(place)).stdout
    assert swept.splitlines()[-1].strip() == "swept", swept
    left_on_nodes(night)
    for folder in place.glob("runs/*"):
        owner = json.loads((folder / "receiver.json").read_text())
        assert str(owner["pid"]) == supervisor[0].split()[0], "it would be taken for one that lives on another host"


@streamed
def nightly_streams_outlive_a_controller_that_is_away(on, place):
    night = Night(on, place, tasks=14, seconds=8, more=["srun"])
    night.until(lambda: len(list(place.glob("runs/*/timeline.zst"))) >= 12, "nothing runs")
    on.kill("head")
    # Those that run end; those that wait are submitted again.
    night.until(lambda: len(list(place.glob("runs/*/MANIFEST.json"))) >= 12, "a run was lost with the controller", 60)
    on.start_head()
    all_done(night, 14)
    assert all(is_whole(pathlib.Path(each[0][3])) for each in night.reports().values())


@streamed
def test_what_slurm_does_with_a_stream_is_told_in_its_words(on, place):
    night = Night(on, place, tasks=2, seconds=1, megabytes=900_000, more=["srun"])
    night.end()
    errors = [line for line in night.lines() if " error " in line]
    assert len(errors) == 2 and all("Requested node configuration is not available" in line for line in errors), night.everything()
    on.run("scontrol", "update", "NodeName=n[1-3]", "State=DRAIN", "Reason=test")
    night = Night(on, place, tasks=2, seconds=1, more=["srun"])
    night.until(lambda: any("keeps runs waiting" in line for line in night.said()), "nobody says why nothing runs", 60)
    on.run("scontrol", "update", "NodeName=n[1-3]", "State=RESUME")
    night.end()
    assert all(night.reports()[ticket][-1][1] == "done" for ticket in (1, 2)), night.everything()


@streamed
def nightly_preempted_streams_are_interrupted_runs(on, place):
    night = Night(on, place, tasks=3, seconds=60, more=["srun", "--exclusive"])
    night.until(lambda: len(list(place.glob("runs/*/timeline.zst"))) == 3, "nothing runs")
    on.run("sbatch", "--partition=urgent", "--exclusive", "--nodes=1", "--output=/dev/null", "--wrap=sleep 2")
    night.until(lambda: night.reports(), "nothing was preempted", 60)
    night.end()
    how = collections.Counter(each[0][1] for each in night.reports().values())
    assert how == {"interrupted": 1, "done": 2}, night.everything()
    left_on_nodes(night)


@streamed
def test_a_silent_node_does_not_write_into_a_run_that_was_given_up(on, place):
    night = Night(on, place, tasks=1, seconds=100, more=["srun"])
    night.until(lambda: list(place.glob("runs/*/timeline.zst")), "it does not run")
    silent = next(name for name in on.nodes if on.processes_of(name))
    on.silence(silent)
    night.until(lambda: night.reports(), "Slurm's word that the node is gone is not heard", 90)
    folder = place / "runs/run-1"
    assert night.reports()[1][0][1] == "interrupted" and (folder / "MANIFEST.json").exists()
    sealed = (folder / "timeline.zst").stat().st_size
    print("  on the silent node:", len(on.processes_of(silent)))
    time.sleep(2)
    assert (folder / "timeline.zst").stat().st_size == sealed
    on.wake(silent)
    night.end(60)
    left_on_nodes(night)


def nightly_a_campaign_of_guests_loses_a_node(on, place):
    """WEDGEHOG_SLURM_RUNS and WEDGEHOG_SLURM_SLOTS: other numbers than 40 and 4."""
    runs = int(os.environ.get("WEDGEHOG_SLURM_RUNS", "40"))
    slots = int(os.environ.get("WEDGEHOG_SLURM_SLOTS", "4"))
    (place / "short.yaml").write_text(SHORT)
    (place / "campaign.yaml").write_text(CAMPAIGN % (runs, slots))
    results = place / "results"
    with open(place / "out", "wb") as out:
        head = on.popen(WEDGEHOG, "--results", str(results), "campaign", "start", "--executor", "slurm", "--accel", "tcg",
                        str(place / "campaign.yaml"), stdout=out, stderr=out)

    def sealed():
        return len(list(results.glob("runs/*/MANIFEST.json")))

    def until(what, why, seconds):
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end and head.poll() is None, f"{why}\n{(place / 'out').read_text()[-3000:]}\n{on.queue()}"
            time.sleep(0.5)

    until(lambda: sealed() >= runs // 4 and len(on.processes_of("n1")) > 0, "no run ends, or none is on the first node", 1200)
    lost = len(on.processes_of("n1"))
    on.kill("n1")
    head.wait(3000)
    text = (place / "out").read_text()
    assert head.returncode == 0, text[-3000:]
    rows = sqlite3.connect(results / "results.sqlite").execute(
        "select ticket, attempt, verdict, stopped from runs where campaign is not null and campaign != ''").fetchall()
    print("  by ticket, attempt, verdict, interrupted:", sorted(rows), f"; {lost} processes were on the node that died")
    done = collections.Counter(ticket for ticket, _, verdict, interrupted in rows if verdict == "passed" and not interrupted)
    assert len(done) == runs and set(done.values()) == {1}, f"{done}\n{text[-3000:]}"
    assert len(list(results.glob("runs/*/order.json"))) >= runs
    on.wait_for(lambda: not on.queue(), "the queue is not empty", 60)
    assert not on.processes("qemu-system") and not on.processes(" perform "), "something runs on"


@streamed
def nightly_a_streamed_campaign_of_guests_is_stopped_killed_and_resumed(on, place):
    (place / "long.yaml").write_text(SHORT.replace("sleep 1", "sleep 20"))
    (place / "campaign.yaml").write_text((CAMPAIGN % (3, 2)).replace("short.yaml", "long.yaml"))
    results = place / "results"
    out = place / "out"

    def campaign(*words):
        return on.popen(WEDGEHOG, "--results", str(results), "campaign", *words, "--executor", "srun", stdout=out.open("ab"), stderr=subprocess.STDOUT)

    def until(what, why, seconds):
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"{why}\n{out.read_text()[-3000:]}\n{on.queue()}"
            time.sleep(0.5)

    head = campaign("start", "--accel", "tcg", str(place / "campaign.yaml"))
    until(lambda: len(list(results.glob("runs/*/timeline.zst"))) == 2, "nothing runs", 300)
    time.sleep(10)
    supervisor = [line for line in on.processes("campaign start") if "nsenter" not in line]
    on.run("kill", "-TERM", supervisor[0].split()[0])
    assert head.wait(300) == 130, out.read_text()[-3000:]
    for folder in results.glob("runs/*"):
        assert (folder / "MANIFEST.json").exists() and json.loads((folder / "outcome.json").read_text())["interrupted"], folder
        assert (folder / "console.raw").stat().st_size > 0, f"{folder}: its performer did not send what it had"
    # Killed, it leaves folders that the next supervisor closes: nobody else receives them.
    head = campaign("resume")
    until(lambda: len(list(results.glob("runs/*/timeline.zst"))) == 4, "it does not go on", 300)
    time.sleep(5)
    supervisor = [line for line in on.processes("campaign resume") if "nsenter" not in line]
    on.run("kill", "-KILL", supervisor[0].split()[0])
    head.wait(60)
    cut = [folder for folder in results.glob("runs/*") if not (folder / "MANIFEST.json").exists()]
    assert len(cut) == 2
    assert campaign("resume").wait(900) == 0, out.read_text()[-3000:]
    assert all(json.loads((folder / "outcome.json").read_text())["interrupted"] for folder in cut)
    rows = sqlite3.connect(results / "results.sqlite").execute("select ticket, verdict, stopped from runs").fetchall()
    done = collections.Counter(ticket for ticket, verdict, interrupted in rows if verdict == "passed" and not interrupted)
    assert done == {1: 1, 2: 1, 3: 1}, f"{rows}\n{out.read_text()[-3000:]}"
    left = [on.queue, lambda: on.processes("qemu-system"), lambda: on.processes(" perform ")]
    try:
        until(lambda: not any(each() for each in left), "something runs on", 30)
    except AssertionError:
        raise AssertionError(f"something runs on: {[each() for each in left]}") from None


def main(group, part=""):
    prefix = "test_" if group == "peers" else "nightly_"
    if why := clusters.lacks():
        print("skipped:", why)
        return 77
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith(prefix) or part not in name:
            continue
        place = pathlib.Path(tempfile.mkdtemp(prefix="wedgehog-slurm-runs-"))
        on = clusters.Cluster(private=[place] if hasattr(test, "shares_nothing") else (), skewed=getattr(test, "skewed", None))
        began = time.monotonic()
        try:
            on.start()
            test(on, place)
            print(f"passed {name} in {time.monotonic() - began:.0f} s", flush=True)
        except (AssertionError, RuntimeError, subprocess.SubprocessError) as why:
            failed += 1
            print(f"FAILED {name}: {why}\n{on.log() if isinstance(why, RuntimeError) else ''}", flush=True)
        finally:
            on.stop()
            shutil.rmtree(place, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main(*sys.argv[1:]))
