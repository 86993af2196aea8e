//! [`Database`]: every run that was made, in SQLite; `schema.rs` has the tables.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Row, ToSql, TransactionBehavior, params, params_from_iter};

use crate::job::{CurvePoint, Finished, Job, Key, Report};
use crate::schema::{self, SCHEMA};
use crate::suite::Data;

/// Milliseconds to wait for another process that writes.
const PATIENCE: u64 = 30_000;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum DatabaseError {
    #[error("{path}: {error}")]
    Sqlite { path: PathBuf, error: rusqlite::Error },
    #[error("{path} is of version {found} of the schema, this program knows {SCHEMA}; use a newer Symfolio")]
    Newer { path: PathBuf, found: i64 },
    #[error("{path} is a database of something else; name another file")]
    Foreign { path: PathBuf },
    #[error("{path}: no such file; fill it by `symfolio bench run SUITE --db {path}`")]
    Missing { path: PathBuf },
}

/// Every run that was made.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    connection: Connection,
}

/// A run with what was asked for.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the schema documents them")]
pub struct Run {
    pub id: i64,
    pub key: Key,
    /// What it is called in reports: the method, and the variant where [`crate::select`] finds that this tells runs apart.
    pub label: String,
    pub variant: String,
    pub content: String,
    /// The family; [`crate::select`] makes it one name over all suites.
    pub family: String,
    pub stratum: String,
    pub law: Option<String>,
    /// What went wrong, for a failed run.
    pub error: Option<String>,
    /// Figures and formulas; defaults for a failed run. The curve is read by [`Database::curve`].
    pub finished: Finished,
}

impl Run {
    /// The loss m: see [`crate::score::loss`]. A failed run found nothing.
    pub fn loss(&self) -> f64 {
        if self.error.is_some() {
            return 1.0;
        }
        let exact = self.law.as_ref().map(|_| self.finished.exact == Some(true));
        crate::score::loss(exact, self.finished.test_r2)
    }

    /// The loss of the formula of smallest training loss, before the final choice; absent for peers, which are asked for no other.
    pub fn raw_loss(&self) -> Option<f64> {
        let exact = self.law.as_ref().map(|_| self.finished.raw_exact == Some(true));
        let loss = if self.error.is_some() { 1.0 } else { crate::score::loss(exact, self.finished.raw_test_r2) };
        (!self.key.method.starts_with("peer:")).then_some(loss)
    }

    /// R2 on the rows to test on, 0 to 1; 0 where it is undefined or the run failed.
    pub fn r2(&self) -> f64 {
        self.finished.test_r2.map_or(0.0, |r2| r2.clamp(0.0, 1.0))
    }
}

