// The faults a recipe may inject: one row each. The code that does them is in faults/ and nbd/; a
// fault without a row here cannot be asked for, and a row without code fails a test of faults/.
//
// A parameter named `disk` makes it a fault of a disk. `fault` and `as` are taken by `inject`.
#include "recipe/catalogue.hpp"

namespace wedgehog::recipe {
namespace {

parameter disk_parameter() {
  using enum value_kind;
  return {"disk", disk, "Which disk.", true};
}

parameter operation_parameter() {
  using enum value_kind;
  return {
      .name = "op",
      .kind = one_of,
      .doc = "Which requests.",
      .preset = "any",
      .choices = {
          {"any", "all of them"},
          {"read", "reads"},
          {"write",
           "writes of data, trims and writes of zeros: all of them count, also those that a file "
           "system makes by itself (ext4 after mkfs, without `-E "
           "lazy_itable_init=0,lazy_journal_init=0`)"},
          {"flush", "flushes"}}};
}

parameter count_parameter(std::string_view preset = "") {
  using enum value_kind;
  return {"count",        count,  "At most so many of these requests; left out: all.",
          false,          preset, "1",
          "1000000000000"};
}

// Which requests of a disk it concerns: the same for all of its faults.
std::vector<parameter> with_choice_of_requests(std::vector<parameter> own,
                                               parameter const& most = count_parameter()) {
  using enum value_kind;
  own.insert(own.begin(), disk_parameter());
  std::vector<parameter> const which{
      {"from", size, "Only requests that touch bytes from here on.", false, "0", "", "16TiB"},
      {"length", size, "So many bytes from there; left out: to the end.", false, "", "1", "16TiB"},
      {"skip", count, "So many of these requests are let alone first.", false, "0", "0",
       "1000000000000"},
      {"every", count, "Then every so manieth of them.", false, "1", "1", "1000000000000"},
      {"probability", fraction, "Which share of those, drawn from the plan's seed.", false, "1",
       "0.000001", "1"},
      most};
  own.insert(own.end(), which.begin(), which.end());
  return own;
}

std::vector<parameter> latency_parameters() {
  using enum value_kind;
  return with_choice_of_requests(
      {{"delay", duration,
        "Added to each request. With a shape: fixed, the delay; uniform and normal, its middle; "
        "lognormal, its median; pareto, its least.",
        false, "", "1us", "1h"},
       {"trace", durations, "These delays, one for each request in turn, and from the start again.",
        false, "", "", "1h"},
       {"trace_file", line,
        "The same from a file: one delay in each line, comments behind a #. Its name counts from "
        "the recipe's folder, and the plan keeps what it says."},
       {"jitter", duration, "Up to so much more, drawn evenly; not with another shape.", false,
        "0s", "", "1h"},
       {.name = "shape",
        .kind = one_of,
        .doc = "How the delays are distributed.",
        .preset = "fixed",
        .choices = {{"fixed", "all the same"},
                    {"uniform", "evenly, up to `spread` to both sides"},
                    {"normal", "with the standard deviation `spread`, never below zero"},
                    {"lognormal", "with the deviation `sigma` of the logarithm: a long tail"},
                    {"pareto", "with the exponent `alpha`: a heavy tail"}}},
       {"spread", duration, "Of `uniform` and `normal`.", false, "0s", "", "1h"},
       {"sigma", fraction, "Of `lognormal`: at 0.5, one in a hundred takes 3.2 times the median.",
        false, "0.5", "0", "10"},
       {"alpha", fraction, "Of `pareto`: 3 is a light tail, 1.5 a heavy one.", false, "1.5", "0.1",
        "100"},
       {"limit", duration, "No delay is longer.", false, "1h", "1us", "1h"},
       operation_parameter()});
}

}  // namespace

std::vector<word> const& fault_words() {
  using enum value_kind;
  static std::vector<word> const rows{
      {.where = place::fault,
       .name = "latency",
       .doc = "Requests of a disk are answered late. A healthy guest slows down and survives.",
       .parameters = latency_parameters(),
       .exactly_one = {"delay", "trace", "trace_file"},
       .example = R"(- inject: {fault: latency, disk: data, delay: 250ms, op: write}
)"},
      {.where = place::fault,
       .name = "rate",
       .doc = "A disk answers only so much per second. A healthy guest slows down and survives.",
       .parameters = with_choice_of_requests(
           {{"requests_per_second", count, "So many requests.", false, "", "1", "1000000000"},
            {"bytes_per_second", size, "So many bytes.", false, "", "512", "1TiB"},
            {"burst", duration, "After a pause, so much time's worth goes through at once.", false,
             "0s", "", "1h"},
            {"share", name, "All disks whose rates have this word share one, as on one bus."},
            operation_parameter()}),
       .exactly_one = {"requests_per_second", "bytes_per_second"},
       .example = R"(- inject: {fault: rate, disk: data, requests_per_second: 50}
)"},
      {.where = place::fault,
       .name = "hold",
       .doc = "Requests of a disk are not answered until healed. A healthy guest waits, and goes "
              "on as if nothing had happened.",
       .parameters = with_choice_of_requests(
           {{"for", duration, "Each is answered by itself after so long; left out: when healed.",
             false, "", "1ms", "1d"},
            operation_parameter()}),
       .example = R"(- inject: {fault: hold, as: stuck, disk: data, op: flush, count: 1}
)"},
      {.where = place::fault,
       .name = "error",
       .doc = "Requests of a disk fail. A healthy guest reports the error to whoever asked, and "
              "keeps its other data.",
       .parameters =
           with_choice_of_requests({operation_parameter(),
                                    {.name = "errno",
                                     .kind = one_of,
                                     .doc = "How they fail.",
                                     .preset = "EIO",
                                     .choices = {{"EIO", "input/output error"},
                                                 {"ENOSPC", "no space left on the device"},
                                                 {"EPERM", "operation not permitted"},
                                                 {"ENOMEM", "out of memory"}}}}),
       .example = R"(- inject: {fault: error, disk: data, op: write, errno: ENOSPC, count: 3}
)"},
      {.where = place::fault,
       .name = "disconnect",
       .doc = "A disk's cable is pulled at a matching request: its connection drops, and what was "
              "in flight is lost. With `reconnect` of the disk a healthy guest waits and goes on; "
              "without, every request fails from then on.",
       .parameters = with_choice_of_requests(
           {{"for", duration, "Back after so long; left out: when healed.", false, "", "1ms", "1d"},
            operation_parameter()},
           count_parameter("1")),
       .example = R"(- inject: {fault: disconnect, as: pulled, disk: data, op: write, for: 3s}
)"},
      {.where = place::fault,
       .name = "lying-flush",
       .doc = "Flushes of a disk are answered and not done, and FUA is ignored. Shows only with "
              "`cache: volatile` and a `power_cut`: then even what was fsynced may be lost, and a "
              "healthy guest notices or goes back to an earlier state.",
       .parameters = with_choice_of_requests({}),
       .example = R"(- inject: {fault: lying-flush, disk: data}
)"},
      {.where = place::fault,
       .name = "lost-write",
       .doc =
           "Writes to a disk are answered and not done. A healthy guest may find old data there, "
           "says so when it has checksums, and does not hang.",
       .parameters = with_choice_of_requests({}),
       .example = R"(- inject: {fault: lost-write, disk: data, skip: 50, count: 1}
)"},
      {.where = place::fault,
       .name = "torn-write",
       .doc = "Of each write to a disk only some of its first sectors are done. A healthy guest "
              "finds out when it has checksums, and does not hang.",
       .parameters = with_choice_of_requests(
           {{"sectors", count, "So many sectors of 512 bytes are done; left out: drawn.", false, "",
             "0", "1000000"}}),
       .example = R"(- inject: {fault: torn-write, disk: data, probability: 0.01}
)"},
      {.where = place::fault,
       .name = "misdirected-write",
       .doc = "Writes to a disk go to another place: what they should have replaced is still "
              "there, and something else is gone. A healthy guest whose blocks know their address "
              "notices both, and does not hang.",
       .parameters = with_choice_of_requests(
           {{"to", size, "The byte where they go; left out: a sector that is drawn.", false, "", "",
             "16TiB"}}),
       .example = R"(- inject: {fault: misdirected-write, disk: data, skip: 50, count: 1}
)"},
      {.where = place::fault,
       .name = "bit-flip",
       .doc = "Bits of what a disk returns are wrong, or of what it stores. A healthy guest with "
              "checksums reports it or repairs it, and never takes it for good.",
       .parameters = with_choice_of_requests(
           {{"bits", count, "So many in each request.", false, "1", "1", "64"},
            {.name = "op",
             .kind = one_of,
             .doc = "Where.",
             .preset = "read",
             .choices = {{"read", "in what is returned: right the next time"},
                         {"write",
                          "in data that is stored: wrong for good; trims and zeros have none"}}}}),
       .example = R"(- inject: {fault: bit-flip, disk: data, probability: 0.001}
)"},
      {.where = place::fault,
       .name = "stale-read",
       .doc = "Reads of a disk return what was there when the fault was injected. A healthy guest "
              "that verifies generations or a tree of checksums notices, and does not hang.",
       .parameters =
           with_choice_of_requests({{"memory", size, "Old sectors that are kept, at most.", false,
                                     "64MiB", "512", "1TiB"}}),
       .example = R"(- inject: {fault: stale-read, disk: data}
)"},
      {.where = place::fault,
       .name = "hog",
       .doc =
           "A process in the guest takes memory and keeps it. A healthy guest reclaims, or kills "
           "the hog.",
       .parameters = {{"memory", size, "So much.", true, "", "1MiB", "1TiB"},
                      {.name = "kind",
                       .kind = one_of,
                       .doc = "What it is made of.",
                       .preset = "anonymous",
                       .choices = {{"anonymous", "private memory, each page different"},
                                   {"locked", "the same, locked: not even swap helps"},
                                   {"page-cache", "a clean file, read again and again"},
                                   {"dirty", "a file, written again and again, never synced"}}},
                      {.name = "shape",
                       .kind = one_of,
                       .doc = "What it does when it has it all.",
                       .preset = "steady",
                       .choices = {{"steady", "keeps it"},
                                   {"sawtooth", "lets go of it and begins again"}}},
                      {"over", duration, "It climbs evenly, for so long.", false, "0s", "", "1h"},
                      {"dirty", size,
                       "Beside `anonymous` or `locked` memory, so much of a file, written again "
                       "and again, never synced: both climb together, and fall together.",
                       false, "", "1MiB", "1TiB"},
                      {"in", guest_path, "Where the file of `page-cache` and `dirty` is made.",
                       false, "/tmp"}},
       .example = R"(- inject: {fault: hog, memory: 256MiB, shape: sawtooth, over: 10s}
- inject: {fault: hog, as: squeeze, memory: 96MiB, dirty: 24MiB, in: /mnt, over: 20s}
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
       .doc = "One non-maskable interrupt to every processor. A healthy guest counts it and goes "
              "on; Linux lets only its first processor take it. There is nothing to heal.",
       .example = R"(- inject: {fault: nmi}
)"},
      {.where = place::fault,
       .name = "reset",
       .doc = "Somebody presses the reset button: the guest is not asked, and what it had not "
              "written is gone. Nobody expects it to come back: the run ends in `rebooted`. There "
              "is nothing to heal.",
       .example = R"(- inject: {fault: reset, as: pressed}
)"},
      {.where = place::fault,
       .name = "power-button",
       .doc = "Somebody presses the power button, and the guest is told (ACPI). A healthy guest "
              "ends its work and powers itself off: the run ends in `exited`. A hit is its answer, "
              "so that a guest which ignores the button makes the run invalid, unless it "
              "`may_miss`. There is nothing to heal.",
       .example = R"(- inject: {fault: power-button, as: pressed}
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
       .name = "cpu-quota",
       .doc = "The host's kernel gives QEMU a share of what the guest's processors could use, and "
              "no more, by a cgroup. Budgets run as much slower. A healthy guest becomes slow. "
              "Needs the right to make cgroups: root, or `systemd-run --user --scope -p "
              "Delegate=cpu`.",
       .parameters = {{"share", fraction,
                       "So much of a processor for each of the guest's, QEMU's "
                       "own work included.",
                       true, "", "0.01", "0.95"},
                      {"period", duration,
                       "One turn: what is used up in it is missing until the "
                       "next.",
                       false, "100ms", "100ms", "1s"}},
       .example = R"(- inject: {fault: cpu-quota, share: 0.2}
)"},
      {.where = place::fault,
       .name = "sigstop",
       .doc = "Somebody on the host stops QEMU, and healing lets it go on. Unlike `pause` nobody "
              "is told: the guest's clock goes on, and the verdict is to be `host-stopped` when it "
              "lasts.",
       .example = R"(- inject: {fault: sigstop}
)"},
      {.where = place::fault,
       .name = "cpu-offline",
       .doc = "The guest itself turns one of its processors off. A healthy guest moves its work.",
       .parameters = {{"cpu", count, "Which, counted from 0; Linux cannot spare 0.", false, "1",
                       "0", "511"}},
       .example = R"(- inject: {fault: cpu-offline, cpu: 1}
)"},
      {.where = place::fault,
       .name = "link",
       .doc = "The cable of the guest's network card is pulled until healed. The machine has a "
              "card only when its plan has this fault.",
       .example = R"(- inject: {fault: link, as: cable}
)"},
      {.where = place::fault,
       .name = "unplug",
       .doc = "A disk is pulled out of the running guest, which has to let go of it, and plugged "
              "in again with its old content. A healthy guest fails what was on its way to it, "
              "and finds it again.",
       .parameters = {disk_parameter()},
       .example = R"(- inject: {fault: unplug, as: pulled, disk: data}
)"},
      {.where = place::fault,
       .name = "resize",
       .doc = "A disk becomes larger under the running guest, which is told by an interrupt; to "
              "the size that it has, it is only the interrupt. There is nothing to heal.",
       .parameters = {disk_parameter(),
                      {"size", size, "So large it is then.", true, "", "1MiB", "64TiB"}},
       .example = R"(- inject: {fault: resize, disk: data, size: 128MiB}
)"},
      {.where = place::fault,
       .name = "clock-step",
       .doc =
           "The guest's wall clock jumps; healing lets it jump back. Nothing else of the guest's "
           "time changes.",
       .parameters = {{"by", duration, "So far.", true, "", "1s", "10000h"},
                      {.name = "direction",
                       .kind = one_of,
                       .doc = "Where to.",
                       .preset = "forward",
                       .choices = {{"forward", "into the future"}, {"back", "into the past"}}}},
       .example = R"(- inject: {fault: clock-step, by: 1h, direction: back}
)"},
  };
  return rows;
}

}  // namespace wedgehog::recipe
