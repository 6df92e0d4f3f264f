//! Reads Cedar: schemas and policies, as far as the examples of its analyzer use them.
//!
//! Both are cut into tokens, which a reader takes one after another. What is not known is an error, never passed over. Of a path
//! (`App::User`) the last word is kept: no two types of these examples differ in their namespace alone.

use std::collections::BTreeMap;

/// A type of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Bool,
    Long,
    Text,
    Entity(String),
    Set(Box<Type>),
}

pub type Attributes = BTreeMap<String, Type>;

/// What a schema declares.
#[derive(Debug, Default)]
pub struct Schema {
    /// Of each entity type: below which types it can be, and its attributes.
    pub entities: BTreeMap<String, (Vec<String>, Attributes)>,
    pub actions: Vec<Action>,
}

#[derive(Debug)]
pub struct Action {
    pub name: String,
    pub principals: Vec<String>,
    pub resources: Vec<String>,
    pub context: Attributes,
}

#[derive(Debug)]
pub struct CedarPolicy {
    pub id: String,
    pub permits: bool,
    /// Of the principal, the action and the resource.
    pub scope: Vec<Expr>,
    /// All must hold.
    pub conditions: Vec<Expr>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    Bool(bool),
    Long(i64),
    Text(String),
    /// Type and id.
    Entity(String, String),
    /// `principal`, `action`, `resource`, `context`
    Var(String),
    Attribute(Box<Expr>, String),
    Set(Vec<Expr>),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// `== != < <= > >=`
    Compare(String, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Box<Expr>),
    Like(Box<Expr>, String),
    Is(Box<Expr>, String),
    /// `contains containsAll containsAny`
    Call(Box<Expr>, String, Box<Expr>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(i64),
    Sign(&'static str),
}

const SIGNS: [&str; 22] = [
    "::", "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "{", "}", "[", "]", ",", ";", ":", "=", ".", "@",
];

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = |more: fn(char) -> bool| rest.find(|c| !more(c)).unwrap_or(rest.len());
        let used = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            let end = rest[1..].find('"').expect("a text ends");
            assert!(!rest[..=end].contains('\\'), "no escapes: {rest}");
            found.push(Token::Text(rest[1..=end].to_owned()));
            end + 2
        } else if first.is_ascii_digit() {
            let end = word(|c| c.is_ascii_digit());
            found.push(Token::Number(rest[..end].parse().expect("a number")));
            end
        } else if first.is_alphabetic() || first == '_' {
            let end = word(|c| c.is_alphanumeric() || c == '_');
            found.push(Token::Word(rest[..end].to_owned()));
            end
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
            let sign = sign.unwrap_or_else(|| panic!("what is this: {rest}"));
            found.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest[used..].trim_start();
    }
    found
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn new(text: &str) -> Self {
        Self { tokens: tokens(text), at: 0 }
    }

    fn next(&mut self) -> Token {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned().expect("more to read")
    }

    fn is_done(&self) -> bool {
        self.at == self.tokens.len()
    }

    fn sees(&self, sign: &str) -> bool {
        match self.tokens.get(self.at) {
            Some(Token::Sign(found)) => *found == sign,
            Some(Token::Word(found)) => found == sign,
            _ => false,
        }
    }

    /// Takes a sign or a word if it comes next.
    fn takes(&mut self, sign: &str) -> bool {
        let sees = self.sees(sign);
        self.at += usize::from(sees);
        sees
    }

    fn expect(&mut self, sign: &str) {
        assert!(self.takes(sign), "`{sign}` before {:?}", self.tokens.get(self.at));
    }

    /// A word, or a text that stands for one.
    fn word(&mut self) -> String {
        match self.next() {
            Token::Word(word) | Token::Text(word) => word,
            other => panic!("a word instead of {other:?}"),
        }
    }

    /// The last word of a path.
    fn path(&mut self) -> String {
        let mut word = self.word();
        while self.takes("::") {
            word = self.word();
        }
        word
    }

    /// One or several, by commas up to a sign; a last comma is fine.
    fn list<T>(&mut self, end: &str, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut found = Vec::new();
        while !self.takes(end) {
            found.push(one(self));
            if !self.takes(",") {
                self.expect(end);
                break;
            }
        }
        found
    }

    fn paths(&mut self) -> Vec<String> {
        if self.takes("[") { self.list("]", Self::path) } else { vec![self.path()] }
    }

    fn attributes(&mut self) -> Attributes {
        self.expect("{");
        let one = |reader: &mut Self| {
            let name = reader.word();
            reader.expect(":");
            (name, reader.ty())
        };
        self.list("}", one).into_iter().collect()
    }

    fn ty(&mut self) -> Type {
        match self.path().as_str() {
            "Bool" => Type::Bool,
            "Long" => Type::Long,
            "String" => Type::Text,
            "Set" => {
                self.expect("<");
                let element = self.ty();
                self.expect(">");
                Type::Set(Box::new(element))
            }
            entity => Type::Entity(entity.to_owned()),
        }
    }

    fn words(&mut self) -> Vec<String> {
        let mut words = vec![self.word()];
        while self.takes(",") {
            words.push(self.word());
        }
        words
    }

