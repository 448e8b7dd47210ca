// A directory that goes away with its owner, and files in it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace wedgehog::testing {

class scratch {
 public:
  scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "wedgehog-nbd-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no directory " << name;
    path_ = name;
  }
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch(scratch const&) = delete;
  scratch& operator=(scratch const&) = delete;

  [[nodiscard]] std::string operator/(std::string const& name) const {
    return (path_ / name).string();
  }
  [[nodiscard]] std::string write(std::string const& name, std::string const& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return *this / name;
  }
  [[nodiscard]] std::string read(std::string const& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    std::string content(std::filesystem::file_size(path_ / name), '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    return content;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace wedgehog::testing
