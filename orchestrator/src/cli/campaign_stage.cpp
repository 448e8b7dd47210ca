#include "cli/campaign_stage.hpp"

#include "cli/images.hpp"
#include "cli/places.hpp"
#include "cli/staging.hpp"

namespace wedgehog::cli {
namespace {

// All cells share one image of a name: what any of them wants goes in.
image_options wanted_of(std::string const& image, night_request const& asked, places const& where) {
  auto options = asked.session.image;
  for (auto const& cell : asked.what.cells)
    if (cell.name.image == image) options = options_for(where, cell.what(), options);
  return options;
}

}  // namespace

loop::awaitable<result<std::optional<campaign_stage>>> stage_campaign(
    loop::clock& time, loop::interruption& stop, night_request const& asked,
    common_options const& common) {
  auto const where = find_places();
  if (!where) co_return where.error();
  auto const base = co_await order_of_stage(time, stop, asked.session, common, where.value());
  if (!base) co_return base.error();
  if (!*base) co_return std::optional<campaign_stage>();
  campaign_stage ready;
  for (auto const& [file, sum] : asked.what.recipe_sums) ready.sums["recipe " + file] = sum;
  for (auto const& cell : asked.what.cells) {
    auto const& name = cell.name.image;
    if (ready.orders.contains(name)) continue;
    auto making =
        ensure_image(where.value(), name, wanted_of(name, asked, where.value()), common.quiet);
    auto const image = co_await stop.unless_requested(std::move(making));
    if (!image) co_return std::optional<campaign_stage>();
    if (!*image) co_return image->error();
    auto order = **base;
    order.image_folder = (*image)->folder;
    order.image_checksums = (*image)->checksums;
    order.image_profile = home_of(where.value(), name).profile;
    ready.sums["image " + name] = (*image)->checksums;
    ready.orders.emplace(name, std::move(order));
  }
  co_return std::optional(std::move(ready));
}

}  // namespace wedgehog::cli
