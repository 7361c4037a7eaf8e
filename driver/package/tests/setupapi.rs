//! A second opinion on the INF: wine's setupapi, which nobody here wrote, reads it as we do and picks the driver.
//!
//! Needs wine and the mingw-w64 C compiler (Debian: wine wine64 gcc-mingw-w64-x86-64).

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use ovpn_dco_package::{
    image::Arch,
    inf::{Entry, Inf},
    stamp::Stamp,
};

const COMPILER: &str = "x86_64-w64-mingw32-gcc";
const INX: &str = include_str!("../../../inf/ovpn-dco.inx");

/// Whether both tools are there. In CI they must be.
fn tools_are_there() -> bool {
    let there = |tool| {
        let version = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    };
    let all = there(COMPILER) && there("wine");
    assert!(
        all || env::var_os("CI").is_none(),
        "CI must have wine and {COMPILER}"
    );
    if !all {
        eprintln!("skipped: this test needs wine and {COMPILER}");
    }
    all
}

fn stamped(arch: Arch) -> String {
    Stamp {
        arch,
        date: (11, 22, 2026),
        version: [0, 1, 0, 0],
        kmdf: "1.31".to_owned(),
    }
    .apply(INX)
}

/// The folder with the compiled reader and wine's prefix, made once.
static READER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("setupapi");
    fs::create_dir_all(&folder).expect("a folder to work in");
    let compiled = Command::new(COMPILER)
        .args(["-O1", "-Wall", "-Werror", "-o"])
        .arg(folder.join("setupapi.exe"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/setupapi.c"))
        .args(["-lsetupapi", "-lshell32"])
        .status()
        .expect("the compiler runs");
    assert!(compiled.success(), "setupapi.c does not compile");
    // The first program in a new prefix waits for wine to fill it.
    wine(&folder)
        .args(["cmd", "/c", "exit"])
        .output()
        .expect("wine runs");
    folder
});

fn wine(folder: &Path) -> Command {
    let mut wine = Command::new("wine");
    wine.env("WINEPREFIX", folder.join("prefix"))
        .env("WINEDEBUG", "-all")
        .env_remove("DISPLAY");
    wine
}

/// Runs the reader on an INF with this text. Returns its output, line by line, in fields.
fn read_with_setupapi(name: &str, text: &str) -> Vec<Vec<String>> {
    let inf = READER.join(format!("{name}.inf"));
    fs::write(&inf, text).expect("a file in our folder");
    let output = wine(&READER)
        .arg(READER.join("setupapi.exe"))
        .arg(format!("Z:{}", inf.display().to_string().replace('/', "\\")))
        .arg("ovpn-dco")
        .output()
        .expect("wine runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines()
        .map(|line| {
            line.trim_end_matches('\r')
                .split('\t')
                .map(str::to_owned)
                .collect()
        })
        .collect()
}

/// The fields of an entry as setupapi gives them: `%strings%` filled in, a lone value in place of the key.
fn fields(entry: &Entry, strings: &BTreeMap<String, String>) -> Vec<String> {
    let fill_in = |text: &str| {
        let name = text.strip_prefix('%').and_then(|text| text.strip_suffix('%'));
        name.and_then(|name| strings.get(&name.to_lowercase()).cloned())
            .unwrap_or_else(|| text.to_owned())
    };
    let key = match (&entry.key, entry.values.as_slice()) {
        (Some(key), _) => fill_in(key),
        (None, [value]) => fill_in(value),
        (None, _) => String::new(),
    };
    std::iter::once(key)
        .chain(entry.values.iter().map(|value| fill_in(value)))
        .collect()
}

#[test]
fn setupapi_reads_every_line_as_we_do() {
    if !tools_are_there() {
        return;
    }
    for arch in [Arch::X64, Arch::Arm64] {
        let text = stamped(arch);
        let inf = Inf::parse(&text).expect("our INF is one");
        let strings = inf.section("Strings").expect("there are strings").entries.iter();
        let strings = strings.map(|entry| {
            (
                entry.key.clone().unwrap_or_default().to_lowercase(),
                entry.value(0).to_owned(),
            )
        });
        let strings: BTreeMap<_, _> = strings.collect();
        let mut ours = Vec::new();
        for section in &inf.sections {
            ours.push(vec!["section".to_owned(), section.name.clone()]);
            for entry in &section.entries {
                let mut line = vec!["line".to_owned(), section.name.clone()];
                line.extend(fields(entry, &strings));
                ours.push(line);
            }
        }
        let output = read_with_setupapi(arch.folder(), &text);
        let theirs: Vec<_> = output
            .into_iter()
            .filter(|line| line[0] == "section" || line[0] == "line")
            .collect();
        assert_eq!(theirs.len(), ours.len(), "{theirs:?}");
        for (theirs, ours) in theirs.iter().zip(&ours) {
            // Folders by number are filled in from the machine that reads.
            let folder = ours.iter().position(|field| field.starts_with("%13%"));
            let same = theirs
                .iter()
                .zip(ours)
                .enumerate()
                .all(|(at, (a, b))| a == b || Some(at) == folder);
            assert!(
                same && theirs.len() == ours.len(),
                "setupapi reads {theirs:?}, we read {ours:?}"
            );
        }
    }
}

#[test]
fn setupapi_picks_the_driver_for_the_hardware_id() {
    if !tools_are_there() {
        return;
    }
    // wine 8 compares the decoration of a models section as a whole, and knows none with a Windows build.
    let text = stamped(Arch::X64).replace("NTamd64.10.0...19041", "NTamd64");
    let output = read_with_setupapi("pick", &text);
    let found = |fields: &[&str]| output.iter().any(|line| line == fields);
    assert!(
        found(&["driver", "OpenVPN Data Channel Offload", "ovpn-dco in Rust"]),
        "{output:?}"
    );
    assert!(found(&["install", "Install.NT"]), "{output:?}");

    let other = text.replace("= Install, ovpn-dco", "= Install, other");
    let output = read_with_setupapi("pick-other", &other);
    assert!(
        !output.iter().any(|line| line[0] == "driver"),
        "a driver for another id is picked: {output:?}"
    );
}
