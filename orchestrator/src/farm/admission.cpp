#include "farm/admission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/units.hpp"

namespace wedgehog::farm {
namespace {

constexpr std::uint64_t mib = 1U << 20U;
// Seen: 6 MiB of its own; and what it holds of a timeline.
constexpr std::uint64_t performer_memory = 8 * mib;
// QEMU's own, beside the guest's memory.
constexpr std::uint64_t qemu_memory = 48 * mib;
// Seen of 256 MiB: 31 MiB of a clone that idles, all counted; it writes to more when it works.
constexpr std::uint64_t clone_share = 8;
constexpr std::uint64_t clone_memory = 16 * mib;
// Seen under emulation: a boot keeps one busy, most recipes wait most of the time, and four at once
// on two processors starve nobody.
constexpr double working = 0.25;
// Seen of 300 clones, their performers with them: 0.0054 each.
constexpr double idling = 0.0055;
// Of memory, for everybody else on the host.
constexpr std::uint64_t reserve = 512 * mib;

std::uint64_t beyond(std::uint64_t all, std::uint64_t kept) {
  return all > kept ? all - kept : 0;
}

}  // namespace

run_needs needs_of_booted(std::uint64_t guest_memory) {
  return {.memory = guest_memory + qemu_memory + performer_memory,
          .tmpfs = guest_memory,
          .processors = working};
}

run_needs needs_of_clone(std::uint64_t guest_memory) {
  return {.memory = guest_memory / clone_share + clone_memory + performer_memory,
          .tmpfs = 0,
          .processors = working};
}

run_needs idle(run_needs of) {
  of.processors = idling;
  return of;
}

admission admit(host_room const& room, run_needs const& one) {
  std::optional<admission> least;
  auto const limit = [&least](std::size_t fit, std::string why) {
    if (!least || fit < least->fit) least = {fit, std::move(why)};
  };
  auto const by_size = [&limit](std::string_view what, std::uint64_t has, std::uint64_t takes) {
    if (takes > 0)
      limit(has / takes, fmt::format("{}: {} are free, a run takes {}", what, describe_size(has),
                                     describe_size(takes)));
  };
  auto const by_count = [&limit](std::string_view what, std::uint64_t has, std::uint64_t takes) {
    if (takes > 0)
      limit(has / takes, fmt::format("{}: there is room for {}, a run takes {}", what, has, takes));
  };
  if (one.processors > 0)
    limit(static_cast<std::size_t>(room.idle_processors / one.processors + 1e-9),
          fmt::format("processors: {:.1f} are idle, a run takes {:g}", room.idle_processors,
                      one.processors));
  by_size("memory", beyond(room.memory, reserve), one.memory);
  by_size("memory of guests", room.tmpfs, one.tmpfs);
  by_count("descriptors", beyond(room.descriptors, 64), one.descriptors);
  by_count("processes", room.processes, one.processes);
  if (room.maps < one.maps)
    limit(0, fmt::format("vm.max_map_count: it is {}, QEMU takes up to {}", room.maps, one.maps));
  return least.value_or(admission{});
}

result<void> room_for_another(host_room const& room, run_needs one) {
  one.processors = 0;
  auto const admitted = admit(room, one);
  if (admitted.fit > 0) return {};
  return host_error("there is no room for another run: " + admitted.limited_by);
}

std::size_t after_starving(std::size_t at_once) {
  return std::max<std::size_t>(1, at_once - std::max<std::size_t>(1, at_once / 4));
}

}  // namespace wedgehog::farm
