//! Sets the `cfg`s and writes the macro that tells `wdk-macros` where the function types are.

use std::{env, fs, path::Path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    wdk_build::configure_wdk_library_build_and_then(|_| {
        let types = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("src/generated/types.rs");
        // The path is a macro argument, and a macro argument is a literal: there is no other way to hand a
        // path that only the build knows to `wdk-macros`.
        let source = format!(
            r##"
/// Calls a WDF function by its name: looks it up in the function table and passes the driver's globals.
///
/// # Safety
///
/// The arguments must satisfy the contract of the function.
#[macro_export]
macro_rules! call_unsafe_wdf_function_binding {{
    ( $($tt:tt)* ) => {{
        $crate::__proc_macros::call_unsafe_wdf_function_binding!(r"{}", $($tt)*)
    }}
}}
"##,
            types.display()
        );
        let out = Path::new(&env::var("OUT_DIR")?).join("call_unsafe_wdf_function_binding.rs");
        fs::write(out, source)?;
        Ok::<(), Box<dyn std::error::Error>>(())
    })
}
