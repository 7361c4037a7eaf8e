//! Security descriptors in text form (SDDL) and access checks against a caller's token.
//!
//! Covers what device security uses: owner and group are read and ignored, the DACL's allow and deny entries count, an
//! SACL is skipped. Object entries and conditions are not understood and refused.

use crate::status::{self, Result};

/// Who opens a device.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Token {
    /// SIDs of user and groups, as text (`S-1-5-32-544`).
    pub sids: Vec<String>,
}

impl Token {
    /// LocalSystem.
    #[must_use]
    pub fn system() -> Self {
        Self::of(&["S-1-5-18", "S-1-5-32-544", "S-1-1-0", "S-1-5-11"])
    }

    /// An elevated administrator.
    #[must_use]
    pub fn administrator() -> Self {
        Self::of(&[
            "S-1-5-21-1-2-3-1000",
            "S-1-5-32-544",
            "S-1-5-32-545",
            "S-1-1-0",
            "S-1-5-11",
        ])
    }

    /// A normal user.
    #[must_use]
    pub fn user() -> Self {
        Self::of(&["S-1-5-21-1-2-3-1001", "S-1-5-32-545", "S-1-1-0", "S-1-5-11"])
    }

    fn of(sids: &[&str]) -> Self {
        Self {
            sids: sids.iter().map(|s| (*s).to_owned()).collect(),
        }
    }
}

/// `GENERIC_READ`
pub const GENERIC_READ: u32 = 0x8000_0000;
/// `GENERIC_WRITE`
pub const GENERIC_WRITE: u32 = 0x4000_0000;
const GENERIC_EXECUTE: u32 = 0x2000_0000;
const GENERIC_ALL: u32 = 0x1000_0000;
/// `FILE_GENERIC_READ`
pub const FILE_GENERIC_READ: u32 = 0x0012_0089;
/// `FILE_GENERIC_WRITE`
pub const FILE_GENERIC_WRITE: u32 = 0x0012_0116;
const FILE_GENERIC_EXECUTE: u32 = 0x0012_00A0;
const FILE_ALL_ACCESS: u32 = 0x001F_01FF;

/// An access list, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acl {
    entries: Option<Vec<Entry>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    allow: bool,
    mask: u32,
    sid: String,
}

impl Acl {
    /// What a named device object without its own descriptor gets: System and Administrators, full.
    #[must_use]
    pub fn system_default() -> Self {
        let entry = |sid: &str| Entry {
            allow: true,
            mask: FILE_ALL_ACCESS,
            sid: sid.to_owned(),
        };
        Self {
            entries: Some(vec![entry("S-1-5-18"), entry("S-1-5-32-544")]),
        }
    }

    /// Reads a security descriptor such as `D:P(A;;GA;;;SY)(A;;GA;;;BA)`.
    ///
    /// # Errors
    /// `STATUS_INVALID_SECURITY_DESCR` for anything that isn't one.
    pub fn parse(sddl: &str) -> Result<Self> {
        let bad = status::INVALID_SECURITY_DESCR;
        let Some(start) = sddl.find("D:") else {
            return Ok(Self { entries: None });
        };
        let rest = &sddl[start + 2..];
        let flags_end = rest.find('(').unwrap_or(rest.len());
        let flags = rest[..flags_end].split("S:").next().unwrap_or_default();
        if !flags
            .replace("AR", "")
            .replace("AI", "")
            .replace('P', "")
            .is_empty()
        {
            return Err(bad);
        }
        let mut entries = Vec::new();
        let mut rest = &rest[flags_end..];
        while let Some(inner) = rest.strip_prefix('(') {
            let end = inner.find(')').ok_or(bad)?;
            entries.push(Entry::parse(&inner[..end]).ok_or(bad)?);
            rest = &inner[end + 1..];
        }
        if !(rest.is_empty() || rest.starts_with("S:")) {
            return Err(bad);
        }
        Ok(Self {
            entries: Some(entries),
        })
    }

    /// Whether `token` gets all of `access`. Entries count in order; what no entry grants is denied.
    #[must_use]
    pub fn grants(&self, token: &Token, access: u32) -> bool {
        let Some(entries) = &self.entries else { return true };
        let mut wanted = map_generic(access);
        for entry in entries {
            if wanted == 0 || !token.sids.contains(&entry.sid) {
                continue;
            }
            if entry.allow {
                wanted &= !entry.mask;
            } else if wanted & entry.mask != 0 {
                return false;
            }
        }
        wanted == 0
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let [kind, _flags, rights, object, inherited, sid] = text.split(';').collect::<Vec<_>>()[..] else {
            return None;
        };
        if !object.is_empty() || !inherited.is_empty() {
            return None;
        }
        let allow = match kind {
            "A" => true,
            "D" => false,
            _ => return None,
        };
        Some(Self {
            allow,
            mask: map_generic(rights_mask(rights)?),
            sid: sid_of(sid)?,
        })
    }
}

