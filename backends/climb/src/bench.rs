//! [`Bench`]: where the results of one program are computed, and what a change of it is tried on.

use symfolio_core::Cost;
use symfolio_expr::{Moments, Op, Registers};

use crate::change::Change;
use crate::climber::Record;
use crate::config::ClimbConfig;
use crate::field::Field;
use crate::linear::{Instruction, Linear};
use crate::score::{Line, Ruler, Sums, TERMS};
use crate::target::Target;
use crate::team::Team;
use crate::words::Words;

/// Nats that the rows that are not looked at yet may say in favour of a step.
const DOUBT: f64 = 12.0;
/// Nodes that one more term of a formula takes beside its own: its scale, and what joins it.
const JOINING: u32 = 3;

/// Where the results of one program are computed.
pub(crate) struct Bench<'a> {
    field: &'a Field,
    pub words: &'a Words,
    pub config: &'a ClimbConfig,
    rulers: &'a [Ruler; 2],
    registers: Registers,
    /// The program's results, and what a change makes of them.
    own: Results,
    tried: Results,
    /// Most terms of a formula.
    terms: usize,
    /// What the program is now the sum of, and its energy on the first rows and on all.
    team: Team,
    energies: [f64; 2],
    /// Sums of the team on the first rows and on all.
    sums: [Sums; 2],
    /// What was done since it was paid for: in additions of one row, and in operators times rows.
    pub work: u64,
    node_rows: u64,
}

/// What is known of each result of a program.
#[derive(Clone, Debug)]
struct Results {
    sizes: Vec<u32>,
    /// On the first rows and on all.
    moments: [Vec<Moments>; 2],
    /// Energies of the results alone.
    energies: [Vec<f64>; 2],
}

impl Results {
    fn new(length: usize) -> Results {
        let (moments, energies) = (|| vec![[0.0; 3]; length], || vec![f64::INFINITY; length]);
        Results { sizes: vec![0; length], moments: [moments(), moments()], energies: [energies(), energies()] }
    }

    /// The result of least energy, and that.
    fn best(&self, which: usize) -> (Team, f64) {
        let mut best = (0, f64::INFINITY);
        for (at, energy) in self.energies[which].iter().enumerate() {
            if *energy < best.1 {
                best = (at, *energy);
            }
        }
        (Team::one(best.0), best.1)
    }
}

