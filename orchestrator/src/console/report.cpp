#include "console/report.hpp"

#include <algorithm>

#include "console/guilt.hpp"
#include "console/signature.hpp"
#include "console/stacks.hpp"

namespace wedgehog::console {

namespace {
constexpr std::size_t most_findings = 1024;
// A boot banner after this many seconds of kernel time is a boot that nobody asked for.
constexpr double settled_seconds = 10;

constexpr rule reboot_row{"unexpected boot",          severity::fatal, "reboot",
                          "unexpected kernel reboot", "REBOOT",        guilt::none};
}  // namespace

report_reader::report_reader(classifier rules)
    : rules_(std::move(rules)), lines_([this](text_line said) { line(said); }) {}

void report_reader::feed(std::string_view bytes) {
  lines_.feed(bytes);
}

void report_reader::finish() {
  lines_.finish();
  while (!open_.empty()) close(0);
}

std::vector<report> report_reader::take() {
  return std::exchange(closed_, {});
}

std::vector<finding> report_reader::take_findings() {
  return std::exchange(findings_, {});
}

bool report_reader::unasked_boot(printed_line const& words) {
  std::string_view const body = trimmed(words.body);
  bool const banner = body.starts_with("SeaBIOS (version") ||
                      body.ends_with("Booting the kernel.") || is_boot_banner(body);
  if (!banner) {
    latest_ = std::max(latest_, words.seconds);
    return false;
  }
  return std::exchange(latest_, -1) > settled_seconds && open_.empty();
}

void report_reader::line(text_line said) {
  auto const hit = rules_.match_line(said.text);
  if (unasked_boot(without_prefix(said.text))) {
    open({&reboot_row, {}}, said);
    return;
  }
  if (hit && hit->row->level >= severity::warning && (open_.empty() || !hit->row->follows)) {
    open(*hit, said);
    return;
  }
  if (hit && hit->row->level >= severity::warning && open_.back().row->vague && !hit->row->vague) {
    open_.back().row = hit->row;  // "panic:", and the next line says why
  } else if (hit && hit->row->level != severity::harmless && findings_.size() < most_findings) {
    findings_.push_back(*rules_.classify(said.text, said.number));
  }
  append(said, hit ? hit->row->level : severity::harmless);
}

void report_reader::append(text_line said, severity level) {
  for (std::size_t i = 0; i < open_.size();) {
    open_report& one = open_[i];
    if (level >= severity::warning) one.made.head.level = std::max(one.made.head.level, level);
    one.bytes += said.text.size();
    one.made.lines.emplace_back(said.text);
    if (one.made.lines.size() >= most_lines || one.bytes >= most_bytes) {
      close(i);
    } else {
      ++i;
    }
  }
}

void report_reader::open(classifier::match const& hit, text_line said) {
  append(said, severity::harmless);  // the older ones may need what follows
  if (open_.size() >= most_open) close(0);
  open_report one{hit.row, {}, said.text.size()};
  one.made.head.class_word = hit.row->class_word;
  one.made.head.level = hit.row->level;
  one.made.head.function = plain_function(hit.found.get("func"));
  one.made.head.title = title_of(*hit.row, hit.found, one.made.head.function);
  one.made.head.line_number = said.number;
  one.made.lines.emplace_back(said.text);
  if (findings_.size() < most_findings) findings_.push_back(one.made.head);
  open_.push_back(std::move(one));
}

void report_reader::close(std::size_t which) {
  open_report one = std::move(open_[which]);
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
  if (closed_.size() >= most_reports) {
    ++dropped_;
    return;
  }
  sign(*one.row, rules_, one.made);
  closed_.push_back(std::move(one.made));
}

}  // namespace wedgehog::console
