//! The program: reads its arguments, runs the command, ends with its status.

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    quipu::store::exit_when_a_file_is_cut();
    let args: Vec<OsString> = std::env::args_os().collect();
    // Not locked: progress bars are drawn to standard error from other threads.
    let status = quipu::cli::run(&args, &mut std::io::stdout(), &mut std::io::stderr());
    ExitCode::from(u8::try_from(status).unwrap_or(1))
}
