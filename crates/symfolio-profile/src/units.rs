//! What the units of the columns say before any search, in words.

use symfolio_expr::{Product, Units};

/// Most products and groups that are named.
const NAMED: usize = 8;

/// What `units` say, one sentence a line: products of features that have the target's unit, and those that have none. `names` are the
/// features' names in the order of the data set, `target` is the target's.
pub fn describe_units(units: &Units, names: &[String], target: &str) -> String {
    let analysis = units.analysis();
    let listed = |products: &[Product]| {
        let mut texts: Vec<String> = products.iter().take(NAMED).map(|product| product.text(names)).collect();
        if products.len() > NAMED {
            texts.push(format!("and {} more", products.len() - NAMED));
        }
        texts.join(", ")
    };
    let mut text = String::new();
    match (units.target(), analysis.products.as_slice()) {
        (None, _) => text += &format!("The unit of {target} is unknown.\n"),
        (Some(unit), _) if unit.is_dimensionless() => text += &format!("{target} has no dimension.\n"),
        (Some(unit), []) => {
            text += &format!(
                "{target} is in {}; no product of columns is: its law has a constant with a unit.\n",
                units.text(unit)
            );
        }
        (Some(unit), products @ [first, ..]) => {
            let quotient = match first.0.len() {
                1 => format!("{target}/{}", first.text(names)),
                _ => format!("{target}/({})", first.text(names)),
            };
            text += &format!("{target} is in {}; {quotient} has no dimension.\n", units.text(unit));
            if products.len() > 1 {
                text += &format!("Other products in the unit of {target}: {}.\n", listed(&products[1..]));
            }
        }
    }
    text += &match analysis.groups.as_slice() {
        [] => "No product of columns is without dimension.\n".to_string(),
        groups => format!("Without dimension: {}.\n", listed(groups)),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(features: &[(&str, Option<&str>)], target: Option<&str>, expect: &str) {
        let names: Vec<String> = features.iter().map(|(name, _)| name.to_string()).collect();
        let texts: Vec<Option<&str>> = features.iter().map(|(_, unit)| *unit).collect();
        let units = Units::new(&texts, target, false).unwrap();
        assert_eq!(describe_units(&units, &names, "y"), expect);
    }

    #[test]
    fn units_in_words() {
        let moving = [("m", Some("kg")), ("v", Some("m/s")), ("c", Some("m/s"))];
        check(
            &moving,
            Some("J"),
            "y is in J; y/(m*v^2) has no dimension.\nOther products in the unit of y: m*c^2.\nWithout dimension: v/c.\n",
        );
        check(
            &moving,
            Some("K"),
            "y is in K; no product of columns is: its law has a constant with a unit.\nWithout dimension: v/c.\n",
        );
        check(
            &[("x", Some("m"))],
            Some("km"),
            "y is in km; y/x has no dimension.\nNo product of columns is without dimension.\n",
        );
        check(&[("x", Some("m"))], None, "The unit of y is unknown.\nNo product of columns is without dimension.\n");
        check(&[("x", None)], Some("%"), "y has no dimension.\nNo product of columns is without dimension.\n");
        let many: Vec<(String, Option<&str>)> = (0..12).map(|at| (format!("x{at}"), Some("m"))).collect();
        let many: Vec<(&str, Option<&str>)> = many.iter().map(|(name, unit)| (name.as_str(), *unit)).collect();
        let units = Units::new(&[Some("m"); 12], Some("s"), false).unwrap();
        let names: Vec<String> = many.iter().map(|(name, _)| name.to_string()).collect();
        let text = describe_units(&units, &names, "y");
        assert!(text.contains("and 3 more."), "{text}");
    }
}
