//! [`fit_grouped`]: the constants of one expression on several data sets, some of them shared.

mod bordered;
mod certificate;
mod profile;
mod search;
#[cfg(test)]
mod tests;

pub use bordered::Held;
pub use certificate::{GroupedCertificate, Redundancy, certify_grouped};
pub use profile::{GroupedProfile, profile_grouped};

use rand_chacha::ChaCha8Rng;
use symfolio_expr::{Expr, Node, Program};

use crate::data::{FitData, Workspace};
use crate::fit::{check_bounds, within};
use crate::options::FitOptions;
use crate::work::Work;

/// What a fit of several groups found, and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupedFit {
    /// The constants of each group, `c0` first, shape `(n_groups, n_constants)`; shared ones are the same in all.
    pub params: Vec<Vec<f64>>,
    /// Mean loss over all rows; infinite where no constants were found with which all groups are defined.
    pub loss: f64,
    /// Mean loss of each group.
    pub losses: Vec<f64>,
    /// Work spent, in the units of [`symfolio_expr::OpInfo::work`].
    pub work: u64,
    /// Did the last steps show that nothing more was to be gained nearby?
    pub converged: bool,
}

/// Fits the constants of `expr` to several groups of rows: those in `shared` have one value for all groups, each
/// other one a value of its own in every group.
///
/// What is minimised is the loss over all rows. Joint steps are Levenberg-Marquardt on normal equations that are
/// block-diagonal but for a border, the shared constants: each group's own constants are eliminated first (the Schur
/// complement; Björck 1996, *Numerical Methods for Least Squares Problems*, section 6.3), so the cost is linear in the
/// number of groups. With no start given, thorough fits of single groups and of all rows taken together propose
/// the shared constants; for each proposal every group's own constants are searched with the shared ones held, and the
/// best proposals descend jointly. Groups may have fewer rows than constants.
///
/// `options.bounds` are one pair a constant and hold in every group. [`FitOptions::max_iterations`] limits joint steps
/// (100 where absent). The present values of `expr` are one of the proposals.
///
/// # Panics
/// Where `groups` is empty, where a group's columns, target or weights have the wrong length, and where an index in `shared` is no
/// constant; also for bounds, as [`fit`](crate::fit()).
pub fn fit_grouped(
    rng: &mut ChaCha8Rng,
    expr: &Expr,
    groups: &[FitData<'_>],
    shared: &[usize],
    options: &FitOptions,
    workspace: &mut Workspace,
) -> GroupedFit {
    with_search(expr, groups, shared, options, workspace, |search| search.run(rng))
}

/// Descends jointly from `params`, the constants of each group, moved to their bounds where they lie beyond, as [`fit_grouped`] does at its end, without any search; never to
/// a worse place.
///
/// # Panics
/// As [`fit_grouped`]; also where `params` are not one list a group, or differ in a shared constant.
pub fn refine_grouped(
    expr: &Expr,
    groups: &[FitData<'_>],
    params: Vec<Vec<f64>>,
    shared: &[usize],
    options: &FitOptions,
    workspace: &mut Workspace,
) -> GroupedFit {
    assert_eq!(params.len(), groups.len(), "constants for each group");
    assert!(
        shared.iter().all(|i| params.iter().all(|values| values[*i] == params[0][*i])),
        "shared constants are equal"
    );
    let inside = |params: Vec<Vec<f64>>| params.iter().map(|params| within(params, &options.bounds)).collect();
    with_search(expr, groups, shared, options, workspace, |search| search.descend(inside(params)))
}

fn with_search(
    expr: &Expr,
    groups: &[FitData<'_>],
    shared: &[usize],
    options: &FitOptions,
    workspace: &mut Workspace,
    find: impl FnOnce(&mut search::Search<'_, '_>) -> bordered::JointPlace,
) -> GroupedFit {
    assert!(!groups.is_empty(), "at least one group");
    groups.iter().for_each(FitData::check);
    let k = expr.params().len();
    assert!(shared.iter().all(|index| *index < k), "shared constants are constants");
    check_bounds(&options.bounds, k);
    let layout = Layout::new(k, shared);
    let program = Program::new(expr);
    let mut search = search::Search {
        expr,
        program: &program,
        groups,
        layout: &layout,
        options,
        workspace,
        work: Work::with_limit(options.max_work),
    };
    let place = find(&mut search);
    let losses = search.losses(&place.params);
    GroupedFit { params: place.params, loss: place.loss, losses, work: search.work.spent, converged: place.converged }
}

/// Which constants are shared, and which are each group's own; both ascending.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    pub shared: Vec<usize>,
    pub own: Vec<usize>,
}

impl Layout {
    pub(crate) fn new(k: usize, shared: &[usize]) -> Layout {
        let is_shared = |index: &usize| shared.contains(index);
        Layout { shared: (0..k).filter(is_shared).collect(), own: (0..k).filter(|index| !is_shared(index)).collect() }
    }
}

/// `expr` with the constants `held` as literals of the values that they have in `params`; the others keep their order.
fn hold(expr: &Expr, params: &[f64], held: &[usize]) -> Expr {
    let mut number = Vec::with_capacity(params.len());
    let mut kept = Vec::new();
    for (index, value) in params.iter().enumerate() {
        number.push(kept.len() as u16);
        if !held.contains(&index) {
            kept.push(*value);
        }
    }
    let nodes = expr.nodes().iter().map(|node| match *node {
        Node::Param(index) if held.contains(&usize::from(index)) => Node::Const(params[usize::from(index)]),
        Node::Param(index) => Node::Param(number[usize::from(index)]),
        other => other,
    });
    // Only leaves changed, and constants are numbered without gaps: the expression is well formed.
    Expr::new(nodes.collect(), kept).unwrap_or_else(|_| expr.clone())
}
