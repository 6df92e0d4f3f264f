//! Instructions of one decision, counted by callgrind: a figure that does not depend on what else the machine does.
//!
//! Only the function that asks is looked at, so loading is not counted, and the same questions have been asked once before.

use std::process::Command;

/// Questions that are asked.
const CALLS: usize = 256;
/// The function that asks them.
const COUNTED: &str = "*counted_calls*";

/// Instructions a call, over the first questions. Errors: valgrind is not there, or could not run the engine.
pub fn of_decide(engine: &str, size: usize) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let found = std::env::temp_dir().join(format!("wardkey-peers-{}.callgrind", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--toggle-collect={COUNTED}")])
        .arg(format!("--callgrind-out-file={}", found.display()))
        .arg(program)
        .args(["count", engine, &size.to_string(), &CALLS.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let text = std::fs::read_to_string(&found);
    // the file may be absent where valgrind failed; that is said below
    let _ = std::fs::remove_file(&found);
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("under valgrind: {}", said.lines().last().unwrap_or("it failed")));
    }
    let text = text.map_err(|error| error.to_string())?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).ok_or("callgrind wrote no totals")?;
    let total: f64 = total.trim().parse().map_err(|_| format!("callgrind wrote `{total}`"))?;
    Ok(total / CALLS as f64)
}
