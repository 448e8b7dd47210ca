#!/usr/bin/env python3
"""The bad days, end to end: wrong recipes, a missing or broken QEMU, guests that do not boot, full disks, locked databases,
kill -9 and Ctrl-C. Each case asks for the exit code, for words that name whose fault it is and what to do, that nothing is left
running or in memory, and that the results can be read afterwards.

usage: bad_days.py peers|vm [NAME...]     `vm`: the cases that boot a guest. WEDGEHOG: the program, WEDGEHOG_ROOT: the sources.
Exit codes: 0, 1 a case failed, 77 nothing to try them with."""

import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

import driving

SMALL = """
name: bad-day
image: linux
machine: {vcpus: 1, memory: 256MiB}
budgets: {boot: 90s, no_progress: 30s, run: 90s}
"""
HELLO = SMALL + "steps: [{run: {script: echo hello, deadline: 20s}}]\n"
LONG = SMALL + """steps:
  - run: {script: echo the guest works >/dev/ttyS0, deadline: 20s}
  - wait: 80s
"""


class WrongRecipe(driving.HermeticCase):
    def complains(self, text, *places_and_words):
        ended = self.run_recipe(text, limit=20)
        self.expect(ended, 3, *places_and_words)
        self.assertFalse(self.results.exists(), "a recipe that cannot run leaves no results")
        self.expect_clean()

    def test_unknown_keys(self):
        self.complains(
            "name: a\nimage: linux\nbugdets: {boot: 60s}\nsteps:\n  - rnu: {script: echo}\n  - run: {script: echo, dead: 1s}\n",
            "recipe.yaml:3:1: 'bugdets'", "did you mean 'budgets'", "recipe.yaml:5:5: 'rnu'", "recipe.yaml:6:25: 'dead'")

    def test_wrong_types(self):
        self.complains("name: a\nimage: linux\nmachine: {vcpus: many, memory: [1]}\nbudgets: 5\nsteps: hello\n",
                       "recipe.yaml:3:18:", "recipe.yaml:3:32:", "recipe.yaml:4:10:", "recipe.yaml:5:8:")

    def test_steps_that_contain_themselves(self):
        self.complains("name: a\nimage: linux\nsteps: &x\n  - repeat: {times: 2, steps: *x}\n",
                       "recipe.yaml:4:31: an alias stands inside of what it names")

    def test_a_mapping_that_contains_itself(self):
        self.complains("name: a\nimage: linux\nmachine: &m\n  sysctls: *m\nsteps: [{run: echo}]\n", "recipe.yaml:4:12:")

    def test_zero_budgets(self):
        self.complains(
            "name: a\nimage: linux\nbudgets: {boot: 0s, run: 0s, no_progress: 0s, collect: 0s}\nsteps: [{run: echo}]\n",
            "recipe.yaml:3:17: `boot`", "recipe.yaml:3:26: `run`", "recipe.yaml:3:43: `no_progress`",
            "recipe.yaml:3:56: `collect`", "from 1s")

    def test_not_yaml(self):
        self.complains("name: a\nimage: linux\nsteps: [{run: echo}\n", "recipe.yaml:4:1: this is not YAML")

    def test_unknown_image(self):
        self.complains("name: a\nimage: solaris\nsteps: [{run: echo}]\n", "recipe.yaml:2:8:", "'solaris'", "allowed: linux")

    def test_missing_file(self):
        ended = self.wedgehog("run", str(self.place / "none.yaml"))
        self.expect(ended, 3, "none.yaml: No such file")


