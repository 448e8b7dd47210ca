#!/usr/bin/env python3
"""Disks that become images: `wedgehog image adopt` and `image build linux-disk`. `peers`: all that goes wrong before a guest
boots. `nightly`: a Debian is made, adopted from its login prompt to the agent's beat, and tested.
Exit codes: 0, 1 a case failed, 77 nothing to try it with."""

import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import driving

LOST_WAKEUP = """
name: disk-lost-wakeup
image: night
machine: {vcpus: 2, memory: 512MiB}
budgets: {boot: 4m, no_progress: 20s, run: 5m}
expect: {verdict: wedged, kind: software-wait}
steps:
  - run: {script: modprobe wedgehog_lab, deadline: 30s}
  - workload:
      name: writer
      progress: counter
      script: |
        while echo entry > /proc/wedgehog_log; do
          /wedgehog/agent tick
          sleep 0.05
        done
  - wait: {workload: writer, progress: 50, deadline: 30s}
  - run: {script: echo lost-wakeup > /proc/wedgehog_lab, deadline: 10s}
  - wait: 90s
"""

HELD_WRITE = """
name: disk-held-write
image: night
machine: {vcpus: 2, memory: 512MiB}
disks: {data: 64MiB}
budgets: {boot: 4m, no_progress: 20s, run: 5m}
expect: {verdict: wedged, kind: held-io}
steps:
  - workload:
      name: writer
      progress: counter
      script: |
        while dd if=/dev/urandom of=/dev/wedgehog/data bs=4k count=4 conv=fsync 2>/dev/null; do
          /wedgehog/agent tick
        done
  - wait: {workload: writer, progress: 10, deadline: 30s}
  - inject: {fault: hold, disk: data, op: write}
  - wait: 90s
"""

WAITS = """
name: disk-waits
image: night
machine: {vcpus: 1, memory: 512MiB}
budgets: {boot: 4m, no_progress: 60s, run: 3m}
steps:
  - run: {script: "echo the guest is up", deadline: 30s}
  - wait: 20s
"""

# What a PC's BIOS takes for a loader: it says a few words on the first serial port, and spins.
WORDS = b"no system is here"
SPINNING_SECTOR = (bytes.fromhex("31c08ed8fcbe157cac84c07406baf803eeebf5ebfe") + WORDS).ljust(510, b"\0") + b"\x55\xaa"


class Adopting(driving.Case):
    def setUp(self):
        super().setUp()
        self.environment["XDG_DATA_HOME"] = str(self.place / "data")
        self.images = self.place / "data/wedgehog/images"

    def adopt(self, file, *arguments, limit=60):
        return self.wedgehog("image", "adopt", "--accel", "tcg", str(file), *arguments, limit=limit)

    def disk(self, name, content=SPINNING_SECTOR, size=1 << 20):
        path = self.place / name
        with open(path, "wb") as file:
            file.write(content)
            file.truncate(max(size, len(content)))
        return path

    def expect_nothing_left(self):
        self.expect_no_machine()
        left = [one.name for one in self.images.glob("*")] + [one.name for one in self.images.glob(".*")]
        self.assertEqual([one for one in left if not one.endswith(".failed")], [])


