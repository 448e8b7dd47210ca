#!/usr/bin/env python3
"""Systems that are installed from their vendor's medium: `wedgehog image build NAME`. The vendors' own media cannot be had where
this is tested; a stand-in is made by xorriso, and served by a server that behaves badly. `peers`: fetching, checking, exchanging.
`vm`: a stand-in whose installer asks on its serial console is installed, adopted and run. `nightly`: more of what goes wrong there.
Exit codes: 0, 1 a case failed, 77 nothing to try it with."""

import fcntl
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import unittest

import driving

PROFILE = (pathlib.Path(driving.ROOT) / "images/linux-disk/profile.yaml").read_text().replace("name: linux-disk", "name: standin")
ADOPT = """format: 1
os: linux
memory: 512MiB
disk: /dev/vdb
dialogue:
  - {expect: "standin login: ", limit: 2m, again: "\\n", after: 20s, send: "root\\n"}
  - {expect: "standin# ", limit: 1m, send: "cd / && tar xpf {disk} && sh /wedgehog/install\\n"}
  - {expect: "wedgehog: installed", limit: 2m}
meanwhile:
  - {expect: "wedgehog: not installed", failure: "the agent could not be installed"}
off: "poweroff -f\\n"
off_by_agent: poweroff -f
off_limit: 1m
ready_limit: 3m
"""
INSTALL = """format: 1
memory: 512MiB
system_disk: 128MiB
disk: /dev/vdb
dialogue:
  - {expect: "Install on which disk? ", limit: 2m, send: "vda\\n"}
  - {expect: "# ", limit: 1m, send: "tar xf {disk} -C /tmp && sh /tmp/wedgehog/finish\\n"}
  - {expect: "wedgehog: system is on the disk", limit: 2m}
off: "poweroff -f\\n"
off_limit: 1m
"""
# In QEMU's place: what it was given is looked at, and nothing boots.
LOOKING_QEMU = """#!/bin/sh
for one in "$@"; do
  case $one in
    *node-name=install-medium*) cp "${one##*filename=}" "%s" ;;
  esac
  printf '%%s\\n' "$one"
done >"%s"
echo "this is no QEMU" >&2
exit 1
"""


