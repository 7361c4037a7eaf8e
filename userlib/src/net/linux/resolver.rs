//! Name service on Linux. There is no one way; what is there decides, in this order:
//!
//! 1. systemd-resolved is running: `resolvectl dns`, `resolvectl domain`, undone by `resolvectl revert`. Knows domains
//!    per link, so [`Dns::route_domains`] work.
//! 2. `resolvconf` is installed: `resolvconf -a IFACE.ovpn-dco`, undone by `-d`.
//! 3. `/etc/resolv.conf` is an ordinary file: it is rewritten, and the old one kept as
//!    `/etc/resolv.conf.ovpn-dco-IFACE`; undone if nobody has changed it since.
//!
//! A process in a network namespace of its own shares files and services with namespaces that the tunnel does not
//! reach. There only the third way is taken, and only if the file is the namespace's own (`/etc/netns/NAME/resolv.conf`,
//! as `ip netns exec` mounts it).

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::{Configured, Dns, NetError, TunnelInterface};

const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Sets name service up; what it says when it can't is a warning.
pub(super) fn apply(interface: &TunnelInterface, dns: &Dns, done: &mut Configured) -> Result<(), String> {
    if dns.servers.is_empty() {
        return Ok(());
    }
    let result = match place(interface)? {
        Place::Host if is_running("/run/systemd/resolve/io.systemd.Resolve") => {
            resolved(&interface.name, dns, done)
        }
        Place::Host if is_installed("resolvconf") => resolvconf(&interface.name, dns, done),
        Place::Host => rewrite(Path::new(RESOLV_CONF), &interface.name, dns, done),
        Place::File(path) => rewrite(&path, &interface.name, dns, done),
    };
    result.map_err(|error| format!("name service is not changed: {error}"))
}

enum Place {
    /// The interface is where the host's services are.
    Host,
    /// It is in a namespace that has this file to itself.
    File(PathBuf),
}

fn place(interface: &TunnelInterface) -> Result<Place, String> {
    if let Some(namespace) = &interface.namespace {
        let name = namespace.file_name().unwrap_or_default();
        let own = Path::new("/etc/netns").join(name).join("resolv.conf");
        return match own.is_file() {
            true => Ok(Place::File(own)),
            false => Err(format!(
                "name service is not changed: {} has no {} of its own",
                namespace.display(),
                own.display()
            )),
        };
    }
    let same = |ours: &str, of_init: &str| {
        let identity = |path: &str| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
        matches!((identity(ours), identity(of_init)), (Ok(a), Ok(b)) if a == b)
    };
    if same("/proc/self/ns/net", "/proc/1/ns/net") {
        return Ok(Place::Host);
    }
    if same(RESOLV_CONF, &format!("/proc/1/root{RESOLV_CONF}")) {
        return Err(format!(
            "name service is not changed: {RESOLV_CONF} is shared with other network namespaces \
             (an /etc/netns/NAME/resolv.conf makes one for this namespace)"
        ));
    }
    Ok(Place::File(RESOLV_CONF.into()))
}

fn is_running(socket: &str) -> bool {
    is_installed("resolvectl") && Path::new(socket).exists()
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn resolved(interface: &str, dns: &Dns, done: &mut Configured) -> io::Result<()> {
    let servers = dns.servers.iter().map(ToString::to_string);
    run(
        "resolvectl",
        ["dns".into(), interface.to_owned()].into_iter().chain(servers),
        "",
    )?;
    let revert = interface.to_owned();
    done.on_undo(move || {
        run("resolvectl", ["revert".into(), revert], "")
            .map_err(|error| NetError::new("give name service back", error))
    });
    // "~." makes the link's servers answer for everything.
    let everything = dns.route_domains.is_empty().then(|| "~.".to_owned());
    let routed = dns.route_domains.iter().map(|domain| format!("~{domain}"));
    let domains = dns.search_domains.iter().cloned().chain(routed).chain(everything);
    run(
        "resolvectl",
        ["domain".into(), interface.to_owned()].into_iter().chain(domains),
        "",
    )
}

fn resolvconf(interface: &str, dns: &Dns, done: &mut Configured) -> io::Result<()> {
    let record = format!("{interface}.ovpn-dco");
    run("resolvconf", ["-a".to_owned(), record.clone()], &resolv_conf(dns))?;
    done.on_undo(move || {
        run("resolvconf", ["-d".to_owned(), record], "")
            .map_err(|error| NetError::new("give name service back", error))
    });
    Ok(())
}

fn run(program: &str, args: impl IntoIterator<Item = String>, input: &str) -> io::Result<()> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read what it is given says so by how it ends.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!(
        "{program}: {} ({})",
        said.trim(),
        output.status
    )))
}

