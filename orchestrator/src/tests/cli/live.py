#!/usr/bin/env python3
"""Breaking and healing a run while it lives: wedgehog inject, heal and faults against a real guest.
Exit codes: 0, 1 a case failed, 77 nothing to try it with."""

import json
import os
import shutil
import sys
import unittest

import driving

BUSY = """
name: live
image: linux
machine: {vcpus: 1, memory: 256MiB}
disks: {data: 16MiB, kept: {size: 16MiB, on_read_error: stop}}
budgets: {boot: 3m, no_progress: 60s, run: 3m}
faults:
  - {at: 0s, inject: {fault: latency, as: late, disk: data, delay: 1ms, may_miss: true}}
steps:
  - workload:
      name: writer
      script: |
        while dd if=/dev/urandom of=/dev/wedgehog/data bs=4k count=4 conv=fsync 2>/dev/null; do
          echo done
          sleep 0.1
        done
  - wait: {console: enough, deadline: 2m}
"""


class Live(driving.Case):
    def faults(self):
        told = self.wedgehog("--json", "faults", "latest")
        return {one["name"]: one for one in json.loads(told.out)["faults"]} if told.code == 0 else None

    def test_a_live_run_is_broken_and_healed_by_hand(self):
        self.expect(self.wedgehog("faults", "latest"), 3, "no run")
        recipe = self.write("recipe.yaml", BUSY)
        run = self.start("--quiet", "run", "--accel", "tcg", recipe)
        self.wait_until("a guest that takes faults", self.faults, 150)

        self.expect(self.wedgehog("inject", "latest", "hodl:disk=data"), 3, "did you mean 'hold'")
        self.expect(self.wedgehog("inject", "latest", "hold:disk=floppy"), 3, "not a disk of this recipe", "data")
        self.expect(self.wedgehog("inject", "latest", "late=hold:disk=data"), 3, "a fault of the recipe")
        self.expect(self.wedgehog("inject", "latest", "error:disk=kept,op=read"), 3,
                    "would stop the machine instead of reaching the guest", "on_read_error")
        self.expect(self.wedgehog("heal", "latest", "nonesuch"), 3, "nonesuch", "in force: late")

        self.expect(self.wedgehog("inject", "latest", "stuck=hold:disk=data,op=write"), 0, "injected stuck")
        self.expect(self.wedgehog("inject", "latest", "stuck=hold:disk=data"), 3, "in force already")
        self.wait_until("a hit", lambda: self.faults()["stuck"]["hits"] > 0, 30)
        self.assertTrue(self.faults()["stuck"]["in_force"])
        self.expect(self.wedgehog("faults", "latest"), 0, "stuck", "in force", "op=write")
        self.expect(self.wedgehog("heal", "latest", "stuck"), 0, "healed stuck")
        self.expect(self.wedgehog("heal", "latest", "--all"), 0, "healed all faults")
        self.assertEqual({one["in_force"] for one in self.faults().values()}, {False})
        # Never hits anything, and may miss.
        self.expect(self.wedgehog("inject", "latest", "torn-write:disk=data,skip=1000000"), 0)

        os.kill(run.pid, 2)
        self.expect(self.finish(run), 130)
        self.expect(self.wedgehog("faults", "latest"), 3, "is over")
        self.expect(self.wedgehog("show", "latest"), 0, "stuck (hold)", "torn-write")
        self.expect_clean()


def lacking():
    if not shutil.which(driving.WEDGEHOG):
        return f"{driving.WEDGEHOG}: no such program; set WEDGEHOG"
    if not shutil.which("qemu-system-x86_64"):
        return "QEMU is missing: apt-get install qemu-system-x86"
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.exists(f"{cache}/wedgehog/built/linux/image.json"):
        return "the Linux image is not built: wedgehog image build"
    return ""


if __name__ == "__main__":
    if lack := lacking():
        print("skipped:", lack)
        sys.exit(77)
    unittest.main()
