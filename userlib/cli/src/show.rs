//! `show`: what the running clients tell about their tunnels.

use crate::args::Show;
use crate::failure::Failure;
use crate::ipc;
use crate::output::Output;
use serde_json::json;
use std::time::Duration;

pub(crate) fn run(args: &Show, output: Output) -> Result<(), Failure> {
    loop {
        let all = ipc::ask_all()?;
        let text = match all.as_slice() {
            [] => "No client is running. `ovpn-dco-cli connect PROFILE` starts one.\n".into(),
            all => all
                .iter()
                .map(crate::status::Status::report)
                .collect::<Vec<_>>()
                .join("\n"),
        };
        output.answer(&json!({ "clients": all }), text.trim_end());
        let Some(seconds) = args.watch else { return Ok(()) };
        std::thread::sleep(Duration::from_secs(u64::from(seconds)));
    }
}
