//! Each rule about calls, broken.

use netcx_sys::netadaptercx::{
    NET_ADAPTER_DATAPATH_CALLBACKS, NET_ADAPTER_LINK_STATE, NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES,
    NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES, NET_ADAPTER_OFFLOAD_LAYER3_FLAGS, NET_ADAPTER_OFFLOAD_LAYER4_FLAGS,
    NET_EXTENSION_QUERY, NetExtensionTypePacket,
};

use super::super::offload;
use super::*;

/// Runs a script whose driver breaks a rule in device-add or in making queues, and expects the rule.
fn breaks(rule: Rule, script: Script) {
    assert_eq!(stops_with(script), [rule]);
}

#[test]
fn init_objects_are_used_once_and_have_callbacks() {
    breaks(
        Rule::NET_ADAPTER_INIT,
        Script {
            init: |globals, init| {
                let mut out: Handle = 0;
                let out = Guest::at((&raw mut out) as usize);
                adapter::NetAdapterCreate(globals, init, Guest::null(), out);
            },
            ..Script::default()
        },
    );
    breaks(
        Rule::NET_ADAPTER_INIT,
        Script {
            init: |globals, init| {
                let callbacks =
                    NET_ADAPTER_DATAPATH_CALLBACKS::new(None, datapath_callbacks().EvtAdapterCreateRxQueue);
                adapter_init::NetAdapterInitSetDatapathCallbacks(globals, init, Guest::of(&callbacks));
            },
            ..Script::default()
        },
    );
    breaks(
        Rule::NET_ADAPTER_INIT,
        Script {
            init: |globals, init| {
                adapter_init::NetAdapterInitFree(globals, init);
                adapter_init::NetAdapterInitFree(globals, init);
            },
            ..Script::default()
        },
    );
}

#[test]
fn an_adapter_has_its_device_as_parent() {
    breaks(
        Rule::NET_ADAPTER_INIT,
        Script {
            init: |globals, init| {
                let attributes = ObjectAttributes {
                    size: 56,
                    parent: 1,
                    ..ObjectAttributes::default()
                };
                adapter::NetAdapterCreate(globals, init, Guest::of(&attributes), Guest::null());
            },
            ..Script::default()
        },
    );
}

#[test]
fn an_init_object_that_is_never_freed_is_a_leak() {
    let bench = Bench::started(Script {
        after_start: |globals, adapter| {
            let device = adapter::of(adapter).device;
            assert_ne!(adapter_init::NetAdapterInitAllocate(globals, device), 0);
        },
        ..Script::default()
    });
    assert_eq!(bench.finish(), [Rule::OBJECT_LEAK]);
}

#[test]
fn capabilities_come_before_the_start() {
    breaks(
        Rule::NET_ADAPTER_STATE,
        Script {
            after_start: |globals, adapter| set_capabilities(globals, adapter, &Script::default()),
            ..Script::default()
        },
    );
    breaks(
        Rule::NET_ADAPTER_STATE,
        Script {
            after_start: |globals, adapter| {
                adapter::NetAdapterStart(globals, adapter);
            },
            ..Script::default()
        },
    );
}

#[test]
fn a_start_without_capabilities_fails() {
    let mut bench = Bench::new(
        Script {
            before_start: |_, adapter| adapter::of(adapter).settings.lock().mtu = 0,
            ..Script::default()
        },
        Config::default(),
    );
    assert_eq!(bench.start(), Err(status::INVALID_DEVICE_STATE));
    assert_eq!(bench.finish(), [Rule::NET_ADAPTER_STATE]);
}

