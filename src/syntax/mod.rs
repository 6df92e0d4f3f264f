//! From text to tree, and back.

pub mod ast;
use crate::{diagnostic::Diagnostic, source::SourceId};
pub struct Bad {
    pub offset: usize,
}
pub fn parse_condition(_: SourceId, _: &str, _: usize, _: &mut Vec<Diagnostic>) -> Option<ast::Condition> {
    None
}
pub fn parse_file(_: SourceId, _: &str, _: &mut Vec<Diagnostic>) -> Vec<ast::Item> {
    vec![]
}
pub fn print_rule(_: &ast::Rule) -> String {
    String::new()
}
pub fn print_condition(_: &ast::Condition) -> String {
    String::new()
}
pub fn quote(_: &str) -> String {
    String::new()
}
pub fn decode(_: &[u8]) -> Result<String, Bad> {
    Ok(String::new())
}
