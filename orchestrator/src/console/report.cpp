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
  close();
}

std::vector<report> report_reader::take() {
  return std::exchange(closed_, {});
}

std::vector<finding> report_reader::take_findings() {
  return std::exchange(findings_, {});
}

void report_reader::note(finding found) {
  if (findings_.size() < most_findings) findings_.push_back(std::move(found));
}

bool report_reader::looks_like_boot(std::string_view text) const {
  return text.find("SeaBIOS (version") != std::string_view::npos ||
         text.find("Booting the kernel.") != std::string_view::npos ||
         text.find("Linux version ") != std::string_view::npos ||
         text.find("The DragonFly Project.") != std::string_view::npos ||
         text.find("SunOS Release ") != std::string_view::npos;
}

void report_reader::line(text_line said) {
  auto const hit = rules_.match_line(said.text);
  double const seconds = without_prefix(said.text).seconds;
  if (hit && hit->row->level != severity::harmless) {
    finding found;
    found.class_word = hit->row->class_word;
    found.level = hit->row->level;
    found.function = plain_function(hit->found.get("func"));
    found.title = title_of(*hit->row, hit->found, found.function);
    found.line_number = said.number;
    note(std::move(found));
  }
  if (looks_like_boot(said.text)) {
    bool const unasked = latest_ > settled_seconds && !quiet_boot_ && row_ == nullptr;
    quiet_boot_ = true;
    latest_ = -1;
    if (unasked) {
      classifier::match const boot{&reboot_row, {}};
      open(boot, said);
      note(open_.head);
      return;
    }
  }
  if (seconds > latest_) {
    latest_ = seconds;
    if (seconds > settled_seconds) quiet_boot_ = false;
  }
  bool const serious = hit && hit->row->level >= severity::warning;
  if (serious && (row_ == nullptr || !hit->row->follows || (row_->vague && !hit->row->vague))) {
    bool const better = row_ != nullptr && row_->vague && open_.lines.size() < 8;
    if (better) {
      std::vector<std::string> before = std::move(open_.lines);
      row_ = nullptr;
      open(*hit, said);
      open_.lines.insert(open_.lines.begin(), before.begin(), before.end());
    } else {
      open(*hit, said);
    }
    return;
  }
  if (row_ == nullptr) return;
  if (serious) open_.head.level = std::max(open_.head.level, hit->row->level);
  if (open_.lines.size() >= most_lines || open_bytes_ + said.text.size() > most_bytes) {
    close();
    return;
  }
  open_bytes_ += said.text.size();
  open_.lines.emplace_back(said.text);
}

void report_reader::open(classifier::match const& hit, text_line said) {
  close();
  row_ = hit.row;
  open_ = {};
  open_.head.class_word = hit.row->class_word;
  open_.head.level = hit.row->level;
  open_.head.function = plain_function(hit.found.get("func"));
  open_.head.title = title_of(*hit.row, hit.found, open_.head.function);
  open_.head.line_number = said.number;
  open_.lines.emplace_back(said.text);
  open_bytes_ = said.text.size();
}

void report_reader::close() {
  if (row_ == nullptr) return;
  rule const& row = *std::exchange(row_, nullptr);
  if (closed_.size() >= most_reports) {
    ++dropped_;
    return;
  }
  sign(row, rules_, open_);
  closed_.push_back(std::move(open_));
}

}  // namespace wedgehog::console
