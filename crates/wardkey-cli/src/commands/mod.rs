//! One file per subcommand.

pub(crate) mod blackout;
pub(crate) mod bundle;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod decide;
pub(crate) mod diff;
pub(crate) mod entitlements;
pub(crate) mod evaluate;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod init;
pub(crate) mod prove;
pub(crate) mod residual;
pub(crate) mod test;
pub(crate) mod why_not;

/// `--format`
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// The option that chooses between them.
#[derive(clap::Args, Debug)]
pub(crate) struct Output {
    /// How to answer
    #[arg(long, value_name = "FORMAT", default_value = "text", value_enum)]
    format: Format,
}

impl Output {
    /// Whether a program reads the answer.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }
}
