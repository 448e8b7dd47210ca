"""Runs on real libvirt daemons, good days and bad ones: after each nothing of ours is left, neither domain nor volume nor process."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

import certificates  # noqa: E402
import daemon  # noqa: E402
import driving  # noqa: E402

RECIPES = pathlib.Path(driving.ROOT) / "recipes"

WAITING = """
name: waiting
image: linux
disks:
  data: {size: 64MiB}
steps:
  - run: echo begun > /dev/console
  - wait: 10m
"""

HOLDING = """
name: holding
image: linux
disks:
  data: {size: 64MiB}
steps:
  - inject: {fault: hold, as: stuck, disk: data, op: write, count: 1}
  - workload: {name: writer, script: "while true; do dd if=/dev/zero of=/dev/wedgehog/data bs=4k count=1 oflag=direct; done 2>/dev/null"}
  - run: echo begun > /dev/console
  - wait: 45s
"""

WRITING = """
name: writing
image: linux
disks:
  data: {size: 64MiB}
steps:
  - run: |
      dd if=/dev/urandom of=/tmp/words bs=64k count=32 && dd if=/tmp/words of=/dev/wedgehog/data bs=64k oflag=direct
      dd if=/dev/wedgehog/data of=/tmp/again bs=64k count=32 iflag=direct && cmp /tmp/words /tmp/again
      echo begun > /dev/console
  - wait: 10s
