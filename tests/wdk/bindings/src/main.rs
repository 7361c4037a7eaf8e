//! `cargo run -p wdk-bindings`: writes the generated part of the stand-in `wdk-sys`.

use std::{fs, io};

fn main() -> io::Result<()> {
    let facts = wdk_bindings::Facts::load()?;
    for (path, content) in wdk_bindings::generate(&facts) {
        fs::create_dir_all(path.parent().expect("a file is in a folder"))?;
        if fs::read_to_string(&path).ok().as_deref() != Some(&content) {
            fs::write(&path, content)?;
            println!("wrote {}", path.display());
        }
    }
    Ok(())
}