impl<'a> Bench<'a> {
    pub fn new(field: &'a Field, words: &'a Words, config: &'a ClimbConfig) -> Bench<'a> {
        let base = field.columns.len() + config.constants;
        let mut registers = Registers::new(base + 2 * config.instructions);
        field.columns.iter().enumerate().for_each(|(at, column)| registers.set(at, column));
        Bench {
            field,
            words,
            config,
            rulers: field.rulers(Target::Plain),
            registers,
            own: Results::new(config.instructions),
            tried: Results::new(config.instructions),
            terms: 1,
            team: Team::one(0),
            energies: [f64::INFINITY; 2],
            sums: [Sums::default(); 2],
            work: 0,
            node_rows: 0,
        }
    }

    /// What was done since this was last asked.
    pub fn cost(&mut self) -> Cost {
        Cost { work: std::mem::take(&mut self.work), node_rows: std::mem::take(&mut self.node_rows), ..Cost::default() }
    }

    /// Computes all of a program; it is the sum of `team`, or of the best of its results.
    pub fn begin(&mut self, program: &Linear, target: Target, terms: usize, team: Option<Team>) -> (Team, f64) {
        (self.rulers, self.terms) = (self.field.rulers(target), terms);
        for (at, constant) in program.constants.iter().enumerate() {
            self.registers.fill(usize::from(program.n_columns) + at, *constant);
        }
        let (base, rows) = (program.base(), self.rulers[1].rows);
        for at in 0..program.code.len() {
            let instruction = program.code[at];
            self.apply(instruction.op, instruction.args.map(usize::from), base + at, rows);
            self.own.sizes[at] = program.size(at, &self.own.sizes);
            for which in 0..2 {
                let (moments, energy) = self.alone(base + at, which, self.own.sizes[at]);
                (self.own.moments[which][at], self.own.energies[which][at]) = (moments, energy);
            }
        }
        let best = self.own.best(1).0;
        self.join(team.unwrap_or(best), base);
        (self.team, self.energies[1])
    }

    /// The best formula and its energy after a change, where that is at most by `slack` above what it is; what is moved is left in the
    /// registers for trial.
    pub fn tried(&mut self, program: &Linear, change: Change, moved: u64, slack: f64) -> Option<(Team, f64)> {
        self.tried.sizes.copy_from_slice(&self.own.sizes);
        if let Change::Constant(at, _) = change {
            // What depends on it is computed anew if the change is undone: see `restore`.
            self.registers.fill(usize::from(program.n_columns) + at, program.constants[at]);
        }
        if self.is_screened() {
            let share = self.rulers[0].rows as f64 / self.rulers[1].rows as f64;
            if self.try_on(program, moved, 0).1 > self.energies[0] + share * slack + DOUBT {
                self.restore(program, change);
                return None;
            }
        }
        let new = self.try_on(program, moved, 1);
        if new.1 > self.energies[1] + slack || new.1.is_nan() {
            self.restore(program, change);
            return None;
        }
        Some(new)
    }

    /// The constant that a change moved is what it was.
    pub fn restore(&mut self, program: &Linear, change: Change) {
        if let Change::Constant(at, old) = change {
            self.registers.fill(usize::from(program.n_columns) + at, old);
        }
    }

    /// Makes what was tried the program's own.
    pub fn take(&mut self, base: usize, moved: u64, new: Team) {
        let length = self.own.sizes.len();
        let screened = self.is_screened();
        for at in bits(moved) {
            self.registers.swap(base + at, base + length + at);
            self.own.sizes[at] = self.tried.sizes[at];
            for which in 0..2 {
                let from = if screened { which } else { 1 };
                self.own.moments[which][at] = self.tried.moments[from][at];
                self.own.energies[which][at] = self.tried.energies[from][at];
            }
        }
        let members = self.team.members();
        if new != self.team || members.iter().any(|at| moved >> at & 1 == 1) {
            self.join(new, base);
        }
    }

    /// Are there rows that a step is not tried on first?
    fn is_screened(&self) -> bool {
        self.rulers[0].rows < self.rulers[1].rows
    }

    /// Makes `team` what the program is the sum of.
    fn join(&mut self, team: Team, base: usize) {
        self.team = team;
        let members = team.members();
        for which in 0..2 {
            let ruler = &self.rulers[which];
            let mut size = 0;
            for (index, at) in members.iter().enumerate() {
                self.sums[which].moments[index] = self.own.moments[which][*at];
                size += self.own.sizes[*at];
                for (other, with) in members[..index].iter().enumerate() {
                    let product = self.registers.product(base + at, base + with, &ruler.weights, ruler.rows);
                    self.sums[which].set_product(index, other, product);
                }
            }
            let all = [0, 1, 2];
            let misfit = ruler.misfit(&self.sums[which], &all[..members.len()]);
            self.energies[which] = misfit + self.price(which, size, members.len());
        }
    }

    /// Computes what a change moves on the first rows or on all; returns the best formula then, and its energy.
    fn try_on(&mut self, program: &Linear, moved: u64, which: usize) -> (Team, f64) {
        let (base, length) = (program.base(), program.code.len());
        let place = |at: usize| if moved >> at & 1 == 1 { base + length + at } else { base + at };
        self.tried.energies[which].copy_from_slice(&self.own.energies[which]);
        for at in bits(moved) {
            let Instruction { op, args } = program.code[at];
            let args = args.map(usize::from).map(|arg| if arg >= base { place(arg - base) } else { arg });
            self.apply(op, args, place(at), self.rulers[which].rows);
            self.tried.sizes[at] = program.size(at, &self.tried.sizes);
            let (moments, energy) = self.alone(place(at), which, self.tried.sizes[at]);
            (self.tried.moments[which][at], self.tried.energies[which][at]) = (moments, energy);
        }
        let best = self.tried.best(which);
        if self.terms == 1 { best } else { self.together(best, moved, which, &place) }
    }

    /// The best of `best`, the present team, and those of its members with one of what is moved.
    fn together(&mut self, best: (Team, f64), moved: u64, which: usize, place: &dyn Fn(usize) -> usize) -> (Team, f64) {
        let (team, rulers) = (self.team, self.rulers);
        let ruler = &rulers[which];
        let members = team.members();
        let n = members.len();
        let mut best = best;
        let mut sums = self.sums[which];
        let mut at = [0; TERMS + 1];
        let is_moved = |at: usize| moved >> at & 1 == 1;
        let known = |at: usize| if is_moved(at) { &self.tried } else { &self.own };
        for (index, member) in members.iter().enumerate() {
            at[index] = *member;
            if is_moved(*member) {
                sums.moments[index] = self.tried.moments[which][*member];
            }
            for (other, with) in members[..index].iter().enumerate() {
                if is_moved(*member) || is_moved(*with) {
                    let product = self.registers.product(place(*member), place(*with), &ruler.weights, ruler.rows);
                    sums.set_product(index, other, product);
                }
            }
        }
        let mut consider = |sums: &Sums, at: &[usize], chosen: &[usize]| {
            let size = chosen.iter().map(|index| known(at[*index]).sizes[at[*index]]).sum();
            let energy = ruler.misfit(sums, chosen) + self.price(which, size, chosen.len());
            if energy < best.1 {
                best = (Team::of(at, chosen), energy);
            }
        };
        for chosen in CHOICES {
            if chosen.iter().all(|index| *index < n) && chosen.len() <= self.terms {
                consider(&sums, &at, chosen);
            }
        }
        for new in bits(moved) {
            if members.contains(&new) || self.tried.energies[which][new].is_infinite() {
                continue;
            }
            (at[n], sums.moments[n]) = (new, self.tried.moments[which][new]);
            for (other, with) in members.iter().enumerate() {
                let product = self.registers.product(place(new), place(*with), &ruler.weights, ruler.rows);
                sums.set_product(n, other, product);
            }
            for chosen in CHOICES {
                let is_new = chosen.contains(&n) && chosen.iter().all(|index| *index <= n);
                if is_new && chosen.len() <= self.terms {
                    consider(&sums, &at, chosen);
                }
            }
        }
        best
    }

    fn apply(&mut self, op: Op, args: [usize; 2], to: usize, rows: usize) {
        self.registers.apply(op, [args[0], args[1], args[1]], to, rows);
        self.work += (u64::from(op.info().work) + 3) * rows as u64;
        self.node_rows += rows as u64;
    }

    /// The moments of a register and its energy as a formula of its own.
    fn alone(&self, register: usize, which: usize, size: u32) -> (Moments, f64) {
        let ruler = &self.rulers[which];
        let moments = self.registers.moments(register, &ruler.weights, &ruler.target, ruler.rows);
        let mut sums = Sums::default();
        sums.moments[0] = moments;
        (moments, ruler.misfit(&sums, &[0]) + self.price(which, size, 1))
    }

    /// What so many nodes in so many terms cost.
    fn price(&self, which: usize, size: u32, terms: usize) -> f64 {
        let share = self.rulers[which].rows as f64 / self.rulers[1].rows as f64;
        share * self.config.node * f64::from(size + JOINING * (terms as u32 - 1))
    }

    /// What goes around the terms of a record.
    pub fn line(&mut self, record: &Record, target: Target) -> Option<Line> {
        let (team, _) = self.begin(&record.program, target, TERMS, Some(record.team));
        self.rulers[1].line(&self.sums[1], &[0, 1, 2][..team.members().len()])
    }
}

/// Which of up to [`TERMS`] members and one more may be a formula together.
const CHOICES: [&[usize]; 10] =
    [&[0, 1], &[0, 2], &[1, 2], &[0, 3], &[1, 3], &[2, 3], &[0, 1, 2], &[0, 1, 3], &[0, 2, 3], &[1, 2, 3]];

/// The positions of the bits that are set, from the lowest.
fn bits(mut left: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (left != 0).then(|| left.trailing_zeros() as usize);
        left &= left.wrapping_sub(1);
        at
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use symfolio_core::{Column, Dataset, Directives, Problem, Split};
    use symfolio_fit::Loss;

    use super::*;
    use crate::linear::Shape;

    fn problem() -> Arc<Problem> {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut column = || (0..150).map(|_| 1.0 + rng.random::<f64>()).collect::<Vec<f64>>();
        let (a, b) = (column(), column());
        let y: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 1.0 + a * b - 0.3 * b * b.sin() / a).collect();
        let features = vec![Column::new("a", a), Column::new("b", b)];
        let dataset = Arc::new(Dataset::new("d", features, Column::new("y", y), None).unwrap());
        let train: Arc<[u32]> = (0..150).collect();
        Arc::new(Problem::new(dataset, Split { train, validation: Arc::new([]) }, Loss::SquaredError))
    }

