// The messages between the host and the agent in the guest. Every request has a 64-bit id chosen by
// the host; it is answered by `accepted` (work goes on) or `refused`, and work that goes on by
// `ended`. The last answer to a request is kept by the agent, so that a request may be sent again
// and an answer asked for again (`query`) on a line that loses frames.
//
// To add a member: give it the next free tag of its struct; never reuse or renumber one. To add a
// message: a new number in message_type.hpp. Neither needs a new protocol version; a change of
// meaning does, and so does a member that an older agent must not overlook.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/answers.hpp"
#include "wire/become_another.hpp"
#include "wire/fields.hpp"
#include "wire/hog.hpp"
#include "wire/message_type.hpp"
#include "wire/output.hpp"
#include "wire/step_clock.hpp"
#include "wire/tasks.hpp"

namespace wedgehog::wire {

// ---- host to guest ----

struct greeting {
  static constexpr auto type = message_type::greeting;
  std::uint32_t protocol = 0;
  std::uint32_t oldest_protocol = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.protocol);
    visit(2, self.oldest_protocol);
  }
};

// "What became of request `target`?" Answered with the last answer to it, or `refused`.
struct query {
  static constexpr auto type = message_type::query;
  std::uint64_t request = 0;
  std::uint64_t target = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.target);
  }
};

struct echo {
  static constexpr auto type = message_type::echo;
  std::uint64_t request = 0;
  std::string payload;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.payload);
  }
};

struct exec {
  static constexpr auto type = message_type::exec;
  std::uint64_t request = 0;
  std::string script;
  std::string interpreter;               // called as: interpreter -c script; empty: /bin/sh
  std::vector<std::string> environment;  // "NAME=value", added to the agent's own
  std::string directory;                 // empty: /
  std::uint64_t deadline_ms = 0;         // 0: none
  // Bytes sent per stream, a quarter of it (at most 16 KiB) from its end; 0: 1 MiB. Beyond them, in
  // a long run, 1 KiB a second. The rest is counted.
  std::uint64_t output_limit = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.script);
    visit(3, self.interpreter);
    visit(4, self.environment);
    visit(5, self.directory);
    visit(6, self.deadline_ms);
    visit(7, self.output_limit);
  }
};

// Sends a signal to the process group of a running request.
struct signal {
  static constexpr auto type = message_type::signal;
  std::uint64_t request = 0;
  std::uint64_t target = 0;
  std::uint32_t number = 0;  // as the guest numbers them; 0: SIGKILL
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.target);
    visit(3, self.number);
  }
};

// Where a workload's count of finished operations comes from.
enum class progress_source : std::uint8_t {
  output = 0,   // every line on standard output is one
  counter = 1,  // eight bytes of shared memory, the file $WEDGEHOG_COUNTER
};

struct start_workload {
  static constexpr auto type = message_type::start_workload;
  std::uint64_t request = 0;
  name_text name;
  std::string script;
  std::string interpreter;
  std::vector<std::string> environment;
  std::string directory;
  std::uint64_t deadline_ms = 0;
  std::uint64_t output_limit = 0;  // as of an exec; 0: 64 KiB
  progress_source progress = progress_source::output;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.name);
    visit(3, self.script);
    visit(4, self.interpreter);
    visit(5, self.environment);
    visit(6, self.directory);
    visit(7, self.deadline_ms);
    visit(8, self.output_limit);
    visit(9, self.progress);
  }
};

// SIGTERM, and SIGKILL after `grace_ms`. Ends when the workload is gone, with its outcome.
struct stop_workload {
  static constexpr auto type = message_type::stop_workload;
  std::uint64_t request = 0;
  name_text name;
  std::uint64_t grace_ms = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.name);
    visit(3, self.grace_ms);
  }
};

struct start_canary {
  static constexpr auto type = message_type::start_canary;
  std::uint64_t request = 0;
  name_text directory;            // on the file system under test; also the canary's name
  std::uint64_t interval_ms = 0;  // 0: 1000
  std::string binary;             // what to copy there and execute; empty: the agent itself
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.directory);
    visit(3, self.interval_ms);
    visit(4, self.binary);
  }
};

struct stop_canary {
  static constexpr auto type = message_type::stop_canary;
  std::uint64_t request = 0;
  name_text directory;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.directory);
  }
};

struct collect {
  static constexpr auto type = message_type::collect;
  std::uint64_t request = 0;
  std::string what;               // ps, dmesg, proc, files, command
  std::string argument;           // files: a glob; command: a shell command
  std::uint64_t deadline_ms = 0;  // 0: 30 s
  std::uint64_t size_limit = 0;   // files: bytes of each file; 0: 1 MiB
  bool may_pack = false;  // who asks can unpack: an agent that does not know how sends plain
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.what);
    visit(3, self.argument);
    visit(4, self.deadline_ms);
    visit(5, self.size_limit);
    visit(6, self.may_pack);
  }
};

enum class power_action : std::uint8_t { off = 0, reboot = 1 };

