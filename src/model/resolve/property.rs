//! Properties: what is said to hold of a policy, resolved against the policy that is loaded.
//!
//! The words of a property are those of the policy: its attributes, places, entitlements and abbreviations. It declares nothing.

use super::{Resolver, spellings, targets};
use crate::diagnostic::Diagnostic;
use crate::model::rule::EffectKind;
use crate::model::{Condition, ConditionKind, EntitlementId, RuleSet, codes};
use crate::source::{SourceId, Span};
use crate::syntax::ast::{self, Claim, Stated};
use indexmap::IndexMap;

/// Something that is said to hold of a policy in every context.
#[derive(Clone, Debug)]
pub struct Property {
    /// As written.
    pub text: String,
    /// Where.
    pub span: Span,
    /// It is said of contexts in which this certainly holds.
    pub condition: Condition,
    /// What is claimed of them.
    pub claim: PropertyClaim,
}

/// What a property claims.
#[derive(Clone, Debug)]
pub enum PropertyClaim {
    /// None of these has one of these outcomes.
    Never(Vec<Subject>, Vec<Stated>),
    /// Each of these has one of these outcomes.
    Always(Vec<Subject>, Vec<Stated>),
    /// No two of these, one from each side, are allowed at once.
    NotBoth(Vec<Subject>, Vec<Subject>),
}

/// An entitlement that a property speaks of.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Which.
    pub entitlement: EntitlementId,
    /// Where its tags are compared with the context, that they fit; else `always`.
    pub guard: Condition,
}

/// Reads a property that stands in a text at byte `offset`. None: something is wrong with it, which was reported.
///
/// Cost: linear in the text, plus the entitlements that it speaks of.
pub fn property(
    rules: &RuleSet,
    (source, text, offset): (SourceId, &str, usize),
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Property> {
    let written = crate::syntax::parse_property(source, text, offset, diagnostics)?;
    // the abbreviations by name and number; what they mean is known already
    let always = |span| ast::Condition { kind: ast::ConditionKind::Always, span };
    let named = |item: &crate::model::Let| ast::Let {
        name: ast::Name { text: item.name.clone(), quoted: false, span: item.span },
        condition: always(item.span),
        span: item.span,
    };
    let items: Vec<ast::Let> = rules.lets.iter().map(named).collect();
    let lets: IndexMap<String, &ast::Let> =
        items.iter().map(|item| (crate::model::name::fold(&item.name.text), item)).collect();
    let before = diagnostics.len();
    let mut resolver = Resolver {
        catalogue: &rules.catalogue,
        zones: rules.catalogue.zones.clone(),
        lets: &lets,
        let_conditions: Vec::new(),
        let_reads: Vec::new(),
        children: targets::children(&rules.catalogue),
        used_lets: vec![false; lets.len()],
        spellings: spellings::Spellings::default(),
        in_where: false,
        diagnostics,
    };
    let condition = resolver.antecedent(&written);
    let claim = resolver.claim(&written.claim);
    let fresh_zone = resolver.zones.get(rules.catalogue.zones.len()).map(|zone| zone.name.clone());
    if let Some(zone) = fresh_zone {
        let message = format!("no rule of the policy reads the clock in `{zone}`");
        let problem = Diagnostic::error(codes::UNKNOWN_ZONE, written.span, message);
        diagnostics.push(problem.help("test the clock in a time zone that the policy uses"));
    }
    let is_wrong = diagnostics[before..].iter().any(Diagnostic::is_error);
    let property = Property { text: text.trim().to_owned(), span: written.span, condition: condition?, claim: claim? };
    Some(property).filter(|_| !is_wrong)
}

impl Resolver<'_> {
    /// What holds in the contexts that a property is about.
    fn antecedent(&mut self, written: &ast::Property) -> Option<Condition> {
        let when = written.when.as_ref().map(|when| self.condition(when));
        let unless = written.unless.as_ref().map(|unless| self.condition(unless));
        let mut parts = Vec::new();
        if let Some(when) = when {
            parts.push(when?);
        }
        if let Some(unless) = unless {
            parts.push(Condition::new(ConditionKind::Not(Box::new(unless?))));
        }
        Some(Condition::new(match parts.len() {
            0 => ConditionKind::Constant(true),
            _ => ConditionKind::And(parts),
        }))
    }

    fn claim(&mut self, written: &Claim) -> Option<PropertyClaim> {
        Some(match written {
            Claim::Never(targets, outcomes) => PropertyClaim::Never(self.subjects(targets)?, outcomes.clone()),
            Claim::Always(targets, outcomes) => PropertyClaim::Always(self.subjects(targets)?, outcomes.clone()),
            Claim::NotBoth(both) => {
                let (one, other) = &**both;
                let (one, other) = (self.subjects(one), self.subjects(other));
                PropertyClaim::NotBoth(one?, other?)
            }
        })
    }

    /// What targets stand for: as in a rule, themselves and everything below.
    fn subjects(&mut self, targets: &ast::Targets) -> Option<Vec<Subject>> {
        let sets = self.targets(EffectKind::Deny, targets)?;
        let of_set = |(guard, entitlements): (Condition, Vec<EntitlementId>)| {
            entitlements.into_iter().map(move |entitlement| Subject { entitlement, guard: guard.clone() })
        };
        Some(sets.into_iter().flat_map(of_set).collect())
    }
}
