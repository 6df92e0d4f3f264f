//! Which column is which attribute, settled once for a schema.

use crate::encode::{is_list, is_supported};
use crate::error::{Error, Mistake};
use crate::options::{Options, Shape};
use crate::output;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, FieldRef, Schema, SchemaRef};
use std::collections::BTreeSet;
use std::sync::Arc;
use wardkey::eval::Input;
use wardkey::model::{AttributeId, Type};
use wardkey::{Dictionary, EntitlementId, Policy};

/// A schema and options that fit a policy. Shareable between threads.
#[derive(Clone, Debug)]
pub struct Plan<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) options: Options,
    pub(crate) attributes: Vec<Source>,
    /// Attributes with one value in all rows, each with the dictionary of that value.
    pub(crate) constants: Vec<Dictionary<'p>>,
    kept: Vec<Source>,
    passed_over: Vec<String>,
    entitlements: Vec<EntitlementId>,
    /// By entitlement of the policy, its position among those that are asked about.
    pub(crate) asked: Vec<Option<usize>>,
    schema: SchemaRef,
}

/// A column, perhaps within structs, and what it is for.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its name as the caller knows it, dotted.
    pub column: String,
    /// The attribute, or the name in the output.
    pub name: String,
    /// The attribute; none: approved requests, or a column that is kept only.
    pub attribute: Option<AttributeId>,
    pub field: FieldRef,
    /// Positions: in the batch, then in each struct.
    path: Vec<usize>,
}

impl<'p> Plan<'p> {
    /// Finds the attribute of each column. Errors: everything that does not fit; see [`Options`].
    pub fn new(policy: &'p Policy, schema: &Schema, options: &Options) -> Result<Self, Error> {
        let mut leaves = Vec::new();
        for (at, field) in schema.fields().iter().enumerate() {
            flatten(field.name().clone(), field, vec![at], &mut leaves);
        }
        let mut plan = Self {
            policy,
            options: options.clone(),
            attributes: Vec::new(),
            constants: Vec::new(),
            kept: Vec::new(),
            passed_over: Vec::new(),
            entitlements: Vec::new(),
            asked: Vec::new(),
            schema: Arc::new(Schema::empty()),
        };
        let mut mistakes = Vec::new();
        leaves.iter().for_each(|leaf| plan.add(leaf, &mut mistakes));
        plan.check_twice(&mut mistakes);
        plan.fill_in(&mut mistakes);
        plan.keep(schema, &leaves, &mut mistakes);
        named(options.rename.keys().chain(&options.ignore), schema, &leaves, &mut mistakes);
        plan.ask(&mut mistakes);
        let fields = plan.fields(&mut mistakes);
        if !mistakes.is_empty() {
            return Err(Error::new(mistakes));
        }
        plan.schema = Arc::new(Schema::new(fields));
        Ok(plan)
    }

    /// The schema of the output.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The entitlements that are asked about, in the order of their columns.
    pub fn entitlements(&self) -> &[EntitlementId] {
        &self.entitlements
    }

    /// Columns that no rule reads, of a policy without a catalogue.
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    fn add(&mut self, leaf: &Source, mistakes: &mut Vec<Mistake>) {
        let Options { rename, ignore, .. } = &self.options;
        if ignore.iter().any(|name| is_or_holds(name, &leaf.column)) {
            return;
        }
        let name = rename.get(&leaf.column).unwrap_or(&leaf.name);
        let attribute = match self.policy.dictionary(name) {
            Ok(dictionary) => dictionary.attribute(),
            Err(error) => return self.no_attribute(leaf, &error, mistakes),
        };
        match self.misfit(leaf, name, attribute) {
            Some(mistake) => mistakes.push(mistake),
            None => {
                let source = Source { name: name.clone(), attribute, ..leaf.clone() };
                self.attributes.push(source);
            }
        }
    }

