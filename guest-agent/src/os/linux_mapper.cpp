#include "os/linux_mapper.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstring>
#include <mutex>

#include "clock.hpp"
#include "os/linux_text.hpp"
#include "threads.hpp"

namespace wedgehog::guest::os {

namespace {

constexpr std::size_t targets_limit = 16;
constexpr std::size_t text_limit = 160;
constexpr std::uint64_t patience_us = 3'000'000;
constexpr std::uint64_t pause_us = 2'000'000;

struct answers {
  mutex lock;
  std::vector<wire::device_state> last;
  std::string asked;  // the device that is being asked
  std::uint64_t since_us = 0;
  bool running = false;
};

answers& all() {
  static auto* const one = new answers;  // lives as long as its thread: for ever
  return *one;
}

std::vector<std::string> mapped_devices() {
  std::vector<std::string> names;
  DIR* const stream = opendir("/sys/block");
  if (!stream) return names;
  while (auto const* entry = readdir(stream))
    if (std::strncmp(entry->d_name, "dm-", 3) == 0 && names.size() < targets_limit)
      names.emplace_back(entry->d_name);
  closedir(stream);
  return names;
}

// "253:2", as sysfs writes it, in the kernel's coding (huge_encode_dev).
std::uint64_t number_of(std::string const& device) {
  auto const text = read_text("/sys/block/" + device + "/dev", 64);
  std::string_view rest = text;
  auto const major = take_number(rest);
  auto const minor = take_number(rest);
  return (minor & 0xffU) | (major << 8U) | ((minor & ~0xffULL) << 12U);
}

void ask(int control, std::string const& device, std::vector<wire::device_state>& into) {
  alignas(dm_ioctl) static char bytes[16 * 1024];
  std::memset(bytes, 0, sizeof bytes);
  auto& question = *reinterpret_cast<dm_ioctl*>(bytes);
  question.version[0] = DM_VERSION_MAJOR;
  question.data_size = sizeof bytes;
  question.data_start = sizeof question;
  question.flags = DM_NOFLUSH_FLAG;  // a pool would commit its metadata first
  question.dev = number_of(device);
  if (ioctl(control, DM_TABLE_STATUS, bytes) != 0) return;
  std::size_t at = question.data_start;
  for (std::uint32_t i = 0; i < question.target_count; ++i) {
    dm_target_spec target;
    if (at + sizeof target > sizeof bytes || into.size() >= targets_limit) return;
    std::memcpy(&target, bytes + at, sizeof target);
    char const* const text = bytes + at + sizeof target;
    std::string said(text, strnlen(text, sizeof bytes - at - sizeof target));
    target.target_type[sizeof target.target_type - 1] = '\0';
    while (!said.empty() && said.back() == ' ') said.pop_back();
    if (!said.empty())
      into.push_back({device + " " + target.target_type, said.substr(0, text_limit)});
    at = question.data_start + target.next;
  }
}

void ask_all(int control) {
  std::vector<wire::device_state> heard;
  for (auto const& device : mapped_devices()) {
    {
      std::lock_guard const held(all().lock);
      all().asked = device;
      all().since_us = now_us();
    }
    ask(control, device, heard);
  }
  std::lock_guard const held(all().lock);
  all().asked.clear();
  all().last = std::move(heard);
}

void* ask_for_ever(void*) {
  for (;;) {
    // Opened anew: the node may come with the first device, or go with a new /dev.
    int const control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
    if (control >= 0) {
      ask_all(control);
      close(control);
    }
    sleep_us(pause_us);
  }
  return nullptr;
}

}  // namespace

std::vector<wire::device_state> mapper_states() {
  auto& mine = all();
  std::lock_guard const held(mine.lock);
  if (!mine.running) {
    if (mapped_devices().empty()) return {};
    mine.running = start_thread(ask_for_ever, nullptr) == 0;
  }
  auto said = mine.last;
  if (!mine.asked.empty() && now_us() - mine.since_us > patience_us)
    said.push_back({mine.asked + " status", "no answer yet"});
  return said;
}

}  // namespace wedgehog::guest::os
