#include "conductor/template_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "conductor/carried_files.hpp"
#include "conductor/planned_machine.hpp"
#include "folder/checksum.hpp"
#include "loop/offload.hpp"
#include "loop/patience.hpp"
#include "loop/small_file.hpp"
#include "timeline/milestones.hpp"
#include "vm/frozen.hpp"
#include "wreckage/sparse_copy.hpp"

namespace wedgehog::conductor {
namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

constexpr auto freeze_limit = 60s;
constexpr std::size_t longest_profile_file = 1U << 20U;
// The agent beats once a second: a copy of a machine that was frozen shortly before it does so is
// heard of shortly after it began.
constexpr auto beat_wait = 3s;
constexpr auto after_a_beat = 800ms;

// Enough to notice that it is another.
std::string identity_of(std::string const& file) {
  struct stat seen {};
  if (::stat(file.c_str(), &seen) != 0) return file + " is not there";
  return fmt::format("{} {} bytes, changed {}.{:09}, inode {}", file, seen.st_size,
                     seen.st_mtim.tv_sec, seen.st_mtim.tv_nsec, seen.st_ino);
}

}  // namespace

template_source::template_source(stage& on, plan::plan const& what, std::string folder,
                                 loop::asio::any_io_executor const& executor, teller told)
    : on_(on),
      plan_(what),
      folder_(std::move(folder)),
      executor_(executor),
      told_(std::move(told)),
      cache_(on.templates) {}

result<std::string> template_source::made_of() const {
  if (auto packed = pack_files(plan_, folder_); !packed) return packed.error();
  auto spec = machine_spec_of(plan_, on_.image, {"RUNTIME", "RUN"});
  spec.name = "template";
  utsname host{};
  ::uname(&host);
  auto const profile = loop::read_small_file(on_.image.profile_file, longest_profile_file);
  if (!profile) return profile.error();
  std::string text = fmt::format("wedgehog {}\nhost {}\nqemu {}\n", on_.version, host.nodename,
                                 identity_of(on_.backend.program_file()));
  text += on_.backend.by_hand(spec, on_.image.guest) + "\n" + on_.image.checksums;
  text += "profile " + folder::sha256_of_text(*profile) + "\n";
  for (auto const& disk : plan_.disks)
    text += fmt::format("disk {} {} bytes {}\n", disk.name, disk.size,
                        disk.base.empty() ? "" : identity_of(disk.base));
  if (!plan_.files.empty()) {
    auto const sum = folder::sha256_of_file(files_tar(folder_));
    if (!sum) return sum.error();
    text += "files " + *sum + "\n";
  }
  return text;
}

loop::awaitable<result<vm::frozen_machine>> template_source::obtain() {
  auto found = co_await find_or_make();
  if (!found) co_return found;
  for (auto const since = on_.time.now();;) {
    auto place = cache_.place_to_begin();
    if (!place) co_return place.error();
    place_to_begin_ = std::move(*place);
    if (place_to_begin_) co_return found;
    co_await on_.time.sleep_for(loop::pause_after(on_.time.now() - since));
  }
}

loop::awaitable<result<vm::frozen_machine>> template_source::find_or_make() {
  using sharing = template_cache::sharing;
  auto const ingredients = [this] { return made_of(); };
  auto const text = co_await loop::offload(on_.pool, ingredients);
  if (!text) co_return text.error();
  key_ = template_cache::key_of(*text);
  vm::frozen_machine const found{cache_.place_of(key_).string()};
  auto const look = [this] { return cache_.look(key_); };
  auto const since = on_.time.now();
  bool told = false;
  for (auto how = sharing::with_others;;) {
    auto held = cache_.lock(key_, how);
    if (!held) co_return held.error();
    if (!*held) {
      if (how == sharing::with_others && !std::exchange(told, true))
        told_("another run boots the template " + key_);
      // Whoever was faster may have made it, and many may use it by now.
      how = sharing::with_others;
      co_await on_.time.sleep_for(loop::pause_after(on_.time.now() - since));
      continue;
    }
    lock_ = std::move(*held);
    auto const seen = co_await loop::offload(on_.pool, look);
    if (seen.whole) {
      cache_.note_use(key_);
      template_cache::share(lock_);
      co_return found;
    }
    if (how == sharing::alone) {
      told_(seen.why.empty()
                ? "there is no template of this machine yet: it is booted and frozen"
                : fmt::format("the template {} is damaged ({}): it is made anew", key_, seen.why));
      if (auto made = co_await make(*text); !made) {
        release();
        co_return std::move(made.error()).within("making the template " + key_);
      }
      template_cache::share(lock_);
      co_return found;
    }
    release();
    how = sharing::alone;
  }
}

void template_source::discard() {
  release();
  if (auto held = cache_.lock(key_, template_cache::sharing::alone); held && *held)
    cache_.remove(key_);
}

loop::awaitable<result<void>> template_source::make(std::string made_of) {
  auto const into = cache_.begin(key_);
  if (!into) co_return into.error();
  auto frozen = co_await boot_and_freeze(*into);
  co_await end();
  auto const seal = [this, &made_of, &into] {
    std::error_code ignored;
    for (auto const* what : {"disks", "files.tar", "files.json"})
      fs::remove_all(*into / what, ignored);
    auto sealed = cache_.seal(key_, made_of);
    cache_.prune(key_);
    return sealed;
  };
  if (frozen) frozen = co_await loop::offload(on_.pool, seal);
  if (frozen) co_return frozen;
  // Its console says why it did not boot.
  co_return std::move(frozen.error()).within("in " + into->string());
}

lives_listeners template_source::listeners() {
  return {.record =
              [this](timeline::payload what) {
                if (std::holds_alternative<timeline::beat>(what)) last_beat_ = on_.time.now();
              },
          .console_line = [](std::string, bool) {},
          .host_trouble = [this](std::string what) { told_(std::move(what)); },
          .host_full = [this](std::string what) { told_(std::move(what)); }};
}

loop::awaitable<void> template_source::just_before_a_beat() {
  last_beat_.reset();
  auto const until = on_.time.now() + beat_wait;
  while (!last_beat_ && on_.time.now() < until) co_await on_.time.sleep_for(10ms);
  co_await on_.time.sleep_for(after_a_beat);
}

loop::awaitable<result<void>> template_source::boot_and_freeze(fs::path into) {
  making_ = std::make_unique<lives>(on_, plan_, into.string(), executor_, listeners());
  if (auto begun = co_await making_->begin(); !begun) co_return begun;
  auto const hello = co_await making_->now()->greet(plan_.limits.boot);
  if (!hello) co_return hello.error();
  co_await just_before_a_beat();
  auto& machine = making_->machine();
  auto const devices = (into / "devices").string();
  loop::descriptor const file(
      ::open(devices.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) co_return system_failure("creating " + devices, errno);
  if (auto froze = co_await vm::freeze(machine.monitor(), on_.time, file.get(), freeze_limit);
      !froze)
    co_return froze;
  auto const memory = machine.memory_file();
  if (!memory) co_return memory.error();
  auto const keep = [from = memory->file, to = (into / "memory").string()] {
    return wreckage::copy_sparse(from, to);
  };
  co_return co_await loop::offload(on_.pool, keep);
}

loop::awaitable<void> template_source::end() {
  if (!making_) co_return;
  auto const gone = std::move(making_);
  co_await gone->end();
}

}  // namespace wedgehog::conductor
