//! Instruction sets: detection, and the exact integer products implemented for each.
//!
//! Invariant: the choice changes speed and nothing else. A `Simd` exists only for an instruction set that the processor
//! has, and every `Kernel` computes the same sums, bit for bit; floats are computed by the same code for all. Using the
//! products is left to `embedding` and `search`. `KERNELS.md` explains layouts and loops.

#[cfg(target_arch = "aarch64")]
mod arm;
#[cfg(target_arch = "aarch64")]
mod arm_lanes;
mod bits;
mod dot8;
mod kernel;
mod lanes;
mod memory;
mod portable;
#[cfg(feature = "internals")]
pub mod rates;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;
#[cfg(target_arch = "x86_64")]
mod x86_lanes;
#[cfg(all(target_arch = "x86_64", feature = "internals"))]
mod x86_peak;

use std::fmt;
use std::sync::OnceLock;

pub(crate) use bits::{BitScan, Codes, EIGHT, Floats, PLANES, Planes, Slope, Words};
#[cfg(any(feature = "graph", test))]
pub(crate) use dot8::dot;
pub(crate) use dot8::{LINE, Line, Pick, codes, dots, fetch};
pub(crate) use kernel::{DEPTH, Kernel, Panel, ROWS, Task, WIDTH, packed_at};
#[cfg(test)]
pub(crate) use lanes::Plain16;
pub(crate) use lanes::{LANES, Lanes};
pub(crate) use memory::Aligned;

/// An instruction set with kernels. Within an architecture, later variants are faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Isa {
    /// No SIMD extension: plain Rust.
    Portable,
    /// AVX2 and FMA on x86-64.
    Avx2,
    /// AVX2 with 256-bit byte products (AVX-VNNI).
    AvxVnni,
    /// AVX-512 with byte products (VNNI).
    Avx512Vnni,
    /// NEON on 64-bit Arm.
    Neon,
    /// NEON with byte products (`dotprod`).
    NeonDotprod,
    /// NEON with byte matrix products (`i8mm`).
    NeonI8mm,
}

impl Isa {
    /// All instruction sets, slowest first within each architecture.
    pub const ALL: [Self; 7] = [
        Self::Portable,
        Self::Avx2,
        Self::AvxVnni,
        Self::Avx512Vnni,
        Self::Neon,
        Self::NeonDotprod,
        Self::NeonI8mm,
    ];

    /// The name, as used in the environment variable `IDIOLECT_SIMD`: `portable`, `avx2`, `avx-vnni`, `avx512-vnni`,
    /// `neon`, `neon-dotprod`, `neon-i8mm`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::AvxVnni => "avx-vnni",
            Self::Avx512Vnni => "avx512-vnni",
            Self::Neon => "neon",
            Self::NeonDotprod => "neon-dotprod",
            Self::NeonI8mm => "neon-i8mm",
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An instruction set that this processor supports.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Simd(Chosen);

#[derive(Debug, Clone, Copy)]
enum Chosen {
    Portable(portable::Portable),
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
    #[cfg(target_arch = "x86_64")]
    AvxVnni(x86::AvxVnni),
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni(x86::Avx512Vnni),
    #[cfg(target_arch = "aarch64")]
    Neon(arm::Neon),
    #[cfg(target_arch = "aarch64")]
    NeonDotprod(arm::NeonDotprod),
    #[cfg(target_arch = "aarch64")]
    NeonI8mm(arm::NeonI8mm),
}

/// Returns the instruction set that it runs on.
struct Which;

impl Task for Which {
    type Output = Isa;

    #[inline(always)]
    fn run<K: Kernel>(self, _: K) -> Isa {
        K::ISA
    }
}

/// Environment variable that limits the instruction set.
const VARIABLE: &str = "IDIOLECT_SIMD";

impl Simd {
    /// The best supported instruction set, limited by the environment variable `IDIOLECT_SIMD`. Detected once.
    pub(crate) fn detect() -> Self {
        static DETECTED: OnceLock<Simd> = OnceLock::new();
        *DETECTED.get_or_init(|| Self::at_most(std::env::var(VARIABLE).ok().as_deref()))
    }

    /// The best supported up to the named one; an unknown name is no limit.
    fn at_most(name: Option<&str>) -> Self {
        let limit = Isa::ALL.into_iter().find(|isa| Some(isa.name()) == name);
        let allowed = Isa::ALL.into_iter().rev().filter(|isa| limit.is_none_or(|limit| *isa <= limit));
        allowed.into_iter().find_map(Self::new).unwrap_or(Self(Chosen::Portable(portable::Portable)))
    }

    /// `None` if this processor does not support it.
    pub(crate) fn new(isa: Isa) -> Option<Self> {
        let chosen = match isa {
            Isa::Portable => Chosen::Portable(portable::Portable),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => Chosen::Avx2(x86::Avx2::new()?),
            #[cfg(target_arch = "x86_64")]
            Isa::AvxVnni => Chosen::AvxVnni(x86::AvxVnni::new()?),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => Chosen::Avx512Vnni(x86::Avx512Vnni::new()?),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => Chosen::Neon(arm::Neon::new()?),
            #[cfg(target_arch = "aarch64")]
            Isa::NeonDotprod => Chosen::NeonDotprod(arm::NeonDotprod::new()?),
            #[cfg(target_arch = "aarch64")]
            Isa::NeonI8mm => Chosen::NeonI8mm(arm::NeonI8mm::new()?),
            _ => return None,
        };
        Some(Self(chosen))
    }

    /// The instruction set.
    pub(crate) fn isa(self) -> Isa {
        self.run(Which)
    }

    /// Runs `task` with code compiled for this instruction set.
    #[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "the functions need an instruction set"))]
    pub(crate) fn run<T: Task>(self, task: T) -> T::Output {
        match self.0 {
            Chosen::Portable(kernel) => task.run(kernel),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a value of the kernel's type exists only if the processor has these features.
            Chosen::Avx2(kernel) => unsafe { x86::compile::avx2(kernel, task) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Chosen::AvxVnni(kernel) => unsafe { x86::compile::avx_vnni(kernel, task) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Chosen::Avx512Vnni(kernel) => unsafe { x86::compile::avx512_vnni(kernel, task) },
            // Every 64-bit Arm target with a standard library enables NEON by default.
            #[cfg(target_arch = "aarch64")]
            Chosen::Neon(kernel) => task.run(kernel),
            #[cfg(target_arch = "aarch64")]
            Chosen::NeonDotprod(kernel) => task.run(kernel),
            #[cfg(target_arch = "aarch64")]
            Chosen::NeonI8mm(kernel) => task.run(kernel),
        }
    }
}
