//! The file that results go to: it takes its name only when it is whole.

use crate::failure::Failure;
use crate::policy::is_stdin;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// An output that is being written. Dropped before [`Self::commit`] it leaves nothing behind.
pub(crate) struct OutputFile {
    path: PathBuf,
    /// Beside the path, where it is written; none for standard output.
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
    /// Begins a file, or standard output. Errors: its folder cannot be written to; the path is a folder.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        if is_stdin(path) {
            let writer = BufWriter::with_capacity(1 << 16, Target::Stdout(io::stdout()));
            return Ok(Self { path: path.to_owned(), part: None, writer });
        }
        if path.is_dir() {
            return Err(Failure::file(path, &io::ErrorKind::IsADirectory.into()));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let part = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&part);
        let file = file.map_err(|error| Failure::file(path, &error))?;
        let writer = BufWriter::with_capacity(1 << 16, Target::File(file));
        Ok(Self { path: path.to_owned(), part: Some(part), writer })
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
