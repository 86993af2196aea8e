//! As much of a `Cargo.toml` as the layering check needs: the package's name and the names of what it depends on.

/// A package and its ordinary dependencies.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    pub name: String,
    pub dependencies: Vec<Dependency>,
}

/// One dependency, by the name of the package (not the alias it may have here).
#[derive(Debug, PartialEq, Eq)]
pub struct Dependency {
    pub package: String,
    /// Counted from 1.
    pub line: usize,
}

/// What the lines under a header are.
enum Section {
    Package,
    /// `[dependencies]`: a line is a dependency.
    List,
    /// `[dependencies.name]`: the header is the dependency, the lines are its details.
    One,
    Other,
}

/// Reads `text`. Dev-dependencies are left out: a test may look at its crate from above.
pub fn read(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut section = Section::Other;
    for (index, line) in text.lines().enumerate() {
        let line = without_comment(line).trim();
        if let Some(header) = line.strip_prefix('[') {
            let header: Vec<&str> = header.trim_end_matches(']').split('.').map(unquoted).collect();
            section = match header.as_slice() {
                ["package"] => Section::Package,
                [.., "dependencies" | "build-dependencies"] => Section::List,
                [.., "dependencies" | "build-dependencies", name] => {
                    manifest.dependencies.push(Dependency { package: (*name).to_owned(), line: index + 1 });
                    Section::One
                }
                _ => Section::Other,
            };
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = unquoted(key.split('.').next().unwrap_or(key));
        match section {
            Section::Package if key == "name" => manifest.name = unquoted(value).to_owned(),
            Section::List => {
                let package = renamed(value).unwrap_or(key).to_owned();
                manifest.dependencies.push(Dependency { package, line: index + 1 });
            }
            Section::One if key == "package" => {
                if let Some(dependency) = manifest.dependencies.last_mut() {
                    dependency.package = unquoted(value).to_owned();
                }
            }
            _ => {}
        }
    }
    manifest
}

/// The package behind an alias: `{ package = "name", ... }`.
fn renamed(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("package")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
    rest.split('"').next()
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

/// The line up to a `#` that is not inside a string.
fn without_comment(line: &str) -> &str {
    let mut inside = false;
    for (at, character) in line.char_indices() {
        match character {
            '"' => inside = !inside,
            '#' if !inside => return &line[..at],
            _ => {}
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, usize)]) {
        let manifest = read(text);
        let found: Vec<(&str, usize)> = manifest.dependencies.iter().map(|d| (d.package.as_str(), d.line)).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn dependencies_in_all_their_spellings() {
        check("[dependencies]\nserde = \"1\"\nrand.workspace = true", &[("serde", 2), ("rand", 3)]);
        check("[dependencies]\n\"quoted\" = { version = \"1\" }", &[("quoted", 2)]);
        check("[dependencies]\nalias = { package = \"real\", version = \"1\" }", &[("real", 2)]);
        check("[dependencies.one]\nversion = \"1\"\nfeatures = [\"x\"]", &[("one", 1)]);
        check("[dependencies.alias]\npackage = \"real\"", &[("real", 1)]);
        check("[build-dependencies]\ncc = \"1\"", &[("cc", 2)]);
        check("[target.'cfg(unix)'.dependencies]\nnix = \"1\"", &[("nix", 2)]);
    }

    #[test]
    fn what_is_not_a_dependency() {
        check("[dev-dependencies]\nproptest = \"1\"", &[]);
        check("[dependencies]\n# serde = \"1\"\n[features]\ndefault = []", &[]);
        check("[dependencies]\na = { version = \"1\", features = [\n  \"x\",\n] }", &[("a", 2)]);
        check("[lints]\nworkspace = true", &[]);
    }

    #[test]
    fn a_name_may_be_followed_by_a_comment() {
        assert_eq!(read("[package]\nname = \"it\" # the \"name\"").name, "it");
    }
}
