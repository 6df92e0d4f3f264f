//! The native module of the wheel: `wardkey._wardkey`.
//!
//! A guest in Python. What a policy means, says and decides is left to the library; here is only how Python hands values over
//! (`given`), what it gets back (`policy`, `catalogue`, `decision`, `session`, `analysis`, `columns`, `sql`), what goes wrong (`errors`), and how long work is waited for (`wait`). What is
//! easier to say in Python (results without behaviour, exceptions, what stands for a dataclass) is in `python/wardkey`.
//!
//! Everything a policy gives is frozen and shared between threads; long work is done detached from the interpreter.

// PyO3's macros write the unsafe code that the interpreter needs; nothing here adds to it
#![deny(unsafe_op_in_unsafe_fn)]

mod analysis;
mod catalogue;
mod classes;
mod columns;
mod context;
mod data;
mod decision;
mod errors;
mod given;
mod policy;
mod session;
mod sql;
mod wait;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _wardkey {
    #[pymodule_export]
    use super::analysis::{diff, format};
    #[pymodule_export]
    use super::columns::Evaluated;
    #[pymodule_export]
    use super::context::Context;
    #[pymodule_export]
    use super::decision::{Decision, Decisions, Entitlements};
    #[pymodule_export]
    use super::policy::{Policy, load, parse};
    #[pymodule_export]
    use super::session::{Change, Delta, Session};
    use super::{Bound, PyModule, PyModuleMethods, PyResult, Python, pyfunction};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }

    /// Runs the command `wardkey` with the arguments of a terminal, and gives its exit code.
    #[pyfunction]
    #[pyo3(signature = (arguments, /))]
    fn command(py: Python<'_>, arguments: Vec<String>) -> u8 {
        py.detach(|| wardkey_cli::main(arguments))
    }
}