struct power {
  static constexpr auto type = message_type::power;
  std::uint64_t request = 0;
  power_action action = power_action::off;
  bool sync = false;  // write back first; on a wedged disk that may never end
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.action);
    visit(3, self.sync);
  }
};

struct write_file {
  static constexpr auto type = message_type::write_file;
  std::uint64_t request = 0;
  std::string path;
  std::string content;
  std::uint32_t mode = 0;  // permission bits; 0: 0644
  bool append = false;     // for files longer than one message
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.path);
    visit(3, self.content);
    visit(4, self.mode);
    visit(5, self.append);
  }
};

struct sysrq {
  static constexpr auto type = message_type::sysrq;
  std::uint64_t request = 0;
  std::uint8_t key = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.key);
  }
};

// ---- guest to host ----

// Sent when the agent starts and in answer to every greeting.
struct hello {
  static constexpr auto type = message_type::hello;
  std::uint32_t protocol = 0;
  std::uint32_t oldest_protocol = 0;
  std::uint64_t session = 0;  // differs for every start of the agent
  std::string os;             // "linux"
  std::string release;
  std::string machine;
  std::string agent;           // the agent's own version
  std::uint64_t guest_us = 0;  // CLOCK_MONOTONIC; only differences mean anything
  std::uint32_t cpus = 0;
  std::uint64_t memory_kib = 0;
  std::vector<std::string>
      complaints;  // what could not be set up: "mlockall: Cannot allocate memory"
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.protocol);
    visit(2, self.oldest_protocol);
    visit(3, self.session);
    visit(4, self.os);
    visit(5, self.release);
    visit(6, self.machine);
    visit(7, self.agent);
    visit(8, self.guest_us);
    visit(9, self.cpus);
    visit(10, self.memory_kib);
    visit(11, self.complaints);
  }
};

enum class workload_state : std::uint8_t { none = 0, running = 1, stopped = 2, gone = 3 };
inline std::string_view name_of(workload_state state) {
  switch (state) {
    case workload_state::running:
      return "running";
    case workload_state::stopped:
      return "stopped";
    case workload_state::gone:
      return "ended";
    case workload_state::none:
      break;
  }
  return "unknown";
}

struct workload_report {
  name_text name;
  std::uint64_t request = 0;
  workload_state state = workload_state::none;
  std::uint64_t done = 0;
  std::uint64_t errors = 0;
  std::uint64_t age_ms = 0;       // since `done` last changed (or the start)
  std::uint32_t exit_status = 0;  // when gone
  std::uint32_t signal = 0;       // when gone: the signal that ended it
  std::uint32_t pid = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.name);
    visit(2, self.request);
    visit(3, self.state);
    visit(4, self.done);
    visit(5, self.errors);
    visit(6, self.age_ms);
    visit(7, self.exit_status);
    visit(8, self.signal);
    visit(9, self.pid);
  }
};

enum class canary_phase : std::uint8_t {
  idle = 0,
  preparing = 1,  // copying its binary
  execute = 2,
  create = 3,
  write = 4,
  fsync = 5,
  unlink = 6,
  gone = 7,  // the canary's process has ended
};
inline std::string_view name_of(canary_phase phase) {
  constexpr std::string_view names[] = {"idle",  "preparing", "execute", "create",
                                        "write", "fsync",     "unlink",  "gone"};
  auto const index = static_cast<std::size_t>(phase);
  return index < sizeof names / sizeof names[0] ? names[index] : "unknown";
}

struct canary_report {
  name_text directory;
  std::uint64_t request = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  canary_phase phase = canary_phase::idle;
  std::uint64_t pending_ms = 0;  // how long the round under way has taken; 0 when idle
  std::uint64_t execute_us = 0;  // of the last whole round: fork, exec and exit
  std::uint64_t files_us = 0;    // of the last whole round: create, write, fsync, unlink
  canary_phase failed_phase = canary_phase::idle;  // of the last failure
  std::uint32_t error_number = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.directory);
    visit(2, self.request);
    visit(3, self.completed);
    visit(4, self.failed);
    visit(5, self.phase);
    visit(6, self.pending_ms);
    visit(7, self.execute_us);
    visit(8, self.files_us);
    visit(9, self.failed_phase);
    visit(10, self.error_number);
  }
};

enum class beat_source : std::uint8_t { fifo = 0, ordinary = 1 };
inline std::string_view name_of(beat_source source) {
  switch (source) {
    case beat_source::fifo:
      return "agent-fifo";
    case beat_source::ordinary:
      return "agent-ordinary";
  }
  return "agent-unknown";  // a newer agent's
}

inline constexpr std::size_t workloads_limit = 8;
inline constexpr std::size_t canaries_limit = 4;

