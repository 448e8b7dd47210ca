// All that differs between guest operating systems. A new port is src/os/<name>.cpp, which
// defines every function below, and one line in guest-agent/CMakeLists.txt; nothing else in the
// agent asks which system it runs on.
//
// How to write a port:
//   1. Start with identify(), prepare_process() and stubs that say "not known here" (return false
//      with the reason): the agent then greets, beats and runs scripts.
//   2. observe(): fill what the system has, leave the rest zero. It runs on a thread of its own and
//      may get stuck; it must not take a lock that a beat needs, nor open a file on a disk.
//   3. write_tasks() and friends run in a forked child with a deadline: they may be slow or get
//      stuck, but write what they have as they go, the most telling lines first.
//   4. Everything must work with the agent in memory: no file outside the system's own pseudo file
//      systems.
// Two known facts to save you an afternoon: mlockall(MCL_CURRENT) is ENOSYS on DragonFly (use
// MCL_FUTURE), and illumos has no cfmakeraw, no reboot() (uadmin) and no "D" state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/messages.hpp"

namespace wedgehog::guest::os {

// Locks the process into memory and takes it out of the reach of the out-of-memory killer. Adds a
// line to `complaints` for each thing that did not work.
void prepare_process(std::vector<std::string>& complaints);

// Puts the calling thread in the real-time class, above nearly everything. False with errno.
bool become_realtime();

// Undoes prepare_process() in a forked child: it must be an ordinary process of the guest.
// `protect` keeps it out of the out-of-memory killer's reach.
void become_ordinary(bool protect);

// os, release, machine, cpus, memory_kib.
void identify(wire::hello& hello);

// A process group as observe() saw it.
struct group_state {
  std::uint32_t group = 0;
  std::uint32_t stopped = 0;  // tasks stopped by a signal or a debugger
  std::uint32_t busy = 0;     // tasks running or uninterruptible
};

// A workload whose tasks observe() shall tell of: its first process, and whether it stands still,
// so that what its tasks wait for matters.
struct workload_root {
  wire::name_text name;
  std::uint32_t process = 0;
  bool stands_still = false;
};

// Fills everything but number, guest_us and took_us. `groups`: of all groups with a stopped task.
void observe(wire::observation& seen, std::vector<group_state>& groups,
             std::vector<workload_root> const& workloads);

// "D xfs_log_force <- xfs_file_fsync": state and kernel stack of a process; empty when it is gone.
std::string describe_process(std::uint32_t pid);

// The collectors' work; each writes text to the descriptor. False with a reason when the system
// cannot.
bool write_tasks(int to, std::string& why);
bool write_kernel_log(int to, std::string& why);
std::vector<std::string> const& vital_files();

// What else a collector can be called on this system: evidence by the system's own programs, run by
// /bin/sh in a process group that is killed at the deadline. Each bounds what it prints. A name of
// its own goes before what all systems have.
struct evidence_script {
  std::string_view name;
  char const* script;
};
std::vector<evidence_script> const& evidence_scripts();

// Makes ready what such programs need when the disk that they come from is wedged. Before any
// thread is started. Adds a line to `complaints` for what did not work.
void hold_evidence(std::vector<std::string>& complaints);
// What a program that is held ready is asked for that evidence, and on which socket; empty: there
// is none, and the script alone tells.
struct held_question {
  std::string question{};
  std::string at{};
};
held_question held_evidence(std::string_view name);

// Both return only when they failed, with errno set.
void power_off();
void reboot();
bool press_sysrq(char key, std::string& why);

// Makes a system that began as a copy of another a system of its own: its random numbers, then its
// names. False with the reason when its random numbers may go on as those of the other copies do.
// Adds a line to `left` for each of the rest that stays as it was.
bool become_another(wire::become_another const& wanted, std::vector<std::string>& left,
                    std::string& why);

// How much of a mapped range is in memory; 0 where the system does not tell.
std::uint64_t resident_bytes(void* mapped, std::size_t length);

// The agent's own binary, readable for as long as it runs.
std::string own_binary();
// Directories in memory, best first, where counters may live.
std::vector<std::string> const& memory_directories();

}  // namespace wedgehog::guest::os
