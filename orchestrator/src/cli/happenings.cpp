#include "cli/happenings.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>

#include "folder/files.hpp"
#include "loop/process.hpp"
#include "loop/temporary.hpp"
#include "loop/within.hpp"

namespace wedgehog::cli {
namespace {

namespace json = boost::json;

constexpr auto hook_limit = std::chrono::minutes(1);

}  // namespace

loop::awaitable<result<void>> happenings::run_hook(loop::clock& time, std::string text) {
  if (hook_.empty()) co_return result<void>();
  auto const place = loop::temporary_directory::make();
  if (!place) co_return place.error();
  auto const input = place->path() + "/input.json";
  if (auto written = folder::write_document(input, text + "\n"); !written)
    co_return written.error();
  loop::process_options options;
  // The shell only opens the input: the words of the hook are its arguments.
  options.argv = {"/bin/sh", "-c", "input=$1; shift; exec \"$@\" < \"$input\"", "hook", input};
  options.argv.insert(options.argv.end(), hook_.begin(), hook_.end());
  auto child = loop::process::start(co_await loop::asio::this_coro::executor, options);
  if (!child) co_return child.error().within("the hook");
  auto const ended = co_await loop::within<loop::exit_status>(time, hook_limit, child->wait());
  if (!ended) {
    child->kill_group(9);
    co_await child->wait();
    co_return host_error(
        fmt::format("the hook {} took longer than a minute and was killed", hook_.front()));
  }
  if (!ended->clean())
    co_return host_error(
        fmt::format("the hook {} ended with {}", hook_.front(), loop::describe(*ended)));
  co_return result<void>();
}

loop::awaitable<result<void>> happenings::new_signature(loop::clock& time,
                                                        store::stored_run const& run,
                                                        store::results_database const& of) {
  auto const& facts = run.facts;
  json::object what{{"event", "new-signature"},
                    {"campaign", campaign_},
                    {"run", run.key.name},
                    {"uid", facts.uid},
                    {"recipe", facts.recipe},
                    {"variant", facts.variant},
                    {"image", facts.image},
                    {"kernel", facts.kernel},
                    {"seed", std::to_string(facts.seed)},
                    {"folder", of.folder_of(run).string()}};
  if (run.judged) {
    what["verdict"] = run.judged->verdict;
    what["kind"] = run.judged->kind;
    what["signature"] = run.judged->signature.value_or("");
    what["because"] = json::value_from(run.judged->because);
  }
  co_return co_await run_hook(time, json::serialize(what));
}

loop::awaitable<result<void>> happenings::ended(loop::clock& time, std::string const& why,
                                                campaign_sight const& now) {
  json::array cells;
  for (auto const& one : now.cells)
    cells.push_back(json::object{{"recipe", one.name.recipe},
                                 {"variant", one.name.variant},
                                 {"image", one.name.image},
                                 {"runs", one.done},
                                 {"void", one.void_runs},
                                 {"hits", one.hits},
                                 {"hours", one.hours},
                                 {"given_up", one.given_up}});
  json::object const what{{"event", "ended"},
                          {"campaign", campaign_},
                          {"why", why},
                          {"seconds", now.elapsed_s},
                          {"new_signatures", json::value_from(now.new_signatures)},
                          {"cells", std::move(cells)}};
  co_return co_await run_hook(time, json::serialize(what));
}

}  // namespace wedgehog::cli
