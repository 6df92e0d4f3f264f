//! A condition while a converter builds it, and its text in our language.

use std::fmt;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula {
    /// Holds always.
    Always,
    /// Never holds: how several formats treat what they cannot read.
    Never,
    /// A test, or the name of a `let`, as text.
    Test(String),
    /// Not.
    Not(Box<Formula>),
    /// All of these, at least two.
    And(Vec<Formula>),
    /// Any of these, at least two.
    Or(Vec<Formula>),
}

impl Formula {
    /// All of these; always, of none.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut parts: Vec<Self> = parts.into_iter().filter(|part| *part != Self::Always).collect();
        if parts.contains(&Self::Never) {
            return Self::Never;
        }
        match parts.len() {
            0 => Self::Always,
            1 => parts.remove(0),
            _ => Self::And(parts),
        }
    }

    /// Any of these; never, of none.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut parts: Vec<Self> = parts.into_iter().filter(|part| *part != Self::Never).collect();
        if parts.contains(&Self::Always) {
            return Self::Always;
        }
        match parts.len() {
            0 => Self::Never,
            1 => parts.remove(0),
            _ => Self::Or(parts),
        }
    }

    /// The opposite.
    pub fn negated(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// `name operator [values]`; never, of no values.
    pub fn one_of<T: AsRef<str>>(name: &str, operator: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<String> = values.into_iter().map(|value| value.as_ref().to_owned()).collect();
        if values.is_empty() {
            return Self::Never;
        }
        Self::Test(format!("{name} {operator} [{}]", values.join(", ")))
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Never => f.write_str("not always"),
            Self::Test(text) => f.write_str(text),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::And(parts) => join(f, parts, " and "),
            Self::Or(parts) => join(f, parts, " or "),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Formula], word: &str) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(word)?;
        }
        match part {
            Formula::And(_) | Formula::Or(_) => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Whether a text can stand in quotes: on one line, no control characters.
pub fn can_be_quoted(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

#[test]
fn writes_conditions() {
    let test = |text: &str| Formula::Test(text.to_owned());
    let both = Formula::all([test("a"), Formula::any([test("b"), test("c").negated()]), Formula::Always]);
    assert_eq!(both.to_string(), "a and (b or not (c))");
    assert_eq!(Formula::all([test("a"), Formula::Never]).to_string(), "not always");
    assert_eq!(Formula::any([test("a"), Formula::Always]).to_string(), "always");
    assert_eq!(Formula::one_of("x", "in", [quoted("say \"hi\"")]).to_string(), r#"x in ["say ""hi"""]"#);
    assert_eq!(Formula::one_of("x", "in", [""; 0]), Formula::Never);
}
