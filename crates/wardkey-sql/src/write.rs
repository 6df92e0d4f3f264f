//! A condition, test by test.
//!
//! Every test is `NULL` exactly where the policy calls it unknown. A column that is `NULL` makes a comparison `NULL` by itself; where the
//! catalogue says that what is left out is absent, the test is false instead, and a default stands in its place.

use crate::Options;
use crate::dialect::Dialect;
use crate::error::{Error, Unsayable};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use wardkey::Policy;
use wardkey::model::name::fold;
use wardkey::model::{
    Attribute, AttributeId, Choice, Condition, ConditionKind, HierarchyId, Inner, Input, NodeIndex, Omitted, Pattern,
    Range, Relation, RuleSet, Test, Type, Value,
};

/// Bytes of a condition, past which it is no condition that a database would take.
const LONGEST: usize = 1 << 20;

/// Characters outside ASCII that some database or the policy takes for a letter of ASCII in the other case, and what is put instead.
/// The long s and the sign of Kelvin are `s` and `k`; the capital I with a dot is no `i`.
const ALIKE: (&str, &str) = ("ſ\u{212a}\u{130}", "skı");

const UNKNOWN: &str = "CAST(NULL AS BOOLEAN)";

/// Why a test cannot be said.
type Why = String;

/// The condition of a policy's only rule.
pub(crate) fn write(policy: &Policy, dialect: Dialect, options: &Options) -> Result<String, Error> {
    let columns = options.columns.iter();
    let columns = columns.filter_map(|(name, sql)| Some((fold(&policy.attribute(name)?.name), sql.as_str()))).collect();
    let mut writer = Writer { policy, rules: policy.rule_set(), dialect, columns, problems: Vec::new() };
    let rule = policy.rule_set().rules.first().map(|rule| writer.condition(&rule.condition));
    let sql = format!("COALESCE({}, FALSE)", rule.as_deref().unwrap_or("FALSE"));
    if sql.len() > LONGEST {
        writer.problems.push(Unsayable::new("the whole condition", "it is longer than a database would take"));
    }
    if writer.problems.is_empty() { Ok(sql) } else { Err(Error::new(writer.problems)) }
}

struct Writer<'p> {
    policy: &'p Policy,
    rules: &'p RuleSet,
    dialect: Dialect,
    columns: BTreeMap<String, &'p str>,
    problems: Vec<Unsayable>,
}

