#include "loop/temporary.hpp"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <utility>

namespace wedgehog::loop {

result<temporary_directory> temporary_directory::make(std::string parent) {
  if (parent.empty()) parent = std::filesystem::temp_directory_path().string();
  std::string pattern = parent + "/wedgehog-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr)
    return system_failure("creating a directory in " + parent, errno);
  return temporary_directory(std::move(pattern));
}

temporary_directory::temporary_directory(temporary_directory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

temporary_directory& temporary_directory::operator=(temporary_directory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace wedgehog::loop
