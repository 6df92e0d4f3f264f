//! `wardkey diff OLD NEW --people FILE`: who gains or loses what.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;
use serde_json::json;

const CATALOGUE: &str = "ward: 1
time_zone: UTC
attributes: {role: [Nurse, Sales, Physician], network: [office, guest], teams: {set of: text}}
entitlements:
  EHR: {seats: 2, cost: 70 USD/month}
  Marketo: {cost: 95 USD/month}
  Wiki: {cost: dear}
";

const OLD: &str = "role = Nurse -> allow EHR\nrole = Sales -> allow Marketo\nrole = Sales -> allow Wiki\n";
const NEW: &str = "role in [Nurse, Physician] and network = office -> allow EHR
role = Sales and teams has growth -> allow Marketo
role = Sales -> offer Marketo
role = Nurse -> allow Wiki
";

const PEOPLE: &str = "id,role,network,teams
ada,Nurse,office,
ben,Physician,office,
cyd,Physician,office,growth;care
dan,Nurse,guest,
eve,Sales,guest,growth
fay,Sales,office,
";

fn two() -> Folder {
    let folder = Folder::new().file("old/p.ward", OLD).file("new/p.ward", NEW);
    folder.file("old/catalogue.yaml", CATALOGUE).file("new/catalogue.yaml", CATALOGUE).file("people.csv", PEOPLE)
}

fn diff(folder: &Folder, more: &[&str]) -> common::Run {
    let run = folder.run(&[&["diff", "old", "new", "--people"], more].concat());
    assert_eq!((run.code, run.err.as_str()), (1, ""), "{run:?}");
    run
}

#[test]
fn people_seats_and_costs_are_counted() {
    let run = diff(&two(), &["people.csv"]);
    for part in [
        "  people: 2 gain, 1 lose; 3 of 2 seats needed (1 too many); +70 USD/month\n",
        "    not granted to allowed: 2 people: ben, cyd\n",
        "    allowed to not granted: 1 person: dan\n",
        "  people: 1 lose; -95 USD/month\n    allowed to offered: 1 person: fay\n",
        "note: what `Wiki` costs is not clear: `dear` is not written like `95 USD/month`\n",
        "\n6 of 6 people get something else: -25 USD/month\n",
    ] {
        assert!(run.out.contains(part), "expected `{part}` in\n{}", run.out);
    }
    let markdown = diff(&two(), &["people.csv", "--format", "markdown"]).out;
    let row = "| **EHR** | 2 gain, 1 lose; 3 of 2 seats needed (1 too many); +70 USD/month | allowed to not granted: 1 person: dan<br>not granted to allowed: 2 people: ben, cyd |";
    assert!(markdown.contains("\n#### 6 of 6 people get something else: -25 USD/month\n"), "{markdown}");
    assert!(
        markdown.contains(row) || markdown.contains("not granted to allowed: 2 people: ben, cyd<br>"),
        "{markdown}"
    );
}

#[test]
fn programs_get_everybody() {
    let json = diff(&two(), &["people.csv", "--format", "json"]).json("diff");
    let people = &json["people"];
    assert_eq!((&people["rows"], &people["left_out"], &people["affected"]), (&json!(6), &json!(0), &json!(6)));
    let ehr = &people["entitlements"][0];
    let who = json!([
        { "id": "ben", "from": "not_granted", "to": "allowed" },
        { "id": "cyd", "from": "not_granted", "to": "allowed" },
        { "id": "dan", "from": "allowed", "to": "not_granted" },
    ]);
    assert_eq!((&ehr["entitlement"], &ehr["who"]), (&json!("EHR"), &who));
    assert_eq!(
        (&ehr["allowed_before"], &ehr["allowed_after"], &ehr["seats_lacking"]),
        (&json!(2), &json!(3), &json!(1))
    );
    assert_eq!(people["costs"], json!([{ "amount": "-25", "currency": "USD", "per": "month" }]));
    // no file, no people
    let json = two().run(&["diff", "old", "new", "--format", "json"]).json("diff");
    assert_eq!(json["people"], json!(null));
}

