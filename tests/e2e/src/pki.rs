//! A fresh certificate authority with a server and a client certificate, and the static keys of the wrappings.

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::fs;
use std::path::{Path, PathBuf};

/// Files of one made-up organisation, in one folder.
#[derive(Debug)]
pub struct Pki {
    dir: PathBuf,
}

impl Pki {
    /// Makes all certificates and keys in `dir`. Needs `openvpn` for the tls-crypt-v2 keys.
    pub fn new(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir)?;
        let pki = Self { dir: dir.to_owned() };
        let ca_key = KeyPair::generate()?;
        let mut ca = CertificateParams::default();
        ca.distinguished_name.push(DnType::CommonName, "test ca");
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        fs::write(pki.path("ca.crt"), ca.self_signed(&ca_key)?.pem())?;
        let issuer = Issuer::new(ca, ca_key);
        pki.issue(&issuer, "server", ExtendedKeyUsagePurpose::ServerAuth)?;
        pki.issue(&issuer, "client", ExtendedKeyUsagePurpose::ClientAuth)?;
        pki.stranger()?;
        pki.static_keys()?;
        Ok(pki)
    }

    /// Path of one of the files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Content of one of the files.
    pub fn read(&self, name: &str) -> Result<String> {
        fs::read_to_string(self.path(name)).with_context(|| format!("read {name}"))
    }

    fn issue(&self, issuer: &Issuer<'_, KeyPair>, name: &str, usage: ExtendedKeyUsagePurpose) -> Result<()> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.use_authority_key_identifier_extension = true;
        fs::write(
            self.path(&format!("{name}.crt")),
            params.signed_by(&key, issuer)?.pem(),
        )?;
        fs::write(self.path(&format!("{name}.key")), key.serialize_pem())?;
        Ok(())
    }

    /// A certificate authority that has nothing to do with the first one.
    fn stranger(&self) -> Result<()> {
        let key = KeyPair::generate()?;
        let mut ca = CertificateParams::default();
        ca.distinguished_name.push(DnType::CommonName, "another ca");
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        fs::write(self.path("stranger.crt"), ca.self_signed(&key)?.pem())?;
        Ok(())
    }

    fn static_keys(&self) -> Result<()> {
        let path = |name: &str| self.path(name).to_string_lossy().into_owned();
        let openvpn = |args: &[&str]| crate::netns::run("openvpn", args).map(drop);
        openvpn(&["--genkey", "secret", &path("static.key")])?;
        openvpn(&["--genkey", "tls-crypt-v2-server", &path("v2-server.key")])?;
        openvpn(&[
            "--tls-crypt-v2",
            &path("v2-server.key"),
            "--genkey",
            "tls-crypt-v2-client",
            &path("v2-client.key"),
        ])
    }
}