impl Writer<'_> {
    fn condition(&mut self, condition: &Condition) -> String {
        match &condition.kind {
            ConditionKind::Constant(true) => "TRUE".to_owned(),
            ConditionKind::Constant(false) => "FALSE".to_owned(),
            ConditionKind::Not(inner) => format!("NOT ({})", self.condition(inner)),
            ConditionKind::And(parts) => self.joined(parts, " AND ", "TRUE"),
            ConditionKind::Or(parts) => self.joined(parts, " OR ", "FALSE"),
            ConditionKind::Let(id) => {
                let rules = self.rules;
                rules.lets.get(id.index()).map_or_else(|| "FALSE".to_owned(), |item| self.condition(&item.condition))
            }
            ConditionKind::Test(test) => self.test(test).unwrap_or_else(|why| {
                let written = condition.span.map_or("", |span| self.policy.sources().slice(span));
                let problem = Unsayable::new(written, &why);
                if !self.problems.contains(&problem) {
                    self.problems.push(problem);
                }
                UNKNOWN.to_owned()
            }),
        }
    }

    fn joined(&mut self, parts: &[Condition], word: &str, empty: &str) -> String {
        let mut sql = String::new();
        for part in parts {
            // abbreviations within abbreviations may come to more than anybody wrote
            if sql.len() > LONGEST {
                return sql;
            }
            if !sql.is_empty() {
                sql.push_str(word);
            }
            sql.push_str(&self.condition(part));
        }
        if sql.is_empty() { empty.to_owned() } else { format!("({sql})") }
    }

    fn test(&self, test: &Test) -> Result<String, Why> {
        match test {
            Test::Is(input) => self.one(*input, |_, column| Ok(column.to_owned())),
            Test::OneOf(input, choices) => {
                self.one(*input, |attribute, column| self.one_of(attribute, column, choices))
            }
            Test::Matches(input, patterns) => {
                self.one(*input, |attribute, column| self.matches(attribute, column, patterns))
            }
            Test::InRanges(input, ranges) => self.one(*input, |_, column| self.in_ranges(column, ranges)),
            Test::Within(input, nodes) => {
                self.one(*input, |attribute, column| self.places(attribute, column, |place| place.within(nodes)))
            }
            Test::ExactlyNode(input, node) => {
                self.one(*input, |attribute, column| self.places(attribute, column, |place| place.exactly(*node)))
            }
            Test::Compare(left, relation, right) => self.compare(*left, *relation, *right),
            Test::IsKnown(id) => Ok(match self.attribute(*id).omitted {
                Omitted::Unknown => format!("({} IS NOT NULL)", self.column(*id)),
                _ => "TRUE".to_owned(),
            }),
            Test::IsAbsent(id) => Ok(match self.attribute(*id).omitted {
                Omitted::Unknown => format!("({} IS NULL AND {UNKNOWN})", self.column(*id)),
                Omitted::Absent => format!("({} IS NULL)", self.column(*id)),
                Omitted::Default(_) => "FALSE".to_owned(),
            }),
            Test::During(_) | Test::Elapsed(..) => Err(of_now()),
            Test::InNetworks(..) => Err("networks cannot be said: databases have other words for addresses".to_owned()),
            Test::Has(..) | Test::IsEmpty(_) | Test::HasValueOf(..) | Test::HasSetOf(..) => {
                Err("sets cannot be said: give the context what it has, or compare in the host".to_owned())
            }
        }
    }

    fn attribute(&self, id: AttributeId) -> &Attribute {
        self.rules.catalogue.attribute(id)
    }

    /// The column of an attribute, as it is.
    fn column(&self, id: AttributeId) -> String {
        let name = &self.attribute(id).name;
        let given = self.columns.get(&fold(name)).map(|sql| format!("({sql})"));
        given.unwrap_or_else(|| self.dialect.identifier(name))
    }

    /// The column, its default in place of `NULL`.
    fn value(&self, id: AttributeId) -> Result<String, Why> {
        let column = self.column(id);
        match &self.attribute(id).omitted {
            Omitted::Default(value) => Ok(format!("COALESCE({column}, {})", self.literal(value)?)),
            Omitted::Unknown | Omitted::Absent => Ok(column),
        }
    }

    /// Where the column being `NULL` says that there is no value, the test is false.
    fn unless_absent(&self, id: AttributeId, sql: String) -> String {
        match self.attribute(id).omitted {
            Omitted::Absent => format!("({} IS NOT NULL AND {sql})", self.column(id)),
            Omitted::Unknown | Omitted::Default(_) => sql,
        }
    }

    /// A test of one attribute.
    fn one(&self, input: Input, test: impl FnOnce(&Attribute, &str) -> Result<String, Why>) -> Result<String, Why> {
        let Input::Attribute(id) = input else { return Err(of_now()) };
        let sql = test(self.attribute(id), &self.value(id)?)?;
        Ok(self.unless_absent(id, sql))
    }

    /// The value as a rule or the catalogue has it.
    fn literal(&self, value: &Value) -> Result<String, Why> {
        let finer = || "the database keeps microseconds, and this is finer".to_owned();
        match value {
            Value::Bool(true) => Ok("TRUE".to_owned()),
            Value::Bool(false) => Ok("FALSE".to_owned()),
            Value::Name(name) => Ok(self.dialect.text(&name.spelled)),
            Value::Number(number) => Ok(format!("({number})")),
            Value::Date(date) if date.year() > 0 => Ok(format!("DATE '{date}'")),
            Value::Time(time) if time.subsec_nanosecond() % 1000 != 0 => Err(finer()),
            Value::Time(time) if self.dialect.has_times() => Ok(format!("TIME '{time}'")),
            Value::Time(_) => Err("this database has no times of day".to_owned()),
            Value::DateTime(at) if at.subsec_nanosecond() % 1000 != 0 => Err(finer()),
            Value::DateTime(at) => self.instant(*at),
            _ => Err("values of this type cannot be said".to_owned()),
        }
    }

    fn instant(&self, at: Timestamp) -> Result<String, Why> {
        let wall = jiff::tz::TimeZone::UTC.to_datetime(at);
        if wall.year() <= 0 {
            return Err("values of this type cannot be said".to_owned());
        }
        Ok(format!("{} '{} {}+00:00'", self.dialect.instant(), wall.date(), wall.time()))
    }

    fn in_ranges(&self, column: &str, ranges: &[Range]) -> Result<String, Why> {
        let bound = |bound: &Option<(Value, bool)>, strict: &str| {
            let Some((value, is_inside)) = bound else { return Ok(None) };
            let equal = if *is_inside { "=" } else { "" };
            self.literal(value).map(|value| Some(format!("{column} {strict}{equal} {value}")))
        };
        let mut sql = Vec::new();
        for range in ranges {
            let bounds = [bound(&range.low, ">")?, bound(&range.high, "<")?];
            let bounds: Vec<String> = bounds.into_iter().flatten().collect();
            sql.push(if bounds.is_empty() { format!("{column} = {column}") } else { bounds.join(" AND ") });
        }
        Ok(format!("({})", sql.join(" OR ")))
    }

    /// The text as names are compared: in small letters, as far as those are letters of ASCII.
    fn folded(&self, column: &str) -> String {
        format!("lower(translate({column}, {}, {}))", self.dialect.text(ALIKE.0), self.dialect.text(ALIKE.1))
    }

    fn one_of(&self, attribute: &Attribute, column: &str, choices: &[Choice]) -> Result<String, Why> {
        let (spelled, folded): (Vec<&Choice>, Vec<&Choice>) =
            choices.iter().partition(|choice| choice.exact || is_exact(&attribute.ty));
        let mut sql = Vec::new();
        if !spelled.is_empty() {
            let names: Vec<&str> = spelled.iter().map(|choice| &*choice.name.spelled).collect();
            let column =
                if names.iter().all(|name| name.is_ascii()) { column.to_owned() } else { self.composed(column)? };
            sql.push(format!("{column} IN ({})", self.list(&names)));
        }
        if !folded.is_empty() {
            let names: Vec<&str> = folded.iter().map(|choice| &*choice.name.folded).collect();
            check_ascii(&names)?;
            sql.push(format!("{} IN ({})", self.folded(column), self.list(&names)));
        }
        Ok(format!("({})", sql.join(" OR ")))
    }

    fn list(&self, names: &[&str]) -> String {
        names.iter().map(|name| self.dialect.text(name)).collect::<Vec<_>>().join(", ")
    }

    fn composed(&self, column: &str) -> Result<String, Why> {
        self.dialect
            .composed(column)
            .ok_or_else(|| "this database cannot compose letters with their accents".to_owned())
    }

    fn matches(&self, attribute: &Attribute, column: &str, patterns: &[Pattern]) -> Result<String, Why> {
        let mut sql = Vec::new();
        for pattern in patterns {
            let (choice, before, after) = match pattern {
                Pattern::Prefix(choice) => (choice, "", "%"),
                Pattern::Suffix(choice) => (choice, "%", ""),
                Pattern::Substring(choice) => (choice, "%", "%"),
                Pattern::Glob(choice) if choice.name.spelled.contains('?') => {
                    return Err("`?` cannot be said: databases count characters otherwise".to_owned());
                }
                Pattern::Glob(choice) => (choice, "", ""),
            };
            let spelled = choice.exact || is_exact(&attribute.ty);
            let name = if spelled { &choice.name.spelled } else { &choice.name.folded };
            check_ascii(&[name])?;
            let text = self.composed(column)?;
            let text = if spelled { text } else { self.folded(&text) };
            let mut like = escaped(name);
            if matches!(pattern, Pattern::Glob(_)) {
                like = like.replace('*', "%");
            }
            let like = self.dialect.text(&format!("{before}{like}{after}"));
            sql.push(format!("{text} LIKE {like} ESCAPE '!'"));
        }
        Ok(format!("({})", sql.join(" OR ")))
    }

    /// A test of a place: the nodes of which it is true, and those of which it is unknown.
    fn places(
        &self,
        attribute: &Attribute,
        column: &str,
        test: impl FnOnce(Place<'_>) -> (BTreeSet<NodeIndex>, BTreeSet<NodeIndex>),
    ) -> Result<String, Why> {
        let Type::Node(hierarchy) = attribute.ty else { return Err("values of this type cannot be said".to_owned()) };
        let (yes, perhaps) = test(Place { rules: self.rules, hierarchy, inner: attribute.inner });
        let nodes = &self.rules.catalogue.hierarchy(hierarchy).nodes;
        let names = |wanted: &BTreeSet<NodeIndex>| -> Result<Option<String>, Why> {
            let names = wanted.iter().filter_map(|node| nodes.get_index(node.index()));
            let names: Vec<&str> = names.map(|(folded, _)| folded.as_str()).collect();
            check_ascii(&names)?;
            Ok((!names.is_empty()).then(|| self.list(&names)))
        };
        let text = self.folded(column);
        let mut cases = format!("WHEN {column} IS NULL THEN {UNKNOWN}");
        if let Some(names) = names(&yes)? {
            cases.push_str(&format!(" WHEN {text} IN ({names}) THEN TRUE"));
        }
        if let Some(names) = names(&perhaps)? {
            cases.push_str(&format!(" WHEN {text} IN ({names}) THEN {UNKNOWN}"));
        }
        Ok(format!("CASE {cases} ELSE FALSE END"))
    }

    fn compare(&self, left: Input, relation: Relation, right: Input) -> Result<String, Why> {
        let (Input::Attribute(a), Input::Attribute(b)) = (left, right) else { return Err(of_now()) };
        let (mut x, mut y) = (self.value(a)?, self.value(b)?);
        match (&self.attribute(a).ty, &self.attribute(b).ty) {
            (Type::Bool, Type::Bool) | (Type::Number(_), Type::Number(_)) | (Type::Date, Type::Date) => {}
            (Type::DateTime, Type::DateTime) => {}
            (Type::Time, Type::Time) if self.dialect.has_times() => {}
            (one, other) if is_exact(one) && is_exact(other) => (x, y) = (self.composed(&x)?, self.composed(&y)?),
            (Type::Name(_), Type::Name(_)) => {
                return Err(
                    "names cannot be compared without regard to case in a database: declare them `case: exact`"
                        .to_owned(),
                );
            }
            _ => return Err("values of this type cannot be compared in a database".to_owned()),
        }
        let sign = match relation {
            Relation::Equal => "=",
            Relation::Less => "<",
            Relation::LessOrEqual => "<=",
            Relation::Within => return Err("places cannot be compared in a database".to_owned()),
        };
        Ok(self.unless_absent(a, self.unless_absent(b, format!("({x} {sign} {y})"))))
    }
}

