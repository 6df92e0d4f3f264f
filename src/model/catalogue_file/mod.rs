use super::Catalogue;
use crate::{
    diagnostic::Diagnostic,
    source::{SourceId, Span},
};
pub struct ReadCatalogue {
    pub catalogue: Catalogue,
    pub assumptions: Vec<(Span, String)>,
}
pub fn read_catalogue(
    _: SourceId,
    _: &str,
    _: &dyn Fn(&str) -> Option<(SourceId, String)>,
    _: &mut Vec<Diagnostic>,
) -> Option<ReadCatalogue> {
    None
}
