#!/usr/bin/env python3
"""Whether long and hostile console logs are read in linear time and bounded memory.

  long_log.py --wedgehog build/bin/wedgehog [--megabytes 100]

Lists the events in logs that have none and in one that has nothing else, of a quarter of the size and of the whole. CPU time
should grow four times, memory not at all; both are printed beside what `cat` needs for the same log."""
import argparse, os, random, subprocess, tempfile

PIECES = [b"BU", b": ", b"[<ffffffff", b"] ? ", b"Call Trace", b"pani", b"\x00", b"\r", b"\x1b[31", b"\xff\xfe", b"0x", b"(", b"\n",
          b"::", b"WAR", b"ING", b"+0x", b"/0x", b"assert", b"faile", b"====="]


def calm(chance):
    return b"".join(b"[%5d.%06d] vda: line %d: all is well\n" % (i, i, i) for i in range(20000))


def hostile(chance):
    """Beginnings of everything that the tables know, long runs, no line ends for a while, bytes that are no text."""
    return b"".join(chance.choice(PIECES) if chance.random() < 0.9 else chance.choice([b"a", b" ", b"="]) * chance.randrange(1, 5000)
                    for _ in range(2000))


def one_line(chance):
    return b"ab: " * 200000


def failing(chance):
    """A night in which a hung task is reported again and again, as journalctl writes it."""
    words = [b"INFO: task frogd:%d blocked for more than 122 seconds." % chance.randrange(9000), b"Call Trace:"]
    words += [b" frog_%d+0x40/0x90 [frogfs]" % chance.randrange(99) for _ in range(30)]
    return b"".join(b"Jun 05 12:00:01 pond7 kernel: %s\n" % each for each in words)


def write_log(path, kind, size):
    """In a process of its own: a child's peak begins with what its parent has in memory."""
    child = os.fork()
    if child == 0:
        chance = random.Random(1)
        with open(path, "wb") as file:
            while file.tell() < size:
                file.write(kind(chance))
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        raise SystemExit(f"{path} could not be written")


def spent(command):
    """CPU seconds and peak MiB of one child."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wedgehog", required=True)
    parser.add_argument("--megabytes", type=int, default=100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        print(f"{'log':10} {'MB':>5} {'cpu s':>7} {'MiB':>6}   cpu s of cat")
        for kind in (calm, hostile, one_line, failing):
            for part in (4, 1):
                path = os.path.join(place, "log")
                write_log(path, kind, asked.megabytes * 1_000_000 // part)
                took, peak = spent([asked.wedgehog, "signature", path])
                cat, _ = spent(["cat", path])
                print(f"{kind.__name__:10} {os.path.getsize(path) / 1e6:5.0f} {took:7.2f} {peak:6.1f}   {cat:.2f}")


if __name__ == "__main__":
    main()
