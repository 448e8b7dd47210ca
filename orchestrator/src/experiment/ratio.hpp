// How many times as often something happens here as there, and between which bounds the true ratio
// of the rates lies.
#pragma once

#include "experiment/exposure.hpp"

namespace wedgehog::experiment {

// Rate of `of` over that of `to`: not a number where it cannot be told (no hits at all, no hours).
double ratio_of(exposure const& of, exposure const& to);

// Exact for one planned look: given all hits together, those of the one side are binomial
// (Clopper and Pearson).
interval ratio_interval(exposure const& of, exposure const& to,
                        double confidence = customary_confidence);

// How likely a split of the hits at least as uneven as this one is if both rates are the same, for
// one planned look; at most 1.
double chance_if_equal(exposure const& of, exposure const& to);

// ln of the evidence against the true ratio being `ratio`: the likelihood of both counts averaged
// over a mixture of rates that was fixed beforehand, over the greatest that two rates of this ratio
// give them. Its expectation never exceeds 1 if the ratio is true, so it passes ln 20 in at most 5
// of 100 cases, however often one looks and whenever one stops.
//
// Hours may be shared out in any way that looks only at what has been seen so far: more to who is
// known least, one side this night and the other in the next. (The binomial mixture, which needs
// fewer hits, holds only where both sides run in a fixed proportion; the product over single events
// wants their order on one clock, which hosts do not share.) What it rests on: each side's rate is
// constant, and machines do not share their failures.
double log_evidence_against(double ratio, exposure const& of, exposure const& to);

// All ratios against which the evidence is too small: covers the true one at all looks at once.
interval ratio_interval_at_any_look(exposure const& of, exposure const& to,
                                    double confidence = customary_confidence);

}  // namespace wedgehog::experiment