fn rewrite(path: &Path, interface: &str, dns: &Dns, done: &mut Configured) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_symlink() {
        return Err(io::Error::other(format!(
            "{} is a link that another program looks after",
            path.display()
        )));
    }
    let before = fs::read(path)?;
    let backup = PathBuf::from(format!("{}.ovpn-dco-{interface}", path.display()));
    fs::write(&backup, &before)?;
    let after = resolv_conf(dns);
    // Written in place: a mount point can't be renamed over.
    if let Err(error) = fs::write(path, &after) {
        let _ = fs::write(path, &before);
        let _ = fs::remove_file(&backup);
        return Err(error);
    }
    let path = path.to_owned();
    done.on_undo(move || {
        let doing = || format!("give {} back", path.display());
        let now = fs::read(&path).map_err(|error| NetError::new(doing(), error))?;
        if now == after.as_bytes() {
            fs::write(&path, &before).map_err(|error| NetError::new(doing(), error))?;
        } else {
            tracing::warn!(path = %path.display(), "changed by somebody else; left as it is");
        }
        fs::remove_file(&backup).map_err(|error| NetError::new(doing(), error))
    });
    Ok(())
}

/// The text of resolv.conf(5).
fn resolv_conf(dns: &Dns) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("# Written by ovpn-dco while the tunnel is up.\n");
    if !dns.search_domains.is_empty() {
        let _ = writeln!(text, "search {}", dns.search_domains.join(" "));
    }
    for server in &dns.servers {
        let _ = writeln!(text, "nameserver {server}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dns() -> Dns {
        Dns {
            servers: vec!["10.8.0.1".parse().unwrap(), "2001:db8::53".parse().unwrap()],
            search_domains: vec!["example.org".into(), "example.net".into()],
            route_domains: Vec::new(),
        }
    }

    struct Dir(PathBuf);

    impl Dir {
        fn new(name: &str) -> Dir {
            let path = std::env::temp_dir().join(format!("resolver-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Dir(path)
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_file_says_what_is_wanted() {
        let want = "# Written by ovpn-dco while the tunnel is up.\nsearch example.org example.net\n\
                    nameserver 10.8.0.1\nnameserver 2001:db8::53\n";
        assert_eq!(resolv_conf(&dns()), want);
    }

    #[test]
    fn a_file_is_given_back() {
        let dir = Dir::new("back");
        let path = dir.0.join("resolv.conf");
        fs::write(&path, "nameserver 192.0.2.53\n").unwrap();
        let mut done = Configured::nothing();
        rewrite(&path, "tun7", &dns(), &mut done).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), resolv_conf(&dns()));
        done.undo().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "nameserver 192.0.2.53\n");
        assert_eq!(fs::read_dir(&dir.0).unwrap().count(), 1, "no backup is left");
    }

    #[test]
    fn somebody_elses_change_stays() {
        let dir = Dir::new("change");
        let path = dir.0.join("resolv.conf");
        fs::write(&path, "nameserver 192.0.2.53\n").unwrap();
        let mut done = Configured::nothing();
        rewrite(&path, "tun7", &dns(), &mut done).unwrap();
        fs::write(&path, "nameserver 192.0.2.54\n").unwrap();
        done.undo().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "nameserver 192.0.2.54\n");
    }

    #[test]
    fn a_link_is_left_to_its_owner() {
        let dir = Dir::new("link");
        let path = dir.0.join("resolv.conf");
        fs::write(dir.0.join("real"), "x").unwrap();
        std::os::unix::fs::symlink("real", &path).unwrap();
        let mut done = Configured::nothing();
        assert!(rewrite(&path, "tun7", &dns(), &mut done).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "x");
    }
}
