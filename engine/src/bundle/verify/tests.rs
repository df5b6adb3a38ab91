//! Bundles that were signed and then changed, each with the reason against it.