def xorriso(*arguments):
    ended = subprocess.run(["xorriso", "-no_rc", *map(str, arguments)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


def boot_records(iso):
    """The El Torito entries: what boots, from where on the medium."""
    said = xorriso("-indev", iso, "-report_el_torito", "plain")
    return [line for line in said.splitlines() if line.startswith("El Torito") and "catalog" not in line]


class Server:
    """Serves one file by HTTP as `behave` says, which gets the request and the number of those before it."""

    def __init__(self, content):
        self.content, self.asked, self.behave = content, [], self.serve
        outer = self

        class Answering(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append((self.path, self.headers.get("Range")))
                self.close_connection = True
                try:
                    outer.behave(self, len(outer.asked))
                except (BrokenPipeError, ConnectionResetError):
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/medium.iso"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def begin(self, request, at, length=None):
        request.send_response(206 if at else 200)
        if at:
            request.send_header("Content-Range", f"bytes {at}-{len(self.content) - 1}/{len(self.content)}")
        request.send_header("Content-Length", str(length or len(self.content) - at))
        request.end_headers()

    def at(self, request):
        asked = request.headers.get("Range")
        return int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0

    def serve(self, request, _):
        at = self.at(request)
        if at >= len(self.content):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(self.content)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        self.begin(request, at)
        request.wfile.write(self.content[at:])

    def cut_once(self, request, number):
        if number > 1:
            return self.serve(request, number)
        self.begin(request, 0)
        request.wfile.write(self.content[:len(self.content) // 3])

    def redirect(self, to):
        def answer(request, number):
            if request.path == "/there" or to is None and number > 3:
                return self.serve(request, number)
            request.send_response(302)
            request.send_header("Location", to or f"/{number}")
            request.send_header("Content-Length", "0")
            request.end_headers()
        return answer

    def status(self, code, times=1000):
        def answer(request, number):
            if number > times:
                return self.serve(request, number)
            request.send_response(code)
            request.send_header("Content-Length", "0")
            request.end_headers()
        return answer


class Media(driving.Case):
    def setUp(self):
        super().setUp()
        self.images = self.place / "data/wedgehog/images"
        self.cache = self.place / "cache/wedgehog"
        self.environment.update(XDG_DATA_HOME=str(self.place / "data"), XDG_CACHE_HOME=str(self.place / "cache"),
                                WEDGEHOG_ROOT=str(self.place / "root"))
        self.kind = self.place / "root/images/standin"
        for folder in ("adopt", "install"):
            (self.kind / folder).mkdir(parents=True)
        for name, text in (("profile.yaml", PROFILE), ("adopt.yaml", ADOPT), ("install.yaml", INSTALL),
                           ("adopt/install", "#!/bin/sh\necho 'wedgehog: installed'\n"), ("install/finish", "#!/bin/sh\n")):
            (self.kind / name).write_text(text)

    def make_medium(self, **files):
        """An ISO 9660 that a BIOS boots, as mkisofs makes them: Rock Ridge, Joliet, two boot records."""
        tree = self.place / "tree"
        (tree / "boot").mkdir(parents=True, exist_ok=True)
        for name, text in {"boot/loader.conf": "kernel_options=\"-C\"\n", "boot/cdboot": "\xeb\xfe" * 1024,
                           "boot/efi.img": "e" * 4096, "a file": "with a text\n" * 20000, **files}.items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text, encoding="latin-1")
        iso = self.place / "vendor.iso"
        iso.unlink(missing_ok=True)
        subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-V", "STANDIN", "-o", iso, "-b", "boot/cdboot",
                        "-no-emul-boot", "-eltorito-alt-boot", "-e", "boot/efi.img", "-no-emul-boot", tree],
                       check=True, capture_output=True)
        return iso

    def describe(self, url="https://vendor.invalid/medium.iso", content=b"", most="64MiB", exchange=None, **more):
        sum_ = more.pop("sum", "sha256:" + hashlib.sha256(content).hexdigest())
        text = f"format: 1\nname: medium.iso\nurl: {url}\nchecksum: {sum_}\nmost: {most}\n"
        text += "".join(f"{key}: {value}\n" for key, value in more.items())
        text += exchange or """exchange:
  - {path: /boot/loader.conf, append: "console=\\"comconsole\\"\\n"}
  - {path: /boot/conf.d/serial, content: "console=\\"ttya\\"\\n"}
"""
        (self.kind / "medium.yaml").write_text(text)

    def build(self, *arguments, limit=60, scale="0.1"):
        return self.wedgehog("image", "build", "standin", "--accel", "tcg", "--time-scale", scale, *arguments, limit=limit)

    def looking(self):
        """Arguments by which the build goes as far as the machine, whose medium is then `seen`."""
        self.seen, self.argv = self.place / "seen.iso", self.place / "argv"
        qemu = self.write("looking-qemu", LOOKING_QEMU % (self.seen, self.argv), executable=True)
        return ("--qemu", qemu)

    def expect_at_machine(self, ended):
        self.expect(ended, 2, "this is no QEMU")
        self.assertTrue(self.seen.exists(), str(ended))

    def expect_nothing_left(self):
        self.expect_no_machine()
        left = [one.name for one in [*self.images.glob("*"), *self.images.glob(".*"), *self.cache.glob("installing/*")]]
        self.assertEqual([one for one in left if not one.endswith(".failed")], [])


class Fetching(Media):
    def setUp(self):
        super().setUp()
        self.iso = self.make_medium()
        self.server = Server(self.iso.read_bytes())
        self.addCleanup(self.server.close)
        self.describe(self.server.url, self.server.content)

    def fetch(self, behave=None, *arguments, **how):
        if behave:
            self.server.behave = behave
        return self.build(*self.looking(), *arguments, **how)

    def parts(self):
        return list(self.cache.glob("media/*.part"))

    def test_whole_and_only_once(self):
        self.expect_at_machine(self.fetch())
        self.assertEqual(len(self.server.asked), 1)
        self.expect_at_machine(self.fetch())
        self.assertEqual(len(self.server.asked), 1)
        kept = next(self.cache.glob("media/sha256-*[0-9a-f]"))
        self.assertEqual(kept.read_bytes(), self.server.content)
        kept.write_bytes(b"damaged by the host")
        self.expect_at_machine(self.fetch())
        self.assertEqual(len(self.server.asked), 2)
        self.expect_nothing_left()

    def test_cut_in_the_middle(self):
        ended = self.fetch(self.server.cut_once)
        self.expect_at_machine(ended)
        self.assertIn("trying again", ended.err)
        self.assertEqual(self.server.asked[1][1], f"bytes={len(self.server.content) // 3}-")
        self.assertEqual(self.parts(), [])

    def test_cut_for_good_and_gone_on_later(self):
        def always(request, number):
            self.server.begin(request, self.server.at(request))
            if number == 1:
                request.wfile.write(self.server.content[:5000])
        ended = self.fetch(always)
        self.expect(ended, 2, "are kept", "--from FILE", "4.9 KiB")
        self.assertEqual(len(self.server.asked), 4)
        self.expect_nothing_left()
        self.expect_at_machine(self.fetch(self.server.serve))
        self.assertEqual(self.server.asked[-1][1], "bytes=5000-")

    def test_a_server_that_cannot_go_on_in_the_middle(self):
        def ignores(request, number):
            self.server.begin(request, 0)
            request.wfile.write(self.server.content[:7000 if number == 1 else None])
        self.expect_at_machine(self.fetch(ignores))
        self.assertEqual([asked for _, asked in self.server.asked], [None, "bytes=7000-", None])

    def test_interrupted_by_the_user(self):
        def slow(request, _):
            at = self.server.at(request)
            self.server.begin(request, at)
            request.wfile.write(self.server.content[at:at + 9000])
            request.wfile.flush()
            time.sleep(20)
        self.server.behave = slow
        one = self.start("image", "build", "standin", "--accel", "tcg", *self.looking())
        self.wait_until("the beginning of the medium", lambda: [p for p in self.parts() if p.stat().st_size == 9000])
        driving.signal_to(one)
        self.expect(self.finish(one, 10), 130)
        self.assertEqual(self.parts()[0].stat().st_size, 9000)
        self.expect_nothing_left()
        self.expect_at_machine(self.fetch(self.server.serve))
        self.assertEqual(self.server.asked[-1][1], "bytes=9000-")

    def test_slower_than_the_deadline(self):
        def stalls(request, number):
            self.server.begin(request, self.server.at(request))
            time.sleep(30)
        ended = self.fetch(stalls)
        self.expect(ended, 2, "too slow", "the same command goes on")
        self.assertLess(ended.seconds, 50)

    def test_a_wrong_file(self):
        right = hashlib.sha256(self.server.content).hexdigest()
        self.server.content = self.server.content[:-1] + b"!"
        wrong = hashlib.sha256(self.server.content).hexdigest()
        self.expect(self.fetch(), 3, "gives another file", f"expected sha256:{right}", f"it has sha256:{wrong}")
        self.assertEqual(self.parts(), [])
        self.expect_nothing_left()

    def test_a_beginning_of_another_version(self):
        right = hashlib.sha256(self.server.content).hexdigest()
        (self.cache / "media").mkdir(parents=True)
        (self.cache / f"media/sha256-{right}.part").write_bytes(b"older" * 1000)
        ended = self.fetch()
        self.expect_at_machine(ended)
        self.assertIn("from the beginning", ended.err)
        self.assertEqual([asked for _, asked in self.server.asked], ["bytes=5000-", None])
        # Longer than the whole: the server has nothing behind it.
        self.environment["XDG_CACHE_HOME"] = str(self.place / "other")
        part = self.place / f"other/wedgehog/media/sha256-{right}.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(bytes(len(self.server.content) + 10))
        self.expect_at_machine(self.fetch())

    def test_whole_but_not_yet_named(self):
        right = hashlib.sha256(self.server.content).hexdigest()
        (self.cache / "media").mkdir(parents=True)
        (self.cache / f"media/sha256-{right}.part").write_bytes(self.server.content)
        self.expect_at_machine(self.fetch())

    def test_redirected(self):
        self.expect_at_machine(self.fetch(self.server.redirect("/there")))

    def test_redirected_for_ever_or_to_a_file(self):
        self.expect(self.fetch(self.server.redirect("/medium.iso")), 2, "redirects")
        self.expect(self.fetch(self.server.redirect(f"file://{self.iso}")), 2, "fetching http://127.0.0.1")
        self.expect_nothing_left()

    def test_not_there(self):
        self.expect(self.fetch(self.server.status(404)), 3, "404")
        self.assertEqual(len(self.server.asked), 1)
        self.expect_at_machine(self.fetch(self.server.status(503, times=2)))

    def test_nobody_listens(self):
        self.describe("http://127.0.0.1:9/medium.iso", self.server.content)
        self.expect(self.fetch(), 2, "127.0.0.1", "the same command goes on")

    def test_too_large(self):
        self.describe(self.server.url, self.server.content, most="64KiB")
        self.expect(self.fetch(), 3, "is larger than 64.0 KiB")

        def unannounced(request, _):
            request.send_response(200)
            request.end_headers()
            for at in range(0, len(self.server.content), 50000):
                request.wfile.write(self.server.content[at:at + 50000])
                time.sleep(0.3)
        self.expect(self.fetch(unannounced), 3, "is larger than 64.0 KiB")
        self.expect_nothing_left()

    def test_no_room(self):
        self.describe(self.server.url, self.server.content, most="2000TiB")

        def huge(request, _):
            self.server.begin(request, 0, 1000 << 40)
            request.wfile.write(b"x" * 5000)
            request.wfile.flush()
            time.sleep(10)
        self.expect(self.fetch(huge), 2, "there is not enough room for medium.iso")

    def test_two_at_once(self):
        folder = self.cache / "media"
        folder.mkdir(parents=True)
        with open(folder / f"sha256-{hashlib.sha256(self.server.content).hexdigest()}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.expect(self.fetch(), 2, "somebody else is fetching medium.iso")
        (self.cache / "installing/standin").mkdir(parents=True, exist_ok=True)
        with open(self.cache / "installing/standin/lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.expect(self.fetch(), 2, "somebody else is making the image 'standin'")

    def test_another_place_and_another_medium(self):
        self.describe("https://vendor.invalid/medium.iso", b"another")
        sum_ = "md5:" + hashlib.md5(self.server.content).hexdigest()
        self.expect_at_machine(self.fetch(None, "--url", self.server.url, "--checksum", sum_))
        self.expect(self.fetch(None, "--url", "file:///etc/passwd"), 3, "https://")
        self.expect(self.fetch(None, "--checksum", "md5:12"), 3, "ALGORITHM:HEX", "sha256")


class Given(Media):
    def test_what_is_no_medium(self):
        self.describe(content=b"", no_disk="take the .iso")
        build = lambda file: self.build("--from", str(file), *self.looking())
        self.expect(build(self.place / "nonesuch"), 3, "there is no file", "nonesuch")
        self.expect(build(self.place), 3, "is no regular file")
        self.expect(build(self.write("text", "a text\n")), 3, "it is no medium of ISO 9660")
        raw = self.place / "raw.img"
        raw.write_bytes(bytes(510) + b"\x55\xaa" + bytes(100000))
        self.expect(build(raw), 3, "it is a disk", "take the .iso")
        for name, magic in (("bunzip2", b"BZh9"), ("gunzip", b"\x1f\x8b"), ("unxz", b"\xfd7zXZ\0"), ("unzstd", b"\x28\xb5\x2f\xfd")):
            (self.place / "packed").write_bytes(magic + bytes(50000))
            self.expect(build(self.place / "packed"), 3, "unpack it first", name)
        iso = bytearray(self.make_medium().read_bytes())
        iso[17 * 2048:18 * 2048] = bytes(2048)
        (self.place / "bootless.iso").write_bytes(iso)
        self.expect(build(self.place / "bootless.iso"), 3, "nothing boots from it")
        self.expect_nothing_left()

    def test_another_medium(self):
        iso = self.make_medium()
        self.describe(content=b"")
        found = hashlib.sha256(iso.read_bytes()).hexdigest()
        ended = self.build("--from", str(iso), *self.looking())
        self.expect(ended, 3, f"expected sha256:{hashlib.sha256(b'').hexdigest()}", f"it has sha256:{found}", "--checksum")
        self.expect_at_machine(self.build("--from", str(iso), "--checksum", f"sha256:{found}", *self.looking()))
        self.describe(content=b"", most="64KiB")
        self.expect(self.build("--from", str(iso)), 3, "has at most 64.0 KiB")

    def test_what_is_exchanged_and_what_is_not(self):
        iso = self.make_medium(**{"boot/deep/er/file": "x\n", "boot/a+b_c.d-e": "y\n"})
        before = iso.read_bytes()
        self.describe(content=before)
        self.expect_at_machine(self.build("--from", str(iso), *self.looking()))
        self.assertEqual(iso.read_bytes(), before, "the user's own file was changed")
        self.assertEqual(boot_records(self.seen), boot_records(iso))
        out = self.place / "out"
        xorriso("-osirrox", "on:auto_chmod_on", "-indev", self.seen, "-extract", "/", out)
        read = {str(one.relative_to(out)): one.read_text(encoding="latin-1") for one in out.rglob("*") if one.is_file()}
        tree = self.place / "tree"
        wanted = {str(one.relative_to(tree)): one.read_text(encoding="latin-1") for one in tree.rglob("*") if one.is_file()}
        wanted["boot/loader.conf"] += 'console="comconsole"\n'
        wanted["boot/conf.d/serial"] = 'console="ttya"\n'
        self.assertEqual({name: text for name, text in read.items() if name in wanted}, wanted)
        self.assertLessEqual(set(read) - set(wanted), {"boot.catalog", "boot/boot.cat"})
        # All that was there is where it was, but for the descriptors that lead to the new folders.
        after = self.seen.read_bytes()
        changed = {at // 2048 for at in range(len(before)) if before[at] != after[at]} if before != after[:len(before)] else set()
        self.assertLessEqual(changed, set(range(16, 24)), "other sectors than the descriptors were changed")
        self.assertIn("Joliet", xorriso("-indev", self.seen, "-toc"))
        argv = self.argv.read_text().splitlines()
        self.assertIn("ide-cd,id=install-cd,drive=install-medium,bootindex=0", argv)
        self.assertIn("virtio-blk-pci,id=system-disk,drive=system,bootindex=1", argv)
        self.assertNotIn("-netdev", argv)
        self.expect_nothing_left()

    def test_a_medium_without_what_is_added_to(self):
        iso = self.make_medium()
        self.describe(content=iso.read_bytes(), exchange="exchange: [{path: /boot/other.conf, append: \"x\\n\"}]\n")
        self.expect(self.build("--from", str(iso), *self.looking()), 3, "has no file /boot/other.conf")
        self.expect_nothing_left()

    def test_no_room_for_a_copy_and_no_programs(self):
        iso = self.make_medium()
        self.describe(content=iso.read_bytes())
        self.environment["PATH"] = str(self.place)
        self.expect(self.build(), 2, "curl xorriso qemu-img", "apt-get install curl xorriso qemu-utils")
        self.expect(self.build("--from", str(iso)), 2, "xorriso qemu-img", "apt-get install xorriso qemu-utils")

    def test_wrong_descriptions(self):
        iso = self.make_medium()
        self.describe(content=iso.read_bytes(), sum="sha256:12")
        self.expect(self.build("--from", str(iso)), 3, "medium.yaml:4:", "checksum")
        self.describe(content=iso.read_bytes())
        (self.kind / "install.yaml").write_text(INSTALL.replace("off_limit", "of_limit"))
        self.expect(self.build("--from", str(iso), *self.looking()), 3, "install.yaml:", "did you mean 'off_limit'")
        self.expect_nothing_left()

    def test_options_that_do_not_fit(self):
        self.describe()
        self.expect(self.build("--suite", "trixie"), 3, "--suite is not for this image")
        self.expect(self.build("--package", "x"), 3, "--package is not for this image")
        self.environment["WEDGEHOG_ROOT"] = driving.ROOT
        self.expect(self.wedgehog("image", "build", "linux", "--from", "/x"), 3, "--from is not for this image")
        self.expect(self.wedgehog("image", "build", "linux-disk", "--url", "/x"), 3, "--url is not for this image")
        for name in ("dragonfly", "illumos"):
            self.expect(self.wedgehog("image", "build", name, "--from", "/nonexistent.iso"), 3, "there is no file")

# What the stand-in boots: the Linux image's kernel and its initramfs, with another first program in front.
BEGINNING = """#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/console >/dev/console 2>&1
while read -r module; do insmod "$module" 2>/dev/null; done <"/lib/modules/$(uname -r)/wedgehog.boot"
echo 1 >/proc/sys/kernel/printk
rm -rf /wedgehog
mkdir -p /tmp /root
"""
# The vendor's: it asks, and gives a shell. With the word standin.licence it asks more than is known of it, with standin.deaf it
# does not hear the first answer.
INSTALLER = BEGINNING + """
echo "Welcome to the installer of Standin"
printf 'Install on which disk? '
grep -q standin.deaf /proc/cmdline && read -r lost
read -r disk
grep -q standin.licence /proc/cmdline && printf 'Do you accept the licence of 2027? [y/N] ' && read -r answer
echo "A shell for what else is to be done on $disk:"
while :; do PS1='installer# ' setsid cttyhack sh; done
"""
# What it leaves on the disk: a login without a password, and room for an agent behind 64 MiB.
INSTALLED = BEGINNING + """
dd if=/dev/vda bs=1M skip=64 2>/dev/null | tar x -C / 2>/dev/null
[ ! -x /wedgehog/agent ] || while :; do
  for port in /sys/class/virtio-ports/*; do
    [ "$(cat "$port/name")" != org.wedgehog.agent.0 ] || /wedgehog/agent "/dev/${port##*/}"
  done
  sleep 1
done &
while :; do
  printf 'standin login: '
  read -r name
  [ "$name" = root ] && PS1='standin# ' setsid cttyhack sh
done
"""
FINISH = """#!/bin/sh
dd if=/payload of=/dev/vda bs=1M conv=fsync 2>/dev/null && echo 'wedgehog: system is on the disk'
"""
KEEP_AGENT = """#!/bin/sh
/wedgehog/agent --version || { echo 'wedgehog: not installed: the agent does not start'; exit 1; }
tar c -C / wedgehog | dd of=/dev/vda bs=1M seek=64 conv=fsync 2>/dev/null && echo 'wedgehog: installed'
"""
SMOKE = """
name: standin-smoke
image: standin
machine: {vcpus: 1, memory: 512MiB}
budgets: {boot: 3m, no_progress: 60s, run: 3m}
steps:
  - run: {script: "test -x /wedgehog/agent && echo the installed system is up", deadline: 30s}
"""
CHANGED_UNDER_IT = SMOKE + "  - wait: 20s\n"
ISOLINUX = (pathlib.Path("/usr/lib/ISOLINUX/isolinux.bin"), pathlib.Path("/usr/lib/syslinux/modules/bios/ldlinux.c32"),
            pathlib.Path("/usr/lib/ISOLINUX/isohdpfx.bin"))


class StandIn(Media):
    """The whole of it on real machines; the stand-in's kernel speaks on a screen until its loader's configuration is exchanged."""

    def setUp(self):
        super().setUp()
        caches = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "wedgehog/built/linux"
        self.linux = caches
        (self.kind / "install/finish").write_text(FINISH)
        (self.kind / "adopt/install").write_text(KEEP_AGENT)
        self.iso = self.place / "standin.iso"
        disk = self.bootable(self.place / "disk.iso", INSTALLED, "console=ttyS0", {})
        # What is installed is no medium any more.
        content = bytearray(disk.read_bytes())
        content[16 * 2048 + 1:16 * 2048 + 6] = b"12345"
        self.disk = self.place / "disk.raw"
        self.disk.write_bytes(content)
        self.bootable(self.iso, INSTALLER, "console=tty0", {"payload": self.disk})
        self.cfg("console=ttyS0")

    def cfg(self, words):
        text = f"default go\nlabel go\n kernel /boot/vmlinuz\n initrd /boot/initramfs,/boot/first\n append {words} quiet panic=-1\n"
        lines = "".join(f"      {line}\n" for line in text.splitlines())
        self.describe(content=self.iso.read_bytes(), most="512MiB",
                      exchange="exchange:\n  - path: /boot/isolinux/isolinux.cfg\n    content: |\n" + lines)

    def bootable(self, iso, first, words, files):
        tree, front = self.place / f"tree-{iso.stem}", self.place / f"front-{iso.stem}"
        (tree / "boot/isolinux").mkdir(parents=True)
        front.mkdir()
        for name, file in files.items():
            shutil.copy(file, front / name)
        (front / "init").write_text(first)
        (front / "init").chmod(0o755)
        names = "\n".join(sorted(one.name for one in front.iterdir())).encode()
        packed = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=front, input=names, capture_output=True, check=True)
        (tree / "boot/first").write_bytes(packed.stdout)
        for name in ("vmlinuz", "initramfs"):
            shutil.copy(self.linux / name, tree / "boot" / name)
        for file in ISOLINUX[:2]:
            shutil.copy(file, tree / "boot/isolinux")
        (tree / "boot/isolinux/isolinux.cfg").write_text(
            f"default go\nlabel go\n kernel /boot/vmlinuz\n initrd /boot/initramfs,/boot/first\n append {words} quiet panic=-1\n")
        subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "STANDIN", "-o", iso, "-b", "boot/isolinux/isolinux.bin",
                        "-c", "boot/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
                        "-isohybrid-mbr", ISOLINUX[2], tree], check=True, capture_output=True)
        return iso


class Installed(StandIn):
    def test_from_the_medium_to_a_run(self):
        server = Server(self.iso.read_bytes())
        self.addCleanup(server.close)
        server.behave = server.cut_once
        ended = self.build("--url", server.url, scale="1", limit=300)
        self.expect(ended, 0, "trying again", "the system is installed", "the agent beats", "kernel ")
        facts = json.loads((self.images / "standin/image.json").read_text())["adopted"]
        self.assertEqual(facts["source"], f"medium.iso (sha256:{hashlib.sha256(self.iso.read_bytes()).hexdigest()})")
        self.expect_nothing_but("standin")
        self.expect(self.build("--from", str(self.iso)), 0, "is up to date: nothing to do")
        self.expect(self.wedgehog("run", "--accel", "tcg", self.write("smoke.yaml", SMOKE)), 0, "passed")
        golden = self.images / "standin/disk.qcow2"
        run = self.start("run", "--accel", "tcg", self.write("wait.yaml", CHANGED_UNDER_IT))
        self.wait_until("a guest that is up", lambda: "system is up" in self.wedgehog("log", "latest").out, 120)
        os.utime(golden)
        self.expect(self.finish(run, 120), 2, "was changed since it was sealed")
        self.expect(self.wedgehog("image", "adopt", str(self.disk), "--name", "standin"), 3, "there is an image 'standin' already")

    def test_an_installer_that_asks_something_else(self):
        self.cfg("console=ttyS0 standin.licence")
        (self.kind / "install.yaml").write_text(INSTALL.replace('"# ", limit: 1m', '"# ", limit: 15s'))
        ended = self.build("--from", str(self.iso), scale="1", limit=200)
        self.expect(ended, 1, "it did not say '# ' within 15", "step 2 of 3", "Do you accept the licence of 2027?",
                    "The whole transcript: ")
        self.assertIn(b"licence of 2027", (self.images / "standin.failed/console.raw").read_bytes())
        self.expect_nothing_left()

    def expect_nothing_but(self, name):
        self.expect_no_machine()
        self.assertEqual([one.name for one in [*self.images.iterdir(), *self.cache.glob("installing/*")]], [name])


class GoneWrong(StandIn):
    def test_a_medium_whose_loader_was_not_exchanged(self):
        self.cfg("console=tty0")
        (self.kind / "install.yaml").write_text(INSTALL.replace('disk? ", limit: 2m', 'disk? ", limit: 20s'))
        ended = self.build("--from", str(self.iso), scale="1", limit=200)
        self.expect(ended, 1, "it did not say 'Install on which disk? ' within 20")
        self.expect_nothing_left()

    def test_a_line_that_loses_what_was_typed(self):
        self.cfg("console=ttyS0 standin.deaf")
        (self.kind / "install.yaml").write_text(INSTALL.replace('"# ", limit: 1m', '"# ", limit: 1m, again: "vda\\n", after: 8s'))
        self.expect(self.build("--from", str(self.iso), scale="1", limit=300), 0, "the system is installed", "the agent beats")
        self.expect_no_machine()

    def test_an_interruption_while_it_is_installed(self):
        one = self.start("image", "build", "standin", "--accel", "tcg", "--from", str(self.iso))
        self.wait_until("the installer", lambda: any(
            b"Welcome" in file.read_bytes() for file in self.cache.glob("installing/standin/console.raw")), 120)
        driving.signal_to(one)
        self.expect(self.finish(one, 40), 130, "stopping")
        self.expect_nothing_left()

    def test_a_guest_that_cannot_build_the_agent(self):
        for os_ in ("dragonfly", "illumos"):
            for name in ("install", "build-agent"):
                shutil.copy(pathlib.Path(driving.ROOT) / f"images/{os_}/adopt" / name, self.kind / "adopt")
            (self.kind / "adopt.yaml").write_text(ADOPT.replace("os: linux", f"os: {os_}"))
            (self.kind / "profile.yaml").write_text(PROFILE.replace("os: linux", f"os: {os_}"))
            shutil.copytree(pathlib.Path(driving.ROOT) / "guest-agent", self.place / "root/guest-agent", dirs_exist_ok=True)
            ended = self.wedgehog("image", "adopt", "--accel", "tcg", "--time-scale", "1", "--os", os_, str(self.disk), limit=200)
            self.expect(ended, 1, "the agent could not be installed", "wedgehog: not built: this system has no", "--agent FILE")
        self.expect_nothing_left()

    def test_a_guest_without_room(self):
        (self.kind / "adopt.yaml").write_text(ADOPT.replace("cd / && tar", "mount -t tmpfs -o size=16k x /mnt && cd /mnt && tar").replace(
            "sh /wedgehog/install", "sh /wedgehog/install || echo wedgehog:' not installed'"))
        ended = self.wedgehog("image", "adopt", "--accel", "tcg", "--time-scale", "1", str(self.disk), limit=200)
        self.expect(ended, 1, "the agent could not be installed", "No space left")
        self.expect_nothing_left()


if __name__ == "__main__":
    group = sys.argv.pop(1)
    for need, package in (("qemu-img", "qemu-utils"), ("xorriso", "xorriso"), ("curl", "curl")):
        if not shutil.which(need):
            print(f"skipped: {need} is missing (apt-get install {package})")
            sys.exit(77)
    if group != "peers":
        for need, package in ((ISOLINUX[0], "isolinux"), (ISOLINUX[1], "syslinux-common")):
            if not need.exists():
                print(f"skipped: {need} is missing (apt-get install {package})")
                sys.exit(77)
    chosen = {"peers": (Fetching, Given), "vm": (Installed,), "nightly": (GoneWrong,)}[group]
    only = sys.argv[1:]
    load = unittest.defaultTestLoader
    suite = unittest.TestSuite(load.loadTestsFromName(one, sys.modules["__main__"]) for one in only) if only else \
        unittest.TestSuite(load.loadTestsFromTestCase(one) for one in chosen)
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
