//! The check that a search returns when it is told to.

use super::trial::{Trial, slice};
use super::{RecordingHost, problem};
use crate::{Backend, Config, Cost, Slice};

/// Offers that may come after Break: what was measured before may still be handed in.
const LAST_OFFERS: usize = 10;
/// Work beyond the grant: what a search does between two charges, some milliseconds.
const OVERDRAFT: u64 = 5_000_000;

/// After Break a search settles with at most one charge, hands in what it has, and does nothing else.
pub(super) fn stops_when_told(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    for grant in [0, 1000, 200_000] {
        let mut trial = Trial::start(backend, config, &problem)?;
        for index in 0..3 {
            let slice = Slice { grant: Cost::work(grant), ..slice(index, &problem) };
            let mut host = RecordingHost::new(problem.clone(), &slice);
            trial.advance_with(&slice, &mut host)?;
            let (after, spent) = (host.after_break, host.spent.work);
            for (count, most, what) in [
                (after.charges, 1, "charges"),
                (after.evaluations, 0, "forms evaluated"),
                (after.questions, 0, "questions"),
                (after.offers, LAST_OFFERS, "offers"),
            ] {
                if count > most {
                    return Err(format!("{count} {what} after Break, at most {most} allowed, {grant} granted"));
                }
            }
            if spent > grant + OVERDRAFT {
                return Err(format!("spent {spent} work of {grant} granted"));
            }
            if spent > grant && !host.has_stopped() {
                return Err(format!("spent {spent} work of {grant} granted and never asked whether to stop"));
            }
        }
    }
    Ok(())
}
