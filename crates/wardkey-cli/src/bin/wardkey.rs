//! The command `wardkey`; the library beside it does the work.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(wardkey_cli::main(std::env::args_os()))
}
