#!/usr/bin/env python3
"""Machines that begin as copies of one that was booted and frozen, on real guests: two of them are two machines, what was damaged
is made anew, what does not confirm is not used, and verdicts are those of machines that booted.
Exit codes: 0, 1 a case failed, 77 nothing to try it with."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import driving

# Of programs and of the kernel: what two copies of one machine would share.
NAMES = """
name: names
image: linux
machine: {vcpus: 1, memory: 256MiB, start: clone}
disks: {data: 16MiB}
budgets: {boot: 3m, run: 3m}
steps:
  - run: |
      echo "uuid $(cat /proc/sys/kernel/random/uuid)"
      echo "bytes $(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' ')"
      echo "boot $(cat /proc/sys/kernel/random/boot_id)"
      echo "machine $(cat /etc/machine-id)"
      echo "host $(hostname)"
      echo "clock $(date +%s)"
      dd if=/dev/urandom of=/dev/wedgehog/data bs=4k count=16 conv=fsync
"""


class Clones(driving.Case):
    def setUp(self):
        super().setUp()
        # Templates of its own; the image is everybody's.
        cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "wedgehog"
        mine = self.place / "cache/wedgehog"
        mine.mkdir(parents=True)
        for one in cache.iterdir() if cache.is_dir() else ():
            if one.name != "templates":
                (mine / one.name).symlink_to(one)
        self.environment["XDG_CACHE_HOME"] = str(self.place / "cache")
        self.templates = mine / "templates"

    def template(self):
        found = [one for one in self.templates.iterdir() if one.is_dir()]
        self.assertEqual(len(found), 1, found)
        return found[0]

    def folders(self):
        return sorted((self.results / "runs").iterdir(), key=lambda one: one.stat().st_mtime_ns)

    def started_as(self, folder):
        return json.loads((folder / "outcome.json").read_text())["start"]

    def said(self, folder):
        text = subprocess.run(["zstdcat", folder / "timeline.zst"], capture_output=True, text=True, check=True).stdout
        lines = [json.loads(line) for line in text.splitlines()]
        words = [one["text"].split(" ", 1) for one in lines if one["signal"] == "output" and one.get("stream") == "stdout"]
        return {one[0]: one[1] for one in words if len(one) == 2}

    def test_copies_are_machines_of_their_own_and_a_damaged_template_is_made_anew(self):
        ended = self.run_recipe(NAMES, "--runs", "2", "--jobs", "2", limit=300)
        self.expect(ended, 0, "there is no template of this machine yet")
        template = self.template()
        first, second = (self.said(one) for one in self.folders())
        for name in ("uuid", "bytes", "boot", "machine", "host"):
            self.assertNotEqual(first[name], second[name], name)
        for one, folder in zip((first, second), self.folders()):
            self.assertEqual(self.started_as(folder), f"clone of {template.name}")
            self.assertLess(abs(int(one["clock"]) - folder.stat().st_mtime), 60)
        made = (template / "template.json").read_text()

        # The same machine, once more: nothing is made.
        self.expect(self.run_recipe(NAMES), 0)
        self.assertEqual((template / "template.json").read_text(), made)

        with open(template / "memory", "r+b") as file:
            file.seek(1 << 20)
            file.write(b"damaged")
        ended = self.run_recipe(NAMES, limit=300)
        self.expect(ended, 0, "is damaged", "memory is not what it was", "made anew")
        self.assertNotEqual((template / "template.json").read_text(), made)
        self.assertEqual(self.started_as(self.folders()[-1]), f"clone of {template.name}")

        # QEMU refuses what is sealed and yet no machine: the run boots and says so, and nobody else is given it.
        devices = template / "devices"
        devices.write_bytes(bytes(devices.stat().st_size))
        seal = json.loads((template / "template.json").read_text())
        for one in seal["files"]:
            if one["name"] == "devices":
                now = devices.stat()
                one["stamp"].update(mtime_ns=now.st_mtime_ns, ctime_ns=now.st_ctime_ns, inode=now.st_ino)
        (template / "template.json").write_text(json.dumps(seal))
        self.expect(self.run_recipe(NAMES, limit=300), 0, "for want of a copy")
        self.assertTrue(self.started_as(self.folders()[-1]).startswith("boot, for want of a copy"))
        self.assertFalse(template.exists())

        # Another machine, another template.
        self.expect(self.run_recipe(NAMES.replace("vcpus: 1", "vcpus: 2"), limit=300), 0)
        self.assertNotEqual(self.template().name, template.name)
        self.expect_clean()

    def test_verdicts_are_those_of_machines_that_booted(self):
        chosen = ("smoke/linux.yaml", "lab/lost-wakeup.yaml", "lab/held-write", "lab/panic.yaml")
        ended = self.wedgehog("selftest", "--clone", "--accel", "tcg", "--jobs", "2", *chosen, limit=900)
        self.expect(ended, 0, f"{len(chosen)} of {len(chosen)} verdicts right")
        for folder in self.folders():
            self.assertTrue(self.started_as(folder).startswith("clone of "), folder)
        # What a copy has changed is in no file: it comes out of its process.
        held = [one for one in self.folders() if one.name.startswith("held-write") or "held-write" in one.name]
        self.assertTrue(held)
        memory = [one for one in held[0].glob("memory.*")]
        self.assertTrue(memory, sorted(held[0].iterdir()))
        self.assertIn(b"Linux version 6.", memory[0].read_bytes())

    def test_a_clone_is_refused_a_balloon(self):
        balloon = pathlib.Path(driving.ROOT) / "recipes/faults/balloon.yaml"
        self.expect(self.wedgehog("check", "--clone", str(balloon)), 3, "balloon")
        self.expect(self.wedgehog("check", str(balloon)), 0)
        self.expect(self.wedgehog("run", "--clone", str(balloon)), 3, "balloon")


if __name__ == "__main__":
    if shutil.which("zstdcat") is None:
        print("skipped: zstdcat is missing (apt-get install zstd)")
        sys.exit(77)
    unittest.main(verbosity=2)
