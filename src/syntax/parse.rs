//! One item's text to its tree: the only file that touches the generated parser.
//!
//! The grammar decides the form; what it lets through on purpose is checked while the tree is built: `and` beside `or`, the
//! shapes of values, empty lists and names, clauses given twice. A tree is built even so, that all problems be found in one go.

use super::ast::{
    Claim, Comparison, Condition, ConditionKind, Effect, EffectKind, HasHow, Item, Let, Literal, Member, Members, Name,
    Operand, Operator, Parameter, ParameterValue, Path, PatternKind, Property, Rule as RuleItem, Shape, State, Stated,
    Targets,
};
use super::checks;
use super::limits;
use super::shape::{self, Reading};
use super::words::without_quotes;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use pest::Parser;
use pest::iterators::Pair;
use unicode_normalization::{UnicodeNormalization, is_nfc};

mod generated {
    //! What the grammar generates.
    #![allow(missing_docs)]

    #[derive(pest_derive::Parser)]
    #[grammar = "grammar/ward.pest"]
    pub(super) struct Grammar;
}

use generated::{Grammar, Rule};

/// Where the parser gave up, and what would have let it go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    /// Byte offset in the item.
    pub at: usize,
    /// What was expected there, in words, without repetition.
    pub expected: Vec<&'static str>,
}

/// Reads an item that stands at byte `base` of its source.
pub(super) fn item(source: SourceId, text: &str, base: usize, problems: &mut Vec<Diagnostic>) -> Result<Item, Failure> {
    let pairs = Grammar::parse(Rule::item, text).map_err(|error| failure(&error))?;
    let mut builder = Builder { source, base, has_comment: text.contains('#'), nots: 0, problems };
    let built = pairs.into_iter().find_map(|pair| match pair.as_rule() {
        Rule::let_item => builder.let_item(pair).map(Item::Let),
        Rule::rule_item => builder.rule_item(pair).map(Item::Rule),
        _ => None,
    });
    built.ok_or_else(|| Failure { at: 0, expected: Vec::new() })
}

/// Reads a condition that stands at byte `base` of its source.
pub(super) fn lone_condition(
    source: SourceId,
    text: &str,
    base: usize,
    problems: &mut Vec<Diagnostic>,
) -> Result<Condition, Failure> {
    let pairs = Grammar::parse(Rule::lone_condition, text).map_err(|error| failure(&error))?;
    let mut builder = Builder { source, base, has_comment: text.contains('#'), nots: 0, problems };
    let built = pairs.into_iter().find_map(|pair| match pair.as_rule() {
        Rule::condition => builder.condition(pair),
        _ => None,
    });
    built.ok_or_else(|| Failure { at: 0, expected: Vec::new() })
}

/// Reads a property that stands at byte `base` of its source.
pub(super) fn lone_property(
    source: SourceId,
    text: &str,
    base: usize,
    problems: &mut Vec<Diagnostic>,
) -> Result<Property, Failure> {
    let pairs = Grammar::parse(Rule::lone_property, text).map_err(|error| failure(&error))?;
    let mut builder = Builder { source, base, has_comment: text.contains('#'), nots: 0, problems };
    let built = pairs.into_iter().find_map(|pair| match pair.as_rule() {
        Rule::property => builder.property(pair),
        _ => None,
    });
    built.ok_or_else(|| Failure { at: 0, expected: Vec::new() })
}

fn failure(error: &pest::error::Error<Rule>) -> Failure {
    let at = match error.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    };
    let mut expected = Vec::new();
    if let pest::error::ErrorVariant::ParsingError { positives, .. } = &error.variant {
        for name in positives.iter().filter_map(category) {
            if !expected.contains(&name) {
                expected.push(name);
            }
        }
    }
    Failure { at, expected }
}

