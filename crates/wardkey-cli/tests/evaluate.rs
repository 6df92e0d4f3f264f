//! `wardkey evaluate`: whole files in and out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Folder, Run};
use serde_json::Value as Json;
use wardkey_testing::random::Random;
use wardkey_testing::workload::Workload;

const CATALOGUE: &str = r#"
ward: 1
attributes:
  role: [Nurse, Sales]
  device.managed: bool
  age: {type: whole, range: 0..120}
  teams: {set of: text}
entitlements: [EHR, CRM, Marketo]
assume: ["not (role = Sales and teams has clinic)"]
"#;

const RULES: &str = r#"
role = Nurse and device.managed -> allow EHR
role = Sales -> allow CRM
age >= 18 -> offer Marketo
teams has banned -> deny all
"#;

const PEOPLE: &str = "\
id,role,device.managed,age,teams
1,Nurse,true,40,
2,Sales,,17,crm; field
\"3,x\",nurse,false,18,banned;b
4,,true,,
";

fn folder() -> Folder {
    Folder::new().file("p/catalogue.yaml", CATALOGUE).file("p/rules.ward", RULES).file("people.csv", PEOPLE)
}

fn evaluate(folder: &Folder, input: &str, output: &str, more: &[&str]) -> Run {
    folder.run(&[&["evaluate", "p", "--input", input, "--output", output], more].concat())
}