class BrokenQemu(driving.HermeticCase):
    def test_missing(self):
        ended = self.run_recipe(HELLO, "--accel", "tcg", "--qemu", "/nonexistent/qemu")
        self.expect(ended, 2, "/nonexistent/qemu: No such file", "apt-get install qemu-system-x86", "host:")
        self.expect_one_run("invalid")
        self.expect_clean()

    def test_missing_while_the_accelerator_is_chosen(self):
        ended = self.run_recipe(HELLO, "--qemu", "/nonexistent/qemu")
        self.expect(ended, 2, "/nonexistent/qemu: No such file", "apt-get install qemu-system-x86")
        self.assertEqual(self.stored(), [])
        self.expect_clean()

    def test_too_old(self):
        qemu = self.write("refusing-qemu",
                          "#!/bin/sh\necho 'qemu: -action panic=pause: invalid option' >&2\nexit 1\n", executable=True)
        ended = self.run_recipe(HELLO, "--accel", "tcg", "--qemu", qemu)
        self.expect(ended, 2, "QEMU ended with exit code 1", "-action panic=pause: invalid option")
        self.expect_wreckage(self.expect_one_run("invalid"), "qemu.log", "qemu.command")
        self.expect_clean()

    def test_monitor_that_never_opens(self):
        ended = self.run_recipe(HELLO, "--accel", "tcg", "--qemu", self.silent_qemu(), limit=60)
        self.expect(ended, 2, "its monitor did not answer within 30.0 s", "host:")
        self.assertLess(ended.seconds, 50)
        self.expect_one_run("invalid")
        self.expect_clean()

    def test_interrupted_while_it_starts(self):
        one = self.start("run", "--accel", "tcg", "--qemu", self.silent_qemu(), self.write("recipe.yaml", HELLO))
        self.wait_for_machine()
        driving.signal_to(one)
        ended = self.finish(one, 40)
        self.expect(ended, 130, "stopping")
        self.assertLess(ended.seconds, 20, "an interruption does not wait for a machine to start")
        self.expect_clean()

    def test_killed_while_it_starts(self):
        one = self.start("run", "--accel", "tcg", "--qemu", self.silent_qemu(), self.write("recipe.yaml", HELLO))
        self.wait_for_machine()
        one.kill()
        self.finish(one)
        self.expect_no_machine()
        # The next run takes the dead one's memory away, and its folder in: there may be no row of it yet.
        self.run_recipe(HELLO, "--accel", "tcg", "--qemu", "/nonexistent/qemu")
        self.expect_clean()
        dead = [run for run in self.stored() if run["verdict"] == "interrupted"]
        self.assertEqual(len(dead), 1, self.stored())
        self.expect_wreckage(dead[0], "qemu.log")

    def test_interrupted_while_the_image_is_built(self):
        # Named like what a machine leaves running, so that a survivor is noticed.
        self.write("root/images/linux/build", "#!/bin/sh\n"
                   "exec python3 -c 'import time; time.sleep(600)' \"$0\" console.raw \"$@\"\n", executable=True)
        for arguments in (["run", "--accel", "tcg", self.write("recipe.yaml", HELLO)], ["image", "build"]):
            with self.subTest(arguments[0]):
                one = self.start(*arguments)
                self.wait_for_machine()
                driving.signal_to(one)
                ended = self.finish(one, 20)
                self.expect(ended, 130, "stopping")
                self.assertNotIn("could not be built", ended.all)
                self.expect_clean()
        self.assertEqual(self.stored(), [])

    def test_missing_kernel(self):
        self.environment["WEDGEHOG_ROOT"] = driving.ROOT
        ended = self.run_recipe(HELLO, "--accel", "tcg", "--kernel", "/nonexistent/bzImage", "--modules", str(self.place))
        self.expect(ended, 2, "/nonexistent/bzImage", "the image 'linux' could not be built")
        self.expect_clean()


