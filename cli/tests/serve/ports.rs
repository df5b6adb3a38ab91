//! Ports for servers that are told theirs, and can't ask the system for a free one.

use std::net::TcpListener;
use std::ops::Range;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Result, bail};

/// Below those that systems take for connections of their own (from 32,768 on Linux), so that none of them gets a port between
/// the moment it is told and the moment somebody listens there.
const PORTS: Range<u16> = 20_000..32_000;

/// A port of this machine where nobody listens: another one each time.
pub(crate) fn free_port() -> Result<u16> {
    static TOLD: AtomicU16 = AtomicU16::new(0);
    // Tests of other checkouts that run at the same time begin somewhere else.
    let first = u16::try_from(std::process::id().wrapping_mul(97) % u32::from(PORTS.end - PORTS.start))?;
    for _ in PORTS {
        let next = u32::from(first) + u32::from(TOLD.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start + u16::try_from(next % u32::from(PORTS.end - PORTS.start))?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("somebody listens at all ports of {PORTS:?}")
}
