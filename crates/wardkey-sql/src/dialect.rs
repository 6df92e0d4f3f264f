//! How databases differ.

use std::str::FromStr;

/// A database's own SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PostgreSQL 13 and later, with an encoding of UTF-8.
    Postgres,
    /// DuckDB.
    DuckDb,
    /// Spark SQL 3 and later.
    Spark,
}

impl FromStr for Dialect {
    type Err = String;

    /// `postgres`, `duckdb`, `spark`. Errors: another name.
    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "postgres" | "postgresql" => Ok(Self::Postgres),
            "duckdb" => Ok(Self::DuckDb),
            "spark" => Ok(Self::Spark),
            _ => Err(format!("there is no dialect `{name}`: there are `postgres`, `duckdb` and `spark`")),
        }
    }
}

impl Dialect {
    /// A name of a column.
    pub(crate) fn identifier(self, name: &str) -> String {
        match self {
            Self::Postgres | Self::DuckDb => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Spark => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// A text.
    pub(crate) fn text(self, text: &str) -> String {
        match self {
            Self::Postgres | Self::DuckDb => format!("'{}'", text.replace('\'', "''")),
            Self::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        }
    }

    /// The composed form of a text, which is how names are compared; none where the database cannot make it.
    pub(crate) fn composed(self, text: &str) -> Option<String> {
        match self {
            Self::Postgres => Some(format!("normalize({text}, NFC)")),
            Self::DuckDb => Some(format!("nfc_normalize({text})")),
            Self::Spark => None,
        }
    }

    /// The type of instants.
    pub(crate) fn instant(self) -> &'static str {
        match self {
            Self::Postgres | Self::DuckDb => "TIMESTAMPTZ",
            Self::Spark => "TIMESTAMP",
        }
    }

    /// Whether there is a type for times of day.
    pub(crate) fn has_times(self) -> bool {
        self != Self::Spark
    }
}
