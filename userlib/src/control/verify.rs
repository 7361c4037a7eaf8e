//! The server's certificate: whom it must come from, what it must be for, what it must be called.
//!
//! OpenVPN doesn't compare host names. It wants a chain to `ca`, or a fingerprint; the purpose with `remote-cert-tls`;
//! a name with `verify-x509-name`; and that it isn't revoked with `crl-verify`.

use core::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use sha2::{Digest, Sha256};
use webpki::{CertRevocationList, EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};

use crate::profile::VerifyName;

/// What is demanded of the server's certificate.
pub(super) struct ServerVerifier {
    pub(super) anchors: Vec<TrustAnchor<'static>>,
    /// Trusted as they are; a server may present one of them itself.
    pub(super) trusted: Vec<CertificateDer<'static>>,
    pub(super) revoked: Vec<CertRevocationList<'static>>,
    pub(super) fingerprints: Vec<[u8; 32]>,
    pub(super) for_servers: bool,
    pub(super) name: Option<VerifyName>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

/// Why a server's certificate is refused, where TLS has no word of its own for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateRefusal {
    /// Not called what `verify-x509-name` demands.
    #[error("the server's certificate is called \"{found}\", and verify-x509-name demands {wanted}")]
    Name {
        /// What it is called, in the form that was asked for.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// Without the purpose that `remote-cert-tls server` demands.
    #[error(
        "the server's certificate is not made for servers (remote-cert-tls demands TLS server authentication)"
    )]
    Purpose,
    /// None of the `peer-fingerprint` values.
    #[error("the server's certificate has the SHA-256 fingerprint {0}, which peer-fingerprint doesn't list")]
    Fingerprint(String),
    /// Something that can't be read or isn't right.
    #[error("the server's certificate can't be used: {0}")]
    Other(String),
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (_, parsed) = X509Certificate::from_der(end_entity)
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        if !self.fingerprints.is_empty() {
            self.check_fingerprint(end_entity)?;
        }
        if !self.anchors.is_empty() {
            self.check_chain(end_entity, intermediates, now)?;
        }
        check_validity(&parsed, now)?;
        if self.for_servers {
            check_purpose(&parsed)?;
        }
        if let Some(name) = &self.name {
            check_name(&parsed, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ServerVerifier {
    fn check_fingerprint(&self, certificate: &CertificateDer<'_>) -> Result<(), Error> {
        let found: [u8; 32] = Sha256::digest(certificate).into();
        match self.fingerprints.contains(&found) {
            true => Ok(()),
            false => {
                let hex: Vec<_> = found.iter().map(|byte| format!("{byte:02X}")).collect();
                Err(refuse(CertificateRefusal::Fingerprint(hex.join(":"))))
            }
        }
    }

    fn check_chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        if self.trusted.contains(end_entity) {
            return Ok(());
        }
        let certificate = EndEntityCert::try_from(end_entity).map_err(pki_error)?;
        let revoked: Vec<_> = self.revoked.iter().collect();
        let revocation = webpki::RevocationOptionsBuilder::new(&revoked)
            .ok()
            .map(|options| {
                // OpenSSL's check of the server's own certificate; a list of some other authority doesn't count against it.
                options
                    .with_depth(webpki::RevocationCheckDepth::EndEntity)
                    .with_status_policy(webpki::UnknownStatusPolicy::Deny)
                    .build()
            });
        certificate
            .verify_for_usage(
                self.algorithms.all,
                &self.anchors,
                intermediates,
                now,
                AnyPurpose,
                revocation,
                None,
            )
            .map(|_| ())
            .map_err(pki_error)
    }
}

impl fmt::Debug for ServerVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerVerifier")
            .field("for_servers", &self.for_servers)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The purpose is checked on the server's own certificate, and only on demand.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}

fn check_validity(certificate: &X509Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let validity = certificate.validity();
    if now < validity.not_before.timestamp() {
        return Err(Error::InvalidCertificate(CertificateError::NotValidYet));
    }
    if now > validity.not_after.timestamp() {
        return Err(Error::InvalidCertificate(CertificateError::Expired));
    }
    Ok(())
}

fn check_purpose(certificate: &X509Certificate<'_>) -> Result<(), Error> {
    match certificate.extended_key_usage() {
        Ok(Some(usage)) if usage.value.server_auth => Ok(()),
        _ => Err(refuse(CertificateRefusal::Purpose)),
    }
}

fn check_name(certificate: &X509Certificate<'_>, wanted: &VerifyName) -> Result<(), Error> {
    let subject = certificate.subject();
    let common_name = || {
        // OpenVPN takes the last one if there are several.
        let names = subject.iter_common_name().filter_map(|cn| cn.as_str().ok());
        names.last().unwrap_or_default().to_owned()
    };
    let (found, good, wanted) = match wanted {
        VerifyName::Subject(name) => {
            let found = subject_text(subject);
            (found.clone(), found == *name, format!("the subject \"{name}\""))
        }
        VerifyName::Name(name) => (
            common_name(),
            common_name() == *name,
            format!("the common name \"{name}\""),
        ),
        VerifyName::NamePrefix(prefix) => (
            common_name(),
            common_name().starts_with(prefix.as_str()),
            format!("a common name that begins with \"{prefix}\""),
        ),
    };
    if good {
        Ok(())
    } else {
        Err(refuse(CertificateRefusal::Name { found, wanted }))
    }
}

/// A subject as OpenVPN writes it: `C=KG, ST=NA, CN=Server`, in the certificate's order.
fn subject_text(subject: &X509Name<'_>) -> String {
    let names: Vec<String> = subject
        .iter_rdn()
        .map(|rdn| {
            let parts: Vec<String> = rdn
                .iter()
                .map(|part| {
                    let oid = part.attr_type().to_id_string();
                    let name = SHORT_NAMES
                        .iter()
                        .find(|(id, _)| *id == oid)
                        .map_or(oid.as_str(), |(_, name)| name);
                    format!("{name}={}", part.as_str().unwrap_or_default())
                })
                .collect();
            parts.join("+")
        })
        .collect();
    names.join(", ")
}

/// OpenSSL's short names of what stands in subjects.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "street"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.41", "name"),
    ("2.5.4.42", "GN"),
    ("2.5.4.46", "dnQualifier"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
];

fn refuse(refusal: CertificateRefusal) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refusal))))
}

