use super::Input;
use ovpn_dco_engine::tcp_stream::{StreamError, TcpStream};

/// Any stream in any pieces gives the packets that a reader of the whole would find, or the same error.
///
/// Input: the longest packet (two bytes); how many cuts follow, and the cuts; the stream.
pub fn stream(data: &[u8]) {
    let mut input = Input(data);
    let (Some(max), Some(count)) = (input.word(), input.byte()) else {
        return;
    };
    let max = max % 2048 + 1;
    let cuts = input.bytes(count.into());
    let whole = input.0;

    let mut tcp = TcpStream::new(max).expect("memory");
    let (mut packets, mut error) = (Vec::new(), None);
    let mut rest = whole;
    for cut in cuts.iter().map(|cut| usize::from(*cut)).chain([usize::MAX]) {
        let (mut piece, behind) = rest.split_at(cut.min(rest.len()));
        rest = behind;
        while error.is_none() {
            match tcp.next(&mut piece) {
                Ok(Some(packet)) => packets.push(packet.to_vec()),
                Ok(None) => {
                    assert!(piece.is_empty(), "input was left over");
                    break;
                }
                Err(lost) => error = Some(lost),
            }
        }
        if let Some(error) = error {
            assert_eq!(
                tcp.next(&mut &[0, 1, 7][..]),
                Err(error),
                "a lost stream is lost for good"
            );
            break;
        }
    }
    assert_eq!((packets, error), naive(whole, max));
}

fn naive(mut rest: &[u8], max: u16) -> (Vec<Vec<u8>>, Option<StreamError>) {
    let mut packets = Vec::new();
    while let [high, low, behind @ ..] = rest {
        let length = u16::from_be_bytes([*high, *low]);
        if length == 0 {
            return (packets, Some(StreamError::Zero));
        }
        if length > max {
            return (packets, Some(StreamError::TooLong(length)));
        }
        let Some((packet, behind)) = behind.split_at_checked(length.into()) else {
            break;
        };
        packets.push(packet.to_vec());
        rest = behind;
    }
    (packets, None)
}
