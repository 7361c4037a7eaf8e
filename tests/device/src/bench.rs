//! One device process in a namespace of its own.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use ovpn_dco_devsock::{Address, Client, ClientError, ConnectOptions, OpenRequest, Token};
use ovpn_dco_e2e::client::{Device, DeviceKind, TUN, bin_dir, package_dir};
use ovpn_dco_e2e::netns::Netns;
use ovpn_dco_uapi::{NtStatus, names};
use serde_json::Value;

use crate::calls::Handle;

/// The device's address in the tunnel.
pub const TUNNEL_LOCAL: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 2);
/// The peer's address in the tunnel.
pub const TUNNEL_PEER: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 1);

/// A device under test. [`Bench::finish`] ends it and says what it found.
pub struct Bench {
    /// Where device, peer and tunnel are.
    pub ns: Netns,
    device: Option<Device>,
    address: Address,
    dir: tempfile::TempDir,
}

/// What is under test.
#[must_use]
pub fn kind() -> DeviceKind {
    DeviceKind::from_env()
}

impl Bench {
    /// Starts the device.
    #[must_use]
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// As [`Bench::new`], with more arguments for `ntsim run`.
    #[must_use]
    pub fn with(ntsim: &[&str]) -> Self {
        Self::of_package(&package_dir().expect("the package's folder"), ntsim)
    }

    /// As [`Bench::with`], with the driver in the folder `package`.
    #[must_use]
    pub fn of_package(package: &Path, ntsim: &[&str]) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("ovpn-dco-device.")
            .tempdir()
            .expect("a folder");
        let ns = Netns::new("d").expect("a network namespace");
        let mut extra = Vec::new();
        if kind() == DeviceKind::Ntsim {
            extra.extend([
                "--control".to_owned(),
                dir.path().join("control").display().to_string(),
            ]);
            extra.extend(ntsim.iter().map(|text| (*text).to_owned()));
        }
        let device =
            Device::start_package(kind(), package, &ns, dir.path(), &extra).expect("the device starts");
        let address = device.address().parse().expect("an address");
        Self {
            ns,
            device: Some(device),
            address,
            dir,
        }
    }

    /// Loads, starts, stops and unloads the driver again and again, each time with another allocation that fails (`ntsim run
    /// --walk`); its report. Only for the simulated machine.
    #[must_use]
    pub fn walk_over_start() -> Value {
        let ns = Netns::new("d").expect("a network namespace");
        let report = tempfile::NamedTempFile::new().expect("a file");
        let package = package_dir().expect("the driver's package");
        let program = bin_dir().expect("the programs' folder").join("ntsim");
        let output = ns
            .command(&program.to_string_lossy())
            .arg("run")
            .arg(package.join("ovpn-dco.sys"))
            .arg("--inf")
            .arg(package.join("ovpn-dco.inf"))
            .args(["--tun", TUN, "--walk", "alloc", "--seconds", "0", "--json"])
            .arg(report.path())
            .output()
            .expect("ntsim");
        let said = String::from_utf8_lossy(&output.stderr);
        let text = std::fs::read_to_string(report.path()).expect("the report");
        assert!(output.status.success(), "{}: {said}{text}", output.status);
        serde_json::from_str(&text).expect("the report")
    }

    /// A process of an administrator.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client_as(Token::Admin)
    }

    /// A process.
    #[must_use]
    pub fn client_as(&self, token: Token) -> Client {
        let options = ConnectOptions {
            token,
            ..ConnectOptions::default()
        };
        Client::connect_as(&self.address, &options).expect("the device socket")
    }

    /// The adapter, opened by a process of its own as OpenVPN opens it.
    #[must_use]
    pub fn open(&self) -> Handle {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let client = self.client();
            let path = adapter_path(&client);
            match client.open(&OpenRequest::exclusive(path)) {
                Ok(file) => return Handle::new(client, file),
                // The handle of a process that just died may still be closing.
                Err(ClientError::Status(status))
                    if NtStatus(status.0) == NtStatus::ACCESS_DENIED && Instant::now() < deadline =>
                {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(error) => panic!("the adapter does not open: {error}\n{}", self.log()),
            }
        }
    }

    /// Gives the tunnel's interface its address. It carries packets once the device says that it is connected.
    pub fn configure_tunnel(&self) {
        let address = format!("{TUNNEL_LOCAL}/24");
        self.ns
            .ip(&["addr", "replace", &address, "dev", TUN])
            .expect("an address");
        self.ns.ip(&["link", "set", TUN, "up"]).expect("the link");
    }

    /// Gives the simulated machine an order (`ntsim power`, `remove`, `fault`); `{}` stands for its socket.
    ///
    /// # Errors
    /// What the machine says about an order that failed.
    pub fn order(&self, arguments: &[&str]) -> Result<String, String> {
        let control = self.dir.path().join("control").display().to_string();
        let program = bin_dir().expect("the programs' folder").join("ntsim");
        let arguments = arguments.iter().map(|a| if *a == "{}" { &control } else { *a });
        let output = Command::new(program).args(arguments).output().expect("ntsim");
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    }

    /// A file of the bench's own.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What a program connects to, as text.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_text()
    }

    /// What the device process has printed.
    #[must_use]
    pub fn log(&self) -> String {
        self.device.as_ref().map(Device::log).unwrap_or_default()
    }

    /// Ends the device with SIGTERM; its report, whatever it found.
    #[must_use]
    pub fn verdict(mut self) -> Value {
        let device = self.device.take().expect("a device");
        device.end().expect("the device ends").1
    }

    /// Ends the device with SIGTERM; its report. A simulated machine that found a violation fails the test here.
    pub fn finish(mut self) -> Value {
        let device = self.device.take().expect("a device");
        let report = device.finish().expect("the device ends well");
        if kind() == DeviceKind::Ntsim {
            let verifier = &report["verifier"];
            assert_eq!(
                (&verifier["violations"], &verifier["leaks"]),
                (&0.into(), &0.into())
            );
        }
        report
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if std::thread::panicking() && self.device.is_some() {
            eprintln!("the device said:\n{}", self.log());
        }
    }
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

/// The interface path of the only adapter, found as OpenVPN finds it: by hardware id and reference string.
#[must_use]
pub fn adapter_path(client: &Client) -> String {
    let devices = client.devices().expect("a list of devices");
    let ours = devices.into_iter().find(|device| {
        device.hardware_id.eq_ignore_ascii_case(names::HARDWARE_ID)
            && device.interface_path.rsplit('\\').next() == Some(names::REFERENCE_STRING)
    });
    ours.expect("an adapter").interface_path
}
