//! Who may open what, under which names, and how often.

use ovpn_dco_device_tests::bench::{Bench, adapter_path, kind};
use ovpn_dco_device_tests::calls::{Handle, end_of, status};
use ovpn_dco_devsock::{Access, Client, ClientError, File, OpenFlags, OpenRequest, Share, Token};
use ovpn_dco_e2e::client::DeviceKind;
use ovpn_dco_uapi::{Ioctl, NtStatus, names};

fn shared(path: &str, access: Access) -> OpenRequest {
    OpenRequest {
        path: path.to_owned(),
        access,
        share: Share::READ_WRITE,
        flags: OpenFlags::OVERLAPPED,
    }
}

fn refusal(result: Result<File, ClientError>) -> Option<NtStatus> {
    match result {
        Ok(_) => None,
        Err(ClientError::Status(status)) => Some(NtStatus(status.0)),
        Err(error) => panic!("{error}"),
    }
}

fn open(client: &Client, path: &str) -> Option<NtStatus> {
    refusal(client.open(&OpenRequest::exclusive(path)))
}

#[test]
fn the_adapter_has_one_handle_and_tells_the_second_caller_access_denied() {
    let bench = Bench::new();
    let (first, second) = (bench.client(), bench.client());
    let path = adapter_path(&first);
    for round in 0..20 {
        let handle = first.open(&OpenRequest::exclusive(&path)).unwrap();
        // OpenVPN asks by the symbolic link whether there is a driver, and takes this very status for a yes.
        for (client, name) in [
            (&second, path.as_str()),
            (&second, names::ADAPTER_PATH),
            (&first, &path),
        ] {
            assert_eq!(
                open(client, name),
                Some(NtStatus::ACCESS_DENIED),
                "{round}, {name}"
            );
            let sharing = client.open(&shared(name, Access::READ));
            assert_eq!(refusal(sharing), Some(NtStatus::ACCESS_DENIED), "{round}, {name}");
        }
        handle.close().unwrap();
    }
    assert_eq!(open(&second, names::ADAPTER_PATH), None);
    bench.finish();
}

#[test]
fn names_are_found_without_regard_to_case_and_others_are_not() {
    let bench = Bench::new();
    let client = bench.client();
    let path = adapter_path(&client);
    let path_upper = path
        .rsplit_once('\\')
        .map(|(device, reference)| format!("{}\\{reference}", device.to_uppercase()));
    let found = [
        names::ADAPTER_PATH,
        r"\\.\OVPN-DCO",
        names::VERSION_PATH,
        r"\\.\Ovpn-Dco-Ver",
        &path,
    ];
    for name in found.into_iter().map(str::to_owned).chain(path_upper) {
        let file = client.open(&OpenRequest::exclusive(&name));
        file.unwrap_or_else(|e| panic!("{name}: {e}")).close().unwrap();
    }
    for name in [
        "",
        r"\\.\",
        r"\\.\ovpn-dco-x",
        r"\\.\ovpn-dc",
        r"\\.\Global\ovpn",
        "ovpn-dco",
        r"\\?\root#net",
    ] {
        assert_eq!(
            open(&client, name),
            Some(NtStatus::OBJECT_NAME_NOT_FOUND),
            "{name:?}"
        );
    }
    bench.finish();
}

#[test]
fn the_version_device_answers_anybody_and_nothing_else() {
    let bench = Bench::new();
    let adapter = bench.open();
    let user = bench.client_as(Token::User);
    let files: Vec<File> = (0..5)
        .map(|_| user.open(&shared(names::VERSION_PATH, Access::READ)).unwrap())
        .collect();
    for file in files {
        let version = Handle::new(user.clone(), file);
        for ioctl in Ioctl::ALL {
            let ended = version.call(ioctl, &[0; 256], 256);
            let expect = match ioctl {
                Ioctl::GetVersion => (NtStatus::SUCCESS, 12),
                _ => (NtStatus::INVALID_DEVICE_REQUEST, 0),
            };
            assert_eq!((status(&ended), ended.information), expect, "{}", ioctl.name());
        }
        for room in [0, 4, 11] {
            let ended = version.call(Ioctl::GetVersion, &[], room);
            assert_eq!(status(&ended), NtStatus::BUFFER_TOO_SMALL);
        }
        let same = adapter.call(Ioctl::GetVersion, &[], 12).data;
        assert_eq!(version.call(Ioctl::GetVersion, &[], 12).data, same);
        assert_eq!(status(&end_of(version.read())), NtStatus::INVALID_DEVICE_REQUEST);
        assert_eq!(status(&version.write(&[1; 20])), NtStatus::INVALID_DEVICE_REQUEST);
    }
    adapter.close();
    bench.finish();
}

/// The hosted device has no security descriptors.
#[test]
fn the_version_device_s_descriptor_lets_users_read_and_administrators_write() {
    if kind() != DeviceKind::Ntsim {
        return;
    }
    let bench = Bench::new();
    for (token, access, refused) in [
        (Token::User, Access::READ, None),
        (Token::User, Access::WRITE, Some(NtStatus::ACCESS_DENIED)),
        (Token::User, Access::READ_WRITE, Some(NtStatus::ACCESS_DENIED)),
        (Token::Admin, Access::READ_WRITE, None),
        (Token::System, Access::READ_WRITE, None),
    ] {
        let client = bench.client_as(token);
        let opened = client.open(&shared(names::VERSION_PATH, access));
        assert_eq!(refusal(opened), refused, "{token:?} {access:?}");
    }
    bench.finish();
}

#[test]
fn any_user_may_open_the_adapter() {
    let bench = Bench::new();
    let user = bench.client_as(Token::User);
    assert_eq!(open(&user, &adapter_path(&user)), None);
    bench.finish();
}
