//! Regular expressions that say no more than our lists and globs can: those are translated, exactly; others are refused
//! with the construct that is in the way.
//!
//! Three shapes can be said: a finite set of texts (`^(ab)?c$` is a list); a sequence of characters, "any character" and "any
//! characters" (`(?s)^a.b$` is the glob `a?b`, and a fixed place with a few choices is a choice of globs); and characters
//! between which one certain character must not stand (`^[^@]+@[^@]+$` is `?*@?*`, but not `*@*@*`).

use crate::formula::{Formula, can_be_quoted, quoted};

/// Larger finite sets are said place by place instead.
const MAX_LISTED: usize = 16;

/// What stands in the way of a translation.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Refusal {
    /// No regular expression in the foreign format (which has neither look-around nor back references): it matches nothing.
    Invalid,
    /// A construct that our language has not.
    Unsayable(&'static str),
}

/// One step of a regular expression.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// One of these characters, or one of all others.
    One {
        among: Vec<char>,
        negated: bool,
    },
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: usize,
        most: Option<usize>,
    },
    Start,
    End,
}

/// A condition on the attribute `name` that holds of the very texts that the expression matches.
pub fn translate(name: &str, expression: &str, ignore_case: bool) -> Result<Formula, Refusal> {
    let rest = expression.chars().peekable();
    let mut parser = Parser { rest, ignore_case, dot_is_all: false, is_flag_possible: true };
    let node = parser.choice()?;
    if parser.rest.next().is_some() {
        return Err(Refusal::Invalid); // a `)` too many
    }
    let Node::Sequence(steps) = node else { return Err(Refusal::Unsayable("a regular expression without anchors")) };
    let [Node::Start, inner @ .., Node::End] = &steps[..] else {
        return Err(Refusal::Unsayable("a regular expression without anchors"));
    };
    if inner.iter().any(Node::has_anchor) {
        return Err(Refusal::Unsayable("an anchor inside a regular expression"));
    }
    let written = |text: &str| if parser.ignore_case { quoted(text) } else { format!("exactly {}", quoted(text)) };
    let inner = Node::Sequence(inner.to_vec());
    if let Some(texts) = inner.texts().filter(|texts| texts.len() <= MAX_LISTED) {
        return Ok(Formula::one_of(name, "in", texts.iter().map(|text| written(text))));
    }
    let steps = inner.steps().ok_or(Refusal::Unsayable("a repeated group in a regular expression"))?;
    as_globs(name, &steps, written)
}

/// Steps of one character each, or any number of them.
#[derive(Clone, PartialEq, Debug)]
struct Step {
    among: Vec<char>,
    negated: bool,
    is_repeated: bool,
}

fn as_globs(name: &str, steps: &[Step], written: impl Fn(&str) -> String) -> Result<Formula, Refusal> {
    let is_wild = |step: &Step| step.negated && step.among.is_empty();
    if steps.iter().any(|step| step.is_repeated && !step.negated) {
        return Err(Refusal::Unsayable("a class of characters repeated without end in a regular expression"));
    }
    let mut excluded: Vec<char> =
        steps.iter().filter(|step| step.negated).flat_map(|step| step.among.clone()).collect();
    excluded.dedup();
    let glob = |fixed: Option<(usize, char)>| -> String {
        let symbols = steps.iter().enumerate().map(|(at, step)| match (fixed, step.is_repeated) {
            (_, true) => '*',
            (Some((place, character)), _) if place == at => character,
            _ if step.among.len() == 1 && !step.negated => step.among[0],
            _ => '?',
        });
        symbols.collect()
    };
    let mut parts = vec![Formula::one_of(name, "matches", [written(&glob(None))])];
    let choices = steps.iter().enumerate().filter(|(_, step)| !step.negated && step.among.len() > 1);
    parts.extend(choices.map(|(at, step)| {
        let globs = step.among.iter().map(|&character| written(&glob(Some((at, character)))));
        Formula::one_of(name, "matches", globs)
    }));
    match excluded[..] {
        [] => Ok(Formula::all(parts)),
        ['\n'] => Err(Refusal::Unsayable("`.` in a regular expression, which stops at a line break")),
        // as many of the character as are written: then none is left for the places where it must not stand
        [character] if steps.iter().all(|step| !is_wild(step) && (step.negated || step.among.len() == 1)) => {
            let count = steps.iter().filter(|step| !step.negated && step.among == [character]).count();
            let more = format!("*{}", format!("{character}*").repeat(count + 1));
            parts.push(Formula::one_of(name, "matches", [written(&more)]).negated());
            Ok(Formula::all(parts))
        }
        _ => Err(Refusal::Unsayable("a negated class of characters in a regular expression")),
    }
}

