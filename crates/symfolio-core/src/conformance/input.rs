//! Checks that what comes from outside does no harm: configurations, checkpoints, migrants, answers.

use symfolio_expr::Expr;

use super::trial::{GRANT, Trial, all_allowed, candidate, slice, some_of};
use super::{RecordingHost, problem};
use crate::{AskError, Backend, Candidate, Config, Cost, Form, Need, SearchError, Slice};

/// A configuration with an unknown setting is an error that names the setting.
pub(super) fn garbage_config_is_an_error(backend: &dyn Backend, _: &Config) -> Result<(), String> {
    let garbage = Config(toml::Table::from_iter([("no_such_setting".to_string(), toml::Value::Boolean(true))]));
    match backend.start(problem(false), &garbage, 0) {
        Err(SearchError::Config(text)) if text.contains("no_such_setting") => Ok(()),
        Err(error) => Err(format!("the error does not name the setting: {error}")),
        Ok(_) => Err("it started with an unknown setting".into()),
    }
}

/// A checkpoint that means nothing is an error.
pub(super) fn garbage_checkpoint_is_an_error(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    let mut trial = Trial::start(backend, config, &problem)?;
    trial.advance(&slice(0, &problem))?;
    let mut cases = vec![Vec::new(), b"garbage".to_vec(), vec![0xFF; 1000], b"{}".to_vec(), b"null".to_vec()];
    if let Some(bytes) = trial.save()? {
        cases.push(bytes[..bytes.len() / 2].to_vec());
    }
    for bytes in cases {
        match backend.resume(problem.clone(), &bytes) {
            Err(SearchError::Checkpoint(_)) => {}
            Err(error) => return Err(format!("garbage is no such error: {error}")),
            Ok(_) => return Err(format!("it resumed from {} bytes of garbage", bytes.len())),
        }
    }
    Ok(())
}

/// Migrants that are not finite, not of this problem or no expressions do no harm, and do not drown the others.
pub(super) fn bad_migrants_do_no_harm(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    let texts = ["?NaN", "(mul ?inf x0)", "(log (sub x0 x0))", "x9", "(add x0 (mul ?1e300 (exp (exp x1))))"];
    let exprs = texts.iter().filter_map(|text| Expr::from_prefix(text).ok());
    let mut bad: Vec<Candidate> = exprs.map(|expr| candidate(50, expr, &problem)).collect();
    bad.push(Candidate { form: Form::Program("x = 1".into()), ..bad[0].clone() });
    bad.push(Candidate { form: Form::System(Vec::new()), ..bad[0].clone() });
    let slices = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().enumerate().map(|(index, loss)| {
        let fed = slice(index as u64, &problem);
        let bad = bad.iter().map(|migrant| Candidate { loss, ..migrant.clone() });
        Slice { migrants: bad.chain(fed.migrants.iter().cloned()).collect(), ..fed }
    });
    let offers = Trial::start(backend, config, &problem)?.offers(slices)?;
    all_allowed(&some_of(offers, "with good migrants among bad ones")?, &problem)
}

/// Answers that are errors or no formulas do no harm, and a search does not wait or ask for ever.
pub(super) fn bad_answers_do_no_harm(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    let replies = [
        Err(AskError::NoModel),
        Err(AskError::CapReached),
        Err(AskError::Failed("the line is dead".into())),
        Ok(String::new()),
        Ok("))] \u{0} {\"formula\": NaN".to_string()),
        Ok("x0*x9 + 1/0".to_string()),
        Ok("(".repeat(100_000)),
    ];
    for reply in &replies {
        let mut trial = Trial::start(backend, config, &problem)?;
        for index in 0..2 {
            let slice = Slice { grant: Cost::work(GRANT / 10), ..slice(index, &problem) };
            let mut host = RecordingHost::with_replies(problem.clone(), &slice, vec![reply.clone()]);
            trial.advance_with(&slice, &mut host)?;
            all_allowed(&host.offers, &problem)?;
            match (host.questions, backend.traits().needs.contains(&Need::Model)) {
                (0, true) if index == 0 => return Err("it needs a language model, but asks it nothing".into()),
                (0, false) => return Ok(()),
                _ => {}
            }
        }
    }
    Ok(())
}
