#!/usr/bin/env python3
"""Campaigns as a person plays them: wrong files, and on real guests Ctrl-C, kills, two supervisors, changed recipes.
    campaign.py peers|vm|nightly
Exit codes: 0, 1 a case failed, 77 nothing to try it with."""

import fcntl
import json
import os
import pathlib
import pty
import shutil
import signal
import struct
import sys
import termios
import unittest

import driving

SHORT = """
name: short
image: linux
machine: {vcpus: 1, memory: 256MiB}
variants: {length: [0, 1]}
steps:
  - run: sleep ${{ length }}
"""
LONG = """
name: long
image: linux
machine: {vcpus: 1, memory: 256MiB}
steps:
  - run: echo begun > /dev/console
  - wait: 60s
"""


class Words(driving.HermeticCase):
    """Everything that is said before a guest is needed."""

    def campaign(self, text, *arguments):
        return self.wedgehog("campaign", "start", self.write("night.yaml", text), *arguments)

    def test_every_mistake_is_said_with_its_place(self):
        self.write("short.yaml", SHORT)
        done = self.campaign("name: night\nrecipes: [short.yaml]\nhour: 3\nruns: none\n")
        self.expect(done, 3, "night.yaml:3:1: 'hour' is not a key of `campaign`; did you mean 'hours'?",
                    "night.yaml:4:7: `runs` is 'none'")
        self.expect(self.campaign("name: night\nrecipes: [short.yaml]\n"), 3, "would never end")
        self.expect(self.campaign("name: night\nrecipes: [absent.yaml]\nruns: 1\n"), 3, "absent.yaml")
        self.expect(self.campaign("name: night\nrecipes: [short.yaml]\nruns: 1\nimages: [plan9]\n"), 3,
                    "there is no image 'plan9'")
        self.expect(self.campaign("name: night\nrecipes: [short.yaml]\nruns: 1\nonly: {length: [7]}\n"), 3,
                    "length=7, which none of its recipes has")
        self.write("wrong.yaml", "name: wrong\nimage: linux\nstep: []\n")
        self.expect(self.campaign("name: night\nrecipes: [wrong.yaml]\nruns: 1\n"), 3, "wrong.yaml:3:1")
        self.expect(self.wedgehog("campaign", "start", str(self.place / "nothing.yaml")), 3, "nothing.yaml")

    def test_two_recipes_with_one_name_are_refused(self):
        self.write("a.yaml", SHORT)
        self.write("b.yaml", SHORT)
        self.expect(self.campaign("name: night\nrecipes: [a.yaml, b.yaml]\nruns: 1\n"), 3,
                    "two recipes of the campaign are called short")

    def test_a_shard_has_a_number_and_a_count(self):
        self.write("short.yaml", SHORT)
        for wrong in ("3/2", "0/2", "2", "a/b", "1/2/3"):
            self.expect(self.campaign("name: night\nrecipes: [short.yaml]\nruns: 1\n", "--shard", wrong), 3, "I/N")

    def test_what_is_not_there_is_said(self):
        self.expect(self.wedgehog("campaign", "list"), 0, "no campaigns yet")
        self.expect(self.wedgehog("campaign", "status"), 3, "campaign start")
        self.expect(self.wedgehog("campaign", "resume", "monday"), 3, "no campaign 'monday'")

    def test_explain_tells_the_language(self):
        self.expect(self.wedgehog("explain", "campaign"), 0, "void_in_a_row", "least-known")
        self.expect(self.wedgehog("check", self.write("night.yaml", "name: night\nrecipes: [x]\nrun: 1\n")), 3,
                    "'run' is not a key of `campaign`")


