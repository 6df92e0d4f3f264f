//! The file that results go to: it takes its name only when it is whole.

use crate::failure::Failure;
use crate::policy::is_stdin;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// An output that is being written. Dropped before [`Self::commit`] it leaves nothing behind.
pub(crate) struct OutputFile {
    /// Where it comes to stand.
    path: PathBuf,
    /// Beside it, where it is written; none for standard output, pipes and devices.
    part: Option<PathBuf>,
    writer: BufWriter<Target>,
}

enum Target {
    File(File),
    Stdout(io::Stdout),
    /// Whoever read standard output went away.
    Nobody,
}

impl OutputFile {
    /// Begins a file, or standard output. What a link names is replaced, not the link; what is no file, such as a pipe, is
    /// written to as it is. Errors: its folder cannot be written to; the path is a folder.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        if is_stdin(path) {
            return Ok(Self::new(path.to_owned(), None, Target::Stdout(io::stdout())));
        }
        let failed = |error: io::Error| Failure::file(path, &error);
        let before = std::fs::metadata(path).ok();
        if before.as_ref().is_some_and(Metadata::is_dir) {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        if before.as_ref().is_some_and(|before| !before.is_file()) {
            let file = OpenOptions::new().write(true).open(path).map_err(failed)?;
            return Ok(Self::new(path.to_owned(), None, Target::File(file)));
        }
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let part = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
        // left by a process of the same number that was killed
        let _ = std::fs::remove_file(&part);
        let file = OpenOptions::new().write(true).create_new(true).open(&part);
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::new(format!("there is no folder for {}", super::named(&path))),
            _ => failed(error),
        })?;
        if let Some(before) = before {
            file.set_permissions(before.permissions()).map_err(failed)?;
        }
        Ok(Self::new(path, Some(part), Target::File(file)))
    }

    fn new(path: PathBuf, part: Option<PathBuf>, target: Target) -> Self {
        Self { path, part, writer: BufWriter::with_capacity(1 << 16, target) }
    }

    /// Whether nothing is seen of it before it is whole.
    pub fn is_apart(&self) -> bool {
        self.part.is_some()
    }

    /// Puts the whole file in its place. Errors: what is left cannot be written, or the file cannot be replaced.
    pub fn commit(mut self) -> Result<(), Failure> {
        let flushed = self.writer.flush();
        flushed.map_err(|error| Failure::new(format!("{} cannot be written: {error}", super::named(&self.path))))?;
        if let Some(part) = self.part.take() {
            let renamed = std::fs::rename(&part, &self.path);
            if let Err(error) = renamed {
                self.part = Some(part);
                return Err(Failure::new(format!("{} cannot be replaced: {error}", super::named(&self.path))));
            }
        }
        Ok(())
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match self {
            Self::File(file) => return file.write(bytes),
            Self::Nobody => return Ok(bytes.len()),
            Self::Stdout(stdout) => stdout.write(bytes),
        };
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                *self = Self::Nobody;
                Ok(bytes.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Stdout(stdout) => match stdout.flush() {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                flushed => flushed,
            },
            Self::Nobody => Ok(()),
        }
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if let Some(part) = self.part.take() {
            // nobody is left to be told if this fails
            let _ = std::fs::remove_file(part);
        }
    }
}
