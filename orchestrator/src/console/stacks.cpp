#include "console/stacks.hpp"

#include <algorithm>
#include <utility>

#include "console/symbol.hpp"
#include "console/text.hpp"

namespace wedgehog::console {

namespace {
constexpr std::size_t most_frames = 256;
constexpr std::size_t most_stacks = 64;
}  // namespace

namespace {
struct marker {
  std::string_view text;
  stack_kind kind;
  bool anywhere = false;
};

// What announces a stack. "Call Trace:" continues a report whose registers were printed just
// before.
constexpr marker markers[] = {
    {"Allocated by task", stack_kind::other},
    {"Allocated:", stack_kind::other},
    {"Freed by task", stack_kind::other},
    {"Freed:", stack_kind::other},
    {"allocated by task", stack_kind::other, true},
    {"freed by task", stack_kind::other, true},
    {"Last potentially related work creation", stack_kind::other},
    {"Second to last potentially related", stack_kind::other},
    {"Last call_rcu", stack_kind::other},
    {"Last call_rcu():", stack_kind::other},
    {"INFO: Allocated in", stack_kind::other},
    {"INFO: Freed in", stack_kind::other},
    {"Uninit was", stack_kind::other},
    {"Local variable", stack_kind::other},
    {"origin:", stack_kind::other},
    {"state was registered at:", stack_kind::other, true},
    {"the existing dependency chain", stack_kind::other},
    {"-> #", stack_kind::other},
    {"... which became", stack_kind::other},
    {"to a ", stack_kind::other},
    {"the dependencies between", stack_kind::other},
    {"the shortest dependencies between", stack_kind::other},
    {"Showing all locks held", stack_kind::other},
    {"Disabled preemption at", stack_kind::other},
    {"Preemption disabled at", stack_kind::other},
    {"page last allocated via", stack_kind::other},
    {"page last free", stack_kind::other},
    {"page_owner", stack_kind::other},
    {"RCU grace-period kthread stack dump", stack_kind::other, true},
    {"Stack dump where RCU GP kthread last ran", stack_kind::processor, true},
    {"first seen at:", stack_kind::other, true},
    {"NMI backtrace for cpu", stack_kind::processor},
    {"Sending NMI", stack_kind::processor},
    {"Task dump for CPU", stack_kind::processor},
    {"stack backtrace:", stack_kind::failing},
    {"Call Trace:", stack_kind::failing},
    {"Call trace:", stack_kind::failing},
    {"Backtrace:", stack_kind::failing},
    {"backtrace:", stack_kind::failing},
    {"backtrace (crc", stack_kind::failing},
    {"read to 0x", stack_kind::failing},
    {"write to 0x", stack_kind::failing},
    {"Trace beginning at frame", stack_kind::failing},
    {"KDB: stack backtrace", stack_kind::failing},
    {"panic[cpu", stack_kind::failing},  // illumos
    {"$C", stack_kind::failing},         // mdb
    {"$c", stack_kind::failing},
    {"::stack", stack_kind::failing},
    {"---[ end trace", stack_kind::other},
    {"Kernel panic - not syncing", stack_kind::failing, true},
};

// Markers that go on with the open stack's meaning ("Call Trace:" under "NMI backtrace for cpu 1").
bool continues(std::string_view text) {
  return text == "Call Trace:" || text == "Call trace:" || text == "Backtrace:" ||
         text == "backtrace:";
}

std::string_view after(std::string_view text, std::string_view what) {
  std::size_t const at = text.find(what);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + what.size());
}

class reader {
 public:
  explicit reader(std::string_view caller) : caller_(caller) {}

  void take(said_line const& line) {
    if (!caller_.empty() && !line.caller.empty() && line.caller != caller_) return;
    std::string_view text = trimmed(line.text);
    if (text.empty()) return;
    // A mail wraps behind the mark of a guess, too.
    bool const guess = std::exchange(guess_follows_, text == "?");
    if (!skip_stack_tags(text)) facts(text);
    if (text.starts_with("panicstack = ")) {  // illumos' fmdump puts the whole stack on one line
      for (std::string_view rest = text.substr(13); !rest.empty();) {
        std::size_t const end = rest.find(" | ");
        if (auto found = read_frame(rest.substr(0, end))) add(std::move(*found));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 3);
      }
      return;
    }
    if (mark(text)) return;
    if (auto found = read_frame(text)) {
      found->unsure |= guess;
      add(std::move(*found), text[0] == '#' ? "kgdb" : "");
    }
  }
  read_report finish() && {
    std::erase_if(out_.stacks, [](stack const& s) { return s.frames.empty(); });
    return std::move(out_);
  }

