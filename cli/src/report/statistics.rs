//! What samples have in common, with the names and the percentiles of OPA's metrics.

/// Samples, sorted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statistics(Vec<u64>);

impl Statistics {
    /// Of samples in any order.
    pub(crate) fn new(mut samples: Vec<u64>) -> Self {
        samples.sort_unstable();
        Self(samples)
    }

    /// All that OPA tells of samples, sorted by name.
    pub(crate) fn all(&self) -> [(&'static str, f64); 12] {
        [
            ("75%", self.percentile(0.75)),
            ("90%", self.percentile(0.9)),
            ("95%", self.percentile(0.95)),
            ("99%", self.percentile(0.99)),
            ("99.9%", self.percentile(0.999)),
            ("99.99%", self.percentile(0.9999)),
            ("count", float(self.0.len() as u64)),
            ("max", self.percentile(1.0)),
            ("mean", self.mean()),
            ("median", self.percentile(0.5)),
            ("min", self.percentile(0.0)),
            ("stddev", self.deviation()),
        ]
    }

    /// One of [`Statistics::all`].
    pub(crate) fn get(&self, name: &str) -> f64 {
        self.all().iter().find(|(known, _)| *known == name).map_or(0.0, |(_, value)| *value)
    }

    fn mean(&self) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        self.0.iter().map(|sample| float(*sample)).sum::<f64>() / float(self.0.len() as u64)
    }

    fn deviation(&self) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        let mean = self.mean();
        let squares = self.0.iter().map(|sample| (float(*sample) - mean).powi(2));
        (squares.sum::<f64>() / float(self.0.len() as u64)).sqrt()
    }

    /// Between two samples the percentile lies between them in proportion.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the position is cut to a whole number between 1 and the number of samples"
    )]
    fn percentile(&self, share: f64) -> f64 {
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else { return 0.0 };
        let position = share * float(self.0.len() as u64 + 1);
        if position < 1.0 {
            return float(*first);
        }
        let below = position as usize;
        match (self.0.get(below - 1), self.0.get(below)) {
            (Some(low), Some(high)) => {
                let (low, high) = (float(*low), float(*high));
                low + (position - position.floor()) * (high - low)
            }
            (None | Some(_), _) => float(*last),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody reads more than 15 digits of a measurement")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::Statistics;

    #[test]
    fn percentiles_are_those_that_opa_computes() {
        // `opa eval --metrics --count 3` says so of these samples.
        let three = Statistics::new(vec![18_818, 10_857, 12_900]);
        assert!((three.get("mean") - 14_191.666_666_666_666).abs() < 1e-9);
        assert!((three.get("stddev") - 3_375.962_315_482_143_4).abs() < 1e-9);
        assert!((three.get("90%") - 18_818.0).abs() < f64::EPSILON);
        assert!((three.get("median") - 12_900.0).abs() < f64::EPSILON);
        assert!((three.get("min") - 10_857.0).abs() < f64::EPSILON);
        assert!((Statistics::new(vec![431, 1_732]).get("median") - 1_081.5).abs() < f64::EPSILON);
        assert!(Statistics::default().get("max").abs() < f64::EPSILON);
    }
}
