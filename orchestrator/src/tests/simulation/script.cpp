#include "tests/simulation/script.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;

bool has(std::string_view line, std::string_view word) {
  return line.find(word) != std::string_view::npos;
}

// The word behind `before`, up to what cannot be part of one.
std::string word_after(std::string_view line, std::string_view before) {
  auto const at = line.find(before);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + before.size());
  while (line.starts_with(' ')) line.remove_prefix(1);
  return std::string(line.substr(0, line.find_first_of(" \t;&|)\"'>]")));
}

int number_after(std::string_view line, std::string_view before, int otherwise) {
  auto const word = word_after(line, before);
  int value = otherwise;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

std::chrono::milliseconds seconds_after(std::string_view line, std::string_view before) {
  auto const word = word_after(line, before);
  return std::chrono::milliseconds(static_cast<long>(1000 * std::strtod(word.c_str(), nullptr)));
}

std::string disk_in(std::string_view line) {
  auto word = word_after(line, "/dev/wedgehog/");
  // Which one a variable of the shell means is not worked out: the first.
  return word == "*" || has(word, "$") ? std::string() : word;
}

bool touches_disks(std::string_view line) {
  // What lies in memory is on no disk.
  if (has(line, "dd ") && !has(line, "/mnt") && !has(line, "/dev/wedgehog")) return false;
  constexpr std::array words{"mkfs",  "mount ", "dd ",   "sync", "fsck",  "cp ",           "rm -r",
                             "find ", "fio ",   "mdadm", "xfs_", "/mnt/", "integritysetup"};
  for (auto const* word : words)
    if (has(line, word)) return true;
  return false;
}

void take_line(std::string_view line, program& into) {
  auto& to = into.deeds;
  if (has(line, "/proc/wedgehog_lab"))
    to.push_back({.what = deed::kind::lab, .word = word_after(line, "echo ")});
  else if (has(line, "/proc/wedgehog_log"))
    to.push_back({.what = deed::kind::lab_log});
  else if (has(line, "poweroff"))
    to.push_back({.what = deed::kind::sysrq, .word = "o"});
  else if (has(line, "sysrq-trigger"))
    to.push_back({.what = deed::kind::sysrq, .word = word_after(line, "echo ")});
  else if (has(line, "fsfreeze -f"))
    to.push_back({.what = deed::kind::freeze, .length = 40s});
  else if (has(line, "kill -"))
    to.push_back({.what = deed::kind::signal, .count = has(line, "STOP") ? 19 : 11});
  else if (touches_disks(line))
    to.push_back({.what = deed::kind::requests,
                  .disk = disk_in(line),
                  .count = 2,
                  .reads = has(line, "of=/dev/null")});
  else if (has(line, "echo ") && !has(line, ">"))
    to.push_back({.what = deed::kind::print, .word = std::string(line)});
  if (has(line, "cat /proc/mounts")) to.push_back({deed::kind::print, "/dev/vda /mnt ext4 rw"});
  if (has(line, "touch ")) to.push_back({deed::kind::touch, word_after(line, "touch ")});
  if (has(line, "test -e")) to.push_back({.what = deed::kind::look_for});
  if (has(line, "sleep "))
    to.push_back({.what = deed::kind::pause, .length = seconds_after(line, "sleep ")});
  if (has(line, "burn "))
    to.push_back({.what = deed::kind::burn, .length = seconds_after(line, "burn ")});
  // For children that wait for each other.
  if (line == "wait" && into.children_wait)
    to.push_back({.what = deed::kind::pause, .length = for_ever});
  if (has(line, "exit "))
    to.push_back({.what = deed::kind::leave, .count = number_after(line, "exit ", 0)});
}

}  // namespace

program understand(std::string_view script) {
  program made;
  if (auto const file = word_after(script, "! [ -e "); !file.empty()) made.until_file = file;
  made.loops = has(script, "while ") || has(script, "for (");
  made.children_wait = has(script, "mkfifo ") && has(script, "(read ");
  while (!script.empty()) {
    auto const end = script.find_first_of("\n;");
    auto line = script.substr(0, end);
    script.remove_prefix(end == std::string_view::npos ? script.size() : end + 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    if (!line.empty() && !line.starts_with('#')) take_line(line, made);
  }
  return made;
}

}  // namespace wedgehog::simulation
