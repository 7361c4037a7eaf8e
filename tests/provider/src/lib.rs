//! AEAD providers for programs on hosts: what CNG is to the driver, [`AwsLc`] is to the hosted device, the tests and
//! the benches. [`RustCrypto`] is there to check it against: neither is tested only against itself.
//!
//! Both are a [`CryptoProvider`] of the engine by themselves, so keys can be made and packets sealed and opened
//! without the rest of a platform.

mod aws_lc;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod lock;
#[cfg(feature = "rustcrypto")]
mod rustcrypto;

pub use aws_lc::AwsLcAead;
pub use lock::SpinLock;
#[cfg(feature = "rustcrypto")]
pub use rustcrypto::RustCryptoAead;

use ovpn_dco_engine::{Cipher, CryptoError, CryptoProvider};

/// AWS-LC: BoringSSL's assembly for AES-GCM and ChaCha20-Poly1305.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsLc;

impl CryptoProvider for AwsLc {
    type Aead = AwsLcAead;
    type Lock = SpinLock;

    fn aead_key(&self, cipher: Cipher, key: &[u8]) -> Result<AwsLcAead, CryptoError> {
        AwsLcAead::new(cipher, key)
    }
}

/// The pure Rust implementations of the RustCrypto project.
#[cfg(feature = "rustcrypto")]
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCrypto;

#[cfg(feature = "rustcrypto")]
impl CryptoProvider for RustCrypto {
    type Aead = RustCryptoAead;
    type Lock = SpinLock;

    fn aead_key(&self, cipher: Cipher, key: &[u8]) -> Result<RustCryptoAead, CryptoError> {
        RustCryptoAead::new(cipher, key)
    }
}
