use super::*;
use proptest::prelude::*;

fn frame(bytes: &[u8]) -> Frame {
    Frame::read(bytes).unwrap().unwrap()
}

#[test]
fn an_ioctl_on_the_wire() {
    let request = Request::Ioctl {
        handle: 2,
        code: 0x0022_0004,
        output_len: 3,
        input: &[0xAA],
    };
    let want = [
        17, 0, 0, 0, 0x11, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, // header
        2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0x22, 0, 3, 0, 0, 0, 0xAA,
    ];
    assert_eq!(request.encode(9)[..], want);
}

#[test]
fn broken_frames_are_named() {
    let good = Request::Close { handle: 1 }.encode(1);
    let edit = |at: usize, value: u8| {
        let mut bytes = good.to_vec();
        bytes[at] = value;
        bytes
    };
    let kind = |bytes: &[u8]| frame(bytes).request().unwrap_err();
    assert_eq!(kind(&edit(4, 0x77)), WireError::Kind(0x77));
    assert_eq!(kind(&edit(8, 0)), WireError::Value("request id"));
    assert_eq!(kind(&edit(0, 7)), WireError::Short("handle"));
    let mut long = edit(0, 9);
    long.push(0);
    assert_eq!(kind(&long), WireError::Trailing(1));
    for (why, bytes) in [("length", edit(3, 1)), ("reserved", edit(6, 1))] {
        assert_eq!(
            Frame::read(&bytes[..]).err().map(|e| e.kind()),
            Some(io::ErrorKind::InvalidData),
            "{why}"
        );
    }
    for cut in 1..good.len() {
        let error = Frame::read(&good[..cut]).err().map(|e| e.kind());
        assert_eq!(error, Some(io::ErrorKind::UnexpectedEof), "{cut}");
    }
    assert!(Frame::read(&[][..]).unwrap().is_none());
}

#[test]
fn buffers_beyond_the_limit_are_refused() {
    let over = u32::try_from(MAX_DATA + 1).unwrap();
    let read = Request::Read { handle: 1, len: over }.encode(1);
    assert_eq!(frame(&read).request(), Err(WireError::Value("length")));
    let write = Request::Write {
        handle: 1,
        data: &vec![0; MAX_DATA + 1],
    }
    .encode(1);
    assert_eq!(frame(&write).request(), Err(WireError::Value("data")));
}

#[test]
fn long_texts_are_cut_at_a_character() {
    let reason = "ä".repeat(MAX_TEXT);
    let bytes = Reply::Abort { reason }.encode(0);
    assert_eq!(
        frame(&bytes).reply(),
        Ok(Reply::Abort {
            reason: "ä".repeat(MAX_TEXT / 2)
        })
    );
}

#[test]
fn devices_and_properties_survive() {
    let devices = vec![
        DeviceInfo {
            hardware_id: "a".into(),
            network_interface: Some("tun0".into()),
            ..Default::default()
        },
        DeviceInfo {
            interface_path: r"\\?\x\y".into(),
            ..Default::default()
        },
    ];
    assert_eq!(decode_devices(&encode_devices(&devices)), Ok(devices));
    let properties = vec![("a".to_owned(), "b".to_owned())];
    assert_eq!(decode_properties(&encode_properties(&properties)), Ok(properties));
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        fuzz(&bytes);
    }

    #[test]
    fn any_body_behind_a_good_header(
        kind in prop_oneof![0x01u16..0x30, 0x80u16..0x92],
        id in 0u64..3,
        body in proptest::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..120),
    ) {
        let mut frame = Body::new(kind, id, body.len());
        frame.bytes(&body);
        fuzz(&frame.finish());
    }
}
