// Tasks as DragonFly's kernel debugger lists them (`ps` at the prompt "db> "), for wedge.hpp.
#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "base/blank_words.hpp"
#include "console/text.hpp"
#include "console/wedge.hpp"

namespace wedgehog::console {
namespace {

constexpr std::size_t most_tasks = 4096;
// DragonFly 5.9, sys/sys/thread.h.
constexpr std::uint32_t running = 0x1;         // TDF_RUNNING
constexpr std::uint32_t queued = 0x2;          // TDF_RUNQ
constexpr std::uint32_t interruptible = 0x40;  // TDF_SINTR

template <class Number>
bool read_number(std::string_view text, Number& into, int base) {
  auto const read = std::from_chars(text.data(), text.data() + text.size(), into, base);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

// DragonFly 5.9, sys/ddb/db_ps.c: count, thread, pid, flags, priority/critical, stack, message,
// channel, name; of those on the run queue no count. The pager leaves its question in front.
bool read_row(std::string_view line, blocked_task& task) {
  if (auto const more = line.rfind("--More--"); more != std::string_view::npos)
    line.remove_prefix(more + 8);
  auto const words = blank_words(line, 16);
  auto const thread =
      std::find_if(words.begin(), words.end(), [](auto word) { return word.starts_with("0x"); });
  auto const at = static_cast<std::size_t>(thread - words.begin());
  if (at > 1 || words.size() < at + 8 || !words[at + 4].starts_with("0x")) return false;
  std::uint32_t flags = 0;
  if (!read_number(words[at + 1], task.pid, 10) || words[at + 2].size() != 8 ||
      !read_number(words[at + 2], flags, 16))
    return false;
  if ((flags & (running | queued | interruptible)) != 0) return false;
  if (words[at + 5] == "-") return false;
  task.wait_channel = words[at + 5];
  auto const name =
      line.find(words[at + 7], static_cast<std::size_t>(words[at + 6].data() - line.data()) +
                                   words[at + 6].size());
  task.comm = trimmed(line.substr(name));
  task.kernel_thread = task.pid <= 0;
  return true;
}

}  // namespace

std::vector<blocked_task> read_ddb_tasks(std::string_view text) {
  std::vector<blocked_task> all;
  bool listing = false;
  line_reader lines([&](text_line line) {
    if (line.text.find(" tdq ") != std::string_view::npos &&
        line.text.find("wmesg") != std::string_view::npos) {
      listing = true;
      return;
    }
    blocked_task task;
    if (listing && all.size() < most_tasks && read_row(line.text, task))
      all.push_back(std::move(task));
  });
  lines.feed(text);
  lines.finish();
  return all;
}

}  // namespace wedgehog::console
