//! What is wrong with a schema or with the values of a batch, all of it at once.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The column, if one is meant.
    pub column: Option<String>,
    /// The first row of the batch that has it, from nought; none where no row is meant.
    pub row: Option<usize>,
    /// How many rows have it.
    pub rows: usize,
    /// Lower case, no full stop, the caller's words in backticks.
    pub message: String,
    /// A line that can be acted on.
    pub help: Option<String>,
    /// Whether the column is none of the policy's attributes: it can be kept, ignored or renamed.
    pub is_unknown: bool,
}

impl Mistake {
    pub(crate) fn new(column: Option<&str>, message: impl Into<String>) -> Self {
        Self {
            column: column.map(str::to_owned),
            row: None,
            rows: 0,
            message: message.into(),
            help: None,
            is_unknown: false,
        }
    }

    pub(crate) fn help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// Of a column that is no attribute.
    pub(crate) fn unknown(mut self) -> Self {
        self.is_unknown = true;
        self.help(Some("keep, ignore or rename the column".to_owned()))
    }

    pub(crate) fn at(mut self, row: usize, rows: usize) -> Self {
        (self.row, self.rows) = (Some(row), rows);
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(row) = self.row {
            write!(f, "row {row}: ")?;
        }
        f.write_str(&self.message)?;
        if self.rows > 1 {
            write!(f, ", in {} rows", self.rows)?;
        }
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

/// Why a batch cannot be evaluated. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    mistakes: Vec<Mistake>,
}

impl Error {
    pub(crate) fn new(mistakes: Vec<Mistake>) -> Self {
        Self { mistakes }
    }

    /// Everything that is wrong: with the schema, or with values, never both.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// Whether it is the schema or the options, so that no batch can be evaluated.
    pub fn is_of_schema(&self) -> bool {
        self.mistakes.iter().all(|mistake| mistake.row.is_none())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.mistakes.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<arrow_schema::ArrowError> for Error {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self::new(vec![Mistake::new(None, format!("the output cannot be put together: {error}"))])
    }
}

impl From<wardkey::Error> for Error {
    fn from(error: wardkey::Error) -> Self {
        let mistakes = error.problems().iter().map(|problem| {
            Mistake::new(problem.attribute.as_deref(), problem.message.clone()).help(problem.help.clone())
        });
        Self::new(mistakes.collect())
    }
}
