//! `symfolio bench run` and `symfolio bench report`, from a suite to a page.
#![cfg(test)]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use common::{file, run, symfolio};
use symfolio::StudyConfig;
use symfolio_bench::{Database, Finished, Plan, Report, Suite, plan};

const SUITE: &str = "benchmarks/suites/quick.toml";

/// The arguments of a small run into `db`: two problems, two methods, one seed.
fn small(db: &str) -> Vec<&str> {
    let fixed =
        ["bench", "run", SUITE, "--only-problem", "feynman", "--noise", "0", "--budget", "0.4cpu", "--seeds", "1"];
    fixed.into_iter().chain(["--backends", "sparse", "--policies", "round-robin", "--db", db]).collect()
}

/// A small run of which one of four is kept, and what it will still say on standard error.
fn begun(db: &str) -> (Child, impl Iterator<Item = String>) {
    let mut child = symfolio().args(small(db)).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.starts_with("1 of 4 runs")));
    (child, said)
}

/// Rows of the table of runs.
fn rows(dir: &tempfile::TempDir, db: &str) -> Vec<String> {
    let table = dir.path().join("runs.csv");
    let report = run(&["bench", "report", db, "--csv", table.to_str().unwrap()]);
    assert_eq!(report.code, Some(0), "{}", report.stderr);
    std::fs::read_to_string(table).unwrap().lines().skip(1).map(String::from).collect()
}

#[test]
fn a_suite_is_run_taken_up_after_a_kill_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("runs.sqlite");
    let db = db.to_str().unwrap();
    // Killed, with no chance to clean up, once the first of four runs is kept.
    let (mut child, _said) = begun(db);
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = rows(&dir, db);
    assert!((1..4).contains(&kept.len()), "{kept:?}");

    let again = run(&small(db));
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let words = format!("{} runs to make, {} made before", 4 - kept.len(), kept.len());
    assert!(again.stderr.contains(&words), "{words}: {}", again.stderr);
    let all = rows(&dir, db);
    assert_eq!(all.len(), 4);
    assert!(kept.iter().all(|row| all.contains(row)), "what was kept is not run again");
    assert!(all.iter().all(|row| row.contains(",done,")), "{all:#?}");

    let nothing = run(&small(db));
    assert!(nothing.stderr.contains("0 runs to make, 4 made before"), "{}", nothing.stderr);
    let page = dir.path().join("report.html");
    let report = run(&["bench", "report", db, "--html", page.to_str().unwrap()]);
    for words in ["arm:sparse", "policy:round-robin", "2 problems", "no closed gap"] {
        assert!(report.stdout.contains(words), "{words}: {}", report.stdout);
    }
    assert!(std::fs::read_to_string(page).unwrap().contains("<svg"));
    let few = run(&["train-prior", db]);
    assert_eq!(few.code, Some(2));
    assert!(few.stderr.contains("there are 0 problems on which at least two backends ran"), "{}", few.stderr);
    let folds = run(&[&small(db)[..], &["--prior-from", db]].concat());
    assert_eq!(folds.code, Some(2));
    assert!(folds.stderr.contains("--prior-from") && folds.stderr.contains("a prior takes 20"), "{}", folds.stderr);
}

/// A database with runs of two backends on thirty laws, made by hand.
fn past(path: &std::path::Path) {
    let mut database = Database::open(path).unwrap();
    for (problem, method) in (0..30).flat_map(|problem| ["arm:gp", "arm:sparse"].map(|method| (problem, method))) {
        // The first law is that of feynman-I.12.1 under other names.
        let formula = if problem == 0 { "a*b".to_string() } else { format!("{problem}*a + b") };
        let suite = format!(
            "name = \"past\"\n[[problem]]\nname = \"p{problem}\"\nstratum = \"t\"\nformula = \"{formula}\"\ninputs = {{ a = [0, 1], b = [0, 1] }}"
        );
        let suite = Suite::from_toml(&suite, std::path::Path::new("past.toml")).unwrap();
        let asked = Plan {
            methods: vec![method.parse().unwrap()],
            budget: "0.4cpu".parse().unwrap(),
            seeds: (0, 1),
            threads: 1,
            noise: None,
            only_problem: None,
            config: StudyConfig::default(),
            build: "by hand".into(),
            folds: None,
            peers: "peers".into(),
            commands: BTreeMap::new(),
            pmlb: "pmlb".into(),
        };
        let finished = Finished {
            exact: Some(method == "arm:gp"),
            profile: serde_json::to_value(symfolio::Profile::default()).unwrap(),
            ..Finished::default()
        };
        for job in plan(&suite, &asked).unwrap().jobs {
            database.insert(&job, &Report::Done(finished.clone())).unwrap();
        }
    }
}