class BrokenResults(driving.HermeticCase):
    def without_machine(self, *arguments, **how):
        return self.run_recipe(HELLO, "--accel", "tcg", "--qemu", "/nonexistent/qemu", *arguments, **how)

    def test_a_file_in_the_way(self):
        self.results.write_text("not a folder")
        self.expect(self.without_machine(), 2, "creating the results folder", str(self.results), "use --results DIR")
        self.assertEqual(self.results.read_text(), "not a folder")
        self.expect_clean()

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_not_writable(self):
        self.results.mkdir(mode=0o500)
        self.expect(self.without_machine(), 2, str(self.results), "--results DIR")
        self.expect_clean()

    def test_a_file_where_wreckage_goes(self):
        self.results.mkdir()
        (self.results / "runs").write_text("not a folder")
        self.expect(self.without_machine(), 2, "/runs", "use --results DIR")
        self.stored()
        self.expect_clean()

    def test_not_a_database(self):
        self.results.mkdir()
        (self.results / "results.sqlite").write_text("these are the lines of another file\n" * 100)
        self.expect(self.without_machine(), 2, "results.sqlite")
        self.assertIn("another file", (self.results / "results.sqlite").read_text())
        self.expect_clean()

    def test_database_of_a_newer_version(self):
        self.expect(self.wedgehog("results", "upgrade"), 0)
        with sqlite3.connect(self.results / "results.sqlite") as database:
            database.execute("INSERT INTO schema_versions VALUES (999, '2099-01-01T00:00:00.000Z')")
        database.close()
        for ended in (self.without_machine(), self.wedgehog("results", "list")):
            self.expect(ended, 2, "newer Wedgehog", "schema 999", "upgrade or use --results DIR")
        self.expect_clean()

    def test_database_locked(self):
        self.expect(self.wedgehog("results", "upgrade"), 0)
        holder = sqlite3.connect(self.results / "results.sqlite", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        ended = self.without_machine(limit=90)
        holder.execute("ROLLBACK")
        holder.close()
        self.expect(ended, 2, "results.sqlite", "locked")
        self.assertEqual(self.stored(), [])
        self.expect_clean()

    def test_two_at_once_into_one_fresh_database(self):
        recipe = self.write("recipe.yaml", HELLO)
        both = [self.start("run", "--accel", "tcg", "--qemu", "/nonexistent/qemu", recipe) for _ in range(2)]
        for one in both:
            self.expect(self.finish(one), 2, "No such file")
        runs = self.stored()
        self.assertEqual(len({run["run"] for run in runs}), 2, runs)
        self.expect_clean()


# Sets the clock of the program back that it is loaded into, by as many seconds as the file WRONG_CLOCK says.
WRONG_CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t which, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int const code = real(which, now);
  if (which != CLOCK_REALTIME) return code;
  long back = 0;
  FILE *told = fopen(getenv("WRONG_CLOCK"), "re");
  if (told) {
    if (fscanf(told, "%ld", &back) != 1) back = 0;
    fclose(told);
  }
  now->tv_sec -= back;
  return code;
}
"""


class Performer(driving.HermeticCase):
    """What one performer and its supervisor do to each other."""

    def an_order(self):
        """A folder with an order in it, as a supervisor leaves it for a performer."""
        self.expect(self.run_recipe(HELLO, "--accel", "tcg", "--qemu", "/nonexistent/qemu"), 2)
        order, = self.results.glob("runs/*/order.json")
        folder = self.place / "alone"
        folder.mkdir()
        shutil.copy(order, folder)
        return folder

    def test_nobody_listens(self):
        folder = self.an_order()
        reader, writer = os.pipe()
        os.close(reader)
        ended = subprocess.run([driving.WEDGEHOG, "perform", str(folder / "order.json"), "--into", str(folder), "--progress",
                                str(writer)], env=self.environment, pass_fds=[writer], capture_output=True, text=True, timeout=60)
        os.close(writer)
        self.assertEqual(ended.returncode, 2, ended)
        self.assertTrue((folder / "MANIFEST.json").exists(), "the run is whole all the same")
        self.expect(self.wedgehog("results", "ingest", str(folder)), 0)
        self.assertEqual([run["verdict"] for run in self.stored()], ["invalid", "invalid"])
        self.expect_clean()

    def test_on_a_node_it_sweeps_what_a_killed_one_left(self):
        folder = self.an_order()
        left = self.runtime / "machine-1-0"
        left.mkdir(mode=0o700)
        (left / "lock").write_text("wedgehog machine, memory 268435456\n")
        (left / "ram").write_bytes(bytes(4096))
        # As a cluster's node begins it: nobody here has swept, and nobody listens on a pipe.
        ended = subprocess.run([driving.WEDGEHOG, "perform", str(folder / "order.json"), "--into", str(folder)],
                               env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(ended.returncode, 2, ended)
        self.expect_clean()

    def test_the_clock_is_set_back(self):
        if not shutil.which("cc"):
            self.skipTest("there is no C compiler to make a wrong clock with")
        library = self.place / "wrong_clock.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), self.write("wrong_clock.c", WRONG_CLOCK), "-ldl"], check=True)
        back = self.place / "back"
        back.write_text("0")
        self.expect(self.wedgehog("image", "build"), 0)
        # A sanitizer's runtime wants to be the first library, and need not be.
        self.environment.update(LD_PRELOAD=str(library), WRONG_CLOCK=str(back), ASAN_OPTIONS="verify_asan_link_order=0")
        one = self.start("run", "--accel", "tcg", "--qemu", self.silent_qemu(), self.write("recipe.yaml", HELLO))
        self.wait_until("a run that began", lambda: list(self.results.glob("runs/*/qemu.log")))
        back.write_text("7200")
        time.sleep(2)
        driving.signal_to(one)
        self.expect(self.finish(one, 40), 130)
        run, = self.stored()
        self.assertGreater(run["duration_s"], 1)
        self.assertLess(run["duration_s"], 60)
        folder, = self.results.glob("runs/*")
        self.assertTrue((folder / "MANIFEST.json").exists())
        self.expect(self.wedgehog("show", run["run"]), 0, run["run"])
        self.assertEqual(self.wedgehog("judge", run["run"]).code, 130, "it was stopped, and still is")
        self.expect_clean()

    def test_three_hundred_at_once(self):
        ended = self.run_recipe(HELLO, "--accel", "tcg", "--qemu", "/nonexistent/qemu", "--runs", "300", "--jobs", "300",
                                "-q", limit=600)
        self.expect(ended, 2)
        runs = self.stored("--limit", "1000")
        self.assertEqual(len(runs), 300)
        self.assertEqual({run["verdict"] for run in runs}, {"invalid"})
        self.assertEqual(len(list(self.results.glob("runs/*/MANIFEST.json"))), 300)
        self.expect_clean()

    def test_too_few_descriptors_for_all(self):
        ended = self.run_recipe(HELLO, "--accel", "tcg", "--qemu", "/nonexistent/qemu", "--runs", "60", "--jobs", "60", "-q",
                                wrapper=("sh", "-c", 'ulimit -n 64; exec "$@"', "sh"), limit=300)
        self.expect(ended, 2, "Too many open files", "ulimit -n")
        for run in self.results.glob("runs/*/run.json"):
            self.assertTrue((run.parent / "MANIFEST.json").exists(), f"{run} is not whole")
        self.stored()
        self.expect_clean()


@unittest.skipUnless(os.geteuid() == 0, "a file system of its own needs root")
class NoRoom(driving.HermeticCase):
    """File systems of 8 MiB that only this program sees, which are full, or become it."""

    def with_mounts(self, inside, *arguments, qemu="/nonexistent/qemu", **how):
        self.results.mkdir()
        recipe = self.write("recipe.yaml", HELLO)
        return self.start("run", "--accel", "tcg", "--qemu", qemu, *arguments, recipe,
                          wrapper=("unshare", "-m", "sh", "-c", inside, "sh"), **how)

    def test_before_the_first_run(self):
        one = self.with_mounts(f"""mkdir '{self.results}/runs'; mount -t tmpfs -o size=8m none '{self.results}/runs' || exit 99
            dd if=/dev/zero of='{self.results}/runs/filler' bs=4k 2>/dev/null
            "$@"; code=$?; ls '{self.results}/runs'; exit $code""")
        self.expect(self.finish(one), 2, "No space left on device", "free some space", f"{self.results}/runs/")
        self.expect_clean()

    # From here on what the performer writes at its end is what was held for it.
    def test_while_a_performer_works(self):
        one = self.with_mounts(f"""mkdir '{self.results}/runs'; mount -t tmpfs -o size=8m none '{self.results}/runs' || exit 99
            ( until ls '{self.results}'/runs/*/qemu.log; do sleep 0.05; done
              dd if=/dev/zero of='{self.results}/runs/filler' bs=4k; touch '{self.place}/filled' ) >/dev/null 2>&1 &
            "$@"; code=$?; rm '{self.results}/runs/filler'
            cat '{self.results}'/runs/*/outcome.json '{self.results}'/runs/*/judgements/*; ls '{self.results}'/runs/*
            "$1" --results '{self.results}' results list; exit $code""", qemu=self.silent_qemu())
        ended = self.finish(one, 90)
        self.assertTrue((self.place / "filled").exists())
        self.expect(ended, 2, "MANIFEST.json", '"verdict":"invalid"', "its monitor did not answer")
        self.expect_no_machine()

    def test_of_the_database(self):
        folders = self.place / "folders"
        folders.mkdir()
        late = self.write("late-qemu", "#!/bin/sh\n[ \"$1\" = --version ] || sleep 3\nexit 1\n", executable=True)
        one = self.with_mounts(f"""mount -t tmpfs -o size=8m none '{self.results}' || exit 99
            mkdir '{self.results}/runs'; mount --bind '{folders}' '{self.results}/runs' || exit 99
            ( until ls '{self.results}'/runs/*/qemu.log; do sleep 0.05; done
              dd if=/dev/zero of='{self.results}/filler' bs=1k ) >/dev/null 2>&1 &
            "$@"; code=$?; rm '{self.results}/filler'
            "$1" --results '{self.results}' results list --json | grep -c '"invalid"'
            "$1" --results '{self.results}' results ingest '{self.results}'/runs/*
            "$1" --results '{self.results}' results list --json | grep -c '"invalid"'; exit $code""", qemu=late)
        ended = self.finish(one)
        self.expect(ended, 2, "whole in its folder, but not in the database", "results.sqlite", "is full: free some space")
        self.assertEqual([line for line in ended.out.splitlines() if line.isdigit()], ["0", "1"], str(ended))
        self.expect_clean()


class Terminal(driving.HermeticCase):
    """Where nobody reads, or there is no room for, what is printed."""

    def run_without_machine(self, **how):
        self.expect(self.wedgehog("image", "build", "linux"), 0)
        return self.finish(self.start("run", "--accel", "tcg", "--qemu", "/nonexistent/qemu",
                                      self.write("recipe.yaml", HELLO), **how))

    def test_stderr_is_full(self):
        with open("/dev/full", "w") as full:
            ended = self.run_without_machine(stderr=full)
        self.expect(ended, 2, "invalid", "No such file")
        self.expect_one_run("invalid")
        self.expect_clean()

    def test_the_terminal_was_closed(self):
        reader, writer = os.pipe()
        os.close(reader)
        ended = self.run_without_machine(stdout=writer, stderr=writer)
        os.close(writer)
        self.assertEqual(ended.code, 2, str(ended))
        self.expect_one_run("invalid")
        self.expect_clean()

    def test_stdout_is_full(self):
        with open("/dev/full", "w") as full:
            ended = self.run_without_machine(stdout=full)
        self.expect(ended, 2, "standard output: No space left on device")
        self.expect_one_run("invalid")


class Output(driving.HermeticCase):
    def test_a_root_that_is_not_there_is_named(self):
        self.environment["WEDGEHOG_ROOT"] = "/nonexistent"
        ended = self.run_recipe(HELLO)
        self.expect(ended, 3, "/nonexistent/images does not exist: set WEDGEHOG_ROOT to the checkout")

    def test_an_image_with_other_packages_is_another_one(self):
        build = self.place / "root/images/linux/build"
        build.write_text(build.read_text().replace("set -e\n", f"set -e\necho \"$@\" >>'{self.place}/asked'\n", 1))
        recipe = self.write("recipe.yaml", HELLO)
        for packages in ([], ["fio"], ["fio", "strace"]):
            more = [word for name in packages for word in ("--package", name)]
            self.expect(self.wedgehog("run", "--accel", "tcg", "--qemu", "/nonexistent/qemu", *more, recipe), 2)
            self.expect(self.wedgehog("image", "build", "linux", *more), 0, "up to date")
        asked = [line.split() for line in (self.place / "asked").read_text().splitlines()]
        outputs = [line[line.index("--output") + 1] for line in asked]
        self.assertEqual(outputs[0::2], outputs[1::2])
        self.assertEqual(len(set(outputs)), 3, outputs)
        given = [[line[i + 1] for i, word in enumerate(line) if word == "--package"] for line in asked[1::2]]
        self.assertEqual(given, [[], ["fio"], ["fio", "strace"]])

    def test_dry_run_is_shell(self):
        self.environment["HOSTILE"] = "x"
        self.wedgehog("image", "build")
        ended = self.run_recipe(SMALL.replace("256MiB}", "256MiB, kernel_arguments: ['a=\"b c\"', \"d='e'\", '$(f)']}")
                                + "disks: {data: 8MiB}\nsteps: [{run: echo}]\n", "--dry-run")
        self.expect(ended, 0, "-append", "truncate")
        checked = subprocess.run(["bash", "-n"], input=ended.out, text=True, capture_output=True)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""), ended.out)
        # What bash makes of it is what QEMU would get.
        echoed = subprocess.run(["bash", "-c", "mkdir() { :; }; truncate() { :; }\nqemu-system-x86_64() { printf '%s\\n' \"$@\"; }\n"
                                 + ended.out], text=True, capture_output=True, cwd=self.place)
        self.assertIn("a=\"b c\" d='e' $(f)", echoed.stdout)
        self.assertFalse(self.results.exists())
        self.expect_clean()

    def test_json(self):
        ended = self.run_recipe(HELLO, "--json", "--seed", "7", "--accel", "tcg", "--qemu", "/nonexistent/qemu")
        self.expect(ended, 2)
        self.assertNotIn("", ended.out.splitlines(), "an empty line is not an object")
        last = json.loads(ended.out.splitlines()[-1])
        for key in ("run", "recipe", "seed", "verdict", "kind", "because", "duration_s", "wreckage"):
            self.assertIn(key, last)
        self.assertEqual((last["recipe"], last["seed"], last["verdict"]), ("bad-day", "7", "invalid"))
        self.assertTrue(any(reason.startswith("host: ") for reason in last["because"]), last)
        self.assertEqual(self.stored(), [last])

    def test_second_run_builds_nothing(self):
        arguments = ("--accel", "tcg", "--qemu", "/nonexistent/qemu")
        self.assertIn("building", self.run_recipe(HELLO, *arguments).err)
        again = self.run_recipe(HELLO, *arguments)
        self.assertIn("up to date", again.err)
        self.assertNotIn("building", again.err)


class GuestCase(driving.Case):
    boots = True

    def start_long(self):
        """A run in the middle of its steps."""
        one = self.start("run", "--time-scale", "1", self.write("recipe.yaml", LONG))
        self.wait_until("a guest at work", lambda: "the guest works" in self.console(), 100)
        return one


class GoodDay(GuestCase):
    def test_passes_and_leaves_nothing(self):
        ended = self.run_recipe(HELLO, "--json")
        self.expect(ended, 0, "nothing to do")
        run = json.loads(ended.out.splitlines()[-1])
        self.assertEqual((run["verdict"], run["wreckage"]), ("passed", None))
        kept, = self.results.glob("runs/*")
        self.assertTrue((kept / "MANIFEST.json").exists())
        self.assertEqual(list(kept.glob("disks/*")), [])
        self.expect_clean()
        self.assertEqual(self.stored(), [run])

    def test_two_of_them(self):
        ended = self.run_recipe(HELLO, "--json", "--runs", "2", "--jobs", "2")
        self.expect(ended, 0)
        runs = [json.loads(line) for line in ended.out.splitlines()]
        self.assertEqual([run["verdict"] for run in runs], ["passed", "passed"])
        self.assertEqual(len({run["seed"] for run in runs}), 2, runs)
        self.assertEqual(len(self.stored()), 2)
        self.expect_clean()

    def test_two_orchestrators_and_one_database(self):
        recipe = self.write("recipe.yaml", HELLO)
        both = [self.start("run", "--time-scale", "1", recipe) for _ in range(2)]
        for one in both:
            self.expect(self.finish(one), 0, "passed")
        self.assertEqual(len({run["run"] for run in self.stored()}), 2)
        self.expect_clean()


class GuestThatFails(GuestCase):
    def test_without_init(self):
        ended = self.run_recipe(SMALL.replace("256MiB}", "256MiB, kernel_arguments: [rdinit=/nonexistent]}")
                                + "steps: [{run: echo}]\n")
        self.expect(ended, 1, "panicked", "Kernel panic")
        folder = self.expect_wreckage(self.expect_one_run("panicked"), "console.raw", "memory.elf", "MANIFEST.json")
        self.assertIn("rdinit=/nonexistent", (folder / "qemu.command").read_text())
        self.expect_clean()

    def test_agent_that_never_speaks(self):
        ended = self.run_recipe(
            SMALL.replace("256MiB}", "256MiB, kernel_arguments: [wedgehog.agent_port=nosuch]}").replace("90s", "25s", 1)
            + "steps: [{run: echo}]\n")
        self.assertIn(ended.code, (1, 2), str(ended))
        self.expect(ended, ended.code, "the guest did not become ready within 25")
        self.expect_wreckage(self.stored()[0], "console.raw", "memory.elf")
        self.expect_clean()

    def test_console_flood(self):
        ended = self.run_recipe(SMALL + """steps:
  - workload: {name: flood, script: "yes | tr -d '\\\\n' >/dev/ttyS0"}
  - wait: 8s
  - run: {script: echo still here, deadline: 60s}
""")
        self.expect(ended, 0, "passed")
        kept = sum(one.stat().st_blocks * 512 for one in self.results.rglob("*"))
        self.assertLess(kept, 200 << 20, "a flood fills the disk")
        self.expect_clean()


class Death(GuestCase):
    def test_of_qemu(self):
        one = self.start_long()
        os.kill(self.wait_for_machine(), signal.SIGKILL)
        ended = self.finish(one)
        # The guest did not do that: somebody on the host did.
        self.expect(ended, 2, "host-stopped", "QEMU was killed by signal 9 (SIGKILL), and not by the plan")
        self.expect_wreckage(self.expect_one_run("host-stopped"), "console.raw", "timeline.zst")
        self.expect_clean()

    def expect_recovered(self, one):
        one.kill()
        self.finish(one)
        self.expect_no_machine()
        run = self.expect_one_run("interrupted")
        folder = self.expect_wreckage(run, "console.raw")
        judged = self.wedgehog("judge", run["run"])
        self.assertIn(judged.code, (0, 1, 2, 130), str(judged))
        self.expect(judged, judged.code, run["run"], "because")
        self.assertTrue(folder.is_dir())
        self.run_recipe(HELLO, "--accel", "tcg", "--qemu", "/nonexistent/qemu")
        self.expect_clean()

    def test_of_the_orchestrator_during_boot(self):
        one = self.start("run", self.write("recipe.yaml", LONG))
        self.wait_until("a guest that boots", self.console)
        self.expect_recovered(one)

    def test_of_the_orchestrator_during_steps(self):
        self.expect_recovered(self.start_long())

    def test_of_the_orchestrator_during_evidence(self):
        one = self.start_long()
        driving.signal_to(one)
        self.wait_until("evidence", lambda: list(self.results.glob("runs/*/monitor/*")))
        self.expect_recovered(one)


class Removed(GuestCase):
    def test_the_runs_under_a_run(self):
        """Somebody cleans up while a run lives: it ends soon, is no pass, and nothing of it comes back."""
        one = self.start_long()
        shutil.rmtree(self.results / "runs")
        asked = time.monotonic()
        ended = self.finish(one)
        self.assertLess(time.monotonic() - asked, 40)
        self.expect(ended, 2, "the folder was removed while its run was played")
        self.assertEqual([str(path) for path in self.results.glob("runs/*/*")], [])
        self.expect_clean()


