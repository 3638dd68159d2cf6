//! `Debug` output that shows the size of a text and never the text.
//!
//! Invariant: a field listed as hidden in [`debug_without_text`] appears only as a number of bytes or items.

use std::fmt;

/// A value whose size can stand in for it.
pub(crate) trait Amount {
    /// Writes the size.
    fn amount(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl Amount for String {
    fn amount(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.len())
    }
}

impl<T> Amount for Vec<T> {
    fn amount(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} items>", self.len())
    }
}

impl<T: Amount> Amount for Option<T> {
    fn amount(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Some(value) => value.amount(f),
            None => f.write_str("None"),
        }
    }
}

/// Debug-formats a reference as the size of its value.
pub(crate) struct Redacted<'a, T>(pub(crate) &'a T);

impl<T: Amount> fmt::Debug for Redacted<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.amount(f)
    }
}

/// Implements `Debug` for a struct: `shown` fields are formatted, of `hidden` ones only the size.
macro_rules! debug_without_text {
    ($type:ty, $name:literal, shown: [$($shown:ident),* $(,)?], hidden: [$($hidden:ident),* $(,)?]) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct($name)
                    $(.field(stringify!($shown), &self.$shown))*
                    $(.field(stringify!($hidden), &$crate::types::Redacted(&self.$hidden)))*
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use debug_without_text;
