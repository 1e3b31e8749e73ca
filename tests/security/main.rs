//! What can whoever writes an export, names a file or may see only figures not do? Steer a terminal or
//! a spreadsheet, reach files outside of the store, learn who the people are.

#![allow(clippy::print_stdout, reason = "a test that cannot run here says so")]

mod files;
mod network;
mod personal;
mod shown;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A command that has ended.
struct Done {
    status: i32,
    out: String,
    err: String,
}

impl Done {
    /// Everything that was shown.
    fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// A folder with exports and a store.
struct Place {
    dir: TempDir,
}

impl Place {
    fn with(files: &[(&str, &str)]) -> Place {
        let place = Place { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(place.path("exports")).unwrap();
        files.iter().for_each(|(name, text)| place.export(name, text));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn export(&self, name: &str, text: &str) {
        fs::write(self.path("exports").join(name), text).unwrap();
    }

    fn run(&self, args: &[&str]) -> Done {
        let store = self.path("store");
        let own = ["--store", store.to_str().unwrap()];
        let args: Vec<&str> = ["quipu"].iter().chain(args).chain(&own).copied().collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = quipu::cli::run(&args, &mut out, &mut err);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Done { status, out: text(out), err: text(err) }
    }

    /// Loads the exports, whatever is quarantined.
    fn load(&self, more: &[&str]) -> Done {
        let exports = self.path("exports");
        self.run(&[&["load", "--max-rejects", "100%", exports.to_str().unwrap()], more].concat())
    }

    /// The files of a folder and of those in it.
    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let (mut files, mut folders) = (Vec::new(), vec![self.path(folder)]);
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        files
    }

    /// The quarantine file of the only load that made one.
    fn quarantined(&self) -> PathBuf {
        let files = self.files("store/quarantine");
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

/// The permissions of a file or folder.
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
