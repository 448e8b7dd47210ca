#!/usr/bin/env python3
"""The launcher's building, with a ninja of our own that builds nothing: what is told while it
builds, of a build that fails, and that Ctrl-C ends it. WEDGEHOG_ROOT: the sources."""
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = os.environ["WEDGEHOG_ROOT"]
NINJA = """#!/bin/sh
trap 'echo stopped >"$STOPPED"; exit 2' TERM
echo begun >"$STOPPED"
for i in 1 2 3; do echo "[$i/3] Building CXX object x$i"; sleep "$STEP" & wait $!; done
[ -z "$FAIL" ] || { echo "FAILED: x4"; echo "x4.cpp:3:1: error: nonsense"; exit 1; }
"""


class Building(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.place = Path(self.folder.name)
        (self.place / "build").mkdir()
        (self.place / "build/build.ninja").touch()
        for name, text in (("ninja", NINJA), ("dpkg-query", "#!/bin/sh\nprintf installed\n")):
            (self.place / name).write_text(text)
            (self.place / name).chmod(0o755)

    def start(self, step, fail=""):
        return subprocess.Popen(
            [ROOT + "/wedgehog", "build"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=dict(os.environ, PATH=f"{self.place}:{os.environ['PATH']}", STEP=step, FAIL=fail,
                     STOPPED=str(self.place / "stopped"), WEDGEHOG_BUILD=str(self.place / "build")))

    def test_a_build_that_has_nothing_to_do_says_nothing_of_itself(self):
        launcher = self.start("0")
        self.assertEqual(launcher.communicate(timeout=60)[0],
                         f"wedgehog: built {self.place}/build/bin/wedgehog\n")
        self.assertEqual(launcher.returncode, 0)

    def test_the_errors_of_a_build_that_fails_are_shown_whole(self):
        launcher = self.start("0", fail="yes")
        said = launcher.communicate(timeout=60)[0]
        self.assertEqual(said, "FAILED: x4\nx4.cpp:3:1: error: nonsense\nwedgehog: the build failed\n")
        self.assertEqual(launcher.returncode, 3)

    def test_ctrl_c_ends_it(self):
        launcher = self.start("100")
        until = time.monotonic() + 60
        while not (self.place / "stopped").exists() and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(1)
        launcher.send_signal(signal.SIGINT)
        said = launcher.communicate(timeout=30)[0]
        self.assertIn("the build was stopped", said)
        self.assertEqual(launcher.returncode, 130)
        self.assertEqual((self.place / "stopped").read_text(), "stopped\n")


if __name__ == "__main__":
    unittest.main()
