// A bare qemu-system-x86_64 without a machine: a real QMP peer that starts in 20 ms and takes 10
// MB.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "loop/process.hpp"
#include "qmp/client.hpp"

namespace wedgehog::testing {

namespace asio = boost::asio;

inline constexpr char const* qemu_program = "qemu-system-x86_64";

inline bool qemu_is_installed() {
  return std::system("command -v qemu-system-x86_64 >/dev/null 2>&1") == 0;
}

class directory_for_sockets {
 public:
  directory_for_sockets() {
    std::string pattern = (std::filesystem::temp_directory_path() / "wedgehog-qmp-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~directory_for_sockets() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  directory_for_sockets(directory_for_sockets const&) = delete;
  directory_for_sockets& operator=(directory_for_sockets const&) = delete;
  [[nodiscard]] std::string file(std::string const& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// `monitors`: paths of the QMP sockets it serves.
inline result<loop::process> start_bare_qemu(asio::any_io_executor const& executor,
                                             std::vector<std::string> const& monitors,
                                             std::vector<std::string> const& more = {}) {
  loop::process_options options;
  options.argv = {qemu_program, "-machine", "none", "-nodefaults", "-no-user-config",
                  "-display",   "none",     "-S",   "-sandbox",    "on"};
  for (auto const& path : monitors) {
    options.argv.emplace_back("-qmp");
    options.argv.push_back("unix:" + path + ",server=on,wait=off");
  }
  options.argv.insert(options.argv.end(), more.begin(), more.end());
  return loop::process::start(executor, options);
}

}  // namespace wedgehog::testing
