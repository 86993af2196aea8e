//! Which member to choose.

use symfolio_expr::Node;
use symfolio_fit::Loss;

use crate::held_out::standard_errors;
use crate::length::Scale;
use crate::member::Member;
use crate::options::SelectOptions;
use crate::rows::Rows;

/// Standard errors from which on cross-validation tells two formulas apart: more than two, since the search has seen most of these rows,
/// and compared many formulas.
const SIGNIFICANT: f64 = 3.0;
/// Standard errors of the gain on rows held out from which on a formula that is not the winner tells that a simpler one is too simple: one
/// of many gains a little by luck.
const CLEAR: f64 = 1.0;
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

impl<'a> Chooser<'a> {
    pub(crate) fn new(options: &'a SelectOptions, scale: &'a Scale, rows: &Rows) -> Chooser<'a> {
        let few_rows = rows.validation.is_none() && rows.all.n_rows() < options.cross_validate_below;
        Chooser { options, scale, few_rows }
    }

    /// The position of the member to choose; 0 for no members.
    ///
    /// The shortest description wins, by a likelihood in which residuals may grow with the prediction and a few bad rows count for
    /// little, with five provisos. Where some formulas were measured on rows held out, the others are out. A formula that a constant
    /// beats there is out. One that is broken between the rows has to win by far. A formula with more numbers, or of few rows more features, has to win by
    /// [`SelectOptions::margin`]. And a simpler one is chosen unless a longer one gains on rows held out, and by many training
    /// rows; or where few rows do not say that the one with fewer numbers is worse.
    pub(crate) fn choose(&self, members: &[Member]) -> usize {
        let evidence: Vec<f64> = members.iter().map(|member| self.evidence(member)).collect();
        let mut eligible: Vec<usize> =
            (0..members.len()).filter(|index| self.beats_the_constant(members, *index)).collect();
        let measured = |index: &usize| members[*index].held_out.is_some();
        if eligible.iter().any(|index| measured(index) && !members[*index].is_constant) {
            eligible.retain(measured);
        }
        let Some(chosen) = self.shortest(members, &evidence, &eligible) else {
            return members.iter().position(|member| member.is_constant).unwrap_or(0);
        };
        let chosen = self.simplest_not_refuted(members, &evidence, &eligible, chosen);
        shorter_spelling(members, chosen)
    }

    fn shortest(&self, members: &[Member], evidence: &[f64], eligible: &[usize]) -> Option<usize> {
        let best = eligible.iter().map(|index| evidence[*index]).min_by(f64::total_cmp)?;
        let within = eligible.iter().copied().filter(|index| evidence[*index] <= best + self.options.margin);
        // Where no rows are held out to tell, a column that was picked by chance has to win by as much as a number.
        let columns = |index: usize| if self.few_rows { members[index].expr.variables().len() } else { 0 };
        let claims = |index: usize| members[index].numbers() + columns(index);
        within.min_by(|a, b| claims(*a).cmp(&claims(*b)).then(evidence[*a].total_cmp(&evidence[*b])))
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

    /// The simplest member whose place no other one clearly deserves; of equally simple ones the one of shortest description.
    fn simplest_not_refuted(&self, members: &[Member], evidence: &[f64], eligible: &[usize], chosen: usize) -> usize {
        let best = &members[chosen];
        let of_formula = |member: &Member| member.length.of_formula();
        let is_in_question = |index: &usize| {
            let member = &members[*index];
            let whole = !member.inside.is_broken() || best.inside.is_broken();
            is_simpler(member, best) && whole && of_formula(member) < of_formula(best)
        };
        let mut simpler: Vec<usize> = eligible.iter().copied().filter(is_in_question).collect();
        simpler.sort_by(|a, b| {
            members[*a].complexity.cmp(&members[*b].complexity).then(evidence[*a].total_cmp(&evidence[*b]))
        });
        let refutes = |longer: usize, index: usize, least: f64| {
            is_confirmed(&members[index], &members[longer], least)
                && !self.is_undecided(&members[index], &members[longer])
        };
        let refuted = |index: usize| {
            if is_confirmed(&members[index], best, 0.0) {
                return !self.is_undecided(&members[index], best);
            }
            // The winner fails on rows held out, where another one, not quite so short, may not. Few rows cannot tell.
            let ahead = |other: usize| !self.few_rows && evidence[other] + self.options.margin < evidence[index];
            let mut others =
                eligible.iter().filter(|other| ahead(**other) && is_simpler(&members[index], &members[**other]));
            others.any(|other| refutes(*other, index, CLEAR))
        };
        let Some(simplest) = simpler.iter().copied().find(|index| !refuted(*index)) else { return chosen };
        let as_simple = |index: &usize| members[*index].complexity == members[simplest].complexity;
        simpler.iter().copied().find(as_simple).unwrap_or(simplest)
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

fn is_simpler(member: &Member, other: &Member) -> bool {
    (member.complexity, member.numbers()) < (other.complexity, other.numbers())
}

/// Does `longer` gain on `simpler` by so many training rows that the gain is significant, and by more than `least` standard errors on
/// rows held out?
///
/// With a likelihood that caps what one row can gain, a term that explains the noise of `m` rows comes to about the root of `m`
/// standard errors (Vuong 1989 compares models by the same ratio).
fn is_confirmed(simpler: &Member, longer: &Member, least: f64) -> bool {
    let by_held_out_rows = match (&simpler.held_out, &longer.held_out) {
        (Some(simpler), Some(longer)) => standard_errors(gains(&simpler.nats, &longer.nats)) > least,
        _ => true,
    };
    by_held_out_rows && standard_errors(gains(&simpler.nats, &longer.nats)) > WIDESPREAD
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

#[cfg(test)]
mod tests {
    use symfolio_expr::Expr;

    use crate::extrapolation::Inside;
    use crate::length::Length;
    use crate::likelihood::Likelihood;
    use crate::member::HeldOut;
    use crate::metrics::Metrics;
    use crate::spread::Spread;

    use super::*;

    /// A member whose rows take `nats` each, and as many rows held out `unseen`, where it was measured; its loss grows with the nats.
    fn member(text: &str, complexity: u32, nats: f64, unseen: Option<f64>) -> Member {
        let expr = Expr::from_prefix(text).unwrap();
        let rows = |nats: f64| (0..100).map(|row| nats + 0.1 * f64::from(row % 3) * f64::from(complexity)).collect();
        let metrics = |nats: f64| Metrics { loss: nats.exp(), nmse: 0.5 * nats.exp(), r2: 0.5, rmse: 1.0 };
        Member {
            is_constant: expr.variables().is_empty(),
            likeliest: expr.clone(),
            complexity,
            loss: nats.exp(),
            length: Length { misfit: 0.0, constants: 0.0, formula: f64::from(complexity) },
            train: metrics(nats),
            nats: rows(nats),
            likelihood: Likelihood::Student { sigma: 1.0 },
            held_out: unseen.map(|nats| HeldOut { metrics: metrics(nats), nats: rows(nats) }),
            candidate: 0,
            origin: Vec::new(),
            forms: Default::default(),
            inside: Inside::default(),
            polished: true,
            expr,
        }
    }

    fn chosen(members: &[Member]) -> usize {
        let options = SelectOptions::default();
        let scale = Scale {
            loss: Loss::SquaredError,
            baseline: 1.0,
            floor: 1e-24,
            n_features: 2,
            spread: Spread::default(),
            divisors: None,
            unseen_divisors: None,
            evened: None,
        };
        Chooser { options: &options, scale: &scale, few_rows: false }.choose(members)
    }

    #[test]
    fn those_behind_the_last_measured_one_are_out() {
        let constant = member("?1", 1, 0.0, Some(0.0));
        let measured = member("(mul ?1 x0)", 3, -1.0, Some(-1.0));
        let not_measured = member("(mul ?1 (sin x0))", 4, -2.0, None);
        assert_eq!(chosen(&[constant.clone(), measured, not_measured.clone()]), 1);
        // Where nothing but a constant was measured, that is no reason to choose it.
        assert_eq!(chosen(&[constant, not_measured]), 1);
    }

    #[test]
    fn a_winner_that_fails_leaves_the_choice_to_those_between() {
        let constant = member("?1", 1, 0.0, Some(0.0));
        let line = member("(mul ?1 x0)", 3, -1.0, Some(-1.0));
        let overfit = member("(mul ?1 (sin (mul ?1 x1)))", 6, -2.0, Some(-0.5));
        assert_eq!(chosen(&[constant.clone(), line.clone(), overfit.clone()]), 1);
        assert_eq!(chosen(&[constant.clone(), overfit]), 1);
        // One that fails against the constant as well does not hand the choice to it.
        let worse = member("(mul ?1 (sin (mul ?1 x1)))", 6, -2.0, Some(-0.0));
        assert_eq!(chosen(&[constant, line, worse]), 1);
    }
}
