//! `adapter`: list, create, delete.

use crate::args::Adapter as Command;
use crate::failure::Failure;
use crate::output::Output;
use ovpn_dco_userlib::device::{Adapter, Device, DeviceError, Host};
use serde_json::{Value, json};

pub(crate) fn run(command: &Command, host: &dyn Host, output: Output) -> Result<(), Failure> {
    match command {
        Command::List => list(host, output),
        Command::Create { name } => {
            let adapter = host.create_adapter(name)?;
            output.answer(&describe(&adapter, None), &format!("Created {adapter}."));
            Ok(())
        }
        Command::Delete { name } => {
            let adapters = host.adapters()?;
            let Some(adapter) = adapters.iter().find(|adapter| adapter.is_called(name)) else {
                return Err(Failure::usage(format!(
                    "no adapter is called \"{name}\"; `adapter list` shows them"
                )));
            };
            host.delete_adapter(adapter)?;
            output.answer(&describe(adapter, None), &format!("Deleted {adapter}."));
            Ok(())
        }
    }
}

fn list(host: &dyn Host, output: Output) -> Result<(), Failure> {
    let adapters = host.adapters()?;
    let rows: Vec<(Value, String)> = adapters
        .iter()
        .map(|adapter| {
            let in_use = matches!(Device::open(host, adapter), Err(DeviceError::InUse { .. }));
            let interface = adapter.network_interface.as_deref().unwrap_or("-");
            let state = if in_use { "in use" } else { "free" };
            (
                describe(adapter, Some(in_use)),
                format!("{adapter}  {}  {interface}  {state}", adapter.instance_id),
            )
        })
        .collect();
    let text = match rows.as_slice() {
        [] => "No adapter. `ovpn-dco-cli adapter create` makes one (Windows).".to_owned(),
        rows => rows
            .iter()
            .map(|(_, text)| text.as_str())
            .collect::<Vec<_>>()
            .join("\n"),
    };
    let values: Vec<Value> = rows.into_iter().map(|(value, _)| value).collect();
    output.answer(&json!({ "adapters": values }), &text);
    Ok(())
}

fn describe(adapter: &Adapter, in_use: Option<bool>) -> Value {
    json!({
        "name": adapter.name,
        "instance_id": adapter.instance_id,
        "hardware_id": adapter.hardware_id,
        "path": adapter.path,
        "network_interface": adapter.network_interface,
        "in_use": in_use,
    })
}
