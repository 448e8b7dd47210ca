// Plays runs on nodes of a Slurm cluster that share no folder with the head: srun carries the order
// there and the run's folder back, one srun for each run. When a node dies, or srun does, what has
// arrived is the run, interrupted; nobody else writes into its folder, so no lease is waited for.
#pragma once

#include <memory>

#include "farm/executor.hpp"
#include "farm/slurm/executor.hpp"
#include "loop/interruption.hpp"

namespace wedgehog::farm::slurm {

class streamed_executor final : public executor {
 public:
  // All must outlive it. Of the terms, `performer` is `wedgehog perform` by a path that the nodes
  // know; `work` is not needed.
  streamed_executor(loop::clock& time, loop::asio::thread_pool& pool, loop::interruption& stop,
                    slurm_terms terms, close_run close);
  ~streamed_executor() override;

  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] std::size_t slots() const override { return terms_.slots; }
  loop::awaitable<result<run_report>> play(task const& what, line_sink const& told) override;
  loop::awaitable<result<void>> sweep(std::string_view campaign) override;

 private:
  struct wait;
  loop::awaitable<void> look_after(wait& waiting);
  loop::awaitable<void> leave_nothing(std::string const& mark);
  loop::awaitable<result<run_report>> try_until_it_begins(wait& waiting, task const& what,
                                                          line_sink const& hear);
  [[nodiscard]] streamed_job job_of(task const& what) const;

  loop::clock& time_;
  loop::asio::thread_pool& pool_;
  loop::interruption& stop_;
  slurm_terms terms_;
  close_run close_;
  std::unique_ptr<cluster> cluster_;
};

}  // namespace wedgehog::farm::slurm
