// Cuts a console's stream into reports: the line that says what is wrong, and a bounded window of
// what follows it. Memory stays bounded whatever the guest prints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "console/classifier.hpp"
#include "console/joiner.hpp"
#include "console/signature.hpp"
#include "console/stacks.hpp"
#include "console/text.hpp"
#include "console/transport.hpp"

namespace wedgehog::console {

struct report : failure_name {
  finding head;                   // `level` is the worst of the report's own lines
  std::string type;               // the row's type word, filled in ("KASAN-USE-AFTER-FREE-READ")
  std::vector<said_line> lines;   // without their prefixes, the head first
  std::vector<said_line> before;  // what a debugger printed before the head: "$C", then "::status"
  bool mixed = false;             // other text runs into its lines
  bool cut = false;               // the text ended, or a program spoke, while it was being printed
};

class report_reader {
 public:
  static constexpr std::size_t most_lines = 600;        // of one report
  static constexpr std::size_t most_bytes = 96 * 1024;  // of one report
  static constexpr std::size_t most_reports = 64;       // kept at a time; later ones are counted

  explicit report_reader(classifier rules);
  report_reader(report_reader const&) = delete;  // its line reader calls back into it
  report_reader& operator=(report_reader const&) = delete;

  void feed(std::string_view bytes);
  // The stream has ended: closes the last line and the open report.
  void finish();

  // The closed reports, in order; they are handed over.
  [[nodiscard]] std::vector<report> take();
  // How many reports were dropped because nobody took the earlier ones.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  // Every noteworthy line since the last call, informative ones too, harmless ones not. Bounded:
  // the oldest stay.
  [[nodiscard]] std::vector<finding> take_findings();
  [[nodiscard]] std::string_view unfinished() const { return lines_.unfinished(); }

 private:
  // A kernel that says who prints (PRINTK_CALLER) interleaves reports, and an oops cuts a warning
  // short: so several may be open, and each sorts out its own lines at the end.
  struct open_report {
    rule const* row;
    report made;
    std::size_t bytes;
    double seconds;      // the kernel's time of the head
    std::size_t length;  // of the head as it came: perhaps the terminal's width
  };
  static constexpr std::size_t most_open = 4;

  struct heard {
    printed_line words;
    std::uint64_t number;
    std::size_t length;  // with its prefix
  };
  void line(text_line said);
  void take(heard const& said, std::string_view raw, std::optional<classifier::match> const& hit,
            bool debuggers);
  void close_old(double seconds);
  bool change_speaker(rule const& row, heard const& said);
  [[nodiscard]] bool unasked_boot(printed_line const& words);
  void open(classifier::match const& hit, heard const& said);
  void append(heard const& said, severity level);
  void remember(printed_line const& words);
  void close(std::size_t which);
  void complete_head(open_report& one) const;

  classifier rules_;
  line_joiner joined_;
  wrapped_sentence sentence_;
  line_reader lines_;
  transport transport_;
  std::vector<report> closed_;
  std::vector<finding> findings_;
  std::vector<open_report> open_;    // the oldest first
  std::vector<said_line> debugger_;  // the debugger's last lines, for a head that follows its stack
  std::uint64_t dropped_ = 0;
  std::uint64_t heard_ = 0;
  double latest_ = -1;    // the latest kernel time seen since the last boot banner
  bool program_ = false;  // a program's core is being looked at: nothing here is the kernel's
  bool stamped_ = false;  // some line bore the kernel's own time
  bool ended_ = false;
};

}  // namespace wedgehog::console
