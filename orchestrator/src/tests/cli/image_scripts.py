#!/usr/bin/env python3
"""The scripts by which an agent gets built for other systems, with compilers that only write down what they were asked: in the
guest (images/OS/adopt/build-agent) and on this host (images/dragonfly/cross-agent)."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ.get("WEDGEHOG_ROOT") or pathlib.Path(__file__).resolve().parents[4])
OF_CMAKE = {"dragonfly": "DragonFly", "illumos": "SunOS"}
COMPILER = """#!/bin/sh
printf '%s\\n' "$@" >>"$ASKED"
while [ $# -gt 1 ]; do
  [ "$1" != -o ] || echo built >"$2"
  shift
done
"""


def sources(system):
    """What CMake builds the agent of for a system: the truth that the scripts must follow."""
    text = (ROOT / "guest-agent/CMakeLists.txt").read_text()
    common = re.search(r"add_executable\(wedgehog-agent\s+([^$]*)\$", text)[1].split()
    return set(common + re.search(r"set\(agent_os_%s\s+([^)]*)\)" % OF_CMAKE[system], text)[1].split())


class Scripts(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="wedgehog-scripts-"))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.bin = self.place / "bin"
        self.bin.mkdir()
        self.asked = self.place / "asked"
        self.environment = dict(os.environ, ASKED=str(self.asked), HEADERS="/usr/include/x86_64-linux-gnu", LC_ALL="C")

    def program(self, name, text=COMPILER):
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def only(self, *names):
        """Nothing but these of the host's, and our own, is found."""
        for name in names:
            (self.bin / name).symlink_to(shutil.which(name))
        self.environment["PATH"] = str(self.bin)

    def run_script(self, *argv):
        return subprocess.run([str(one) for one in argv], capture_output=True, text=True, env=self.environment)

    def read(self):
        return self.asked.read_text().splitlines()

    def expect(self, ended, code, *words):
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        for word in words:
            self.assertIn(word, ended.stdout + ended.stderr)


class InGuest(Scripts):
    def setUp(self):
        super().setUp()
        shutil.copytree(ROOT / "guest-agent", self.place / "wedgehog/source")

    def build(self, system):
        return self.run_script("/bin/sh", ROOT / f"images/{system}/adopt/build-agent", self.place / "wedgehog/source")

    def test_all_that_ship_can_be_read(self):
        for system in OF_CMAKE:
            for folder in ("adopt", "install"):
                for file in (ROOT / f"images/{system}/{folder}").iterdir():
                    first = file.read_text().splitlines()[0]
                    if first.startswith("#!"):
                        shell = "bash" if "bash" in first else "sh"
                        self.expect(self.run_script(shell, "-n", file), 0)

    def test_everything_is_compiled(self):
        for system in OF_CMAKE:
            for name in ("c++", "g++"):
                self.program(name)
            self.only("rm")
            self.expect(self.build(system), 0, "building the agent")
            self.assertEqual({one for one in self.read() if one.endswith(".cpp")}, sources(system), system)
            self.assertEqual((self.place / "wedgehog/agent").read_text(), "built\n")
            self.asked.unlink()
            (self.bin / "rm").unlink()

    def test_without_a_compiler(self):
        self.only("rm")
        for system in OF_CMAKE:
            self.expect(self.build(system), 1, "wedgehog: not built: this system has no C++ compiler", "--agent FILE")

    def test_with_a_compiler_that_fails(self):
        for name in ("c++", "g++"):
            self.program(name, "#!/bin/sh\necho 'error: no room'\nexit 1\n")
        self.only("rm")
        for system in OF_CMAKE:
            self.expect(self.build(system), 1, "no room", "could not build the agent")

    def test_without_headers_or_sources(self):
        self.environment["HEADERS"] = str(self.place)
        self.expect(self.build("dragonfly"), 1, "has no /usr/include", "raw image")
        shutil.rmtree(self.place / "wedgehog/source")
        for system in OF_CMAKE:
            self.expect(self.build(system), 1, "there are no sources")


@unittest.skipUnless(shutil.which("xorriso"), "xorriso is missing")
class OnHost(Scripts):
    def setUp(self):
        super().setUp()
        self.output = self.place / "agent"
        self.tree = self.place / "tree"
        for name in ("usr/include/sys/types.h", "usr/include/c++/8.0/string_view", "usr/include/c++/8.0/backward/x",
                     "usr/libdata/gcc80/bits/c++config.h", "usr/lib/crt1.o", "usr/lib/crti.o", "usr/lib/crtn.o", "usr/lib/libc.a",
                     "usr/lib/gcc50/libstdc++.a", "usr/lib/gcc80/libstdc++.a", "usr/lib/gcc80/libgcc.a", "usr/lib/gcc80/libgcc_eh.a",
                     "usr/lib/gcc80/crtbeginT.o", "usr/lib/gcc80/crtend.o", "usr/lib/thread/libthread_xu.a"):
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / name).write_text(name)
        # As releases have it: a link from the root.
        (self.tree / "usr/lib/libpthread.a").symlink_to("/usr/lib/thread/libthread_xu.a")
        for name in ("clang++", "ld.lld"):
            self.program(name)
        self.environment["PATH"] = f"{self.bin}:{os.environ['PATH']}"

    def build(self):
        iso = self.place / "medium.iso"
        iso.unlink(missing_ok=True)
        subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", iso, self.tree], check=True, capture_output=True)
        return self.run_script(ROOT / "images/dragonfly/cross-agent", "--medium", iso, "--source", ROOT / "guest-agent",
                               "--output", self.output)

    def test_everything_is_compiled_and_linked_with_what_the_medium_holds(self):
        self.expect(self.build(), 0, str(self.output))
        asked = self.read()
        compiled = {str(pathlib.Path(one).relative_to(ROOT / "guest-agent")) for one in asked if one.endswith(".cpp")}
        self.assertEqual(compiled, sources("dragonfly"))
        self.assertTrue(any(one.endswith("/usr/lib/gcc80/crtbeginT.o") for one in asked), asked)
        self.assertTrue(any(one.endswith("root/usr/include/c++/8.0") for one in asked), asked)
        self.assertTrue(any(one.endswith("root/usr/libdata/gcc80") for one in asked), asked)
        self.assertFalse(any("gcc50" in one for one in asked), "an older compiler's library")
        # Nothing of this host's: all that is named stands in the medium's root, the sources or beside them.
        for one in asked:
            path = one.removeprefix("-L").removeprefix("-I")
            if path.startswith("/usr/"):
                self.fail(f"{one} is this host's")
        self.assertIn("--whole-archive\n-lpthread\n--no-whole-archive", "\n".join(asked))
        self.assertEqual(self.output.read_text(), "built\n")

    def test_a_medium_that_has_not_got_it(self):
        for missing in ("usr/include/sys/types.h", "usr/lib/gcc80/libstdc++.a", "usr/lib/crt1.o", "usr/include/c++/8.0/string_view"):
            for file in self.tree.rglob(pathlib.Path(missing).name):
                file.unlink()
            if missing.endswith("types.h"):
                shutil.rmtree(self.tree / "usr/include/sys")
            self.expect(self.build(), 77, "cannot be built with it")
            self.assertFalse(self.output.exists())
            (self.tree / missing).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / missing).write_text("x")

    def test_a_compiler_that_fails_leaves_nothing(self):
        self.program("ld.lld", "#!/bin/sh\necho 'undefined symbol: dl_iterate_phdr' >&2\nexit 1\n")
        self.assertNotIn(self.build().returncode, (0, 77))
        self.assertFalse(self.output.exists())

    def test_missing_programs_and_wrong_words(self):
        for name in ("clang++", "ld.lld"):
            (self.bin / name).unlink()
        self.only("bash", "env", "cat")
        script = ROOT / "images/dragonfly/cross-agent"
        ended = self.run_script(script, "--medium", "/x", "--source", "/x", "--output", "/x")
        self.expect(ended, 1, "xorriso clang++ ld.lld", "apt-get install xorriso clang lld")
        self.expect(self.run_script(script, "--colour", "red"), 3, "unknown option --colour")


if __name__ == "__main__":
    unittest.main(verbosity=2)