    /// A column that is no attribute: kept only, passed over, or wrong.
    fn no_attribute(&mut self, leaf: &Source, error: &wardkey::Error, mistakes: &mut Vec<Mistake>) {
        let is_kept = self.options.keep.iter().any(|kept| is_or_holds(kept, &leaf.column));
        if is_kept && !self.options.rename.contains_key(&leaf.column) {
            return;
        }
        if !self.policy.rule_set().catalogue.is_declared && error.is_unknown_attribute() {
            self.passed_over.push(leaf.column.clone());
            return;
        }
        mistakes.extend(error.problems().iter().map(|problem| {
            let message = format!("column `{}`: {}", leaf.column, problem.message);
            let mistake = Mistake::new(Some(&leaf.column), message);
            match problem.near {
                Some(_) => mistake.help(problem.help.clone()),
                None => mistake.unknown(),
            }
        }));
    }

    /// What is wrong with the type of a column.
    fn misfit(&self, leaf: &Source, name: &str, attribute: Option<AttributeId>) -> Option<Mistake> {
        let data_type = leaf.field.data_type();
        if !is_supported(data_type) {
            let message = format!("column `{}`: an attribute cannot be of the type {data_type}", leaf.column);
            let help = "turn it into text, a number, a date or a list before, or ignore the column".to_owned();
            return Some(Mistake::new(Some(&leaf.column), message).help(Some(help)));
        }
        if is_list(data_type) && !self.holds_many(attribute) {
            let message = format!("column `{}`: a list where `{name}` has one value", leaf.column);
            return Some(Mistake::new(Some(&leaf.column), message).help(Some("give one value in each row".to_owned())));
        }
        None
    }

    /// Whether an attribute is a set, or the approved requests.
    pub(crate) fn holds_many(&self, attribute: Option<AttributeId>) -> bool {
        let catalogue = &self.policy.rule_set().catalogue;
        attribute.is_none_or(|id| matches!(catalogue.attribute(id).ty, Type::Set(_)))
    }

    /// One attribute has one column.
    fn check_twice(&self, mistakes: &mut Vec<Mistake>) {
        for (at, source) in self.attributes.iter().enumerate() {
            if let Some(other) = self.attributes.iter().take(at).find(|other| other.attribute == source.attribute) {
                let message = format!("`{}` and `{}` are one attribute", other.column, source.column);
                mistakes.push(Mistake::new(Some(&source.column), message).help(Some("ignore one of them".to_owned())));
            }
        }
    }

    fn fill_in(&mut self, mistakes: &mut Vec<Mistake>) {
        for (name, value) in &self.options.constants {
            let mut dictionary = match self.policy.dictionary(name) {
                Ok(dictionary) => dictionary,
                Err(error) => {
                    mistakes.extend_from_slice(Error::from(error).mistakes());
                    continue;
                }
            };
            if let Some(source) = self.attributes.iter().find(|source| source.attribute == dictionary.attribute()) {
                let message = format!("`{name}` has one value for all rows, and the column `{}`", source.column);
                mistakes.push(Mistake::new(Some(name), message).help(Some("ignore the column".to_owned())));
                continue;
            }
            match dictionary.push(Input::from(value.clone())) {
                Ok(_) => self.constants.push(dictionary),
                Err(problem) => mistakes.push(Mistake::new(Some(name), problem.message).help(problem.help)),
            }
        }
    }

    fn keep(&mut self, schema: &Schema, leaves: &[Source], mistakes: &mut Vec<Mistake>) {
        for name in &self.options.keep {
            if schema.fields().iter().filter(|field| field.name() == name).count() > 1 {
                let mistake = Mistake::new(Some(name), format!("there are two columns `{name}`"));
                mistakes.push(mistake.help(Some("rename one of them before".to_owned())));
            }
            let whole = schema.fields().iter().position(|field| field.name() == name).map(|at| Source {
                column: name.clone(),
                name: name.clone(),
                attribute: None,
                field: schema.field(at).clone().into(),
                path: vec![at],
            });
            match whole.or_else(|| leaves.iter().find(|leaf| leaf.column == *name).cloned()) {
                Some(mut source) => {
                    source.field = Arc::new(source.field.as_ref().clone().with_name(name));
                    self.kept.push(source);
                }
                None => mistakes.push(no_column(name, leaves)),
            }
        }
    }

