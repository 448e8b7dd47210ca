#include "tests/simulation/plans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "base/ensure.hpp"
#include "base/units.hpp"
#include "faults/fault.hpp"
#include "recipe/catalogue.hpp"
#include "recipe/recipe.hpp"
#include "vm/simulated/machine.hpp"

namespace wedgehog::simulation {
namespace {

using recipe::value_kind;

template <class T>
T const& one_of(chance& luck, std::vector<T> const& from) {
  return from[luck.below(from.size())];
}

// Small and large ones alike: evenly over the orders of magnitude.
double between(chance& luck, double least, double most) {
  return least * std::pow(most / least, luck.fraction());
}

double number(std::string_view text, double otherwise) {
  return text.empty() ? otherwise : std::strtod(std::string(text).c_str(), nullptr);
}

double seconds(std::string_view text, double otherwise) {
  auto const read = parse_duration(text);
  return text.empty() || !read ? otherwise : std::chrono::duration<double>(read.value()).count();
}

double bytes(std::string_view text, double otherwise) {
  auto const read = parse_size(text);
  return text.empty() || !read ? otherwise : static_cast<double>(read.value());
}

std::string duration_text(double s) {
  return print_duration(microseconds(std::max<long long>(std::llround(s * 1e6), 1)));
}

// Empty: this kind is not for chance to draw.
std::string draw_value(chance& luck, recipe::parameter const& what) {
  switch (what.kind) {
    case value_kind::one_of:
      return std::string(one_of(luck, what.choices).name);
    case value_kind::count: {
      auto const least = number(what.least, 0);
      auto const most = std::min(number(what.most, 1e9), std::max(least, 1.0) * 40);
      return std::to_string(std::llround(between(luck, std::max(least, 1.0), most)));
    }
    case value_kind::fraction: {
      auto const least = std::max(number(what.least, 0), 0.01);
      return fmt::format("{:.3g}", between(luck, least, std::min(number(what.most, 1), 10.0)));
    }
    case value_kind::size: {
      auto const least = std::max(bytes(what.least, 4096), 4096.0);
      auto const drawn = between(luck, least, std::max(least * 2, double(200U << 20U)));
      return fmt::format("{}KiB", std::llround(drawn / 1024));
    }
    case value_kind::duration: {
      auto const least = std::max(seconds(what.least, 0.001), 0.001);
      auto const most = std::max(least, std::min(seconds(what.most, 20), 20.0));
      return duration_text(between(luck, least, most));
    }
    case value_kind::durations:
      return "1ms 40ms 3ms";
    case value_kind::disk:
      return luck.below(4) == 0 ? "other" : "data";
    case value_kind::guest_path:
      return "/tmp";
    case value_kind::flag:
      return luck.below(2) == 0 ? "true" : "false";
    default:
      return {};
  }
}

class recipe_writer {
 public:
  explicit recipe_writer(std::uint64_t seed) : luck_(chance(seed).stream("recipe")), seed_(seed) {}

  std::string write() {
    text_ = fmt::format(
        "name: seed-{}\nabout: |\n  Drawn from a seed, to be played by a model and not by a "
        "guest.\n"
        "image: linux\nseed: {}\nmachine: {{vcpus: {}, memory: 256MiB}}\n",
        seed_, seed_ % 1'000'000, 1 + luck_.below(2));
    write_disks();
    text_ += fmt::format("budgets: {{boot: 20s, no_progress: {}s, run: {}s, collect: 30s}}\n",
                         12 + luck_.below(10), 20 + luck_.below(40));
    text_ += "expect: passed\n";
    if (chance_of(0.3)) text_ += "recovery: {within: 5s, at_most: 15s}\n";
    if (chance_of(0.3)) text_ += "on_failure: {probes: [echo, sysrq-w, io, nmi]}\n";
    std::string steps = beginning();
    auto const count = 1 + luck_.below(6);
    for (std::uint64_t i = 0; i < count; ++i) steps += step(2, true);
    // Of a stream of its own: the other lives stay what they were.
    if (chance(seed_).stream("outlasts its budget").fraction() < 0.1)
      steps += "  - loop:\n      times: 60\n      steps:\n        - wait: 10s\n";
    if (chance_of(0.15)) steps += one_of<std::string>(luck_, last_words());
    if (chance_of(0.4)) write_schedules();
    return text_ + "steps:\n" + steps;
  }

