// The faults a recipe may inject: one row each. The code that does them is in faults/ and nbd/; a
// fault without a row here cannot be asked for, and a row without code fails a test of faults/.
//
// A parameter named `disk` makes it a fault of a disk. `fault` and `as` are taken by `inject`.
#include "recipe/catalogue.hpp"

namespace wedgehog::recipe {
namespace {

using enum value_kind;

parameter disk_parameter() {
  return {"disk", disk, "Which disk.", true};
}

parameter operation_parameter() {
  return {
      .name = "op",
      .kind = one_of,
      .doc = "Which requests.",
      .preset = "any",
      .choices = {
          {"any", "all of them"}, {"read", "reads"}, {"write", "writes"}, {"flush", "flushes"}}};
}

parameter probability_parameter() {
  return {"probability",
          fraction,
          "Which share of these requests, drawn from the plan's seed.",
          false,
          "1",
          "0.000001",
          "1"};
}

std::vector<parameter> silent_parameters() {
  return {disk_parameter(),
          probability_parameter(),
          {"skip", count, "So many are done right first.", false, "0", "0", "1000000000000"},
          {"count", count, "At most so many; left out: all.", false, "", "1", "1000000000000"}};
}

}  // namespace

std::vector<word> const& fault_words() {
  static std::vector<word> const rows{
      {.where = place::fault,
       .name = "latency",
       .doc = "Requests of a disk are answered late. A healthy guest slows down and survives.",
       .parameters = {disk_parameter(),
                      {"delay", duration, "Added to each request.", true, "", "1us", "1h"},
                      {"jitter", duration, "Up to so much more, drawn evenly.", false, "0s", "",
                       "1h"},
                      operation_parameter(),
                      probability_parameter()},
       .example = R"(- inject: {fault: latency, disk: data, delay: 250ms, op: write}
)"},
      {.where = place::fault,
       .name = "rate",
       .doc = "A disk answers only so much per second. A healthy guest slows down and survives.",
       .parameters = {disk_parameter(),
                      {"requests_per_second", count, "So many requests.", false, "", "1",
                       "1000000000"},
                      {"bytes_per_second", size, "So many bytes.", false, "", "512", "1TiB"},
                      operation_parameter()},
       .exactly_one = {"requests_per_second", "bytes_per_second"},
       .example = R"(- inject: {fault: rate, disk: data, requests_per_second: 50}
)"},
      {.where = place::fault,
       .name = "hold",
       .doc = "Requests of a disk are not answered until healed. A healthy guest waits, and goes "
              "on as if nothing had happened.",
       .parameters = {disk_parameter(),
                      operation_parameter(),
                      {"skip", count, "So many are answered first.", false, "0", "0",
                       "1000000000000"},
                      {"count", count, "At most so many are held; left out: all.", false, "", "1",
                       "1000000000000"}},
       .example = R"(- inject: {fault: hold, as: stuck, disk: data, op: flush, count: 1}
)"},
      {.where = place::fault,
       .name = "error",
       .doc = "Requests of a disk fail. A healthy guest reports the error to whoever asked, and "
              "keeps its other data.",
       .parameters = {disk_parameter(),
                      operation_parameter(),
                      probability_parameter(),
                      {.name = "errno",
                       .kind = one_of,
                       .doc = "How they fail.",
                       .preset = "EIO",
                       .choices = {{"EIO", "input/output error"},
                                   {"ENOSPC", "no space left on the device"},
                                   {"EPERM", "operation not permitted"},
                                   {"ENOMEM", "out of memory"}}},
                      {"skip", count, "So many succeed first.", false, "0", "0", "1000000000000"},
                      {"count", count, "At most so many fail; left out: all.", false, "", "1",
                       "1000000000000"}},
       .example = R"(- inject: {fault: error, disk: data, op: write, errno: ENOSPC, count: 3}
)"},
      {.where = place::fault,
       .name = "lost-write",
       .doc =
           "Writes to a disk are answered and not done. A healthy guest may find old data there, "
           "says so when it has checksums, and does not hang.",
       .parameters = silent_parameters(),
       .example = R"(- inject: {fault: lost-write, disk: data, skip: 50, count: 1}
)"},
      {.where = place::fault,
       .name = "torn-write",
       .doc = "Of each write to a disk only some of its first sectors are done. A healthy guest "
              "finds out when it has checksums, and does not hang.",
       .parameters = silent_parameters(),
       .example = R"(- inject: {fault: torn-write, disk: data, probability: 0.01}
)"},
      {.where = place::fault,
       .name = "bit-flip",
       .doc = "One bit of what a disk returns is wrong. A healthy guest with checksums reports it "
              "or repairs it, and never takes it for good.",
       .parameters = silent_parameters(),
       .example = R"(- inject: {fault: bit-flip, disk: data, probability: 0.001}
)"},
      {.where = place::fault,
       .name = "hog",
       .doc =
           "A process in the guest takes memory and keeps it. A healthy guest reclaims, or kills "
           "the hog.",
       .parameters = {{"memory", size, "So much.", true, "", "1MiB", "1TiB"}},
       .example = R"(- inject: {fault: hog, memory: 256MiB}
)"},
      {.where = place::fault,
       .name = "balloon",
       .doc = "The host takes memory from the guest through its balloon driver.",
       .parameters = {{"leave", size, "What is left to the guest.", true, "", "16MiB", "1TiB"}},
       .example = R"(- inject: {fault: balloon, leave: 128MiB}
)"},
      {.where = place::fault,
       .name = "pause",
       .doc = "The host stops the guest's processors until healed. Budgets stand still meanwhile.",
       .example = R"(- inject: {fault: pause}
)"},
      {.where = place::fault,
       .name = "nmi",
       .doc = "One non-maskable interrupt to every processor. There is nothing to heal.",
       .example = R"(- inject: {fault: nmi}
)"},
      {.where = place::fault,
       .name = "cpu-duty",
       .doc = "The guest's processors run for a share of the time only: QEMU is stopped and "
              "continued in turns. Budgets run as much slower. A healthy guest becomes slow.",
       .parameters = {{"share", fraction, "So much is left.", true, "", "0.01", "0.95"},
                      {"period", duration, "One turn.", false, "100ms", "10ms", "1s"}},
       .example = R"(- inject: {fault: cpu-duty, share: 0.2}
)"},
      {.where = place::fault,
       .name = "sigstop",
       .doc = "Somebody on the host stops QEMU, and healing lets it go on. Unlike `pause` nobody "
              "is told: the guest's clock goes on, and the verdict is to be `host-stopped` when it "
              "lasts.",
       .example = R"(- inject: {fault: sigstop}
)"},
  };
  return rows;
}

}  // namespace wedgehog::recipe
