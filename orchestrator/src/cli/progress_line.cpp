#include "cli/progress_line.hpp"
#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report/escape.hpp"

namespace wedgehog::cli {
namespace {

std::size_t columns() {
  winsize size{};
  return ::ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

}  // namespace

progress_line::progress_line(bool quiet, std::size_t runs)
    : quiet_(quiet), terminal_(::isatty(2) != 0), runs_(runs) {}

void progress_line::clear() {
  if (!shown_) return;
  tell("\r\x1b[K");
  shown_ = false;
}

void progress_line::show(conductor::progress const& now) {
  if (quiet_) return;
  if (!now.note.empty()) {
    clear();
    tell("{:8.1f} s  {}{}\n", now.elapsed_s, runs_ > 1 ? now.run + "  " : "",
         report::for_terminal(now.note));
  }
  if (!terminal_) return;
  if (now.phase == "done")
    alive_.erase(now.run);
  else
    alive_[now.run] = now;
  if (alive_.empty()) return;
  auto const& one = alive_.begin()->second;
  std::string text = fmt::format("{:6.1f} s  {}  {}  work {}  {}", one.elapsed_s, one.phase,
                                 one.state, one.workload_done, one.step);
  if (alive_.size() > 1) text = fmt::format("{} runs live | {}", alive_.size(), text);
  text = report::for_terminal(text);
  if (text.size() > columns() - 1) text.resize(columns() - 1);
  tell("\r\x1b[K{}", text);
  shown_ = true;
}

}  // namespace wedgehog::cli