 private:
  static std::vector<std::string> last_words() {
    return {"  - power_off\n", "  - kill_qemu\n", "  - reset\n", "  - pause\n"};
  }
  bool chance_of(double share) { return luck_.fraction() < share; }

  void write_disks() {
    text_ += "disks:\n";
    for (auto const* name : {"data", "other"}) {
      text_ += fmt::format("  {}: {{size: 64MiB", name);
      if (chance_of(0.4)) text_ += ", on_read_error: stop, on_write_error: stop";
      if (chance_of(0.3)) text_ += ", cache: volatile";
      if (chance_of(0.4)) text_ += ", reconnect: 10s";
      text_ += "}\n";
    }
  }

  std::string beginning() {
    std::string steps =
        "  - run:\n      deadline: 30s\n      script: |\n        mkfs.ext4 -q /dev/wedgehog/data\n"
        "        mount /dev/wedgehog/data /mnt\n";
    if (chance_of(0.5)) steps += "  - canary: /mnt\n";
    if (chance_of(0.9)) {
      auto const sleep = duration_text(between(luck_, 0.2, 1.5));
      steps += "  - workload:\n      name: worker\n      progress: counter\n      script: |\n";
      steps += chance_of(0.8) ? "        while dd if=/dev/zero of=/mnt/file conv=fsync; do\n"
                                "          sleep " +
                                    seconds_of(sleep) + "\n        done\n"
                              : "        while burn 0.4; do\n          sleep 0.2\n        done\n";
      works_ = true;
    }
    return steps;
  }
  static std::string seconds_of(std::string const& duration) {
    return fmt::format("{:.3f}",
                       std::chrono::duration<double>(parse_duration(duration).value()).count());
  }

  std::string new_fault() {
    static auto const kinds = [] {
      std::vector<std::string> names;
      for (auto const& word : recipe::words_of(recipe::place::fault))
        if (can_be_played(word.name)) names.emplace_back(word.name);
      return names;
    }();
    auto const as = fmt::format("f{}", ++faults_);
    // Those of disks, half of the time: what they do to each other matters most.
    auto kind = one_of(luck_, kinds);
    if (chance_of(0.3)) kind = "hold";
    return draw_fault(luck_, kind, as);
  }

  void write_schedules() {
    text_ += "faults:\n";
    auto const count = 1 + luck_.below(2);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::string when = fmt::format("at: {}", duration_text(between(luck_, 0.5, 15)));
      if (chance_of(0.3)) when = fmt::format("every: {}", duration_text(between(luck_, 2, 10)));
      if (works_ && chance_of(0.3)) when = "workload: worker, progress: 5";
      if (chance_of(0.6)) when += fmt::format(", for: {}", duration_text(between(luck_, 0.3, 12)));
      text_ += fmt::format("  - {{{}, inject: {}}}\n", when, new_fault());
    }
  }

  std::string step(int indent, bool outermost) {
    std::string const pad(static_cast<std::size_t>(indent), ' ');
    auto const inner = [&](int deeper) { return step(indent + deeper, false); };
    std::vector<std::function<std::string()>> kinds{
        [&] { return pad + "- wait: " + duration_text(between(luck_, 0.3, 12)) + "\n"; },
        [&] {
          auto const made = new_fault();
          injected_.push_back(fmt::format("f{}", faults_));
          return pad + "- inject: " + made + "\n";
        },
        [&] {
          if (injected_.empty()) return inner(0);
          return pad + "- heal: " + one_of(luck_, injected_) + "\n";
        },
        [&] {
          return fmt::format("{}- run: {{script: 'sync; sleep {:.2f}', deadline: 20s}}\n", pad,
                             between(luck_, 0.05, 4));
        },
        [&] {
          // By the seed's own number: another draw would make another life of every seed.
          return pad + (seed_ % 3 == 0 ? "- fetch: [/tmp/seen]\n" : "- collect: [ps]\n");
        },
        [&] { return pad + (works_ ? "- expect: {alive: worker}\n" : "- run: sync\n"); },
        [&] {
          return pad + (works_ ? "- wait: {workload: worker, progress: 3, deadline: 20s}\n"
                               : "- wait: 1s\n");
        },
        [&] { return pad + "- expect: {no_console: 'Oops'}\n"; },
        [&] { return pad + "- pause\n" + pad + "- wait: 2s\n" + pad + "- resume\n"; },
        [&] { return pad + "- pause: " + duration_text(between(luck_, 0.5, 6)) + "\n"; },
        [&] {
          return pad + "- loop:\n" + pad + "    times: 2\n" + pad + "    steps:\n" + inner(6);
        },
        [&] {
          return pad + "- parallel:\n" + pad + "    -\n" + inner(6) + pad + "    -\n" + inner(6);
        },
    };
    // What ends a guest, or begins it anew, now and then and never twice at once.
    if (outermost && chance_of(0.12))
      kinds = {[&] { return pad + "- power_cut: {survive: subset}\n"; },
               [&] { return pad + "- reboot: {by: button}\n"; },
               [&] { return pad + "- reboot: {by: guest}\n"; },
               [&] { return pad + "- run: {script: 'exit 3', deadline: 5s}\n"; }};
    return one_of(luck_, kinds)();
  }

