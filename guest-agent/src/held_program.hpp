// A program that was started while its system was well and waits at its prompt, in the care of a
// process of its own (the keeper): so that it can still be asked when the disk that it came from is
// what is wedged. Portable: which program, and what it is asked, is the port's.
//
// Its memory is not locked: locks do not survive an exec. It is asked now and then for what will be
// wanted of it, which keeps its pages in use.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace wedgehog::guest {

struct held_program {
  std::string command;       // by /bin/sh, with an exec: reads commands, answers on both outputs
  std::string mark_command;  // {} in it becomes a number in hexadecimal, "0x{}=J" …
  // … which it answers with that number as the only word of a line: so the end of an answer is
  // seen.
  std::vector<std::string> warm_with{};      // asked at once and then now and then
  std::uint64_t warm_every_ms = 10 * 60000;  // how often that is
  std::uint64_t most_bytes = 4U << 20U;      // of an answer; what is beyond is left out
  std::uint64_t deadline_ms = 60000;         // for an answer; then the program is ended
  std::uint64_t between_starts_ms = 10000;   // it is started again no sooner: its disk may be sick
};

// Starts the keeper, which listens on a socket at `path` and ends with its caller. `settle` is
// called in it first. Before any thread is started. False with the reason.
bool hold_program(held_program const& what, std::string const& path,
                  std::function<void()> const& settle, std::string& why);

// Whatever the program says to `question` (one line) goes to the descriptor. False when nobody
// holds it, or the program is no more: then nothing was written.
bool ask_held_program(std::string const& path, std::string const& question, int to);

// Maps the files that match and locks them into memory, in order, for as long as the caller runs;
// no more than so many bytes in all. How many bytes are held.
std::uint64_t hold_files(std::vector<std::string> const& patterns, std::uint64_t most_bytes);

}  // namespace wedgehog::guest
