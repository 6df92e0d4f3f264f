//! What the tests of the command line share: running it in a folder of its own, and holding JSON against the schemas.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod schema;

use assert_cmd::Command;
use std::path::Path;
use tempfile::TempDir;

/// A folder with files, gone at the end of the test.
pub struct Folder(TempDir);

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Folder {
    /// An empty folder.
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// A folder that `wardkey init` filled.
    pub fn with_policy() -> Self {
        let folder = Self::new();
        assert_eq!(folder.run(&["init"]).code, 0);
        folder
    }

    /// Writes a file, and the folders above it.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// The text of a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the command in this folder.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, "")
    }

    /// As [`Self::run`], with something on standard input.
    pub fn run_with(&self, arguments: &[&str], input: impl Into<Vec<u8>>) -> Run {
        let mut command = self.command();
        let output = command.args(arguments).write_stdin(input).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let run = Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
        assert!(!run.err.contains("panicked"), "{run:?}");
        run
    }

    /// The command, to be given more than arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wardkey"));
        command.current_dir(self.0.path()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command
    }
}

impl Run {
    /// The answer as JSON, which must fit a schema of the project.
    #[track_caller]
    pub fn json(&self, schema: &str) -> serde_json::Value {
        let json = serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{self:?}"));
        let problems = schema::problems(schema, &json);
        assert!(problems.is_empty(), "{problems:#?}\n{json:#}");
        json
    }

    /// Asserts a failure (exit code 2) that says so on standard error, and nothing on standard output.
    #[track_caller]
    pub fn fails_with(&self, message: &str) {
        assert_eq!(self.code, 2, "{self:?}");
        assert!(self.err.contains(message), "expected `{message}` in {self:?}");
        assert_eq!(self.out, "", "{self:?}");
    }
}