class OnGuests(driving.Case):
    def night(self, text):
        self.write("short.yaml", SHORT)
        self.write("long.yaml", LONG)
        return self.write("night.yaml", text)

    def status(self, which="latest"):
        done = self.wedgehog("campaign", "status", which, "--json")
        self.assertEqual(done.code, 0, done)
        return json.loads(done.out)

    def done_runs(self):
        return sum(cell["runs"] for cell in self.status()["cells"])

    def finished_tickets(self):
        """Tickets of the runs that came to their end, as their folders have them."""
        tickets = []
        for one in self.results.glob("runs/*/MANIFEST.json"):
            outcome = json.loads((one.parent / "outcome.json").read_text())
            if not outcome.get("interrupted"):
                tickets.append(json.loads((one.parent / "run.json").read_text())["ticket"])
        return sorted(tickets)

    def test_a_night_ends_by_itself_and_tells_a_hook_and_a_collector(self):
        told = self.place / "told"
        metrics = self.place / "night.prom"
        night = self.night(f"name: night\nrecipes: [short.yaml]\nruns: 2\nslots: 2\nseed: 1\n"
                           f"hook: [sh, -c, 'cat >> {told}']\nmetrics: {metrics}\n")
        done = self.wedgehog("campaign", "start", night, limit=300)
        self.expect(done, 0, "short [length=0] on linux", "all cells have had enough")
        self.assertEqual(self.finished_tickets(), [1, 2, 3, 4])
        self.assertEqual(self.status()["state"], "done")
        end = json.loads(told.read_text().splitlines()[-1])
        self.assertEqual((end["event"], end["campaign"]), ("ended", "night"))
        self.assertIn('wedgehog_runs_total{campaign="night",recipe="short",variant="length=1",image="linux",'
                      'outcome="clean"} 2', metrics.read_text())
        self.expect(self.wedgehog("campaign", "resume"), 3, "is done")
        self.expect_clean()

    def test_the_table_fits_a_small_terminal(self):
        self.write("short.yaml", SHORT.replace("[0, 1]", str(list(range(12)))).replace("sleep", "true"))
        night = self.write("night.yaml", "name: night\nrecipes: [short.yaml]\nruns: 1\nslots: 4\ntime: 5s\n")
        terminal, other_end = pty.openpty()
        fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 40, 0, 0))
        one = self.start("campaign", "start", night, stdout=other_end, stderr=other_end)
        os.close(other_end)
        seen = b""
        try:
            while piece := os.read(terminal, 65536):
                seen += piece
        except OSError:
            pass  # the other end was closed: it is over
        os.close(terminal)
        self.assertEqual(one.wait(60), 0, seen)
        frames = seen.decode().split("\x1b[J")[1:]
        self.assertGreater(len(frames), 2, seen)
        for frame in frames[:-1]:
            lines, up = frame.rsplit("\x1b[", 1)
            self.assertLessEqual(int(up.removesuffix("A")), 9, "the table never scrolls")
            for line in lines.splitlines():
                self.assertLess(len(line), 40, line)
        self.assertIn("cells more", frames[1])

    def test_ctrl_c_keeps_what_ended_and_another_goes_on(self):
        night = self.night("name: night\nrecipes: [short.yaml, long.yaml]\nruns: 1\nslots: 1\norder: in-turn\n")
        one = self.start("campaign", "start", night)
        self.wait_until("the long one", lambda: "begun" in self.console(), limit=240)
        self.expect(self.wedgehog("campaign", "resume"), 3, "is under way: its supervisor is process")
        self.expect(self.wedgehog("campaign", "stop"), 0, "told process")
        done = self.finish(one, 60)
        self.assertEqual(done.code, 130, done)
        self.expect_clean()
        self.assertEqual(self.status()["state"], "stopped")
        before = self.finished_tickets()
        self.write("long.yaml", LONG.replace("60s", "1s"))
        self.expect(self.wedgehog("campaign", "resume"), 3, "long.yaml has changed", "--with-changes")
        done = self.wedgehog("campaign", "resume", "--with-changes", limit=240)
        self.assertEqual(done.code, 0, done)
        self.assertEqual(self.finished_tickets(), [1, 2, 3])
        self.assertEqual(self.done_runs(), 3)
        self.assertLessEqual(set(before), {1, 2, 3})

    def test_a_stop_after_what_runs_interrupts_nothing(self):
        self.write("short.yaml", SHORT.replace("[0, 1]", "[4, 5, 6]"))
        night = self.write("night.yaml", "name: night\nrecipes: [short.yaml]\nruns: 5\nslots: 2\n")
        one = self.start("campaign", "start", night)
        self.wait_until("two machines", lambda: len(list(self.results.glob("runs/*/run.json"))) == 2, limit=240)
        self.expect(self.wedgehog("campaign", "stop", "--after-running"), 0, "end by themselves")
        done = self.finish(one, 120)
        self.expect(done, 130, "no run is begun any more", "stopped by user")
        self.assertEqual(self.finished_tickets(), [1, 2])
        self.assertEqual(self.status()["state"], "stopped")
        self.expect_clean()

    def test_a_killed_supervisor_leaves_nothing_and_loses_nothing(self):
        night = self.night("name: night\nrecipes: [short.yaml]\nruns: 3\nslots: 2\n")
        one = self.start("campaign", "start", night)
        self.wait_until("a run that ended", self.finished_tickets, limit=240)
        os.kill(one.pid, signal.SIGKILL)
        one.wait()
        self.expect_no_machine(10)
        before = self.finished_tickets()
        self.assertEqual(self.status()["state"], "stopped")
        done = self.wedgehog("campaign", "resume", "-j", "2", limit=300)
        self.assertEqual(done.code, 0, done)
        after = self.finished_tickets()
        self.assertEqual(after, [1, 2, 3, 4, 5, 6], "each once")
        self.assertLessEqual(set(before), set(after))
        self.assertEqual(self.done_runs(), 6)
        self.expect_clean()


