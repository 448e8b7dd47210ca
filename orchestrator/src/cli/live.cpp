// wedgehog inject, heal, faults: breaking and healing a run while it lives, over its control
// socket.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/described.hpp"
#include "cli/commands.hpp"
#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "folder/files.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::cli {
namespace {

namespace json = boost::json;

struct live_options {
  std::string run;
  std::vector<std::string> faults;
  std::string name;
  bool all = false;
};

// The slowest fault asks the guest and waits 30 s for its answer.
constexpr int answer_limit_s = 60;

result<std::string> socket_of(std::string const& asked, common_options const& common) {
  auto const chosen = choose_run(asked, common.results);
  if (!chosen) return chosen.error();
  auto const& run = chosen->run;
  auto const over = [&](std::string_view why) {
    return recipe_error(fmt::format("the run {} {}", run.key.name, why));
  };
  if (run.interrupted) return over("is over: its orchestrator is gone");
  if (run.reached != store::phase::existed)
    return over(fmt::format("is over: {}", store::word_of(run)));
  auto const link = chosen->folder() / folder::names::control;
  std::error_code missing;
  auto const socket = std::filesystem::read_symlink(link, missing);
  if (missing)
    return over("takes no faults now: its guest is not ready yet, or it is about to end");
  return socket.string();
}

result<json::object> ask(std::string const& path, json::object const& command) {
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  if (path.size() >= sizeof place.sun_path) return host_error("the socket's path is too long");
  std::memcpy(place.sun_path, path.data(), path.size());
  loop::descriptor line(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!line) return system_failure("making a socket", errno);
  timeval const limit{answer_limit_s, 0};
  ::setsockopt(line.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(line.get(), reinterpret_cast<sockaddr*>(&place), sizeof place) != 0)
    return recipe_error(fmt::format("the run does not listen any more: {}", std::strerror(errno)));
  auto text = json::serialize(command) + "\n";
  if (::send(line.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(text.size()))
    return system_failure("asking the run", errno);
  std::string answer;
  char piece[4096];
  while (answer.empty() || answer.back() != '\n') {
    auto const got = ::recv(line.get(), piece, sizeof piece, 0);
    if (got == 0) return host_error("the run ended before it answered");
    if (got < 0)
      return errno == EAGAIN
                 ? host_error(fmt::format("the run did not answer within {} s", answer_limit_s))
                 : system_failure("hearing the run's answer", errno);
    answer.append(piece, static_cast<std::size_t>(got));
  }
  boost::system::error_code failed;
  auto const read = json::parse(answer, failed);
  if (failed || !read.is_object()) return host_error("the run's answer is not JSON");
  return read.get_object();
}

void print_faults(json::object const& answer) {
  auto const* all = answer.if_contains("faults");
  if (all == nullptr || !all->is_array() || all->get_array().empty()) {
    print("nothing was injected so far\n");
    return;
  }
  print("{:<20} {:<12} {:<10} {:<9} {:>8}  {}\n", "name", "fault", "disk", "state", "hits",
        "parameters");
  for (auto const& one : all->get_array()) {
    auto const& fault = one.as_object();
    std::string parameters;
    for (auto const& [key, value] : fault.at("parameters").as_object()) {
      // A trace may have thousands of delays.
      constexpr std::size_t most = 60;
      std::string_view const text(value.as_string());
      parameters += fmt::format("{}{}={}{}", parameters.empty() ? "" : ",", std::string_view(key),
                                text.substr(0, most), text.size() > most ? "…" : "");
    }
    print("{:<20} {:<12} {:<10} {:<9} {:>8}  {}\n", text_at(fault, "name"), text_at(fault, "fault"),
          text_at(fault, "disk"), fault.at("in_force").as_bool() ? "in force" : "healed",
          fault.at("hits").to_number<std::uint64_t>(), parameters);
  }
}

// Each command by itself; the first that fails ends it.
int say(live_options const& asked, common_options const& common, std::vector<json::object> commands,
        std::string_view done) {
  auto const socket = socket_of(asked.run, common);
  if (!socket) return complain_of(socket.error());
  for (auto const& command : commands) {
    auto const answer = ask(socket.value(), command);
    if (!answer) return complain_of(answer.error());
    if (common.json) print("{}\n", json::serialize(answer.value()));
    auto const* well = answer->if_contains("ok");
    if (well == nullptr || !well->is_bool() || !well->get_bool())
      return complain(text_at(answer.value(), "error"), text_at(answer.value(), "blame") == "recipe"
                                                            ? exit_usage
                                                            : exit_inconclusive);
    if (common.json) continue;
    if (done.empty())
      print_faults(answer.value());
    else if (!common.quiet)
      print("{} {}\n", done,
            answer->contains("name") ? text_at(answer.value(), "name") : "all faults");
  }
  return 0;
}

}  // namespace

void add_live(CLI::App& to, common_options& common, action& act) {
  auto asked = std::make_shared<live_options>();
  auto const of_run = [asked](CLI::App* command) {
    command->add_option("run", asked->run, words_for_a_run)->required();
  };

  auto* inject = to.add_subcommand("inject", "Break a run while it lives");
  of_run(inject);
  inject
      ->add_option("faults", asked->faults,
                   "[NAME=]KIND[:KEY=VALUE,…], like stuck=hold:disk=data,op=write; `wedgehog "
                   "explain faults` lists them")
      ->required();
  inject->callback([asked, &common, &act] {
    act = [asked, &common] {
      std::vector<json::object> commands;
      for (auto const& fault : asked->faults)
        commands.push_back({{"do", "inject"}, {"fault", fault}});
      return say(*asked, common, std::move(commands), "injected");
    };
  });

  auto* heal = to.add_subcommand("heal", "Heal a fault of a run that lives, the recipe's too");
  of_run(heal);
  auto* name = heal->add_option("name", asked->name, "What `faults` calls it");
  heal->add_flag("--all", asked->all, "Whatever is in force")->excludes(name);
  heal->callback([asked, &common, &act] {
    act = [asked, &common] {
      if (!asked->all && asked->name.empty())
        return complain("heal: give the name of a fault, or --all", exit_usage);
      json::object command{{"do", "heal"}};
      if (asked->all)
        command["all"] = true;
      else
        command["name"] = asked->name;
      return say(*asked, common, {command}, "healed");
    };
  });

  auto* faults = to.add_subcommand("faults", "What is in force in a run that lives, and its hits");
  of_run(faults);
  faults->callback([asked, &common, &act] {
    act = [asked, &common] { return say(*asked, common, {json::object{{"do", "faults"}}}, ""); };
  });
}

}  // namespace wedgehog::cli