impl Database {
    /// Opens the database in the file `path`, makes it where there is none, and brings one of an older version up to date.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn open(path: &Path) -> Result<Database, DatabaseError> {
        let sqlite = |error| DatabaseError::Sqlite { path: path.to_path_buf(), error };
        let mut connection = Connection::open(path).map_err(sqlite)?;
        connection.busy_timeout(std::time::Duration::from_millis(PATIENCE)).map_err(sqlite)?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(sqlite)?;
        if version > SCHEMA {
            return Err(DatabaseError::Newer { path: path.to_path_buf(), found: version });
        }
        connection.pragma_update(None, "journal_mode", "wal").map_err(sqlite)?;
        connection.pragma_update(None, "foreign_keys", false).map_err(sqlite)?;
        if version < SCHEMA {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
            let tables: i64 = transaction
                .query_row("select count(*) from sqlite_schema where type = 'table'", [], |row| row.get(0))
                .map_err(sqlite)?;
            // Another process may have made or changed them while this one waited.
            let version: i64 =
                transaction.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(sqlite)?;
            if version == 0 && tables > 0 {
                return Err(DatabaseError::Foreign { path: path.to_path_buf() });
            }
            match version {
                0 => schema::create(&transaction).map_err(sqlite)?,
                1 => schema::migrate(&transaction).map_err(sqlite)?,
                _ => {}
            }
            transaction.commit().map_err(sqlite)?;
        }
        connection.pragma_update(None, "foreign_keys", true).map_err(sqlite)?;
        Ok(Database { path: path.to_path_buf(), connection })
    }

    /// Opens a database that is there.
    ///
    /// # Errors
    /// [`DatabaseError::Missing`] where it is not, else as [`Database::open`].
    pub fn existing(path: &Path) -> Result<Database, DatabaseError> {
        match path.is_file() {
            true => Database::open(path),
            false => Err(DatabaseError::Missing { path: path.to_path_buf() }),
        }
    }

    fn sqlite(&self) -> impl Fn(rusqlite::Error) -> DatabaseError + use<> {
        let path = self.path.clone();
        move |error| DatabaseError::Sqlite { path: path.clone(), error }
    }

    /// Was this run made? `Some(true)` where it came to its end, `Some(false)` where it failed. With `any_build` a run of another build
    /// is the same run.
    ///
    /// # Errors
    /// [`DatabaseError::Sqlite`].
    pub fn outcome(&self, key: &Key, any_build: bool) -> Result<Option<bool>, DatabaseError> {
        let select = "select max(status = 'done') from runs where suite = ?1 and problem = ?2 and definition = ?3
                      and settings = ?4 and prior = ?5 and noise = ?6 and seed = ?7 and method = ?8 and budget = ?9
                      and threads = ?10 and (build = ?11 or ?12)";
        let Key { suite, problem, definition, settings, prior, noise, seed, method, budget, threads, build } = key;
        let (seed, threads) = (*seed as i64, *threads as i64);
        let values = params![
            suite, problem, definition, settings, prior, noise, seed, method, budget, threads, build, any_build
        ];
        self.connection.query_row(select, values, |row| row.get(0)).map_err(self.sqlite())
    }

    /// Keeps a run, in the place of an earlier one with the same key.
    ///
    /// # Errors
    /// [`DatabaseError::Sqlite`].
    pub fn insert(&mut self, job: &Job, report: &Report) -> Result<(), DatabaseError> {
        let sqlite = self.sqlite();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&sqlite)?;
        let failed = Finished { version: env!("CARGO_PKG_VERSION").into(), ..Finished::default() };
        let (finished, error) = match report {
            Report::Done(finished) => (finished, None),
            Report::Failed(error) => (&failed, Some(error)),
        };
        write(&transaction, job, finished, error).map_err(&sqlite)?;
        transaction.commit().map_err(&sqlite)
    }

    /// All runs, in the order of suite, problem, noise, seed and method.
    ///
    /// # Errors
    /// [`DatabaseError::Sqlite`].
    pub fn runs(&self) -> Result<Vec<Run>, DatabaseError> {
        let select = "select * from runs order by suite, problem, noise, seed, method, budget, threads, definition";
        let mut statement = self.connection.prepare(select).map_err(self.sqlite())?;
        let runs = statement.query_map([], read).and_then(Iterator::collect);
        runs.map_err(self.sqlite())
    }

    /// How the best formula of a run got better.
    ///
    /// # Errors
    /// [`DatabaseError::Sqlite`].
    pub fn curve(&self, run: i64) -> Result<Vec<CurvePoint>, DatabaseError> {
        let select = "select cpu_seconds, work, share, train_nmse, test_r2 from curve where run = ?1 order by step";
        let mut statement = self.connection.prepare_cached(select).map_err(self.sqlite())?;
        let points = statement.query_map([run], |row| {
            Ok(CurvePoint {
                cpu_seconds: row.get(0)?,
                work: row.get::<_, i64>(1)? as u64,
                share: row.get(2)?,
                train_nmse: row.get(3)?,
                test_r2: row.get(4)?,
            })
        });
        points.and_then(Iterator::collect).map_err(self.sqlite())
    }
}

