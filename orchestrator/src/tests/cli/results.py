"""What is done with results from outside, on runs without a machine: found, shown, moved between databases, thinned out."""

import json
import os
import pathlib
import shutil
import sys
import unittest

import driving

HELLO = "name: hello\nimage: linux\nsteps:\n  - run: echo hello\n"


class Results(driving.HermeticCase):
    def setUp(self):
        super().setUp()
        ended = self.run_recipe(HELLO, "--accel", "tcg", "--qemu", "/nonexistent/qemu")
        self.expect(ended, 2, "No such file")
        self.first = self.expect_one_run("invalid")

    def lines(self, *arguments, **how):
        ended = self.wedgehog(*arguments, "--json", **how)
        self.assertEqual(ended.code, 0, str(ended))
        return [json.loads(line) for line in ended.out.splitlines()]

    def test_a_run_is_shown_by_all_its_names(self):
        folder = pathlib.Path(self.first["folder"])
        self.assertTrue((folder / "MANIFEST.json").exists(), folder)
        name = self.first["run"]
        for which in ("latest", "1", name, name[3:], name[-6:], self.first["uid"], self.first["uid"][:8], str(folder)):
            with self.subTest(which):
                (shown,) = self.lines("show", which)
                self.assertEqual((shown["uid"], shown["verdict"]), (self.first["uid"], "invalid"))
        self.expect(self.wedgehog("show", "nonesuch"), 3, "nonesuch")
        self.expect(self.wedgehog("show", str(self.place)), 3, "no run's folder")

    def test_a_folder_needs_no_database(self):
        folder = self.place / "copy"
        shutil.copytree(self.first["folder"], folder, symlinks=True)
        shutil.rmtree(self.results)
        (shown,) = self.lines("show", str(folder))
        self.assertEqual(shown["verdict"], "invalid")
        self.assertEqual(self.wedgehog("log", str(folder)).code, 0)
        self.assertEqual(self.wedgehog("log", "-f", str(folder), limit=20).code, 0, "it does not wait for what has ended")
        self.assertEqual(self.wedgehog("judge", str(folder)).code, 2)
        self.assertEqual(len(list((folder / "judgements").iterdir())), 2)
        self.assertFalse(self.results.exists(), "reading makes nothing")

    def test_a_run_is_signed_by_its_folder_or_its_name(self):
        folder = pathlib.Path(self.first["folder"])
        (folder / "console.raw").write_text("[ 1.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n")
        by_file = self.wedgehog("signature", "--json", str(folder / "console.raw"))
        self.assertIn("signature", json.loads(by_file.out))
        for which in (str(folder), "latest", self.first["run"]):
            with self.subTest(which):
                self.assertEqual(json.loads(self.wedgehog("signature", "--json", which).out), json.loads(by_file.out))
        self.expect(self.wedgehog("signature", "--wedge", "latest"), 3, "guest/ps.txt")
        self.expect(self.wedgehog("signature", "nonesuch"), 3, "no such file, and no run")

    def test_tallies_are_json_too(self):
        (one,) = self.lines("results", "tally")
        self.assertEqual((one["recipe"], one["verdict"], one["runs"], one["failed"]), ("hello", "invalid", 1, 0))
        self.assertEqual(self.lines("results", "tally", "--since", "1h"), [one])

    def test_the_index_comes_from_folders(self):
        before = self.stored()
        for name in self.results.glob("results.sqlite*"):
            name.unlink()
        self.expect(self.wedgehog("results", "list"), 2, "wedgehog results rebuild")
        self.expect(self.wedgehog("results", "rebuild"), 0, "1 added")
        self.assertEqual(self.stored(), before)

    def test_other_results_take_it_in(self):
        other = self.place / "other"
        self.expect(self.wedgehog("results", "ingest", self.first["folder"], results=other), 0, "1 added")
        self.expect(self.wedgehog("results", "merge", str(self.results), results=other), 0, "0 added")
        (seen,) = self.lines("results", "list", results=other)
        self.assertEqual(os.path.realpath(seen["folder"]), os.path.realpath(self.first["folder"]))
        third = self.place / "third"
        self.expect(self.wedgehog("results", "merge", "--copy", str(other), results=third), 0, "1 added")
        (copy,) = self.lines("results", "list", results=third)
        self.assertTrue(copy["folder"].startswith(str(third)), copy)
        self.expect(self.wedgehog("results", "merge", str(self.place / "none"), results=third), 3, "none")

    def test_room_is_made_only_when_asked(self):
        folder = pathlib.Path(self.first["folder"])
        self.expect(self.wedgehog("results", "gc"), 3, "--older-than")
        ended = self.wedgehog("results", "gc", "--max-bytes", "0", "--dry-run")
        self.expect(ended, 0, "would remove", self.first["run"], "more than 0 B")
        self.assertTrue((folder / "timeline.zst").exists())
        self.expect(self.wedgehog("results", "gc", "--max-bytes", "0"), 0, "removed")
        self.assertFalse((folder / "timeline.zst").exists())
        self.assertTrue((folder / "removed.json").exists())
        self.expect(self.wedgehog("show", "latest"), 0, "invalid", "to make room")
        opinions = len(list((folder / "judgements").iterdir()))
        self.expect(self.wedgehog("judge", "latest"), 2, "not stored")
        self.assertEqual(len(list((folder / "judgements").iterdir())), opinions)

    def test_aliases(self):
        self.expect(self.wedgehog("results", "alias", "a"), 3, "--of")
        self.expect(self.wedgehog("results", "alias", "a", "--of", "b"), 0)
        self.expect(self.wedgehog("results", "alias", "a", "--forget"), 0)
        self.expect(self.wedgehog("results", "alias", "a", "--forget"), 3, "no alias")


if __name__ == "__main__":
    if not os.access(driving.WEDGEHOG, os.X_OK):
        print("skipped: the program is missing")
        sys.exit(77)
    unittest.main(verbosity=2)
