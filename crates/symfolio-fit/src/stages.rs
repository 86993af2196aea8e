//! [`Stages`]: which parts of a thorough fit are used.

/// The parts of a thorough fit, each of which can be left out to see what it is worth. All are used by default.
///
/// | name | what it does |
/// |---|---|
/// | `separable` | constants that the expression is affine in are solved for, not searched |
/// | `linear-phases` | `c0*sin(... + c1)` is fitted as `a*sin(...) + b*cos(...)`, which is linear in both |
/// | `structured-starts` | constants are drawn by what they are for; without: any magnitude, either sign |
/// | `landmarks` | places are drawn where target or residuals have peaks, steps, kinks and outliers |
/// | `greedy` | terms of a sum are built up one by one, each on what the others leave: a periodogram of the residuals |
/// | `hops` | one or two constants, or one term, of the best place are drawn anew |
/// | `jumps` | constants in comparisons, in which the loss is a staircase, are scanned step by step |
/// | `continuation` | smoothed problems first: growing windows, low-passed rows, a fading free term, outliers forgiven, other losses |
/// | `cma-es` | an evolution strategy on the constants that are left, as a last escape |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table above documents every stage in words")]
pub struct Stages {
    pub separable: bool,
    pub linear_phases: bool,
    pub structured_starts: bool,
    pub landmarks: bool,
    pub greedy: bool,
    pub hops: bool,
    pub jumps: bool,
    pub continuation: bool,
    pub cma_es: bool,
}

impl Default for Stages {
    fn default() -> Stages {
        Stages {
            separable: true,
            linear_phases: true,
            structured_starts: true,
            landmarks: true,
            greedy: true,
            hops: true,
            jumps: true,
            continuation: true,
            cma_es: true,
        }
    }
}

impl Stages {
    /// The names of the stages, as in the table above.
    pub const NAMES: [&'static str; 9] = [
        "separable",
        "linear-phases",
        "structured-starts",
        "landmarks",
        "greedy",
        "hops",
        "jumps",
        "continuation",
        "cma-es",
    ];

    /// All stages but the one of this name; `None` where there is no such stage.
    ///
    /// ```
    /// use symfolio_fit::Stages;
    /// assert_eq!(Stages::without("hops"), Some(Stages { hops: false, ..Stages::default() }));
    /// assert_eq!(Stages::without("luck"), None);
    /// ```
    pub fn without(name: &str) -> Option<Stages> {
        let mut stages = Stages::default();
        let stage = match name {
            "separable" => &mut stages.separable,
            "linear-phases" => &mut stages.linear_phases,
            "structured-starts" => &mut stages.structured_starts,
            "landmarks" => &mut stages.landmarks,
            "greedy" => &mut stages.greedy,
            "hops" => &mut stages.hops,
            "jumps" => &mut stages.jumps,
            "continuation" => &mut stages.continuation,
            "cma-es" => &mut stages.cma_es,
            _ => return None,
        };
        *stage = false;
        Some(stages)
    }
}
