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
