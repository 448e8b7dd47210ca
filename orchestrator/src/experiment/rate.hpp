// Events per hour, and between which bounds the true rate lies: exactly for one planned look, or so
// that one may look as often as one likes.
#pragma once

#include "experiment/exposure.hpp"

namespace wedgehog::experiment {

// 0 without hours.
double rate_of(exposure const& seen);

// The exact interval for a Poisson count (Garwood 1936): covers the true rate with at least this
// confidence at one look that was fixed beforehand, by hours or by hits.
interval rate_interval(exposure const& seen, double confidence = customary_confidence);

// Covers the true rate at all looks at once, whatever makes one look or stop: likelihoods are
// weighed against a mixture of rates that was fixed beforehand (wide enough that nobody has to
// say what to expect). About 1.5 to 2 times as wide as the exact one.
interval rate_interval_at_any_look(exposure const& seen, double confidence = customary_confidence);

// The same, for who knew beforehand about which rate to expect: the mixture is a gamma distribution
// of shape 1/2 and this mean. Stays valid however wrong the expectation was; only wider.
interval rate_interval_at_any_look_expecting(double rate, exposure const& seen,
                                             double confidence = customary_confidence);

}  // namespace wedgehog::experiment
