#!/usr/bin/env python3
"""How long a held request takes from its release to its completion in a Linux guest.

  release_in_guest.py --image FOLDER --disk build/bin/wedgehog-disk [--rounds 100]

FOLDER has vmlinuz and initramfs (`wedgehog image build` says where, or images/linux/build --output). A guest writes to a disk
whose writes are held, and each is released through the control socket. It is complete when the virtqueue's used index has
moved, which QEMU is asked without a pause: the time includes the way to the server and half a question (about 0.3 ms)."""
import argparse, json, os, socket, subprocess, sys, tempfile, time

SCRIPT = "while true; do dd if=/dev/zero of=/dev/wedgehog/data bs=4k count=1 seek=64 oflag=direct 2>/dev/null; done\n"
VIRTIO = "/machine/peripheral/data/virtio-backend"


class Lines:
    """A socket that answers each line of JSON with another."""

    def __init__(self, path, deadline):
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > deadline:
                    sys.exit(f"nobody listens on {path}")
                time.sleep(0.05)
        self.file = self.socket.makefile("rw")

    def say(self, **what):
        self.file.write(json.dumps(what) + "\n")
        self.file.flush()
        while "event" in (answer := json.loads(self.file.readline())):
            pass
        if "error" in answer:
            sys.exit(f"{what}: {answer['error']}")
        return answer


def measure(asked, place):
    deadline = time.monotonic() + 180
    script = os.path.join(place, "script")
    with open(script, "w") as file:
        file.write(SCRIPT)
    nbd, control, monitor = (os.path.join(place, name) for name in ("nbd", "control", "qmp"))
    children = [subprocess.Popen([asked.disk, "serve", "-q", "--size", "64MiB", "--socket", nbd, "--control", control])]
    try:
        disk = Lines(control, deadline)
        children.append(subprocess.Popen(
            ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "256", "-nodefaults",
             "-no-user-config", "-display", "none", "-kernel", f"{asked.image}/vmlinuz", "-initrd", f"{asked.image}/initramfs",
             "-append", "console=ttyS0 no_timer_check panic=0", "-serial", "null", "-qmp", f"unix:{monitor},server=on,wait=off",
             "-fw_cfg", f"name=opt/org.wedgehog.run,file={script}",
             "-blockdev", f"driver=nbd,node-name=n,server.type=unix,server.path={nbd}",
             "-device", "virtio-blk-pci,id=data,drive=n,serial=data"]))
        qemu = Lines(monitor, deadline)
        qemu.file.readline()
        qemu.say(execute="qmp_capabilities")
        disk.say(do="inject", fault="stuck=hold:operations=write")

        def wait_for_held():
            while disk.say(do="sample")["sample"].get("held", 0) == 0:
                if time.monotonic() > deadline:
                    sys.exit("no write of the guest came to be held")
                time.sleep(0.005)

        def used():
            return qemu.say(execute="x-query-virtio-queue-status", arguments={"path": VIRTIO, "queue": 0})["return"]["used-idx"]

        times = []
        for _ in range(asked.rounds):
            wait_for_held()
            before = used()
            time.sleep(0.05)  # everybody sleeps, as in a run
            began = time.monotonic()
            disk.say(do="release")
            while used() == before:
                pass
            times.append((time.monotonic() - began) * 1000)
    finally:
        for child in reversed(children):
            child.kill()
            child.wait()
    times.sort()
    print(f"release of a held write to its completion in the guest: p50 {times[len(times) // 2]:.2f} ms, "
          f"p99 {times[len(times) * 99 // 100]:.2f} ms, most {times[-1]:.2f} ms of {len(times)} (goal: 5 ms)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", required=True)
    parser.add_argument("--disk", required=True)
    parser.add_argument("--rounds", type=int, default=100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place:
        measure(asked, place)


if __name__ == "__main__":
    main()