impl Node {
    fn has_anchor(&self) -> bool {
        match self {
            Self::Start | Self::End => true,
            Self::One { .. } => false,
            Self::Sequence(nodes) | Self::Choice(nodes) => nodes.iter().any(Self::has_anchor),
            Self::Repeat { node, .. } => node.has_anchor(),
        }
    }

    /// All texts that match, where they are finitely many and few.
    fn texts(&self) -> Option<Vec<String>> {
        let found = match self {
            Self::One { among, negated: false } => among.iter().map(char::to_string).collect(),
            Self::Choice(nodes) => nodes.iter().map(Self::texts).collect::<Option<Vec<_>>>()?.concat(),
            Self::Sequence(nodes) => nodes.iter().try_fold(vec![String::new()], |heads, node| {
                Some(append(&heads, &node.texts()?)).filter(|texts| texts.len() <= 1000)
            })?,
            Self::Repeat { node, least, most: Some(most) } => {
                let (each, mut run, mut all) = (node.texts()?, vec![String::new()], Vec::new());
                for count in 0..=*most {
                    if count >= *least {
                        all.extend_from_slice(&run);
                    }
                    run = append(&run, &each);
                    if run.len() > 1000 {
                        return None;
                    }
                }
                all
            }
            _ => return None,
        };
        Some(found)
    }

    /// The same as single steps, if it is a plain sequence.
    fn steps(&self) -> Option<Vec<Step>> {
        match self {
            Self::One { among, negated } => {
                Some(vec![Step { among: among.clone(), negated: *negated, is_repeated: false }])
            }
            Self::Sequence(nodes) => Some(nodes.iter().map(Self::steps).collect::<Option<Vec<_>>>()?.concat()),
            Self::Repeat { node, least, most } => {
                let each = node.steps()?;
                let mut steps = vec![each.clone(); *least].concat();
                match (most, &each[..]) {
                    (Some(most), _) if most == least => Some(steps),
                    (None, [step]) => {
                        steps.push(Step { is_repeated: true, ..step.clone() });
                        Some(steps)
                    }
                    _ => None,
                }
            }
            Self::Choice(_) | Self::Start | Self::End => None,
        }
    }
}

fn append(heads: &[String], tails: &[String]) -> Vec<String> {
    heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect()
}

/// Reads the RE2 syntax as far as it can be said.
struct Parser<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    ignore_case: bool,
    dot_is_all: bool,
    /// Before the first character and outside groups: a flag there is about the whole expression.
    is_flag_possible: bool,
}

impl Parser<'_> {
    fn choice(&mut self) -> Result<Node, Refusal> {
        let mut branches = vec![self.sequence()?];
        while self.rest.next_if_eq(&'|').is_some() {
            branches.push(self.sequence()?);
        }
        Ok(if branches.len() == 1 { branches.remove(0) } else { Node::Choice(branches) })
    }

    fn sequence(&mut self) -> Result<Node, Refusal> {
        let mut steps = Vec::new();
        while let Some(character) = self.rest.next_if(|next| !matches!(next, '|' | ')')) {
            if let Some(atom) = self.atom(character)? {
                steps.push(self.repeated(atom)?);
            }
        }
        Ok(Node::Sequence(steps))
    }

    /// One atom; none for flags, which hold from here on.
    fn atom(&mut self, character: char) -> Result<Option<Node>, Refusal> {
        let one = |among: Vec<char>, negated| Some(Node::One { among, negated });
        let is_flag = character == '(' && self.rest.peek() == Some(&'?');
        self.is_flag_possible &= is_flag || character == '^';
        Ok(match character {
            '^' => Some(Node::Start),
            '$' => Some(Node::End),
            '.' => one(if self.dot_is_all { Vec::new() } else { vec!['\n'] }, true),
            '\\' => one(self.escape()?, false),
            '[' => Some(self.class()?),
            '(' => return self.group(),
            '*' | '+' | '?' => return Err(Refusal::Invalid),
            plain => one(vec![literal(plain)?], false),
        })
    }

    fn group(&mut self) -> Result<Option<Node>, Refusal> {
        if self.rest.next_if_eq(&'?').is_some() {
            return self.flags().map(|()| None);
        }
        let inner = self.choice()?;
        self.rest.next_if_eq(&')').map(|_| Some(inner)).ok_or(Refusal::Invalid)
    }

    fn flags(&mut self) -> Result<(), Refusal> {
        loop {
            match self.rest.next() {
                Some('i' | 's' | 'm') if !self.is_flag_possible => {
                    return Err(Refusal::Unsayable("a flag for a part of a regular expression"));
                }
                Some('i') => self.ignore_case = true,
                Some('s') => self.dot_is_all = true,
                Some('m') => return Err(Refusal::Unsayable("anchors at every line in a regular expression")),
                Some(')') => return Ok(()),
                // look-around; named and uncaptured groups do not occur
                _ => return Err(Refusal::Invalid),
            }
        }
    }

    fn escape(&mut self) -> Result<Vec<char>, Refusal> {
        match self.rest.next() {
            Some('d') => Ok(('0'..='9').collect()),
            Some('b' | 'B') => Err(Refusal::Unsayable("a word boundary in a regular expression")),
            Some(letter) if letter.is_ascii_alphabetic() => {
                Err(Refusal::Unsayable("a class of characters repeated without end in a regular expression"))
            }
            Some(digit) if digit.is_ascii_digit() => Err(Refusal::Invalid),
            Some(other) => Ok(vec![literal(other)?]),
            None => Err(Refusal::Invalid),
        }
    }

    /// `[abc]`, `[^@]`, `[[:alpha:]]`
    fn class(&mut self) -> Result<Node, Refusal> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut among = Vec::new();
        loop {
            match self.rest.next().ok_or(Refusal::Invalid)? {
                ']' if !among.is_empty() => return Ok(Node::One { among, negated }),
                '[' if self.rest.next_if_eq(&':').is_some() => {
                    let name: String = std::iter::from_fn(|| self.rest.next_if(char::is_ascii_alphabetic)).collect();
                    if name != "alpha" || self.rest.next() != Some(':') || self.rest.next() != Some(']') {
                        return Err(Refusal::Unsayable("a named class of characters in a regular expression"));
                    }
                    among.extend(('A'..='Z').chain('a'..='z'));
                }
                '-' => return Err(Refusal::Unsayable("a range of characters in a regular expression")),
                '\\' => among.append(&mut self.escape()?),
                plain => among.push(literal(plain)?),
            }
        }
    }

    fn repeated(&mut self, atom: Node) -> Result<Node, Refusal> {
        let (least, most) = match self.rest.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                self.rest.next();
                let inside: String = std::iter::from_fn(|| self.rest.next_if(|next| *next != '}')).collect();
                let number = |text: &str| text.parse::<usize>().map_err(|_| Refusal::Invalid);
                match inside.split_once(',') {
                    Some((least, "")) => (number(least)?, None),
                    Some((least, most)) => (number(least)?, Some(number(most)?)),
                    None => (number(&inside)?, Some(number(&inside)?)),
                }
            }
            _ => return Ok(atom),
        };
        self.rest.next();
        self.rest.next_if_eq(&'?'); // greedy or not: the same texts match
        Ok(Node::Repeat { node: Box::new(atom), least, most })
    }
}

