// Model: power failed in the middle of a write that nobody repeats: a prefix of its 512-byte
// sectors is on the medium, the answer was success. What a lost write is for a whole one, this is
// for half.
#include <fmt/format.h>

#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

class torn_write final : public condition {
 public:
  torn_write(settings const& read, chance luck) : luck_(luck) {
    if (read.has("sectors")) sectors_ = read.number("sectors");
  }
  [[nodiscard]] bool concerns(request const& what, bool) const override {
    return what.length > sector_size;  // a sector is atomic
  }
  ruling consider(passage& one, time_point) override {
    // A passage may have been shortened by another torn write before.
    std::uint64_t const begin = one.offset / sector_size;
    std::uint64_t const sectors = (one.offset + one.length - 1) / sector_size - begin + 1;
    auto const kept = sectors_ ? std::min(*sectors_, sectors) : luck_.below(sectors);
    if (kept == sectors) return {};
    auto const end = kept == 0 ? one.offset : (begin + kept) * sector_size;
    one.length = static_cast<std::uint32_t>(end - one.offset);
    return {.detail = fmt::format("only the first {} of {} sectors written", kept, sectors)};
  }

 private:
  std::optional<std::uint64_t> sectors_;
  chance luck_;
};

}  // namespace

condition_kind torn_write_kind() {
  return {.name = "torn-write",
          .summary = "performs only a prefix of a write's 512-byte sectors and answers success",
          .model =
              "As a lost write: checksums must catch it. A journal that commits with one block of "
              "several sectors must survive it.",
          .example = "torn=torn-write:every=100,sectors=1",
          .parameters = {{"sectors", parameter_type::count, "",
                          "so many reach the medium; not given: drawn, none to all but one"}},
          .default_operations = "write",
          .make = [](settings const& read,
                     disk_context const& context) -> result<std::unique_ptr<condition>> {
            if (read.operations("operations") != 1U << static_cast<unsigned>(operation::write))
              return recipe_error("only 'write' can be torn");
            return std::make_unique<torn_write>(read, context.luck);
          }};
}

}  // namespace wedgehog::nbd
