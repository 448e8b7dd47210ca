#include "folder/chunker.hpp"

#include <utility>

namespace wedgehog::folder {

std::optional<std::string> chunker::append(timeline::signal const& one) {
  if (text_.empty()) opened_at_ = one.at;
  text_ += timeline::to_text(one);
  text_ += '\n';
  // A late report (one.at before opened_at_) counts as no time passed.
  bool const due = one.at - opened_at_ >= limits_.span || text_.size() >= limits_.bytes;
  return due ? std::optional(take()) : std::nullopt;
}

std::string chunker::take() {
  return std::exchange(text_, {});
}

}  // namespace wedgehog::folder