/// What a grammar rule is to a reader; nothing for those that say nothing to one.
fn category(rule: &Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::item | Rule::let_item | Rule::rule_item | Rule::id | Rule::modifier => "a rule",
        Rule::condition | Rule::part | Rule::group | Rule::test | Rule::kw_not | Rule::always | Rule::lparen => {
            "a condition"
        }
        Rule::kw_always | Rule::lone_condition => "a condition",
        Rule::comparison | Rule::membership | Rule::has | Rule::is | Rule::pattern | Rule::within => "an operator",
        Rule::le | Rule::ge | Rule::ne | Rule::lt | Rule::gt | Rule::kw_in | Rule::kw_has | Rule::kw_is => {
            "an operator"
        }
        Rule::w_starts | Rule::w_ends | Rule::w_contains | Rule::w_matches | Rule::w_within => "an operator",
        Rule::joiner | Rule::kw_and | Rule::kw_or => "`and` or `or`",
        Rule::operand | Rule::members | Rule::member | Rule::exact | Rule::truth | Rule::value | Rule::raw => "a value",
        Rule::list | Rule::lbracket => "a list",
        Rule::path | Rule::word | Rule::tail | Rule::text => "a name",
        Rule::effect | Rule::verb | Rule::kw_override | Rule::kw_allow | Rule::kw_offer | Rule::kw_deny => "an effect",
        Rule::kw_require => "an effect",
        Rule::targets | Rule::all | Rule::kw_all => "what it is about",
        Rule::pair => "a parameter",
        Rule::state | Rule::w_empty | Rule::w_known | Rule::w_unknown | Rule::w_absent | Rule::w_exactly => {
            "`exactly`, `empty`, `known`, `unknown` or `absent`"
        }
        Rule::unless
        | Rule::because
        | Rule::from
        | Rule::until
        | Rule::kw_unless
        | Rule::kw_because
        | Rule::kw_until => "a clause",
        Rule::kw_from => "`from`",
        Rule::with | Rule::kw_with => "`with`",
        Rule::except | Rule::kw_except => "`except`",
        Rule::kw_where | Rule::r#where => "`where`",
        Rule::on | Rule::w_on => "`on`",
        Rule::at | Rule::w_at => "`at`",
        Rule::dots => "`..`",
        Rule::property | Rule::never | Rule::ensured | Rule::exclusive | Rule::w_never | Rule::w_no => {
            "`never`, `always` or `no context allows both`"
        }
        Rule::w_context | Rule::w_allows | Rule::w_both => "`no context allows both`",
        Rule::outcomes | Rule::outcome | Rule::w_allowed | Rule::w_offered | Rule::w_denied | Rule::w_granted => {
            "`allowed`, `offered`, `not granted` or `denied`"
        }
        Rule::when | Rule::w_when => "`when`",
        Rule::arrow => "`->`",
        Rule::comma => "`,`",
        Rule::rparen => "`)`",
        Rule::rbracket => "`]`",
        Rule::eq => "`=`",
        Rule::colon => return None,
        Rule::EOI => "the end of the rule",
        _ => return None,
    })
}

/// A tree node with the place it takes in the text, parentheses included.
type Placed<T> = (T, Span);

struct Builder<'d> {
    source: SourceId,
    base: usize,
    /// Whether there may be a comment in the text.
    has_comment: bool,
    /// How many `not` stand around what is read.
    nots: usize,
    problems: &'d mut Vec<Diagnostic>,
}

/// The offset at which the last word or sign of a pair ends: pairs of sequences include trailing blanks.
fn last_end(pair: &Pair<'_, Rule>) -> usize {
    match pair.clone().into_inner().next_back() {
        Some(last) if last.as_rule() != Rule::EOI => last_end(&last),
        _ => pair.as_span().end(),
    }
}

fn has(pair: &Pair<'_, Rule>, rule: Rule) -> bool {
    pair.clone().into_inner().any(|inner| inner.as_rule() == rule)
}

fn outcomes_of(pair: &Pair<'_, Rule>) -> Vec<Stated> {
    let one = |outcome: Pair<'_, Rule>| match outcome.into_inner().next_back()?.as_rule() {
        Rule::w_allowed => Some(Stated::Allowed),
        Rule::w_offered => Some(Stated::Offered),
        Rule::w_granted => Some(Stated::NotGranted),
        Rule::w_denied => Some(Stated::Denied),
        _ => None,
    };
    children(pair, Rule::outcome).filter_map(one).collect()
}

fn child<'i>(pair: &Pair<'i, Rule>, rule: Rule) -> Option<Pair<'i, Rule>> {
    pair.clone().into_inner().find(|inner| inner.as_rule() == rule)
}

fn children<'i>(pair: &Pair<'i, Rule>, rule: Rule) -> impl Iterator<Item = Pair<'i, Rule>> {
    pair.clone().into_inner().filter(move |inner| inner.as_rule() == rule)
}