#[test]
fn csv_in_and_out() {
    let folder = folder();
    let run = evaluate(&folder, "people.csv", "out.csv", &["--keep", "id"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{run:?}");
    let expected = "id,EHR,CRM,Marketo\n\
        1,not_granted,not_granted,offered\n\
        2,not_granted,not_granted,not_granted\n\
        \"3,x\",denied,denied,denied\n\
        4,not_granted,not_granted,not_granted\n";
    // teams are not known in lines 1 and 4: they may be banned
    let denied = expected.replace("1,not_granted,not_granted,offered", "1,denied,denied,denied");
    let denied = denied.replace("2,not_granted,not_granted", "2,not_granted,allowed");
    assert_eq!(
        folder.read("out.csv"),
        denied.replace("4,not_granted,not_granted,not_granted", "4,denied,denied,denied")
    );
    let table: Vec<&str> = run.out.lines().collect();
    assert!(table[0].contains("Entitlement") && table[1].starts_with("4 rows in "), "{run:?}");
    assert!(table.iter().any(|line| line.split_whitespace().eq(["CRM", "1", "0", "3", "0"])), "{run:?}");
}

#[test]
fn shapes_and_entitlements_are_chosen() {
    let folder = folder();
    evaluate(&folder, "people.csv", "long.csv", &["--keep", "id", "--shape", "long", "-e", "Marketo", "-e", "crm"]);
    let long = folder.read("long.csv");
    assert_eq!(long.lines().count(), 9);
    assert!(long.starts_with("id,entitlement,outcome\n1,Marketo,denied\n1,CRM,denied\n2,Marketo,"), "{long}");
    let people = PEOPLE.replace(",40,\n", ",40,none\n");
    let folder = folder.file("people.csv", people);
    evaluate(&folder, "people.csv", "lists.csv", &["--shape", "lists", "--ignore", "id"]);
    assert_eq!(folder.read("lists.csv"), "row,allowed,offered\n1,EHR,Marketo\n2,CRM,\n3,,\n4,,\n");
    evaluate(&folder, "people.csv", "lists.jsonl", &["--shape", "lists", "--ignore", "id"]);
    let first = folder.read("lists.jsonl").lines().next().unwrap().to_owned();
    assert_eq!(first, r#"{"row":1,"allowed":["EHR"],"offered":["Marketo"]}"#);
}

#[test]
fn json_lines_say_what_a_context_can_say() {
    let folder = folder();
    let people = concat!(
        r#"{"id": 7, "role": "Nurse", "device": {"managed": true}, "teams": [], "age": 40, "more": {"a": [1]}}"#,
        "\n\n",
        r#"{"id": "x", "user.role": "Sales", "teams": {"$": "set", "has": ["field"]}, "age": null}"#,
        "\n",
        r#"{"role": {"$": "absent"}, "teams": {"$": "set", "may_have": ["banned"]}, "approved": ["Marketo"], "age": 20}"#,
        "\n",
        r#"{"teams": [], "approved": ["Marketo"], "age": 20}"#,
    );
    let folder = folder.file("people.jsonl", people);
    // `user.role` is a column of its own, and the attribute of `role`
    let run = evaluate(&folder, "people.jsonl", "out.jsonl", &["--keep", "id", "--keep", "more"]);
    run.fails_with("`role` and `user.role` are one attribute");
    let folder = folder.file("people.jsonl", people.replace("user.role", "role"));
    let run = evaluate(&folder, "people.jsonl", "out.jsonl", &["--keep", "id", "--keep", "more"]);
    assert_eq!(run.code, 0, "{run:?}");
    let expected = concat!(
        r#"{"id":7,"more":{"a": [1]},"EHR":"allowed","CRM":"not_granted","Marketo":"offered"}"#,
        "\n",
        r#"{"id":"x","more":null,"EHR":"not_granted","CRM":"allowed","Marketo":"not_granted"}"#,
        "\n",
        r#"{"id":null,"more":null,"EHR":"denied","CRM":"denied","Marketo":"denied"}"#,
        "\n",
        r#"{"id":null,"more":null,"EHR":"not_granted","CRM":"not_granted","Marketo":"allowed"}"#,
        "\n",
    );
    assert_eq!(folder.read("out.jsonl"), expected);
}

#[test]
fn parquet_goes_round() {
    let folder = folder();
    for shape in ["wide", "long", "lists"] {
        let direct = evaluate(&folder, "people.csv", "direct.csv", &["--keep", "id", "--shape", shape]);
        assert_eq!(direct.code, 0, "{direct:?}");
        assert_eq!(evaluate(&folder, "people.csv", "out.parquet", &["--keep", "id", "--shape", shape]).code, 0);
        // what was written is read again: every column is kept
        let columns: Vec<&str> = match shape {
            "wide" => vec!["id", "EHR", "CRM", "Marketo"],
            "long" => vec!["id", "entitlement", "outcome"],
            _ => vec!["id", "allowed", "offered"],
        };
        let keep: Vec<&str> = columns.iter().flat_map(|column| ["--keep", column]).collect();
        let folder_of_nothing = ["--shape", "long", "-e", "Nothing"];
        let again = folder.run(
            &[
                &["evaluate", "empty.ward", "--input", "out.parquet", "--output", "again.csv"],
                &folder_of_nothing[..],
                &keep[..],
            ]
            .concat(),
        );
        assert_eq!(again.code, 2, "no such policy: {again:?}");
        std::fs::write(folder.path().join("empty.ward"), "always -> allow Nothing\n").unwrap();
        let again = folder
            .run(&[&["evaluate", "empty.ward", "--input", "out.parquet", "--output", "again.csv"], &keep[..]].concat());
        assert_eq!(again.code, 0, "{again:?}");
        let without_last =
            |text: String| text.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect::<Vec<_>>();
        let direct: Vec<String> = folder.read("direct.csv").lines().map(str::to_owned).collect();
        assert_eq!(without_last(folder.read("again.csv")), direct, "{shape}");
        std::fs::remove_file(folder.path().join("empty.ward")).unwrap();
    }
}

#[test]
fn columns_that_do_not_fit_are_named_before_anything_is_written() {
    let folder = folder().file("bad.csv", "id,rolle,age\n1,Nurse,3\n");
    let run = evaluate(&folder, "bad.csv", "out.csv", &["--keep", "name", "--entitlement", "EMR"]);
    run.fails_with("`bad.csv`: column `rolle`: the catalogue declares no attribute `rolle`");
    run.fails_with("help: did you mean `role`?");
    run.fails_with("help: say `--keep id`, `--ignore id` or `--map id=ATTRIBUTE`");
    run.fails_with("there is no column `name`");
    run.fails_with("there is no entitlement `EMR`");
    assert!(!folder.path().join("out.csv").exists());
    let run = evaluate(&folder, "bad.csv", "out.csv", &["--ignore", "id", "--map", "rolle=role"]);
    assert_eq!(run.code, 0, "{run:?}");
    evaluate(&folder, "bad.csv", "out.csv", &["--map", "rolle"]).fails_with("write --map Position=role");
}

#[test]
fn values_that_cannot_be_used_are_told_with_their_place() {
    let people = "id,role,age,teams\n1,Nurse,40,a\n2,Nurze,12,a\n3,Sales,200,a\n4,Sales,18,clinic\n5,Nurze,1,a\n";
    let folder = folder().file("people.csv", people).file("out.csv", "before");
    let run = evaluate(&folder, "people.csv", "out.csv", &["--keep", "id"]);
    run.fails_with("`people.csv`, line 3: `role`: ");
    run.fails_with("`Nurze`");
    run.fails_with("(and 1 row more)");
    run.fails_with("help: did you mean `Nurse`?");
    run.fails_with("`people.csv`, line 4: `age`: ");
    assert_eq!(folder.read("out.csv"), "before");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left behind");

    let run = evaluate(&folder, "people.csv", "out.csv", &["--keep", "id", "--on-error", "skip", "-e", "EHR"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(folder.read("out.csv").lines().map(|line| &line[..1]).collect::<String>(), "i1");
    assert!(run.err.contains("`people.csv`, line 5: the context contradicts the assumption"), "{run:?}");
    assert!(run.err.contains("4 rows were left out"), "{run:?}");

    let run =
        evaluate(&folder, "people.csv", "out.csv", &["--keep", "id", "--on-error", "unknown", "--format", "json"]);
    assert_eq!(run.code, 1, "{run:?}");
    let json = run.json("evaluation");
    assert_eq!((&json["rows"], &json["skipped"], &json["unknown_values"]), (&5.into(), &1.into(), &3.into()));
    assert_eq!(json["problems"][0]["place"], 3);
    assert_eq!(json["entitlements"][1]["entitlement"], "CRM");
    assert_eq!(json["entitlements"][1]["allowed"], 1);
    assert_eq!(folder.read("out.csv").lines().count(), 5);
}

#[test]
fn files_that_cannot_be_read_are_told_with_their_place() {
    let folder = folder()
        .file("short.csv", "role,age\nNurse,1\nNurse\n")
        .file("twice.csv", "role,role\na,b\n")
        .file("semicolons.csv", "role;age\nNurse;1\n")
        .file("empty.csv", "")
        .file("latin.csv", b"role\nNurse\nM\xfcller\n")
        .file("open.csv", "role,age\nNurse,1\n\"Nurse,1\nNurse,2\n")
        .file("return.csv", "role,age\nNurse,1\rNurse,2\n")
        .file("long.csv", ["role\n\"", &"Nurse\n".repeat(3 << 20)].concat())
        .file("later.jsonl", "{}\n{\"rolle\": null}\n{\"rolle\": 1}\n")
        .file("bad.jsonl", "{\"role\": \"Nurse\"}\n{\"role\": }\n")
        .file("list.jsonl", "[1]\n")
        .file("same.jsonl", "{\"role\": \"Nurse\", \"role\": \"Sales\"}\n")
        .file("not.parquet", "this is not Parquet");
    for (file, message) in [
        ("short.csv", "`short.csv`, line 3: 1 field for 2 columns"),
        ("twice.csv", "`twice.csv`, line 1: two columns are named `role`"),
        ("semicolons.csv", "separate columns by `,`"),
        ("empty.csv", "`empty.csv` is empty"),
        ("latin.csv", "`latin.csv`, line 3: this is not UTF-8 text"),
        ("open.csv", "`open.csv`, line 3: a quotation mark is left open"),
        ("return.csv", "`return.csv`, line 2: a carriage return in the middle of a line"),
        ("long.csv", "note: the row begins in line 2"),
        ("later.jsonl", "`later.jsonl`, line 3: column `rolle`: the catalogue declares no attribute `rolle`"),
        ("bad.jsonl", "`bad.jsonl`, line 2: this is not a JSON object"),
        ("list.jsonl", "`list.jsonl`, line 1: this is not a JSON object"),
        ("same.jsonl", "`same.jsonl`, line 1: `role` is given twice"),
        ("not.parquet", "`not.parquet` cannot be read as Parquet"),
        ("nowhere.csv", "there is no file or folder `nowhere.csv`"),
        ("p", "the name of `p` does not tell its format"),
    ] {
        evaluate(&folder, file, "out.csv", &[]).fails_with(message);
    }
    evaluate(&folder, "people.csv", "out.txt", &[]).fails_with("say `--output-format csv`");
    evaluate(&folder, "people.csv", "no/out.csv", &[]).fails_with("no/out.csv");
    let run = folder.run(&["evaluate", "-", "--input", "-", "--output", "-"]);
    run.fails_with("policy and input cannot both come from standard input");
}

/// However lines end, whatever stands before them.
#[test]
fn lines_are_counted_as_editors_count_them() {
    let rows = ["\u{feff}role,age", "Nurse,1", "", "\"Nu", "rse\",2", "", "Nurse,200"];
    for (end, last) in [("\n", ""), ("\r\n", ""), ("\n", "\n"), ("\r\n", "\r\n")] {
        let folder = folder().file("lines.csv", rows.join(end) + last);
        let run = evaluate(&folder, "lines.csv", "out.csv", &[]);
        run.fails_with("`lines.csv`, line 4: `role`: ");
        run.fails_with("`lines.csv`, line 7: `age`: ");
        let json = ["\u{feff}{\"age\": 1}", "", "{\"age\": 200}"];
        let folder = folder.file("lines.jsonl", json.join(end) + last);
        evaluate(&folder, "lines.jsonl", "out.csv", &[]).fails_with("`lines.jsonl`, line 3: `age`: ");
    }
}

/// Rows that are wide, coming in or going out, are read in smaller parts; nothing shows of it.
#[test]
fn wide_rows_stay_in_order() {
    const ROWS: usize = 3_000;
    let names: Vec<String> = (0..2_000).map(|at| format!("E{at:04}")).collect();
    let rules: String = names.iter().map(|name| format!("n = 1 -> allow {name}\n")).collect();
    let lines: String = (0..ROWS).map(|at| format!("{},{at}\n", at % 2)).collect();
    let folder = Folder::new().file("p.ward", rules).file("a.csv", format!("n,id\n{lines}"));
    let run = folder.run(&["evaluate", "p.ward", "-i", "a.csv", "-o", "b.csv", "--keep", "id", "--threads", "2"]);
    assert_eq!(run.code, 0, "{run:?}");
    let outcomes = ["not_granted", "allowed"].map(|word| vec![word; names.len()].join(","));
    let expected: String = (0..ROWS).map(|at| format!("{at},{}\n", outcomes[at % 2])).collect();
    assert!(folder.read("b.csv") == format!("id,{}\n{expected}", names.join(",")));
}

/// A file that others have linked or guarded stays so, and a pipe is written to, not replaced.
#[cfg(unix)]
#[test]
fn the_output_stays_what_it_is() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder().file("real.csv", "before");
    let at = |name: &str| folder.path().join(name);
    std::fs::set_permissions(at("real.csv"), std::fs::Permissions::from_mode(0o600)).unwrap();
    symlink("real.csv", at("link.csv")).unwrap();
    assert_eq!(evaluate(&folder, "people.csv", "link.csv", &["--keep", "id"]).code, 0);
    assert!(at("link.csv").symlink_metadata().unwrap().is_symlink());
    assert_eq!(at("real.csv").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(folder.read("real.csv").starts_with("id,EHR"));
    // by a link in the folder, so that nothing else could be replaced
    symlink("/dev/stdout", at("pipe")).unwrap();
    let run = evaluate(&folder, "people.csv", "pipe", &["--output-format", "csv", "--keep", "id"]);
    assert!(run.code == 0 && run.out.starts_with(&folder.read("real.csv")), "{run:?}");
    assert!(at("pipe").symlink_metadata().unwrap().is_symlink());
    // the input may be the output: it is read to its end before it is replaced
    assert_eq!(evaluate(&folder, "people.csv", "people.csv", &["--keep", "id"]).code, 0);
    assert_eq!(folder.read("people.csv"), folder.read("real.csv"));
}

#[test]
fn of_many_mistakes_the_first_are_told() {
    let folder =
        folder().file("many.csv", format!("role\n{}", (0..12).map(|at| format!("R{at}\n")).collect::<String>()));
    let run = evaluate(&folder, "many.csv", "out.csv", &[]);
    run.fails_with("`many.csv`, line 11: `role`: ");
    run.fails_with("error: `many.csv`: 2 more\n");
    assert_eq!(run.err.matches("error: ").count(), 11, "{run:?}");
    let names: Vec<String> = (0..13).map(|at| format!("R{at}")).collect();
    let folder = folder.file("many.csv", names.join(","));
    evaluate(&folder, "many.csv", "out.csv", &[]).fails_with("error: `many.csv`: 3 more\n");
}

/// Standard output cannot be taken back: it is said where it ends.
#[test]
fn an_output_that_is_not_complete_says_so() {
    let folder = folder().file("long.csv", format!("role\n{}Nurze\n", "Nurse\n".repeat(40_000)));
    let run = evaluate(&folder, "long.csv", "-", &["--output-format", "csv", "-e", "EHR"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`long.csv`, line 40002: `role`: "), "{}", run.err);
    let note = "note: standard output is not complete: it ends after 32768 rows at the latest";
    assert!(run.err.contains(note), "{}", run.err);
    assert_eq!(run.out.lines().count(), 1 + 32_768);
}

#[test]
fn pipes_go_in_and_out() {
    let folder = folder();
    let arguments =
        ["evaluate", "p", "-i", "-", "--input-format", "csv", "-o", "-", "--output-format", "jsonl", "-e", "CRM"];
    let run = folder.run_with(&arguments, "role,teams\nSales,a\n");
    assert_eq!((run.code, run.out.as_str()), (0, "{\"row\":1,\"CRM\":\"allowed\"}\n"), "{run:?}");
    assert!(run.err.contains("1 row in "), "the summary goes to standard error: {run:?}");
    // a header alone is a file without rows
    let run =
        folder.run_with(&["evaluate", "p", "-i", "-", "--input-format", "csv", "-o", "out.csv", "-e", "CRM"], "role\n");
    assert_eq!((run.code, folder.read("out.csv").as_str()), (0, "row,CRM\n"), "{run:?}");
    let run =
        folder.run_with(&["evaluate", "p", "-i", "-", "--input-format", "jsonl", "-o", "out.csv", "-e", "CRM"], "");
    assert_eq!((run.code, folder.read("out.csv").as_str()), (0, "row,CRM\n"), "{run:?}");
}

#[test]
fn the_time_is_given_for_all_rows() {
    let folder = Folder::new().file("p.ward", "role = Nurse and date = 2026-11-23 -> allow EHR\n");
    let folder = folder.file("a.csv", "role,shoe\nNurse,42\n");
    let run = folder.run(&["evaluate", "p.ward", "-i", "a.csv", "-o", "b.csv", "--now", "2026-11-23T10:00:00Z"]);
    assert_eq!((run.code, folder.read("b.csv").as_str()), (0, "row,EHR\n1,allowed\n"), "{run:?}");
    assert!(run.err.contains("no rule reads the column `shoe`: passed over"), "{run:?}");
}

/// More rows than are held at once, against the answers found by walking over every rule, in every format.
#[test]
fn a_long_file_is_decided_in_order() {
    const ROWS: usize = 100_000;
    let workload = Workload::generate(100, 3);
    let folder = Folder::new()
        .file("p/catalogue.yaml", workload.catalogue())
        .file("p/locations.csv", workload.places())
        .file("p/rules.ward", workload.rules_text());
    let mut random = Random::new(9);
    let picked: Vec<usize> = (0..ROWS).map(|_| random.below(workload.situations.len())).collect();
    let mut people =
        "id,role,department,location,device.type,device.managed,network,hour,clearance,language,status\n".to_owned();
    for (at, &situation) in picked.iter().enumerate() {
        let values: Vec<_> = workload.person(&workload.situations[situation]).pairs().map(|(_, value)| value).into();
        people.push_str(&format!("{at},{}\n", values.join(",")));
    }
    let folder = folder.file("people.csv", people);
    let run = evaluate(&folder, "people.csv", "out.csv", &["--keep", "id", "--threads", "2", "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let expected: Vec<String> = workload
        .situations
        .iter()
        .map(|situation| {
            let words = workload.expected(situation).into_iter().map(|expected| match expected {
                wardkey_testing::workload::Expected::Given => "allowed",
                wardkey_testing::workload::Expected::Denied => "denied",
                wardkey_testing::workload::Expected::Nothing => "not_granted",
            });
            words.collect::<Vec<_>>().join(",")
        })
        .collect();
    let output = folder.read("out.csv");
    let mut lines = output.lines();
    assert_eq!(lines.next().unwrap(), format!("id,{}", workload.entitlements.join(",")));
    for (at, &situation) in picked.iter().enumerate() {
        assert_eq!(lines.next().unwrap(), format!("{at},{}", expected[situation]), "row {at}");
    }
    assert_eq!(lines.next(), None);
    let counts = run.json("evaluation");
    assert_eq!(counts["rows"], ROWS);
    let allowed = |name: &str| {
        let column = workload.entitlements.iter().position(|it| it == name).unwrap();
        picked.iter().filter(|&&at| expected[at].split(',').nth(column) == Some("allowed")).count()
    };
    for entry in counts["entitlements"].as_array().unwrap() {
        assert_eq!(entry["allowed"], Json::from(allowed(entry["entitlement"].as_str().unwrap())));
    }
    // through Parquet and JSON lines the same comes out
    let columns: Vec<String> = std::iter::once("id".to_owned()).chain(workload.entitlements.iter().cloned()).collect();
    let keep: Vec<&str> = columns.iter().flat_map(|column| ["--keep", column]).collect();
    let folder = folder.file("none.ward", "always -> allow Nothing\n");
    assert_eq!(evaluate(&folder, "people.csv", "out.parquet", &["--keep", "id"]).code, 0);
    for (from, to) in [("out.parquet", "out.jsonl"), ("out.jsonl", "again.csv")] {
        let run = folder.run(&[&["evaluate", "none.ward", "-i", from, "-o", to], &keep[..]].concat());
        assert_eq!(run.code, 0, "{run:?}");
        // the next reading finds the answer about nothing, too, as a column that no rule reads
        assert!(run.err.is_empty() || run.err.contains("`Nothing`: passed over"), "{run:?}");
    }
    let again = folder.read("again.csv");
    let trimmed: Vec<&str> = again.lines().map(|line| line.rsplit_once(',').unwrap().0).collect();
    assert_eq!(trimmed, output.lines().collect::<Vec<_>>());
}
