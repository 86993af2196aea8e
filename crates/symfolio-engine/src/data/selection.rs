//! Which columns are used, and what for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use symfolio_expr::parse;

use super::{LoadOptions, Refusal};

/// What a column is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is to be explained.
    Target,
    /// It explains the target.
    Feature,
    /// It says how much each row counts.
    Weights,
    /// A formula that already exists refers to it.
    Needed,
    /// It says which group each row belongs to; text or numbers.
    Group,
}

impl Role {
    /// What to do about text in such a column.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Role::Target => "remove the text or choose another target with --target",
            Role::Feature => "remove the text or leave the column out with --features",
            Role::Weights => "remove the text or choose another column with --weights",
            Role::Needed => "remove the text; the formula needs this column",
            // A group's name may be text, so nothing has to be done about it.
            Role::Group => "choose another column with --group",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Target => "target",
            Role::Feature => "feature",
            Role::Weights => "weights",
            Role::Needed => "input of the formula",
            Role::Group => "group",
        })
    }
}

/// A column to read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Use {
    pub(super) name: String,
    pub(super) role: Role,
    /// 0-based position among the cells of a row.
    pub(super) position: usize,
}

/// The names of all columns.
pub(super) struct Header {
    pub(super) names: Vec<String>,
    /// The same with all but the first of equal names numbered, `x`, `x_2`, `x_3`: what columns chosen by position go by.
    pub(super) distinct: Vec<String>,
    /// Whether they stand in the table; otherwise they are [`Header::default_names`].
    pub(super) found: bool,
}

impl Header {
    /// `x0`, `x1`, ... and `y` for the last of `count` columns.
    pub(super) fn default_names(count: usize) -> Vec<String> {
        let name = |index| if index + 1 == count { "y".to_owned() } else { format!("x{index}") };
        (0..count).map(name).collect()
    }

    /// The header of a table; `found` says whether the names stand in it.
    pub(super) fn new(names: Vec<String>, found: bool) -> Header {
        let distinct = distinct(&names);
        Header { names, distinct, found }
    }

    /// Positions and new names of the columns among `used` that do not go by their names in the table.
    pub(super) fn renamed(&self, used: &[Use]) -> Vec<(usize, String)> {
        let differs = |one: &&Use| self.is_made(&one.name) && self.found;
        used.iter().filter(differs).map(|one| (one.position, one.name.clone())).collect()
    }

    /// Names of the columns that are not among `used`.
    pub(super) fn ignored(&self, used: &[Use]) -> Vec<String> {
        let used: BTreeSet<usize> = used.iter().map(|one| one.position).collect();
        let unused = self.names.iter().enumerate().filter(|(position, _)| !used.contains(position));
        unused.map(|(_, name)| name.clone()).collect()
    }

    fn at(&self, position: usize, role: Role) -> Use {
        Use { name: self.names[position].clone(), role, position }
    }

    /// The same under its distinct name.
    fn chosen(&self, position: usize, role: Role) -> Use {
        Use { name: self.distinct[position].clone(), role, position }
    }

    /// Is it a name that a column got because an earlier one has its own?
    fn is_made(&self, name: &str) -> bool {
        self.distinct.iter().zip(&self.names).any(|(distinct, own)| distinct == name && own != name)
    }

    /// The column that a selector (a name, or a 0-based position, from the end when negative) stands for.
    fn find(&self, selector: &str, role: Role) -> Result<Use, Refusal> {
        match self.named(selector, role)?.or_else(|| self.position(selector)) {
            Some(position) => Ok(self.chosen(position, role)),
            None => Err(self.unknown(selector, role)),
        }
    }

    fn named(&self, name: &str, role: Role) -> Result<Option<usize>, Refusal> {
        let mut matching = (0..self.names.len()).filter(|index| self.names[*index] == name.trim());
        match (matching.next(), matching.next()) {
            (Some(first), Some(second)) => Err(self.duplicate(first, second, role)),
            (first, _) => Ok(first),
        }
    }

    fn position(&self, selector: &str) -> Option<usize> {
        let number: isize = selector.trim().parse().ok()?;
        let count = self.names.len();
        let position = if number < 0 { count.checked_add_signed(number)? } else { number.unsigned_abs() };
        (position < count).then_some(position)
    }

    fn duplicate(&self, first: usize, second: usize, role: Role) -> Refusal {
        let name = self.names[first].clone();
        Refusal::DuplicateName { name, first, second, role }
    }

