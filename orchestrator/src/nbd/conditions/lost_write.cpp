// Model: the device says "written" and did nothing. Only a guest that checksums its data can
// notice; one that does must report it and not return wrong data as good. No guest may hang or
// crash.
#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

class lost_write final : public condition {
 public:
  ruling consider(passage&, time_point) override {
    return {.what = ruling::kind::answer, .detail = "answered, never written"};
  }
};

}  // namespace

condition_kind lost_write_kind() {
  return {
      .name = "lost-write",
      .summary = "answers writes with success and does not perform them",
      .model =
          "A checksumming file system must notice and say so; others may return old data. "
          "Nobody may hang or crash.",
      .example = "lost=lost-write:after=50,times=1",
      .parameters = {},
      .default_operations = "write",
      .make = [](settings const& read, disk_context const&) -> result<std::unique_ptr<condition>> {
        constexpr unsigned with_data = 1U << static_cast<unsigned>(operation::read) |
                                       1U << static_cast<unsigned>(operation::status);
        if ((read.operations("operations") & with_data) != 0)
          return recipe_error("only write, zero, trim and flush can be lost");
        return std::make_unique<lost_write>();
      }};
}

}  // namespace wedgehog::nbd