fn rights_mask(rights: &str) -> Option<u32> {
    if let Some(hex) = rights.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok();
    }
    if !rights.len().is_multiple_of(2) || !rights.is_ascii() {
        return None;
    }
    let mut mask = 0;
    for i in (0..rights.len()).step_by(2) {
        mask |= match &rights[i..i + 2] {
            "GA" => GENERIC_ALL,
            "GR" => GENERIC_READ,
            "GW" => GENERIC_WRITE,
            "GX" => GENERIC_EXECUTE,
            "RC" => 0x0002_0000,
            "SD" => 0x0001_0000,
            "WD" => 0x0004_0000,
            "WO" => 0x0008_0000,
            "FA" => FILE_ALL_ACCESS,
            "FR" => FILE_GENERIC_READ,
            "FW" => FILE_GENERIC_WRITE,
            "FX" => FILE_GENERIC_EXECUTE,
            _ => return None,
        };
    }
    Some(mask)
}

fn sid_of(text: &str) -> Option<String> {
    if text.starts_with("S-1-") {
        return Some(text.to_owned());
    }
    let sid = match text {
        "SY" => "S-1-5-18",
        "LS" => "S-1-5-19",
        "NS" => "S-1-5-20",
        "BA" => "S-1-5-32-544",
        "BU" => "S-1-5-32-545",
        "BG" => "S-1-5-32-546",
        "NO" => "S-1-5-32-556",
        "WD" => "S-1-1-0",
        "AU" => "S-1-5-11",
        "IU" => "S-1-5-4",
        "AN" => "S-1-5-7",
        "RC" => "S-1-5-12",
        "AC" => "S-1-15-2-1",
        "OW" => "S-1-3-4",
        _ => return None,
    };
    Some(sid.to_owned())
}

fn map_generic(access: u32) -> u32 {
    let mut mask = access & !(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL);
    for (generic, specific) in [
        (GENERIC_READ, FILE_GENERIC_READ),
        (GENERIC_WRITE, FILE_GENERIC_WRITE),
        (GENERIC_EXECUTE, FILE_GENERIC_EXECUTE),
        (GENERIC_ALL, FILE_ALL_ACCESS),
    ] {
        if access & generic != 0 {
            mask |= specific;
        }
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_follows_the_entries() {
        let both = GENERIC_READ | GENERIC_WRITE;
        for (why, sddl, token, access, want) in [
            (
                "administrators only",
                "D:P(A;;GA;;;SY)(A;;GA;;;BA)",
                Token::administrator(),
                both,
                true,
            ),
            (
                "users are not in it",
                "D:P(A;;GA;;;SY)(A;;GA;;;BA)",
                Token::user(),
                GENERIC_READ,
                false,
            ),
            ("no access wanted", "D:P(A;;GA;;;SY)", Token::user(), 0, true),
            (
                "read is not write",
                "D:P(A;;GR;;;WD)",
                Token::user(),
                GENERIC_WRITE,
                false,
            ),
            (
                "a deny before an allow",
                "D:P(D;;GW;;;BU)(A;;GA;;;WD)",
                Token::user(),
                both,
                false,
            ),
            ("no list grants all", "O:BAG:BA", Token::user(), both, true),
            (
                "an empty list grants nothing",
                "D:P",
                Token::system(),
                GENERIC_READ,
                false,
            ),
            (
                "a SID spelled out",
                "D:P(A;;0x1f01ff;;;S-1-5-11)",
                Token::user(),
                both,
                true,
            ),
            (
                "a label follows",
                "D:P(A;;GA;;;WD)S:(ML;;NW;;;LW)",
                Token::user(),
                both,
                true,
            ),
        ] {
            assert_eq!(Acl::parse(sddl).unwrap().grants(&token, access), want, "{why}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "D:P(A;;GA;;SY)",
            "D:P(A;;ZZ;;;SY)",
            "D:X(A;;GA;;;SY)",
            "D:P(A;;GA;;;QQ)",
            "D:P(A;;GA;;;SY",
        ] {
            assert_eq!(Acl::parse(text), Err(status::INVALID_SECURITY_DESCR), "{text}");
        }
    }
}