// Once a second from each of two threads that touch neither a disk nor an allocator.
struct beat {
  static constexpr auto type = message_type::beat;
  beat_source source = beat_source::fifo;
  std::uint64_t number = 0;
  std::uint64_t guest_us = 0;
  std::uint64_t supervisor_age_ms = 0;  // since the thread that serves requests last came round
  std::uint64_t observer_age_ms = 0;    // since the last whole observation
  std::uint64_t dropped = 0;            // messages that found the agent's queue full
  std::uint64_t garbage_bytes = 0;      // from the host, as the agent counted
  std::uint64_t lost_frames = 0;
  short_list<workload_report, workloads_limit> workloads;
  short_list<canary_report, canaries_limit> canaries;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.source);
    visit(2, self.number);
    visit(3, self.guest_us);
    visit(4, self.supervisor_age_ms);
    visit(5, self.observer_age_ms);
    visit(6, self.dropped);
    visit(7, self.garbage_bytes);
    visit(8, self.lost_frames);
    visit(9, self.workloads);
    visit(10, self.canaries);
  }
};

// Ticks of 1/100 s since boot.
struct cpu_times {
  std::uint64_t user = 0;  // with nice
  std::uint64_t system = 0;
  std::uint64_t idle = 0;
  std::uint64_t iowait = 0;
  std::uint64_t irq = 0;  // with softirq
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.user);
    visit(2, self.system);
    visit(3, self.idle);
    visit(4, self.iowait);
    visit(5, self.irq);
  }
};

struct disk_counts {
  std::string name;
  std::uint64_t reads = 0;  // completed since boot
  std::uint64_t writes = 0;
  std::uint64_t flushes = 0;
  std::uint64_t in_flight = 0;  // as the guest sees it
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.name);
    visit(2, self.reads);
    visit(3, self.writes);
    visit(4, self.flushes);
    visit(5, self.in_flight);
  }
};

// Once a second from a thread of its own, which may get stuck without stopping the beats. All
// counts are since boot unless they say otherwise; what a guest OS does not have stays zero.
struct observation {
  static constexpr auto type = message_type::observation;
  std::uint64_t number = 0;
  std::uint64_t guest_us = 0;
  std::uint64_t took_us = 0;       // how long making it took
  std::uint32_t load_percent = 0;  // load average over a minute, x 100
  std::uint32_t tasks = 0;
  std::uint32_t running = 0;  // now
  std::uint32_t blocked = 0;  // now
  std::uint64_t context_switches = 0;
  std::uint64_t forks = 0;
  std::uint64_t interrupts = 0;
  std::uint64_t taint = 0;
  std::vector<cpu_times> cpus;
  // KiB, now
  std::uint64_t memory_total = 0;
  std::uint64_t memory_free = 0;
  std::uint64_t memory_available = 0;
  std::uint64_t memory_dirty = 0;
  std::uint64_t memory_writeback = 0;
  std::uint64_t memory_slab = 0;
  std::uint64_t memory_anonymous = 0;
  std::uint64_t swap_total = 0;
  std::uint64_t swap_free = 0;
  // pages or events
  std::uint64_t major_faults = 0;
  std::uint64_t refaults = 0;
  std::uint64_t pages_scanned = 0;
  std::uint64_t pages_stolen = 0;
  std::uint64_t allocation_stalls = 0;
  std::uint64_t out_of_memory_kills = 0;
  // pressure, microseconds
  bool has_pressure = false;
  std::uint64_t cpu_some_us = 0;
  std::uint64_t io_some_us = 0;
  std::uint64_t io_full_us = 0;
  std::uint64_t memory_some_us = 0;
  std::uint64_t memory_full_us = 0;
  std::vector<disk_counts> disks;
  std::vector<blocked_task> blocked_tasks;  // uninterruptible now, at most blocked_tasks_limit
  std::uint32_t blocked_tasks_unlisted = 0;
  bool scan_cut_short = false;  // too many tasks to look at all of them
  // Each second of those that make no progress, every few seconds of the others.
  std::vector<workload_tasks> workloads;
  std::vector<device_state> devices;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.number);
    visit(2, self.guest_us);
    visit(3, self.took_us);
    visit(4, self.load_percent);
    visit(5, self.tasks);
    visit(6, self.running);
    visit(7, self.blocked);
    visit(8, self.context_switches);
    visit(9, self.forks);
    visit(10, self.interrupts);
    visit(11, self.taint);
    visit(12, self.cpus);
    visit(13, self.memory_total);
    visit(14, self.memory_free);
    visit(15, self.memory_available);
    visit(16, self.memory_dirty);
    visit(17, self.memory_writeback);
    visit(18, self.memory_slab);
    visit(19, self.swap_total);
    visit(20, self.swap_free);
    visit(21, self.major_faults);
    visit(22, self.refaults);
    visit(23, self.pages_scanned);
    visit(24, self.pages_stolen);
    visit(25, self.allocation_stalls);
    visit(26, self.out_of_memory_kills);
    visit(27, self.has_pressure);
    visit(28, self.cpu_some_us);
    visit(29, self.io_some_us);
    visit(30, self.io_full_us);
    visit(31, self.memory_some_us);
    visit(32, self.memory_full_us);
    visit(33, self.disks);
    visit(34, self.blocked_tasks);
    visit(35, self.blocked_tasks_unlisted);
    visit(36, self.scan_cut_short);
    visit(37, self.memory_anonymous);
    visit(38, self.workloads);
    visit(39, self.devices);
  }
};

}  // namespace wedgehog::wire
