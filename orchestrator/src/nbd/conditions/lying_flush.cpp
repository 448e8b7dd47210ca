// Model: the device answers a flush and flushes nothing, and takes FUA for an ordinary write. Shows
// only together with a write cache and a power cut; then no guest can keep its promises, but its
// file system should notice what happened and not build on it.
#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

class lying_flush final : public condition {
 public:
  [[nodiscard]] bool concerns(request const& what, bool) const override {
    return what.what == operation::flush || what.durable;
  }
  ruling consider(passage& one, time_point) override {
    if (one.asked.what == operation::flush)
      return {.what = ruling::kind::answer, .detail = "answered, nothing flushed"};
    one.durable = false;
    return {.detail = "FUA ignored"};
  }
};

}  // namespace

condition_kind lying_flush_kind() {
  return {
      .name = "lying-flush",
      .summary = "answers flushes without flushing, and ignores FUA",
      .model =
          "Needs a write-cache and a power cut to show. Data may be lost; the file system must "
          "notice or be consistent at an earlier time, and must not hang or crash on mount.",
      .example = "liar=lying-flush",
      .parameters = {},
      .default_operations = "flush+write+trim+zero",
      .make = [](settings const& read, disk_context const&) -> result<std::unique_ptr<condition>> {
        if ((read.operations("operations") & 1U << static_cast<unsigned>(operation::read)) != 0)
          return recipe_error("a read flushes nothing");
        return std::make_unique<lying_flush>();
      }};
}

}  // namespace wedgehog::nbd
