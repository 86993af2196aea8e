//! [`Method`]: what is compared.

use std::fmt;
use std::str::FromStr;

use symfolio::StudyConfig;
use symfolio::core::Need;
use symfolio::scheduler::FIRST_SHARE;

/// What is compared, as written in commands and results.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// `arm:NAME`: one backend, with the cheap and exact ones in front that every portfolio begins with; what single solvers are compared by.
    Arm(String),
    /// `bare:NAME`: one backend and nothing else.
    Bare(String),
    /// `policy:NAME`: the whole portfolio, its slices granted by this policy.
    Policy(String),
    /// `oracle:NAME`: the same, with the problem's formula as an oracle.
    Oracle(String),
    /// `peer:NAME`: a program of others.
    Peer(String),
}

/// Why text is no [`Method`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// It has no kind before a colon.
    #[error("there is no method {text:?}; write arm:NAME, bare:NAME, policy:NAME, oracle:NAME or peer:NAME")]
    Unknown {
        /// The text.
        text: String,
    },
    /// It names a backend that there is not.
    #[error("{text}: there is no backend {name:?}; the backends are {known}")]
    Backend {
        /// The text.
        text: String,
        /// The name in it.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// It names a policy that there is not.
    #[error("{text}: {error}")]
    Policy {
        /// The text.
        text: String,
        /// Says which policies there are.
        error: symfolio::scheduler::UnknownPolicy,
    },
}

impl Method {
    /// Checks that the backend or policy exists; a peer is looked for when it is run.
    ///
    /// # Errors
    /// [`MethodError`] names those that do.
    pub fn check(&self) -> Result<(), MethodError> {
        let backends = symfolio::backends();
        match self {
            Method::Arm(name) | Method::Bare(name) if !backends.iter().any(|backend| backend.name() == name) => {
                let known: Vec<&str> = backends.iter().map(|backend| backend.name()).collect();
                Err(MethodError::Backend { text: self.to_string(), name: name.clone(), known: known.join(", ") })
            }
            Method::Policy(name) | Method::Oracle(name) => symfolio::scheduler::policy(name)
                .map(drop)
                .map_err(|error| MethodError::Policy { text: self.to_string(), error }),
            _ => Ok(()),
        }
    }

    /// The configuration of a study by this method, from one with all other settings.
    pub fn configure(&self, base: &StudyConfig) -> StudyConfig {
        let mut config = base.clone();
        match self {
            Method::Arm(name) => {
                // Without an oracle, those that ask one are no part of it.
                let first = symfolio::backends()
                    .into_iter()
                    .filter(|backend| backend.traits().first && !backend.traits().needs.contains(&Need::Oracle));
                config.only = first.map(|backend| backend.name().to_string()).filter(|first| first != name).collect();
                // They come first and are done with their share: the rest of the budget is the backend's own.
                config.shares.extend(config.only.iter().map(|first| (first.clone(), FIRST_SHARE)));
                config.only.push(name.clone());
                config.without.clear();
                config.policy = ALONE.into();
            }
            Method::Bare(name) => {
                config.only = vec![name.clone()];
                config.without.clear();
                config.policy = ALONE.into();
            }
            Method::Policy(name) | Method::Oracle(name) => config.policy.clone_from(name),
            Method::Peer(_) => {}
        }
        config
    }

    /// Is it one of the solvers that a portfolio chooses among, and that SBS and VBS are of?
    pub fn is_arm(&self) -> bool {
        matches!(self, Method::Arm(_))
    }
}

/// The policy of single backends: with one arm behind the first ones there is nothing to decide.
const ALONE: &str = "round-robin";

impl FromStr for Method {
    type Err = MethodError;

    fn from_str(text: &str) -> Result<Method, MethodError> {
        match text.split_once(':') {
            Some(("arm", name)) if !name.is_empty() => Ok(Method::Arm(name.into())),
            Some(("bare", name)) if !name.is_empty() => Ok(Method::Bare(name.into())),
            Some(("policy", name)) if !name.is_empty() => Ok(Method::Policy(name.into())),
            Some(("oracle", name)) if !name.is_empty() => Ok(Method::Oracle(name.into())),
            Some(("peer", name)) if !name.is_empty() => Ok(Method::Peer(name.into())),
            _ => Err(MethodError::Unknown { text: text.into() }),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = match self {
            Method::Arm(name) => ("arm", name),
            Method::Bare(name) => ("bare", name),
            Method::Policy(name) => ("policy", name),
            Method::Oracle(name) => ("oracle", name),
            Method::Peer(name) => ("peer", name),
        };
        write!(f, "{kind}:{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_read_print_and_are_checked() {
        for text in ["arm:gp", "bare:sparse", "policy:round-robin", "oracle:rising-ucb", "peer:operon"] {
            let method: Method = text.parse().unwrap();
            assert_eq!(method.to_string(), text);
            assert_eq!(method.check(), Ok(()));
        }
        for (text, words) in [
            ("gp", "write arm:NAME"),
            ("arm:", "write arm:NAME"),
            ("arm:magic", "there is no backend \"magic\"; the backends are sparse"),
            ("policy:magic", "magic"),
        ] {
            let error = text.parse::<Method>().and_then(|method| method.check()).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn an_arm_has_the_first_backends_in_front_and_a_bare_one_has_not() {
        let only = |text: &str| text.parse::<Method>().unwrap().configure(&StudyConfig::default()).only;
        assert_eq!(only("arm:gp"), ["sparse", "decompose", "gp"]);
        assert_eq!(only("arm:sparse"), ["decompose", "sparse"]);
        assert_eq!(only("bare:gp"), ["gp"]);
        assert!(only("policy:successive-halving").is_empty());
    }
}
