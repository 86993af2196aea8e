//! Which member to choose.

use symfolio_expr::Node;
use symfolio_fit::Loss;

use crate::held_out::standard_errors;
use crate::length::Scale;
use crate::member::Member;
use crate::options::SelectOptions;

/// Standard errors from which on cross-validation tells two formulas apart: more than two, since the search has seen most of these rows,
/// and compared many formulas.
const SIGNIFICANT: f64 = 3.0;
/// Standard errors of the gain on the training rows below which two or three of them make it.
const WIDESPREAD: f64 = 1.5;
/// Share of the constant's loss on rows held out below which a formula explains something, even where they lie elsewhere than the training
/// rows.
const FAR_BELOW: f64 = 0.5;

/// Nats that a formula has to be ahead by which is undefined or has a pole between the rows of the data: laws are whole where they were
/// measured, and what fits by a pole between two rows fits by chance.
const BROKEN: f64 = 20.0;

/// Nats by which rows of formulas that say the same differ at most, by rounding.
const SAME: f64 = 1e-6;
/// Largest number of a plain formula.
const PLAIN: f64 = 10.0;

/// What the choice is made by.
#[derive(Clone, Copy)]
pub(crate) struct Chooser<'a> {
    pub options: &'a SelectOptions,
    pub scale: &'a Scale,
    /// Are there so few rows that they were cross-validated?
    pub few_rows: bool,
}

