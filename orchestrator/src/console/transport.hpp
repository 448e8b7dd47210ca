// What carries a kernel's words to a reader puts things before them: a console its time and caller,
// dmesg dates and deltas, journalctl and rsyslog a host and who speaks, netconsole a header, a mail
// a quote. This layer alone knows them: it takes them off line by line, keeps the time where a line
// tells one, and says whether it is the kernel that speaks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wedgehog::console {

struct printed_line {
  std::string_view body;    // the words; after the last stamp, when two lines run into each other
  std::string_view words;   // the same without that cut: after the line's own prefix
  std::string_view stamp;   // the time as the line tells it: "12.345678", "Jun 05 12:00:01"
  double seconds = -1;      // the kernel's own time, where the line has it
  std::string_view caller;  // "T1234" or "C0", where the kernel says which task or CPU printed
  std::string_view host;
  std::string_view speaker;  // "kernel", "dockerd": where a log says who speaks
  bool program = false;      // a program's words and not the kernel's
  bool begins = false;       // something was taken off: the line begins here and continues no other

  // netconsole sends a long line in pieces ("ncfrag=512/1200"), an old kernel continues one ("+"):
  // this one goes on with the line before it.
  bool continues = false;
  bool unfinished = false;  // more pieces follow
};

// One line as line_reader gives it. The views point into it.
[[nodiscard]] printed_line without_prefix(std::string_view line);

// The same for the lines of one text in order. It learns the host that speaks: "node7 frobd: …" is
// a daemon on node7 only where "node7 kernel: …" or "node7 frobd[9]: …" was seen.
class transport {
 public:
  [[nodiscard]] printed_line read(std::string_view line);

 private:
  std::string host_;
};

// The kernel's own time at the start of a line, "[   12.345678]", without looking further; negative
// where there is none.
[[nodiscard]] double kernel_seconds(std::string_view line);
// "frobd[901]: …": what a program says through /dev/kmsg, or the kernel about a program.
[[nodiscard]] bool names_a_process(std::string_view words);

// What is no text (the journal's own formats, compressed files) and what to run to get text out of
// it; empty when `head`, the beginning of a file, may be text.
[[nodiscard]] std::string_view why_no_text(std::string_view head);

}  // namespace wedgehog::console
