//! `vectors [DIR]`: checks a folder of test vectors and says how many it checked.

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Checks OpenVPN test vectors against the engine and the user library.
///
/// Exits with 1 if a file differs or can't be used.
#[derive(Parser)]
struct Arguments {
    /// Folder of .json files; the project's own copy if left out.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors"))]
    folder: PathBuf,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let files = match ovpn_dco_vectors::check_folder(&arguments.folder) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("vectors: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let failed = files.iter().filter(|file| file.result.is_err()).count();
    let total = ovpn_dco_vectors::total(&files);
    if arguments.json {
        let report = serde_json::json!({
            "files": files.len(),
            "failed": files.iter().filter_map(|file| {
                let error = file.result.as_ref().err()?;
                Some((file.path.display().to_string(), format!("{error:#}")))
            }).collect::<std::collections::BTreeMap<_, _>>(),
            "checked": total.iter().collect::<std::collections::BTreeMap<_, _>>(),
        });
        println!("{report:#}");
    } else {
        for file in &files {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            match &file.result {
                Ok(tally) => {
                    let counts: Vec<_> = tally
                        .iter()
                        .map(|(what, count)| format!("{count} {what}"))
                        .collect();
                    println!("ok      {name}: {}", counts.join(", "));
                }
                Err(error) => println!("FAILED  {name}: {error:#}"),
            }
        }
        println!("{} files, {failed} failed", files.len());
        for (what, count) in total.iter() {
            println!("{count:7} {what}");
        }
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
