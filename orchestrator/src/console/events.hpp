// Every event in a long text, a night's console or journal: its line, its time, its name. Failures
// are reports; what the kernel only remarks on (out of memory, a request that timed out) is a note.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "console/report.hpp"

namespace wedgehog::console {

struct event {
  failure_name name;
  finding what;             // title, class, function, level, line and time of the first
  std::string type;         // of a failure
  std::uint64_t count = 1;  // a note that comes again at once is counted
  std::uint64_t last_line = 0;
  [[nodiscard]] bool is_note() const { return what.level < severity::warning; }
};

class event_list {
 public:
  static constexpr std::size_t most_events = 10'000;  // kept; later ones are counted

  explicit event_list(classifier rules)
      : reader_(std::make_unique<report_reader>(std::move(rules))) {}

  void feed(std::string_view bytes);
  void finish();

  // In the order of their lines, after finish().
  [[nodiscard]] std::vector<event> const& events() const { return events_; }
  [[nodiscard]] std::uint64_t omitted() const { return omitted_ + reader_->dropped(); }
  // What the whole text is named after: its first failure; where there is none, the first request
  // that the kernel says was lost. Null when there is neither.
  [[nodiscard]] event const* naming() const;

 private:
  void gather();
  void keep(event one);

  std::unique_ptr<report_reader> reader_;  // stays where it is when this moves
  std::vector<event> events_;
  std::uint64_t omitted_ = 0;
};

}  // namespace wedgehog::console
