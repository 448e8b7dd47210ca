"""A Slurm cluster of a test's own: a real slurmctld, munged and several slurmd, each of these a node with processes of its own, in
namespaces that end with the test. What else runs on this machine is neither seen nor touched."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "squeue", "unshare", "nsenter", "setpriv", "ip")
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

# Folders and files that the daemons insist on, each bound over by one of ours. Those of munge are the user's by that name.
BOUND = {"slurm": "/etc/slurm", "munge": "/etc/munge", "run": "/run", "lib": "/var/lib/munge", "log": "/var/log/munge"}
OF_MUNGE = ("munge", "lib", "log")

CONF = """ClusterName=wedgehog
SlurmctldHost=head(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
SlurmctldPort=16817
SlurmctldPidFile={place}/slurmctld.pid
SlurmdPidFile={place}/slurmd.%n.pid
SlurmdSpoolDir={place}/spool/%n
StateSaveLocation={place}/state
SlurmctldLogFile={place}/slurmctld.log
SlurmdLogFile={place}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={place}/jobcomp.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=2,sched_interval=2
MaxArraySize=10001
MaxJobCount=20000
MinJobAge={kept}
KillWait={kill_wait}
ReturnToService=2
SlurmdTimeout={silence}
SlurmctldTimeout=30
MpiDefault=none
SwitchType=switch/none
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
SlurmdParameters=config_overrides
NodeName=n[1-{nodes}] NodeHostname=head NodeAddr=127.0.0.1 Port=[17001-{last_port}] CPUs={processors} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes=n[1-{nodes}] Default=YES MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=0
PartitionName=urgent Nodes=n[1-{nodes}] MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
"""

# The first process of the cluster: all others are its, and end with it. getaddrinfo wants an address that is not a loopback's.
START = """set -e
hostname head
ip link set lo up
ip addr add 10.99.0.1/24 dev lo
{binds}
mount --bind {place}/hosts /etc/hosts
mkdir -p /run/munge
chown munge: /run/munge
setpriv --reuid=munge --regid=munge --clear-groups munged
touch {place}/up
while :; do sleep 3600 & wait $!; done
"""

NODE = """set -e
{private}
exec slurmd -D -N {name}
"""

# A host whose wall clock is another one has a munged of its own, with the key of all.
SKEWED = """export LD_PRELOAD={library} SKEW={seconds} ASAN_OPTIONS=verify_asan_link_order=0
for folder in /run/munge /var/lib/munge; do mount -t tmpfs none $folder; chown munge: $folder; done
setpriv --reuid=munge --regid=munge --clear-groups munged
"""


def skewed_by(seconds):
    """What a shell of a mount namespace of its own runs first."""
    return SKEWED.format(library=os.environ["SKEWED_CLOCK"], seconds=seconds)


def lacks():
    """Why no cluster can be started here; empty when one can."""
    if os.geteuid() != 0:
        return "only root may give a cluster namespaces of its own"
    for program in PROGRAMS:
        if not shutil.which(program, path=PATH):
            return f"{program} is not installed (slurm-wlm, slurm-client, munge)"
    for kind in ("--mount", "--net", "--uts", "--pid"):
        if subprocess.run(["unshare", "--fork", kind, "true"], check=False, capture_output=True).returncode != 0:
            return f"no namespace of its own can be made here (unshare {kind})"
    return ""


class Cluster:
    """`silence`: seconds after which a node that says nothing is taken for dead; `kept`: for which a job that ended is listed;
    `private`: folders of which each node has its own, so that nothing is shared by them; `skewed`: seconds by which the clocks
    of nodes are apart from the head's."""

    def __init__(self, nodes=3, processors=4, memory=4000, silence=10, kept=300, kill_wait=5, private=(), skewed=None):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="wedgehog-slurm-"))
        self.place.chmod(0o755)
        self.nodes = [f"n{i + 1}" for i in range(nodes)]
        self.private = private
        self.skewed = skewed or {}
        self.process = None
        self.inside = 0
        self.daemons = {}
        for name in [*BOUND, "state", "spool"]:
            (self.place / name).mkdir(mode=0o755)
        (self.place / "hosts").write_text("127.0.0.1 localhost head\n")
        (self.place / "slurm/slurm.conf").write_text(CONF.format(
            place=self.place, nodes=nodes, last_port=17000 + nodes, processors=processors, memory=memory, silence=silence, kept=kept,
            kill_wait=kill_wait))
        (self.place / "munge/munge.key").write_bytes(os.urandom(256))
        for name in OF_MUNGE:
            (self.place / name).chmod(0o700)
        (self.place / "munge/munge.key").chmod(0o400)
        subprocess.run(["chown", "-R", "munge:", *[str(self.place / name) for name in OF_MUNGE]], check=True)

    def start(self):
        binds = "\n".join(f"mkdir -p {target}; mount --bind {self.place}/{name} {target}" for name, target in BOUND.items())
        (self.place / "start").write_text(START.format(binds=binds, place=self.place))
        how = ["unshare", "--mount", "--propagation", "private", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc",
               "sh", str(self.place / "start")]
        with open(self.place / "out", "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(how, stdout=out, stderr=out, env=dict(os.environ, PATH=PATH), start_new_session=True)
        self.wait_for(lambda: (self.place / "up").exists(), "munged did not start")
        self.inside = int(pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0])
        self.start_head()
        for name in self.nodes:
            self.start_node(name)
        self.wait_for(self.all_idle, "the nodes did not come up")
        return self

    def all_idle(self):
        """But those whose clock is so far off that munge refuses them."""
        return self.states().count("idle") >= sum(abs(self.skewed.get(name, 0)) < 300 for name in self.nodes)

    def states(self):
        return self.run("sinfo", "-h", "-N", "-p", "main", "-o", "%t", check=False).stdout.split()

    def wait_for(self, what, why, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if what():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"{why}\n{self.log()}")

    def log(self):
        return "".join(f"--- {file.name}\n" + file.read_text(errors="replace")[-1500:]
                       for file in [self.place / "out", *sorted(self.place.glob("*.log"))] if file.exists())

    def words(self, *words):
        """As a program that runs on the cluster's head."""
        return ["nsenter", "-t", str(self.inside), "-m", "-n", "-u", "-p", f"--wd={os.getcwd()}", "--", *words]

    def run(self, *words, check=True, **how):
        return subprocess.run(self.words(*words), check=check, capture_output=True, text=True, timeout=300,
                              env=dict(os.environ, PATH=PATH), **how)

    def popen(self, *words, **how):
        return subprocess.Popen(self.words(*words), env=dict(os.environ, PATH=PATH, **how.pop("env", {})), **how)

    # --- what breaks: the head and the nodes

    def start_head(self):
        with open(self.place / "out", "a", encoding="utf-8") as out:
            self.daemons["head"] = self.popen("slurmctld", "-D", stdout=out, stderr=out)

    def start_node(self, name):
        private = "\n".join(f"mount -t tmpfs -o size=256m none {folder}" for folder in self.private)
        if name in self.skewed:
            private += "\n" + skewed_by(self.skewed[name])
        (self.place / f"start.{name}").write_text(NODE.format(private=private, name=name))
        (self.place / "spool" / name).mkdir(exist_ok=True)
        with open(self.place / "out", "a", encoding="utf-8") as out:
            self.daemons[name] = self.popen("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
                                            "--mount-proc", "sh", str(self.place / f"start.{name}"), stdout=out, stderr=out)

    def first_process(self, name):
        """Of a daemon, below nsenter and unshare."""
        pid = self.daemons[name].pid
        while children := pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            pid = int(children[0])
            if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() in ("slurmd", "slurmctld"):
                return pid
        return pid

    def kill(self, name):
        """A node with all that runs on it, or the head alone: at once, as by a power cut."""
        os.kill(self.first_process(name), signal.SIGKILL)
        self.daemons.pop(name).wait()

    def silence(self, name):
        """Its slurmd says nothing more; what runs there runs on."""
        os.kill(self.first_process(name), signal.SIGSTOP)

    def wake(self, name):
        os.kill(self.first_process(name), signal.SIGCONT)

    # --- what is there

    def queue(self):
        return self.run("squeue", "-h", "-r", "-o", "%i %T %r %N", check=False).stdout.splitlines()

    def processes(self, words):
        """Those in the cluster whose command line has the words. Whom the first process of a node has not reaped yet has ended."""
        found = []
        for line in self.run("ps", "-e", "-o", "pid=,args=").stdout.splitlines():
            if words in line and " ps -e" not in line and "<defunct>" not in line:
                found.append(line.strip())
        return found

    def processes_of(self, name, words=" perform "):
        """Those of a node whose command line has the words."""
        listed = subprocess.run(["nsenter", "-t", str(self.first_process(name)), "-m", "-p", "ps", "-e", "-o", "args="], check=False,
                                capture_output=True, text=True).stdout
        return [line for line in listed.splitlines() if words in line]

    def stop(self):
        if self.process:
            os.kill(self.inside or self.process.pid, signal.SIGKILL)
            self.process.wait()
        for daemon in self.daemons.values():
            daemon.wait()
        shutil.rmtree(self.place, ignore_errors=True)
