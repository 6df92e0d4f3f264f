//! `wardkey init [DIR]`: a small policy that works, to be changed into one's own. Nothing is ever overwritten.

use crate::Exit;
use crate::failure::Failure;
use crate::screen::{Screen, plain};
use clap::Args;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Begin a policy: a small one that works, with a catalogue and a test.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where; made if it is not there
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
}

/// What is written.
const FILES: [(&str, &str); 4] = [
    ("policy.ward", include_str!("../templates/policy.ward")),
    ("catalogue.yaml", include_str!("../templates/catalogue.yaml")),
    ("policy.test.yaml", include_str!("../templates/policy.test.yaml")),
    ("nurse.json", include_str!("../templates/nurse.json")),
];

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let folder = &arguments.folder;
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    refuse_to_mix(folder)?;
    for (name, text) in FILES {
        let path = folder.join(name);
        create(&path, text).map_err(|error| Failure::file(&path, &error))?;
        screen.line(format!("made {}", plain(&path.display().to_string())));
    }
    let shown = plain(&folder.display().to_string()).into_owned();
    let quoted = if shown.contains(' ') { format!("'{shown}'") } else { shown };
    let context = plain(&folder.join("nurse.json").display().to_string()).into_owned();
    let context = if context.contains(' ') { format!("'{context}'") } else { context };
    screen.line("");
    screen.line("Next:");
    screen.line(format!("  wardkey check {quoted}"));
    screen.line(format!("  wardkey test {quoted}"));
    screen.line(format!("  wardkey entitlements {quoted} --context {context} --all"));
    Ok(Exit::Clean)
}

/// A folder that holds a policy already is left alone, whole.
fn refuse_to_mix(folder: &Path) -> Result<(), Failure> {
    let entries = fs::read_dir(folder).map_err(|error| Failure::file(folder, &error))?;
    let names = entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut there: Vec<String> = names.filter(|name| is_ours(name)).collect();
    if there.is_empty() {
        return Ok(());
    }
    there.sort();
    let names: Vec<String> = there.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("`{}` already holds {}; nothing was written", folder.display(), names.join(", "));
    Err(Failure::new(message).help("choose another folder: `wardkey init my-policy`"))
}

fn is_ours(name: &str) -> bool {
    name.ends_with(".ward")
        || name.ends_with(".test.yaml")
        || name == "catalogue.yml"
        || FILES.iter().any(|(own, _)| *own == name)
}

fn create(path: &Path, text: &str) -> std::io::Result<()> {
    // a file that came into being since the look above stays as it is
    fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}
