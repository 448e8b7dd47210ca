// `image build` of a system that is installed from its vendor's medium: fetched or given, made to
// speak on the serial console, installed, and adopted as any other disk is.
#pragma once

#include <string>

#include "cli/adopted.hpp"

namespace wedgehog::cli {

struct medium_options {
  std::string from;      // the medium; empty: it is fetched
  std::string url;       // empty: medium.yaml's
  std::string checksum;  // "sha256:HEX"; empty: medium.yaml's
};

// Does nothing when nothing that it is made of has changed. Blame: recipe for what was asked, the
// medium and the files of its folder, guest for the medium's system, host for the rest.
loop::awaitable<result<vm::image>> build_from_medium(work_context in, places where,
                                                     adopting_options asked, medium_options from,
                                                     bool quiet);

}  // namespace wedgehog::cli
