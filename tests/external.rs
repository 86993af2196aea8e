//! Programs as methods: the page about them, the command line, and the conformance suite of the contract.
#![cfg(test)]
#![cfg(unix)]

mod common;

use std::ops::ControlFlow;
use std::sync::Arc;

use common::{chosen, file, json, root, run, symfolio};
use symfolio::core::{
    Answer, Backend, Config, Conversation, Cost, Evaluation, Form, Host, Lineage, Problem, ProgramError, ProgramSpec,
    Progress, Prompt, Proposal, Search, SearchError, Slice, StopReason, Ticket, Traits, conformance,
};
use symfolio::engine::start_program;
use symfolio::fit::Effort;
use symfolio::{StudyConfig, backends_of};

/// Is there a Python to run the page's program with?
fn python() -> bool {
    let found =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|dir| dir.join("python3").exists());
    if !found {
        eprintln!("skipped: there is no python3 on the path");
    }
    found
}

/// The program of docs/external-programs.md, written to `dir`.
fn program_of_the_page(dir: &tempfile::TempDir) -> String {
    let page = std::fs::read_to_string(root().join("docs/external-programs.md")).unwrap();
    let code = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(code.lines().count() <= 27, "it is shown as a short program");
    file(dir, "mine.py", code)
}

/// y = 3 m - 2 with noise, and a column that means nothing.
fn table(dir: &tempfile::TempDir) -> String {
    let rows: String = (0..80)
        .map(|i| {
            let (m, other) = (f64::from(i) / 10.0, f64::from((i * 37) % 41));
            format!("{m},{other},{}\n", 3.0 * m - 2.0 + 0.01 * (f64::from((i * 7919) % 1009) / 1009.0 - 0.5))
        })
        .collect();
    file(dir, "line.csv", format!("m (kg),other,y\n{rows}"))
}

#[test]
fn the_program_of_the_page_finds_a_line() {
    if !python() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (data, program) = (table(&dir), program_of_the_page(&dir));
    let command = format!("mine=python3 '{program}'");
    let fit = ["fit", &data, "--program", &command, "--only", "mine", "--budget", "2s", "--json", "--quiet"];
    let result = json(&fit);
    let found = chosen(&result);
    assert_eq!(found["origin"], serde_json::json!(["mine"]), "{found}");
    assert!(found["r2"].as_f64().unwrap() > 0.9999, "{found}");
}

#[test]
fn a_kept_study_has_its_programs_and_can_be_resumed() {
    let dir = tempfile::tempdir().unwrap();
    let study = dir.path().join("study").to_str().unwrap().to_string();
    let script = r#"read -r s; while read -r l; do echo '{"type":"offer","expression":"c0*`m (kg)` + c1","fit":true}'; echo '{"type":"end","state":"paused"}'; done"#;
    let command = format!("mine=sh -c '{}'", script.replace('\'', r"'\''"));
    let fit =
        ["fit", &table(&dir), "--program", &command, "--only", "mine", "--budget", "1s", "--out", &study, "--quiet"];
    assert_eq!(run(&fit).code, Some(0));
    let kept = std::fs::read_to_string(dir.path().join("study/study.toml")).unwrap();
    assert!(kept.contains("[programs.mine]"), "{kept}");
    let resumed = json(&["resume", &study, "--budget", "3s", "--json", "--quiet"]);
    assert_eq!(chosen(&resumed)["origin"], serde_json::json!(["mine"]));
}

#[test]
fn wrong_programs_are_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let data = table(&dir);
    for (argument, budget, words) in [
        ("mine", "1s", "there is no = in it; write --program mine='python3 prog.py'"),
        ("=true", "1s", "a name has letters"),
        ("mine=", "1s", "no command follows the ="),
        ("mine='a", "1s", "missing closing quote"),
        ("gp=true", "1s", "the program \"gp\" has the name of a backend"),
        ("mine=true", "1e6", "program \"mine\" takes seconds"),
    ] {
        let run = run(&["fit", &data, "--program", argument, "--budget", budget, "--quiet"]);
        assert_eq!(run.code, Some(2), "{argument}: {}", run.stderr);
        assert!(run.stderr.replace("\n  │ ", " ").contains(words), "{argument}: {}", run.stderr);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test interrupts the program while it runs")]
fn a_killed_symfolio_leaves_no_program_behind_that_reads_its_input() {
    let dir = tempfile::tempdir().unwrap();
    let pid = dir.path().join("pid");
    let script = format!("echo $$ > {}; read -r s; while read -r l; do sleep 0.1; done", pid.display());
    let mut child = symfolio()
        .args([
            "fit",
            &table(&dir),
            "--program",
            &format!("mine=sh -c \"{script}\"").replace("$$", "\\$\\$"),
            "--only",
            "mine",
        ])
        .args(["--budget", "60s", "--quiet"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let read = || std::fs::read_to_string(&pid).ok().filter(|text| text.ends_with('\n'));
    let wait = |until: &dyn Fn() -> bool| {
        (0..300).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            until()
        })
    };
    assert!(wait(&|| read().is_some()), "the program was not started");
    child.kill().unwrap();
    child.wait().unwrap();
    let pid = read().unwrap();
    let gone = || {
        std::process::Command::new("kill")
            .args(["-0", pid.trim()])
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|s| !s.success())
    };
    assert!(wait(&gone), "process {pid} goes on");
}