"""

NOT_OURS = """<domain type='qemu'><name>somebody-elses</name><memory unit='MiB'>32</memory>
<os><type arch='x86_64' machine='q35'>hvm</type></os><devices><controller type='usb' model='none'/></devices></domain>"""

ABANDONED = """<domain type='qemu'><name>wedgehog-left-behind-1-1</name>
<metadata><wedgehog:machine xmlns:wedgehog="urn:wedgehog:machine:1" run="old" owner="{host} {pid} 0"/></metadata>
<memory unit='MiB'>32</memory>
<os><type arch='x86_64' machine='q35'>hvm</type></os><devices><controller type='usb' model='none'/></devices></domain>"""


class Without(driving.Case):
    """There is no daemon, or no place of that name."""

    def test_an_absent_daemon_is_named_with_its_remedy(self):
        done = self.run_recipe(WAITING, "--on", f"qemu+unix:///system?socket={self.place}/nobody")
        self.assertEqual(done.code, 2, done)
        self.assertIn("nobody", done.err)
        self.assertIn("apt-get install libvirt-daemon-system", done.err)

    def test_a_host_that_refuses_is_named(self):
        done = self.run_recipe(WAITING, "--on", "qemu+tcp://127.0.0.1:9/system")
        self.assertEqual(done.code, 2, done)
        self.assertIn("does the daemon listen there", done.err)

    def test_a_word_that_is_no_place_is_wrong_usage(self):
        for word in ("nowhere", "xen:///system"):
            done = self.run_recipe(WAITING, "--on", word)
            self.assertEqual(done.code, 3, done)
            self.assertIn("qemu:///session", done.err)

    def test_a_host_has_a_name(self):
        self.environment["WEDGEHOG_HOSTS"] = self.write(
            "hosts.yaml", f"format: 1\nhosts:\n  farm3: {{uri: 'qemu+unix:///system?socket={self.place}/nobody', slots: 2}}\n")
        done = self.run_recipe(WAITING, "--on", "farm3")
        self.assertEqual(done.code, 2, done)
        self.assertIn(f"{self.place}/nobody", done.err)
        other = self.run_recipe(WAITING, "--on", "farm4")
        self.assertEqual(other.code, 3, other)
        self.assertIn("known: farm3", other.err)

    def test_certificates_that_are_no_good_are_said_before_anything_starts(self):
        self.environment["WEDGEHOG_HOSTS"] = self.write(
            "hosts.yaml", "format: 1\nhosts:\n  farm3: {uri: 'qemu+tcp://127.0.0.1:9/system', disks_tls: pki}\n")
        for words in (["farm3"], ["qemu+tcp://127.0.0.1:9/system", "--disks-tls", f"{self.place}/pki"]):
            done = self.run_recipe(WAITING, "--on", *words)
            self.assertEqual(done.code, 3, done)
            self.assertIn(f"{self.place}/pki/server-cert.pem: No such file", done.err)

    def test_domains_are_what_libvirts_schema_wants(self):
        if not shutil.which("virt-xml-validate"):
            self.skipTest("virt-xml-validate is not installed")
        described = sorted((pathlib.Path(driving.ROOT) / "orchestrator/src/tests/testdata/libvirt").glob("*.xml"))
        self.assertGreaterEqual(len(described), 5)
        for one in described:
            done = subprocess.run(["virt-xml-validate", str(one), "domain"], check=False, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_a_recipe_needs_and_libvirt_lacks_is_said_before_anything_starts(self):
        for backend, wanted in (("libvirt", "disks come and go"), ("libvirt-far", "disks come and go")):
            done = self.wedgehog("check", "--on", backend, str(RECIPES / "faults" / "unplug.yaml"))
            self.assertEqual(done.code, 3, done)
            self.assertIn(wanted, done.err)
        far = self.wedgehog("check", "--on", "libvirt-far", str(RECIPES / "faults" / "power-cut.yaml"))
        self.assertEqual(far.code, 3, far)
        near = self.wedgehog("check", "--on", "libvirt", str(RECIPES / "faults" / "power-cut.yaml"))
        self.assertEqual(near.code, 0, near)


class On(driving.Case):
    FAR = False

    @classmethod
    def setUpClass(cls):
        cls.daemon = daemon.Daemon(far=cls.FAR).start()
        cls.addClassCleanup(cls.daemon.stop)

    def tearDown(self):
        self.assertEqual([one for one in self.daemon.domains() if one != "somebody-elses"], [])
        if self.FAR:
            self.wait_until("volumes of the machine are gone", lambda: not self.daemon.volumes(), limit=20)
        self.assertEqual(self.machines(), [])
        for said in self.results.glob("runs/*/performer.stderr"):
            self.assertNotIn("Sanitizer", said.read_text(errors="replace"))

    def on(self, *words, **how):
        return self.wedgehog("run", "--on", self.daemon.uri, *words, limit=300, **how)

    def somebody_suspends_it_while_a_request_is_held(self):
        # QEMU waits for the request before it stops, and libvirt for QEMU: the disk gives the request back after 15 s, keeps
        # it, and the daemon can answer again.
        one = self.begin(HOLDING)
        time.sleep(3)
        began = time.monotonic()
        self.daemon.virsh("suspend", self.daemon.domains()[0])
        self.assertLess(time.monotonic() - began, 28, "libvirt gives up after 30")
        done = self.finish(one, 120)
        self.assertEqual(done.code, 2, done)
        self.assertIn("paused", done.out)
        self.assertIn("stuck (hold): 1 hit", done.out)

    def begin(self, text=WAITING):
        recipe = self.write("recipe.yaml", text)
        one = self.start("run", "--on", self.daemon.uri, recipe)
        self.wait_until("its domain runs", self.daemon.domains, limit=60)
        self.wait_until("its first step", lambda: "begun" in self.console(), limit=120)
        return one


class Near(On):
    def test_a_recipe_passes_and_its_command_line_is_a_domain(self):
        done = self.on(str(RECIPES / "smoke" / "linux.yaml"))
        self.assertEqual(done.code, 0, done)
        dry = self.on("--dry-run", str(RECIPES / "smoke" / "linux.yaml"))
        self.assertIn("virsh -c " + self.daemon.uri + " create", dry.out)

    def test_a_qemu_that_hangs_in_a_drain_is_judged_and_freed(self):
        done = self.on(str(RECIPES / "faults" / "pause-whatever-is-held.yaml"), "--by-expectation")
        self.assertEqual(done.code, 0, done)

    def test_a_wedge_keeps_its_memory_and_the_daemon_lives(self):
        # The event of a dump that it had not asked for killed the daemon, and with it every other machine.
        wedge = self.on("--by-expectation", str(RECIPES / "lab" / "lost-wakeup.yaml"))
        self.assertEqual(wedge.code, 0, wedge)
        memory = next(next(self.results.glob("runs/lab-lost-wakeup*")).glob("**/memory.elf"))
        with open(memory, "rb") as core:
            self.assertEqual(core.read(4), b"\x7fELF")
        self.assertEqual(self.daemon.domains(), [])

    def test_a_daemon_that_is_killed_is_the_hosts_fault_and_leaves_nothing(self):
        one = self.begin()
        self.daemon.kill()
        done = self.finish(one, 120)
        self.daemon.start()
        self.assertEqual(done.code, 2, done)
        self.assertIn("host-stopped", done.out)
        self.assertIn("the connection to", done.out)

    def test_somebody_suspends_it_while_a_request_is_held(self):
        self.somebody_suspends_it_while_a_request_is_held()

    def test_somebody_destroys_the_domain(self):
        one = self.begin()
        self.daemon.virsh("destroy", self.daemon.domains()[0])
        done = self.finish(one, 120)
        self.assertEqual(done.code, 2, done)
        self.assertIn("host-stopped", done.out)

    def test_a_killed_performer_takes_its_domain_along(self):
        one = self.begin()
        for pid in self.performers():
            os.kill(pid, signal.SIGKILL)
        self.finish(one, 120)
        self.wait_until("the domain is gone", lambda: not self.daemon.domains(), limit=30)

    def performers(self):
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and "perform" in driving.command_line(entry) and str(self.results) in driving.command_line(entry):
                found.append(int(entry))
        return found

    def test_a_user_who_stops_it_leaves_nothing(self):
        one = self.begin()
        one.send_signal(signal.SIGINT)
        done = self.finish(one, 60)
        self.assertEqual(done.code, 130, done)

    def test_sweeping_takes_what_is_ours_and_abandoned_and_nothing_else(self):
        self.daemon.virsh("create", self.write("other.xml", NOT_OURS))
        dead = subprocess.Popen(["true"])
        dead.wait()
        self.daemon.virsh("create", self.write("left.xml", ABANDONED.format(host=os.uname().nodename, pid=dead.pid)))
        seen = self.wedgehog("--json", "machines", "--on", self.daemon.uri)
        self.assertEqual([json.loads(line)["domain"] for line in seen.out.splitlines()], ["wedgehog-left-behind-1-1"], seen)
        self.assertTrue(json.loads(seen.out)["abandoned"])
        swept = self.wedgehog("machines", "--on", self.daemon.uri, "--sweep")
        self.assertEqual(swept.code, 0, swept)
        self.assertEqual(self.daemon.domains(), ["somebody-elses"])
        self.daemon.virsh("destroy", "somebody-elses")

    def test_the_doctor_says_what_is_there(self):
        done = self.wedgehog("doctor", "--on", self.daemon.uri)
        self.assertIn("libvirt 9", done.out)
        self.assertIn("near", done.out)


class Far(On):
    FAR = True

    def test_a_recipe_passes_without_a_shared_file_system(self):
        done = self.on(str(RECIPES / "smoke" / "linux.yaml"))
        self.assertEqual(done.code, 0, done)
        kept = self.daemon.virsh("vol-list", "wedgehog").stdout
        self.assertIn("vmlinuz.whole", kept)

    def test_a_recipe_passes_over_ssh(self):
        if not shutil.which("sshd", path="/usr/sbin") or not shutil.which("nc"):
            self.skipTest("sshd or nc is not installed")
        uri = self.daemon.listen_by_ssh()
        done = self.wedgehog("run", "--on", uri, str(RECIPES / "smoke" / "linux.yaml"), limit=300)
        self.assertEqual(done.code, 0, done)

    def test_files_travel_and_a_wedge_keeps_its_memory(self):
        done = self.on("--by-expectation", str(RECIPES / "smoke" / "own-files.yaml"))
        # It cuts the power, which only a QEMU of ours can be.
        self.assertEqual(done.code, 3, done)
        wedge = self.on("--by-expectation", str(RECIPES / "lab" / "lost-wakeup.yaml"))
        self.assertEqual(wedge.code, 0, wedge)
        folder = next(self.results.glob("runs/lab-lost-wakeup*"))
        memory = next(folder.glob("**/memory.elf"))
        with open(memory, "rb") as core:
            self.assertEqual(core.read(4), b"\x7fELF")

    def test_a_host_that_goes_is_the_hosts_fault(self):
        one = self.begin()
        subprocess.run(["ip", "link", "set", self.daemon.link + "a", "down"], check=True)
        try:
            done = self.finish(one, 180)
        finally:
            subprocess.run(["ip", "link", "set", self.daemon.link + "a", "up"], check=True)
            subprocess.run(["ip", "addr", "replace", f"{self.daemon.net}.1/24", "dev", self.daemon.link + "a"], check=True)
        self.assertEqual(done.code, 2, done)
        # The daemon notices on its side that its client is gone.
        self.wait_until("the domain is gone", lambda: not self.daemon.domains(), limit=120)

    def test_somebody_suspends_it_while_a_request_is_held(self):
        self.somebody_suspends_it_while_a_request_is_held()

    def certified(self):
        """What this host and the other need for encrypted disks; hosts.yaml names the other `farm3`."""
        if not shutil.which("openssl"):
            self.skipTest("openssl is not installed")
        root = certificates.Authority(self.place / "authority")
        ours = self.place / "pki"
        ours.mkdir()
        root.sign("server", ours, "DNS:disks.example")
        shutil.copy(root.certificate, ours)
        self.environment["WEDGEHOG_HOSTS"] = self.write(
            "hosts.yaml", f"format: 1\nhosts:\n  farm3: {{uri: '{self.daemon.uri}', disks_tls: pki}}\n")
        theirs = self.daemon.place / "pki"
        for old in theirs.iterdir():
            old.unlink()
        return root, ours, theirs

    def test_disks_travel_encrypted_and_in_no_other_way(self):
        root, _, theirs = self.certified()
        shutil.copy(root.certificate, theirs)
        root.sign("client", theirs)
        shutil.chown(theirs / "client-key.pem", user=64055)
        one = self.start("run", "--on", "farm3", self.write("recipe.yaml", WRITING))
        self.wait_until("its first step", lambda: "begun" in self.console(), limit=180)
        source = re.search(r"<source protocol='nbd' name='([0-9a-f]{32})' tls='yes'.*?<host name='([0-9.]+)' port='([0-9]+)'",
                           self.daemon.virsh("dumpxml", self.daemon.domains()[0]).stdout, re.S)
        self.assertIsNotNone(source)
        name, host, port = source.groups()
        plain = subprocess.run(["qemu-img", "info", f"nbd://{host}:{port}/{name}"], check=False, capture_output=True, text=True)
        self.assertNotEqual(plain.returncode, 0, plain.stdout)
        self.assertIn("TLS", plain.stderr)
        done = self.finish(one, 180)
        self.assertEqual(done.code, 0, done)

    def test_a_host_without_the_certificates_is_told_which(self):
        root, ours, theirs = self.certified()
        recipe = self.write("recipe.yaml", WRITING)

        def refused():
            done = self.wedgehog("run", "--on", "farm3", recipe, limit=120)
            self.assertEqual(done.code, 2, done)
            return done.all
        self.assertIn("put that ca-cert.pem into /etc/pki/qemu", refused())
        shutil.copy(certificates.Authority(self.place / "another").certificate, theirs)
        self.assertIn("is not that of who signed our server-cert.pem", refused())
        shutil.copy(root.certificate, theirs)
        self.assertIn("put client-cert.pem and client-key.pem into", refused())
        root.sign("client", theirs)
        self.assertIn("must be able to read client-cert.pem", refused())
        good = self.wedgehog("doctor", "--on", "farm3")
        self.assertIn("as disks.example until", good.out)
        os.chmod(ours / "server-key.pem", 0o644)
        bad = self.wedgehog("doctor", "--on", "farm3")
        self.assertIn(f"chmod 600 {ours}/server-key.pem", bad.out)

    def test_the_doctor_says_where_disks_are_reached(self):
        done = self.wedgehog("doctor", "--on", self.daemon.uri)
        self.assertIn(f"{self.daemon.net}.1", done.out)
        self.assertIn("far", done.out)


class SmallPool(driving.Case):
    def test_a_full_pool_is_said_and_nothing_stays_in_it(self):
        small = daemon.Daemon(far=True, pool_bytes=4 << 20).start()
        self.addCleanup(small.stop)
        done = self.run_recipe(WAITING, "--on", small.uri, limit=180)
        self.assertEqual(done.code, 2, done)
        self.assertIn("No space left", done.all)
        self.assertEqual(small.domains(), [])
        self.wait_until("the half is gone", lambda: "vmlinuz" not in small.virsh("vol-list", "wedgehog").stdout, limit=20)


if __name__ == "__main__":
    group = sys.argv.pop(1)
    if group != "peers" and (why := daemon.lacks()):
        print("skipped:", why)
        sys.exit(77)
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    # By day what shows that it works at all; by night everything.
    groups = {"peers": [load(Without)],
              "vm": [unittest.TestSuite(map(Near, ["test_a_wedge_keeps_its_memory_and_the_daemon_lives",
                                                   "test_a_daemon_that_is_killed_is_the_hosts_fault_and_leaves_nothing",
                                                   "test_a_recipe_passes_and_its_command_line_is_a_domain",
                                                   "test_sweeping_takes_what_is_ours_and_abandoned_and_nothing_else"])),
                     unittest.TestSuite([Far("test_a_recipe_passes_without_a_shared_file_system")])],
              "nightly": [load(Near), load(Far), load(SmallPool)]}
    suite = unittest.TestSuite(groups[group])
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