#[test]
fn capabilities_must_make_sense() {
    let tx: [fn(&mut NET_ADAPTER_TX_CAPABILITIES); 5] = [
        |tx| tx.MaximumNumberOfQueues = 0,
        |tx| tx.MaximumNumberOfFragments = 0,
        |tx| tx.PayloadBackfill = 2000,
        |tx| tx.FragmentBufferAlignment = 3,
        |tx| tx.MappingRequirement = netcx_sys::netadaptercx::NetMemoryMappingRequirementDmaMapped,
    ];
    for tx_capabilities in tx {
        breaks(
            Rule::NET_CAPABILITIES,
            Script {
                tx_capabilities,
                ..Script::default()
            },
        );
    }
    let rx: [fn(&mut NET_ADAPTER_RX_CAPABILITIES); 3] = [
        |rx| rx.MaximumFrameSize = 0,
        |rx| rx.AttachmentMode = netcx_sys::netadaptercx::NetRxFragmentBufferAttachmentModeSystem,
        |rx| *rx = NET_ADAPTER_RX_CAPABILITIES::driver_managed(None, 2048, 1),
    ];
    for rx_capabilities in rx {
        breaks(
            Rule::NET_CAPABILITIES,
            Script {
                rx_capabilities,
                ..Script::default()
            },
        );
    }
    breaks(
        Rule::NET_CAPABILITIES,
        Script {
            before_start: |globals, adapter| link::NetAdapterSetLinkLayerMtuSize(globals, adapter, 0),
            ..Script::default()
        },
    );
}

#[test]
fn offloads_must_make_sense_and_fit_the_version() {
    breaks(
        Rule::NET_DEPRECATED,
        Script {
            minor: 1,
            before_start: |globals, adapter| {
                let checksum = NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES::new(true, true, true, None);
                offload::NetAdapterOffloadSetChecksumCapabilities(globals, adapter, Guest::of(&checksum));
            },
            ..Script::default()
        },
    );
    breaks(
        Rule::NET_CAPABILITIES,
        Script {
            minor: 1,
            before_start: |globals, adapter| {
                let gso = NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES::new(
                    NET_ADAPTER_OFFLOAD_LAYER3_FLAGS(2),
                    NET_ADAPTER_OFFLOAD_LAYER4_FLAGS(1),
                    65536,
                    2,
                    None,
                );
                offload::NetAdapterOffloadSetGsoCapabilities(globals, adapter, Guest::of(&gso));
            },
            ..Script::default()
        },
    );
}

#[test]
fn offload_handles_are_for_their_callback() {
    let bench = Bench::started(Script {
        after_start: |globals, _| {
            assert_eq!(offload::NetOffloadIsChecksumTcpEnabled(globals, 0x1234), 0);
        },
        ..Script::default()
    });
    assert_eq!(bench.finish(), [Rule::NET_CALLBACK_HANDLE]);
}

#[test]
fn structures_have_the_size_of_the_version() {
    let bench = Bench::started(Script {
        before_start: |globals, adapter| {
            let state = NET_ADAPTER_LINK_STATE {
                Size: 48,
                ..NET_ADAPTER_LINK_STATE::disconnected()
            };
            link::NetAdapterSetLinkState(globals, adapter, Guest::of(&state));
        },
        ..Script::default()
    });
    assert_eq!(bench.finish(), [Rule::NET_STRUCTURE]);
    let bench = Bench::started(Script {
        make: |make| {
            let config = NET_PACKET_QUEUE_CONFIG_V2_0 {
                Size: 56,
                ..Make::config()
            };
            make.make_with(&config, Guest::null())
        },
        ..Script::default()
    });
    assert_eq!(bench.finish(), [Rule::NET_STRUCTURE; 2]);
}

#[test]
fn foreign_globals_stop_the_machine() {
    breaks(
        Rule::NET_STRUCTURE,
        Script {
            before_start: |globals, adapter| {
                link::NetAdapterGetLinkLayerMtuSize(globals + 8, adapter);
            },
            ..Script::default()
        },
    );
}

#[test]
fn link_states_are_in_range() {
    let bench = Bench::started(Script {
        before_start: |globals, adapter| {
            let mut state = NET_ADAPTER_LINK_STATE::disconnected();
            state.MediaConnectState.0 = 7;
            link::NetAdapterSetLinkState(globals, adapter, Guest::of(&state));
        },
        ..Script::default()
    });
    assert_eq!(bench.finish(), [Rule::NET_LINK_STATE]);
}

