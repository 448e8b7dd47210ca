"""Kills at random moments, over all phases of real runs: a supervisor or one of its performers gets SIGKILL while a guest boots,
works, wedges, or has its evidence taken. Afterwards nothing runs, the database is whole, no finished run is lost, no wedge that
was announced is forgotten, and the next run removes what is left in memory.

    kills.py [COUNT] [SEED]

COUNT kills (default 200); SEED repeats what was killed when, not what the guests did. Prints a line a kill.
"""

import json
import os
import pathlib
import random
import sqlite3
import sys
import time

import driving

# Wedges a few seconds after its guest is ready, and has then a good deal to keep.
RECIPE = """name: killed
image: linux
machine: {vcpus: 1, memory: 256MiB, modules: [wedgehog_lab]}
budgets: {boot: 120s, no_progress: 5s, run: 120s, collect: 60s}
expect: wedged
steps:
  - workload:
      name: writer
      progress: counter
      script: |
        while echo entry > /proc/wedgehog_log; do /wedgehog/agent tick; sleep 0.05; done
  - wait: {workload: writer, progress: 20, deadline: 60s}
  - run: echo lost-wakeup > /proc/wedgehog_lab
  - wait: 60s
"""
QUICK = RECIPE.replace("name: killed", "name: quick").split("steps:")[0].replace("expect: wedged\n", "") + "steps: [{run: echo}]\n"


def children_of(pid):
    try:
        return [int(one) for task in os.listdir(f"/proc/{pid}/task")
                for one in open(f"/proc/{pid}/task/{task}/children").read().split()]
    except OSError:
        return []


class Kills(driving.Case):
    count, seed, announced = 200, 1, 0

    def runs(self):
        return {path.name: path for path in (self.results / "runs").glob("*")} if self.results.exists() else {}

    def look(self, finished):
        """Everything that must be true after a kill."""
        self.expect_no_machine(5)
        with sqlite3.connect(self.results / "results.sqlite") as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone()[0], "ok")
        database.close()
        for name, manifest in finished.items():
            self.assertEqual((self.results / "runs" / name / "MANIFEST.json").read_bytes(), manifest, f"{name} was changed")

    def wait_for_the_moment(self, one, draw):
        """Any moment of the first half minute, or one soon after a wedge was announced."""
        after, soon = draw.uniform(0.2, 26), draw.uniform(0, 4)
        if draw.random() < 0.5:
            time.sleep(after)
            return
        said = self.place / "said"
        # A host that is busy with others may starve the guest: then it is killed in that.
        until = time.monotonic() + 90
        while "state wedged" not in said.read_text() and one.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(soon)

    def one_kill(self, number, draw, finished):
        recipe = self.write("recipe.yaml", RECIPE)
        before = set(self.runs())
        with open(self.place / "said", "w") as words:
            one = self.start("run", "--time-scale", "1", "--accel", "tcg", recipe, stderr=words)
        self.wait_for_the_moment(one, draw)
        victim = draw.choice(["supervisor", "performer"])
        performers = children_of(one.pid)
        if one.poll() is not None:
            victim = "nobody"
        elif victim == "performer" and performers:
            os.kill(performers[0], driving.signal.SIGKILL)
        else:
            victim = "supervisor"
            one.kill()
        self.finish(one, 60)
        said = (self.place / "said").read_text()
        if not self.runs():
            print(f"{number:4} {victim:10} before it began", flush=True)
            return
        self.look(finished)
        fresh = [name for name in self.runs() if name not in before]
        verdicts = []
        self.announced += "state wedged" in said
        for name in fresh:
            shown = self.wedgehog("judge", "--json", name)
            self.assertIn(shown.code, (0, 1, 2, 130), f"{name} cannot be judged: {shown}")
            judged = json.loads(shown.out)
            verdicts.append(judged["verdict"])
            if "state wedged" in said:
                self.assertEqual(judged["verdict"], "wedged", f"an announced wedge is lost: {shown}")
            if (self.results / "runs" / name / "MANIFEST.json").exists():
                finished[name] = (self.results / "runs" / name / "MANIFEST.json").read_bytes()
        print(f"{number:4} {victim:10} {'announced' if 'state wedged' in said else 'before':10} {' '.join(verdicts)}", flush=True)

    def test_of_supervisors_and_performers(self):
        draw = random.Random(self.seed)
        finished = {}
        for number in range(self.count):
            self.one_kill(number, draw, finished)
        self.assertGreater(self.announced, self.count // 10, "hardly any wedge was announced: nothing was tried")
        ended = self.wedgehog("run", "--time-scale", "1", "--accel", "tcg", self.write("quick.yaml", QUICK))
        self.expect(ended, 0, "passed")
        self.expect_clean()


if __name__ == "__main__":
    if not pathlib.Path(driving.WEDGEHOG).exists():
        print("skipped: no such program; set WEDGEHOG")
        sys.exit(77)
    Kills.count = int(sys.argv[1]) if len(sys.argv) > 1 else Kills.count
    Kills.seed = int(sys.argv[2]) if len(sys.argv) > 2 else Kills.seed
    result = driving.unittest.TextTestRunner(verbosity=0).run(
        driving.unittest.defaultTestLoader.loadTestsFromTestCase(Kills))
    print(f"{Kills.count} kills, {len(result.failures) + len(result.errors)} failed")
    sys.exit(not result.wasSuccessful())