fn of_rule<'p, 'i>(pairs: &'p [Pair<'i, Rule>], rule: Rule) -> impl Iterator<Item = &'p Pair<'i, Rule>> {
    pairs.iter().filter(move |pair| pair.as_rule() == rule)
}

impl Builder<'_> {
    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        // without comments only blanks can follow the last word
        let end = match self.has_comment {
            true => last_end(pair),
            false => span.start() + span.as_str().trim_ascii_end().len(),
        };
        Span::new(self.source, self.base + span.start(), self.base + end)
    }

    fn error(&mut self, diagnostic: Diagnostic) {
        self.problems.push(diagnostic);
    }

    fn let_item(&mut self, pair: Pair<'_, Rule>) -> Option<Let> {
        let span = self.span(&pair);
        let path = self.path(child(&pair, Rule::path)?);
        let name = self.single_name(path, "a `let`");
        let condition = self.condition(child(&pair, Rule::condition)?)?;
        Some(Let { name, condition, span })
    }

    /// A declared name has no dots.
    fn single_name(&mut self, path: Path, of: &str) -> Name {
        if path.segments.len() > 1 {
            self.error(checks::dotted_name(&path, of));
        }
        let text = path.joined().into_owned();
        let quoted = path.segments.iter().any(|segment| segment.quoted);
        Name { text, quoted, span: path.span }
    }

    fn rule_item(&mut self, pair: Pair<'_, Rule>) -> Option<RuleItem> {
        let span = self.span(&pair);
        let (mut id, mut condition, mut effects, mut unless) = (None, None, Vec::with_capacity(1), Vec::new());
        let (mut modifiers, mut clauses) = (Vec::new(), Vec::new());
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::modifier => modifiers.push(inner),
                Rule::id => {
                    let path = self.path(child(&inner, Rule::path)?);
                    id = Some(self.single_name(path, "a rule's id"));
                }
                Rule::condition => condition = Some(self.condition(inner)?),
                Rule::effect => effects.push(self.effect(inner)?),
                Rule::unless => unless.push(self.condition(child(&inner, Rule::condition)?)?),
                Rule::because | Rule::from | Rule::until => clauses.push(inner),
                _ => {}
            }
        }
        let (disabled, trial) = self.modifiers(&modifiers);
        checks::all_alone(&effects, self.problems);
        self.clauses_once(&clauses);
        let because = self.because(&clauses);
        let from = self.bound(&clauses, Rule::from)?;
        let until = self.bound(&clauses, Rule::until)?;
        checks::bounds(from.as_ref(), until.as_ref(), self.problems);
        Some(RuleItem { disabled, trial, id, condition: condition?, effects, unless, because, from, until, span })
    }

    fn modifiers(&mut self, modifiers: &[Pair<'_, Rule>]) -> (bool, bool) {
        let mut seen: Vec<(String, Span)> = Vec::new();
        for modifier in modifiers {
            let (word, span) = (modifier.as_str().trim().to_owned(), self.span(modifier));
            match seen.iter().find(|(earlier, _)| *earlier == word) {
                Some((_, first)) => {
                    let twice = checks::twice(&word, *first, span);
                    self.error(twice);
                }
                None => seen.push((word, span)),
            }
        }
        let has = |word: &str| seen.iter().any(|(seen, _)| seen == word);
        (has("disabled"), has("trial"))
    }

    /// `because`, `from` and `until` stand once each.
    fn clauses_once(&mut self, clauses: &[Pair<'_, Rule>]) {
        for (rule, word) in [(Rule::because, "because"), (Rule::from, "from"), (Rule::until, "until")] {
            let spans: Vec<Span> = of_rule(clauses, rule).map(|clause| self.span(clause)).collect();
            if let Some((first, others)) = spans.split_first() {
                for other in others {
                    self.error(checks::twice(word, *first, *other));
                }
            }
        }
    }

    fn because(&mut self, clauses: &[Pair<'_, Rule>]) -> Vec<(Option<Name>, Name)> {
        let mut texts: Vec<(Option<Name>, Name)> = Vec::new();
        let Some(clause) = of_rule(clauses, Rule::because).next() else { return texts };
        let mut begins = true;
        let mut language = None;
        for part in clause.clone().into_inner() {
            match part.as_rule() {
                Rule::language => {
                    let name = Name { text: part.as_str().to_owned(), quoted: false, span: self.span(&part) };
                    language = Some(name);
                    begins = true;
                }
                Rule::text => {
                    let text = self.text(&part);
                    match texts.last_mut().filter(|_| !begins) {
                        Some((_, last)) => {
                            last.text.push(' ');
                            last.text.push_str(&text.text);
                            last.span = last.span.to(text.span);
                        }
                        None => texts.push((language.take(), text)),
                    }
                    begins = false;
                }
                _ => {}
            }
        }
        checks::languages_once(&texts, self.problems);
        texts
    }

    fn bound(&mut self, clauses: &[Pair<'_, Rule>], rule: Rule) -> Option<Option<Literal>> {
        let Some(clause) = of_rule(clauses, rule).next() else { return Some(None) };
        let raw = child(clause, Rule::raw)?;
        let word = if rule == Rule::from { "from" } else { "until" };
        let literal = self.literal_of(&raw, |shape| matches!(shape, Shape::Date | Shape::DateTime));
        if literal.is_none() {
            let span = self.span(&raw);
            self.error(checks::no_date(raw.as_str(), word, span));
        }
        Some(literal)
    }

    /// A literal of one of the shapes; a value of no shape is reported and stands as text, so that nothing else is said of it.
    fn literal_of(&mut self, raw: &Pair<'_, Rule>, fits: impl Fn(Shape) -> bool) -> Option<Literal> {
        let span = self.span(raw);
        let text = raw.as_str().to_owned();
        match shape::read(&text) {
            Reading::Literal(shape) if fits(shape) => Some(Literal { text, shape, span }),
            Reading::Wrong(wrong) => {
                self.error(checks::misshapen(&text, span, &wrong));
                Some(Literal { text, shape: Shape::Date, span })
            }
            _ => None,
        }
    }

    fn effect(&mut self, pair: Pair<'_, Rule>) -> Option<Effect> {
        let span = self.span(&pair);
        let (mut tier, mut kind, mut targets, mut parameters) = (None, EffectKind::Require, None, Vec::new());
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::kw_override => tier = Some(self.span(&inner)),
                Rule::verb => kind = verb(&inner),
                Rule::targets => targets = Some(self.targets(inner)?),
                Rule::with => {
                    let pairs = children(&inner, Rule::pair);
                    parameters = pairs.map(|pair| self.parameter(pair)).collect::<Option<_>>()?;
                }
                _ => {}
            }
        }
        if let (Some(word), EffectKind::Offer | EffectKind::Require) = (tier, kind) {
            self.error(checks::override_effect(kind, word));
        }
        checks::parameters_once(&parameters, self.problems);
        Some(Effect { is_override: tier.is_some(), kind, targets: targets?, parameters, span })
    }

    fn targets(&mut self, pair: Pair<'_, Rule>) -> Option<Targets> {
        let Some(all) = child(&pair, Rule::all) else {
            return Some(Targets::Named(children(&pair, Rule::path).map(|path| self.name_path(path)).collect()));
        };
        let span = self.span(&child(&all, Rule::kw_all)?);
        let except = match child(&all, Rule::except) {
            Some(except) => children(&except, Rule::path).map(|path| self.name_path(path)).collect(),
            None => Vec::new(),
        };
        let filter = match child(&all, Rule::r#where).as_ref().and_then(|filter| child(filter, Rule::condition)) {
            Some(condition) => Some(self.condition(condition)?),
            None => None,
        };
        Some(Targets::All { span, except, filter })
    }

    fn property(&mut self, pair: Pair<'_, Rule>) -> Option<Property> {
        let span = self.span(&pair);
        let (mut claim, mut when, mut unless) = (None, None, None);
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::when => when = Some(self.condition(child(&inner, Rule::condition)?)?),
                Rule::unless => unless = Some(self.condition(child(&inner, Rule::condition)?)?),
                _ => claim = Some(self.claim(&inner)?),
            }
        }
        Some(Property { claim: claim?, when, unless, span })
    }

    fn claim(&mut self, pair: &Pair<'_, Rule>) -> Option<Claim> {
        let mut targets = children(pair, Rule::targets).map(|targets| self.targets(targets)).collect::<Vec<_>>();
        let last = targets.pop()??;
        let outcomes = || child(pair, Rule::outcomes).map(|outcomes| outcomes_of(&outcomes));
        Some(match pair.as_rule() {
            Rule::never => Claim::Never(last, outcomes()?),
            Rule::ensured => Claim::Always(last, outcomes()?),
            _ => Claim::NotBoth(Box::new((targets.pop()??, last))),
        })
    }

    fn parameter(&mut self, pair: Pair<'_, Rule>) -> Option<Parameter> {
        let span = self.span(&pair);
        let mut paths = children(&pair, Rule::path);
        let name = self.name_path(paths.next()?);
        let value = match (child(&pair, Rule::list), child(&pair, Rule::operand), paths.next()) {
            (Some(list), ..) => ParameterValue::List(self.operands(&list)?),
            (_, Some(operand), _) => ParameterValue::One(self.operand(operand)?),
            (.., Some(path)) => ParameterValue::From(self.name_path(path)),
            _ => return None,
        };
        Some(Parameter { name, value, span })
    }

    fn condition(&mut self, pair: Pair<'_, Rule>) -> Option<Condition> {
        self.placed_condition(pair).map(|(condition, _)| condition)
    }

    fn placed_condition(&mut self, pair: Pair<'_, Rule>) -> Option<Placed<Condition>> {
        let mut parts = Vec::new();
        let mut joiners = Vec::new();
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::part => parts.push(self.part(inner)?),
                Rule::joiner => joiners.push((inner.as_str().trim() == "or", self.span(&inner))),
                _ => {}
            }
        }
        checks::mixed(&parts, &joiners, self.problems);
        chain(parts, &joiners)
    }

    fn part(&mut self, pair: Pair<'_, Rule>) -> Option<Placed<Condition>> {
        let span = self.span(&pair);
        let mut nots = Vec::new();
        let mut inner = pair.into_inner();
        let mut primary = inner.next()?;
        while primary.as_rule() == Rule::kw_not {
            nots.push(self.span(&primary));
            primary = inner.next()?;
        }
        if self.nots + nots.len() > limits::NESTING {
            self.error(checks::too_many_nots(span, nots.len() > limits::NESTING));
            nots.clear();
        }
        self.nots += nots.len();
        let (mut condition, mut place) = match primary.as_rule() {
            Rule::group => {
                let place = self.span(&primary);
                (self.condition(child(&primary, Rule::condition)?)?, place)
            }
            Rule::always => {
                let place = self.span(&primary);
                (Condition { kind: ConditionKind::Always, span: place }, place)
            }
            _ => {
                let place = self.span(&primary);
                (Condition { kind: self.test(primary)?, span: place }, place)
            }
        };
        self.nots -= nots.len();
        for not in nots.into_iter().rev() {
            place = not.to(place);
            condition = Condition { kind: ConditionKind::Not(Box::new(condition)), span: place };
        }
        Some((condition, place))
    }

    fn test(&mut self, pair: Pair<'_, Rule>) -> Option<ConditionKind> {
        let mut subject = None;
        let mut operator = None;
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::path => subject = Some(self.name_path(inner)),
                _ => operator = Some(self.operator(inner)?),
            }
        }
        Some(ConditionKind::Test { subject: subject?, operator })
    }

    fn operator(&mut self, pair: Pair<'_, Rule>) -> Option<Operator> {
        match pair.as_rule() {
            Rule::comparison => self.comparison(pair),
            Rule::membership => self.membership(pair),
            Rule::has => self.has(pair),
            Rule::is => self.is(pair),
            Rule::pattern => self.pattern(pair),
            Rule::within => self.within(&pair),
            _ => None,
        }
    }

    fn comparison(&mut self, pair: Pair<'_, Rule>) -> Option<Operator> {
        let mut inner = pair.into_inner();
        let comparison = match inner.next()?.as_rule() {
            Rule::eq => Comparison::Equal,
            Rule::ne => Comparison::NotEqual,
            Rule::lt => Comparison::Less,
            Rule::le => Comparison::LessOrEqual,
            Rule::gt => Comparison::Greater,
            Rule::ge => Comparison::GreaterOrEqual,
            _ => return None,
        };
        let operand = self.operand(inner.next()?)?;
        checks::no_end_of_day(&operand, self.problems);
        Some(Operator::Compare(comparison, operand))
    }

    fn membership(&mut self, pair: Pair<'_, Rule>) -> Option<Operator> {
        let (mut negated, mut right, mut on, mut at) = (false, None, None, None);
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::kw_not => negated = true,
                Rule::members => right = Some(self.members(inner)?),
                Rule::on => on = Some(self.members(child(&inner, Rule::members)?)?),
                Rule::at => at = Some(self.text(&child(&inner, Rule::text)?)),
                _ => {}
            }
        }
        Some(Operator::In { negated, right: right?, on, at })
    }

    fn has(&mut self, pair: Pair<'_, Rule>) -> Option<Operator> {
        let how = match child(&pair, Rule::how) {
            Some(how) => match how.as_str().trim() {
                "any" => HasHow::Any,
                "all" => HasHow::All,
                "none" => HasHow::None,
                _ => HasHow::Only,
            },
            None => HasHow::One,
        };
        let members = self.members(child(&pair, Rule::members)?)?;
        if how == HasHow::One {
            checks::set_word_alone(&members, self.problems);
        }
        Some(Operator::Has(how, members))
    }

    fn is(&mut self, pair: Pair<'_, Rule>) -> Option<Operator> {
        let negated = has(&pair, Rule::kw_not);
        if let Some(operand) = child(&pair, Rule::operand) {
            return Some(Operator::Exactly { negated, right: self.operand(operand)? });
        }
        let state = match child(&pair, Rule::state)?.as_str().trim() {
            "empty" => State::Empty,
            "known" => State::Known,
            "unknown" => State::Unknown,
            _ => State::Absent,
        };
        Some(Operator::State { negated, state })
    }

    fn pattern(&mut self, pair: Pair<'_, Rule>) -> Option<Operator> {
        let kind = match pair.clone().into_inner().next()?.as_rule() {
            Rule::w_starts => PatternKind::StartsWith,
            Rule::w_ends => PatternKind::EndsWith,
            Rule::w_contains => PatternKind::Contains,
            _ => PatternKind::Matches,
        };
        let texts = match (child(&pair, Rule::list), child(&pair, Rule::operand)) {
            (Some(list), _) => self.operands(&list)?,
            (_, Some(operand)) => vec![self.operand(operand)?],
            _ => return None,
        };
        Some(Operator::Pattern(kind, texts))
    }

    fn within(&mut self, pair: &Pair<'_, Rule>) -> Option<Operator> {
        let raw = child(pair, Rule::raw)?;
        if let Some(literal) = self.literal_of(&raw, |shape| shape == Shape::Duration) {
            return Some(Operator::Within(literal));
        }
        let span = self.span(&raw);
        self.error(checks::no_duration(raw.as_str(), span));
        Some(Operator::Within(Literal { text: raw.as_str().to_owned(), shape: Shape::Duration, span }))
    }

    fn members(&mut self, pair: Pair<'_, Rule>) -> Option<Members> {
        let only = pair.into_inner().next()?;
        if only.as_rule() == Rule::list {
            let span = self.span(&only);
            return Some(Members::List(self.list(&only)?, span));
        }
        Some(match self.member(only)? {
            Member::One(operand) => Members::One(operand),
            Member::Range(low, high) => Members::Range(low, high),
        })
    }

    fn list(&mut self, pair: &Pair<'_, Rule>) -> Option<Vec<Member>> {
        let members: Vec<Member> =
            children(pair, Rule::member).map(|member| self.member(member)).collect::<Option<_>>()?;
        let span = self.span(pair);
        checks::list_length(members.len(), span, self.problems);
        Some(members)
    }

    /// A list in which no range makes sense.
    fn operands(&mut self, pair: &Pair<'_, Rule>) -> Option<Vec<Operand>> {
        let members = self.list(pair)?;
        let mut operands = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Member::One(operand) => operands.push(operand),
                Member::Range(low, high) => {
                    self.error(checks::no_range_here(low.span().to(high.span())));
                    operands.push(low);
                }
            }
        }
        Some(operands)
    }

    fn member(&mut self, pair: Pair<'_, Rule>) -> Option<Member> {
        let mut operands = pair.into_inner().filter(|inner| inner.as_rule() == Rule::operand);
        let low = self.operand(operands.next()?)?;
        match operands.next() {
            Some(high) => {
                let high = self.operand(high)?;
                checks::range(&low, &high, self.problems);
                Some(Member::Range(low, high))
            }
            None => {
                checks::no_end_of_day(&low, self.problems);
                Some(Member::One(low))
            }
        }
    }

    fn operand(&mut self, pair: Pair<'_, Rule>) -> Option<Operand> {
        let inner = pair.into_inner().next()?;
        match inner.as_rule() {
            Rule::exact => Some(Operand::Exactly(self.text(&child(&inner, Rule::text)?))),
            Rule::truth => {
                let span = self.span(&inner);
                Some(Operand::Literal(Literal { text: inner.as_str().trim().to_owned(), shape: Shape::Bool, span }))
            }
            Rule::value => Some(self.value(inner)),
            _ => None,
        }
    }

    /// A quoted text, a literal or a word, by its shape.
    fn value(&mut self, pair: Pair<'_, Rule>) -> Operand {
        let span = self.span(&pair);
        let pieces = pair.clone().into_inner().count();
        // `device."serial number"`: a dotted path, whatever its first piece looks like
        if let Some(raw) = child(&pair, Rule::raw).filter(|_| pieces == 1) {
            let text = raw.as_str();
            match shape::read(text) {
                Reading::Literal(shape) => return Operand::Literal(Literal { text: text.to_owned(), shape, span }),
                Reading::Wrong(wrong) => self.error(checks::misshapen(text, span, &wrong)),
                Reading::Word => {}
            }
        }
        Operand::Path(self.path(pair))
    }

    /// A path whose names name something: none of them empty.
    fn name_path(&mut self, pair: Pair<'_, Rule>) -> Path {
        let path = self.path(pair);
        checks::names(&path, self.problems);
        path
    }

    fn path(&mut self, pair: Pair<'_, Rule>) -> Path {
        let span = self.span(&pair);
        let mut segments = Vec::with_capacity(1);
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::text => segments.push(self.text(&inner)),
                _ => self.split_at_dots(&inner, &mut segments),
            }
        }
        let path = Path { segments, span };
        checks::one_alphabet(&path, self.problems);
        path
    }

    fn split_at_dots(&self, pair: &Pair<'_, Rule>, segments: &mut Vec<Name>) {
        let mut start = self.base + pair.as_span().start();
        for piece in pair.as_str().split('.') {
            let span = Span::new(self.source, start, start + piece.len());
            segments.push(Name { text: nfc(piece), quoted: false, span });
            start += piece.len() + 1;
        }
    }

    fn text(&self, pair: &Pair<'_, Rule>) -> Name {
        Name { text: nfc(&without_quotes(pair.as_str())), quoted: true, span: self.span(pair) }
    }
}

