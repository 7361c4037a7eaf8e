//! TLS of the control channel: certificates and keys out of PEM, and one client session per negotiation.

use core::fmt;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName,
};
use webpki::OwnedCertRevocationList;

use super::verify::ServerVerifier;
use crate::profile::{Location, Pem, TlsOptions, TlsVersions};

/// Everything that TLS sessions of one profile share. Cheap to clone.
#[derive(Clone)]
pub struct TlsConfig(Arc<rustls::ClientConfig>);

/// Why TLS can't be set up from a profile.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsSetupError {
    /// The private key is encrypted: ask the user for its passphrase and try again with it.
    #[error("{at}: the private key of option \"key\" is encrypted; its passphrase is needed")]
    PassphraseNeeded {
        /// Where the key is named.
        at: Location,
    },
    /// The passphrase doesn't open the private key.
    #[error("{at}: the passphrase doesn't open the private key of option \"key\"")]
    WrongPassphrase {
        /// Where the key is named.
        at: Location,
    },
    /// A certificate, key or list can't be read or used.
    #[error("{at}: option \"{option}\": {problem}")]
    Invalid {
        /// Where it is named.
        at: Location,
        /// The option.
        option: &'static str,
        /// What is wrong, as a clause.
        problem: String,
    },
    /// The TLS library can't do what is asked for.
    #[error("TLS can't be set up")]
    Library(#[source] rustls::Error),
}

impl TlsConfig {
    /// Reads certificates and keys, and checks that they fit. `passphrase`: for an encrypted private key; the
    /// profile's `askpass` file comes first.
    ///
    /// # Errors
    /// What can't be used; or that a passphrase is needed.
    pub fn new(options: &TlsOptions, passphrase: Option<&str>) -> Result<Self, TlsSetupError> {
        let provider = Arc::new(provider());
        let verifier = Arc::new(verifier(options, &provider)?);
        let versions: &[_] = match options.versions {
            TlsVersions::Both => &[&rustls::version::TLS13, &rustls::version::TLS12],
            TlsVersions::Tls12 => &[&rustls::version::TLS12],
            TlsVersions::Tls13 => &[&rustls::version::TLS13],
        };
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(TlsSetupError::Library)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match (&options.cert, &options.key) {
            (Some(cert), Some(key)) => {
                let mut chain = certificates(cert)?;
                if let Some(extra) = &options.extra_certs {
                    chain.extend(certificates(extra)?);
                }
                let passphrase = options.key_passphrase.as_ref().map(|p| p.as_str()).or(passphrase);
                let private = private_key(key, passphrase)?;
                builder.with_client_auth_cert(chain, private).map_err(|error| {
                    let problem = match error {
                        rustls::Error::InconsistentKeys(_) => {
                            "it doesn't belong to the certificate of option \"cert\"".to_owned()
                        }
                        other => other.to_string(),
                    };
                    invalid(key, problem)
                })?
            }
            _ => builder.with_no_client_auth(),
        };
        config.enable_sni = false;
        config.resumption = Resumption::disabled();
        Ok(Self(Arc::new(config)))
    }

    /// A new session.
    pub(super) fn session(&self) -> Result<rustls::ClientConnection, rustls::Error> {
        // OpenVPN names no host, and the verifier compares none.
        let name = ServerName::IpAddress(core::net::IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED).into());
        rustls::ClientConnection::new(Arc::clone(&self.0), name)
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConfig")
    }
}

/// The cryptography that TLS uses.
pub(super) fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

fn verifier(options: &TlsOptions, provider: &CryptoProvider) -> Result<ServerVerifier, TlsSetupError> {
    let mut anchors = Vec::new();
    let mut trusted = Vec::new();
    if let Some(ca) = &options.ca {
        trusted = certificates(ca)?;
        for certificate in &trusted {
            let anchor = webpki::anchor_from_trusted_cert(certificate)
                .map_err(|e| invalid(ca, format!("a certificate can't be used as an authority: {e}")))?;
            anchors.push(anchor.to_owned());
        }
    }
    let mut revoked = Vec::new();
    if let Some(crl) = &options.crl {
        for list in CertificateRevocationListDer::pem_slice_iter(crl.text.as_bytes()) {
            let list = list.map_err(|e| invalid(crl, format!("it is not in PEM form: {e}")))?;
            let list = OwnedCertRevocationList::from_der(&list)
                .map_err(|e| invalid(crl, format!("a list can't be read: {e}")))?;
            revoked.push(list.into());
        }
        if revoked.is_empty() {
            return Err(invalid(crl, "it holds no list of revoked certificates".into()));
        }
    }
    Ok(ServerVerifier {
        anchors,
        trusted,
        revoked,
        fingerprints: options.peer_fingerprints.clone(),
        for_servers: options.remote_cert_tls,
        name: options.verify_name.clone(),
        algorithms: provider.signature_verification_algorithms,
    })
}

fn certificates(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.text.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(invalid(pem, "it holds no certificate".into())),
        Err(e) => Err(invalid(pem, format!("a certificate can't be read: {e}"))),
    }
}

