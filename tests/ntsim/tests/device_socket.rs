//! `ntsim run` as other processes see it: the device socket, the control socket, signals, the report.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use ntsim::control::{self, Order};
use ntsim::status;
use ovpn_dco_devsock::{
    Address, Client, ClientError, ConnectOptions, File, OpenRequest, Pending, Status, Token,
};
use serde_json::Value;

const HEALTHY: u32 = 0x22_0000;
const LEAKED_REQUEST: u32 = 0x22_0000 | 1 << 2;
const BUGCHECK: u32 = 0x22_0000 | 16 << 2;

/// A running `ntsim run` of the test driver.
struct Running {
    child: Child,
    folder: PathBuf,
}

impl Running {
    /// `None` where the driver can't be built.
    fn start(test: &str, extra: &[&str]) -> Option<Self> {
        let driver = common::driver("faulty-driver")?;
        let folder = std::env::temp_dir().join(format!("ntsim-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let place = |name: &str| folder.join(name).display().to_string();
        let child = Command::new(env!("CARGO_BIN_EXE_ntsim"))
            .arg("run")
            .arg(driver)
            .args(["--listen", "tcp:127.0.0.1:0", "--listen", &place("device")])
            .args(["--control", &place("control"), "--json", &place("report")])
            .args(extra)
            .spawn()
            .unwrap();
        let running = Self { child, folder };
        let deadline = Instant::now() + Duration::from_secs(20);
        while !running.folder.join("device").exists() {
            assert!(Instant::now() < deadline, "it never listened");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(running)
    }

    fn connect(&self, token: Token) -> Client {
        let options = ConnectOptions {
            token,
            ..ConnectOptions::default()
        };
        Client::connect_as(&Address::Unix(self.folder.join("device")), &options).unwrap()
    }

    fn order(&self, order: &Order) -> Result<String, String> {
        control::ask(&self.folder.join("control"), order).map_err(|e| e.to_string())
    }

    /// SIGTERM; how it ended and what it reports.
    fn end(mut self) -> (ExitStatus, Value) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        let status = self.child.wait().unwrap();
        let report = std::fs::read_to_string(self.folder.join("report")).unwrap();
        for gone in ["device", "device.tcp", "control"] {
            assert!(!self.folder.join(gone).exists(), "{gone} is left behind");
        }
        (status, serde_json::from_str(&report).unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail if all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn open(client: &Client) -> File {
    let devices = client.devices().unwrap();
    assert_eq!(devices.len(), 1, "{devices:?}");
    client
        .open(&OpenRequest::exclusive(&devices[0].interface_path))
        .unwrap()
}

fn refusal(result: Result<File, ClientError>) -> i32 {
    match result.err() {
        Some(ClientError::Status(Status(status))) => status,
        other => panic!("not refused: {other:?}"),
    }
}

fn end_of(mut pending: Pending) -> i32 {
    let ended = pending.wait_timeout(Duration::from_secs(10)).unwrap();
    ended.expect("it ends").status.0
}

fn still_pends(pending: &mut Pending) -> bool {
    pending
        .wait_timeout(Duration::from_millis(200))
        .unwrap()
        .is_none()
}

#[test]
fn opens_obey_the_device_s_descriptor_and_its_names() {
    let Some(running) = Running::start("opens", &[]) else {
        return;
    };
    let admin = running.connect(Token::Admin);
    let path = admin.devices().unwrap()[0].interface_path.clone();
    let user = running.connect(Token::User);
    let as_user = user.open(&OpenRequest::exclusive(&path));
    assert_eq!(refusal(as_user), status::ACCESS_DENIED);
    let elsewhere = admin.open(&OpenRequest::exclusive(r"\\.\NoSuchDevice"));
    assert_eq!(refusal(elsewhere), status::OBJECT_NAME_NOT_FOUND);
    let file = open(&admin);
    let done = file.ioctl(HEALTHY, &[1, 2], 8).unwrap().wait().unwrap();
    assert_eq!((done.status.0, done.information), (0, done.data.len() as u64));
    drop(file);
    let (status, report) = running.end();
    assert!(status.success(), "{report:#}");
    assert_eq!(report["device"], "ntsim");
    assert_eq!(report["verifier"]["violations"], 0);
    assert_eq!(report["verifier"]["leaks"], 0);
    assert!(report["verifier"]["calls"].as_u64().unwrap() > 0);
    assert_eq!(report["image_sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn a_program_without_unix_sockets_connects_by_the_announced_address() {
    let Some(running) = Running::start("tcp", &[]) else {
        return;
    };
    let address = std::fs::read_to_string(running.folder.join("device.tcp")).unwrap();
    let client = Client::connect(&address.trim().parse().unwrap()).unwrap();
    let done = open(&client).ioctl(HEALTHY, &[], 8).unwrap().wait().unwrap();
    assert_eq!(done.status, Status::SUCCESS);
    drop(client);
    assert!(running.end().0.success());
}

#[test]
fn the_device_sleeps_and_wakes_by_order_and_a_dead_process_leaves_nothing_open() {
    let Some(running) = Running::start("sleep", &[]) else {
        return;
    };
    let client = running.connect(Token::Admin);
    let file = open(&client);
    for _ in 0..3 {
        running.order(&Order::Sleep).unwrap();
        running.order(&Order::Resume).unwrap();
        assert_eq!(end_of(file.ioctl(HEALTHY, &[], 8).unwrap()), status::SUCCESS);
    }
    assert!(running.order(&Order::Inspect).unwrap().contains("opens 1"));
    // The file outlives the client here: the connection ends with the last of the two.
    drop(client);
    drop(file);
    let deadline = Instant::now() + Duration::from_secs(5);
    while !running.order(&Order::Inspect).unwrap().contains("opens 0") {
        assert!(Instant::now() < deadline, "{:?}", running.order(&Order::Inspect));
    }
    let (status, report) = running.end();
    assert!(status.success(), "{report:#}");
}

#[test]
fn an_open_handle_keeps_the_device_until_it_is_taken_by_surprise() {
    let Some(running) = Running::start("surprise", &[]) else {
        return;
    };
    let client = running.connect(Token::Admin);
    let file = open(&client);
    let kept = running.order(&Order::Remove).unwrap_err();
    assert_eq!(kept, "STATUS_INVALID_DEVICE_STATE");
    running.order(&Order::SurpriseRemove).unwrap();
    assert!(client.devices().unwrap().is_empty());
    assert!(end_of(file.ioctl(HEALTHY, &[], 8).unwrap()) < 0);
    assert_eq!(running.order(&Order::Sleep).unwrap_err(), "STATUS_NO_SUCH_DEVICE");
    drop((file, client));
    let (status, report) = running.end();
    assert!(status.success(), "{report:#}");
}

#[test]
fn faults_are_ordered_while_it_runs() {
    let Some(running) = Running::start("faults", &[]) else {
        return;
    };
    let client = running.connect(Token::Admin);
    let path = client.devices().unwrap()[0].interface_path.clone();
    let all_fail = toml::from_str("[[rule]]\ncall = \"alloc\"\nevery = 1\n").unwrap();
    running.order(&Order::Fault(all_fail)).unwrap();
    let opened = client.open(&OpenRequest::exclusive(&path));
    let failed = match opened {
        Ok(file) => end_of(file.ioctl(HEALTHY, &[], 8).unwrap()),
        Err(ClientError::Status(Status(status))) => status,
        Err(other) => panic!("{other}"),
    };
    assert!(failed < 0, "{}", status::name(failed));
    let before = running.order(&Order::Fault(ntsim::faults::Plan::default()));
    let before = before.unwrap();
    let [allocations, matched] = before.lines().collect::<Vec<_>>()[..] else {
        panic!("{before}")
    };
    assert_eq!(allocations, matched, "the rule matched each of them");
    assert_ne!(allocations, "0");
    assert_eq!(
        end_of(open(&client).ioctl(HEALTHY, &[], 8).unwrap()),
        status::SUCCESS
    );
    drop(client);
    assert!(running.end().0.success());
}

#[test]
fn a_request_that_the_driver_keeps_is_a_violation_but_not_the_end_of_ntsim() {
    let Some(running) = Running::start("leak", &["--hang-after", "1"]) else {
        return;
    };
    let client = running.connect(Token::Admin);
    let file = open(&client);
    let mut lost = file.ioctl(LEAKED_REQUEST, &[], 8).unwrap();
    assert!(still_pends(&mut lost));
    drop((file, lost, client));
    let (status, report) = running.end();
    assert_eq!(status.code(), Some(1));
    let named = report["list"].as_array().unwrap();
    assert!(named.iter().any(|v| v["rule"] == "request-lost"), "{report:#}");
}

#[test]
fn a_machine_that_stops_ends_its_processes_and_says_why() {
    let Some(mut running) = Running::start("stop", &[]) else {
        return;
    };
    let client = running.connect(Token::Admin);
    let file = open(&client);
    let mut never = file.ioctl(BUGCHECK, &[], 8).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let status = loop {
        if let Some(status) = running.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "it goes on after a bugcheck");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(1));
    assert!(never.wait_timeout(Duration::from_secs(1)).is_err(), "no answer");
    let report = std::fs::read_to_string(running.folder.join("report")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["stopped"], true);
    assert_eq!(report["list"][0]["rule"], "bugcheck", "{report:#}");
}

#[test]
fn a_socket_that_can_t_be_made_is_said_and_the_driver_unloaded() {
    let Some(driver) = common::driver("faulty-driver") else {
        return;
    };
    let output = Command::new(env!("CARGO_BIN_EXE_ntsim"))
        .arg("run")
        .arg(driver)
        .arg("--listen")
        .arg(Path::new("/no/such/folder/socket"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("/no/such/folder/socket"), "{said}");
}
