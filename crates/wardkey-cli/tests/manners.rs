//! What holds for every subcommand: exit codes, colours, pipes, `init`, completions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;
use std::io::Read;
use std::process::{Command, Stdio};

#[test]
fn init_makes_a_policy_that_works() {
    let folder = Folder::new();
    let run = folder.run(&["init", "new/policy"]);
    assert_eq!(run.code, 0);
    assert!(run.out.starts_with("made new/policy/policy.ward\n"), "{run:?}");
    let next = run.out.lines().skip_while(|line| *line != "Next:").skip(1);
    let mut count = 0;
    for line in next {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let run = folder.run(&words);
        assert_eq!(run.code, 0, "{line}: {run:?}");
        count += 1;
    }
    assert_eq!(count, 3);
    assert_eq!(folder.run(&["fmt", "--check", "new/policy"]).code, 0, "it is in the standard layout");
}

#[test]
fn init_never_overwrites() {
    for name in ["policy.ward", "mine.ward", "catalogue.yaml", "nurse.json", "x.test.yaml"] {
        let folder = Folder::new().file(name, "mine");
        folder.run(&["init"]).fails_with(&format!("`.` already holds `{name}`; nothing was written"));
        assert_eq!(folder.read(name), "mine");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else was written either");
    }
    let folder = Folder::new().file("file", "");
    folder.run(&["init", "file"]).fails_with("`file`");
    folder.run(&["init", "file/sub"]).fails_with("`file/sub`");
}

#[test]
fn usage_errors_are_failures() {
    let folder = Folder::with_policy();
    for arguments in [
        &[][..],
        &["decid"],
        &["decide"],
        &["decide", "."],
        &["decide", ".", "EHR"],
        &["entitlements", "."],
        &["explain", ".", "EHR", "iTunes", "-c", "{}"],
        &["residual", ".", "EHR"],
        &["check", ".", "--format", "xml"],
        &["check", "--color", "sometimes"],
        &["completions", "nutshell"],
        &["check", ".", "."],
    ] {
        let run = folder.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}: {run:?}");
        assert!(!run.err.is_empty());
    }
    assert_eq!(folder.run(&["--version"]).code, 0);
    let help = folder.run(&["--help"]);
    assert_eq!(help.code, 0);
    assert!(help.out.contains("Exit codes: 0"), "{help:?}");
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let commands: [&[&str]; 5] = [
        &["decide", ".", "EHR", "-c", "nurse.json"],
        &["entitlements", ".", "-c", "nurse.json"],
        &["explain", ".", "EHR", "-c", "nurse.json"],
        &["check", "broken.ward"],
        &["test", "."],
    ];
    let folder = Folder::with_policy();
    let other = Folder::new().file("broken.ward", "role == x -> deny y");
    for arguments in commands {
        let place = if arguments.contains(&"broken.ward") { &other } else { &folder };
        let piped = place.run(arguments);
        assert!(!piped.out.contains('\u{1b}') && !piped.err.contains('\u{1b}'), "{arguments:?}: {piped:?}");
        let always = place.run(&[arguments, &["--color", "always"]].concat());
        assert!(always.out.contains('\u{1b}'), "{arguments:?}: {always:?}");
        assert_eq!(always.code, piped.code);
        let never =
            place.command().args(arguments).args(["--color", "never"]).env("CLICOLOR_FORCE", "1").output().unwrap();
        assert!(!never.stdout.contains(&0x1b), "{arguments:?}");
        let asked = place.command().args(arguments).env("NO_COLOR", "1").output().unwrap();
        assert!(!asked.stdout.contains(&0x1b), "{arguments:?}");
    }
    let json = folder.run(&["decide", ".", "EHR", "-c", "nurse.json", "--format", "json", "--color", "always"]);
    json.json("decisions");
}

#[test]
fn errors_go_to_standard_error_in_colour_if_wanted() {
    let folder = Folder::with_policy();
    let run = folder.run(&["decide", ".", "nothing", "-c", "{}", "--color", "always"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.starts_with("\u{1b}["), "{run:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_crash() {
    let folder =
        Folder::new().file("p.ward", (0..5_000).map(|n| format!("always -> allow E{n}\n")).collect::<String>());
    for format in ["text", "json"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wardkey"))
            .args(["entitlements", "p.ward", "-c", "{}", "--format", format])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        let mut first = [0; 16];
        out.read_exact(&mut first).unwrap();
        drop(out);
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{err}");
        assert!(!err.contains("panicked"), "{err}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let folder = Folder::with_policy();
    let full = std::fs::File::create("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_wardkey"))
        .args(["check"])
        .current_dir(folder.path())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the answer cannot be written"));
}

#[test]
fn completions_know_the_commands() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = folder.run(&["completions", shell]);
        assert_eq!(run.code, 0);
        assert!(run.out.contains("entitlements"), "{shell}");
    }
}

#[cfg(unix)]
#[test]
fn a_terminal_gets_lines_no_wider_than_it_is() {
    // without a terminal lines are whole, so that they can be searched
    let folder = Folder::with_policy();
    let run = folder.run(&["entitlements", ".", "-c", "nurse.json", "--all"]);
    assert!(run.out.lines().any(|line| line.contains("Personal media is off while you are in a care area")), "{run:?}");
}

#[test]
fn names_of_files_cannot_steer_the_terminal() {
    let run = Folder::new().run(&["check", "no\u{1b}[31mwhere"]);
    assert_eq!(run.code, 2);
    assert!(!run.err.contains('\u{1b}'), "{run:?}");
}