fn write(connection: &Connection, job: &Job, finished: &Finished, error: Option<&String>) -> rusqlite::Result<()> {
    let key = job.key();
    let law = match &job.problem.data {
        Data::Formula { formula, law: true, .. } => Some(formula),
        _ => None,
    };
    let status = if error.is_none() { "done" } else { "failed" };
    let (seed, threads) = (key.seed as i64, key.threads as i64);
    let (work, node_rows) = (finished.work as i64, finished.node_rows as i64);
    let [law_size, size] = [finished.law_size, finished.size].map(|size| size.map(|size| size as i64));
    let object = |value: &serde_json::Value| (!value.is_null()).then(|| value.to_string());
    let (profile, config) = (object(&finished.profile), object(&finished.config));
    let shares = serde_json::to_string(&finished.shares).unwrap_or_default();
    let front = serde_json::to_string(&finished.front).unwrap_or_default();
    let fields: [(&str, &dyn ToSql); 42] = [
        ("suite", &key.suite),
        ("problem", &key.problem),
        ("definition", &key.definition),
        ("settings", &key.settings),
        ("prior", &key.prior),
        ("noise", &key.noise),
        ("seed", &seed),
        ("method", &key.method),
        ("budget", &key.budget),
        ("threads", &threads),
        ("build", &key.build),
        ("variant", &job.provenance.variant),
        ("content", &job.provenance.content),
        ("family", &job.problem.family),
        ("stratum", &job.problem.stratum),
        ("law", &law),
        ("problem_hash", &finished.problem_hash),
        ("profile", &profile),
        ("status", &status),
        ("error", &error),
        ("config", &config),
        ("version", &finished.version),
        ("kernel", &finished.kernel),
        ("law_size", &law_size),
        ("exact", &finished.exact),
        ("front_exact", &finished.front_exact),
        ("raw_exact", &finished.raw_exact),
        ("solution", &finished.solution),
        ("test_r2", &finished.test_r2),
        ("train_r2", &finished.train_r2),
        ("raw_test_r2", &finished.raw_test_r2),
        ("size", &size),
        ("complexity", &finished.complexity),
        ("description_length", &finished.description_length),
        ("wall_seconds", &finished.wall_seconds),
        ("cpu_seconds", &finished.cpu_seconds),
        ("work", &work),
        ("node_rows", &node_rows),
        ("stop_reason", &finished.stop_reason),
        ("shares", &shares),
        ("expression", &finished.expression),
        ("front", &front),
    ];
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let places: Vec<String> = (1..=fields.len()).map(|place| format!("?{place}")).collect();
    let insert = format!("insert or replace into runs ({}) values ({})", names.join(", "), places.join(", "));
    connection.execute(&insert, params_from_iter(fields.iter().map(|(_, value)| *value)))?;
    let run = connection.last_insert_rowid();
    let insert = "insert into curve (run, step, cpu_seconds, work, share, train_nmse, test_r2) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let mut statement = connection.prepare(insert)?;
    for (step, point) in finished.curve.iter().enumerate() {
        let CurvePoint { cpu_seconds, work, share, train_nmse, test_r2 } = point;
        statement.execute(params![run, step as i64, cpu_seconds, *work as i64, share, train_nmse, test_r2])?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Run> {
    let natural = |name: &str| row.get::<_, i64>(name).map(|value| value as u64);
    let size = |name: &str| row.get::<_, Option<i64>>(name).map(|size| size.map(|size| size as usize));
    // A cell that is no JSON any more says nothing.
    let json = |name: &str| row.get::<_, Option<String>>(name).map(Option::unwrap_or_default);
    let value = |name: &str| json(name).map(|text| serde_json::from_str(&text).unwrap_or_default());
    Ok(Run {
        id: row.get("id")?,
        key: Key {
            suite: row.get("suite")?,
            problem: row.get("problem")?,
            definition: row.get("definition")?,
            settings: row.get("settings")?,
            prior: row.get("prior")?,
            noise: row.get("noise")?,
            seed: natural("seed")?,
            method: row.get("method")?,
            budget: row.get("budget")?,
            threads: natural("threads")? as usize,
            build: row.get("build")?,
        },
        label: row.get("method")?,
        variant: row.get("variant")?,
        content: row.get("content")?,
        family: row.get("family")?,
        stratum: row.get("stratum")?,
        law: row.get("law")?,
        error: row.get("error")?,
        finished: Finished {
            problem_hash: row.get("problem_hash")?,
            profile: value("profile")?,
            config: value("config")?,
            version: row.get("version")?,
            kernel: row.get("kernel")?,
            law_size: size("law_size")?,
            exact: row.get("exact")?,
            front_exact: row.get("front_exact")?,
            raw_exact: row.get("raw_exact")?,
            solution: row.get("solution")?,
            test_r2: row.get("test_r2")?,
            train_r2: row.get("train_r2")?,
            raw_test_r2: row.get("raw_test_r2")?,
            size: size("size")?,
            complexity: row.get("complexity")?,
            description_length: row.get("description_length")?,
            wall_seconds: row.get("wall_seconds")?,
            cpu_seconds: row.get("cpu_seconds")?,
            work: natural("work")?,
            node_rows: natural("node_rows")?,
            stop_reason: row.get("stop_reason")?,
            shares: json("shares").map(|text| serde_json::from_str(&text).unwrap_or_default())?,
            expression: row.get("expression")?,
            front: json("front").map(|text| serde_json::from_str(&text).unwrap_or_default())?,
            curve: Vec::new(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::FrontMember;
    use crate::testing;

    fn file(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join("runs.sqlite")
    }

    #[test]
    fn runs_come_back_as_they_went_in_and_replace_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut database = Database::open(&file(&folder)).unwrap();
        let job = testing::job("p", 0.01, 7, "arm:gp");
        assert_eq!(database.outcome(&job.key(), false).unwrap(), None);
        database.insert(&job, &Report::Failed("out of memory".into())).unwrap();
        assert_eq!(database.outcome(&job.key(), false).unwrap(), Some(false));
        let point = CurvePoint { cpu_seconds: 0.5, work: 12, share: 0.25, train_nmse: 1e-3, test_r2: None };
        let finished = Finished {
            exact: Some(true),
            test_r2: Some(0.875),
            size: Some(9),
            work: u64::from(u32::MAX) * 4,
            shares: vec![("gp".into(), 1.0)],
            front: vec![FrontMember { expression: "x".into(), complexity: 1, ..FrontMember::default() }],
            profile: serde_json::json!({ "n_rows": 3 }),
            curve: vec![point, CurvePoint { work: 20, ..point }],
            ..Finished::default()
        };
        database.insert(&job, &Report::Done(finished.clone())).unwrap();
        drop(database);
        let database = Database::existing(&file(&folder)).unwrap();
        assert_eq!(database.outcome(&job.key(), false).unwrap(), Some(true));
        let runs = database.runs().unwrap();
        assert_eq!(runs.len(), 1);
        assert_eq!((&runs[0].key, runs[0].loss(), &runs[0].error), (&job.key(), 0.0, &None));
        assert_eq!(runs[0].finished, Finished { curve: Vec::new(), ..finished.clone() });
        assert_eq!(database.curve(runs[0].id).unwrap(), finished.curve);
        let orphans: i64 = database.connection.query_row("select count(*) from curve", [], |row| row.get(0)).unwrap();
        assert_eq!(orphans, 2);
    }

    #[test]
    fn what_changes_a_run_changes_its_key() {
        let job = testing::job("p", 0.0, 1, "arm:gp");
        let mut wider = job.clone();
        if let Data::Formula { inputs, .. } = &mut wider.problem.data {
            inputs[0].2 += 1.0;
        }
        assert_ne!(job.key(), wider.key());
        assert_ne!(job.key(), testing::job("p", 0.0, 2, "arm:gp").key());
        let with = |change: fn(&mut Job)| {
            let mut job = job.clone();
            change(&mut job);
            job.key()
        };
        let file = Data::File { path: "t.csv".into(), target: None };
        for (changed, is_another) in [
            (with(|job| job.provenance.build = "other".into()), true),
            (with(|job| job.provenance.prior = "1".into()), true),
            (with(|job| job.config.slots = 3), true),
            // What a run is called in reports changes nothing.
            (with(|job| job.provenance.variant = "slots=3".into()), false),
            (with(|job| job.provenance.content = "formula 1".into()), false),
        ] {
            assert_eq!(changed != job.key(), is_another, "{changed:?}");
        }
        let prior_at = |path: &str| {
            let mut job = job.clone();
            (job.config.prior, job.provenance.prior) = (path.into(), "1".into());
            job.key()
        };
        assert_eq!(prior_at("a.json"), prior_at("b.json"), "a prior is what it says, wherever it is");
        let table = |content: &str| {
            let mut job = job.clone();
            (job.problem.data, job.provenance.content) = (file.clone(), content.into());
            job.key()
        };
        assert_ne!(table("file 1"), table("file 2"), "a table may change under its name");
        assert_eq!(job.key(), testing::job("p", 0.0, 1, "arm:gp").key());
    }

    #[test]
    fn a_run_of_another_build_is_another_run_unless_it_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let mut database = Database::open(&file(&folder)).unwrap();
        let mut job = testing::job("p", 0.0, 1, "arm:gp");
        database.insert(&job, &Report::Failed("no".into())).unwrap();
        job.provenance.build = "new".into();
        let outcomes = |database: &Database, job: &Job| {
            [false, true].map(|any_build| database.outcome(&job.key(), any_build).unwrap())
        };
        assert_eq!(outcomes(&database, &job), [None, Some(false)]);
        database.insert(&job, &Report::Done(Finished::default())).unwrap();
        assert_eq!(outcomes(&database, &job), [Some(true), Some(true)]);
        job.provenance.build = "b".into();
        assert_eq!(outcomes(&database, &job), [Some(false), Some(true)]);
        assert_eq!(database.runs().unwrap().len(), 2);
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder);
        let refusal = |path: &Path| Database::existing(path).unwrap_err().to_string();
        assert!(refusal(&path).contains("no such file; fill it by `symfolio bench run"), "{}", refusal(&path));
        Connection::open(&path).unwrap().pragma_update(None, "user_version", SCHEMA + 1).unwrap();
        assert!(refusal(&path).contains("is of version 3 of the schema, this program knows 2"), "{}", refusal(&path));
        let other = folder.path().join("other.sqlite");
        Connection::open(&other).unwrap().execute_batch("create table t (x)").unwrap();
        assert!(refusal(&other).contains("a database of something else"), "{}", refusal(&other));
    }
}
