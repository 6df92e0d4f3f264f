//! `wardkey completions SHELL`: a script that completes commands and options.

use crate::Exit;
use crate::screen::Screen;
use clap_complete::Shell;

/// Print a completion script for a shell.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, mut command: clap::Command, screen: &mut Screen) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "wardkey", &mut script);
    screen.out.push_str(&String::from_utf8_lossy(&script));
    Exit::Clean
}