    /// A thousand changes, each taken or undone: what is kept is at any time what the program comes to.
    #[test]
    fn what_is_kept_is_what_is_computed_anew() {
        let problem = problem();
        let (config, mut rng) = (ClimbConfig::default(), ChaCha8Rng::seed_from_u64(1));
        let words = Words::new(0, &problem, &Directives::default()).unwrap();
        let dataset = problem.dataset.as_ref().unwrap();
        let field = Field::gather(&mut rng, dataset, &problem.judge, &words.features(), &problem.operators, &config);
        let mut bench = Bench::new(&field, &words, &config);
        let mut program = Linear::random(&mut rng, &words, config.constants, config.instructions);
        let target = field.targets[1].0;
        let (mut team, mut energy) = bench.begin(&program, target, TERMS, None);
        let mut taken = [0; TERMS + 1];
        for step in 0..1000 {
            let before = program.clone();
            let change = program.mutate(&mut rng, &words, program.made_of(team.members()));
            assert!(program.is_sound(config.instructions));
            let moved = program.moved_by(change);
            match bench.tried(&program, change, moved, 20.0) {
                Some(new) if rng.random::<f64>() < 0.7 => {
                    bench.take(program.base(), moved, new.0);
                    (team, energy) = new;
                    taken[team.members().len()] += 1;
                }
                tried => {
                    if tried.is_some() {
                        bench.restore(&program, change);
                    }
                    program.undo(change);
                    assert_eq!(program, before);
                }
            }
            let mut anew = Bench::new(&field, &words, &config);
            let expected = anew.begin(&program, target, TERMS, Some(team));
            assert_eq!(expected, (team, energy), "after step {step}, {change:?}");
            assert_eq!((&bench.own.sizes, &bench.own.energies), (&anew.own.sizes, &anew.own.energies), "{step}");
            assert_eq!(bench.energies, anew.energies, "after step {step}, {change:?}");
        }
        assert!(taken[1] > 0 && taken[2] > 0 && taken[3] > 0, "{taken:?}");
    }

