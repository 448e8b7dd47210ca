#include "collectors/host_load.hpp"

#include <cstdlib>
#include <fstream>

namespace wedgehog::collectors {
namespace {

std::string first_line(std::string const& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

std::optional<double> host_cpu_pressure() {
  std::string const line = first_line("/proc/pressure/cpu");
  auto const at = line.find("avg10=");
  if (at == std::string::npos) return std::nullopt;
  return std::strtod(line.c_str() + at + 6, nullptr) / 100;
}

double host_load() {
  return std::strtod(first_line("/proc/loadavg").c_str(), nullptr);
}

}  // namespace wedgehog::collectors
