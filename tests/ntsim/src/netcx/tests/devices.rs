//! Devices, their interfaces and configurations; stop and start of adapters.

use netcx_sys::netadaptercx::{
    NET_ADAPTER_LINK_LAYER_ADDRESS, NET_ADAPTER_RECEIVE_SCALING_CAPABILITIES,
    NET_CONFIGURATION_QUERY_ULONG_FLAGS,
};

use super::super::{capabilities, configuration, device};
use super::*;
use crate::abi::Guid;
use crate::abi::kmdf::FileObjectConfig;
use crate::wdf::device::WdfDeviceCreateDeviceInterface;
use crate::wdf::device_init::{
    WdfDeviceInitSetDeviceType, WdfDeviceInitSetFileObjectConfig, WdfDeviceInitSetIoType,
};
use crate::wdf::pnp::Value;

/// GUID_DEVINTERFACE_NET
const NET: Guid = Guid {
    data1: 0xCAC8_8484,
    data2: 0x7515,
    data3: 0x4C03,
    data4: [0x82, 0xE6, 0x71, 0xA8, 0x7A, 0xBA, 0xC3, 0x61],
};
const CANNOT_USE_FS_CONTEXTS: u32 = 4;
const CAN_USE_FS_CONTEXT: u32 = 2;

extern "win64" fn evt_file_create(_device: Handle, request: Handle, _file: Handle) {
    DRIVER.lock().events.push("open");
    let complete = crate::registry::resolve("Wdf01000.sys", "WdfRequestComplete").unwrap();
    // SAFETY: the thunk of a function with this signature.
    let complete: extern "win64" fn(usize, Handle, i32) = unsafe { std::mem::transmute(complete) };
    complete(0, request, status::SUCCESS);
}

extern "win64" fn evt_file_close(_file: Handle) {
    DRIVER.lock().events.push("close");
}

fn files(init: usize, class: u32) {
    let config = FileObjectConfig {
        size: 40,
        create: Some(evt_file_create),
        close: Some(evt_file_close),
        class,
        ..FileObjectConfig::default()
    };
    WdfDeviceInitSetFileObjectConfig(0, init, Guest::of(&config), Guest::null());
}

fn interface(device: Handle, reference: &str) {
    let reference = UnicodeString::leak(reference);
    let made = WdfDeviceCreateDeviceInterface(0, device, Guest::of(&NET), Guest::of(&reference));
    assert_eq!(made, status::SUCCESS);
}

#[test]
fn ndis_opens_each_network_interface_once_and_closes_it() {
    let bench = Bench::started(Script {
        device_init: |init| files(init, CANNOT_USE_FS_CONTEXTS),
        device: |device| interface(device, "control"),
        ..Script::default()
    });
    let events = DRIVER.lock().events.clone();
    let of_files: Vec<_> = events
        .into_iter()
        .filter(|e| matches!(*e, "open" | "close"))
        .collect();
    assert_eq!(of_files, ["open", "close"]);
    assert_eq!(bench.finish(), []);
}

#[test]
fn what_the_configuration_has_set_stays() {
    let changes: [fn(usize); 3] = [
        |init| WdfDeviceInitSetDeviceType(0, init, 34),
        |init| WdfDeviceInitSetIoType(0, init, 2),
        |init| files(init, CAN_USE_FS_CONTEXT),
    ];
    for device_init in changes {
        let bench = Bench::started(Script {
            device_init,
            ..Script::default()
        });
        assert_eq!(bench.finish(), [Rule::NET_DEVICE]);
    }
}

#[test]
fn interfaces_have_a_reference_string_of_their_own() {
    for device in [(|device| interface(device, "")) as fn(Handle), |device| {
        interface(device, "NetAdapterCx")
    }] {
        let bench = Bench::started(Script {
            device,
            ..Script::default()
        });
        assert_eq!(bench.finish(), [Rule::NET_DEVICE]);
    }
}

#[test]
fn an_adapter_needs_a_network_device() {
    let rules = stops_with(Script {
        configure: |_, _| status::SUCCESS,
        ..Script::default()
    });
    assert_eq!(rules, [Rule::NET_DEVICE]);
}

#[test]
fn an_adapter_that_was_stopped_starts_again_with_its_capabilities_from_2_2_on() {
    for framework in [0, 2] {
        let bench = Bench::started_on(
            Script::default(),
            Config {
                netadaptercx: (2, framework),
                ..Config::default()
            },
        );
        let (globals, adapter) = {
            let driver = DRIVER.lock();
            (driver.globals, driver.adapter)
        };
        adapter::NetAdapterStop(globals, adapter);
        assert_eq!(DRIVER.lock().events.iter().filter(|e| **e == "stop").count(), 2);
        let again = adapter::NetAdapterStart(globals, adapter);
        if framework == 2 {
            assert_eq!(again, status::SUCCESS);
            assert_eq!(DRIVER.lock().queues.len(), 4);
            assert_eq!(bench.finish(), []);
        } else {
            assert_eq!(again, status::INVALID_DEVICE_STATE);
            assert_eq!(bench.finish(), [Rule::NET_ADAPTER_STATE]);
        }
    }
}

#[test]
fn a_start_can_be_made_to_fail() {
    let plan = toml::from_str("[[rule]]\ncall = \"NetAdapterStart\"\nnth = 1\nstatus = 0xC00000A3\n");
    let config = Config {
        faults: plan.unwrap(),
        ..Config::default()
    };
    let mut bench = Bench::new(Script::default(), config);
    assert_eq!(bench.start(), Err(status::DEVICE_NOT_READY));
    assert_eq!(bench.finish(), []);
}