    #[test]
    fn a_formula_has_the_energy_of_its_team() {
        let problem = problem();
        let (config, mut rng) = (ClimbConfig { node: 0.0, ..ClimbConfig::default() }, ChaCha8Rng::seed_from_u64(2));
        let words = Words::new(0, &problem, &Directives::default()).unwrap();
        let dataset = problem.dataset.as_ref().unwrap();
        let field = Field::gather(&mut rng, dataset, &problem.judge, &words.features(), &problem.operators, &config);
        let mut bench = Bench::new(&field, &words, &config);
        let mut met = 0;
        for _ in 0..100 {
            let program = Linear::random(&mut rng, &words, config.constants, config.instructions);
            let team = Team::of(&[3, 9, 17], &[0, 1, 2]);
            let (_, energy) = bench.begin(&program, Target::Plain, TERMS, Some(team));
            let Some(line) = bench.line(&Record { program: program.clone(), team, energy }, Target::Plain) else {
                continue;
            };
            let shape = Shape { offset: true, scale: true };
            let (expr, order) = program.expr(team.members(), &line, shape, &words.features()).unwrap();
            assert_eq!(order.len(), expr.params().len());
            let kept =
                order.iter().zip(expr.params()).all(|(of, value)| of.is_none_or(|of| program.constants[of] == *value));
            assert!(kept, "{order:?}");
            let table = problem.judge.table(dataset);
            let (mut left, mut all) = (0.0, 0.0);
            let mean = table.target.iter().sum::<f64>() / table.n_rows() as f64;
            for row in 0..table.n_rows() {
                let value = expr.value(&[table.feature(0)[row], table.feature(1)[row]]);
                left += (table.target[row] - value).powi(2);
                all += (table.target[row] - mean).powi(2);
            }
            let expected = 0.5 * table.n_rows() as f64 * f64::ln(left / all);
            assert!((energy - expected).abs() < 1e-3 * expected.abs().max(1.0), "{energy} {expected}");
            met += 1;
        }
        assert!(met > 20, "{met}");
    }
}
