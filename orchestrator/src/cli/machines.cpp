// wedgehog machines: which domains of ours a libvirt daemon has, and who is still there for them.
#include <fmt/format.h>

#include <memory>

#include "base/described.hpp"
#include "cli/backend_on.hpp"
#include "cli/commands.hpp"
#include "cli/interruptible.hpp"
#include "cli/terminal.hpp"
#include "vm/libvirt/inventory.hpp"
#include "vm/libvirt/storage.hpp"

namespace wedgehog::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto question_limit = 60s;

struct machines_options {
  std::string on;
  bool sweep = false;
};

struct found_machines {
  std::vector<vm::libvirt::our_domain> domains;
  std::vector<std::string> swept;
};

loop::awaitable<result<found_machines>> look(loop::clock& time, machines_options const& asked) {
  auto const by = co_await vm::libvirt::connection::open(time, asked.on, question_limit);
  if (!by) co_return by.error();
  found_machines found;
  if (asked.sweep) {
    auto const domains = co_await vm::libvirt::sweep_domains(**by, question_limit);
    if (!domains) co_return domains.error();
    auto const volumes = co_await vm::libvirt::sweep_storage(**by);
    if (!volumes) co_return volumes.error();
    found.swept = *domains;
    found.swept.insert(found.swept.end(), volumes->begin(), volumes->end());
  }
  auto domains = co_await vm::libvirt::list_our_domains(**by, question_limit);
  if (!domains) co_return domains.error();
  found.domains = std::move(*domains);
  co_return found;
}

void print_machine(vm::libvirt::our_domain const& one, bool as_json) {
  if (as_json) {
    print("{}\n", json::serialize(json::object{{"domain", one.name},
                                               {"run", one.run},
                                               {"owner_host", one.owner_host},
                                               {"owner_pid", one.owner_pid},
                                               {"abandoned", one.abandoned}}));
    return;
  }
  print("{}  {} (process {} on {}{})\n", one.name, one.run, one.owner_pid, one.owner_host,
        one.abandoned ? ", which is gone: --sweep takes it away" : "");
}

int machines(machines_options asked, common_options const& common) {
  auto const host = host_named(asked.on);
  if (!host) return complain(host.error().message(), exit_usage);
  asked.on = host->uri;
  loop::real_clock time;
  result<found_machines> found = host_error("interrupted");
  bool const stopped = perform_interruptible(
      [&](work_context) -> loop::awaitable<void> { found = co_await look(time, asked); });
  if (stopped) return exit_interrupted;
  if (!found) return complain(found.error().message(), exit_inconclusive);
  for (auto const& name : found->swept) tell("wedgehog: took away {}\n", name);
  for (auto const& one : found->domains) print_machine(one, common.json);
  return 0;
}

}  // namespace

void add_machines(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand(
      "machines", "The domains of ours on a libvirt daemon; those of others are never touched");
  auto asked = std::make_shared<machines_options>();
  command->add_option("--on", asked->on, "The daemon (qemu:///system …)")->required();
  command->add_flag("--sweep", asked->sweep,
                    "Take away what processes of this host left there and are gone: domains, their "
                    "volumes, and images that nobody has read for two weeks");
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return machines(*asked, common); }; });
}

}  // namespace wedgehog::cli