class Interruption(GuestCase):
    def test_once(self):
        one = self.start_long()
        asked = time.monotonic()
        driving.signal_to(one)
        ended = self.finish(one)
        self.assertLess(time.monotonic() - asked, 45)
        self.expect(ended, 130, "the evidence is being kept", "stopped by the user")
        run = self.stored()[0]
        self.assertEqual(run["exit_code"], 130)
        folder = self.expect_wreckage(run, "console.raw", "guest/ps.txt", "timeline.zst", "MANIFEST.json")
        self.assertFalse((folder / "memory.elf").exists(), "whoever stops a run does not want to wait")
        self.expect_clean()

    def test_twice(self):
        one = self.start_long()
        driving.signal_to(one)
        self.wait_until("evidence", lambda: list(self.results.glob("runs/*/monitor")))
        asked = time.monotonic()
        driving.signal_to(one)
        ended = self.finish(one)
        self.assertLess(time.monotonic() - asked, 5)
        self.expect(ended, 130, "stopped at once")
        self.expect_no_machine()
        self.expect_wreckage(self.expect_one_run("interrupted"), "console.raw")
        self.run_recipe(HELLO, "--accel", "tcg", "--qemu", "/nonexistent/qemu")
        self.expect_clean()


@unittest.skipUnless(os.geteuid() == 0, "a file system of its own needs root")
class FullDisk(GuestCase):
    def on_a_small_disk(self, beside):
        """A guest that panics, its results on 32 MiB that only this run sees. Then what `results list` says, and the files."""
        self.results.mkdir()
        inside = f"""mount -t tmpfs -o size=32m none '{self.results}' || exit 99
            cd '{self.results}'
            {beside}
            "$@"; code=$?
            rm -f filler
            "$1" --results . results list --json && echo readable
            find . -type f
            exit $code"""
        return self.run_recipe(SMALL.replace("256MiB}", "256MiB, kernel_arguments: [rdinit=/nonexistent]}")
                               + "steps: [{run: echo}]\n", wrapper=("unshare", "-m", "sh", "-c", inside, "sh"))

    def test_too_small_for_guest_memory(self):
        ended = self.on_a_small_disk("")
        self.expect(ended, 1, "panicked", "Kernel panic", "readable", "memory: ", "guest memory needs 256MiB",
                    "free some space", "MANIFEST.json", "registers.txt")
        self.assertNotIn("memory.elf", ended.out, "a part of the memory keeps room from the rest")
        self.expect_clean()

    def test_full_before_the_verdict_is_stored(self):
        ended = self.on_a_small_disk("( until ls runs/*/monitor; do sleep 0.05; done; dd if=/dev/zero of=filler bs=64k"
                                     " ) >/dev/null 2>&1 &")
        self.expect(ended, 1, "panicked", "Kernel panic", "free some space", "readable", "MANIFEST.json")
        self.assertNotIn("under way", ended.all)
        self.expect_clean()


    def write_to_a_disk_without_room(self, disk, steps):
        """The folders of runs, and with them their disks, lie on 24 MiB; the results do not."""
        folders = self.results / "runs"
        folders.mkdir(parents=True)
        inside = f"""mount -t tmpfs -o size=24m none '{folders}' || exit 99
            exec "$@"
            """
        return self.run_recipe(SMALL + f"disks: {{data: {{size: 64MiB{disk}}}}}\nsteps:\n{steps}",
                               wrapper=("unshare", "-m", "sh", "-c", inside, "sh"))

    FILL = "dd if=/dev/zero of=/dev/wedgehog/data bs=1M count=48 oflag=direct"

    def test_no_room_for_what_the_guest_writes(self):
        ended = self.write_to_a_disk_without_room("", f"  - run: {{script: '{self.FILL}', deadline: 60s}}\n")
        self.expect(ended, 2, "invalid", "the disk 'data', kept in ", f"(on the file system at {self.results}/runs)",
                    "No space left on device")
        self.assertNotIn("step failed", ended.all, "the guest was told nothing")
        self.assertLess(ended.seconds, 60, "the run ends as soon as the host is full")
        self.expect_one_run("invalid")
        self.expect_clean()

    def test_no_room_as_the_recipe_wants(self):
        ended = self.write_to_a_disk_without_room(
            ", on_full_host: enospc",
            f"  - run: {{script: '{self.FILL}', deadline: 60s, expect_exit: 1}}\n"
            "  - run: {script: 'dd if=/dev/wedgehog/data of=/dev/null bs=1M count=8 iflag=direct', deadline: 60s}\n")
        self.expect(ended, 0, "passed")
        self.expect_one_run("passed")
        self.expect_clean()


