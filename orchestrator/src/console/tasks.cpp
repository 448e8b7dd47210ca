// Readers of task listings for wedge.hpp: each takes one form of text apart and knows nothing of
// what it means.
#include <algorithm>
#include <charconv>
#include <utility>

#include "console/frame.hpp"
#include "console/joiner.hpp"
#include "console/symbol.hpp"
#include "console/text.hpp"
#include "console/transport.hpp"
#include "console/wedge.hpp"

namespace wedgehog::console {

namespace {
constexpr std::size_t most_tasks = 4096;
constexpr std::size_t most_frames = 64;

std::vector<std::string_view> words_of(std::string_view text, std::size_t most) {
  std::vector<std::string_view> out;
  while (out.size() < most) {
    std::size_t const from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) break;
    text.remove_prefix(from);
    bool const last = out.size() + 1 == most;
    std::size_t const end = last ? text.size() : std::min(text.find_first_of(" \t"), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

// Whole lines, without what transports added; not those that a program said.
template <class Each>
void each_line(std::string_view text, Each each) {
  transport prefixes;
  line_joiner joined(classifier(system::linux), [&](text_line said) {
    printed_line const line = prefixes.read(said.text);
    if (!line.program) each(line.body);
  });
  line_reader lines([&](text_line said) { joined.take(said); });
  lines.feed(text);
  lines.finish();
  joined.finish();
}

bool number(std::string_view text, std::int64_t& out) {
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failure == std::errc() && end == text.data() + text.size();
}

// "… ppid:2    flags:…" -> 2
bool tagged_number(std::string_view line, std::string_view tag, std::int64_t& out) {
  std::size_t const at = line.find(tag);
  if (at == std::string_view::npos) return false;
  std::string_view rest = trimmed(line.substr(at + tag.size()));
  return number(rest.substr(0, rest.find_first_not_of("0123456789")), out);
}

// The innermost frames of one task. Where all are guesses, the guesses.
class task_frames {
 public:
  void add(frame const& found) {
    auto& into = found.unsure ? guessed_ : sure_;
    if (into.size() < most_frames && !found.past_end) into.push_back(found.function);
  }
  std::vector<std::string> take() {
    auto out = std::exchange(sure_, {});
    auto guessed = std::exchange(guessed_, {});
    return out.empty() ? guessed : out;
  }
  [[nodiscard]] bool empty() const { return sure_.empty() && guessed_.empty(); }

 private:
  std::vector<std::string> sure_;
  std::vector<std::string> guessed_;
};

class linux_tasks {
 public:
  void line(std::string_view text) {
    if (header(text)) return;
    std::string_view const body = trimmed(text);
    // /proc/PID/stack alone: nothing announces it, "[<0>] " marks it.
    if (!wanted_ && !announced_ && body.starts_with("[<0>] ")) begin({}, -1, true);
    if (!wanted_ || tasks_.empty()) return;
    if (body.starts_with("Showing ") || body.starts_with("NMI backtrace") ||
        body.starts_with("Kernel panic") || body.starts_with("Sending NMI")) {
      end();
      return;
    }
    if (auto found = read_frame(text); found && !found->program_counter) frames_.add(*found);
    if (!announced_ && body.ends_with(" 0xffffffffffffffff")) end();
  }
  std::vector<blocked_task> finish() && {
    end();
    std::erase_if(tasks_, [](blocked_task const& t) { return t.frames.empty(); });
    return std::move(tasks_);
  }

 private:
  void begin(std::string_view comm, std::int64_t pid, bool kernel_thread) {
    // A hung task's report names it twice.
    if (wanted_ && !tasks_.empty() && frames_.empty() && tasks_.back().pid == pid) {
      tasks_.back().kernel_thread |= kernel_thread;
      return;
    }
    end();
    wanted_ = tasks_.size() < most_tasks;
    if (wanted_) tasks_.push_back({std::string(comm), pid, kernel_thread, {}, {}});
  }

  void end() {
    if (wanted_ && !tasks_.empty()) {
      blocked_task& task = tasks_.back();
      task.frames = frames_.take();
      // A listing without states: who has not called the scheduler is running.
      if (stateless_ && !task.frames.empty() && task.frames[0] != "__schedule" &&
          task.frames[0] != "schedule")
        task.frames.clear();
    }
    wanted_ = false;
    stateless_ = false;
  }

  bool header(std::string_view text) {
    std::int64_t pid = -1;
    std::int64_t parent = -1;
    std::string_view const body = trimmed(text);
    if (body.starts_with("task:")) {  // Linux 5.10 and later
      std::size_t const state = body.find(" state:");
      if (state == std::string_view::npos) return false;
      std::string_view const comm = trimmed(body.substr(5, state - 5));
      tagged_number(body, " pid:", pid);
      tagged_number(body, "ppid:", parent);
      if (state + 7 < body.size() && body[state + 7] == 'D') {
        begin(comm, pid, parent == 2);
      } else {
        end();
      }
      return announced_ = true;
    }
    if (body.starts_with("PID: ") && body.find("TASK: ") != std::string_view::npos) {  // crash
      std::size_t const command = body.find("COMMAND: \"");
      std::string_view const comm =
          command == std::string_view::npos ? std::string_view{} : body.substr(command + 10);
      tagged_number(body, "PID:", pid);
      begin(comm.substr(0, comm.find('"')), pid, false);
      stateless_ = true;
      return announced_ = true;
    }
    // "==> /proc/4025/stack <==", "/proc/4025/stack:"
    if (std::size_t const proc = body.find("/proc/");
        proc != std::string_view::npos && proc < 8 &&
        body.find("/stack") != std::string_view::npos) {
      number(body.substr(proc + 6, body.find('/', proc + 6) - proc - 6), pid);
      begin({}, pid, true);
      return announced_ = true;
    }
    if (body.starts_with("INFO: task ")) {
      std::size_t const blocked = body.find(" blocked ");
      if (blocked == std::string_view::npos) return false;
      std::string_view const who = body.substr(11, blocked - 11);
      std::size_t const colon = who.rfind(':');
      if (colon == std::string_view::npos) return false;
      number(who.substr(colon + 1), pid);
      begin(who.substr(0, colon), pid, false);
      return announced_ = true;
    }
    return old_header(text);
  }

  // "kworker/0:1     D27296   764      2 0x00000000", "getty           D ffffffff83e27d60 28152
  // 2986      1 0x2"
  bool old_header(std::string_view text) {
    if (text.size() < 30 || text.starts_with(' ') || text.starts_with('[')) return false;
    auto const words = words_of(text, 9);
    if (words.size() < 5) return false;
    std::string_view const state = words[1];
    bool const is_state = std::string_view("DRSTtXZPI").find(state[0]) != std::string_view::npos &&
                          state.find_first_not_of("0123456789", 1) == std::string_view::npos;
    if (!is_state) return false;
    std::size_t flags = 2;
    while (flags < words.size() && !words[flags].starts_with("0x")) ++flags;
    std::int64_t pid = -1;
    std::int64_t parent = -1;
    // 2.6 has no flags: the two last numbers are the same.
    if (flags < 4 || !number(words[flags - 2], pid) || !number(words[flags - 1], parent))
      return false;
    if (state[0] == 'D') {
      begin(words[0], pid, parent == 2);
    } else {
      end();
    }
    return announced_ = true;
  }

  std::vector<blocked_task> tasks_;
  task_frames frames_;      // of the last task
  bool wanted_ = false;     // frames belong to the last task
  bool announced_ = false;  // the listing has headers
  bool stateless_ = false;  // the last header did not say whether the task runs
};

// A state as ps prints it: "D", "DL+", "B0", "ILs".
bool is_state(std::string_view text) {
  return !text.empty() && text.size() <= 6 &&
         std::string_view("BDIRSTZLWU").find(text[0]) != std::string_view::npos &&
         text.find_first_not_of("0123456789+<sLNJEXWVMCH", 1) == std::string_view::npos;
}

bool is_channel(std::string_view text) {
  return text.size() >= 2 && text.size() <= 16 && (is_letter(text[0]) || text[0] == '_') &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_word(c) || c == '-' || c == '*'; }) &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}
}  // namespace

std::vector<blocked_task> read_linux_tasks(std::string_view text) {
  linux_tasks reader;
  each_line(text, [&](std::string_view line) { reader.line(line); });
  return std::move(reader).finish();
}

std::vector<std::string> read_proc_stack(std::string_view text) {
  task_frames frames;
  each_line(text, [&](std::string_view line) {
    if (auto const found = read_frame(line)) frames.add(*found);
  });
  return frames.take();
}

// "  PID    TID COMM                TDNAME              KSTACK": frames behind the names, innermost
// first, with offsets (-kk) or without (-k).
std::vector<blocked_task> read_procstat_tasks(std::string_view text) {
  std::vector<blocked_task> out;
  std::size_t column = 0;
  each_line(text, [&](std::string_view line) {
    if (line.find(" TID ") != std::string_view::npos && line.ends_with("KSTACK")) {
      column = line.size() - 6;
      return;
    }
    if (column == 0 || line.size() <= column || out.size() >= most_tasks) return;
    auto const words = words_of(line, 4);
    blocked_task task;
    std::int64_t thread = 0;
    if (words.size() < 4 || !number(words[0], task.pid) || !number(words[1], thread)) return;
    task.comm = words[2];
    // A long name pushes the stack to the right: it begins with a whole word.
    std::string_view rest = line.substr(column);
    if (line[column - 1] != ' ') rest.remove_prefix(std::min(rest.find(' '), rest.size()));
    for (std::string_view const word : words_of(rest, most_frames))
      if (std::size_t const length = symbol_length(word);
          length > 0 && length + offset_length(word.substr(length)) == word.size())
        task.frames.push_back(plain_function(word));
    bool const interruptible =
        std::any_of(task.frames.begin(), task.frames.end(), [](std::string const& name) {
          return name == "sleepq_catch_signals" || name.ends_with("wait_sig");
        });
    task.kernel_thread = !task.frames.empty() && task.frames.back() == "fork_exit";
    if (!interruptible && !task.frames.empty() && task.frames[0] == "mi_switch")
      out.push_back(std::move(task));
  });
  return out;
}

std::vector<blocked_task> read_tasks(std::string_view text) {
  for (auto const read :
       {read_linux_tasks, read_illumos_tasks, read_procstat_tasks, read_ddb_tasks, read_ps_tasks})
    if (auto tasks = read(text); !tasks.empty()) return tasks;
  return {};
}

std::vector<blocked_task> read_ps_tasks(std::string_view text) {
  std::vector<blocked_task> out;
  constexpr std::size_t none = ~std::size_t{0};
  std::size_t channel = none;
  std::size_t state = none;
  std::size_t pid = none;
  std::size_t command = none;
  std::size_t columns = 0;
  each_line(text, [&](std::string_view line) {
    if (out.size() >= most_tasks) return;
    auto words = words_of(line, 32);
    auto const column = [&](std::string_view name) {
      auto const at = std::find(words.begin(), words.end(), name);
      return at == words.end() ? none : static_cast<std::size_t>(at - words.begin());
    };
    if (std::size_t const found = column("WCHAN"); found != none) {
      channel = found;
      state = std::min(column("STAT"), column("STATE"));
      pid = column("PID");
      command = std::min({column("COMMAND"), column("COMM"), column("UCOMM"), column("CMD")});
      columns = words.size();
      return;
    }
    blocked_task task;
    std::string_view how;
    if (channel != none && state != none && columns > 0) {
      words = words_of(line, columns);
      if (words.size() <= std::max(channel, state)) return;
      how = words[state];
      task.wait_channel = words[channel];
      if (pid < words.size()) number(words[pid], task.pid);
      if (command < words.size()) task.comm = words[command];
      task.kernel_thread = task.pid == -1 || task.comm.starts_with('[') ||
                           (task.comm.starts_with('(') && !task.comm.starts_with("(sh)"));
      if (!is_state(how)) return;
    } else {
      if (words.size() < 2 || !is_state(words[0]) || !is_channel(words[1])) return;
      how = words[0];
      task.wait_channel = words[1];
      if (words.size() > 2) task.comm = words[2];
      task.kernel_thread =
          how[0] == 'B';  // DragonFly: a thread blocked in the kernel's own scheduler
    }
    if (how[0] == 'D' || how[0] == 'B' || how[0] == 'U') out.push_back(std::move(task));
  });
  return out;
}

std::vector<blocked_task> read_illumos_tasks(std::string_view text) {
  std::vector<blocked_task> out;
  bool wanted = false;
  each_line(text, [&](std::string_view line) {
    std::string_view const body = trimmed(line);
    if (body.starts_with("stack pointer for thread ")) {
      wanted = out.size() < most_tasks;
      if (!wanted) return;
      blocked_task task;
      // "(ksh/1)" or "(bhyve/1 [mevent])"; kernel threads have none
      if (std::size_t const open = body.find('('); open != std::string_view::npos) {
        std::string_view const who = body.substr(open + 1);
        task.comm = who.substr(0, who.find_first_of("/)"));
      } else {
        task.kernel_thread = true;
      }
      out.push_back(std::move(task));
      return;
    }
    auto const words = words_of(body, 5);
    // ::stacks: "ffffff0007c0bc60 SLEEP    CV     12", its frames indented below
    if (words.size() == 4 && words[0].size() >= 8 &&
        words[0].find_first_not_of("0123456789abcdef") == std::string_view::npos &&
        words[3].find_first_not_of("0123456789") == std::string_view::npos) {
      wanted = words[1] == "SLEEP" && out.size() < most_tasks;
      if (wanted) out.push_back({"", -1, true, {}, {}});
      return;
    }
    if (!wanted || out.empty()) return;
    auto& frames = out.back().frames;
    auto found = read_frame(line);
    if (!found && words.size() == 1) found = read_frame(std::string(body) + "()");
    if (found && frames.size() < most_frames) frames.push_back(found->function);
  });
  std::erase_if(out, [](blocked_task const& t) { return t.frames.empty(); });
  for (blocked_task& task : out)  // a stack that ends in a system call is a program's
    task.kernel_thread = std::none_of(task.frames.begin(), task.frames.end(), [](auto const& f) {
      return f.starts_with("sys_") || f.starts_with("_sys_");
    });
  return out;
}

}  // namespace wedgehog::console
