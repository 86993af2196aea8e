//! Which member to choose.

use crate::held_out::significantly_worse;
use crate::length::Scale;
use crate::member::Member;
use crate::options::SelectOptions;

/// What the choice is made by.
pub(crate) struct Chooser<'a> {
    pub options: &'a SelectOptions,
    pub scale: &'a Scale,
    /// Are there so few rows that they were cross-validated?
    pub few_rows: bool,
}

impl Chooser<'_> {
    /// The position of the member to choose; 0 for no members.
    ///
    /// The shortest description wins, with three provisos. A formula that a constant beats on rows held out is out. A formula with
    /// more numbers has to win by [`SelectOptions::margin`]. And where rows held out say that it is significantly worse than
    /// a simpler one, or where few rows do not say that the one with fewer numbers is worse, the simpler one is chosen.
    pub(crate) fn choose(&self, members: &[Member]) -> usize {
        let eligible: Vec<usize> = (0..members.len()).filter(|index| beats_the_constant(members, *index)).collect();
        let Some(chosen) = self.shortest(members, &eligible) else { return 0 };
        self.simpler_by_held_out_rows(members, eligible, chosen)
    }

    fn shortest(&self, members: &[Member], eligible: &[usize]) -> Option<usize> {
        let evidence = |index: &usize| self.evidence(&members[*index]);
        let best = eligible.iter().map(evidence).min_by(f64::total_cmp)?;
        let within = eligible.iter().copied().filter(|index| evidence(index) <= best + self.options.margin);
        within
            .min_by(|a, b| members[*a].numbers().cmp(&members[*b].numbers()).then(evidence(a).total_cmp(&evidence(b))))
    }

    /// The description length; for few rows its mean with the one that cross-validation gives: of the formula without the digits of its
    /// constants, and what it leaves of rows that it has not seen.
    fn evidence(&self, member: &Member) -> f64 {
        let total = member.length.total();
        match &member.held_out {
            Some(held_out) if self.few_rows => {
                let loss = held_out.metrics.loss.max(self.scale.floor);
                let unseen = self.scale.misfit(loss, held_out.residuals.len());
                0.5 * (total + unseen + member.length.formula)
            }
            _ => total,
        }
    }

    fn simpler_by_held_out_rows(&self, members: &[Member], mut eligible: Vec<usize>, mut chosen: usize) -> usize {
        let least = self.scale.least_residual();
        let of_formula = |index: usize| members[index].length.of_formula();
        eligible.sort_by(|a, b| of_formula(*a).total_cmp(&of_formula(*b)));
        for index in eligible {
            let (member, other) = (&members[index], &members[chosen]);
            let simpler = member.complexity <= other.complexity && of_formula(index) < of_formula(chosen);
            let (true, Some(first), Some(second)) = (simpler, &member.held_out, &other.held_out) else { continue };
            if significantly_worse(&first.residuals, &second.residuals, least) {
                continue;
            }
            let undecided = self.few_rows
                && member.numbers() < other.numbers()
                && member.length.total() <= other.length.total() + self.options.patience;
            if undecided || significantly_worse(&second.residuals, &first.residuals, least) {
                chosen = index;
            }
        }
        chosen
    }
}

/// Does the member do better than every constant on the rows held out? Constants, and members not held out, do.
fn beats_the_constant(members: &[Member], index: usize) -> bool {
    let held_out = |member: &Member| member.held_out.as_ref().map(|held_out| held_out.metrics.loss);
    let Some(own) = held_out(&members[index]) else { return true };
    let constants = members.iter().filter(|member| member.is_constant).filter_map(held_out);
    members[index].is_constant || constants.fold(f64::INFINITY, f64::min) > own
}
