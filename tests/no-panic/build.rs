//! A function that is missing must be an error at link time, not at load time.

fn main() {
    println!("cargo::rustc-cdylib-link-arg=-Wl,--no-undefined");
}