fn pki_error(error: webpki::Error) -> Error {
    use webpki::Error as Pki;
    Error::InvalidCertificate(match error {
        Pki::BadDer | Pki::BadDerTime | Pki::TrailingData(_) => CertificateError::BadEncoding,
        Pki::CertExpired { .. } => CertificateError::Expired,
        Pki::CertNotValidYet { .. } => CertificateError::NotValidYet,
        Pki::CertRevoked => CertificateError::Revoked,
        Pki::UnknownIssuer => CertificateError::UnknownIssuer,
        Pki::UnknownRevocationStatus => CertificateError::UnknownRevocationStatus,
        Pki::InvalidSignatureForPublicKey => CertificateError::BadSignature,
        other => return refuse(CertificateRefusal::Other(other.to_string())),
    })
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use rcgen::ExtendedKeyUsagePurpose;
    use rustls_pki_types::pem::PemObject;

    use super::super::simulation::pki::{Authority, Identity};
    use super::super::tls::provider;
    use super::*;

    fn certificate(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    }

    fn verifier(ca: &Authority) -> ServerVerifier {
        let trusted = vec![certificate(&ca.pem)];
        ServerVerifier {
            anchors: trusted
                .iter()
                .map(|ca| webpki::anchor_from_trusted_cert(ca).unwrap().to_owned())
                .collect(),
            trusted,
            revoked: Vec::new(),
            fingerprints: Vec::new(),
            for_servers: false,
            name: None,
            algorithms: provider().signature_verification_algorithms,
        }
    }

    /// What the verifier says, in words; empty if it agrees.
    fn judge(verifier: &ServerVerifier, identity: &Identity, now: UnixTime) -> String {
        let name = ServerName::try_from("any").unwrap();
        match verifier.verify_server_cert(&certificate(&identity.cert), &[], &name, &[], now) {
            Ok(_) => String::new(),
            Err(Error::InvalidCertificate(CertificateError::Other(other))) => other.0.to_string(),
            Err(Error::InvalidCertificate(error)) => format!("{error:?}"),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn the_chain_leads_to_the_authority() {
        let (ca, other) = (Authority::new("CA"), Authority::new("Other"));
        let server = ca.server("server");
        assert_eq!(judge(&verifier(&ca), &server, UnixTime::now()), "");
        assert_eq!(
            judge(&verifier(&other), &server, UnixTime::now()),
            "UnknownIssuer"
        );
        let late = UnixTime::since_unix_epoch(Duration::from_secs(100_000_000_000));
        assert_eq!(judge(&verifier(&ca), &server, late), "Expired");
        let early = UnixTime::since_unix_epoch(Duration::ZERO);
        assert_eq!(judge(&verifier(&ca), &server, early), "NotValidYet");
    }

    #[test]
    fn the_purpose_counts_on_demand() {
        let ca = Authority::new("CA");
        let mut demanding = verifier(&ca);
        demanding.for_servers = true;
        let refusal = CertificateRefusal::Purpose.to_string();
        for (purposes, want) in [
            (&[ExtendedKeyUsagePurpose::ServerAuth][..], ""),
            (
                &[
                    ExtendedKeyUsagePurpose::ClientAuth,
                    ExtendedKeyUsagePurpose::ServerAuth,
                ],
                "",
            ),
            (&[ExtendedKeyUsagePurpose::ClientAuth], &refusal),
            (&[], &refusal),
        ] {
            let identity = ca.issue("x", purposes);
            assert_eq!(
                judge(&demanding, &identity, UnixTime::now()),
                want,
                "{purposes:?}"
            );
            assert_eq!(
                judge(&verifier(&ca), &identity, UnixTime::now()),
                "",
                "{purposes:?}"
            );
        }
    }

    #[test]
    fn the_name_has_three_forms() {
        let ca = Authority::new("CA");
        let server = ca.server("vpn-1.test");
        for (name, good) in [
            (VerifyName::Name("vpn-1.test".into()), true),
            (VerifyName::Name("vpn-1".into()), false),
            (VerifyName::NamePrefix("vpn-".into()), true),
            (VerifyName::NamePrefix("vpn-2".into()), false),
            (VerifyName::Subject("C=KG, CN=vpn-1.test".into()), true),
            (VerifyName::Subject("CN=vpn-1.test".into()), false),
        ] {
            let mut verifier = verifier(&ca);
            verifier.name = Some(name.clone());
            assert_eq!(
                judge(&verifier, &server, UnixTime::now()).is_empty(),
                good,
                "{name:?}"
            );
        }
    }

    #[test]
    fn a_fingerprint_may_stand_for_an_authority() {
        let ca = Authority::new("CA");
        let (server, other) = (ca.server("a"), ca.server("b"));
        let mut by_fingerprint = verifier(&ca);
        (by_fingerprint.anchors, by_fingerprint.trusted) = (Vec::new(), Vec::new());
        by_fingerprint.fingerprints = vec![Sha256::digest(certificate(&server.cert)).into()];
        assert_eq!(judge(&by_fingerprint, &server, UnixTime::now()), "");
        assert!(
            judge(&by_fingerprint, &other, UnixTime::now()).contains("which peer-fingerprint doesn't list")
        );
    }

    #[test]
    fn revoked_certificates_are_refused() {
        let ca = Authority::new("CA");
        let (good, bad) = (ca.server("good"), ca.server("bad"));
        let (_, parsed) = X509Certificate::from_der(&certificate(&bad.cert))
            .map(|(r, c)| (r.len(), c.raw_serial().to_vec()))
            .unwrap();
        let mut verifier = verifier(&ca);
        let list = webpki::OwnedCertRevocationList::from_der(&ca.revocation_list(&parsed)).unwrap();
        verifier.revoked = vec![list.into()];
        assert_eq!(judge(&verifier, &good, UnixTime::now()), "");
        assert_eq!(judge(&verifier, &bad, UnixTime::now()), "Revoked");
    }
}