def cases_of(group, names):
    found = []
    for suite in unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]):
        for case in suite:
            if getattr(case, "boots", False) == (group == "vm") and (not names or any(name in case.id() for name in names)):
                found.append(case)
    return found


def perform(case):
    result = unittest.TestResult()
    began = time.monotonic()
    case.run(result)
    word = "ok"
    if result.skipped:
        word = "skipped: " + result.skipped[0][1]
    if result.failures or result.errors:
        word = "FAILED\n" + "\n".join(text for _, text in result.failures + result.errors)
    print(f"{time.monotonic() - began:6.1f} s  {case.id().removeprefix('__main__.')}: {word}", flush=True)
    return result


def lacking(group):
    if not shutil.which(driving.WEDGEHOG):
        return f"{driving.WEDGEHOG}: no such program; set WEDGEHOG"
    if not os.access("/dev/shm", os.W_OK):
        return "/dev/shm is not there or not writable"
    if group == "vm" and not shutil.which("qemu-system-x86_64"):
        return "QEMU is missing: apt-get install qemu-system-x86"
    if group == "vm":
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        if not os.path.exists(f"{cache}/wedgehog/built/linux/image.json"):
            return "the Linux image is not built: wedgehog image build"
    return ""


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in ("peers", "vm"):
        print(__doc__, file=sys.stderr)
        return 3
    if lack := lacking(sys.argv[1]):
        print("skipped:", lack)
        return 77
    cases = cases_of(sys.argv[1], sys.argv[2:])
    # Most of a case is waiting, and a guest has one processor.
    with concurrent.futures.ThreadPoolExecutor(2 if sys.argv[1] == "vm" else 4) as pool:
        results = list(pool.map(perform, cases))
    failed = sum(1 for result in results if not result.wasSuccessful())
    print(f"{len(results)} cases, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
