#include "collectors/registers.hpp"

#include <charconv>
#include <optional>

namespace wedgehog::collectors {
namespace {

constexpr std::uint64_t interrupt_flag = 0x200;

// The number behind "NAME=" in a line.
std::optional<std::uint64_t> value_of(std::string_view line, std::string_view name, int base) {
  for (std::size_t at = line.find(name); at != std::string_view::npos;
       at = line.find(name, at + 1)) {
    bool const whole_word = at == 0 || line[at - 1] == ' ';
    std::size_t const digits = at + name.size();
    if (!whole_word || digits >= line.size() || line[digits] != '=') continue;
    std::uint64_t value = 0;
    auto const [end, failure] =
        std::from_chars(line.data() + digits + 1, line.data() + line.size(), value, base);
    if (failure == std::errc{}) return value;
  }
  return std::nullopt;
}

}  // namespace

std::vector<vcpu_registers> parse_registers(std::string_view text) {
  std::vector<vcpu_registers> found;
  int index = -1;
  std::uint64_t count = 0;
  std::uint64_t destination = 0;
  while (!text.empty()) {
    auto const end = text.find('\n');
    auto const line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with("CPU#")) {
      std::from_chars(line.data() + 4, line.data() + line.size(), index);
      count = destination = 0;
      continue;
    }
    count = value_of(line, "RCX", 16).value_or(count);
    destination = value_of(line, "RDI", 16).value_or(destination);
    auto pointer = value_of(line, "RIP", 16);
    if (!pointer) pointer = value_of(line, "EIP", 16);
    auto flags = value_of(line, "RFL", 16);
    if (!flags) flags = value_of(line, "EFL", 16);
    if (index < 0 || !pointer || !flags) continue;
    found.push_back({index, value_of(line, "HLT", 10).value_or(0) != 0,
                     (*flags & interrupt_flag) != 0,
                     static_cast<int>(value_of(line, "CPL", 10).value_or(0)), *pointer, count,
                     destination});
    index = -1;
  }
  return found;
}

std::optional<double> string_rate(vcpu_registers const& earlier, vcpu_registers const& later,
                                  double elapsed_s) {
  if (earlier.halted || later.halted || elapsed_s <= 0) return std::nullopt;
  if (earlier.instruction_pointer != later.instruction_pointer) return std::nullopt;
  if (later.count >= earlier.count || later.destination <= earlier.destination) return std::nullopt;
  std::uint64_t const made = earlier.count - later.count;
  std::uint64_t const moved = later.destination - earlier.destination;
  for (std::uint64_t const width : {1, 2, 4, 8})
    if (moved % width == 0 && moved / width == made) return static_cast<double>(made) / elapsed_s;
  return std::nullopt;
}

}  // namespace wedgehog::collectors
