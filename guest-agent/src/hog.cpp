// The hogs: memory taken from the guest in four ways, or in two at once, by a child that does
// nothing else.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "bodies.hpp"
#include "clock.hpp"
#include "os/os.hpp"
#include "threads.hpp"

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

void show_dirty(hog_page& page, std::uint64_t written) {
  page.dirty = written;
  if (written > page.dirty_peak) page.dirty_peak = written;
}

void wait_until(std::uint64_t due) {
  auto const now = now_us();
  if (now < due) sleep_us(due - now);
}

// When MiB number i of so many is due in a climb that began then.
std::uint64_t due(wire::start_hog const& wanted, std::uint64_t began, std::uint64_t i,
                  std::uint64_t of) {
  return began + wanted.ramp_ms * 1000U * (i + 1) / of;
}

// A dirty file beside the memory, on a thread of its own: a disk that holds up the writing does not
// keep the memory from being taken.
struct file_beside {
  wire::start_hog const& wanted;
  hog_page& page;
  int fd;
  std::atomic<std::uint64_t> began_us{0};  // when round number `round` began
  std::atomic<std::uint64_t> round{0};
  std::atomic<std::uint64_t> written{0};  // the last round in which all of it was
};

constexpr std::uint64_t look_us = 10000;

// `beside` may be null.
int hold_memory(wire::start_hog const& wanted, hog_page& page, file_beside* beside) {
  bool const lock = wanted.lock || wanted.kind == wire::hog_kind::locked;
  std::vector<void*> taken;
  taken.reserve(wanted.mebibytes);
  for (std::uint64_t round = 1;; ++round) {
    auto const began = now_us();
    if (beside != nullptr) {
      beside->began_us = began;
      beside->round = round;
    }
    for (std::uint64_t i = 0; i < wanted.mebibytes; ++i) {
      void* const memory =
          mmap(nullptr, mebibyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
      if (memory == MAP_FAILED) return complain("taking MiB number " + std::to_string(i));
      taken.push_back(memory);
      fill(memory, i);
      if (lock && mlock(memory, mebibyte) != 0)
        return complain("locking MiB number " + std::to_string(i));
      show(page, taken.size());
      wait_until(due(wanted, began, i, wanted.mebibytes));
    }
    while (beside != nullptr && beside->written < round) sleep_us(look_us);
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
        wait_until(due(wanted, began, i, wanted.mebibytes));
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

// Climbs with the memory, round by round; in a steady hog it then writes again and again, as above.
int keep_dirty_beside(file_beside& all) {
  std::vector<std::uint64_t> content(mebibyte / sizeof(std::uint64_t));
  auto* const bytes = reinterpret_cast<char*>(content.data());
  auto const count = all.wanted.dirty_mebibytes;
  for (std::uint64_t pass = 1;; ++pass) {
    bool const climbs = pass == 1 || all.wanted.shape == wire::hog_shape::sawtooth;
    while (climbs && all.round < pass) sleep_us(look_us);
    if (climbs) {
      if (ftruncate(all.fd, 0) != 0) return complain("emptying the file");
      show_dirty(all.page, 0);
    }
    auto const began = climbs ? all.began_us.load() : now_us();
    for (std::uint64_t i = 0; i < count; ++i) {
      fill(content.data(), pass * count + i);
      if (!write_mebibyte(all.fd, i, bytes))
        return complain("writing MiB number " + std::to_string(i));
      if (!climbs) continue;
      show_dirty(all.page, i + 1);
      wait_until(due(all.wanted, began, i, count));
    }
    if (climbs)
      all.written = pass;
    else
      wait_until(began + second_us);
  }
}

void* file_thread(void* argument) {
  _exit(keep_dirty_beside(*static_cast<file_beside*>(argument)));
}

int hold_both(wire::start_hog const& wanted, hog_page& page, int fd) {
  file_beside beside{wanted, page, fd};
  errno = start_thread(file_thread, &beside);
  if (errno != 0) return complain("starting a thread");
  return hold_memory(wanted, page, &beside);
}

int keep_cached(wire::start_hog const& wanted, hog_page& page, int fd, char* content) {
  auto const length = wanted.mebibytes * mebibyte;
  if (ftruncate(fd, static_cast<off_t>(length)) != 0)
    return complain("making the file long enough");
  void* const mapped = mmap(nullptr, length, PROT_READ, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return complain("mapping the file");
  // It takes memory from the first write on, long before all of it is clean.
  std::uint64_t resident = 0;
  for (std::uint64_t i = 0; i < wanted.mebibytes; ++i) {
    fill(content, i);
    if (!write_mebibyte(fd, i, content)) return complain("writing MiB number " + std::to_string(i));
    resident += os::resident_bytes(static_cast<char*>(mapped) + i * mebibyte, mebibyte);
    show(page, resident / mebibyte);
  }
  if (fsync(fd) != 0) return complain("syncing the file");
  show(page, os::resident_bytes(mapped, length) / mebibyte);
  for (;;) {
    auto const began = now_us();
    for (std::uint64_t i = 0; i < wanted.mebibytes; ++i) {
      if (pread(fd, content, mebibyte, static_cast<off_t>(i * mebibyte)) < 0)
        return complain("reading MiB number " + std::to_string(i));
      if (page.rounds == 0) wait_until(due(wanted, began, i, wanted.mebibytes));
    }
    ++page.rounds;
    show(page, os::resident_bytes(mapped, length) / mebibyte);
    wait_until(began + second_us / 2);
  }
}

}  // namespace

int run_hog(wire::start_hog const& wanted, hog_page& page) {
  using kind = wire::hog_kind;
  bool const in_memory = wanted.kind == kind::anonymous || wanted.kind == kind::locked;
  if (in_memory && wanted.dirty_mebibytes == 0) return hold_memory(wanted, page, nullptr);
  int const fd = open_unlinked(wanted.directory);
  if (fd < 0) return complain("making a file in " + wanted.directory);
  if (in_memory) return hold_both(wanted, page, fd);
  std::vector<std::uint64_t> content(mebibyte / sizeof(std::uint64_t));
  auto* const bytes = reinterpret_cast<char*>(content.data());
  return wanted.kind == kind::dirty ? keep_dirty(wanted, page, fd, bytes)
                                    : keep_cached(wanted, page, fd, bytes);
}

}  // namespace wedgehog::guest