/// A character that can be written in a glob and on one line.
fn literal(character: char) -> Result<char, Refusal> {
    let can_be_said = !matches!(character, '*' | '?') && can_be_quoted(&character.to_string());
    if can_be_said { Ok(character) } else { Err(Refusal::Unsayable("`*`, `?` or a control character as such")) }
}

#[test]
fn translates_what_can_be_said() {
    for (expression, condition) in [
        ("^cat$", r#"x in [exactly "cat"]"#),
        ("^(?i)abc$", r#"x in ["abc"]"#),
        ("^(foo|fo)$", r#"x in [exactly "foo", exactly "fo"]"#),
        ("^(ab)?c$", r#"x in [exactly "c", exactly "abc"]"#),
        ("^a{2,4}$", r#"x in [exactly "aa", exactly "aaa", exactly "aaaa"]"#),
        ("^(?s)a.b$", r#"x matches [exactly "a?b"]"#),
        ("(?s)^a.*?b$", r#"x matches [exactly "a*b"]"#),
        ("^[^@]+@[^@]+$", r#"x matches [exactly "?*@?*"] and not (x matches [exactly "*@*@*"])"#),
        (
            "(?i)^no[xyz]{3}$",
            concat!(
                r#"x matches ["no???"] and x matches ["nox??", "noy??", "noz??"]"#,
                r#" and x matches ["no?x?", "no?y?", "no?z?"] and x matches ["no??x", "no??y", "no??z"]"#,
            ),
        ),
    ] {
        assert_eq!(translate("x", expression, false).unwrap().to_string(), condition, "{expression}");
    }
    assert_eq!(translate("x", "^abc$", true).unwrap().to_string(), r#"x in ["abc"]"#);
}

#[test]
fn refuses_what_cannot_be_said() {
    for expression in ["(regex", "regex)", "^(?=a)b$", r"^(a)\1$", "+a", "^a{x}$", "^[a$"] {
        assert_eq!(translate("x", expression, false), Err(Refusal::Invalid), "{expression}");
    }
    for expression in [
        "cat",
        "^[[:alpha:]]+$",
        r"\bcat\b",
        "^a.*?b$",
        "(?m)^foo$",
        "^a(?i)b$",
        "^((?i)a)$",
        "^(ab)*$",
        "^(^a)$",
        "^[^a][^b]$",
    ] {
        assert!(matches!(translate("x", expression, false), Err(Refusal::Unsayable(_))), "{expression}");
    }
}
