// A disk image with a root login on its serial console becomes an image that machines boot from:
// copied, booted, talked into taking the agent, booted again until the agent beats, turned off in
// order and sealed. The user's own file is only read.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <string>

#include "base/error.hpp"
#include "loop/interruption.hpp"
#include "vm/backend.hpp"

namespace wedgehog::adoption {

struct wanted {
  std::string file;
  std::string name;
  std::string kind_folder;      // images/KIND: profile.yaml, adopt.yaml, adopt/
  std::string agent;            // the executable for that system; empty: …
  std::string agent_source;     // … this folder of sources, which the guest's compiler builds
  bool network = false;         // while it is installed, it reaches what this host reaches
  std::string password;         // of root; empty: it is not asked for, or none is wanted
  std::string parent;           // the folder in which the image's becomes one
  bool replace = false;         // an image of that name that is there
  std::string recorded_source;  // what image.json calls the file; empty: its path
  std::string inputs;
  std::string version;  // ours
};

struct workshop {
  loop::clock& time;
  loop::asio::thread_pool& pool;
  loop::interruption& stop;
  vm::backend& backend;
  double time_scale = 1;
  std::function<void(std::string const&)> tell;  // one line of progress
};

// The folder of the image; nothing is there before it is whole. When it fails the transcript of the
// console stays in PARENT/NAME.failed, and the error says so. Blame: recipe for a wrong file or
// name, guest when its system does not do what is expected, host for the rest.
loop::awaitable<result<std::string>> adopt(workshop const& in, wanted const& what);

}  // namespace wedgehog::adoption
