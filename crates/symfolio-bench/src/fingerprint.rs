//! Fingerprints: 16 hexadecimal digits that differ where what they are of differs (FNV-1a, 64 bits; against accidents, not against malice).

use serde::Serialize;

/// The fingerprint of `bytes`.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    format!("{:016x}", hash(bytes))
}

/// The fingerprint of the JSON of `value`.
pub(crate) fn of_value(value: &impl Serialize) -> String {
    of_bytes(&serde_json::to_vec(value).unwrap_or_default())
}

/// FNV-1a.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
