// Model: the head was in the wrong place: the data is intact, but somewhere else, and what was
// there is gone. Two blocks are wrong afterwards; only self-describing checksummed blocks show
// both.
#include <fmt/format.h>

#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

class misdirected_write final : public condition {
 public:
  misdirected_write(settings const& read, std::uint64_t disk_size, chance luck)
      : disk_size_(disk_size), luck_(luck) {
    if (read.has("to")) to_ = read.number("to");
  }
  ruling consider(passage& one, time_point) override {
    if (one.length == 0 || one.length > disk_size_) return {};
    auto const places = (disk_size_ - one.length) / sector_size + 1;
    auto const to =
        to_ ? std::min(*to_, disk_size_ - one.length) : luck_.below(places) * sector_size;
    if (to == one.offset) return {};
    one.offset = to;
    return {.detail = fmt::format("written at {} instead", to)};
  }

 private:
  std::uint64_t disk_size_;
  std::optional<std::uint64_t> to_;
  chance luck_;
};

}  // namespace

condition_kind misdirected_write_kind() {
  return {.name = "misdirected-write",
          .summary = "writes the data to another place and answers success",
          .model =
              "A file system whose blocks know their own address must notice both the missing and "
              "the overwritten block; others may return wrong data. Nobody may hang.",
          .example = "astray=misdirected-write:after=50,times=1",
          .parameters = {{"to", parameter_type::size, "",
                          "offset where it goes; not given: a sector that is drawn"}},
          .default_operations = "write",
          .make = [](settings const& read,
                     disk_context const& context) -> result<std::unique_ptr<condition>> {
            if (read.operations("operations") != 1U << static_cast<unsigned>(operation::write))
              return recipe_error("only 'write' can be misdirected");
            return std::make_unique<misdirected_write>(read, context.disk_size, context.luck);
          }};
}

}  // namespace wedgehog::nbd