  chance luck_;
  std::uint64_t seed_;
  std::string text_;
  bool works_ = false;
  int faults_ = 0;
  std::vector<std::string> injected_;
};

result<std::string> read_whole(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return host_error("cannot read " + path.string());
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

bool can_be_played(std::string_view fault) {
  auto const* const row = faults::find_kind(fault);
  if (row == nullptr) return true;
  auto const& can = vm::simulated::can_do();
  return std::all_of(row->needs.machine.begin(), row->needs.machine.end(),
                     [&can](vm::ability one) { return can.contains(one); });
}

std::string draw_fault(chance& luck, std::string_view kind, std::string const& as) {
  auto const* const word = recipe::find_word(recipe::place::fault, kind);
  ensure(word != nullptr, "a fault that the catalogue has");
  auto const& of = word->exactly_one;
  std::string_view const chosen = of.empty() ? std::string_view() : one_of(luck, of);
  auto text = fmt::format("{{fault: {}, as: {}", kind, as);
  for (auto const& each : word->parameters) {
    bool const alternative = std::find(of.begin(), of.end(), each.name) != of.end();
    bool const wanted =
        each.required || each.name == chosen || (!alternative && luck.fraction() < 0.25);
    if (!wanted) continue;
    if (auto const value = draw_value(luck, each); !value.empty())
      text += fmt::format(", {}: {}", each.name, value);
  }
  if (luck.below(3) == 0) text += ", may_miss: true";
  return text + "}";
}

drawn draw_plan(std::uint64_t seed) {
  // Some of what is drawn is no recipe (a parameter that goes with another only): drawn again.
  constexpr int tries = 200;
  for (int i = 0; i < tries; ++i) {
    auto text = recipe_writer(chance(seed).stream(std::to_string(i))()).write();
    auto read = recipe::parse(text, fmt::format("seed-{}.yaml", seed));
    if (!read.complaints.empty() || read.plans.empty()) continue;
    return {std::move(text), std::move(read.plans.front())};
  }
  ensure(false, "chance draws a recipe that is right within 200 tries");
  return {};
}

std::string recipe_of_a_worker(std::string_view name, std::string_view budgets,
                               std::string_view pause) {
  return fmt::format(R"(name: {}
image: linux
machine: {{vcpus: 1, memory: 256MiB}}
disks: {{data: 64MiB}}
budgets: {}
expect: passed
steps:
  - workload:
      name: worker
      progress: counter
      script: |
        while dd of=/mnt/file conv=fsync; do
          sleep {}
        done
)",
                     name, budgets, pause);
}

plan::plan plan_of(std::string_view text) {
  auto read = recipe::parse(text, "text.yaml");
  ensure(!read.plans.empty(), "a test's recipe is right");
  return std::move(read.plans.front());
}

result<plan::plan> shipped_plan(std::string const& file) {
  namespace files = std::filesystem;
  auto const text = read_whole(file);
  if (!text) return text.error();
  auto const beside = [folder = files::path(file).parent_path()](std::string const& name) {
    return read_whole(folder / name);
  };
  auto const read = recipe::parse(text.value(), file, {.read_file = beside});
  if (read.plans.empty()) return recipe_error(file + " has no plan");
  return read.plans.front();
}

}  // namespace wedgehog::simulation
