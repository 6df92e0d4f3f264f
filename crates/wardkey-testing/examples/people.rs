//! Writes the hospital workload as files: a policy of so many rules, and so many people as CSV.
//! `cargo run --release -p wardkey-testing --example people -- FOLDER RULES ROWS`
#![allow(clippy::disallowed_methods)]

use std::fs::{File, create_dir_all, write};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use wardkey_testing::random::Random;
use wardkey_testing::workload::{Attribute, Workload};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, rules, rows] = arguments.as_slice() else {
        return Err(io::Error::other("give FOLDER RULES ROWS"));
    };
    let (folder, number) = (Path::new(folder), |text: &str| text.parse::<usize>().map_err(io::Error::other));
    let (workload, mut random) = (Workload::generate(number(rules)?, 3), Random::new(9));
    create_dir_all(folder.join("policy"))?;
    write(folder.join("policy/catalogue.yaml"), workload.catalogue())?;
    write(folder.join("policy/locations.csv"), workload.places())?;
    write(folder.join("policy/rules.ward"), workload.rules_text())?;
    let mut people = BufWriter::new(File::create(folder.join("people.csv"))?);
    writeln!(people, "id,{}", Attribute::ALL.map(Attribute::name).join(","))?;
    for row in 0..number(rows)? {
        // each value is that of somebody else, so that hardly any two rows are alike
        let situation = Attribute::ALL.map(|attribute| random.pick(&workload.situations)[attribute.index()]);
        let values = workload.person(&situation).pairs().map(|(_, value)| value);
        writeln!(people, "{row},{}", values.join(","))?;
    }
    people.flush()
}
