//! Stamping: from `ovpn-dco.inx` to `ovpn-dco.inf`, as the WDK's stampinf does it.

use anyhow::{Result, bail};

use crate::image::{Arch, Version};

/// What is stamped into an INX file.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The processor of the package.
    pub arch: Arch,
    /// The date of `DriverVer`: month, day, year.
    pub date: (u8, u8, u16),
    /// The version of `DriverVer`.
    pub version: Version,
    /// KMDF version, such as `1.31`.
    pub kmdf: String,
}

impl Stamp {
    /// Reads a date as ISO 8601 writes it: `2026-11-22`.
    ///
    /// # Errors
    ///
    /// If it is no date.
    pub fn parse_date(text: &str) -> Result<(u8, u8, u16)> {
        let parts: Vec<_> = text.split('-').collect();
        let [year, month, day] = parts[..] else {
            bail!("'{text}' is no date of the form 2026-11-22")
        };
        let (month, day, year) = (month.parse()?, day.parse()?, year.parse()?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            bail!("'{text}' is no date");
        }
        Ok((month, day, year))
    }

    /// The value of `DriverVer`.
    #[must_use]
    pub fn driver_ver(&self) -> String {
        let (month, day, year) = self.date;
        format!("{month:02}/{day:02}/{year:04},{}", dotted(self.version))
    }

    /// Stamps the text of an INX file. Lines end as Windows tools write them.
    #[must_use]
    pub fn apply(&self, inx: &str) -> String {
        let mut inf = String::with_capacity(inx.len() + 256);
        for line in inx.lines() {
            let key = line.split('=').next().unwrap_or_default().trim();
            let stamped = match line.trim_start().starts_with(';') {
                true => line.to_owned(),
                false if key.eq_ignore_ascii_case("DriverVer") => {
                    format!("DriverVer   = {}", self.driver_ver())
                }
                false => line
                    .replace("$ARCH$", self.arch.inf_name())
                    .replace("$KMDFVERSION$", &self.kmdf),
            };
            inf.push_str(stamped.trim_end());
            inf.push_str("\r\n");
        }
        inf
    }
}

/// A version as text: `0.1.0.0`.
#[must_use]
pub fn dotted(version: Version) -> String {
    version.map(|part| part.to_string()).join(".")
}

/// A crate's version with a fourth part, 0.
///
/// # Errors
///
/// If the text is not three numbers up to 65535.
pub fn version_of_crate(text: &str) -> Result<Version> {
    let parts: Vec<u16> = text.split('.').map(str::parse).collect::<Result<_, _>>()?;
    let [major, minor, patch] = parts[..] else {
        bail!("'{text}' is no version of three parts")
    };
    Ok([major, minor, patch, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_except_in_comments() {
        let stamp = Stamp {
            arch: Arch::Arm64,
            date: (2, 3, 2026),
            version: [1, 2, 3, 0],
            kmdf: "1.31".to_owned(),
        };
        let inx = "; $ARCH$\n[Version]\nDriverVer =\n[M.NT$ARCH$.10.0]\nKmdfLibraryVersion = $KMDFVERSION$\n";
        let inf = "; $ARCH$\r\n[Version]\r\nDriverVer   = 02/03/2026,1.2.3.0\r\n[M.NTarm64.10.0]\r\nKmdfLibraryVersion = 1.31\r\n";
        assert_eq!(stamp.apply(inx), inf);
    }

    #[test]
    fn dates_and_versions_are_checked() {
        assert_eq!(Stamp::parse_date("2026-11-22").unwrap(), (11, 22, 2026));
        for text in ["22.11.2026", "2026-13-01", "2026-11", ""] {
            assert!(Stamp::parse_date(text).is_err(), "{text}");
        }
        assert_eq!(version_of_crate("0.1.2").unwrap(), [0, 1, 2, 0]);
        for text in ["1.2", "1.2.3.4", "1.2.x", "1.2.70000"] {
            assert!(version_of_crate(text).is_err(), "{text}");
        }
    }
}