 private:
  void open(stack_kind kind, std::string_view label) {
    if (out_.stacks.size() >= most_stacks) return;
    out_.stacks.push_back({kind, std::string(label.substr(0, 60)), {}});
  }

  bool mark(std::string_view text) {
    for (marker const& m : markers) {
      bool const here =
          m.anywhere ? text.find(m.text) != std::string_view::npos : text.starts_with(m.text);
      if (!here) continue;
      if (continues(text) && !out_.stacks.empty()) {
        auto const& open_one = out_.stacks.back();
        bool const only_registers = std::all_of(open_one.frames.begin(), open_one.frames.end(),
                                                [](frame const& f) { return f.program_counter; });
        bool const of_processor = open_one.kind == stack_kind::processor;
        bool const announced = open_one.label != "" && open_one.frames.empty();
        if (only_registers && (announced || of_processor || !open_one.frames.empty())) return true;
      }
      open(m.kind, text);
      return true;
    }
    return false;
  }

  void add(frame found, std::string_view unannounced = {}) {
    if (out_.stacks.empty()) open(stack_kind::failing, unannounced);
    auto& frames = out_.stacks.back().frames;
    if (frames.size() < most_frames) frames.push_back(std::move(found));
  }

  void facts(std::string_view text) {
    if (out_.access.empty()) {
      if (text.starts_with("Read of size") || text.starts_with("Read at addr") ||
          text.starts_with("Read of addr"))
        out_.access = "Read";
      if (text.starts_with("Write of size") || text.starts_with("Write at addr") ||
          text.starts_with("Write of addr"))
        out_.access = "Write";
    }
    if (std::string_view place = after(text, ", at: "); !place.empty()) {
      skip_address(place);
      if (std::size_t const n = symbol_length(place); n > 0 && out_.lock_sites.size() < 32)
        out_.lock_sites.push_back(plain_function(place.substr(0, n)));
    }
    if (out_.first_lock.empty() && text.starts_with("1st ")) out_.first_lock = lock_name(text);
    if (out_.second_lock.empty() && text.starts_with("2nd ")) out_.second_lock = lock_name(text);
    // OpenZFS: "PANIC at frob.c:494:frob_class_validate()".
    if (text.starts_with("PANIC at ") && text.ends_with("()") && out_.asserting_function.empty())
      out_.asserting_function = plain_function(text.substr(text.rfind(':') + 1));
    if (text.starts_with("last function: ") && out_.workqueue_function.empty())
      out_.workqueue_function = plain_function(text.substr(15));
    if (text.starts_with("Workqueue: ") && out_.workqueue_function.empty()) {
      std::string_view rest = text.substr(11);
      std::size_t const blank = rest.find(' ');
      if (blank != std::string_view::npos)
        out_.workqueue_function = plain_function(rest.substr(blank + 1));
    }
  }

  // "1st 0xfffffd806d95cb48 inode (&ip->i_lock) @ file:12": the second word after the address.
  static std::string lock_name(std::string_view text) {
    std::string_view rest = text.substr(4);
    skip_blanks(rest);
    if (rest.starts_with("0x")) {
      rest = rest.substr(std::min(rest.find(' '), rest.size()));
      skip_blanks(rest);
    }
    std::size_t const end = rest.find_first_of("(@");
    return std::string(trimmed(rest.substr(0, std::min<std::size_t>(end, 60))));
  }

  std::string_view caller_;
  bool guess_follows_ = false;
  read_report out_;
};
}  // namespace

read_report read_stacks(std::vector<said_line> const& lines, std::string_view caller) {
  reader r(caller);
  for (auto const& line : lines) r.take(line);
  return std::move(r).finish();
}

}  // namespace wedgehog::console