class BadInput(Adopting):
    def test_what_is_no_disk(self):
        self.expect(self.adopt(self.place / "nonesuch"), 3, "there is no file", "nonesuch")
        self.expect(self.adopt(self.place), 3, "is no regular file")
        self.expect(self.adopt(self.write("text", "a text\n")), 3, "no boot sector")
        self.expect(self.adopt(self.disk("empty", b"")), 3, "no boot sector")
        medium = bytearray(SPINNING_SECTOR + bytes(40000))
        medium[16 * 2048 + 1:16 * 2048 + 6] = b"CD001"
        self.expect(self.adopt(self.disk("medium.iso", bytes(medium))), 3, "a medium to install from")
        self.expect_nothing_left()

    def test_a_disk_that_needs_another_file(self):
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self.disk("below"),
                        self.place / "above.qcow2"], check=True)
        self.expect(self.adopt(self.place / "above.qcow2"), 3, "only what differs from another file", "qemu-img convert")
        self.expect_nothing_left()

    def test_names_that_are_none_or_taken(self):
        disk = self.disk("disk")
        self.expect(self.adopt(disk, "--name", "../x"), 3, "is no name for an image")
        self.expect(self.adopt(disk, "--name", "linux"), 3, "choose another --name")
        self.expect(self.adopt(disk, "--os", "plan9"), 3, "plan9", "known: dragonfly, illumos, linux")
        (self.images / "mine").mkdir(parents=True)
        self.expect(self.adopt(disk, "--name", "mine"), 3, "there is an image 'mine' already", "--replace")
        self.expect(self.wedgehog("image", "build", "linux", "--suite", "trixie"), 3, "--suite is not for this image")
        self.expect(self.wedgehog("image", "build", "linux-disk", "--kernel", "/x"), 3, "--kernel is not for this image")

    def test_no_qemu_and_no_tools(self):
        disk = self.disk("disk")
        self.expect(self.adopt(disk, "--qemu", "/nonexistent/qemu"), 2, "/nonexistent/qemu")
        self.expect_nothing_left()
        self.environment["PATH"] = str(self.place)
        self.expect(self.adopt(disk), 2, "qemu-img", "apt-get install qemu-utils")
        self.expect_nothing_left()

    def test_two_at_once(self):
        making = self.images / ".mine.making"
        making.mkdir(parents=True)
        (making / "left").write_text("by one that was killed")
        with open(making / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.expect(self.adopt(self.disk("disk"), "--name", "mine"), 2, "somebody else is making the image 'mine'")
            self.assertTrue((making / "left").exists())
        self.expect(self.adopt(self.disk("disk"), "--name", "mine", "--qemu", "/nonexistent/qemu"), 2, "/nonexistent/qemu")
        self.expect_nothing_left()

    def test_no_room(self):
        self.write("qemu-img", f"""#!/bin/sh
[ "$1" != info ] || exec echo '{{"format": "raw", "virtual-size": 1048576, "actual-size": 1000000000000000}}'
exec {shutil.which("qemu-img")} "$@"
""", executable=True)
        self.environment["PATH"] = f"{self.place}:{os.environ['PATH']}"
        self.expect(self.adopt(self.disk("disk")), 2, "there is not enough room for a copy")
        self.expect_nothing_left()

    def test_a_sealed_disk_that_was_changed(self):
        image = self.images / "mine"
        image.mkdir(parents=True)
        (image / "disk.qcow2").write_text("a disk")
        profile = (pathlib.Path(driving.ROOT) / "images/linux-disk/profile.yaml").read_text()
        (image / "profile.yaml").write_text(profile.replace("name: linux-disk", "name: mine"))
        facts = {"format": 1, "name": "mine", "kernel_release": "6",
                 "files": {"disk.qcow2": {"sha256": hashlib.sha256(b"a disk").hexdigest(), "bytes": 6}},
                 "sealed": {"mtime_ns": (image / "disk.qcow2").stat().st_mtime_ns}}
        (image / "image.json").write_text(json.dumps(facts))
        self.expect(self.wedgehog("image", "show", "mine", "--sum"), 0, "kernel 6")
        facts["files"]["disk.qcow2"]["sha256"] = "0" * 64
        (image / "image.json").write_text(json.dumps(facts))
        self.expect(self.wedgehog("image", "show", "mine"), 0)
        self.expect(self.wedgehog("image", "show", "mine", "--sum"), 2, "is not what it was")
        (image / "disk.qcow2").write_text("another")
        self.expect(self.wedgehog("image", "list"), 0, "was changed since it was sealed")
        ended = self.run_recipe("name: x\nimage: linux\nsteps: [reset]\n", "--accel", "tcg", "--image", "mine")
        self.expect(ended, 2, "was changed since it was sealed", "--replace")
        self.assertEqual(self.stored(), [])
        ended = self.run_recipe("name: x\nimage: linux\nsteps: [reset]\n", "--accel", "tcg", "--image", "yours")
        self.expect(ended, 3, "there is no image 'yours'", "mine", "wedgehog image adopt")


    def test_packages_that_a_recipe_needs_and_a_disk_lacks(self):
        image = self.images / "mine"
        image.mkdir(parents=True)
        (image / "disk.qcow2").write_text("a disk")
        profile = (pathlib.Path(driving.ROOT) / "images/linux-disk/profile.yaml").read_text()
        (image / "profile.yaml").write_text(profile.replace("name: linux-disk", "name: mine"))
        facts = {"format": 1, "name": "mine", "kernel_release": "6", "packages": ["dpkg", "xfsprogs", "fio"],
                 "files": {"disk.qcow2": {"sha256": hashlib.sha256(b"a disk").hexdigest(), "bytes": 6}},
                 "sealed": {"mtime_ns": (image / "disk.qcow2").stat().st_mtime_ns}}
        (image / "image.json").write_text(json.dumps(facts))
        recipe = "name: x\nimage: mine\nmachine: {memory: 1GiB}\npackages: [%s]\nsteps: [reset]\n"
        for command in (("run", "--dry-run"), ("check", "--on", "direct")):
            lacking = self.wedgehog(*command, self.write("x.yaml", recipe % "xfsprogs, acl, bc"))
            self.expect(lacking, 3, "packages acl, bc: they are not on the disk of the image 'mine'",
                        "wedgehog image build linux-disk --name mine --package acl --package bc --package xfsprogs")
            self.expect(self.wedgehog(*command, self.write("x.yaml", recipe % "xfsprogs, fio")), 0)
        del facts["packages"]
        (image / "image.json").write_text(json.dumps(facts))
        self.expect(self.wedgehog("run", "--dry-run", self.write("x.yaml", recipe % "fio")), 3,
                    "nobody has said which packages of Debian the image 'mine' has")
        other = self.write("x.yaml", "name: x\nimage: illumos\nmachine: {memory: 2GiB}\npackages: [fio]\nsteps: [reset]\n")
        self.expect(self.wedgehog("check", "--on", "direct", other), 3, "packages fio")


class BadBuilds(Adopting):
    def setUp(self):
        super().setUp()
        self.environment["XDG_CACHE_HOME"] = str(self.place / "cache")

    def build(self, *arguments):
        return self.wedgehog("image", "build", "linux-disk", "--accel", "tcg", *arguments)

    def test_missing_programs_are_said_at_once(self):
        for name in ("bash", "cat", "chmod", "dirname", "env", "id", "realpath", "tail", "touch"):
            (self.place / name).symlink_to(shutil.which(name))
        self.environment["PATH"] = str(self.place)
        ended = self.build()
        self.expect(ended, 2, "this needs what is not here", "mmdebstrap", "apt-get install", "could not be made")
        self.expect_nothing_left()

    @unittest.skipUnless(shutil.which("mmdebstrap"), "mmdebstrap is missing")
    def test_a_download_that_is_cut(self):
        ended = self.build("--mirror", "http://127.0.0.1:9/debian")
        self.expect(ended, 2, "could not be had", "run this again")
        self.expect_nothing_left()
        self.assertEqual(list((self.place / "cache/wedgehog/images/linux-disk").glob("work.*")), [])

    @unittest.skipUnless(shutil.which("mmdebstrap"), "mmdebstrap is missing")
    def test_words_that_are_none(self):
        self.expect(self.build("--suite", "Bookworm;rm"), 2, "no name of a suite")
        self.expect(self.build("--package", "$(rm)"), 2, "is no name of a package")
        self.expect(self.build("--size", "5"), 2, "bytes are meant")


@unittest.skipUnless(shutil.which("mmdebstrap"), "mmdebstrap is missing")
class Adopted(Adopting):
    def test_a_disk_without_a_login(self):
        ended = self.adopt(self.disk("disk"), "--name", "mute", "--time-scale", "0.1", limit=120)
        self.expect(ended, 1, "it did not say 'login: ' within 48", WORDS.decode(), "The whole transcript")
        self.assertIn(WORDS, (self.images / "mute.failed/console.raw").read_bytes())
        self.expect_nothing_left()

    def test_an_interruption_leaves_nothing(self):
        one = self.start("image", "adopt", "--accel", "tcg", str(self.disk("disk")), "--name", "cut")
        self.wait_for_machine()
        driving.signal_to(one)
        self.expect(self.finish(one, 40), 130, "stopping")
        self.expect_nothing_left()

    def test_a_debian_from_login_to_wedge(self):
        disk = self.place / "debian.raw"
        made = subprocess.run([f"{driving.ROOT}/images/linux-disk/make-disk", "--output", disk, "--size", "3000000000"],
                              capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        before = hashlib.file_digest(open(disk, "rb"), "sha256").hexdigest()

        # A root with a password: the right one opens, a wrong one is said to be.
        guarded = self.with_password(disk, "correct horse")
        ended = self.adopt(guarded, "--name", "guarded", "--password-file", self.write("wrong", "battery staple\n"), limit=900)
        self.expect(ended, 1, "the login as root was refused", "--password-file")
        ended = self.adopt(guarded, "--name", "guarded", "--password-file", self.write("right", "correct horse\n"), limit=1200)
        self.expect(ended, 0, "the agent beats")
        self.assertNotIn("correct horse", (self.images / "guarded/console.raw").read_text(errors="replace"))
        guarded.unlink()
        shutil.rmtree(self.images / "guarded")

        # One whose program ends at once is installed, and never beats.
        silent = self.write("silent", "#!/bin/sh\n[ \"$1\" = --version ]\n", executable=True)
        ended = self.adopt(disk, "--name", "silent", "--agent", silent, "--time-scale", "0.5", limit=900)
        self.expect(ended, 1, "the agent did not come up", "The console's last words")
        self.expect_nothing_left()

        self.expect(self.adopt(disk, "--name", "night", limit=1200), 0, "the agent beats", "kernel ")
        self.assertEqual(hashlib.file_digest(open(disk, "rb"), "sha256").hexdigest(), before)
        facts = json.loads((self.images / "night/image.json").read_text())["adopted"]
        self.assertEqual((facts["source"], facts["source_sha256"]), (str(disk), before))
        self.assertIn("wedgehog: installed", (self.images / "night/console.raw").read_text(errors="replace"))
        self.expect(self.adopt(disk, "--name", "night"), 3, "--replace")
        self.expect(self.wedgehog("image", "show", "night", "--sum"), 0)
        packages = json.loads((self.images / "night/image.json").read_text())["packages"]
        self.assertIn("systemd", packages)
        recipe = "name: x\nimage: night\nmachine: {memory: 1GiB}\npackages: [systemd, fio]\nsteps: [reset]\n"
        self.expect(self.wedgehog("run", self.write("recipe.yaml", recipe)), 3, "packages fio: they are not on the disk")

        golden = hashlib.file_digest(open(self.images / "night/disk.qcow2", "rb"), "sha256").hexdigest()
        ended = self.wedgehog("run", "--image", "night", f"{driving.ROOT}/recipes/smoke/linux.yaml", limit=600)
        self.expect(ended, 0, "passed")
        for recipe, verdict in ((HELD_WRITE, "wedged/held-io"), (LOST_WAKEUP, "wedged/software-wait")):
            ended = self.wedgehog("run", self.write("recipe.yaml", recipe), limit=900)
            self.expect(ended, 1, verdict, "met")
        self.assertEqual(hashlib.file_digest(open(self.images / "night/disk.qcow2", "rb"), "sha256").hexdigest(), golden)

        run = self.start("run", self.write("recipe.yaml", WAITS))
        self.wait_until("a guest that is up", lambda: "the guest is up" in self.relayed(), 300)
        os.utime(self.images / "night/disk.qcow2")
        self.expect(self.finish(run, 300), 2, "was changed since it was sealed")
        self.expect(self.wedgehog("run", self.write("recipe.yaml", WAITS)), 2, "was changed since it was sealed")
        self.expect_clean()

    def with_password(self, disk, password):
        """A copy of the disk whose root has one, written into its ext4."""
        copy, shadow = self.place / "guarded.raw", self.place / "shadow"
        shutil.copyfile(disk, copy)
        parts = json.loads(subprocess.run(["/sbin/sfdisk", "--json", copy], capture_output=True, check=True).stdout)
        root = max(parts["partitiontable"]["partitions"], key=lambda part: part["size"])
        place = f"{copy}?offset={root['start'] * 512}"
        text = subprocess.run(["/sbin/debugfs", "-R", "cat /etc/shadow", place], capture_output=True, text=True, check=True).stdout
        sum = subprocess.run(["openssl", "passwd", "-6", password], capture_output=True, text=True, check=True).stdout.strip()
        lines = [f"root:{sum}:{line.split(':', 2)[2]}" if line.startswith("root:") else line for line in text.splitlines()]
        shadow.write_text("\n".join(lines) + "\n")
        for order in ("rm /etc/shadow", f"write {shadow} /etc/shadow", "sif /etc/shadow mode 0100640", "sif /etc/shadow gid 42"):
            subprocess.run(["/sbin/debugfs", "-w", "-R", order, place], capture_output=True, check=True)
        shadow.unlink()
        return copy

    def relayed(self):
        return self.wedgehog("log", "latest").out


if __name__ == "__main__":
    group = sys.argv.pop(1)
    if not shutil.which("qemu-img") or not shutil.which("qemu-system-x86_64"):
        print("skipped: QEMU or qemu-img is missing (apt-get install qemu-system-x86 qemu-utils)")
        sys.exit(77)
    if group == "nightly" and not shutil.which("mmdebstrap"):
        print("skipped: mmdebstrap is missing (apt-get install mmdebstrap fdisk)")
        sys.exit(77)
    chosen = {"peers": (BadInput, BadBuilds), "nightly": (Adopted,)}[group]
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    suite = unittest.TestSuite(load(one) for one in chosen)
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
