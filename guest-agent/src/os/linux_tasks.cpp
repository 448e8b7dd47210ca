#include "os/linux_tasks.hpp"

#include <dirent.h>

#include <algorithm>

#include "bodies.hpp"
#include "os/linux_text.hpp"
#include "os/os.hpp"

namespace wedgehog::guest::os {

namespace {

constexpr std::uint64_t kernel_thread_flag = 0x00200000;  // PF_KTHREAD, linux/sched.h

// proc(5), /proc/pid/stat: "pid (comm) state ppid pgrp session tty tpgid flags …", threads is the
// 20th. The name may itself contain blanks and parentheses.
bool read_stat(std::string const& directory, task& out) {
  auto const text = read_text(directory + "/stat", 1024);
  auto const open = text.find('(');
  auto const close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return false;
  out.comm = text.substr(open + 1, close - open - 1);
  out.directory = directory;
  std::string_view rest = std::string_view(text).substr(close + 1);
  auto const state = take_word(rest);
  out.state = state.empty() ? '?' : state[0];
  out.parent = static_cast<std::uint32_t>(take_number(rest));
  out.group = static_cast<std::uint32_t>(take_number(rest));
  for (int skipped = 0; skipped < 3; ++skipped) take_word(rest);
  out.kernel = (take_number(rest) & kernel_thread_flag) != 0;
  for (int skipped = 0; skipped < 4; ++skipped) take_word(rest);
  out.cpu_ticks = take_number(rest);
  out.cpu_ticks += take_number(rest);
  auto const of_children = take_number(rest) + take_number(rest);
  if (out.id == out.process) out.cpu_ticks += of_children;
  for (int skipped = 0; skipped < 2; ++skipped) take_word(rest);
  out.threads = static_cast<std::uint32_t>(take_number(rest));
  return true;
}

std::vector<std::uint32_t> numbered_entries(std::string const& directory) {
  std::vector<std::uint32_t> found;
  DIR* const stream = opendir(directory.c_str());
  if (!stream) return found;
  while (auto const* entry = readdir(stream))
    if (auto const number = to_number(entry->d_name); number != 0)
      found.push_back(static_cast<std::uint32_t>(number));
  closedir(stream);
  return found;
}

bool visit_threads(task const& process, std::function<bool(task const&)> const& visit) {
  auto const base = process.directory + "/task";
  for (auto const id : numbered_entries(base)) {
    task thread = process;
    thread.id = id;
    if (read_stat(base + "/" + std::to_string(id), thread) && !visit(thread)) return false;
  }
  return true;
}

int rank(char state) {
  switch (state) {
    case 'D':
      return 0;
    case 'R':
      return 1;
    case 'T':
    case 't':
      return 2;
    default:
      return 3;
  }
}

// A row has the same columns whatever a task is called: seven words, its name, one word.
std::string describe(task const& one) {
  auto const channel = wait_channel(one.directory);
  std::string line = std::to_string(one.process) + " " + std::to_string(one.id) + " " +
                     std::to_string(one.parent) + " " + one.state + " " + (one.kernel ? "k" : "u") +
                     " " + std::to_string(count_switches(one.directory)) + " " +
                     std::to_string(run_time_us(one.directory)) + " " + on_one_row(one.comm) + " " +
                     (channel.empty() ? "-" : channel) + "\n";
  for (auto const& function : kernel_stack(one.directory, 64)) line += "    " + function + "\n";
  return line;
}

}  // namespace

void for_each_task(std::function<bool(task const&)> const& visit) {
  for (auto const pid : numbered_entries("/proc")) {
    task process;
    process.process = process.id = pid;
    if (!read_stat("/proc/" + std::to_string(pid), process)) continue;
    bool const go_on = process.threads > 1 ? visit_threads(process, visit) : visit(process);
    if (!go_on) return;
  }
}

// "[<0>] xlog_cil_push_now+0x12/0x34 [xfs]"
std::vector<std::string> kernel_stack(std::string const& task_directory, std::size_t limit) {
  auto const text = read_text(task_directory + "/stack", 16 * 1024);
  std::vector<std::string> names;
  for (std::string_view rest = text; !rest.empty() && names.size() < limit;) {
    auto line = take_line(rest);
    take_word(line);
    auto const name = take_word(line);
    if (!name.empty())
      names.emplace_back(name.substr(0, std::min<std::size_t>(name.find('+'), 64)));
  }
  return names;
}

std::uint64_t count_switches(std::string const& task_directory) {
  auto const text = read_text(task_directory + "/status", 16 * 1024);
  std::uint64_t sum = 0;
  for (std::string_view rest = text; !rest.empty();) {
    auto line = take_line(rest);
    auto const key = take_word(line);
    if (key == "voluntary_ctxt_switches" || key == "nonvoluntary_ctxt_switches")
      sum += take_number(line);
  }
  return sum;
}

std::uint64_t run_time_us(std::string const& task_directory) {
  return to_number(read_text(task_directory + "/schedstat", 256)) / 1000U;
}

std::string wait_channel(std::string const& task_directory) {
  auto const name = read_text(task_directory + "/wchan", 128);
  return name == "0" ? "-" : name;
}

std::string describe_process(std::uint32_t pid) {
  task found;
  if (!read_stat("/proc/" + std::to_string(pid), found)) return {};
  std::string text(1, found.state);
  auto const stack = kernel_stack(found.directory, wire::stack_limit);
  for (std::size_t i = 0; i < stack.size(); ++i) text += (i == 0 ? " " : " <- ") + stack[i];
  if (stack.empty()) text += " " + wait_channel(found.directory);
  return text;
}

// Two turns: first all states, which cannot block, then wait channels and stacks, the blocked tasks
// first, written as they come.
bool write_tasks(int to, std::string&) {
  std::vector<task> all;
  for_each_task([&all](task const& one) {
    all.push_back(one);
    return true;
  });
  std::stable_sort(all.begin(), all.end(),
                   [](task const& a, task const& b) { return rank(a.state) < rank(b.state); });
  if (!print(to, "PID TID PPID STATE KERNEL SWITCHES RUN_US COMM WCHAN\n")) return true;
  for (auto const& one : all)
    if (!print(to, describe(one))) return true;
  return true;
}

}  // namespace wedgehog::guest::os