@unittest.skipUnless(os.geteuid() == 0, "mounts want root")
class Full(driving.Case):
    """What is full in the night and free again: said, waited out, and no run is void for it."""

    def play(self, mounts, fuller, complaint):
        """A night of two runs, in which somebody makes room once `complaint` was said."""
        self.write("short.yaml", SHORT)
        night = self.write("night.yaml", "name: night\nrecipes: [short.yaml]\nruns: 1\nslots: 2\n")
        roomy = self.place / "roomy"
        words = self.place / "words"
        inside = f"""{mounts} || exit 99
            ( until [ -e '{roomy}' ]; do sleep 0.1; done; {fuller} ) &
            "$@"; code=$?; cp -a '{self.results}' '{self.place}/kept'; exit $code"""
        with open(words, "w") as heard:
            one = self.start("campaign", "start", night, wrapper=("unshare", "-m", "sh", "-c", inside, "sh"),
                             stderr=heard)
        self.wait_until("the complaint", lambda: complaint in words.read_text() or one.poll() is not None, limit=120)
        self.assertIsNone(one.poll(), words.read_text())
        roomy.touch()
        done = self.finish(one, 240)
        self.assertEqual(done.code, 0, f"{done} {words.read_text()}")
        self.assertIn("the next attempt in 10.0 s", words.read_text())
        self.results = self.place / "kept"
        status = json.loads(self.wedgehog("campaign", "status", "--json").out)
        self.assertEqual([(cell["runs"], cell["void"]) for cell in status["cells"]], [(1, 0), (1, 0)], status)

    def test_the_memory_of_guests(self):
        self.play(f"mount -t tmpfs -o size=100m,mode=0700 none '{self.runtime}'", f"mount -o remount,size=1g '{self.runtime}'",
                  "there is no room for another run: memory of guests: ")

    def test_the_disk_of_results(self):
        self.results.mkdir()
        self.play(f"mount -t tmpfs -o size=500m none '{self.results}'", f"mount -o remount,size=2g '{self.results}'",
                  "no run is begun with less than 512")


class Settle(driving.Case):
    """The question of a report that this exists for, on a stand-in: what wedges without a pause, and not with one."""

    STAND_IN = """
name: settle
image: linux
machine: {vcpus: 1, memory: 256MiB, modules: [wedgehog_lab]}
variants: {settle: [0s, 1s]}
budgets: {no_progress: 10s, run: 3m}
expect: [{verdict: wedged, kind: software-wait, when: {settle: 0s}}, {verdict: passed, when: {settle: 1s}}]
steps:
  - workload:
      name: writer
      progress: counter
      script: |
        while echo entry > /proc/wedgehog_log; do
          /wedgehog/agent tick
          sleep 0.05
        done
  - wait: {workload: writer, progress: 20, deadline: 60s}
  - run: '[ ${{ settle }} = 1s ] || echo lost-wakeup > /proc/wedgehog_lab'
  - wait: {workload: writer, progress: 60, deadline: 90s}
"""

    def test_the_difference_is_told_with_its_uncertainty(self):
        self.write("settle.yaml", self.STAND_IN)
        night = self.write("night.yaml", "name: settle\nrecipes: [settle.yaml]\nruns: 3\nslots: 2\n")
        done = self.wedgehog("campaign", "start", night, limit=600)
        self.expect(done, 0, "all cells have had enough")
        done = self.wedgehog("compare", "--json", "campaign=settle,variant=settle=0s", "campaign=settle,variant=settle=1s")
        self.assertEqual(done.code, 0, done)
        one = json.loads(done.out)["failures"][0]
        self.assertEqual((one["a"]["hits"], one["b"]["hits"]), (3, 0), done)
        self.assertIn("B was clean for", one["in_words"])
        told = self.wedgehog("campaign", "report", "settle", "--junit", str(self.place / "night.xml"))
        self.expect(told, 0, "settle: 6 runs", "seen")
        self.assertIn('failures="1"', (self.place / "night.xml").read_text())
        self.expect(self.wedgehog("compare", "campaign=settle", "image=plan9"), 3, "no run has image=plan9; there are: linux")


if __name__ == "__main__":
    if not shutil.which("qemu-system-x86_64"):
        print("skipped: no QEMU")
        sys.exit(77)
    group = sys.argv.pop(1)
    cases = {"peers": [Words], "vm": [OnGuests, Full], "nightly": [Settle]}[group]
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(one) for one in cases)
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