/// A place, and what its inner nodes mean.
struct Place<'p> {
    rules: &'p RuleSet,
    hierarchy: HierarchyId,
    inner: Inner,
}

impl Place<'_> {
    fn within(&self, areas: &[NodeIndex]) -> (BTreeSet<NodeIndex>, BTreeSet<NodeIndex>) {
        let hierarchy = self.rules.catalogue.hierarchy(self.hierarchy);
        let yes: BTreeSet<NodeIndex> = areas.iter().flat_map(|&area| hierarchy.below(area)).collect();
        let overlaps = |node: &NodeIndex| areas.iter().any(|&area| hierarchy.overlap(*node, area));
        let perhaps = self.hidden().filter(|node| !yes.contains(node)).filter(overlaps).collect();
        (yes, perhaps)
    }

    fn exactly(&self, wanted: NodeIndex) -> (BTreeSet<NodeIndex>, BTreeSet<NodeIndex>) {
        let hierarchy = self.rules.catalogue.hierarchy(self.hierarchy);
        let perhaps: BTreeSet<NodeIndex> = self.hidden().filter(|&node| hierarchy.is_within(wanted, node)).collect();
        let yes = (!perhaps.contains(&wanted)).then_some(wanted).into_iter().collect();
        (yes, perhaps)
    }

    /// Nodes that stand for a leaf below them of which no more is known.
    fn hidden(&self) -> impl Iterator<Item = NodeIndex> {
        let hierarchy = self.rules.catalogue.hierarchy(self.hierarchy);
        let hides = self.inner == Inner::Somewhere;
        let all = (0..hierarchy.nodes.len()).map(NodeIndex::new);
        all.filter(move |&node| hides && !hierarchy.is_leaf(node))
    }
}

fn is_exact(ty: &Type) -> bool {
    matches!(ty, Type::Name(name) if name.is_exact)
}

fn of_now() -> Why {
    "give the context `now`: a database has another clock".to_owned()
}

/// Names that are compared without regard to case must be of letters that every database folds alike.
fn check_ascii(names: &[&str]) -> Result<(), Why> {
    match names.iter().find(|name| !name.is_ascii()) {
        None => Ok(()),
        Some(name) => {
            Err(format!("databases do not agree on the small letters of `{name}`: declare the attribute `case: exact`"))
        }
    }
}

/// A pattern that matches a text itself.
fn escaped(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}
