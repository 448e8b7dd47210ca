// Plays runs as tasks of a Slurm cluster whose nodes see the folders of the results: what is asked
// for within a moment becomes one array job. Slurm's command line is all that is needed of it; it
// is asked seldom, and never believed against a run's folder.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>

#include "farm/executor.hpp"
#include "farm/slurm/attempt.hpp"
#include "farm/slurm/words.hpp"
#include "loop/interruption.hpp"

namespace wedgehog::farm::slurm {

struct slurm_terms {
  words performer;       // `wedgehog perform` by a path that all nodes know
  std::string campaign;  // its uid
  words more;            // for sbatch: --partition=…, --account=…, --time=…
  std::size_t slots = 64;
  std::filesystem::path work;  // a folder for lists and scripts that all nodes see
  loop::duration gather = std::chrono::milliseconds(300);
  loop::duration look_every = std::chrono::seconds(5);
  // For one of Slurm's programs: with its controller down squeue takes 9 s.
  loop::duration most_for_an_answer = std::chrono::seconds(60);
  patience bear{};
  std::function<void(std::string const&)> say{};  // for people; once for each thing
};

class cluster;

class slurm_executor final : public executor {
 public:
  // All must outlive it.
  slurm_executor(loop::clock& time, loop::asio::thread_pool& pool, loop::interruption& stop,
                 slurm_terms terms, close_run close);
  ~slurm_executor() override;

  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] std::size_t slots() const override;
  loop::awaitable<result<run_report>> play(task const& what, line_sink const& told) override;
  // Waits until none of its jobs is left, so that nothing of it writes any more.
  loop::awaitable<result<void>> sweep(std::string_view campaign) override;

 private:
  struct seat;
  loop::awaitable<result<run_report>> watch(seat const& where, task const& what,
                                            line_sink const& told);
  loop::awaitable<std::optional<result<run_report>>> act_on(task_watch& watched, seat const& where,
                                                            task const& what);
  loop::awaitable<void> pass_on_stop(seat const& where);

  loop::clock& time_;
  loop::asio::thread_pool& pool_;
  loop::interruption& stop_;
  slurm_terms terms_;
  close_run close_;
  std::unique_ptr<cluster> cluster_;
};

}  // namespace wedgehog::farm::slurm
