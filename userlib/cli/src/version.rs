//! `version`.

use crate::args::Cli;
use crate::failure::Failure;
use crate::output::Output;
use ovpn_dco_userlib::device;
use serde_json::{Value, json};

pub(crate) fn run(cli: &Cli, output: Output) -> Result<(), Failure> {
    let own = env!("CARGO_PKG_VERSION");
    let driver = crate::host(cli).and_then(|host| Ok(device::version(&*host)?));
    let (value, text) = match driver {
        Ok(v) => (
            json!(format!("{}.{}.{}", v.major, v.minor, v.patch)),
            format!("{}.{}.{}", v.major, v.minor, v.patch),
        ),
        Err(failure) => (Value::Null, format!("not available: {}", failure.message)),
    };
    let answer = json!({ "program": own, "driver": value });
    output.answer(&answer, &format!("ovpn-dco-cli {own}\ndriver {text}"));
    Ok(())
}
