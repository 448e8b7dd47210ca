// What can be said to a run while it lives: a socket that only its owner may open, one JSON object
// on one line each way. {"do": "inject", "fault": "stuck=hold:disk=data"} -> {"ok": true, …}.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "faults/injector.hpp"
#include "loop/nursery.hpp"
#include "plan/plan.hpp"

namespace wedgehog::conductor {

namespace json = boost::json;

// A fault from one line of text, checked against the catalogue of the recipe language.
using fault_reader =
    std::function<result<plan::inject>(std::string_view, std::vector<plan::disk> const&)>;

class live_control {
 public:
  struct controlled_run {
    std::string run;  // its name
    plan::plan const& plan;
    faults::injector& faults;
    fault_reader read;
    std::function<void(timeline::payload)> record;
  };

  // Listens when it returns. `link` is made to point at the socket, so that whoever knows the run's
  // folder finds it. Blame: host.
  static result<std::unique_ptr<live_control>> listen(loop::asio::any_io_executor const& executor,
                                                      std::string socket, std::string link,
                                                      controlled_run controlled);
  // Removes the link and the socket. The talks must have ended.
  virtual ~live_control() = default;

  // Until cancelled; each talk is a child of `talks`, which must end before this object does.
  virtual loop::awaitable<void> serve(loop::nursery& talks) = 0;
};

// Commands: faults; inject {fault}; heal {name} or {all: true}. An error is {"ok": false, "error":
// "…", "blame": "recipe"}. Both must outlive the call.
loop::awaitable<json::object> obey(live_control::controlled_run& controlled,
                                   json::object const& command);

}  // namespace wedgehog::conductor
