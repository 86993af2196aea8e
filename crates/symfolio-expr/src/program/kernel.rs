//! [`Kernel`]: the instruction sets that evaluation is compiled for.

/// Name of the instruction set that the kernels run on: `avx512`, `avx2` or `baseline`. All give the same bits.
pub fn kernel() -> &'static str {
    match Kernel::here() {
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => "avx512",
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => "avx2",
        Kernel::Baseline => "baseline",
    }
}

/// The instruction sets that kernels are compiled for. The baseline is what the whole program is compiled for: SSE2 on x86-64,
/// NEON on 64-bit ARM.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kernel {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Baseline,
}

impl Kernel {
    /// The best one that this processor has.
    #[inline]
    pub(super) fn here() -> Kernel {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("fma") && has!("avx512f") && has!("avx512dq") && has!("avx512bw") && has!("avx512vl") {
                return Kernel::Avx512;
            }
            if has!("fma") && has!("avx2") {
                return Kernel::Avx2;
            }
        }
        Kernel::Baseline
    }

    /// Are division and square root faster by multiplications than by the instructions for them?
    #[inline(always)]
    pub(super) fn divides_slowly(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            self == Kernel::Avx512
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            false
        }
    }
}

/// Defines `$name`, which runs `$plain` as compiled for a [`Kernel`]. `$plain` and all that it calls in a loop are
/// `#[inline(always)]`: what is not inlined is compiled for the baseline.
macro_rules! for_each_kernel {
    ($(#[$doc:meta])* fn $name:ident = $plain:ident by $rows:ident, ($($arg:ident: $type:ty),* $(,)?)) => {
        $(#[$doc])*
        pub(super) fn $name<R: Real>($($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "fma,avx512f,avx512dq,avx512bw,avx512vl")]
            fn avx512<R: Real>($($arg: $type),*) {
                $plain($($arg),*);
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "fma,avx2")]
            fn avx2<R: Real>($($arg: $type),*) {
                $plain($($arg),*);
            }

            match $rows.kernel() {
                #[cfg(target_arch = "x86_64")]
                #[allow(unsafe_code, reason = "calling a function compiled for AVX-512")]
                // SAFETY: rows are only made with the kernel that this processor was found to have (`Rows::each`, `Registers::new`).
                Kernel::Avx512 => unsafe { avx512($($arg),*) },
                #[cfg(target_arch = "x86_64")]
                #[allow(unsafe_code, reason = "calling a function compiled for AVX2")]
                // SAFETY: as above.
                Kernel::Avx2 => unsafe { avx2($($arg),*) },
                Kernel::Baseline => $plain($($arg),*),
            }
        }
    };
}

pub(super) use for_each_kernel;
