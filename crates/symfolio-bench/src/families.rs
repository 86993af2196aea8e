//! [`Families`]: problems of which one tells what the answer of the other is.

use std::collections::BTreeMap;

/// Families over all suites: problems are of one where they have the same family by name or the same content, and so on from each to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Families {
    /// The name that stands for all of a family, by each of its names.
    names: BTreeMap<String, String>,
}

impl Families {
    /// The families of problems with these names of families and contents ([`crate::Provenance::content`]; empty where unknown).
    pub fn link<'a>(problems: impl IntoIterator<Item = (&'a str, &'a str)>) -> Families {
        let mut of_content: BTreeMap<&str, &str> = BTreeMap::new();
        let mut parents: BTreeMap<&str, &str> = BTreeMap::new();
        for (family, content) in problems {
            parents.entry(family).or_insert(family);
            if content.is_empty() {
                continue;
            }
            let other = *of_content.entry(content).or_insert(family);
            let (a, b) = (first(&parents, family), first(&parents, other));
            // The smallest name stands for all.
            parents.insert(a.max(b), a.min(b));
        }
        let names = parents.keys().map(|name| (name.to_string(), first(&parents, name).to_string()));
        Families { names: names.collect() }
    }

    /// Each name with that which stands for it: as names and contents for [`Families::link`] they make the same families again.
    pub(crate) fn links(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names.iter().map(|(name, stands)| (name.as_str(), stands.as_str()))
    }

    /// The name that stands for the family `name`.
    pub fn of<'a>(&'a self, name: &'a str) -> &'a str {
        self.names.get(name).map_or(name, String::as_str)
    }
}

/// The end of the chain that begins with `name`.
fn first<'a>(parents: &BTreeMap<&'a str, &'a str>, name: &'a str) -> &'a str {
    let mut name = name;
    while let Some(parent) = parents.get(name).filter(|parent| **parent != name) {
        name = parent;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_contents_link() {
        let families = Families::link([
            ("quick-law", "formula 1"),
            ("fri", "pmlb a"),
            ("mixed-law", "formula 1"),
            ("fri", "pmlb b"),
            ("other", "pmlb b"),
            ("alone", ""),
            ("empty", ""),
            ("other", "formula 2"),
            ("zeta", "formula 2"),
        ]);
        for (name, stands) in [
            ("quick-law", "mixed-law"),
            ("mixed-law", "mixed-law"),
            ("other", "fri"),
            ("zeta", "fri"),
            ("alone", "alone"),
            ("empty", "empty"),
            ("unknown", "unknown"),
        ] {
            assert_eq!(families.of(name), stands, "{name}");
        }
    }
}
