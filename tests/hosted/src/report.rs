//! What the device counted, as JSON.

use crate::platform::Hosted;
use ovpn_dco_engine::{Device, DropReason};
use serde_json::{Map, Value, json};

/// Counters and drops of a device: `{"drops": {reason: count}, "packets": {...}, "bytes": {...}}`. Reasons that never occurred are
/// left out.
pub fn report(device: &Device<Hosted>) -> Value {
    let stats = device.stats();
    let drops: Map<String, Value> = DropReason::ALL
        .iter()
        .map(|&reason| (reason.name().to_owned(), stats.dropped(reason)))
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| (name, count.into()))
        .collect();
    json!({ "drops": drops, "counters": format!("{stats:?}") })
}
