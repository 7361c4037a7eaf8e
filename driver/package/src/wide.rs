//! Instructions for wide registers (AVX, AVX-512) in x64 code.
//!
//! Kernel code may use the XMM registers by their old instructions, and nothing wider without saving it first (`KeSaveExtendedProcessorState`).
//! Even the 128-bit forms of AVX clear what lies above. The driver saves nothing, so it must not contain any of them, not even in a branch
//! that a look at the processor guards.

use iced_x86::{Decoder, DecoderOptions, EncodingKind};

/// A stretch of code: its offset from the image's base, and its bytes.
pub type Code<'data> = (u32, &'data [u8]);

/// Offsets of the instructions in `code` that use wide registers. `starts` are offsets at which an instruction is known to begin: decoding
/// begins anew at each, so that what lies between functions cannot mislead it.
#[must_use]
pub fn instructions((base, bytes): Code<'_>, starts: &[u32]) -> Vec<u32> {
    let end = base.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    let mut cuts: Vec<u32> = starts
        .iter()
        .copied()
        .filter(|at| (base..end).contains(at))
        .collect();
    cuts.extend([base, end]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .flat_map(|piece| in_piece(base, bytes, piece[0], piece[1]))
        .collect()
}

fn in_piece(base: u32, bytes: &[u8], from: u32, to: u32) -> Vec<u32> {
    let range = (from - base) as usize..(to - base) as usize;
    let decoder = Decoder::with_ip(64, &bytes[range], u64::from(from), DecoderOptions::NONE);
    decoder
        .into_iter()
        .filter(|instruction| {
            !instruction.is_invalid() && instruction.code().encoding() != EncodingKind::Legacy
        })
        .filter_map(|instruction| u32::try_from(instruction.ip()).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_instructions_are_allowed_and_wide_ones_are_found() {
        for (code, wide) in [
            // aesenc xmm0, xmm1
            (&[0x66, 0x0f, 0x38, 0xdc, 0xc1][..], false),
            // sha256rnds2 xmm0, xmm1
            (&[0x0f, 0x38, 0xcb, 0xc1], false),
            // vpaddd ymm0, ymm0, ymm1
            (&[0xc5, 0xfd, 0xfe, 0xc1], true),
            // vpaddd xmm0, xmm0, xmm1
            (&[0xc5, 0xf9, 0xfe, 0xc1], true),
            // vzeroupper
            (&[0xc5, 0xf8, 0x77], true),
            // vpaddd zmm0, zmm0, zmm1
            (&[0x62, 0xf1, 0x7d, 0x48, 0xfe, 0xc1], true),
        ] {
            let expected: &[u32] = if wide { &[0x1000] } else { &[] };
            assert_eq!(instructions((0x1000, code), &[]), expected, "{code:02x?}");
        }
    }

    #[test]
    fn decoding_begins_anew_at_each_function() {
        // The first byte of a long instruction as padding, then vzeroupper.
        let code = [0x48, 0xb8, 0xc5, 0xf8, 0x77, 0xc3, 0xcc, 0xcc, 0xcc, 0xcc];
        assert!(instructions((0x1000, &code), &[]).is_empty());
        assert_eq!(instructions((0x1000, &code), &[0x1002]), [0x1002]);
    }
}
