//! The `gridkeeper` binary: reads the command line, runs one command, answers with an exit code.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    gridkeeper::commands::main()
}