    fn unknown(&self, selector: &str, role: Role) -> Refusal {
        let suggestion = nearest(selector.trim(), &self.names).map(str::to_owned);
        Refusal::UnknownColumn { role, selector: selector.to_owned(), suggestion, names: self.names.clone() }
    }
}

/// The columns for a data set: features in the order wanted, the target, and the weights if there are any.
pub(super) fn select(header: &Header, options: &LoadOptions) -> Result<Vec<Use>, Refusal> {
    select_grouped(header, options, None)
}

/// The same, with the column of the groups at the end if there is one; it is no feature.
pub(super) fn select_grouped(header: &Header, options: &LoadOptions, group: Option<&str>) -> Result<Vec<Use>, Refusal> {
    let group = group.map(|selector| header.find(selector, Role::Group)).transpose()?;
    let weights = options.weights.as_ref().map(|selector| header.find(selector, Role::Weights)).transpose()?;
    let is_taken =
        |position: usize| [&weights, &group].iter().any(|one| one.as_ref().is_some_and(|one| one.position == position));
    let last = (0..header.names.len()).rev().find(|position| !is_taken(*position));
    let target = match (&options.target, last) {
        (Some(selector), _) => header.find(selector, Role::Target)?,
        (None, Some(position)) if options.features.is_some() => header.chosen(position, Role::Target),
        (None, Some(position)) => header.at(position, Role::Target),
        (None, None) => return Err(Refusal::NoFeature { columns: header.names.clone() }),
    };
    let mut used: Vec<Use> = match &options.features {
        Some(selectors) => {
            selectors.iter().map(|selector| header.find(selector, Role::Feature)).collect::<Result<_, _>>()?
        }
        None => {
            let others: Vec<usize> = (0..header.names.len())
                .filter(|position| *position != target.position && !is_taken(*position))
                .collect();
            let named = named_in(&options.mentioned_in, header);
            let is_named = |position: &usize| named.contains(position);
            let mentioned: Vec<Use> =
                others.iter().copied().filter(is_named).map(|position| header.at(position, Role::Needed)).collect();
            match mentioned.is_empty() {
                true => others.into_iter().map(|position| header.at(position, Role::Feature)).collect(),
                false => mentioned,
            }
        }
    };
    if used.is_empty() {
        return Err(Refusal::NoFeature { columns: header.names.clone() });
    }
    used.push(target);
    used.extend(weights);
    used.extend(group);
    check(&used, header)?;
    Ok(used)
}

/// The positions of the columns that `texts` name, each the name of a column or a formula.
fn named_in(texts: &[String], header: &Header) -> BTreeSet<usize> {
    let mut positions = BTreeSet::new();
    for text in texts {
        match header.names.iter().position(|name| name == text) {
            Some(position) => {
                positions.insert(position);
            }
            None => match parse(text, &header.names) {
                Ok(expr) => positions.extend(expr.variables().into_iter().map(usize::from)),
                // It will be refused, with all names: what is read until then only has to be readable.
                Err(_) => {
                    let stands = |name: &String| !name.is_empty() && text.contains(name.as_str());
                    positions.extend((0..header.names.len()).filter(|at| stands(&header.names[*at])));
                }
            },
        }
    }
    positions
}

/// The column `group`, the first one where nothing is said, and all others as numbers.
pub(super) fn labelled(header: &Header, group: Option<&str>) -> Result<Vec<Use>, Refusal> {
    let group = header.find(group.unwrap_or("0"), Role::Group)?;
    let others = (0..header.names.len()).filter(|position| *position != group.position);
    let mut used: Vec<Use> = others.map(|position| header.at(position, Role::Needed)).collect();
    if used.is_empty() {
        return Err(Refusal::NoFeature { columns: header.names.clone() });
    }
    used.push(group);
    check(&used, header)?;
    Ok(used)
}

/// The columns called `names`, in that order. `known` are the names of all columns that the formula was found on.
pub(super) fn needed(header: &Header, names: &[String], known: &[String]) -> Result<Vec<Use>, Refusal> {
    let last = header.names.len() - 1;
    // The formula was found on columns chosen by position, of which several have one name.
    let numbered = known.iter().any(|name| header.is_made(name));
    let position = |name: &String| match numbered {
        true => Ok(header.distinct.iter().position(|distinct| distinct == name)),
        false => header.named(name, Role::Needed),
    };
    let used: Vec<Use> = names
        .iter()
        .map(|name| match position(name)? {
            Some(position) => Ok(header.chosen(position, Role::Needed)),
            // Without a header nobody knows whether the last column is the target: it answers to both names.
            None if !header.found && *name == format!("x{last}") => {
                Ok(Use { name: name.clone(), role: Role::Needed, position: last })
            }
            None => Err(header.unknown(name, Role::Needed)),
        })
        .collect::<Result<_, _>>()?;
    if used.is_empty() {
        return Err(Refusal::NoFeature { columns: header.names.clone() });
    }
    check(&used, header)?;
    Ok(used)
}

