//! `symfolio bench screen`.

use symfolio::scheduler::{POLICIES, policy};
use symfolio_bench::report::{Choice, Comparison};
use symfolio_bench::{Database, Filter, Screened, screen};

use crate::args::BenchScreen;
use crate::commands::bench::report::filter;
use crate::failure::Failure;
use crate::print;
use crate::table::Table;

pub fn run(arguments: BenchScreen) -> Result<(), Failure> {
    let names = match arguments.policies.is_empty() {
        true => POLICIES.iter().map(|name| name.to_string()).collect(),
        false => arguments.policies,
    };
    let policies: Vec<_> = names.iter().map(|name| policy(name)).collect::<Result<_, _>>().map_err(Failure::usage)?;
    let database = Database::existing(&arguments.db)?;
    let filter = Filter { suite: arguments.suite, ..filter(&arguments.which) };
    let comparison = Comparison::read(&database, &Choice { filter, ..Choice::default() })?;
    let screening = screen(&comparison, &database, &policies)?;
    if screening.n.0 == 0 || screening.arms.len() < 2 {
        return Err(Failure::Usage(format!(
            "{}: it takes recorded runs of at least two single backends on the same problems and seeds; make some by \
             `symfolio bench run SUITE --backends gp,egraph`",
            arguments.db.display()
        )));
    }
    let mut table = Table::new(["", "loss"]);
    screening.arms.iter().for_each(|arm| table.heading(arm));
    let row = |Screened { name, loss, shares }: &Screened| {
        let shares = shares.iter().map(|share| format!("{:.0} %", 100.0 * share));
        [name.clone(), format!("{loss:.4}")].into_iter().chain(shares).collect()
    };
    screening.rows.iter().for_each(|one| table.row(row(one)));
    let (cells, records) = screening.n;
    print(&format!(
        "Mean loss and share of the slices, from {records} records on {cells} problems at levels of noise\n{table}\
         best arm of each, known beforehand: {:.4}\n",
        screening.virtual_best
    ))
}