#[test]
fn every_format_gives_the_same() {
    let lines = r#"{"id": "ada", "role": "Nurse", "network": "office"}
{"id": "ben", "role": "Physician", "network": "office"}
{"id": "cyd", "role": "Physician", "network": "office", "teams": ["growth", "care"]}
{"id": "dan", "role": "Nurse", "network": "guest"}
{"id": "eve", "role": "Sales", "network": "guest", "teams": ["growth"]}
{"id": "fay", "role": "Sales", "network": "office"}
"#;
    let folder = two().file("people.jsonl", lines);
    let wide = ["evaluate", "old", "--input", "people.csv", "--output", "people.parquet", "--keep"];
    let kept = ["id", "--keep", "role", "--keep", "network", "--keep", "teams", "-e", "EHR"];
    assert_eq!(folder.run(&[&wide[..], &kept[..]].concat()).code, 0);
    let csv = diff(&folder, &["people.csv"]).out;
    assert_eq!(diff(&folder, &["people.jsonl"]).out, csv);
    let parquet = diff(&folder, &["people.parquet", "--ignore", "EHR", "--ignore", "teams"]).out;
    assert!(parquet.contains("not granted to allowed: 2 people: ben, cyd\n"), "{parquet}");
}

#[test]
fn long_lists_are_cut_unless_all_is_said() {
    let people: String = (0..30_000).map(|at| format!("p{at},Physician,office,\n")).collect();
    let folder = two().file("people.csv", format!("id,role,network,teams\n{people}"));
    let run = diff(&folder, &["people.csv"]);
    assert!(
        run.out.contains("30000 people: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, and 29990 more (`--all`"),
        "{}",
        run.out
    );
    assert!(diff(&folder, &["people.csv", "--all"]).out.contains(", p29998, p29999\n"));
}

#[test]
fn versions_that_know_other_things_are_compared() {
    let catalogue = "ward: 1
time_zone: UTC
attributes: {role: [Nurse, Sales, Physician, Midwife], shift: [day, night]}
entitlements: {EHR: {}, Marketo: {}, Wiki: {}, Rota: {}}
";
    let folder = two().file("new/catalogue.yaml", catalogue);
    let folder = folder.file("new/p.ward", format!("{OLD}role = Midwife and shift = night -> allow EHR, Rota\n"));
    let folder = folder.file("people.csv", "staff,role,shift\nada,Midwife,night\nben,Nurse,day\n");
    let run = diff(&folder, &["people.csv", "--id", "staff"]);
    let told = "EHR: differs where only one of the versions accepts what is said\n  people: 1 gain; +70 USD/month\n    not granted to allowed: 1 person: ada\n";
    assert!(run.out.contains(told), "{}", run.out);
    assert!(run.out.contains("catalogue: new value of role `Midwife`\n"), "{}", run.out);
    assert!(run.out.ends_with("\nthe same in every context that both versions accept\n"), "{}", run.out);
    assert!(run.out.contains("says the old version; taken as not known for 1 person\n"), "{}", run.out);
    assert!(run.out.contains("1 of 2 people gets something else: +70 USD/month\n"), "{}", run.out);
    assert!(!run.out.contains("Wiki"), "nobody's Wiki is otherwise: {}", run.out);
    // without a column of names people are known by their line
    let run = diff(&folder, &["people.csv", "--ignore", "staff"]);
    assert!(run.out.contains("1 person: line 2\n"), "{}", run.out);
}

#[test]
fn a_file_that_does_not_fit_is_refused() {
    let folder = two().file("people.csv", "id,role,shoe\nada,Nurse,4\n");
    let run = folder.run(&["diff", "old", "new", "--people", "people.csv"]);
    run.fails_with("`people.csv`: column `shoe`: the catalogue declares no attribute `shoe`");
    assert!(run.err.contains("say `--ignore shoe`, `--id shoe` or `--map shoe=ATTRIBUTE`"), "{run:?}");
    folder.run(&["diff", "old", "new", "--people", "people.txt"]).fails_with("does not tell its format");
    assert_eq!(folder.run(&["diff", "old", "new", "--all"]).code, 2, "it says what is listed of a file");
}