/// The private key: PKCS #8, PKCS #1 or SEC 1; or PKCS #8 under a passphrase.
fn private_key(pem: &Pem, passphrase: Option<&str>) -> Result<PrivateKeyDer<'static>, TlsSetupError> {
    const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    if pem.text.contains("Proc-Type: 4,ENCRYPTED") {
        let problem = "the key is encrypted in OpenSSL's old form; convert it with openssl pkcs8 -topk8";
        return Err(invalid(pem, problem.into()));
    }
    let Some((_, inside)) = pem.text.split_once(ENCRYPTED) else {
        return PrivateKeyDer::from_pem_slice(pem.text.as_bytes())
            .map_err(|e| invalid(pem, format!("a private key can't be read: {e}")));
    };
    let Some(passphrase) = passphrase else {
        return Err(TlsSetupError::PassphraseNeeded { at: pem.at.clone() });
    };
    let unreadable =
        |what: &dyn fmt::Display| invalid(pem, format!("the encrypted key can't be read: {what}"));
    const END: &str = "-----END ENCRYPTED PRIVATE KEY-----";
    let inside = inside.split(END).next().unwrap_or_default();
    let (_, der) = pkcs8::SecretDocument::from_pem(&format!("{ENCRYPTED}{inside}{END}\n"))
        .map_err(|e| unreadable(&e))?;
    let encrypted =
        pkcs8::EncryptedPrivateKeyInfoRef::try_from(der.as_bytes()).map_err(|e| unreadable(&e))?;
    let opened = encrypted
        .decrypt(passphrase)
        .map_err(|_| TlsSetupError::WrongPassphrase { at: pem.at.clone() })?;
    Ok(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(
        opened.as_bytes().to_vec(),
    )))
}

fn invalid(pem: &Pem, problem: String) -> TlsSetupError {
    TlsSetupError::Invalid {
        at: pem.at.clone(),
        option: pem.option,
        problem,
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn pem(option: &'static str, text: &str) -> Option<Pem> {
        let at = Location {
            file: "test".into(),
            line: 1,
        };
        Some(Pem {
            at,
            option,
            text: Zeroizing::new(text.to_owned()),
        })
    }

    fn set_up(cert: &str, key: &str, passphrase: Option<&str>) -> Result<TlsConfig, TlsSetupError> {
        let options = TlsOptions {
            ca: pem("ca", include_str!("../../tests/keys/cert.pem")),
            cert: pem("cert", cert),
            key: pem("key", key),
            ..TlsOptions::default()
        };
        TlsConfig::new(&options, passphrase)
    }

    const CERT: &str = include_str!("../../tests/keys/cert.pem");

    #[test]
    fn private_keys_are_read_in_every_usual_form() {
        for (why, cert, key) in [
            ("SEC 1", CERT, include_str!("../../tests/keys/sec1.pem")),
            ("PKCS #8", CERT, include_str!("../../tests/keys/pkcs8.pem")),
            (
                "PKCS #1",
                include_str!("../../tests/keys/rsa-cert.pem"),
                include_str!("../../tests/keys/rsa-pkcs1.pem"),
            ),
        ] {
            set_up(cert, key, None).unwrap_or_else(|e| panic!("{why}: {e}"));
        }
    }

    #[test]
    fn encrypted_keys_open_with_their_passphrase_only() {
        for (why, key) in [
            ("AES", include_str!("../../tests/keys/enc-aes.pem")),
            ("3DES", include_str!("../../tests/keys/enc-3des.pem")),
            ("scrypt", include_str!("../../tests/keys/enc-scrypt.pem")),
        ] {
            assert!(
                matches!(
                    set_up(CERT, key, None),
                    Err(TlsSetupError::PassphraseNeeded { .. })
                ),
                "{why}"
            );
            let wrong = set_up(CERT, key, Some("guess"));
            assert!(
                matches!(wrong, Err(TlsSetupError::WrongPassphrase { .. })),
                "{why}"
            );
            set_up(CERT, key, Some("secret")).unwrap_or_else(|e| panic!("{why}: {e}"));
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_option() {
        let sec1 = include_str!("../../tests/keys/sec1.pem");
        for (cert, key, want) in [
            (
                CERT,
                include_str!("../../tests/keys/enc-openssl.pem"),
                "test:1: option \"key\": the key is encrypted in OpenSSL's old form; convert it with openssl pkcs8 -topk8",
            ),
            (
                include_str!("../../tests/keys/rsa-cert.pem"),
                sec1,
                "test:1: option \"key\": it doesn't belong to the certificate of option \"cert\"",
            ),
            (sec1, sec1, "test:1: option \"cert\": it holds no certificate"),
        ] {
            assert_eq!(set_up(cert, key, None).unwrap_err().to_string(), want);
        }
        for (cert, key) in [
            (CERT, CERT),
            (CERT, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"),
            ("", sec1),
        ] {
            assert!(matches!(
                set_up(cert, key, Some("x")),
                Err(TlsSetupError::Invalid { .. })
            ));
        }
    }
}
