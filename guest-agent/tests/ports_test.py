#!/usr/bin/env python3
"""Compiles the agent with its ports to DragonFly and illumos on this host, against headers that
declare only what those systems have: a call that only Linux knows does not compile. Shows first
that the check can fail, by ports that call such things.

    ports_test.py COMPILER        exit code 77: no compiler that says where its headers are
"""
import concurrent.futures
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

AGENT = Path(__file__).resolve().parent.parent
STUBS = AGENT / "tests/stubs"
SYSTEMS = {
    "dragonfly": ["-D__DragonFly__=1"],
    "illumos": ["-D__sun=1", "-D__illumos__=1"],
}
# What the build takes from src/os for each system, read from where CMake reads it.
LISTED = re.compile(r"set\(agent_os_(\w+)\s+([^)]*)\)")
OF_CMAKE = {"dragonfly": "DragonFly", "illumos": "SunOS"}
# Words that only Linux knows, in code or in a path. /proc is illumos' too.
FOREIGN = re.compile(
    r"\b(epoll\w*|eventfd|signalfd|timerfd\w*|inotify\w*|memfd_create|mlock2|prctl|gettid|klogctl|"
    r"cgroup\w*|oom_score_adj|sched_setaffinity|pthread_setaffinity_np|clock_nanosleep|fallocate|"
    r"renameat2|copy_file_range|MAP_POPULATE|MCL_ONFAULT|CLOCK_BOOTTIME|O_TMPFILE|O_PATH)\b"
    r"|/proc/(stat|meminfo|vmstat|diskstats|pressure|self/(exe|oom_score_adj))|/sys/|<linux/|<sys/(klog|sysinfo|prctl)")

compiler = "c++"


def places():
    """The folders of the C++ library and of the compiler's own headers, none of the host's."""
    said = subprocess.run([compiler, "-E", "-x", "c++", "-v", "/dev/null"], capture_output=True, text=True)
    found = re.search(r"#include <\.\.\.> search starts here:\n(.*?)End of search list", said.stderr, re.S)
    every = [] if found is None else [Path(line.strip()).resolve() for line in found[1].splitlines()]
    library = [one for one in every if "c++" in one.parts]
    own = [one for one in every if (one / "stddef.h").exists() and "c++" not in one.parts
           and not (one / "unistd.h").exists()]
    return library, own


def command(system):
    library, own = places()
    # The library's <cstdlib> asks for the next <stdlib.h> behind its own.
    order = [STUBS / system, STUBS / "library", *library, STUBS / "posix", STUBS / "iso", *own]
    options = ["-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-nostdinc", "-nostdinc++",
               "-U__linux__", "-U__linux", "-U__gnu_linux__", *SYSTEMS[system]]
    for place in order:
        options += ["-isystem", str(place)]
    return [compiler, *options, f"-I{AGENT}", f"-I{AGENT}/src"]


def sources(system):
    listed = dict(LISTED.findall((AGENT / "CMakeLists.txt").read_text()))
    common = re.search(r"add_executable\(wedgehog-agent\s+([^$]*)\$", (AGENT / "CMakeLists.txt").read_text())
    return common[1].split(), listed[OF_CMAKE[system]].split()


def said_of(system, file):
    ended = subprocess.run([*command(system), str(file)], capture_output=True, text=True)
    return "" if ended.returncode == 0 else ended.stderr or "the compiler failed"


def scripts_of(system):
    """What evidence_scripts() of a port holds: pairs of string literals."""
    port = (AGENT / f"src/os/{system}.cpp").read_text()
    table = re.search(r"evidence_script> const all\{(.*?)\};\n  return all;", port, re.S)[1]
    found = {}
    for name, literals in re.findall(r'\{"(\w+)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\}', table):
        whole = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))
        found[name] = whole.encode().decode("unicode_escape")
    return found


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


class Ports(unittest.TestCase):
    def test_compile_with_what_their_system_has(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for system in SYSTEMS:
                common, port = sources(system)
                self.assertGreaterEqual(len(common), 10)
                self.assertGreaterEqual(len(port), 3)
                files = [AGENT / name for name in common + port]
                for file, said in zip(files, pool.map(lambda file: said_of(system, file), files)):
                    with self.subTest(system=system, file=file.name):
                        self.assertEqual(said, "")

    def test_hold_no_word_of_linux(self):
        for system in SYSTEMS:
            for name in sources(system)[1]:
                for file in (AGENT / name, (AGENT / name).with_suffix(".hpp")):
                    if file.exists():
                        with self.subTest(file=file.name):
                            self.assertIsNone(FOREIGN.search(without_comments(file.read_text())))


    def test_have_scripts_that_a_shell_can_read_and_the_profile_offers(self):
        for system in SYSTEMS:
            scripts = scripts_of(system)
            self.assertGreaterEqual(len(scripts), 4)
            for name, text in scripts.items():
                with self.subTest(system=system, script=name):
                    read = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True)
                    self.assertEqual((read.returncode, read.stderr), (0, ""), text)
            profile = (AGENT.parent / f"images/{system}/profile.yaml").read_text()
            offered = re.search(r"^collectors: \[([^]]*)\]", profile, re.M)[1].split(", ")
            self.assertEqual(set(offered), {"ps", "dmesg"} | set(scripts), system)


class Mutations(unittest.TestCase):
    """Each of these is a port that must not pass."""

    # Of all systems, then of one: what the other has.
    ALL = {"a header": "#include <sys/epoll.h>\n", "a call": "int grip() { return mlock2(nullptr, 1, 0); }\n",
           "a thread's number": "#include <unistd.h>\nint grip() { return gettid(); }\n",
           "a clock": "#include <time.h>\nint grip() { return CLOCK_BOOTTIME; }\n",
           "a name": "#include <dirent.h>\nint grip(dirent* of) { return of->d_type; }\n"}
    ONE = {"dragonfly": {"kstat": "#include <kstat.h>\n",
                         "a sleep": "#include <time.h>\nint grip(timespec* t) { return clock_nanosleep(0, 0, t, t); }\n"},
           "illumos": {"sysctl": "#include <sys/sysctl.h>\n",
                       "raw": "#include <termios.h>\nvoid grip(termios* t) { cfmakeraw(t); }\n",
                       "reboot": "#include <unistd.h>\nint grip() { return reboot(0); }\n"}}

    def test_do_not_compile(self):
        for system in SYSTEMS:
            port = (AGENT / f"src/os/{system}.cpp").read_text()
            self.assertEqual(said_of(system, AGENT / f"src/os/{system}.cpp"), "")
            for what, text in {**self.ALL, **self.ONE[system]}.items():
                with self.subTest(system=system, what=what), tempfile.TemporaryDirectory() as place:
                    file = Path(place) / "port.cpp"
                    file.write_text(text + port if text.startswith("#include <s") else port + text)
                    self.assertNotEqual(said_of(system, file), "")

    def test_are_seen_by_the_lint(self):
        for text in self.ALL["a call"], '#include <sys/epoll.h>', 'read("/proc/self/oom_score_adj")':
            self.assertIsNotNone(FOREIGN.search(text), text)
        self.assertIsNone(FOREIGN.search(without_comments("int x;  // unlike epoll\n")))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        compiler = sys.argv.pop(1)
    library, own = places()
    if not library or not own:
        print(f"skipped: {compiler} does not say where its headers are")
        sys.exit(77)
    unittest.main()
