"""Drives the wedgehog program from outside, as a user would: each case has a folder, a results directory and a tmpfs folder of
its own, so that what is left over can be told from what other runs on this machine use."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

WEDGEHOG = os.environ.get("WEDGEHOG", "wedgehog")
ROOT = os.environ.get("WEDGEHOG_ROOT", str(pathlib.Path(__file__).resolve().parents[4]))

# A program in QEMU's place that starts, keeps its arguments in sight of /proc, and says nothing.
SILENT_QEMU = """#!/bin/sh
exec python3 -c 'import time; time.sleep(600)' "$0" "$@"
"""


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""  # it ended


class Finished:
    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds
        self.all = out + err

    def __str__(self):
        return f"exit code {self.code} after {self.seconds:.1f} s\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Case(unittest.TestCase):
    """What every bad day has in common: nothing stays running, nothing stays in memory, the results stay readable."""

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="wedgehog-bad-day-"))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.runtime = pathlib.Path(tempfile.mkdtemp(prefix="wedgehog-bad-day-", dir="/dev/shm"))
        self.addCleanup(shutil.rmtree, self.runtime, ignore_errors=True)
        self.results = self.place / "results"
        self.environment = dict(os.environ, WEDGEHOG_ROOT=ROOT, WEDGEHOG_RUNTIME=str(self.runtime))
        self.orchestrators = []
        self.addCleanup(self.end_orchestrators)

    def end_orchestrators(self):
        for one in self.orchestrators:
            if one.poll() is None:
                one.kill()
                one.wait()
        # What a broken orchestrator left behind names the case's folder, which nobody else knows.
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid() and f"{self.place}/" in command_line(entry):
                try:
                    os.kill(int(entry), signal.SIGKILL)
                except ProcessLookupError:
                    pass

    # Starting things

    def write(self, name, text, executable=False):
        path = self.place / name
        path.write_text(text)
        if executable:
            path.chmod(0o755)
        return str(path)

    def start(self, *arguments, results=None, wrapper=(), stdout=subprocess.PIPE, stderr=subprocess.PIPE):
        one = subprocess.Popen(
            [*wrapper, WEDGEHOG, "--results", str(results or self.results), *arguments],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
            text=True, errors="replace", start_new_session=True)
        one.began = time.monotonic()
        self.orchestrators.append(one)
        return one

    def finish(self, one, limit=120):
        try:
            out, err = one.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            one.kill()
            out, err = one.communicate()
            self.fail(f"still running after {limit} s\n--- stdout\n{out}\n--- stderr\n{err}")
        return Finished(one.returncode, out or "", err or "", time.monotonic() - one.began)

    def wedgehog(self, *arguments, limit=120, **how):
        return self.finish(self.start(*arguments, **how), limit)

    def run_recipe(self, text, *arguments, limit=120, **how):
        recipe = self.write("recipe.yaml", text)
        return self.wedgehog("run", "--time-scale", "1", *arguments, recipe, limit=limit, **how)

    # Looking

    def machines(self):
        """Processes that work for this case: all that name its folders, but for the orchestrators and what looks on."""
        ours = {str(os.getpid())} | {str(one.pid) for one in self.orchestrators}
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and entry not in ours:
                text = command_line(entry)
                if str(self.runtime) in text or f"{self.place}/" in text and "console.raw" in text:
                    found.append(int(entry))
        return found

    def wait_until(self, what, condition, limit=60):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if value := condition():
                return value
            time.sleep(0.05)
        self.fail(f"{what}: not within {limit} s")

    def wait_for_machine(self):
        return self.wait_until("a machine of this run", self.machines)[0]

    def console(self):
        return "".join(one.read_text(errors="replace") for one in self.results.glob("runs/*/console.raw"))

    def stored(self, *arguments):
        listed = self.wedgehog("results", "list", "--json", *arguments)
        self.assertEqual(listed.code, 0, f"the results are not readable: {listed}")
        return [json.loads(line) for line in listed.out.splitlines()]

    # Asserting

    def expect(self, ended, code, *words):
        self.assertEqual(ended.code, code, str(ended))
        for word in words:
            self.assertIn(word, ended.all, str(ended))
        for word in ("terminate called", "Assertion", "Sanitizer"):
            self.assertNotIn(word, ended.err, str(ended))

    def expect_no_machine(self, limit=2):
        end = time.monotonic() + limit
        while left := self.machines():
            if time.monotonic() > end:
                self.fail(f"still running {limit} s later: " + "\n".join(command_line(pid) for pid in left))
            time.sleep(0.05)

    def expect_clean(self):
        self.expect_no_machine()
        self.assertEqual(os.listdir(self.runtime), [], "left in memory")

    def expect_one_run(self, verdict):
        runs = self.stored()
        self.assertEqual([run["verdict"] for run in runs], [verdict], runs)
        return runs[0]

    def expect_wreckage(self, run, *files):
        folder = pathlib.Path(run["wreckage"] or "/nonexistent")
        self.assertTrue(folder.is_dir(), f"{run} has no wreckage folder")
        for name in files:
            self.assertTrue((folder / name).exists(), f"{name} is not in {sorted(folder.rglob('*'))}")
        return folder


class HermeticCase(Case):
    """With an image of its own that cannot boot but costs nothing: for everything that goes wrong before the guest."""

    def setUp(self):
        super().setUp()
        image = self.place / "root/images/linux"
        image.mkdir(parents=True)
        shutil.copy(pathlib.Path(ROOT) / "images/linux/profile.yaml", image)
        self.write("root/images/linux/build", """#!/bin/sh
set -e
while [ $# -gt 0 ]; do
  case $1 in --output) output=$2 ;; esac
  shift
done
[ ! -e "$output/image.json" ] || { echo "up to date"; exit 0; }
echo "building"
mkdir -p "$output"
head -c 4096 /dev/zero >"$output/vmlinuz"
echo none >"$output/initramfs"
row() { printf '"%s": {"sha256": "%s", "bytes": %s}' "$1" "$(sha256sum <"$output/$1" | cut -d' ' -f1)" "$2"; }
echo '{"format": 1, "name": "linux", "kernel_release": "none", "files": {'"$(row vmlinuz 4096), $(row initramfs 5)}}" \
  >"$output/image.json"
""", executable=True)
        self.environment.update(WEDGEHOG_ROOT=str(self.place / "root"), XDG_CACHE_HOME=str(self.place / "cache"))

    def silent_qemu(self):
        return self.write("silent-qemu", SILENT_QEMU, executable=True)


def signal_to(one, number=signal.SIGINT):
    os.kill(one.pid, number)
