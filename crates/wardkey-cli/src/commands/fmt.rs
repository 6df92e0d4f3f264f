//! `wardkey fmt PATH`: the standard layout, every comment kept.

use crate::Exit;
use crate::failure::Failure;
use crate::policy;
use crate::screen::{Screen, count, plain};
use clap::Args;
use std::path::{Path, PathBuf};
use wardkey::diagnostic::render;
use wardkey::source::Sources;
use wardkey::syntax;

/// Put policy files into the standard layout, keeping every comment.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A policy file, a folder, or `-` (the answer then goes to standard output)
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Change nothing; list the files that would change, exit code 1 if there are any
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    if policy::is_stdin(&arguments.path) {
        return standard_input(arguments, screen);
    }
    let mut changed = 0;
    let files = rule_files(&arguments.path)?;
    let mut broken = Vec::new();
    for path in &files {
        let bytes = policy::read_file(path)?;
        let name = policy::shown(path);
        let Some(formatted) = format(&name, &bytes, screen) else {
            broken.push(name);
            continue;
        };
        if formatted.as_bytes() == bytes {
            continue;
        }
        changed += 1;
        if !arguments.check {
            std::fs::write(path, formatted).map_err(|error| Failure::file(path, &error))?;
        }
        let did = if arguments.check { "would change" } else { "changed" };
        screen.line(format!("{did} {}", plain(&name)));
    }
    if !broken.is_empty() {
        let failure = Failure::new(format!("left as it was, because of the mistakes above: {}", broken.join(", ")));
        return Err(failure);
    }
    if changed == 0 {
        screen.line(format!("{} in the standard layout", count(files.len(), "file is", "files are")));
    }
    Ok(if arguments.check && changed > 0 { Exit::Findings } else { Exit::Clean })
}

fn standard_input(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let bytes = policy::read_stdin()?;
    let Some(formatted) = format("standard input", &bytes, screen) else {
        return Err(Failure::new("left as it was, because of the mistakes above"));
    };
    if arguments.check {
        return Ok(if formatted.as_bytes() == bytes { Exit::Clean } else { Exit::Findings });
    }
    screen.out.push_str(&formatted);
    Ok(Exit::Clean)
}

fn rule_files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| Failure::file(path, &error))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let files = policy::files_beside(path, ".ward")?;
    if files.is_empty() {
        return Err(Failure::new(format!("there is no file `*.ward` in `{}`", policy::shown(path))));
    }
    Ok(files)
}

/// The text in the standard layout; none where it has mistakes, which go to standard error.
fn format(name: &str, bytes: &[u8], screen: &mut Screen) -> Option<String> {
    let mut sources = Sources::default();
    let problems = match syntax::decode(bytes) {
        Ok(text) => {
            let source = sources.add_rules(name, text.clone());
            match syntax::format(source, &text) {
                Ok(formatted) => return Some(formatted),
                Err(problems) => problems,
            }
        }
        Err(error) => {
            let source = sources.add(name, error.readable.clone());
            vec![error.diagnostic(source)]
        }
    };
    for problem in &problems {
        let text = render(problem, &sources, screen.error_colour);
        screen.error_line(text.trim_end());
        screen.error_line("");
    }
    None
}
