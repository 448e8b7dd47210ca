#!/usr/bin/env python3
"""Kernels with names: `image build --name`, several images in one command, and what is said of a wrong one. The images are made
by a build of a few lines, so that nothing is downloaded and nothing boots.
Exit codes: 0, 1 a case failed, 77 nothing to try it with."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import driving

# Writes down what it was asked for, in place of a kernel.
BUILD = r"""#!/bin/sh
set -eu
all="$*" output= kept= release=6.1.0-plain
while [ $# -gt 0 ]; do
  case $1 in
    --output) output=$2 ;;
    --kept-in) kept=$2 ;;
    --kernel-package) release=$2 ;;
    --kernel) release=own-$(cat "$2") ;;
    --quiet) shift; continue ;;
  esac
  shift 2
done
mkdir -p "$output"
echo "$all" >"$output/vmlinuz"
echo x >"$output/initramfs"
row() { echo "\"$1\": {\"sha256\": \"$(sha256sum <"$output/$1" | cut -d' ' -f1)\", \"bytes\": $(stat -c %s "$output/$1")}"; }
echo "{\"format\": 1, \"name\": \"linux\", \"kernel_release\": \"$release\", \"files\": {$(row vmlinuz), $(row initramfs)}}" \
  >"$output/image.json"
echo "$output" >"$kept"
"""

RECIPE = """name: any
image: linux
steps: [reset]
"""


class named_kernels(driving.Case):
    def setUp(self):
        super().setUp()
        root = self.place / "root"
        (root / "images/linux").mkdir(parents=True)
        (root / "recipes").mkdir()
        shutil.copy(pathlib.Path(driving.ROOT) / "images/linux/profile.yaml", root / "images/linux")
        build = root / "images/linux/build"
        build.write_text(BUILD)
        build.chmod(0o755)
        other = root / "images/linux-other"
        other.mkdir()
        (other / "build.yaml").write_text("format: 1\nof: linux\nkernel_package: linux-image-other\n")
        self.environment.update(WEDGEHOG_ROOT=str(root), XDG_DATA_HOME=str(self.place / "data"),
                                XDG_CACHE_HOME=str(self.place / "cache"))
        self.recipe = self.write("any.yaml", RECIPE)
        self.kernel = self.write("bzImage", "mine")
        self.modules = str(self.place)

    def build(self, *arguments):
        return self.wedgehog("image", "build", *arguments)

    def dry(self, *arguments):
        done = self.wedgehog("run", "--dry-run", *arguments, self.recipe)
        self.assertEqual(done.code, 0, done)
        return done.out

    def kernels_of(self, text):
        """What the build was asked for, of each command line."""
        words = [word.strip("'") for word in text.split() if word.strip("'").endswith("/vmlinuz")]
        return [pathlib.Path(word).read_text() for word in words]

    def test_a_kernel_is_known_by_the_name_that_its_build_gave_it(self):
        done = self.build("linux", "--name", "mine", "--kernel", self.kernel, "--modules", self.modules, "--package", "fio")
        self.assertEqual(done.code, 0, done)
        self.assertIn("mine: kernel own-mine", done.out)
        listed = self.wedgehog("image", "list").out
        self.assertRegex(listed, r"(?m)^mine +kernel own-mine \(linux with .*/bzImage, fio\)$")
        self.assertRegex(listed, r"(?m)^linux +not there: wedgehog image build linux$")
        self.assertIn("own-mine", self.wedgehog("image", "show", "mine").out)
        (asked,) = self.kernels_of(self.dry("--image", "mine"))
        self.assertIn(f"--kernel {self.kernel} --modules {self.modules} --package fio", asked)

    def test_each_recipe_runs_on_each_image(self):
        for name in ("linux", "linux-other"):
            self.assertEqual(self.build(name).code, 0)
        text = self.dry("--image", "linux", "--image", "linux-other", "--image", "linux")
        self.assertEqual([line for line in text.splitlines() if line.startswith("#")],
                         ["# any[image=linux]", "# any[image=linux-other]"])
        plain, other = self.kernels_of(text)
        self.assertNotIn("--kernel-package", plain)
        self.assertIn("--kernel-package linux-image-other", other)
        self.assertNotIn("image=", self.dry("--image", "linux"))

    def test_what_a_recipe_needs_is_built_beside_the_image_without_it(self):
        self.write("any.yaml", RECIPE + "packages: [fio, stress-ng]\n")
        self.assertEqual(self.build("linux").code, 0)
        done = self.wedgehog("run", "--dry-run", self.recipe)
        self.assertNotEqual(done.code, 0, "the image with these packages was never built")
        self.assertEqual(self.build("linux", "--package", "stress-ng", "--package", "fio").code, 0)
        (asked,) = self.kernels_of(self.dry())
        self.assertIn("--package fio --package stress-ng", asked)

    def test_a_name_is_not_taken_from_what_has_it(self):
        build = ("linux", "--kernel-package", "linux-image-a", "--name")
        self.assertEqual(self.build(*build, "mine").code, 0)
        self.assertEqual(self.build(*build, "mine").code, 0, "the same again is nothing new")
        other = self.build("linux", "--name", "mine", "--kernel-package", "linux-image-b")
        self.assertEqual(other.code, 3, other)
        self.assertIn("--replace", other.err)
        done = self.build("linux", "--name", "mine", "--kernel-package", "linux-image-b", "--replace")
        self.assertEqual(done.code, 0, done)
        self.assertIn("linux-image-b", self.wedgehog("image", "list").out)
        done = self.build("linux-other", "--name", "again")
        self.assertEqual(done.code, 0, done)
        self.assertRegex(self.wedgehog("image", "list").out, r"(?m)^again .*\(linux with linux-image-other\)$")
        for taken in ("linux-other", "linux", "../x", "Mine", ".x", "x.failed"):
            done = self.build(*build, taken)
            self.assertEqual(done.code, 3, done)
            self.assertIn(f"'{taken}'", done.err)
        disk = self.place / "data/wedgehog/images/disk"
        disk.mkdir(parents=True)
        (disk / "image.json").write_text("{}")
        done = self.build(*build, "disk", "--replace")
        self.assertEqual(done.code, 3, done)
        self.assertIn("of a disk", done.err)

    def test_a_wrong_file_says_where_it_is_wrong(self):
        wrong = pathlib.Path(self.environment["WEDGEHOG_ROOT"]) / "images/linux-other/build.yaml"
        for text, said in (("format: 1\nof: linux\nkernal: x\n", "build.yaml:3:1: 'kernal' is not a key"),
                           ("format: 1\nof: nonesuch\n", "nothing builds an image 'nonesuch'")):
            wrong.write_text(text)
            for command in (("image", "build", "linux-other"), ("image", "list"),
                            ("run", "--image", "linux-other", self.recipe)):
                done = self.wedgehog(*command)
                self.assertIn(said, done.all, command)
                self.assertNotIn("Traceback", done.all)

    def test_who_looks_for_a_kernel_is_led_to_it(self):
        self.write("any.yaml", RECIPE + "kernel: 6.12\nmachine: {bzImage: x}\n")
        done = self.wedgehog("check", self.recipe)
        self.assertEqual(done.code, 3, done)
        self.assertEqual(done.err.count("`wedgehog explain kernel` says how another kernel is booted"), 2, done)
        for word in ("kernel", "image", "bzImage"):
            self.assertIn("image build linux --name mine --kernel", self.wedgehog("explain", word).out)
        unknown = self.wedgehog("run", "--image", "mime", self.recipe)
        self.assertEqual(unknown.code, 3, unknown)
        self.assertIn("wedgehog explain image", unknown.err)

    def test_an_option_that_may_be_repeated_leaves_the_recipe_alone(self):
        self.assertEqual(self.build("linux").code, 0)
        for option in (("--image", "linux"), ("--package", "fio"), ("--variant", "a=b")):
            done = self.wedgehog("run", "--dry-run", *option, self.recipe)
            self.assertNotIn("recipes is required", done.all, option)


class missing_libraries(unittest.TestCase):
    """What the Linux image lacks is said at once, not one library per build."""

    def test_all_of_them_are_named_in_one_message(self):
        compiler = shutil.which("gcc") or shutil.which("cc")
        if not compiler or not shutil.which("readelf"):
            self.skipTest("no compiler or no readelf")
        with tempfile.TemporaryDirectory() as place:
            place = pathlib.Path(place)
            program = place / "root/usr/bin/program"
            for folder in (program.parent, place / "root/usr/lib", place / "tree/usr/lib"):
                folder.mkdir(parents=True)

            def library(name, *needs):
                made = place / "made" / name
                made.parent.mkdir(exist_ok=True)
                subprocess.run([compiler, "-shared", "-nostdlib", "-Wl,--no-as-needed", f"-Wl,-soname,{name}", "-o", made, "-x", "c", "/dev/null", "-x", "none",
                                *(place / "made" / need for need in needs)], check=True)
                return made
            library("libone.so.1")
            library("libtwo.so.2")
            library("libdeep.so.3")
            # One is there, and needs another that is not.
            shutil.copy(library("libthere.so.4", "libdeep.so.3"), place / "tree/usr/lib")
            shutil.copy(library("program", "libone.so.1", "libthere.so.4", "libtwo.so.2"), program)
            ended = subprocess.run(["bash", "-c", """
                set -Eeuo pipefail; shopt -s inherit_errexit
                . "$1/images/linux/build.d/initramfs.bash"
                root=$2/root hidden_libraries=() extra_packages=()
                userland_packages() { echo any; }
                closure_of() { :; }
                eval "unpacked() { echo '$2/tree'; }"
                give_up() { echo "$@"; exit 1; }
                take_libraries""", "bash", driving.ROOT, place], capture_output=True, text=True)
            self.assertEqual(ended.returncode, 1, ended.stdout + ended.stderr)
            self.assertIn("which it needs: libdeep.so.3 libone.so.1 libtwo.so.2", ended.stdout)
            self.assertTrue((place / "root/usr/lib/libthere.so.4").exists())


class headers_of_a_disk(unittest.TestCase):
    """Which headers belong to the kernel package of `image build linux-disk`: its lab module is built with them."""

    releases = ("6.1.0-57-amd64", "6.1.0-57-cloud-amd64", "6.1.0-57-rt-amd64", "6.12.117+deb12-amd64",
                "6.12.117+deb12-cloud-amd64", "6.12.118+deb13-amd64")

    def test_each_package_leads_to_its_own(self):
        for package, own in (("linux-image-amd64", {"6.1.0-57-amd64", "6.12.117+deb12-amd64", "6.12.118+deb13-amd64"}),
                             ("linux-image-cloud-amd64", {"6.1.0-57-cloud-amd64", "6.12.117+deb12-cloud-amd64"}),
                             ("linux-image-6.12-amd64", {"6.12.117+deb12-amd64", "6.12.118+deb13-amd64"}),
                             ("linux-image-6.12-cloud-amd64", {"6.12.117+deb12-cloud-amd64"}),
                             ("linux-image-6.1.0-57-amd64", {"6.1.0-57-amd64"}),
                             ("linux-image-6.12.117+deb12-amd64=6.12.117-1~deb12u1", {"6.12.117+deb12-amd64"})):
            ended = subprocess.run(["bash", "-c", """
                set -Eeuo pipefail
                . "$1/images/linux-disk/build.d/lab.bash"
                kernel_package=$2
                printf '/linux-headers-%s\\n' "${@:3}" | grep -E "/linux-headers-$(release_pattern)\\$" """,
                                    "bash", driving.ROOT, package, *self.releases], capture_output=True, text=True)
            found = {line.removeprefix("/linux-headers-") for line in ended.stdout.split()}
            self.assertEqual(found, own, f"{package}: {ended.stdout}{ended.stderr}")


if __name__ == "__main__":
    if not os.access(driving.WEDGEHOG, os.X_OK) and not shutil.which(driving.WEDGEHOG):
        print("skipped: no wedgehog program")
        sys.exit(77)
    unittest.main(verbosity=2)
