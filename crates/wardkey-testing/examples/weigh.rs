//! One load of the hospital workload by itself, so that its time and its memory can be told from those of others:
//!
//! ```text
//! weigh make 100000 FOLDER    writes the policy of so many rules, and beside it FOLDER.bundle
//! weigh load PATH             loads a folder or a bundle, once, and says what it took
//! ```
//!
//! Memory is that of `/usr/bin/time -v` over `weigh load`.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]

use std::error::Error;
use std::path::Path;
use std::time::Instant;
use wardkey::Policy;
use wardkey_testing::workload::Workload;

const SEED: u64 = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["make", size, folder] => make(&Workload::generate(size.parse()?, SEED), Path::new(folder)),
        ["load", path] => load(Path::new(path)),
        _ => Err("weigh make SIZE FOLDER, or weigh load PATH".into()),
    }
}

fn make(workload: &Workload, folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in workload.texts() {
        std::fs::write(folder.join(name), text)?;
    }
    std::fs::write(folder.with_extension("bundle"), Policy::load(folder)?.to_bundle())?;
    Ok(())
}

fn load(path: &Path) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let policy = if path.is_dir() { Policy::load(path)? } else { Policy::from_bundle(&std::fs::read(path)?)? };
    let took = start.elapsed();
    let (rules, size) = (policy.rule_set().rules.len(), policy.compiled_size());
    println!(
        "{rules} rules in {took:.3?}: {} bytes compiled, {} a rule; {size:?}",
        size.bytes,
        size.bytes / rules.max(1)
    );
    Ok(())
}
