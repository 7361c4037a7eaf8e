//! The framing of the TCP transport: every packet is preceded by its length as u16.
//!
//! Follows "OpenVPN data channel", TCP transport. The stream may come in pieces of any size. A length of 0, or beyond
//! what a packet can be, means that the framing is lost: there is no way back, and the connection must be given up.
//!
//! A packet that lies whole in the input is given out where it is; only one that is split is put together in the
//! stream's own buffer, which is allocated once.

use crate::sync::{NoMemory, extend_within_capacity, try_with_capacity};
use alloc::vec::Vec;

/// The framing is lost. The stream gives no more packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// A packet of length 0.
    Zero,
    /// A packet longer than any is.
    TooLong(u16),
}

/// Takes packets out of a stream.
pub struct TcpStream {
    /// Length and packet, as far as they have come. Never longer than its capacity, which is never exceeded.
    partial: Vec<u8>,
    /// Whether `partial` holds a whole packet that was given out and is to be forgotten.
    given: bool,
    max: u16,
    lost: Option<StreamError>,
}

const LENGTH: usize = 2;

impl TcpStream {
    /// A stream of packets of at most `max` bytes (at least 1). Allocates its buffer.
    pub fn new(max: u16) -> Result<Self, NoMemory> {
        let partial = try_with_capacity(LENGTH.saturating_add(usize::from(max)))?;
        Ok(Self {
            partial,
            given: false,
            max,
            lost: None,
        })
    }

    /// The next packet, without its length. Takes the bytes that it used off the front of `input`; `None` when all
    /// input is used up. Call again until `None`.
    ///
    /// # Errors
    /// [`StreamError`], again on every later call; `input` is then not used any further.
    pub fn next<'s, 'i: 's>(&'s mut self, input: &mut &'i [u8]) -> Result<Option<&'s [u8]>, StreamError> {
        if let Some(error) = self.lost {
            return Err(error);
        }
        if self.given {
            self.partial.clear();
            self.given = false;
        }
        if self.partial.is_empty()
            && let Some((length, rest)) = input.split_first_chunk::<LENGTH>()
        {
            let length = self.check(*length)?;
            if let Some((packet, rest)) = rest.split_at_checked(length) {
                *input = rest;
                return Ok(Some(packet));
            }
        }
        if !self.fill(LENGTH, input) {
            return Ok(None);
        }
        let length = match self.partial.first_chunk::<LENGTH>() {
            Some(length) => *length,
            None => return Ok(None),
        };
        let length = self.check(length)?;
        if !self.fill(LENGTH.saturating_add(length), input) {
            return Ok(None);
        }
        self.given = true;
        Ok(self.partial.get(LENGTH..))
    }

    /// Bytes of an unfinished packet that are kept, its length included.
    pub fn pending(&self) -> usize {
        if self.given { 0 } else { self.partial.len() }
    }

    fn check(&mut self, length: [u8; LENGTH]) -> Result<usize, StreamError> {
        let error = match u16::from_be_bytes(length) {
            0 => StreamError::Zero,
            length if length > self.max => StreamError::TooLong(length),
            length => return Ok(usize::from(length)),
        };
        self.lost = Some(error);
        Err(error)
    }

    /// Moves bytes from the input until `partial` is `target` long; `false` if the input ends first.
    fn fill(&mut self, target: usize, input: &mut &[u8]) -> bool {
        let missing = target.saturating_sub(self.partial.len());
        let taken = missing.min(input.len());
        let Some((head, rest)) = input.split_at_checked(taken) else {
            return false;
        };
        // There is room: the checked length bounds it.
        if !extend_within_capacity(&mut self.partial, head) {
            return false;
        }
        *input = rest;
        taken == missing
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec;

    fn frame(packets: &[Vec<u8>]) -> Vec<u8> {
        packets
            .iter()
            .flat_map(|packet| {
                let length = u16::try_from(packet.len()).unwrap().to_be_bytes();
                length.into_iter().chain(packet.iter().copied())
            })
            .collect()
    }

    fn read(stream: &mut TcpStream, mut input: &[u8]) -> Result<Vec<Vec<u8>>, StreamError> {
        let mut packets = vec![];
        while let Some(packet) = stream.next(&mut input)? {
            packets.push(packet.to_vec());
        }
        assert!(input.is_empty());
        Ok(packets)
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_packets(
            lens in prop::collection::vec(1..60_usize, 0..12),
            cuts in prop::collection::vec(0..20_usize, 0..100),
        ) {
            let packets: Vec<Vec<u8>> = (0..).zip(&lens).map(|(n, len)| vec![n; *len]).collect();
            let bytes = frame(&packets);
            let mut stream = TcpStream::new(64).unwrap();
            let mut got = vec![];
            let mut rest = &bytes[..];
            for cut in cuts {
                let (head, tail) = rest.split_at(cut.min(rest.len()));
                got.extend(read(&mut stream, head).unwrap());
                rest = tail;
            }
            got.extend(read(&mut stream, rest).unwrap());
            prop_assert_eq!(got, packets);
            prop_assert_eq!(stream.pending(), 0);
        }
    }

    #[test]
    fn a_whole_packet_is_not_copied() {
        let bytes = frame(&[vec![7; 30]]);
        let mut stream = TcpStream::new(64).unwrap();
        let packet = stream.next(&mut &bytes[..]).unwrap().unwrap().as_ptr_range();
        assert!(bytes.as_ptr_range().contains(&packet.start));
    }

    #[test]
    fn a_bad_length_loses_the_stream_for_good() {
        for (bytes, error) in [([0, 0], StreamError::Zero), ([0, 65], StreamError::TooLong(65))] {
            let mut stream = TcpStream::new(64).unwrap();
            let mut input = &[&frame(&[vec![1; 3]])[..], &bytes, &[0; 9]].concat()[..];
            assert_eq!(stream.next(&mut input), Ok(Some(&[1, 1, 1][..])));
            assert_eq!(stream.next(&mut input), Err(error));
            assert_eq!(stream.next(&mut &frame(&[vec![2; 3]])[..]), Err(error));
            // The same, split between the two bytes.
            let mut stream = TcpStream::new(64).unwrap();
            assert_eq!(stream.next(&mut &bytes[..1]), Ok(None));
            assert_eq!(stream.next(&mut &bytes[1..]), Err(error));
        }
    }

    #[test]
    fn the_longest_packet_passes_in_pieces() {
        let bytes = frame(&[vec![9; 64]]);
        let mut stream = TcpStream::new(64).unwrap();
        let mut packets = vec![];
        for byte in &bytes {
            packets.extend(read(&mut stream, core::slice::from_ref(byte)).unwrap());
        }
        assert_eq!(packets, [vec![9; 64]]);
    }
}
