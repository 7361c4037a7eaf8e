//! What the device counted, as JSON.

use crate::platform::Hosted;
use ovpn_dco_engine::Device;
use ovpn_dco_engine::stats::Flow;
use serde_json::{Map, Value, json};

/// Counters and drops of a device: `{"drops": {reason: count}, "data": {...}, "control": {...}}`. Reasons that never occurred are
/// left out.
pub fn report(device: &Device<Hosted>) -> Value {
    let stats = device.stats();
    let drops: Map<String, Value> = stats
        .drops
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(reason, count)| (reason.name().to_owned(), count.into()))
        .collect();
    json!({
        "drops": drops,
        "data": { "in": flow(&stats.data_in), "out": flow(&stats.data_out) },
        "control": { "in": stats.control_in, "out": stats.control_out },
    })
}

fn flow(flow: &Flow) -> Value {
    json!({ "packets": flow.packets, "transport_bytes": flow.link, "tunnel_bytes": flow.vpn })
}