#[test]
fn any_allocation_of_the_class_extension_may_fail() {
    for nth in 1..=7 {
        let plan = toml::from_str(&format!("[[rule]]\ncall = \"alloc\"\nnth = {nth}\n"));
        let config = Config {
            faults: plan.unwrap(),
            ..Config::default()
        };
        let machine_survives = std::panic::catch_unwind(|| {
            let mut bench = Bench::new(Script::default(), config);
            let _ = bench.start();
            bench.finish()
        });
        // The first allocation is the driver object itself, which the bench can't do without.
        assert_eq!(machine_survives.unwrap_or_default(), [], "allocation {nth}");
    }
}

fn name(text: &str) -> UnicodeString {
    UnicodeString::leak(text)
}

#[test]
fn the_configuration_is_the_software_key() {
    let mut bench = Bench::new(
        Script {
            after_start: |globals, adapter| {
                let mut key: Handle = 0;
                let out = Guest::<Handle>::at((&raw mut key) as usize);
                let opened = configuration::NetAdapterOpenConfiguration(globals, adapter, Guest::null(), out);
                assert_eq!(opened, status::SUCCESS);
                let key = out.read();
                let number = |flags: i32, text: &str| {
                    let mut value = 0u32;
                    let out = Guest::<u32>::at((&raw mut value) as usize);
                    let flags = NET_CONFIGURATION_QUERY_ULONG_FLAGS(flags);
                    let name = name(text);
                    let status =
                        configuration::NetConfigurationQueryUlong(globals, key, flags, Guest::of(&name), out);
                    (status, out.read())
                };
                assert_eq!(number(0, "*IfType"), (status::SUCCESS, 53));
                assert_eq!(number(0, "Depth").0, status::OBJECT_TYPE_MISMATCH);
                assert_eq!(number(1, "Depth"), (status::SUCCESS, 0x1F));
                assert_eq!(number(0, "Absent").0, status::OBJECT_NAME_NOT_FOUND);
                let mut address = NET_ADAPTER_LINK_LAYER_ADDRESS {
                    Length: 0,
                    Address: [0; 32],
                };
                let out = Guest::<NET_ADAPTER_LINK_LAYER_ADDRESS>::at((&raw mut address) as usize);
                let queried = configuration::NetConfigurationQueryLinkLayerAddress(globals, key, out);
                assert_eq!(queried, status::SUCCESS);
                assert_eq!(
                    (out.read().Length, out.read().Address[..6].to_vec()),
                    (6, vec![2, 0, 0, 0xAB, 0xCD, 0xEF])
                );
                let (new, mut sub) = (name("Mark"), 0);
                assert_eq!(
                    configuration::NetConfigurationAssignUlong(globals, key, Guest::of(&new), 9),
                    status::SUCCESS
                );
                assert_eq!(number(0, "mark"), (status::SUCCESS, 9));
                let (params, out) = (name("Ndi"), Guest::<Handle>::at((&raw mut sub) as usize));
                let opened = configuration::NetConfigurationOpenSubConfiguration(
                    globals,
                    key,
                    Guest::of(&params),
                    Guest::null(),
                    out,
                );
                assert_eq!(opened, status::SUCCESS);
                configuration::NetConfigurationClose(globals, key);
            },
            ..Script::default()
        },
        Config::default(),
    );
    let keys = [
        ("*iftype", Value::Number(53)),
        ("depth", Value::Text("1F".to_owned())),
        ("networkaddress", Value::Text("02-00-00-AB-CD-EF".to_owned())),
        (r"ndi\service", Value::Text("test".to_owned())),
    ];
    bench
        .start_with(keys.map(|(k, v)| (k.to_owned(), v)).into())
        .unwrap();
    assert_eq!(bench.finish(), []);
}

#[test]
fn addresses_and_scaling_have_their_limits() {
    let too_long = |globals: usize, adapter: Handle| {
        let address = NET_ADAPTER_LINK_LAYER_ADDRESS {
            Length: 33,
            Address: [0; 32],
        };
        link::NetAdapterSetPermanentLinkLayerAddress(globals, adapter, Guest::of(&address));
    };
    let three_queues = |globals: usize, adapter: Handle| {
        let mut scaling = NET_ADAPTER_RECEIVE_SCALING_CAPABILITIES::with_size();
        (scaling.NumberOfQueues, scaling.IndirectionTableSize) = (3, 128);
        capabilities::NetAdapterSetReceiveScalingCapabilities(globals, adapter, Guest::of(&scaling));
    };
    for before_start in [too_long as fn(usize, Handle), three_queues] {
        let rules = stops_with(Script {
            before_start,
            ..Script::default()
        });
        assert_eq!(rules, [Rule::NET_CAPABILITIES]);
    }
    let bench = Bench::started(Script {
        before_start: |globals, adapter| {
            let mut address = NET_ADAPTER_LINK_LAYER_ADDRESS {
                Length: 6,
                Address: [0; 32],
            };
            link::NetAdapterSetPermanentLinkLayerAddress(globals, adapter, Guest::of(&address));
            address.Length = 8;
            link::NetAdapterSetCurrentLinkLayerAddress(globals, adapter, Guest::of(&address));
        },
        ..Script::default()
    });
    assert_eq!(bench.finish(), [Rule::NET_CAPABILITIES]);
}

#[test]
fn reset_diagnostics_are_for_their_callback() {
    let bench = Bench::started(Script {
        device: |handle| {
            let globals = DRIVER.lock().globals;
            device::NetDeviceStoreResetDiagnostics(globals, handle, 4, Guest::null());
        },
        ..Script::default()
    });
    assert_eq!(bench.finish(), [Rule::NET_CALLBACK_HANDLE]);
}
