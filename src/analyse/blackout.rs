//! What closes if nobody says any more what an attribute is: a feed that has died, a service that does not answer.
//!
//! Missing information never opens a door here, so it may close many. What can still be reached, and by whom, is a question about
//! all contexts in which that one attribute is unknown.

use super::Analysis;
use super::undecided::Undecided;
use super::votes::Vote;
use crate::compile::Node;
use crate::eval::{EntitlementId, Outcome};
use crate::model::{AttributeId, Rank};
use serde::Serialize;
use std::collections::BTreeMap;

/// What becomes of entitlements while one attribute is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Blackout {
    /// The attribute, by name.
    pub attribute: String,
    /// Entitlements that are allowed to nobody then, though they are to some otherwise.
    pub closes: Vec<String>,
    /// Of the entitlements that `override allow` opens in need: those that it opens then, too.
    pub break_glass_holds: Vec<String>,
    /// And those that it opens no more.
    pub break_glass_fails: Vec<String>,
}

/// What was found out about entitlements that have the same effects, by attribute.
#[derive(Clone, Debug, Default)]
pub struct UnitBlackout {
    entitlements: Vec<EntitlementId>,
    /// Whether it closes, and whether break-glass still opens; none: nothing does in need.
    attributes: BTreeMap<AttributeId, (bool, Option<bool>)>,
    /// What was not found out.
    undecided: Option<Undecided>,
}

impl Analysis<'_> {
    /// Looks at one unit of [`Self::units`]. Cost: two questions for each attribute that it reads.
    pub fn blackout_of(&self, at: usize) -> UnitBlackout {
        let members = self.policy.index().sharing(at);
        let entitlements = members.iter().map(|&id| self.policy.numbered(id)).collect();
        let mut unit = UnitBlackout { entitlements, ..UnitBlackout::default() };
        if let Err(undecided) = self.look_without(&mut unit) {
            unit.undecided = Some(undecided);
        }
        unit
    }

    fn look_without(&self, unit: &mut UnitBlackout) -> Result<(), Undecided> {
        let Some(&entitlement) = unit.entitlements.first() else { return Ok(()) };
        let index = self.policy.index();
        let effects = index.effects(entitlement.in_catalogue()).iter().map(|&id| index.effect(id));
        let roots: Vec<_> = effects.filter(|effect| !effect.is_trial).map(|effect| effect.when).collect();
        let mut read: Vec<AttributeId> = Vec::new();
        for node in self.pool.reach(roots, |_| true) {
            if let Node::Test(test) = self.pool.node(node) {
                self.pool.test(*test).attributes(&mut |attribute| read.push(attribute));
            }
        }
        read.sort_unstable();
        read.dedup();
        let asked: Vec<_> = read.iter().map(|attribute| self.known[attribute.index()]).collect();
        let mut votes = self.votes(entitlement, &asked)?;
        let tally = votes.tally(|_| true);
        let allowed = votes.comes_to(&tally, Outcome::Allowed);
        if !votes.space.can(&[allowed])? {
            return Ok(());
        }
        let in_need = |vote: &&Vote| vote.rank == Some(Rank::OverrideAllow) && !vote.is_trial;
        let in_need: Vec<_> = votes.votes.iter().filter(in_need).map(|vote| vote.fires).collect();
        let opens = votes.space.solver.any(in_need);
        let has_break_glass = votes.space.can(&[allowed, opens])?;
        for (attribute, asked) in read.into_iter().zip(asked) {
            let is_unknown = !votes.space.signal(asked).sure;
            let closes = !votes.space.can(&[allowed, is_unknown])?;
            let holds = if has_break_glass { Some(votes.space.can(&[allowed, opens, is_unknown])?) } else { None };
            unit.attributes.insert(attribute, (closes, holds));
        }
        Ok(())
    }

    /// What all units say together, by attribute in the order of the catalogue, those left out of which nothing hangs; and the
    /// entitlements of which not everything was found out.
    pub fn conclude_blackout(&self, units: &[UnitBlackout]) -> (Vec<Blackout>, Vec<String>) {
        let catalogue = &self.policy.rule_set().catalogue;
        let mut found: BTreeMap<AttributeId, Blackout> = BTreeMap::new();
        let mut undecided = Vec::new();
        for unit in units {
            let names: Vec<String> =
                unit.entitlements.iter().map(|&id| self.policy.entitlement_name(id).to_owned()).collect();
            if unit.undecided.is_some() {
                undecided.extend(names.iter().cloned());
            }
            for (&attribute, &(closes, holds)) in &unit.attributes {
                let name = || catalogue.attribute(attribute).name.clone();
                let blackout =
                    found.entry(attribute).or_insert_with(|| Blackout { attribute: name(), ..Blackout::default() });
                if closes {
                    blackout.closes.extend(names.iter().cloned());
                }
                match holds {
                    Some(true) => blackout.break_glass_holds.extend(names.iter().cloned()),
                    Some(false) => blackout.break_glass_fails.extend(names.iter().cloned()),
                    None => {}
                }
            }
        }
        let matters = |blackout: &Blackout| !blackout.closes.is_empty() || !blackout.break_glass_fails.is_empty();
        (found.into_values().filter(matters).collect(), undecided)
    }

    /// What closes while one attribute is unknown, for each attribute; and the entitlements of which not everything was found out.
    /// Cost: that of all units, one after another.
    ///
    /// ```
    /// use wardkey::{Analysis, Policy};
    ///
    /// let policy = Policy::parse(
    ///     "nurses: role = Nurse -> allow EHR\nguests: network = guest -> deny EHR\nneed: emergency -> override allow EHR",
    /// )?;
    /// let (blackouts, _) = Analysis::new(&policy).blackout();
    /// assert_eq!((blackouts[0].attribute.as_str(), blackouts[0].break_glass_fails.as_slice()), ("emergency", &["EHR".to_owned()][..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn blackout(&self) -> (Vec<Blackout>, Vec<String>) {
        let units: Vec<UnitBlackout> = (0..self.units()).map(|at| self.blackout_of(at)).collect();
        self.conclude_blackout(&units)
    }
}
