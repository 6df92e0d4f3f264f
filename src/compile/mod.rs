//! From resolved rules to rows of bits.
