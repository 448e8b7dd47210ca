// A program of the host that is asked something and answers in words: qemu-img, xorriso. What it
// says when it fails becomes the error.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "loop/clock.hpp"

namespace wedgehog::loop {

struct program_question {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH
  std::string package;            // Debian's that holds it, for whoever has not got it
};

// What it said on both outputs, 1 MiB at most, without line ends behind it. Cancelled, it kills it.
// Blame: host, with its words.
awaitable<result<std::string>> ask_program(program_question question);

}  // namespace wedgehog::loop
