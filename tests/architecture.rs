//! Imports of the library point down only: what `docs/ARCHITECTURE.md` draws, held by reading the source.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules of the library by height. A module may name those below it, and itself; never a sibling.
const HEIGHTS: [(&str, u8); 13] = [
    ("lib", 7),
    ("review", 7),
    ("load", 6),
    ("analyse", 5),
    ("explain", 5),
    ("partial", 5),
    ("suite", 5),
    ("eval", 4),
    ("compile", 3),
    ("model", 2),
    ("syntax", 1),
    ("source", 0),
    ("diagnostic", 0),
];

/// Names of the library that a text of `module` uses and may not.
fn upward(module: &str, text: &str) -> Vec<String> {
    let heights: BTreeMap<&str, u8> = HEIGHTS.into_iter().collect();
    let own = heights.get(module).copied().expect("every module has a height");
    let mut found = Vec::new();
    for line in text.lines() {
        let code = line.split("//").next().unwrap_or("");
        for (at, _) in code.match_indices("crate::") {
            let used: String = code[at + 7..]
                .chars()
                .take_while(|character| character.is_alphanumeric() || *character == '_')
                .collect();
            let height = heights.get(used.as_str()).copied();
            let is_own = used == module;
            let is_below = height.is_some_and(|height| height < own);
            let is_ground = own == 0 && height == Some(0);
            if !is_own && !is_below && !is_ground {
                found.push(format!("{module}: `{}`", line.trim()));
            }
        }
    }
    found
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the source is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Every file of the library below `src`, with its code up to its unit tests.
fn sources() -> Vec<(PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or("").to_owned();
        (file.strip_prefix(&src).unwrap().to_owned(), code)
    };
    rust_files(&src).into_iter().map(read).collect()
}

#[test]
fn imports_point_down() {
    let mut found = Vec::new();
    let sources = sources();
    for (file, code) in &sources {
        let module = file.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        if module != "lib" {
            found.extend(upward(&module, code));
        }
    }
    assert!(sources.len() > 20, "the source was read: {} files", sources.len());
    assert!(found.is_empty(), "imports that point up:\n{}", found.join("\n"));
}

#[test]
fn a_planted_upward_import_is_caught() {
    assert_eq!(upward("model", "use crate::eval::Policy;").len(), 1);
    assert_eq!(upward("explain", "use crate::suite::Suite;").len(), 1, "siblings never import each other");
    assert_eq!(upward("syntax", "    let x = crate::model::fold(y);").len(), 1);
    assert_eq!(upward("compile", "use crate::{model::Rule};").len(), 1, "one module a line");
    assert!(upward("eval", "use crate::model::Rule; use crate::eval::Context; // crate::load").is_empty());
}

#[test]
fn no_pest_type_leaves_the_syntax() {
    for (file, code) in sources() {
        assert!(file.starts_with("syntax") || !code.contains("pest::"), "{} names pest", file.display());
    }
}

#[test]
fn only_the_door_reads_files_and_nothing_reads_a_clock() {
    let banned = [
        "std::fs",
        "std::env",
        "std::thread",
        "std::process",
        "SystemTime",
        "Instant::now",
        "Zoned::now",
        "Timestamp::now",
    ];
    for (file, code) in sources() {
        for name in banned {
            let is_allowed = name == "std::fs" && file.starts_with("load");
            assert!(is_allowed || !code.contains(name), "{} uses {name}", file.display());
        }
    }
}
