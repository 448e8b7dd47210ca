"""A libvirt daemon of a test's own: a real libvirtd, with its folders, its sockets and (when it shall be another host) its network
in namespaces that end with it. What else runs on this machine is neither seen nor touched."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

# Folders that libvirt insists on, each bound over by one of ours.
FOLDERS = {"run": "/run/libvirt", "etc": "/etc/libvirt", "lib": "/var/lib/libvirt", "cache": "/var/cache/libvirt",
           "log": "/var/log/libvirt"}
QEMU_USER = "libvirt-qemu"

QEMU_CONF = """user = "{user}"
group = "{user}"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = [ ]
namespaces = [ ]
stdio_handler = "file"
max_core = "unlimited"
nbd_tls_x509_cert_dir = "{place}/pki"
"""

LIBVIRTD_CONF = """unix_sock_dir = "{place}/sock"
auth_unix_rw = "none"
auth_unix_ro = "none"
listen_tls = 0
log_outputs = "3:file:{place}/libvirtd.log"
"""

LISTENING = """listen_tcp = 1
auth_tcp = "none"
tcp_port = "16509"
listen_addr = "{address}"
"""

START = """set -e
{binds}
mount --bind {place}/etc/passwd /etc/passwd
mount --bind {place}/etc/group /etc/group
[ ! -e {place}/kvm ] || mount --bind {place}/kvm /dev/kvm
{pool}
{network}
exec libvirtd {options} -f {place}/etc/libvirtd.conf -p {place}/libvirtd.pid
"""


def lacks():
    """Why no daemon can be started here; empty when one can."""
    if os.geteuid() != 0:
        return "only root may give a libvirt daemon folders of its own"
    for program in ("libvirtd", "virsh", "unshare", "ip"):
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            return f"{program} is not installed"
    for kind in ("--mount", "--net"):
        if subprocess.run(["unshare", kind, "true"], check=False, capture_output=True).returncode != 0:
            return f"no namespace of its own can be made here (unshare {kind})"
    return ""


class Daemon:
    """Near: its QEMU runs as we do, and its socket is a file. Far: it is reached by TCP in a network namespace of its own, and its
    QEMU runs as a user who may open nothing of ours. `pool_bytes`: of the file system of its storage pool."""

    def __init__(self, far=False, pool_bytes=None):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="wedgehog-libvirt-"))
        self.place.chmod(0o755)
        self.far = far
        self.process = None
        self.ssh = None
        self.link = None
        self.pool_bytes = pool_bytes
        # 10.x.y.0/24, by our number, so that two tests may run at once.
        self.net = f"10.{64 + os.getpid() // 256 % 64}.{os.getpid() % 256}"
        for name in [*FOLDERS, "sock", "pki"]:
            (self.place / name).mkdir(mode=0o755)
        self.configure()

    def configure(self):
        etc = self.place / "etc"
        for file in ("passwd", "group"):
            kept = [line for line in pathlib.Path("/etc", file).read_text().splitlines() if not line.startswith(QEMU_USER)]
            entry = f"{QEMU_USER}:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin" if file == "passwd" else f"{QEMU_USER}:x:64055:"
            (etc / file).write_text("\n".join([*kept, entry, ""]))
        (etc / "qemu.conf").write_text(QEMU_CONF.format(user=QEMU_USER if self.far else "root", place=self.place))
        conf = LIBVIRTD_CONF.format(place=self.place)
        if self.far:
            conf += LISTENING.format(address=f"{self.net}.2")
            # A device that the daemon sees and its QEMU may not open makes it try every QEMU before each domain.
            if os.path.exists("/dev/kvm"):
                os.mknod(self.place / "kvm", 0o20666, os.stat("/dev/kvm").st_rdev)
                os.chmod(self.place / "kvm", 0o666)
        (etc / "libvirtd.conf").write_text(conf)

    def listen_by_ssh(self):
        """The far host takes ssh, too; the URI by which it is then reached. Its own key is made for this test, and nobody else's."""
        place = self.place / "ssh"
        place.mkdir(mode=0o700)
        for name in ("host", "client"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / name)], check=True)
        shutil.copy(place / "client.pub", place / "authorized")
        (place / "config").write_text("\n".join([
            f"ListenAddress {self.net}.2", f"HostKey {place}/host", f"AuthorizedKeysFile {place}/authorized", "StrictModes no",
            "UsePAM no", "PasswordAuthentication no", f"PidFile {place}/pid", ""]))
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        target = (self.place / "libvirtd.pid").read_text().strip()
        subprocess.run(["nsenter", "-t", target, "-m", "-n", "/usr/sbin/sshd", "-f", str(place / "config")], check=True)
        end = time.monotonic() + 10
        while not (place / "pid").exists() and time.monotonic() < end:
            time.sleep(0.05)
        self.ssh = int((place / "pid").read_text())
        return (f"qemu+ssh://root@{self.net}.2/system?keyfile={place}/client&no_verify=1&no_tty=1&socket={self.place}/sock/libvirt-sock"
                "&proxy=netcat")

    @property
    def uri(self):
        if self.far:
            return f"qemu+tcp://{self.net}.2/system"
        return f"qemu+unix:///system?socket={self.place}/sock/libvirt-sock"

    def start(self):
        for name in FOLDERS:
            pathlib.Path(FOLDERS[name]).mkdir(parents=True, exist_ok=True)
        binds = "\n".join(f"mount --bind {self.place}/{name} {target}" for name, target in FOLDERS.items())
        pool = ""
        if self.pool_bytes:
            pool = f"mkdir -p {self.place}/lib/wedgehog; mount -t tmpfs -o size={self.pool_bytes} none /var/lib/libvirt/wedgehog"
        network = ""
        if self.far:
            self.link = f"wh{os.getpid() % 100000}"
            network = "\n".join(["ip link set lo up", f"until ip link show {self.link}b >/dev/null 2>&1; do sleep 0.05; done",
                                 f"ip addr add {self.net}.2/24 dev {self.link}b", f"ip link set {self.link}b up"])
        text = START.format(binds=binds, place=self.place, pool=pool, network=network, options="-l" if self.far else "")
        (self.place / "start").write_text(text)
        how = ["unshare", "--mount", "--propagation", "private", *(["--net"] if self.far else []), "sh", str(self.place / "start")]
        environment = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
        with open(self.place / "out", "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(how, stdout=out, stderr=out, env=environment, start_new_session=True)
        if self.far:
            self.connect_network()
        self.wait_until_it_answers()
        return self

    def connect_network(self):
        end = time.monotonic() + 10
        ours = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self.process.pid}/ns/net") == ours and time.monotonic() < end:
            time.sleep(0.02)
        for command in (["link", "add", self.link + "a", "type", "veth", "peer", "name", self.link + "b", "netns", str(self.process.pid)],
                        ["addr", "add", f"{self.net}.1/24", "dev", self.link + "a"], ["link", "set", self.link + "a", "up"]):
            subprocess.run(["ip", *command], check=True, stdout=subprocess.DEVNULL)

    def wait_until_it_answers(self):
        end = time.monotonic() + 90
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            if self.virsh("version", check=False).returncode == 0:
                return
            time.sleep(0.2)
        raise RuntimeError("libvirtd does not answer:\n" + (self.place / "out").read_text() + self.log())

    def log(self):
        try:
            return (self.place / "libvirtd.log").read_text(errors="replace")[-3000:]
        except OSError:
            return ""

    def virsh(self, *words, check=True, **how):
        return subprocess.run(["virsh", "-q", "-c", self.uri, *words], check=check, capture_output=True, text=True, timeout=120, **how)

    def domains(self):
        return self.virsh("list", "--all", "--name").stdout.split()

    def volumes(self):
        """What is in the pool but for images that are kept for later runs."""
        found = self.virsh("vol-list", "wedgehog", check=False).stdout.splitlines()
        return [line.split()[0] for line in found if line.strip() and not line.split()[0].startswith("wedgehog-kept-")]

    def kill(self):
        """As a crash of the daemon: what it started lives on."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.ssh:
            os.kill(self.ssh, signal.SIGTERM)
        if self.process and self.process.poll() is None:
            for name in self.virsh("list", "--name", check=False).stdout.split():
                self.virsh("destroy", name, check=False)
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        if self.link:
            subprocess.run(["ip", "link", "del", self.link + "a"], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.place, ignore_errors=True)
