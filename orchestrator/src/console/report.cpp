#include "console/report.hpp"

#include <algorithm>

#include "console/frame.hpp"
#include "console/symbol.hpp"
#include "console/title.hpp"

namespace wedgehog::console {

namespace {
constexpr std::size_t most_findings = 1024;
// A boot banner after this many seconds of kernel time is a boot that nobody asked for.
constexpr double settled_seconds = 10;
// What a kernel prints so long after a report's head is another event.
constexpr double longest_report_seconds = 150;
// A program that dies in a panic of its own says so within a few lines.
constexpr std::size_t lines_of_a_confession = 8;
constexpr std::size_t lines_to_an_explanation = 3;
// So many lines are read in full to learn whose host this is; later ones only when they matter.
constexpr std::uint64_t lines_to_learn_from = 2000;
constexpr std::size_t most_debugger_lines = 64;

constexpr rule reboot_row{"unexpected boot",          severity::fatal, "reboot",
                          "unexpected kernel reboot", "REBOOT",        guilt::none};

bool is_banner(std::string_view body) {
  return body.starts_with("SeaBIOS (version") || body.ends_with("Booting the kernel.") ||
         is_boot_banner(body);
}

// "> $C" of mdb, or one of its frames: "ffffd001f2b38cf0 frob_free+0x37(…)".
bool is_debuggers(std::string_view line) {
  if (line.starts_with("> $") || line.starts_with("> ::")) return true;
  std::size_t n = 0;
  while (n < line.size() && n <= 16 && is_hex(line[n])) ++n;
  return n >= 8 && n < line.size() && line[n] == ' ';
}
}  // namespace

report_reader::report_reader(classifier rules)
    : rules_(std::move(rules)),
      joined_(rules_, [this](text_line said) { line(said); }),
      sentence_(rules_),
      lines_([this](text_line said) { joined_.take(said); }) {}

void report_reader::feed(std::string_view bytes) {
  lines_.feed(bytes);
}

void report_reader::finish() {
  lines_.finish();
  joined_.finish();
  ended_ = true;
  while (!open_.empty()) close(0);
  ended_ = false;
}

std::vector<report> report_reader::take() {
  return std::exchange(closed_, {});
}

std::vector<finding> report_reader::take_findings() {
  return std::exchange(findings_, {});
}

bool report_reader::unasked_boot(printed_line const& words) {
  if (!is_banner(trimmed(words.body))) {
    latest_ = std::max(latest_, words.seconds);
    return false;
  }
  // A kernel that begins anew begins with its time, too.
  bool const anew = words.seconds < 1;
  return std::exchange(latest_, -1) > settled_seconds && anew && open_.empty();
}

void report_reader::remember(printed_line const& words) {
  if (debugger_.size() >= most_debugger_lines) debugger_.erase(debugger_.begin());
  debugger_.push_back({std::string(words.body), {}});
}

// What says that a program speaks, or that the kernel speaks again.
bool report_reader::change_speaker(rule const& row, heard const& said) {
  switch (row.change) {
    case speaker_change::none:
      return false;
    case speaker_change::program_follows:
      program_ = true;
      break;
    case speaker_change::kernel_follows:
      program_ = false;
      break;
    case speaker_change::program_said_it:
      std::erase_if(open_, [&](open_report const& one) {
        return one.row->panic_of_any && one.made.lines.size() <= lines_of_a_confession;
      });
      std::erase_if(findings_, [&](finding const& one) {
        return one.class_word == "panic" && said.number - one.line_number <= lines_of_a_confession;
      });
      break;
  }
  return true;
}

void report_reader::close_old(double seconds) {
  if (seconds < 0) return;
  while (!open_.empty() && open_.front().seconds >= 0 &&
         seconds - open_.front().seconds > longest_report_seconds)
    close(0);
}

void report_reader::line(text_line raw) {
  bool const debuggers = is_debuggers(raw.text);
  bool const matters = rules_.may_match(raw.text);
  if (!matters && !debuggers && open_.empty() && heard_ >= lines_to_learn_from) {
    debugger_.clear();
    if (double const seconds = kernel_seconds(raw.text); seconds >= 0)
      latest_ = std::max(latest_, seconds);
    return;
  }
  ++heard_;
  heard const said{transport_.read(raw.text), raw.number, raw.text.size()};
  if (said.words.program) return;
  stamped_ |= said.words.seconds >= 0;
  close_old(said.words.seconds);
  if (!raw.perhaps_continued && unasked_boot(said.words)) {
    open({&reboot_row, {}}, said);
    return;
  }
  auto const hit = matters ? rules_.match_words(said.words) : std::nullopt;
  if (sentence_.take(raw, said.words, hit.has_value())) {
    text_line const whole = sentence_.whole();
    printed_line const words = without_prefix(whole.text);
    take({words, whole.number, whole.text.size()}, whole.text, rules_.match_words(words),
         debuggers);
  } else {
    take(said, raw.text, hit, debuggers);
  }
}

// A line of which is known what it is.
void report_reader::take(heard const& said, std::string_view raw,
                         std::optional<classifier::match> const& hit, bool debuggers) {
  if (hit && change_speaker(*hit->row, said)) return;
  if (program_) return;
  bool const failure = hit && hit->row->level >= severity::warning;
  if (failure && open_.empty() && hit->row->panic_of_any && stamped_ && said.words.stamp.empty())
    return;  // a kernel that puts the time before its lines does so before its last
  bool const explains = failure && !open_.empty() && open_.back().row->vague &&
                        open_.back().made.lines.size() <= lines_to_an_explanation;
  if (failure && !explains && (open_.empty() || !hit->row->follows)) {
    open(*hit, said);
    return;
  }
  if (open_.empty() && debuggers)
    remember(said.words);
  else
    debugger_.clear();
  if (failure && open_.back().row->vague && !hit->row->vague) {
    open_.back().row = hit->row;  // "panic:", and the next line says why
  } else if (hit && hit->row->level != severity::harmless && findings_.size() < most_findings) {
    findings_.push_back(*rules_.classify(raw, said.number));
  }
  append(said, hit ? hit->row->level : severity::harmless);
}

void report_reader::append(heard const& said, severity level) {
  for (std::size_t i = 0; i < open_.size();) {
    open_report& one = open_[i];
    // A kernel's end is everybody's; what else another task or CPU prints is its own.
    std::string const& owner = one.made.lines.front().caller;
    bool const own = level == severity::fatal || owner.empty() || said.words.caller.empty() ||
                     said.words.caller == owner;
    if (own && level >= severity::warning)
      one.made.head.level = std::max(one.made.head.level, level);
    one.bytes += said.words.words.size();
    one.made.mixed |= said.words.body.size() != said.words.words.size();
    one.made.lines.push_back({std::string(said.words.body), std::string(said.words.caller)});
    if (one.made.lines.size() >= most_lines || one.bytes >= most_bytes) {
      close(i);
    } else {
      ++i;
    }
  }
}

void report_reader::open(classifier::match const& hit, heard const& said) {
  append(said, severity::harmless);  // the older ones may need what follows
  if (open_.size() >= most_open) close(0);
  open_report one{hit.row, {}, said.words.words.size(), said.words.seconds, said.length};
  one.made.head.class_word = hit.row->class_word;
  one.made.head.level = hit.row->level;
  one.made.head.function = plain_function(hit.found.get("func"));
  one.made.head.title = title_of(*hit.row, hit.found, one.made.head.function);
  one.made.head.line_number = said.number;
  one.made.head.time = said.words.stamp;
  one.made.mixed = said.words.body.size() != said.words.words.size();
  one.made.lines.push_back({std::string(said.words.words), std::string(said.words.caller)});
  one.made.before = std::exchange(debugger_, {});
  if (findings_.size() < most_findings) findings_.push_back(one.made.head);
  open_.push_back(std::move(one));
}

// The first wide line of a text cannot be told from one that was cut; by the end of the report its
// like were seen.
void report_reader::complete_head(open_report& one) const {
  auto& lines = one.made.lines;
  if (one.row->look != guilt::words || lines.size() < 2 || !joined_.wraps_at(one.length)) return;
  std::string const& rest = lines[1].text;
  bool const cut_word = !rest.empty() && rest[0] != ' ' && lines[0].text.back() != ' ';
  if (!cut_word || rules_.match_line(rest) || read_frame(rest)) return;
  lines[0].text += rest;
  lines.erase(lines.begin() + 1);
}

void report_reader::close(std::size_t which) {
  open_report one = std::move(open_[which]);
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
  complete_head(one);
  if (closed_.size() >= most_reports) {
    ++dropped_;
    return;
  }
  one.made.cut = ended_;
  sign(*one.row, rules_, one.made);
  closed_.push_back(std::move(one.made));
}

}  // namespace wedgehog::console