impl Chooser<'_> {
    /// The position of the member to choose; 0 for no members.
    ///
    /// The shortest description wins, by a likelihood in which residuals may grow with the prediction and a few bad rows count for
    /// little, with four provisos. A formula that a constant beats on rows held out is out. One that is broken between the rows
    /// has to win by far. A formula with more numbers has to win by
    /// [`SelectOptions::margin`]. And a simpler one is chosen unless the longer one gains on rows held out, and by many training
    /// rows; or where few rows do not say that the one with fewer numbers is worse.
    pub(crate) fn choose(&self, members: &[Member]) -> usize {
        let eligible: Vec<usize> =
            (0..members.len()).filter(|index| self.beats_the_constant(members, *index)).collect();
        let Some(chosen) = self.shortest(members, &eligible) else {
            return members.iter().position(|member| member.is_constant).unwrap_or(0);
        };
        let chosen = self.simplest_not_refuted(members, eligible, chosen);
        shorter_spelling(members, chosen)
    }

    fn shortest(&self, members: &[Member], eligible: &[usize]) -> Option<usize> {
        let evidence = |index: &usize| self.evidence(&members[*index]);
        let best = eligible.iter().map(evidence).min_by(f64::total_cmp)?;
        let within = eligible.iter().copied().filter(|index| evidence(index) <= best + self.options.margin);
        within
            .min_by(|a, b| members[*a].numbers().cmp(&members[*b].numbers()).then(evidence(a).total_cmp(&evidence(b))))
    }

    /// The description length; for few rows its mean with the one that cross-validation gives: of the formula without the digits of its
    /// constants, and what it leaves of rows that it has not seen. Longer for what is broken between the rows.
    pub(crate) fn evidence(&self, member: &Member) -> f64 {
        let broken = if member.inside.is_broken() { BROKEN } else { 0.0 };
        let total = member.evidence(self.scale.loss) + broken;
        let evidence = match &member.held_out {
            Some(held_out) if self.few_rows => {
                0.5 * (total + held_out.nats.iter().sum::<f64>() + member.length.formula + broken)
            }
            _ => total,
        };
        // What is undefined somewhere is no evidence; a NaN could pass for the smallest number.
        if evidence.is_nan() { f64::INFINITY } else { evidence }
    }

    /// The simplest member whose place the chosen one does not clearly deserve; of equally simple ones the one of shortest description.
    fn simplest_not_refuted(&self, members: &[Member], mut eligible: Vec<usize>, chosen: usize) -> usize {
        let best = &members[chosen];
        let of_formula = |member: &Member| member.length.of_formula();
        eligible.retain(|index| {
            let member = &members[*index];
            let simpler = (member.complexity, member.numbers()) < (best.complexity, best.numbers());
            let whole = !member.inside.is_broken() || best.inside.is_broken();
            simpler && whole && of_formula(member) < of_formula(best)
        });
        eligible.sort_by(|a, b| {
            let order = members[*a].complexity.cmp(&members[*b].complexity);
            order.then(self.evidence(&members[*a]).total_cmp(&self.evidence(&members[*b])))
        });
        let refuted = |index: &usize| {
            let simpler = &members[*index];
            self.is_confirmed(simpler, best) && !self.is_undecided(simpler, best)
        };
        let Some(simplest) = eligible.iter().copied().find(|index| !refuted(index)) else { return chosen };
        let as_simple = |index: &usize| members[*index].complexity == members[simplest].complexity;
        eligible.iter().copied().find(as_simple).unwrap_or(simplest)
    }

    /// Does `longer` gain on `simpler` by rows held out, and by so many training rows that the gain is significant?
    ///
    /// With a likelihood that caps what one row can gain, a term that explains the noise of `m` rows comes to about the root of `m`
    /// standard errors (Vuong 1989 compares models by the same ratio).
    fn is_confirmed(&self, simpler: &Member, longer: &Member) -> bool {
        let by_training_rows = standard_errors(gains(&simpler.nats, &longer.nats)) > WIDESPREAD;
        let by_held_out_rows = match (&simpler.held_out, &longer.held_out) {
            (Some(simpler), Some(longer)) => gains(&simpler.nats, &longer.nats).sum::<f64>() > 0.0,
            _ => true,
        };
        by_training_rows && by_held_out_rows
    }

    /// Are there few rows that do not tell the two apart, and fewer numbers in the simpler one?
    fn is_undecided(&self, simpler: &Member, longer: &Member) -> bool {
        let (Some(first), Some(second)) = (&simpler.held_out, &longer.held_out) else { return false };
        let loss = self.scale.loss;
        self.few_rows
            && simpler.numbers() < longer.numbers()
            && simpler.evidence(loss) <= longer.evidence(loss) + self.options.patience
            && standard_errors(gains(&first.nats, &second.nats)) <= SIGNIFICANT
    }

    /// Does the member do better than every constant on the rows held out? Constants, and members not held out, do.
    fn beats_the_constant(&self, members: &[Member], index: usize) -> bool {
        let member = &members[index];
        let (false, Some(own)) = (member.is_constant, &member.held_out) else { return true };
        let constants =
            members.iter().filter(|member| member.is_constant).filter_map(|member| member.held_out.as_ref());
        let best = constants.map(|constant| constant.metrics.loss).fold(f64::INFINITY, f64::min);
        // Squares say how much of the variance is explained; other losses may rightly pass over rows that rule the variance.
        let explains =
            own.metrics.r2 > 0.0 || own.metrics.loss < FAR_BELOW * best || self.scale.loss != Loss::SquaredError;
        own.metrics.loss < best && explains
    }
}

/// The least complex member that says the same of every row with no numbers but halves of whole ones: `a**1.5` where `a*sqrt(a)`, which has no
/// number at all and so a shorter description, was chosen.
fn shorter_spelling(members: &[Member], chosen: usize) -> usize {
    let best = &members[chosen];
    let is_plain = |member: &Member| {
        member.expr.nodes().iter().all(|node| match *node {
            Node::Const(value) => (2.0 * value).fract() == 0.0 && value.abs() <= PLAIN,
            Node::Param(_) => false,
            _ => true,
        })
    };
    let same = |member: &Member| gains(&member.nats, &best.nats).all(|gain| gain.abs() < SAME);
    let shorter = (0..members.len()).filter(|index| {
        let member = &members[*index];
        member.complexity < best.complexity && is_plain(member) && same(member)
    });
    shorter.min_by_key(|index| members[*index].complexity).unwrap_or(chosen)
}

/// What each row gains, in nats.
fn gains<'a>(simpler: &'a [f64], longer: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    simpler.iter().zip(longer).map(|(simpler, longer)| simpler - longer)
}