/// A backend whose host starts programs.
struct WithPrograms(Arc<dyn Backend>);

struct SearchWithPrograms(Box<dyn Search>);

struct HostWithPrograms<'a>(&'a mut dyn Host);

impl Backend for WithPrograms {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn traits(&self) -> Traits {
        self.0.traits()
    }

    fn start(&self, problem: Arc<Problem>, config: &Config, seed: u64) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(SearchWithPrograms(self.0.start(problem, config, seed)?)))
    }

    fn resume(&self, problem: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        self.0.resume(problem, checkpoint)
    }
}

impl Search for SearchWithPrograms {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        self.0.advance(slice, &mut HostWithPrograms(host))
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        self.0.checkpoint()
    }
}

impl Host for HostWithPrograms<'_> {
    fn offer(&mut self, form: Form, lineage: Lineage) {
        self.0.offer(form, lineage);
    }

    fn evaluate(&mut self, forms: &[Form], effort: Effort) -> Vec<Evaluation> {
        self.0.evaluate(forms, effort)
    }

    fn propose(&mut self, proposal: Proposal) {
        self.0.propose(proposal);
    }

    fn ask(&mut self, prompt: Prompt) -> Ticket {
        self.0.ask(prompt)
    }

    fn next_answer(&mut self) -> ControlFlow<StopReason, Option<Answer>> {
        self.0.next_answer()
    }

    fn charge(&mut self, cost: Cost) -> ControlFlow<StopReason> {
        self.0.charge(cost)
    }

    fn open(&mut self, program: &ProgramSpec) -> Result<Box<dyn Conversation>, ProgramError> {
        start_program(program)
    }
}

/// Offers products and quotients of the columns, what is pinned and what others found; counts its own work.
const CONFORMING: &str = r#"
import json, sys
FORMS = ["x0*x1", "x0/x1 + 3.0", "x0 + x1", "x0 - 2.5*x1", "1.5*x0*x0"]
say = lambda **message: print(json.dumps(message), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "start":
        a, b = ("`%s`" % name for name in message["features"])
    if message["type"] == "slice":
        directives = message.get("directives", {})
        forms = [form.replace("x0", a).replace("x1", b) for form in FORMS]
        forms += directives.get("pinned", []) + [migrant["expression"] for migrant in message["migrants"]]
        for form in forms:
            say(type="offer", expression=form, fit=True)
        say(type="end", state="paused", work=1000)
"#;

/// A study file with that program.
fn repeatable(dir: &tempfile::TempDir) -> String {
    let program = file(dir, "conforming.py", CONFORMING);
    format!("[programs.mine]\ncommand = ['python3', '{program}']\nrepeatable = true\n")
}

#[test]
fn a_program_that_counts_its_own_work_is_part_of_a_result_that_is_the_same_everywhere() {
    if !python() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (study, data) = (file(&dir, "study.toml", repeatable(&dir)), table(&dir));
    let front = |threads: &str| {
        let fit = ["fit", &data, "--config", &study, "--budget", "2e8", "--threads", threads, "--json", "--quiet"];
        json(&fit)["front"].to_string()
    };
    assert_eq!(front("1"), front("4"));
}

#[test]
fn a_program_conforms_to_the_contract() {
    if !python() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let config = StudyConfig::from_toml(&repeatable(&dir)).unwrap();
    let mine = backends_of(&config).unwrap().pop().unwrap();
    assert_eq!(mine.name(), "mine");
    let failed: Vec<String> = conformance::check(&WithPrograms(mine), &config.programs["mine"])
        .into_iter()
        .filter_map(|verdict| Some(format!("{}: {}", verdict.name, verdict.outcome.err()?)))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
