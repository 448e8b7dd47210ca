// The console of a domain: read from a stream, kept in the run's folder as it comes, and cut into
// lines. What is typed goes into the same stream.
#pragma once

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <memory>

#include "loop/bell.hpp"
#include "loop/descriptor.hpp"
#include "qmp/client.hpp"
#include "vm/kept_console.hpp"
#include "vm/monitor_names.hpp"
#include "vm/serial_console.hpp"

namespace wedgehog::vm::libvirt {

class console final : public serial_console {
 public:
  // Takes over `line`, a connected socket; what comes is appended to the file `keep_in`. Blame:
  // host.
  static result<std::unique_ptr<console>> open(loop::asio::any_io_executor const& executor,
                                               loop::clock& time, loop::descriptor line,
                                               std::string const& keep_in);
  ~console() override;
  // For breaks, which go through the monitor; both must outlive the console.
  void send_breaks_by(qmp::client& monitor, monitor_names const& names);
  // Another line takes the place of one that broke.
  void reconnect(loop::descriptor line);

  loop::awaitable<void> follow(line_cutter::sink out) override;
  void finish(line_cutter::sink const& out) override;
  void close() override;
  loop::awaitable<result<void>> type(typing const& work) override;
  [[nodiscard]] std::uint64_t bytes() const override { return kept_.written(); }
  [[nodiscard]] std::uint64_t forgotten() const override { return kept_.forgotten(); }

 private:
  struct wire;
  console(loop::asio::any_io_executor const& executor, loop::clock& time, kept_console kept);
  void take(std::string_view bytes);
  static void read(std::shared_ptr<wire> from);

  loop::asio::any_io_executor executor_;
  loop::clock& time_;
  kept_console kept_;
  loop::bell came_;
  std::string unheard_;
  line_cutter cutter_;
  std::function<void(std::string_view)> typist_;  // who types, and hears as it comes
  std::shared_ptr<wire> wire_;
  qmp::client* monitor_ = nullptr;
  monitor_names const* names_ = nullptr;
};

}  // namespace wedgehog::vm::libvirt