fn nfc(text: &str) -> String {
    if is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

fn verb(pair: &Pair<'_, Rule>) -> EffectKind {
    match pair.as_str().trim() {
        "allow" => EffectKind::Allow,
        "offer" => EffectKind::Offer,
        "deny" => EffectKind::Deny,
        _ => EffectKind::Require,
    }
}

/// Joins parts by `and` and `or`. Where they are mixed (an error already), `and` takes first.
fn chain(parts: Vec<Placed<Condition>>, joiners: &[(bool, Span)]) -> Option<Placed<Condition>> {
    let mut alternatives: Vec<Vec<Placed<Condition>>> = vec![Vec::new()];
    for (at, part) in parts.into_iter().enumerate() {
        let is_or = at > 0 && joiners.get(at - 1).is_some_and(|(is_or, _)| *is_or);
        match alternatives.last_mut().filter(|_| !is_or) {
            Some(last) => last.push(part),
            None => alternatives.push(vec![part]),
        }
    }
    let alternatives: Vec<Placed<Condition>> =
        alternatives.into_iter().map(|parts| join(parts, ConditionKind::And)).collect::<Option<_>>()?;
    join(alternatives, ConditionKind::Or)
}

fn join(mut parts: Vec<Placed<Condition>>, kind: fn(Vec<Condition>) -> ConditionKind) -> Option<Placed<Condition>> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let place = parts.first()?.1.to(parts.last()?.1);
    let mut parts: Vec<Condition> = parts.into_iter().map(|(condition, _)| condition).collect();
    parts.shrink_to_fit();
    Some((Condition { kind: kind(parts), span: place }, place))
}
