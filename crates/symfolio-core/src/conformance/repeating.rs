//! Checks that a search is a function of its inputs and its checkpoint.

use super::problem;
use super::trial::{Trial, law_rows, same, slice, some_of};
use crate::{Backend, Config, Cost, Slice};

/// The same inputs give the same offers at the same cost.
pub(super) fn same_inputs_same_offers(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    let (mut first, mut second) = (Trial::start(backend, config, &problem)?, Trial::start(backend, config, &problem)?);
    let mut offers = Vec::new();
    for slice in (0..2).map(|index| slice(index, &problem)) {
        let harvest = first.advance(&slice)?;
        same(slice.index, &harvest, &second.advance(&slice)?)?;
        offers.extend(harvest.offers);
    }
    some_of(offers, "on a simple law").map(drop)
}

/// A search that is saved and resumed between all slices equals one that is kept in memory, also when the rows change.
pub(super) fn resumed_equals_kept(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    const GRANTS: [u64; 5] = [50_000, 400_000, 1_500_000, 400_000, 3_000_000];
    let problem = problem(false);
    let slices = GRANTS.iter().enumerate().map(|(index, grant)| Slice {
        grant: Cost::work(*grant),
        rows: law_rows(u64::from(index >= 3)),
        ..slice(index as u64, &problem)
    });
    let mut kept = Trial::start(backend, config, &problem)?;
    let mut relay: Option<Trial<'_>> = None;
    let mut offers = Vec::new();
    for slice in slices {
        let expected = kept.advance(&slice)?;
        if let Some(resumed) = &mut relay {
            same(slice.index, &expected, &resumed.advance(&slice)?)?;
            offers.extend(expected.offers);
        }
        let latest = relay.as_ref().unwrap_or(&kept);
        relay = match (latest.save()?, backend.traits().resumable) {
            (None, false) => return Ok(()),
            (None, true) => return Err("its traits say resumable, but it gave no checkpoint".into()),
            (Some(_), false) => return Err("its traits say not resumable, but it gave a checkpoint".into()),
            (Some(bytes), true) => Some(latest.resume(&bytes)?),
        };
    }
    some_of(offers, "after the first slice").map(drop)
}
