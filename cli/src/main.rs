//! The `portcullis` command: tests, evaluates and checks Rego policies.

mod bundle_files;
mod client;
mod clock;
mod command;
mod configuration;
mod engine;
mod exit;
mod git;
mod go_duration;
mod host;
mod interrupt;
mod io;
mod key;
mod load;
mod panic;
mod plural;
mod policy_set;
mod progress;
mod publish;
mod refusal;
mod report;
mod serve;
mod whole_file;

use crate::exit::Exit;
use crate::io::Io;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Exit {
    panic::silence();
    let cli = match command::parse() {
        Ok(cli) => cli,
        Err(error) => return command::usage(&error),
    };
    let mut io = Io::new(cli.color);
    match panic::guard(|| command::run(&cli.command, &mut io)) {
        Ok(exit) => exit,
        Err(failure) => failure.tell(&mut io),
    }
}
