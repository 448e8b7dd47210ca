"""Runs a command beside a libvirt daemon of its own: `{uri}` in its words becomes the daemon's URI.

    with_daemon.py near|far COMMAND...
"""

import subprocess
import sys

import daemon

if why := daemon.lacks():
    print("skipped:", why)
    sys.exit(77)
one = daemon.Daemon(far=sys.argv[1] == "far")
try:
    one.start()
    code = subprocess.run([word.replace("{uri}", one.uri) for word in sys.argv[2:]], check=False).returncode
    if left := one.domains():
        print("left behind:", *left)
        code = code or 1
finally:
    one.stop()
sys.exit(code)
