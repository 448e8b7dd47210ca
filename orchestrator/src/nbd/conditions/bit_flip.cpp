// Model: bits rot. On a read the data is wrong once and may be right the next time; on a write it
// stays wrong. Checksums must catch both, and a retry must cure the first.
#include <fmt/format.h>

#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

class bit_flip final : public condition {
 public:
  bit_flip(settings const& read, chance luck) : bits_(read.number("bits")), luck_(luck) {}

  [[nodiscard]] bool concerns(request const& what, bool) const override { return what.length > 0; }
  ruling consider(passage& one, time_point) override {
    if (one.asked.what == operation::read) {
      one.looks_at_return = true;
      return {};
    }
    std::vector<std::byte> changed(one.payload.begin(), one.payload.end());
    auto detail = "stored with " + flip(one.offset, changed);
    *one.altered = std::move(changed);
    return {.detail = std::move(detail)};
  }
  std::string returning(request const& what, std::span<std::byte> data) override {
    return "returned with " + flip(what.offset, data);
  }

 private:
  std::string flip(std::uint64_t offset, std::span<std::byte> data) {
    std::string places;
    for (std::uint64_t i = 0; i < bits_; ++i) {
      auto const at = luck_.below(data.size());
      auto const bit = static_cast<unsigned>(luck_.below(8));
      data[at] ^= std::byte{1} << bit;
      places += fmt::format("{}byte {} bit {} flipped", i == 0 ? "" : ", ", offset + at, bit);
    }
    return places;
  }

  std::uint64_t bits_;
  chance luck_;
};

}  // namespace

condition_kind bit_flip_kind() {
  return {
      .name = "bit-flip",
      .summary = "flips bits in what a read returns, or in what a write stores",
      .model =
          "A checksumming file system must report it, or repair it from a copy; a second read "
          "may succeed. Others may return wrong data. Nobody may hang; a kernel that panics "
          "on bad metadata has at least said so.",
      .example = "rot=bit-flip:operations=read,fraction=0.001",
      .parameters = {{"bits", parameter_type::count, "1", "how many in each request, at most 64"}},
      .default_operations = "read",
      .make = [](settings const& read,
                 disk_context const& context) -> result<std::unique_ptr<condition>> {
        constexpr unsigned with_data = 1U << static_cast<unsigned>(operation::read) |
                                       1U << static_cast<unsigned>(operation::write);
        if ((read.operations("operations") & ~with_data) != 0)
          return recipe_error("bits can flip in 'read' and 'write' only");
        if (read.number("bits") == 0 || read.number("bits") > 64)
          return recipe_error("'bits' must be between 1 and 64");
        return std::make_unique<bit_flip>(read, context.luck);
      }};
}

}  // namespace wedgehog::nbd
