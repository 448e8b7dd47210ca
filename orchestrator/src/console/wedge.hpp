// Names a wedge: not after its first victim, which differs each time, but after the set of (where
// it waits, kind of thread) of all that are blocked. Two wedges of one cause overlap without being
// equal, so they cluster by overlap.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wedgehog::console {

struct blocked_task {
  std::string comm;
  std::int64_t pid = -1;
  bool kernel_thread = false;
  std::string wait_channel;  // DragonFly's wmesg, illumos' kind of lock; empty where there is none
  std::vector<std::string> frames;  // innermost first, as printed or plain
};

// One way of being stuck, however many threads share it.
struct wedge_member {
  std::string kind;   // "user", or a kernel thread's family: "kworker", "h2xop"
  std::string place;  // the wait channel, else the innermost frames that say something:
                      // "xlog_cil_push_now<xlog_cil_force_seq"
  friend auto operator<=>(wedge_member const&, wedge_member const&) = default;
};

struct wedge {
  std::string name;                   // "wedge/flstik+h2syndel+h2twait"; "" when nothing is blocked
  std::vector<wedge_member> members;  // sorted, each once
};

// Idle threads (waiting for work, for input, for a child) do not count.
[[nodiscard]] wedge wedge_signature(std::vector<blocked_task> const& tasks);

// From 0 (nothing in common) to 1 (the same set); symmetric. Half of it counts the places alone, so
// that another workload's threads at the same places still count. Two wedges above 0.5 are probably
// one.
[[nodiscard]] double overlap(wedge const& a, wedge const& b);

// "kworker/3:1H-xfs" -> "kworker", "h2xop-ROOT.12" -> "h2xop", "syncer11" -> "syncer",
// "/usr/sbin/sshd" -> "sshd".
[[nodiscard]] std::string plain_comm(std::string_view comm);
[[nodiscard]] bool is_idle(blocked_task const& task);

// Readers. They take cleaned or raw text, tolerate anything, and return at most 4096 tasks.
// Linux: sysrq-w and sysrq-t, hung task reports, crash's `foreach UN bt`, /proc/PID/stack; only
// tasks in state D where the text tells states.
[[nodiscard]] std::vector<blocked_task> read_linux_tasks(std::string_view text);
// One task's /proc/PID/stack.
[[nodiscard]] std::vector<std::string> read_proc_stack(std::string_view text);
// DragonFly and the BSDs: `ps -axl`, `ps -axww -o pid,state,wchan,comm`, also without a header ("B1
// h2twait syncer11").
[[nodiscard]] std::vector<blocked_task> read_ps_tasks(std::string_view text);
// FreeBSD: `procstat -kk -a`; not who waits for a signal.
[[nodiscard]] std::vector<blocked_task> read_procstat_tasks(std::string_view text);
// DragonFly: `ps` in the kernel's debugger; not who can be woken by a signal.
[[nodiscard]] std::vector<blocked_task> read_ddb_tasks(std::string_view text);
// illumos: `::findstack -v`, `::stacks`, `::threadlist -v`.
[[nodiscard]] std::vector<blocked_task> read_illumos_tasks(std::string_view text);
// Whichever of them reads the text.
[[nodiscard]] std::vector<blocked_task> read_tasks(std::string_view text);

}  // namespace wedgehog::console
