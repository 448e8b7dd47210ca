// The hogs: memory taken from the guest in four ways, by a child that does nothing else.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "bodies.hpp"
#include "clock.hpp"
#include "os/os.hpp"

namespace wedgehog::guest {

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;
constexpr std::uint64_t second_us = 1000000;

// Different content in every page, or page merging and compressed swap would undo the hog.
void fill(void* memory, std::uint64_t seed) {
  auto* const words = static_cast<std::uint64_t*>(memory);
  std::uint64_t value = seed + 1;
  for (std::size_t word = 0; word < mebibyte / sizeof *words; ++word) {
    value ^= value << 13U;
    value ^= value >> 7U;
    value ^= value << 17U;
    words[word] = value;
  }
}

void show(hog_page& page, std::uint64_t held) {
  page.held = held;
  if (held > page.peak) page.peak = held;
}

void wait_until(std::uint64_t due) {
  auto const now = now_us();
  if (now < due) sleep_us(due - now);
}

// When MiB number i is due in a climb that began then.
std::uint64_t due(wire::start_hog const& wanted, std::uint64_t began, std::uint64_t i) {
  return began + wanted.ramp_ms * 1000U * (i + 1) / wanted.mebibytes;
}

int hold_memory(wire::start_hog const& wanted, hog_page& page) {
  bool const lock = wanted.lock || wanted.kind == wire::hog_kind::locked;
  std::vector<void*> taken;
  taken.reserve(wanted.mebibytes);
  for (;;) {
    auto const began = now_us();
    for (std::uint64_t i = 0; i < wanted.mebibytes; ++i) {
      void* const memory =
          mmap(nullptr, mebibyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
      if (memory == MAP_FAILED) return complain("taking MiB number " + std::to_string(i));
      taken.push_back(memory);
      fill(memory, i);
      if (lock && mlock(memory, mebibyte) != 0)
        return complain("locking MiB number " + std::to_string(i));
      show(page, taken.size());
      wait_until(due(wanted, began, i));
    }
    ++page.rounds;
    if (wanted.shape == wire::hog_shape::steady)
      for (;;) sleep_us(1000 * second_us);
    for (void* const memory : taken) munmap(memory, mebibyte);
    taken.clear();
    show(page, 0);
    // At once up again, but never without a rest: a ramp of 0 must not become a storm.
    wait_until(began + second_us / 10);
  }
}

// A file that nobody else can find, and that is gone with this process.
int open_unlinked(std::string const& directory) {
  std::string path = directory + "/wedgehog-hog-XXXXXX";
  int const fd = mkstemp(path.data());
  if (fd >= 0) unlink(path.c_str());
  return fd;
}

bool write_mebibyte(int fd, std::uint64_t number, char const* content) {
  for (std::size_t done = 0; done < mebibyte;) {
    auto const count =
        pwrite(fd, content + done, mebibyte - done, static_cast<off_t>(number * mebibyte + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

// Rounds over the file until killed; each begins a second after the one before at the earliest.
int keep_dirty(wire::start_hog const& wanted, hog_page& page, int fd, char* content) {
  for (std::uint64_t round = 0;; ++round) {
    auto const began = now_us();
    for (std::uint64_t i = 0; i < wanted.mebibytes; ++i) {
      fill(content, round * wanted.mebibytes + i);
      if (!write_mebibyte(fd, i, content))
        return complain("writing MiB number " + std::to_string(i));
      if (round == 0 || wanted.shape == wire::hog_shape::sawtooth) {
        show(page, i + 1);
        wait_until(due(wanted, began, i));
      }
    }
    ++page.rounds;
    if (wanted.shape == wire::hog_shape::sawtooth) {
      // What was never written to the disk need not be any more.
      if (ftruncate(fd, 0) != 0) return complain("emptying the file");
      show(page, 0);
    }
    wait_until(began + second_us);
  }
}

int keep_cached(wire::start_hog const& wanted, hog_page& page, int fd, char* content) {
  for (std::uint64_t i = 0; i < wanted.mebibytes; ++i) {
    fill(content, i);
    if (!write_mebibyte(fd, i, content)) return complain("writing MiB number " + std::to_string(i));
  }
  if (fsync(fd) != 0) return complain("syncing the file");
  auto const length = wanted.mebibytes * mebibyte;
  void* const mapped = mmap(nullptr, length, PROT_READ, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return complain("mapping the file");
  show(page, os::resident_bytes(mapped, length) / mebibyte);
  for (;;) {
    auto const began = now_us();
    for (std::uint64_t i = 0; i < wanted.mebibytes; ++i) {
      if (pread(fd, content, mebibyte, static_cast<off_t>(i * mebibyte)) < 0)
        return complain("reading MiB number " + std::to_string(i));
      if (page.rounds == 0) wait_until(due(wanted, began, i));
    }
    ++page.rounds;
    show(page, os::resident_bytes(mapped, length) / mebibyte);
    wait_until(began + second_us / 2);
  }
}

}  // namespace

int run_hog(wire::start_hog const& wanted, hog_page& page) {
  using kind = wire::hog_kind;
  if (wanted.kind == kind::anonymous || wanted.kind == kind::locked)
    return hold_memory(wanted, page);
  int const fd = open_unlinked(wanted.directory);
  if (fd < 0) return complain("making a file in " + wanted.directory);
  std::vector<std::uint64_t> content(mebibyte / sizeof(std::uint64_t));
  auto* const bytes = reinterpret_cast<char*>(content.data());
  return wanted.kind == kind::dirty ? keep_dirty(wanted, page, fd, bytes)
                                    : keep_cached(wanted, page, fd, bytes);
}

}  // namespace wedgehog::guest
