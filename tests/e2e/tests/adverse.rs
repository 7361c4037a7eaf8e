//! Bad networks, bad secrets, servers that leave: what a user sees then.

mod common;

use ovpn_dco_e2e::client::Client;
use ovpn_dco_e2e::iperf::{self, Way};
use ovpn_dco_e2e::lab::Lab;
use ovpn_dco_e2e::server::{INNER4, Server, Shape, profile};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

#[test]
fn loss_reordering_and_duplication_do_not_break_a_session() {
    common::needs_root();
    let lab = Lab::new().unwrap();
    let shape = Shape {
        relay: true,
        ..Shape::default()
    };
    let _server = lab.server(&shape).unwrap();
    let options = ["--loss", "2", "--duplicate", "2", "--reorder", "5", "--seed", "7"];
    let _relay = lab.bad_network(&shape, &options).unwrap();
    let device = lab.device(common::device()).unwrap();
    let mut client = lab.client(&device, &shape).unwrap();
    client.wait_event("connected", 60.0).unwrap();
    let (sent, received) = iperf::ping(&lab.client_ns, INNER4, 60, 1000).unwrap();
    assert!(
        received * 10 >= sent * 8 && received <= sent + sent / 10,
        "{received} of {sent}"
    );
    for way in [Way::Up, Way::Down] {
        let rate = iperf::tcp(&lab.server_ns, &lab.client_ns, INNER4, way, 3, 1).unwrap();
        assert!(rate > 0.5, "{way:?}: {rate} Mbit/s");
    }
    assert!(client.interrupt().unwrap().success());
    device.finish().unwrap();
}

#[test]
fn renegotiation_every_few_seconds_loses_no_connection() {
    common::needs_root();
    let lab = Lab::new().unwrap();
    let shape = Shape {
        server_extra: vec!["reneg-sec 6 6".into()],
        client_extra: vec!["reneg-sec 0".into()],
        ..Shape::default()
    };
    let _server = lab.server(&shape).unwrap();
    let device = lab.device(common::device()).unwrap();
    let mut client = lab.client(&device, &shape).unwrap();
    client.wait_event("connected", 30.0).unwrap();
    // One connection for the whole minute: iperf3 fails if it breaks.
    let rate = iperf::tcp(&lab.server_ns, &lab.client_ns, INNER4, Way::Up, 60, 1).unwrap();
    assert!(rate > 1.0, "{rate} Mbit/s");
    let count = client.count("renegotiated");
    assert!(count >= 6, "only {count} renegotiations; {}", client.story());
    assert_eq!(client.count("reconnecting"), 0, "{}", client.story());
    assert!(client.interrupt().unwrap().success());
    device.finish().unwrap();
}

#[test]
fn a_certificate_of_another_authority_is_refused_with_a_reason() {
    common::needs_root();
    let lab = Lab::new().unwrap();
    let shape = Shape {
        client_extra: vec!["# stranger".into()],
        ..Shape::default()
    };
    let _server = lab.server(&shape).unwrap();
    let device = lab.device(common::device()).unwrap();
    let mut client = lab.client(&device, &shape).unwrap();
    let error = client.wait_event("error", 30.0).unwrap();
    let message = error["message"].as_str().unwrap_or_default().to_lowercase();
    assert!(message.contains("certificate"), "{error}");
    assert_ne!(client.wait_end(30.0).unwrap().code(), Some(0));
    device.finish().unwrap();
}

/// A server that asks for user name and password and knows one of each.
fn password_lab() -> (Lab, Shape, Server) {
    let lab = Lab::new().unwrap();
    let script = lab.dir().join("check.sh");
    fs::write(
        &script,
        "#!/bin/sh\n[ \"$username\" = alice ] && [ \"$password\" = secret ]\n",
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let secret = lab.dir().join("login.txt");
    let shape = Shape {
        server_extra: vec![
            format!("auth-user-pass-verify {} via-env", script.display()),
            "script-security 3".into(),
        ],
        client_extra: vec![format!("auth-user-pass {}", secret.display())],
        ..Shape::default()
    };
    let server = lab.server(&shape).unwrap();
    (lab, shape, server)
}

fn login(lab: &Lab, password: &str) {
    fs::write(lab.dir().join("login.txt"), format!("alice\n{password}\n")).unwrap();
}

#[test]
fn a_wrong_password_is_reported_and_the_right_one_connects() {
    common::needs_root();
    let (lab, shape, _server) = password_lab();
    let device = lab.device(common::device()).unwrap();
    login(&lab, "wrong");
    let mut client = lab.client(&device, &shape).unwrap();
    let error = client.wait_event("error", 30.0).unwrap();
    let message = error["message"].as_str().unwrap_or_default().to_lowercase();
    assert!(
        message.contains("password") || message.contains("auth"),
        "{error}"
    );
    assert_ne!(client.wait_end(30.0).unwrap().code(), Some(0));
    drop(client);
    login(&lab, "secret");
    let mut client = lab.client(&device, &shape).unwrap();
    client.wait_event("connected", 30.0).unwrap();
    assert!(client.interrupt().unwrap().success());
    device.finish().unwrap();
}

#[test]
fn a_server_that_falls_silent_is_noticed_within_the_configured_time() {
    common::needs_root();
    let lab = Lab::new().unwrap();
    // The server pushes ping 2, ping-restart 10.
    let shape = Shape::default();
    let mut server = lab.server(&shape).unwrap();
    let device = lab.device(common::device()).unwrap();
    let mut client = lab.client(&device, &shape).unwrap();
    client.wait_event("connected", 30.0).unwrap();
    server.process().signal("STOP").unwrap();
    let silent = Instant::now();
    let event = client.wait_event("reconnecting", 20.0);
    let waited = silent.elapsed().as_secs_f64();
    server.process().signal("CONT").unwrap();
    let event = event.unwrap();
    assert!(
        (7.0..=14.0).contains(&waited),
        "noticed after {waited} s: {event}"
    );
    client.wait_event("connected", 60.0).unwrap();
    assert!(client.interrupt().unwrap().success());
    device.finish().unwrap();
}

#[test]
fn a_device_in_use_is_refused_with_a_reason() {
    common::needs_root();
    let lab = Lab::new().unwrap();
    let shape = Shape::default();
    let _server = lab.server(&shape).unwrap();
    let device = lab.device(common::device()).unwrap();
    let mut first = lab.client(&device, &shape).unwrap();
    first.wait_event("connected", 30.0).unwrap();
    let text = profile(&lab.pki, &shape).unwrap();
    let dir = lab.dir().join("second");
    fs::create_dir_all(&dir).unwrap();
    let mut second = Client::start(&lab.client_ns, &dir, &device, &text, &["--no-dns"]).unwrap();
    let error = second.wait_event("error", 20.0).unwrap();
    assert!(
        error["message"].as_str().unwrap_or_default().contains("in use"),
        "{error}"
    );
    assert_ne!(second.wait_end(10.0).unwrap().code(), Some(0));
    let (sent, received) = iperf::ping(&lab.client_ns, INNER4, 3, 56).unwrap();
    assert_eq!(sent, received, "the first client's tunnel still works");
    assert!(first.interrupt().unwrap().success());
    device.finish().unwrap();
}