    fn entity(&mut self, schema: &mut Schema) {
        let names = self.words();
        let parents = if self.takes("in") { self.paths() } else { Vec::new() };
        self.takes("=");
        let attributes = if self.sees("{") { self.attributes() } else { Attributes::new() };
        self.expect(";");
        for name in names {
            schema.entities.insert(name, (parents.clone(), attributes.clone()));
        }
    }

    fn actions(&mut self, schema: &mut Schema) {
        let names = self.words();
        self.expect("appliesTo");
        self.expect("{");
        let (mut principals, mut resources, mut context) = (Vec::new(), Vec::new(), Attributes::new());
        while !self.takes("}") {
            let key = self.word();
            self.expect(":");
            match key.as_str() {
                "principal" => principals = self.paths(),
                "resource" => resources = self.paths(),
                "context" => context = self.attributes(),
                other => panic!("unknown key {other}"),
            }
            self.takes(",");
        }
        self.expect(";");
        for name in names {
            let (principals, resources, context) = (principals.clone(), resources.clone(), context.clone());
            schema.actions.push(Action { name, principals, resources, context });
        }
    }

    fn policy(&mut self, number: usize) -> CedarPolicy {
        let mut id = format!("policy{number}");
        if self.takes("@") {
            self.expect("id");
            self.expect("(");
            id = self.word();
            self.expect(")");
        }
        let permits = self.takes("permit");
        assert!(permits || self.takes("forbid"), "a policy");
        self.expect("(");
        let scope = self.list(")", Self::expr);
        let mut conditions = Vec::new();
        while !self.takes(";") {
            let is_when = self.takes("when");
            assert!(is_when || self.takes("unless"), "a condition");
            self.expect("{");
            let condition = self.expr();
            self.expect("}");
            conditions.push(if is_when { condition } else { Expr::Not(Box::new(condition)) });
        }
        CedarPolicy { id, permits, scope, conditions }
    }

    fn expr(&mut self) -> Expr {
        self.joined("||", Self::conjunction, Expr::Or)
    }

    fn conjunction(&mut self) -> Expr {
        self.joined("&&", Self::relation, Expr::And)
    }

    fn joined(&mut self, sign: &str, part: fn(&mut Self) -> Expr, join: fn(Vec<Expr>) -> Expr) -> Expr {
        let mut parts = vec![part(self)];
        while self.takes(sign) {
            parts.push(part(self));
        }
        if parts.len() == 1 { parts.remove(0) } else { join(parts) }
    }

    fn relation(&mut self) -> Expr {
        let left = self.operand();
        for sign in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.takes(sign) {
                return Expr::Compare(sign.to_owned(), Box::new(left), Box::new(self.operand()));
            }
        }
        if self.takes("in") {
            return Expr::In(Box::new(left), Box::new(self.operand()));
        }
        if self.takes("like") {
            return Expr::Like(Box::new(left), self.word());
        }
        if self.takes("is") {
            return Expr::Is(Box::new(left), self.path());
        }
        left
    }

    fn operand(&mut self) -> Expr {
        if self.takes("!") {
            return Expr::Not(Box::new(self.operand()));
        }
        let mut found = self.primary();
        while self.takes(".") {
            let name = self.word();
            found = if self.takes("(") {
                let argument = self.expr();
                self.expect(")");
                Expr::Call(Box::new(found), name, Box::new(argument))
            } else {
                Expr::Attribute(Box::new(found), name)
            };
        }
        found
    }

    fn primary(&mut self) -> Expr {
        if self.takes("(") {
            let inner = self.expr();
            self.expect(")");
            return inner;
        }
        if self.takes("[") {
            return Expr::Set(self.list("]", Self::expr));
        }
        match self.next() {
            Token::Number(number) => Expr::Long(number),
            Token::Text(text) => Expr::Text(text),
            Token::Word(word) if word == "true" || word == "false" => Expr::Bool(word == "true"),
            Token::Word(word) if self.sees("::") => self.entity_id(word),
            Token::Word(word) => Expr::Var(word),
            other => panic!("a value instead of {other:?}"),
        }
    }

    /// `App::User::"amelia"`, after its first word.
    fn entity_id(&mut self, mut ty: String) -> Expr {
        loop {
            self.expect("::");
            match self.next() {
                Token::Text(id) => return Expr::Entity(ty, id),
                Token::Word(word) => ty = word,
                other => panic!("an id instead of {other:?}"),
            }
        }
    }
}

/// Reads a schema.
pub fn schema(text: &str) -> Schema {
    let (mut reader, mut schema) = (Reader::new(text), Schema::default());
    let is_named = reader.takes("namespace");
    if is_named {
        reader.path();
        reader.expect("{");
    }
    while !reader.is_done() {
        if reader.takes("entity") {
            reader.entity(&mut schema);
        } else if reader.takes("action") {
            reader.actions(&mut schema);
        } else {
            reader.expect("}");
        }
    }
    schema
}

/// Reads policies, named by their number where they have no id.
pub fn policies(text: &str) -> Vec<CedarPolicy> {
    let (mut reader, mut found) = (Reader::new(text), Vec::new());
    while !reader.is_done() {
        found.push(reader.policy(found.len()));
    }
    found
}
