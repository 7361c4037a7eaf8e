//! The generated files are what the generator writes now.

use wdk_bindings::{Facts, generate};

#[test]
fn generated_files_are_up_to_date() {
    let facts = Facts::load().expect("the facts can be read");
    for (path, content) in generate(&facts) {
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == content,
            "{} is out of date: run `cargo run -p wdk-bindings`",
            path.display()
        );
    }
}