#[test]
fn a_prior_says_how_it_was_made_and_policies_are_scored_out_of_fold() {
    let dir = tempfile::tempdir().unwrap();
    let (old, db, out) =
        (dir.path().join("past.sqlite"), dir.path().join("runs.sqlite"), dir.path().join("prior.json"));
    past(&old);
    let [old, db, out] = [&old, &db, &out].map(|path| path.to_str().unwrap());
    let trained = run(&["train-prior", old, "--out", out]);
    assert_eq!(trained.code, Some(0), "{}", trained.stderr);
    let prior: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(out).unwrap()).unwrap();
    let made = prior["made"].as_str().unwrap();
    assert!(made.starts_with(&format!("symfolio train-prior {old} --out {out} (symfolio ")), "{made}");
    let other = run(&["train-prior", old, "--budget", "7cpu"]);
    assert_eq!(other.code, Some(2));
    assert!(other.stderr.contains("no runs of budget 7cpu; there are runs of 0.4cpu on 1 thread"), "{}", other.stderr);

    let fixed =
        ["bench", "run", SUITE, "--only-problem", "I.12.1", "--noise", "0", "--budget", "0.4cpu", "--seeds", "1"];
    let asked = [&fixed[..], &["--policies", "uniform", "--prior-from", old, "--db", db]].concat();
    let ran = run(&asked);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 runs done, 0 failed"), "{}", ran.stderr);
    let rows = rows(&dir, db);
    assert!(rows[0].contains(",prior=out-of-fold,"), "{rows:?}");
    let database = Database::existing(std::path::Path::new(db)).unwrap();
    let runs = database.runs().unwrap();
    let path = runs[0].finished.config["prior"].as_str().unwrap();
    let prior = std::fs::read_to_string(path).unwrap();
    assert!(path.contains("past.priors") && path.contains(&runs[0].key.prior), "{path}");
    assert!(!prior.contains("\"family\": \"p0\"") && prior.contains("\"family\": \""), "{prior}");
    assert!(run(&asked).stderr.contains("0 runs to make, 1 made before"));
    let shipped = [&fixed[..], &["--policies", "uniform", "--db", db]].concat();
    assert!(run(&shipped).stderr.contains("1 runs to make, 0 made before"), "another prior is another run");
    let shown = run(&["bench", "report", db]).stdout;
    assert!(shown.contains("policy:uniform [prior=out-of-fold]") && shown.contains("\npolicy:uniform  "), "{shown}");
}

#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "the test interrupts the program while it runs")]
fn what_is_done_is_kept_after_an_interruption() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("runs.sqlite");
    let db = db.to_str().unwrap();
    let (mut child, said) = begun(db);
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let last: Vec<String> = said.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{last:?}");
    assert!(last.iter().any(|line| line.contains("0 failed")), "{last:?}");
    let kept = rows(&dir, db);
    assert!((1..4).contains(&kept.len()) && kept.iter().all(|row| row.contains(",done,")), "{kept:?}");
}

#[cfg(unix)]
#[test]
fn a_program_of_others_runs_fails_and_is_ended() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("runs.sqlite");
    let db = db.to_str().unwrap();
    let peer = |name: &str, command: &str| {
        std::fs::create_dir_all(dir.path().join(name)).unwrap();
        std::fs::write(dir.path().join(name).join("command"), command).unwrap();
    };
    let answer = r#"{"expression": "Nn*mu", "size": 3, "seconds": 0.25, "front": [{"expression": "2*mu"}]}"#;
    let knows = file(&dir, "knows.sh", format!("grep -q cpu_seconds \"$1\" && echo talk && echo '{answer}'\n"));
    peer("knows", &format!("sh {knows}"));
    peer("fails", "sh -c 'echo no licence >&2; exit 3'");
    peer("talks", "echo nonsense");
    let arguments =
        ["bench", "run", SUITE, "--only-problem", "I.12.1", "--noise", "0", "--budget", "1cpu", "--seeds", "1"];
    let peers = ["--peers", dir.path().to_str().unwrap(), "--methods", "peer:knows,peer:fails,peer:talks", "--db", db];
    let ran = run(&[&arguments[..], &peers].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 runs done, 2 failed"), "{}", ran.stderr);
    let rows = rows(&dir, db);
    let row = |name: &str| rows.iter().find(|row| row.contains(name)).unwrap();
    assert!(row("peer:knows").contains(",done,,0,1,1,"), "{}", row("peer:knows"));
    assert!(row("peer:fails").contains("no licence"), "{}", row("peer:fails"));
    assert!(row("peer:talks").contains("is no answer"), "{}", row("peer:talks"));
}

#[test]
fn what_cannot_be_run_is_refused_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("runs.sqlite");
    let db = db.to_str().unwrap();
    let broken =
        file(&dir, "broken.toml", "name = \"b\"\n[[problem]]\nname = \"p\"\nstratum = \"t\"\nformul = \"x\"\n");
    for (arguments, message) in [
        (&["bench", "run", "nothing.toml", "--db", db, "--backends", "gp"][..], "check the path of the suite"),
        (&["bench", "run", &broken, "--db", db, "--backends", "gp"], "broken.toml, line 5: unknown field `formul`"),
        (&["bench", "run", SUITE, "--db", db], "no method; name some"),
        (&["bench", "run", SUITE, "--db", db, "--methods", "gp"], "write arm:NAME"),
        (&["bench", "run", SUITE, "--db", db, "--backends", "magic"], "there is no backend \"magic\""),
        (&["bench", "run", SUITE, "--db", db, "--methods", "peer:nobody"], "no file \"command\""),
        (&["bench", "run", SUITE, "--db", db, "--backends", "gp", "--only-problem", "zz"], "the problems are feynman"),
        (&["bench", "report", db], "no such file; fill it by `symfolio bench run"),
    ] {
        let refused = run(arguments);
        assert_eq!(refused.code, Some(2), "{arguments:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(message), "{arguments:?}: {}", refused.stderr);
    }
}
