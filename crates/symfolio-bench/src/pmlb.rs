//! Sets of the Penn Machine Learning Benchmarks (Romano et al. 2022): downloaded once, then read from a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use symfolio::engine::write_whole;

/// Where PMLB keeps its sets.
pub const PMLB: &str = "https://github.com/EpistasisLab/pmlb/raw/master/datasets";

/// Seconds to wait for a connection, and for a whole set.
const CONNECT: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(120);
/// Largest file that is taken, in bytes.
const LARGEST: usize = 200_000_000;

/// Why a set could not be downloaded.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum PmlbError {
    #[error("{url} cannot be reached ({why}); run where there is a network, or put the file into {folder}")]
    Unreachable { url: String, why: String, folder: PathBuf },
    #[error("{url} is no data set: {why}; check the name in the suite")]
    NoData { url: String, why: String },
    #[error("cannot write to {folder}: {error}")]
    Write { folder: PathBuf, error: std::io::Error },
    #[error("{0:?} is no name of a data set: letters, digits and . _ - are")]
    Name(String),
}

/// The file of set `name` in `folder`: as downloaded, or unpacked by hand.
pub fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let file = |ending: &str| folder.join(format!("{name}.{ending}"));
    ["tsv.gz", "tsv", "csv"].map(file).into_iter().find(|path| path.is_file())
}

/// Downloads those of `names` that are not in `folder`, from `base`, and returns why some could not be.
pub fn download(folder: &Path, names: impl IntoIterator<Item = String>, base: &str) -> BTreeMap<String, PmlbError> {
    let missing: Vec<String> = names.into_iter().filter(|name| find(folder, name).is_none()).collect();
    let mut failed = BTreeMap::new();
    for name in missing {
        if let Err(error) = fetch(folder, &name, base) {
            failed.insert(name, error);
        }
    }
    failed
}

fn fetch(folder: &Path, name: &str, base: &str) -> Result<(), PmlbError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err(PmlbError::Name(name.into()));
    }
    let url = format!("{base}/{name}/{name}.tsv.gz");
    let unreachable = |why: String| PmlbError::Unreachable { url: url.clone(), why, folder: folder.to_path_buf() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| unreachable(error.to_string()))?;
    let (status, bytes) = runtime.block_on(body(&url)).map_err(|error| unreachable(root_of(&error)))?;
    if !status.is_success() {
        return Err(PmlbError::NoData { url, why: format!("the server answered {status}") });
    }
    // The first bytes of gzip: a page of some portal that answers in the place of the server has others.
    if !bytes.starts_with(&[0x1f, 0x8b]) || bytes.len() > LARGEST {
        return Err(PmlbError::NoData { url, why: format!("{} bytes that are no gzip file", bytes.len()) });
    }
    let write = |error| PmlbError::Write { folder: folder.to_path_buf(), error };
    std::fs::create_dir_all(folder).map_err(write)?;
    write_whole(&folder.join(format!("{name}.tsv.gz")), &bytes).map_err(write)
}

async fn body(url: &str) -> reqwest::Result<(reqwest::StatusCode, Vec<u8>)> {
    // Only the first of several calls installs anything.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let agent = concat!("symfolio/", env!("CARGO_PKG_VERSION"));
    let client = reqwest::Client::builder().user_agent(agent).connect_timeout(CONNECT).timeout(WHOLE).build()?;
    let response = client.get(url).send().await?;
    Ok((response.status(), response.bytes().await?.to_vec()))
}

/// The innermost reason: "connection refused" says more than "error sending request".
fn root_of(error: &dyn std::error::Error) -> String {
    let mut root: &dyn std::error::Error = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// A server that answers one request with `body`.
    #[expect(clippy::disallowed_methods, reason = "the test needs a server")]
    fn server(status: &'static str, body: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).unwrap();
        });
        format!("http://{address}")
    }

    #[test]
    fn sets_are_downloaded_once() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("new");
        let get = |base: &str| download(&cache, ["set".to_string()], base);
        let said = |base: &str| get(base).remove("set").map(|error| error.to_string());
        let gone = said(&server("404 Not Found", b"none")).unwrap();
        assert!(gone.contains("404") && gone.contains("check the name in the suite"), "{gone}");
        let portal = said(&server("200 OK", b"<html>log in</html>")).unwrap();
        assert!(portal.contains("no gzip file"), "{portal}");
        let nowhere = said("http://127.0.0.1:9").unwrap();
        assert!(nowhere.contains("run where there is a network, or put the file into"), "{nowhere}");
        assert_eq!(find(&cache, "set"), None);
        assert!(get(&server("200 OK", &[0x1f, 0x8b, 8, 0])).is_empty());
        assert_eq!(find(&cache, "set"), Some(cache.join("set.tsv.gz")));
        // Nobody is asked again.
        assert!(get("http://127.0.0.1:9").is_empty());
        let odd = download(&cache, ["../up".to_string()], "http://127.0.0.1:9");
        assert!(odd["../up"].to_string().contains("is no name"), "{odd:?}");
    }
}
