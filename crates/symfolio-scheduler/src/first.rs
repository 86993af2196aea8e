//! Cheap, exact methods before all others.

use symfolio_core::History;

/// Share of the budget that the first arms may take before they have to take turns with the others.
pub const FIRST_SHARE: f64 = 0.3;

/// The cheap, exact arm that is due, if any: of those that are ready the one that has taken least, while these arms together have taken less
/// than 30 % of the budget.
pub fn first_arm(history: &History) -> Option<usize> {
    let taken = history.seconds(|arm| history.arms.get(arm).is_some_and(|arm| arm.first));
    if history.share(taken) * history.spent >= FIRST_SHARE {
        return None;
    }
    let ready = (0..history.arms.len()).filter(|arm| history.arms[*arm].first && history.arms[*arm].ready());
    ready.map(|arm| (history.seconds(|other| other == arm), arm)).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, arm)| arm)
}
