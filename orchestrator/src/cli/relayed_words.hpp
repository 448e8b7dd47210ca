// What a child says, on its way to our standard error: the child writes to a pipe that is always
// read, so that it never fails because our own terminal is gone.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <string>

#include "base/error.hpp"
#include "loop/clock.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::cli {

class relayed_words {
 public:
  // Blame: host.
  static result<relayed_words> open(loop::asio::any_io_executor const& executor);

  // Where the child writes, until begun(): for process_options::output_file.
  [[nodiscard]] std::string place() const;
  // The child has been started.
  void begun() { theirs_ = loop::descriptor(); }
  // Until the child and all that it started have closed their end.
  loop::awaitable<void> pass_on();

 private:
  relayed_words(loop::asio::posix::stream_descriptor ours, loop::descriptor theirs)
      : ours_(std::move(ours)), theirs_(std::move(theirs)) {}

  loop::asio::posix::stream_descriptor ours_;
  loop::descriptor theirs_;
};

}  // namespace wedgehog::cli
