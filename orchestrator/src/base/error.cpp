#include "base/error.hpp"

#include <cerrno>
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

namespace {

// What a person can do about it, wherever it happens.
std::string_view remedy_for(int error_number) {
  switch (error_number) {
    case EMFILE:
      return ": raise the limit of open files (ulimit -n), or do less at once";
    case ENFILE:
      return ": this host's limit of open files (fs.file-max) is reached";
    case ENOSPC:
      return ": free some space there";
    case EDQUOT:
      return ": free some space there, or raise the quota";
    default:
      return "";
  }
}

}  // namespace

error system_failure(std::string_view what_was_tried, int error_number) {
  std::string text(what_was_tried);
  text += ": ";
  text += std::strerror(error_number);
  text += remedy_for(error_number);
  return host_error(std::move(text));
}

void throw_exception_from_error(error const& cause, boost::source_location const&) {
  throw unexpected_error(cause);
}

}  // namespace wedgehog