/// The names with all but the first of equal ones numbered, without taking a name that another column has.
fn distinct(names: &[String]) -> Vec<String> {
    let (mut taken, mut met) = (names.iter().cloned().collect::<BTreeSet<_>>(), BTreeSet::new());
    let mut made = Vec::with_capacity(names.len());
    for name in names {
        let mut candidates = (2u32..).map(|number| format!("{name}_{number}"));
        made.push(match met.insert(name) || name.is_empty() {
            true => name.clone(),
            false => candidates.find(|candidate| taken.insert(candidate.clone())).unwrap_or_default(),
        });
    }
    made
}

/// Every column has one use, and a name of its own.
fn check(used: &[Use], header: &Header) -> Result<(), Refusal> {
    let mut seen: BTreeMap<&str, &Use> = BTreeMap::new();
    for one in used {
        if one.name.is_empty() {
            return Err(Refusal::EmptyName { position: one.position });
        }
        match seen.insert(&one.name, one) {
            None => {}
            Some(other) if other.position == one.position => {
                return Err(Refusal::UsedTwice { name: one.name.clone(), first: other.role, second: one.role });
            }
            Some(other) => {
                let (first, second) = (other.position.min(one.position), other.position.max(one.position));
                return Err(header.duplicate(first, second, one.role));
            }
        }
    }
    Ok(())
}

/// The name with the fewest edits to `wanted`, letter case aside, if they are at most a third of its letters.
pub(super) fn nearest<'a>(wanted: &str, names: &'a [String]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let close = (wanted.chars().count() / 3).max(1);
    names
        .iter()
        .map(|name| (edits(&wanted, &name.to_lowercase()), name.as_str()))
        .filter(|(distance, name)| *distance <= close && *distance < name.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Levenshtein distance in characters (Levenshtein 1966; row by row as in Wagner and Fischer 1974).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_if_it_is_near() {
        fn check(wanted: &str, names: &[&str], expected: Option<&str>) {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(nearest(wanted, &names), expected, "{wanted}");
        }
        check("mas", &["mass", "radius"], Some("mass"));
        check("MASS", &["mass", "radius"], Some("mass"));
        check("raduis", &["mass", "radius"], Some("radius"));
        check("面積", &["面績", "高さ"], Some("面績"));
        check("temperature", &["mass", "radius"], None);
        check("z", &["x", "y"], None);
        check("", &["x"], None);
    }

    #[test]
    fn columns_are_named_by_formulas_as_the_parser_reads_them() {
        let names = ["x", "c1", "x\u{2081}", "e", "d (nm)", "log", "y"];
        let named = |text: &str| -> Vec<&str> {
            let header = Header::new(names.map(String::from).to_vec(), true);
            named_in(&[text.to_string()], &header).into_iter().map(|at| names[at]).collect()
        };
        for (text, expected) in [
            ("c0*x + c2", vec!["x"]),
            ("c0*x + c1\u{b2}", vec!["x", "c1"]),
            ("c0*x + 2c1", vec!["x", "c1"]),
            ("c0*exp(x)", vec!["x"]),
            ("c0*x1", vec!["x\u{2081}"]),
            ("c0*`d (nm)` + log(x)", vec!["x", "d (nm)"]),
            ("d (nm)", vec!["d (nm)"]),
            ("c0", vec![]),
        ] {
            assert_eq!(named(text), expected, "{text}");
        }
        assert_eq!(named("c0*x*hoogte"), ["x", "e"], "a formula that will be refused");
    }

    #[test]
    fn equal_names_are_numbered() {
        let check = |names: &[&str], expected: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(distinct(&names), expected);
        };
        check(&["x", "y"], &["x", "y"]);
        check(&["x", "x", "y", "x"], &["x", "x_2", "y", "x_3"]);
        check(&["x", "x", "x_2"], &["x", "x_3", "x_2"]);
        check(&["", ""], &["", ""]);
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", ""), 3);
        assert_eq!(edits("abc", "abc"), 0);
    }
}
