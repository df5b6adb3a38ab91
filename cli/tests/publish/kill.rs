//! Kills publishers at many moments, and looks at what they leave.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::run::finish;

/// A destination on which publishers are killed.
pub(crate) struct Place<'a> {
    /// Publishes a bundle.
    pub(crate) publish: &'a dyn Fn(&Path) -> Command,
    /// What is served now.
    pub(crate) served: &'a dyn Fn() -> Result<Vec<u8>>,
}

/// Publishes two bundles in turn, until so many publishers were killed at work: from before its first step to after its last one.
///
/// After each, what was served before is served, or all of what is new. After all, publishing works.
pub(crate) fn at_many_moments(place: &Place<'_>, bundles: [&Path; 2], moments: u32) -> Result<()> {
    let [first, second] = bundles;
    let (mut current, mut next) = ((first, fs_err::read(first)?), (second, fs_err::read(second)?));
    // What takes time is the same for both, so how long publishing takes is known before it is cut short.
    let (mut shortest, mut longest) = (Duration::MAX, Duration::ZERO);
    for bundle in [first, second, first] {
        let mut dry = (place.publish)(bundle);
        let start = Instant::now();
        finish(dry.arg("--dry-run"))?.digest()?;
        shortest = shortest.min(start.elapsed());
        let start = Instant::now();
        finish(&mut (place.publish)(bundle))?.digest()?;
        longest = longest.max(start.elapsed());
    }
    // A dry run ends where the steps begin.
    let begin = shortest.mul_f32(0.7);
    let length = longest.saturating_sub(begin).mul_f32(1.1);

    let (mut killed, mut attempts, mut tempo) = (0, 0, 1.0_f32);
    while killed < moments {
        // Spread over the whole length, however many are needed: on a busy machine some come to their end before.
        let moment = (begin + length * (attempts * 618 % 1000) / 1000).mul_f32(tempo);
        attempts += 1;
        ensure!(attempts < 8 * moments, "only {killed} of {attempts} publishers were killed at work");
        let mut command = (place.publish)(next.0);
        let mut publisher = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        thread::sleep(moment);
        // How fast the machine is changes with what else it does.
        if publisher.try_wait()?.is_none() {
            killed += 1;
            tempo *= 1.04;
        } else {
            tempo *= 0.93;
        }
        publisher.kill()?;
        let status = publisher.wait()?;
        let served = (place.served)().with_context(|| format!("after {moment:?} of {length:?}"))?;
        if served == next.1 {
            std::mem::swap(&mut current, &mut next);
        } else {
            ensure!(served == current.1, "after {moment:?} of {length:?}: {} bytes are served", served.len());
            ensure!(!status.success(), "after {moment:?} of {length:?}: it said that it was published");
        }
    }
    for (bundle, content) in [&next, &current] {
        finish(&mut (place.publish)(bundle))?.digest()?;
        ensure!((place.served)()? == *content, "publishing does not work after the publishers were killed");
    }
    Ok(())
}
