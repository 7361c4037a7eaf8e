//! A copy of the driver with bugs in it, to see that the verifier finds them in our own code.
//!
//! The sources are copied, pieces of text are replaced, and the copy is built as the driver is. Its bugs sleep until the
//! control code [`switch_on`] wakes one of them, so that one build serves for all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A bug: its text takes the place of `anchor`, which stands in `file` of `driver/kmdf/src`. `bug(N)` is whether this bug
/// has been switched on, `once(N)` is so a single time.
#[derive(Debug)]
pub struct Bug {
    /// What is wrong.
    pub name: &'static str,
    /// Rules of which at least one must be named.
    pub rules: &'static [&'static str],
    /// Where.
    pub file: &'static str,
    /// What stands there.
    pub anchor: &'static str,
    /// What takes its place; `{N}` is the bug's number, `{}` the anchor.
    pub text: &'static str,
}

/// The control code that switches on the bug with this number: METHOD_BUFFERED, FILE_ANY_ACCESS, vendor range.
#[must_use]
pub fn switch_on(number: usize) -> u32 {
    0x0022_F000 | u32::try_from(number).expect("few bugs") << 2
}

/// The switch, in `lib.rs`.
const SWITCH: &str = "
static BUG: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(0);

pub(crate) fn bug(number: u32) -> bool {
    BUG.load(core::sync::atomic::Ordering::Relaxed) == number
}

pub(crate) fn once(number: u32) -> bool {
    use core::sync::atomic::Ordering::Relaxed;
    bug(number) && BUG.compare_exchange(number, 0, Relaxed, Relaxed).is_ok()
}

pub(crate) fn switch_on(code: u32) -> bool {
    let is_switch = code & 0xFFFF_F003 == 0x0022_F000;
    if is_switch {
        BUG.store(code >> 2 & 0x3FF, core::sync::atomic::Ordering::Relaxed);
    }
    is_switch
}
";
/// The control code, in `io.rs`: before the engine sees it.
const CONTROL: (&str, &str) = (
    "    // Input and output are the same memory: the input is copied before anything else.\n",
    "    if crate::switch_on(code) {\n        return refuse(handle, NtStatus::SUCCESS);\n    }\n",
);

/// Copies the sources to `folder`, puts the bugs in, builds, and lays out a package in `folder/package`.
///
/// # Panics
/// When an anchor isn't in its file exactly once: the driver has changed, and the bug must follow.
#[must_use]
pub fn build(folder: &Path, inf: &Path, bugs: &[Bug]) -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let top = top.canonicalize().expect("the top folder");
    let sources = folder.join("sources");
    copy(&top, &sources, &mutations(&top, bugs));
    let target = folder.join("target");
    let built = Command::new(sources.join("tests/wdk/cargo"))
        .args(["build", "-q", "--release", "--target", "x86_64-pc-windows-msvc"])
        .args(["-p", "ovpn-dco-kmdf"])
        .env("CARGO_TARGET_DIR", &target)
        .status();
    assert!(
        built.expect("tests/wdk/cargo").success(),
        "the copy of the driver does not build; `./run build` installs what it takes"
    );
    let package = folder.join("package");
    fs::create_dir_all(&package).expect("a folder");
    let release = target.join("x86_64-pc-windows-msvc/release");
    for (from, to) in [
        (release.join("ovpn_dco.dll"), "ovpn-dco.sys"),
        (release.join("ovpn_dco.pdb"), "ovpn-dco.pdb"),
        (inf.to_owned(), "ovpn-dco.inf"),
    ] {
        fs::copy(&from, package.join(to)).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
    }
    package
}

/// Checks that each bug still has its place in the driver, without building anything.
///
/// # Panics
/// As [`build`].
pub fn check(bugs: &[Bug]) {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let _ = mutations(&top, bugs);
}

/// The changed files, with their content.
fn mutations(top: &Path, bugs: &[Bug]) -> Vec<(PathBuf, String)> {
    let mut changed: Vec<(PathBuf, String)> = Vec::new();
    let mut change = |file: &str, edit: &dyn Fn(&str) -> String| {
        let path = Path::new("driver/kmdf/src").join(file);
        let known = changed.iter().position(|(p, _)| *p == path);
        let index = known.unwrap_or_else(|| {
            let text = fs::read_to_string(top.join(&path)).expect("a source of the driver");
            changed.push((path, text));
            changed.len() - 1
        });
        let text = &mut changed[index].1;
        *text = edit(text);
    };
    change("lib.rs", &|text| format!("{text}{SWITCH}"));
    change("io.rs", &|text| {
        replaced(text, CONTROL.0, &format!("{}{}", CONTROL.1, CONTROL.0))
    });
    for (index, bug) in bugs.iter().enumerate() {
        let number = (index + 1).to_string();
        let new = bug.text.replace("{N}", &number).replace("{}", bug.anchor);
        change(bug.file, &|text| replaced(text, bug.anchor, &new));
    }
    changed
}

fn replaced(text: &str, anchor: &str, new: &str) -> String {
    let found = text.matches(anchor).count();
    assert_eq!(
        found, 1,
        "this stands {found} times in the driver, not once:\n{anchor}"
    );
    text.replace(anchor, new)
}

/// Copies what isn't built. Files that are the same already keep their times, so that cargo builds only what changed.
fn copy(from: &Path, to: &Path, changed: &[(PathBuf, String)]) {
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        fs::create_dir_all(to.join(&folder)).expect("a folder");
        for entry in fs::read_dir(from.join(&folder)).expect("a folder of sources") {
            let entry = entry.expect("an entry");
            let path = folder.join(entry.file_name());
            let kind = entry.file_type().expect("a kind");
            let skipped = ["target", ".git", "artifacts", "corpus"];
            if kind.is_dir() {
                if !skipped.iter().any(|name| entry.file_name() == *name) {
                    folders.push(path);
                }
            } else if kind.is_file() {
                let content = match changed.iter().find(|(p, _)| *p == path) {
                    Some((_, text)) => text.clone().into_bytes(),
                    None => fs::read(from.join(&path)).expect("a source"),
                };
                write_if_new(&from.join(&path), &to.join(&path), &content);
            }
        }
    }
}

fn write_if_new(like: &Path, path: &Path, content: &[u8]) {
    if fs::read(path).is_ok_and(|there| there == content) {
        return;
    }
    fs::write(path, content).expect("room");
    let permissions = fs::metadata(like).expect("a source").permissions();
    fs::set_permissions(path, permissions).expect("our own file");
}
