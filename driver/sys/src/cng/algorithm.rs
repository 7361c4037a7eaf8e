//! Names of algorithms, chaining modes and properties.

c_strings! {
    /// AES; the mode is a property.
    pub const BCRYPT_AES_ALGORITHM = "AES";
    /// SHA-256; with `BCRYPT_ALG_HANDLE_HMAC_FLAG` HMAC-SHA-256.
    pub const BCRYPT_SHA256_ALGORITHM = "SHA256";
    /// SHA-384; with `BCRYPT_ALG_HANDLE_HMAC_FLAG` HMAC-SHA-384.
    pub const BCRYPT_SHA384_ALGORITHM = "SHA384";
    /// SHA-512; with `BCRYPT_ALG_HANDLE_HMAC_FLAG` HMAC-SHA-512.
    pub const BCRYPT_SHA512_ALGORITHM = "SHA512";
    /// AES-GMAC.
    pub const BCRYPT_AES_GMAC_ALGORITHM = "AES-GMAC";
    /// AES-CMAC.
    pub const BCRYPT_AES_CMAC_ALGORITHM = "AES-CMAC";
    /// Random numbers.
    pub const BCRYPT_RNG_ALGORITHM = "RNG";
    /// HMAC in counter mode (SP 800-108).
    pub const BCRYPT_SP800108_CTR_HMAC_ALGORITHM = "SP800_108_CTR_HMAC";
    /// PBKDF2.
    pub const BCRYPT_PBKDF2_ALGORITHM = "PBKDF2";
    /// HKDF (RFC 5869), Windows 10 1803 and later.
    pub const BCRYPT_HKDF_ALGORITHM = "HKDF";
    /// ChaCha20-Poly1305 (RFC 8439), Windows Server 2022 and Windows 11; no Windows 10 has it.
    pub const BCRYPT_CHACHA20_POLY1305_ALGORITHM = "CHACHA20_POLY1305";

    /// The only mode of ChaCha20-Poly1305.
    pub const BCRYPT_CHAIN_MODE_NA = "ChainingModeN/A";
    /// CBC.
    pub const BCRYPT_CHAIN_MODE_CBC = "ChainingModeCBC";
    /// ECB.
    pub const BCRYPT_CHAIN_MODE_ECB = "ChainingModeECB";
    /// CCM.
    pub const BCRYPT_CHAIN_MODE_CCM = "ChainingModeCCM";
    /// GCM.
    pub const BCRYPT_CHAIN_MODE_GCM = "ChainingModeGCM";

    /// Property: bytes of an object's memory, `ULONG`.
    pub const BCRYPT_OBJECT_LENGTH = "ObjectLength";
    /// Property: name of the algorithm.
    pub const BCRYPT_ALGORITHM_NAME = "AlgorithmName";
    /// Property: chaining mode, a string whose size counts the zero.
    pub const BCRYPT_CHAINING_MODE = "ChainingMode";
    /// Property: bytes of a block, `ULONG`.
    pub const BCRYPT_BLOCK_LENGTH = "BlockLength";
    /// Property: bits of a key, `ULONG`.
    pub const BCRYPT_KEY_LENGTH = "KeyLength";
    /// Property: allowed bits of a key, [`BCRYPT_KEY_LENGTHS_STRUCT`](super::BCRYPT_KEY_LENGTHS_STRUCT).
    pub const BCRYPT_KEY_LENGTHS = "KeyLengths";
    /// Property: bytes of a digest, `ULONG`.
    pub const BCRYPT_HASH_LENGTH = "HashDigestLength";
    /// Property: allowed bytes of a tag, [`BCRYPT_AUTH_TAG_LENGTHS_STRUCT`](super::BCRYPT_AUTH_TAG_LENGTHS_STRUCT).
    pub const BCRYPT_AUTH_TAG_LENGTH = "AuthTagLength";
    /// Property of an HKDF key: the salt; makes the key ready, with extraction.
    pub const BCRYPT_HKDF_SALT_AND_FINALIZE = "HkdfSaltAndFinalize";
    /// Property of an HKDF key, no value: makes the key ready, its secret being the pseudorandom key.
    pub const BCRYPT_HKDF_PRK_AND_FINALIZE = "HkdfPrkAndFinalize";
    /// Property of an HKDF key: name of the hash algorithm. First of its properties.
    pub const BCRYPT_HKDF_HASH_ALGORITHM = "HkdfHashAlgorithm";

    /// Key import and export: a key with a header.
    pub const BCRYPT_KEY_DATA_BLOB = "KeyDataBlob";
    /// Provider of the primitives.
    pub const MS_PRIMITIVE_PROVIDER = "Microsoft Primitive Provider";
}
