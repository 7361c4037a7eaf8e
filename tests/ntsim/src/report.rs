//! What a run found.
