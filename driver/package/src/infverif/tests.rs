use super::*;
use crate::stamp::Stamp;

const INX: &str = include_str!("../../../../inf/ovpn-dco.inx");

fn expected(arch: Arch) -> Expected {
    Expected {
        arch,
        kmdf: "1.31".to_owned(),
        today: (2026, 11, 22),
    }
}

fn stamped_inf(arch: Arch) -> String {
    let stamp = Stamp {
        arch,
        date: (11, 22, 2026),
        version: [1, 2, 3, 4],
        kmdf: "1.31".to_owned(),
    };
    stamp.apply(INX)
}

#[test]
fn our_inf_breaks_no_rule() {
    for arch in [Arch::X64, Arch::Arm64] {
        let inf = Inf::parse(&stamped_inf(arch)).unwrap();
        assert_eq!(check(&inf, &expected(arch)), Vec::<String>::new());
    }
}

/// (rule that breaks, text of our INF, text in its place).
const BREAKS: &[(&str, &str, &str)] = &[
    ("version section", "\"$WINDOWS NT$\"", "\"$CHICAGO$\""),
    ("version section", "= Net\r", "= System\r"),
    ("version section", "{4d36e972", "{4d36e973"),
    ("version section", "PnpLockdown = 1", "PnpLockdown = 0"),
    ("version section", "= ovpn-dco.cat", "= other.cat"),
    ("driver version", "11/22/2026,", "11/23/2026,"),
    ("driver version", "11/22/2026,", "22/11/2026,"),
    ("driver version", "1.2.3.4", "1.2.3"),
    ("driver version", "1.2.3.4", "1.2.3.70000"),
    ("driver version", "11/22/2026,1.2.3.4", "11/22/2026"),
    ("models", "NTamd64.10.0...19041", "NTamd64.10.0...17763"),
    ("models", "NTamd64.10.0...19041", "NTarm64.10.0...19041"),
    ("models", "NTamd64.10.0...19041", "NTamd64"),
    ("hardware id", "= Install, ovpn-dco", "= Install, tap0901"),
    ("driver store", "DefaultDestDir = 13", "DefaultDestDir = 12"),
    (
        "copied files",
        "\r\novpn-dco.sys\r\n",
        "\r\novpn-dco.sys,other.sys\r\n",
    ),
    (
        "copied files",
        "\r\novpn-dco.sys\r\n",
        "\r\novpn-dco.sys\r\novpn-dco.sys\r\n",
    ),
    ("source files", "ovpn-dco.sys = 1", "ovpn-dco.sys = 2"),
    ("source files", "ovpn-dco.sys = 1", "ovpn-dco.sys = 1,sub"),
    ("registry", "HKR, Ndi, Service, 0", "HKLM, Ndi, Service, 0"),
    ("security", "HKR, , Security, ,", "HKR, , Insecurity, ,"),
    ("security", "D:P(", "D:("),
    ("security", "(A;;GRGW;;;IU)", "(A;;GRGW;;;WD)"),
    ("security", "(A;;GRGW;;;SU)", ""),
    (
        "service",
        "AddService = ovpn-dco, 0x2",
        "AddService = ovpn-dco, 0x0",
    ),
    ("service", "StartType     = 3", "StartType     = 0"),
    ("service", "%13%\\ovpn-dco.sys", "%12%\\ovpn-dco.sys"),
    (
        "declarative",
        "AddReg              =",
        "DelReg = Install.Registry\r\nAddReg =",
    ),
    (
        "framework",
        "KmdfLibraryVersion = 1.31",
        "KmdfLibraryVersion = 1.33",
    ),
    ("framework", "KmdfService = ovpn-dco,", "KmdfService = other,"),
    (
        "network keywords",
        "*MediaType          = 19",
        "*MediaType          = 0",
    ),
    ("network keywords", "*IfType             = 53", ""),
    (
        "network binding",
        "UpperRange, 0, \"ndis5\"",
        "UpperRange, 0, \"ndis6\"",
    ),
    (
        "strings",
        "DisplayName   = %ServiceDesc%",
        "DisplayName   = %Other%",
    ),
    (
        "section references",
        "[Install.Framework]",
        "[Install.Framework]\r\na = 1\r\n[Orphan]",
    ),
    ("stamped", "Install.Files  = 13", "Install.Files  = 13, $ARCH$"),
];

#[test]
fn each_rule_can_be_broken() {
    let good = stamped_inf(Arch::X64);
    for (rule, from, to) in BREAKS {
        assert!(good.contains(from), "'{from}' is not in our INF");
        let inf = Inf::parse(&good.replace(from, to)).unwrap();
        let found = check(&inf, &expected(Arch::X64));
        assert!(
            found.iter().any(|found| found.starts_with(rule)),
            "{rule}: {from} -> {to}: {found:?}"
        );
    }
    for (rule, _) in RULES {
        assert!(
            BREAKS.iter().any(|(name, ..)| name == rule),
            "no break for {rule}"
        );
    }
}

#[test]
fn co_installers_are_refused() {
    let text = stamped_inf(Arch::X64) + "[Install.NT.CoInstallers]\r\nAddReg = Co\r\n";
    let found = check(&Inf::parse(&text).unwrap(), &expected(Arch::X64));
    assert!(
        found.iter().any(|found| found.starts_with("declarative")),
        "{found:?}"
    );
}
