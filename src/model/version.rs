//! Versions: one to four numeric components and an optional pre-release, ordered by SemVer precedence.
//!
//! Missing components count as 0; a build tag (`+…`) is ignored. Source of the order: Semantic Versioning 2.0.0, section 11.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// A version. Two versions are equal when neither precedes the other: `17.2` equals `17.2.0`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    components: [u64; 4],
    pre_release: Vec<Identifier>,
    written: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Identifier {
    Numeric(u64),
    Text(Box<str>),
}

impl Version {
    /// Reads `17`, `17.2.0`, `2.0.0-rc.1`, `1.2.3+build`; no leading `v`, no leading zeros.
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
        if build.is_some_and(|build| !build.split('.').all(is_identifier)) {
            return None;
        }
        let (core, pre) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
        let mut components = [0; 4];
        let mut slots = components.iter_mut();
        for part in core.split('.') {
            *slots.next()? = numeric(part)?;
        }
        let pre_release = match pre {
            Some(pre) => pre.split('.').map(identifier).collect::<Option<Vec<_>>>()?,
            None => Vec::new(),
        };
        Some(Self { components, pre_release, written: text.into() })
    }
}

/// Neighbours in the order, for those who look for a version between two others.
impl Version {
    fn made(components: [u64; 4], pre_release: Vec<Identifier>) -> Self {
        let core = components.map(|component| component.to_string()).join(".");
        let ids = pre_release.iter().map(|id| match id {
            Identifier::Numeric(number) => number.to_string(),
            Identifier::Text(text) => text.to_string(),
        });
        let ids: Vec<String> = ids.collect();
        let written = if ids.is_empty() { core } else { format!("{core}-{}", ids.join(".")) };
        Self { components, pre_release, written: written.into() }
    }

    /// The first of all.
    pub(crate) fn least() -> Self {
        Self::made([0; 4], vec![Identifier::Numeric(0)])
    }

    /// The one directly behind this: nothing lies between.
    pub(crate) fn successor(&self) -> Self {
        let zero = Identifier::Numeric(0);
        if !self.pre_release.is_empty() {
            return Self::made(self.components, self.pre_release.iter().cloned().chain([zero]).collect());
        }
        let mut components = self.components;
        // behind the last of all there is none: it is its own
        let Some(last) = components.iter().rposition(|&component| component < u64::MAX) else { return self.clone() };
        components[last] += 1;
        components[last + 1..].fill(0);
        Self::made(components, vec![zero])
    }

    /// Releases behind this that people would write, the largest step first.
    pub(crate) fn releases_after(&self) -> impl Iterator<Item = Self> {
        let components = self.components;
        [1usize, 2, 3].into_iter().filter_map(move |at| {
            let mut next = [0; 4];
            next[..at].copy_from_slice(&components[..at]);
            next[at] = components[at].checked_add(1)?;
            Some(Self::made(next, Vec::new()))
        })
    }
}

impl TryFrom<String> for Version {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a version")
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.written.into()
    }
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn numeric(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

fn identifier(text: &str) -> Option<Identifier> {
    if !is_identifier(text) {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return numeric(text).map(Identifier::Numeric);
    }
    Some(Identifier::Text(text.into()))
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.components.cmp(&other.components).then_with(|| {
            match (self.pre_release.is_empty(), other.pre_release.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => self.pre_release.cmp(&other.pre_release),
            }
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl std::hash::Hash for Version {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.components.hash(state);
        self.pre_release.hash(state);
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_semver_precedence() {
        let ordered = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.0.1",
            "2",
            "2.1.0",
            "2.1.1",
            "17.2",
            "17.10",
        ];
        let versions = ordered.map(Version::parse);
        assert!(versions.iter().all(Option::is_some));
        assert!(versions.windows(2).all(|pair| matches!(pair, [a, b] if a < b)));
        assert_eq!(Version::parse("17.2"), Version::parse("17.2.0.0+build.5"));
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in ["", "v1", "1.", "1..2", "01", "1.2.3.4.5", "1-", "1-01", "1+", "x", "1.x", "99999999999999999999"]
        {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
