//! What the data channel needs of a [`Platform`]: keyed AEADs, and a spin lock for the rare moments.

use crate::{Aead, Cipher, CryptoError, Platform, RawLock};

/// A source of keyed AEADs. Every [`Platform`] is one; tests and benches bring smaller ones.
pub trait CryptoProvider: Send + Sync + 'static {
    /// A key.
    type Aead: Aead;
    /// A lock that may be taken at IRQL <= DISPATCH_LEVEL.
    type Lock: RawLock;

    /// As [`Platform::aead`].
    fn aead_key(&self, cipher: Cipher, key: &[u8]) -> Result<Self::Aead, CryptoError>;
}

impl<P: Platform> CryptoProvider for P {
    type Aead = P::Aead;
    type Lock = P::SpinLock;

    fn aead_key(&self, cipher: Cipher, key: &[u8]) -> Result<Self::Aead, CryptoError> {
        self.aead(cipher, key)
    }
}
