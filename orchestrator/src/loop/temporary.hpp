// A directory that goes away with its owner.
#pragma once

#include <string>

#include "base/error.hpp"

namespace wedgehog::loop {

class temporary_directory {
 public:
  // Below `parent` (default: $TMPDIR or /tmp), mode 0700. Blame: host.
  static result<temporary_directory> make(std::string parent = {});
  temporary_directory(temporary_directory&& other) noexcept;
  temporary_directory& operator=(temporary_directory&& other) noexcept;
  ~temporary_directory();

  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  explicit temporary_directory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace wedgehog::loop
