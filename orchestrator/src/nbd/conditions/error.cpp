// Model: the device says no. A healthy guest returns the error to whoever asked, or retries; a file
// system may go read-only, and says so. It must not hang, and must not pretend success.
#include <array>

#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

struct named_error {
  std::string_view name;
  int number;
};
constexpr std::array<named_error, 7> errors = {{{"EIO", EIO},
                                                {"ENOSPC", ENOSPC},
                                                {"ETIMEDOUT", ETIMEDOUT},
                                                {"EPERM", EPERM},
                                                {"ENOMEM", ENOMEM},
                                                {"EINVAL", EINVAL},
                                                {"ESHUTDOWN", ESHUTDOWN}}};

class refusal final : public condition {
 public:
  explicit refusal(settings const& read) {
    for (auto const& one : errors)
      if (one.name == read.text("error")) error_ = one.number;
  }
  ruling consider(passage&, time_point) override {
    return {.what = ruling::kind::answer, .error = error_};
  }

 private:
  int error_ = EIO;
};

}  // namespace

condition_kind error_kind() {
  return {
      .name = "error",
      .summary = "answers with an error, and does nothing to the data",
      .model =
          "The error reaches whoever asked, or is retried; a file system may turn read-only "
          "and must say so. It must neither hang nor report success. virtio-blk knows one "
          "error only: the guest sees EIO whatever was injected.",
      .example = "bad-sector=error:operations=read,from=1MiB,length=4KiB,error=EIO",
      .parameters = {{"error", parameter_type::choice, "EIO",
                      "NBD has no ETIMEDOUT: it goes out as EIO, the ledger keeps its name",
                      "EIO ENOSPC ETIMEDOUT EPERM ENOMEM EINVAL ESHUTDOWN"}},
      .default_operations = "read+write+flush+trim+zero",
      .make = [](settings const& read, disk_context const&) -> result<std::unique_ptr<condition>> {
        return std::make_unique<refusal>(read);
      }};
}

}  // namespace wedgehog::nbd
