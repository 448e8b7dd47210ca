// The console of a QEMU on this host. QEMU appends every byte to a file, whether or not anybody
// listens; this follows the file. So nothing is lost when the orchestrator is slow, stopped or
// killed. What is typed goes through a socket that is open only meanwhile.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "loop/descriptor.hpp"
#include "loop/mailbox.hpp"
#include "qmp/client.hpp"
#include "vm/direct/growing_files.hpp"
#include "vm/serial_console.hpp"

namespace wedgehog::vm::direct {

class console final : public serial_console {
 public:
  // Begins where the file ends now: what an earlier life of the machine wrote has been read.
  // `socket` is where QEMU takes what is typed. Blame: host.
  static result<console> open(loop::asio::any_io_executor const& executor, loop::clock& time,
                              std::string file, std::string socket = {});

  // For breaks, which go through the monitor; it must outlive the console.
  void send_breaks_by(qmp::client& monitor) { monitor_ = &monitor; }

  // Looks when the kernel says the file grew, and once a second anyway; five times a second where
  // the kernel watches no more files for this user.
  loop::awaitable<void> follow(line_cutter::sink out) override;
  // Reads what is there now.
  void drain(line_cutter::sink const& out);
  void finish(line_cutter::sink const& out) override;
  void close() override;
  loop::awaitable<result<void>> type(typing const& work) override;
  [[nodiscard]] std::uint64_t bytes() const override { return offset_; }
  [[nodiscard]] std::uint64_t forgotten() const override { return forgotten_; }

 private:
  console(loop::clock& time, loop::descriptor file) : time_(&time), file_(std::move(file)) {}
  loop::awaitable<bool> changed();

  loop::clock* time_;
  loop::descriptor file_;
  std::unique_ptr<loop::mailbox<bool>> grown_;  // in one place, for the watching to know
  growing_files::watching watching_;
  bool watched_ = false;
  std::string socket_;
  qmp::client* monitor_ = nullptr;
  line_cutter cutter_;
  std::uint64_t offset_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace wedgehog::vm::direct
