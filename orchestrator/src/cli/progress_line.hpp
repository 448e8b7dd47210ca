// Progress for the person who waits: one line that is rewritten on a terminal, plain lines for a
// pipe, nothing when quiet.
#pragma once

#include <map>
#include <string>

#include "conductor/progress.hpp"

namespace wedgehog::cli {

class progress_line {
 public:
  progress_line(bool quiet, std::size_t runs);
  ~progress_line() { clear(); }

  void show(conductor::progress const& now);
  // Takes the line away before something else is printed.
  void clear();

 private:
  bool quiet_;
  bool terminal_;
  std::size_t runs_;
  std::map<std::string, conductor::progress> alive_;
  bool shown_ = false;
};

}  // namespace wedgehog::cli