#[test]
fn a_queue_is_made_once_in_its_callback_by_its_thread() {
    let twice = Script {
        make: |make| {
            make.make();
            make.make()
        },
        ..Script::default()
    };
    let elsewhere = Script {
        make: |make| {
            let (globals, init, direction) = (make.globals, make.init, make.direction);
            crate::machine::run("other", move || {
                Make {
                    globals,
                    init,
                    direction,
                }
                .make()
            })
            .unwrap_or(status::UNSUCCESSFUL)
        },
        ..Script::default()
    };
    let parent = Script {
        make: |make| {
            let attributes = ObjectAttributes {
                size: 56,
                parent: 1,
                ..ObjectAttributes::default()
            };
            make.make_with(&Make::config(), Guest::of(&attributes))
        },
        ..Script::default()
    };
    let incomplete = Script {
        make: |make| {
            let config = NET_PACKET_QUEUE_CONFIG_V2_0 {
                EvtCancel: None,
                ..Make::config()
            };
            make.make_with(&config, Guest::null())
        },
        ..Script::default()
    };
    let too_late = Script {
        after_start: |globals, _| {
            Make {
                globals,
                init: 0x9300_0000_0000_0000,
                direction: Direction::Tx,
            }
            .make();
        },
        ..Script::default()
    };
    for script in [twice, elsewhere, parent, incomplete, too_late] {
        breaks(Rule::NET_QUEUE_CREATE, script);
    }
}

#[test]
fn a_callback_that_succeeds_has_made_a_queue() {
    let mut bench = Bench::new(
        Script {
            make: |_| status::SUCCESS,
            ..Script::default()
        },
        Config::default(),
    );
    assert_eq!(bench.start(), Err(status::INVALID_DEVICE_STATE));
    assert_eq!(bench.finish(), [Rule::NET_QUEUE_CREATE]);
}

#[test]
fn queues_are_used_by_their_direction() {
    breaks(
        Rule::NET_QUEUE,
        Script {
            make: |make| {
                let made = make.make();
                let handle = DRIVER.lock().queues.last().unwrap().handle;
                if make.direction == Direction::Tx {
                    queue::NetRxQueueGetRingCollection(make.globals, handle);
                }
                made
            },
            ..Script::default()
        },
    );
}

#[test]
fn unknown_extensions_stop_the_machine() {
    breaks(
        Rule::NET_EXTENSION,
        Script {
            make: |make| {
                let made = make.make();
                let handle = DRIVER.lock().queues.last().unwrap().handle;
                let query = NET_EXTENSION_QUERY {
                    Type: NetExtensionTypePacket,
                    ..NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS.query()
                };
                let mut out = NET_EXTENSION::EMPTY;
                let place = Guest::at((&raw mut out) as usize);
                if make.direction == Direction::Tx {
                    queue::NetTxQueueGetExtension(make.globals, handle, Guest::of(&query), place);
                }
                made
            },
            ..Script::default()
        },
    );
}

#[test]
fn a_queue_that_is_gone_can_not_be_notified() {
    let bench = Bench::started(Script::default());
    pnp::sleep(bench.device()).unwrap();
    let stopped = crate::machine::run("driver", || {
        let (globals, handle) = {
            let driver = DRIVER.lock();
            (driver.globals, driver.queues[1].handle)
        };
        queue::NetRxQueueNotifyMoreReceivedPacketsAvailable(globals, handle);
    });
    assert!(stopped.is_none());
    assert_eq!(bench.finish(), [Rule::HANDLE]);
}

#[test]
fn calls_at_a_wrong_irql_are_found_by_their_thunks() {
    let bench = Bench::started(Script::default());
    let (globals, handle) = {
        let driver = DRIVER.lock();
        (driver.globals, driver.adapter)
    };
    let thunk = crate::registry::resolve("netadaptercx.sys", "NetAdapterGetLinkLayerMtuSize").unwrap();
    // SAFETY: the thunk of a function with this signature.
    let get: extern "win64" fn(usize, Handle) -> u32 = unsafe { std::mem::transmute(thunk) };
    let cpu = cpu::current();
    cpu.raise(2);
    assert_eq!(get(globals, handle), MTU);
    cpu.lower(0);
    assert_eq!(bench.finish(), [Rule::IRQL]);
}
