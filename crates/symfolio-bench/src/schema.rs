//! The tables of the results database, and how an older one becomes one of today.
//!
//! Version 2 of the schema. `runs` has one row a run; `curve` how its best formula got better. Fields that are JSON are text, so that
//! `sqlite3` can query them by `json_extract`. Booleans are 0 and 1, what is absent is NULL.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde_json::Value;

use crate::content;
use crate::method::Method;

/// The version of the schema, kept as SQLite's `user_version`.
pub const SCHEMA: i64 = 2;

/// The table of runs, without its name.
const RUNS: &str = "(
  id integer primary key,
  -- what was asked for; together they say that two runs are the same
  suite text not null,
  problem text not null,
  definition text not null,           -- fingerprint of the problem's entry in the suite
  settings text not null,             -- fingerprint of the settings that all methods were given
  prior text not null default '',     -- fingerprint of what a prior file says
  noise real not null,
  seed integer not null,
  method text not null,               -- arm:NAME, bare:NAME, policy:NAME, peer:NAME
  budget text not null,
  threads integer not null,
  build text not null default '',     -- fingerprint of the program that made it; '' where it is not known
  -- more about the settings and the problem
  variant text not null default '',   -- how the settings differ from the defaults
  content text not null default '',   -- what the rows are of; '' where it is not known
  family text not null,               -- near-duplicates share one
  stratum text not null,
  law text,                           -- the formula behind it; NULL where none is to be found
  problem_hash text,                  -- fingerprint of the training data
  profile text,                       -- JSON
  -- how it went
  status text not null check (status in ('done', 'failed')),
  error text,
  config text,                        -- JSON
  version text,
  kernel text,
  law_size integer,
  exact integer,
  front_exact integer,
  raw_exact integer,
  solution integer,
  test_r2 real,
  train_r2 real,
  raw_test_r2 real,
  size integer,
  complexity integer,
  description_length real,
  wall_seconds real,
  cpu_seconds real,
  work integer,
  node_rows integer,
  stop_reason text,
  shares text,                        -- JSON: [[backend, share of the work], ...]
  expression text,
  front text,                         -- JSON
  unique (suite, problem, definition, settings, prior, noise, seed, method, budget, threads, build)
)";

const CURVE: &str = "
create table curve (
  run integer not null references runs (id) on delete cascade,
  step integer not null,
  cpu_seconds real not null,
  work integer not null,
  share real not null,                -- of the budget
  train_nmse real not null,
  test_r2 real,
  primary key (run, step)
) without rowid;
";

/// Makes the tables.
pub(crate) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("create table runs {RUNS}; {CURVE}"))?;
    connection.pragma_update(None, "user_version", SCHEMA)
}

/// Makes the tables of version 1 those of today. Foreign keys must be off. What the old ones do not say stays empty; what they say in other
/// words is taken from there.
pub(crate) fn migrate(connection: &Connection) -> rusqlite::Result<()> {
    let columns: Vec<String> = connection
        .prepare("select name from pragma_table_info('runs')")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let columns = columns.join(", ");
    // SQLite cannot change what is unique: the table is made anew, as https://sqlite.org/lang_altertable.html (section 7) has it.
    connection.execute_batch(&format!(
        "create table runs_new {RUNS};
         insert into runs_new ({columns}) select {columns} from runs;
         drop table runs;
         alter table runs_new rename to runs;"
    ))?;
    contents(connection)?;
    variants(connection)?;
    connection.pragma_update(None, "user_version", SCHEMA)
}

/// The content of the problems with a law.
fn contents(connection: &Connection) -> rusqlite::Result<()> {
    let mut laws = connection.prepare("select distinct law from runs where law is not null")?;
    for law in laws.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()? {
        connection.execute("update runs set content = ?1 where law = ?2", params![content::of_law(&law), law])?;
    }
    Ok(())
}

/// Settings that stood in runs of version 1 and whose defaults have always been the same, with these defaults. Of single backends only
/// those of the backends count: the others are the method's own.
const SETTINGS: [(&str, &str, bool); 4] =
    [("backends", "{}", false), ("only", "", true), ("prior", "shipped", true), ("without", "", true)];