    fn ask(&mut self, mistakes: &mut Vec<Mistake>) {
        let mut ids = Vec::new();
        for name in &self.options.entitlements {
            match self.policy.entitlement(name) {
                Ok(id) => ids.push(id),
                Err(error) => mistakes.extend_from_slice(Error::from(error).mistakes()),
            }
        }
        if self.options.entitlements.is_empty() {
            ids = self.policy.entitlement_ids().collect();
        }
        self.asked = vec![None; self.policy.entitlement_ids().count()];
        for id in ids {
            let asked = &mut self.asked[id.in_catalogue().index()];
            if asked.is_none() {
                *asked = Some(self.entitlements.len());
                self.entitlements.push(id);
            }
        }
    }

    fn fields(&self, mistakes: &mut Vec<Mistake>) -> Vec<FieldRef> {
        let mut fields: Vec<FieldRef> = self.kept.iter().map(|source| source.field.clone()).collect();
        match self.options.shape {
            Shape::Wide => {
                let names = self.entitlements.iter().map(|&id| self.policy.entitlement_name(id));
                fields.extend(names.map(output::outcome_field));
            }
            Shape::Long => fields.extend([output::entitlement_field(), output::outcome_field("outcome")]),
            Shape::Lists => fields.extend(["allowed", "offered"].map(output::list_field)),
        }
        let mut seen = BTreeSet::new();
        for field in &fields {
            if !seen.insert(field.name()) {
                let message = format!("the output would have two columns `{}`", field.name());
                let help = "keep it under another name: rename the column before".to_owned();
                mistakes.push(Mistake::new(Some(field.name()), message).help(Some(help)));
            }
        }
        fields
    }

    /// The columns that are kept. Errors: the batch is of another schema.
    pub(crate) fn kept(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, Error> {
        self.kept.iter().map(|source| source.of(batch)).collect()
    }
}

impl Source {
    /// The column of a batch. Errors: it is not there, or of another type.
    pub fn of(&self, batch: &RecordBatch) -> Result<ArrayRef, Error> {
        let mut path = self.path.iter();
        let mut array = path.next().and_then(|&at| batch.columns().get(at)).cloned();
        for &at in path {
            array = array.and_then(|array| within(&array, at));
        }
        match array {
            Some(array) if array.data_type() == self.field.data_type() => Ok(array),
            _ => {
                let message = format!("column `{}`: the batch has another schema than the plan", self.column);
                Err(Error::new(vec![Mistake::new(Some(&self.column), message)]))
            }
        }
    }
}

/// A field of a struct, null where the struct is.
fn within(array: &ArrayRef, at: usize) -> Option<ArrayRef> {
    let outer = array.as_struct_opt()?;
    let inner = outer.columns().get(at)?;
    let Some(nulls) = outer.nulls() else { return Some(inner.clone()) };
    let joined = arrow_buffer::NullBuffer::union(Some(nulls), inner.logical_nulls().as_ref());
    if matches!(inner.data_type(), DataType::Null) {
        return Some(inner.clone());
    }
    let data = inner.to_data().into_builder().nulls(joined);
    data.build().ok().map(arrow_array::make_array)
}

/// The columns that are no structs.
fn flatten(name: String, field: &FieldRef, path: Vec<usize>, leaves: &mut Vec<Source>) {
    if let DataType::Struct(fields) = field.data_type() {
        for (at, inner) in fields.iter().enumerate() {
            let path = [path.as_slice(), &[at]].concat();
            flatten(format!("{name}.{}", inner.name()), inner, path, leaves);
        }
        return;
    }
    leaves.push(Source { column: name.clone(), name, attribute: None, field: field.clone(), path });
}

/// Whether a name is that of a column, or of a struct that holds it.
fn is_or_holds(name: &str, column: &str) -> bool {
    column.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Options may name only what is there.
fn named<'n>(names: impl Iterator<Item = &'n String>, schema: &Schema, leaves: &[Source], mistakes: &mut Vec<Mistake>) {
    for name in names {
        let is_there = leaves.iter().any(|leaf| is_or_holds(name, &leaf.column));
        if !is_there && !schema.fields().iter().any(|field| field.name() == name) {
            mistakes.push(no_column(name, leaves));
        }
    }
}

fn no_column(name: &str, leaves: &[Source]) -> Mistake {
    let columns: Vec<String> = leaves.iter().take(20).map(|leaf| format!("`{}`", leaf.column)).collect();
    let message = format!("there is no column `{name}`");
    Mistake::new(Some(name), message).help(Some(format!("the columns are {}", columns.join(", "))))
}
