#include "base/error.hpp"

#include <cstring>

namespace wedgehog {

error error::within(std::string circumstance) && {
  circumstances_.push_back(std::move(circumstance));
  return std::move(*this);
}

std::string error::message() const {
  std::string text = what_;
  for (std::size_t i = 0; i < circumstances_.size(); ++i) {
    text += i == 0 ? " (while " : ", while ";
    text += circumstances_[i];
  }
  if (!circumstances_.empty()) text += ')';
  return text;
}

error system_failure(std::string_view what_was_tried, int error_number) {
  std::string text(what_was_tried);
  text += ": ";
  text += std::strerror(error_number);
  return host_error(std::move(text));
}

void throw_exception_from_error(error const& cause, boost::source_location const&) {
  throw unexpected_error(cause);
}

}  // namespace wedgehog