/// What was changed of the settings, where a run of the same method and settings came to its end.
fn variants(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare("select method, settings, max(config) from runs where config is not null group by 1, 2")?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for (method, settings, config) in found.collect::<rusqlite::Result<Vec<(String, String, String)>>>()? {
        let config: BTreeMap<String, Value> = serde_json::from_str(&config).unwrap_or_default();
        let of_policy = matches!(method.parse(), Ok(Method::Policy(_) | Method::Oracle(_)));
        let differs = |(name, default, is_policy): &(&str, &str, bool)| {
            let value = config.get(*name)?;
            let text = match value {
                Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("+"),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            (text != *default && (of_policy || !is_policy)).then(|| format!("{name}={text}"))
        };
        let variant = SETTINGS.iter().filter_map(differs).collect::<Vec<_>>().join(", ");
        connection.execute(
            "update runs set variant = ?1 where method = ?2 and settings = ?3",
            params![variant, method, settings],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Database, Run};

    /// The tables of version 1.
    const FIRST: &str = "
        create table runs (
          id integer primary key, suite text not null, problem text not null, definition text not null,
          settings text not null, noise real not null, seed integer not null, method text not null, budget text not null,
          threads integer not null, family text not null, stratum text not null, law text, problem_hash text,
          profile text, status text not null check (status in ('done', 'failed')), error text, config text, version text,
          kernel text, law_size integer, exact integer, front_exact integer, raw_exact integer, solution integer,
          test_r2 real, train_r2 real, raw_test_r2 real, size integer, complexity integer, description_length real,
          wall_seconds real, cpu_seconds real, work integer, node_rows integer, stop_reason text, shares text,
          expression text, front text,
          unique (suite, problem, definition, settings, noise, seed, method, budget, threads)
        );
        create table curve (
          run integer not null references runs (id) on delete cascade, step integer not null, cpu_seconds real not null,
          work integer not null, share real not null, train_nmse real not null, test_r2 real, primary key (run, step)
        ) without rowid;
        pragma user_version = 1;";

    /// A run of version 1 with a point of its curve.
    fn insert(connection: &Connection, id: i64, method: &str, settings: &str, config: Option<&str>) {
        let status = if config.is_some() { "done" } else { "failed" };
        let error = config.is_none().then_some("out of memory");
        connection
            .execute(
                "insert into runs values (?1, 's', 'p', 'd', ?2, 0.0, ?1, ?3, '5cpu', 1, 'f', 'physics', 'q*(Ef + 1)', 'h',
                 null, ?4, ?5, ?6, '0.1.0', 'k', 3, 1, 1, 0, 1, 0.5, 0.5, 0.5, 3, 3, 1.0, 1.0, 1.0, 9, 9, 'budget', '[]',
                 'x', '[]')",
                params![id, settings, method, status, error, config],
            )
            .unwrap();
        connection.execute("insert into curve values (?1, 0, 0.5, 7, 0.1, 0.01, 0.9)", [id]).unwrap();
    }

    #[test]
    fn a_database_of_version_1_becomes_one_of_today() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(FIRST).unwrap();
        let plain = r#"{"only": [], "without": [], "prior": "shipped", "backends": {}, "slots": 3}"#;
        let arm = r#"{"only": ["sparse", "gp"], "without": [], "prior": "none", "backends": {}}"#;
        let open = r#"{"only": [], "without": ["sparse"], "prior": "none", "backends": {}}"#;
        insert(&connection, 1, "policy:uniform", "s1", Some(plain));
        insert(&connection, 2, "arm:gp", "s2", Some(arm));
        insert(&connection, 3, "policy:uniform", "s3", Some(open));
        insert(&connection, 4, "policy:uniform", "s3", None);
        drop(connection);

        let database = Database::open(&path).unwrap();
        let runs: Vec<Run> = database.runs().unwrap();
        let of = |of: &dyn Fn(&Run) -> String| -> Vec<String> { runs.iter().map(of).collect() };
        assert_eq!(of(&|run| run.id.to_string()), ["1", "2", "3", "4"]);
        let open = "prior=none, without=sparse";
        assert_eq!(of(&|run| run.variant.clone()), ["", "", open, open]);
        assert_eq!(of(&|run| run.key.settings.clone()), ["s1", "s2", "s3", "s3"]);
        assert!(runs.iter().all(|run| run.key.build.is_empty() && run.key.prior.is_empty()));
        assert!(runs.iter().all(|run| run.content == content::of_law("a*(1 + b)")), "{}", runs[0].content);
        assert_eq!((runs[0].finished.test_r2, runs[3].error.as_deref()), (Some(0.5), Some("out of memory")));
        assert_eq!(database.curve(4).unwrap().len(), 1);
        // Opened again it is as it is, and what is not known of a build is no other build's.
        let database = Database::open(&path).unwrap();
        assert_eq!(database.runs().unwrap(), runs);
        let mut key = runs[0].key.clone();
        assert_eq!(database.outcome(&key, false).unwrap(), Some(true));
        key.build = "new".into();
        assert_eq!((database.outcome(&key, false).unwrap(), database.outcome(&key, true).unwrap()), (None, Some(true)));
    }

    #[test]
    fn curves_go_with_their_runs_after_a_migration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(FIRST).unwrap();
        insert(&connection, 1, "arm:gp", "s1", None);
        migrate(&connection).unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        connection.execute("delete from runs", []).unwrap();
        let left: i64 = connection.query_row("select count(*) from curve", [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0);
    }
}
