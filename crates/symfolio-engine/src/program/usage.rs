//! [`Usage`]: what a program and its children take, as the system tells it.

/// What a program and its children take now.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Usage {
    /// Processor seconds so far, with those of children that have ended.
    pub cpu: f64,
    /// Resident memory in bytes; pages that processes share count for each of them.
    pub memory: u64,
    /// The processes, the program itself first.
    pub processes: Vec<u32>,
}

/// What the process `root` and its descendants take; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn usage(root: u32) -> Option<Usage> {
    let mut usage = Usage::default();
    let mut open = vec![root];
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    let page = rustix::param::page_size() as u64;
    while let Some(process) = open.pop() {
        // A process may end at any time: what has ended counts through its parent.
        let Some((own, pages)) = std::fs::read_to_string(format!("/proc/{process}/stat")).ok().and_then(|s| read(&s))
        else {
            continue;
        };
        usage.cpu += own as f64 / ticks;
        usage.memory += pages * page;
        usage.processes.push(process);
        for thread in std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten() {
            let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            open.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    (!usage.processes.is_empty()).then_some(usage)
}

/// See the version for Linux.
#[cfg(not(target_os = "linux"))]
pub(crate) fn usage(_root: u32) -> Option<Usage> {
    None
}

/// Clock ticks of a process with its ended children, and its resident pages, from a line of `/proc/PID/stat` (proc(5): fields 14 to
/// 17 and 24).
#[cfg(target_os = "linux")]
fn read(stat: &str) -> Option<(u64, u64)> {
    // The name in parentheses may have anything in it; behind the last one follows field 3.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<i64>().ok();
    let ticks = (14..=17).map(field).sum::<Option<i64>>()?;
    Some((ticks.max(0) as u64, field(24)?.max(0) as u64))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_proc_is_read_whatever_the_program_is_called() {
        let rest = "S 1 2 3 0 -1 4194304 500 600 0 0 11 22 33 44 20 0 1 0 100 9000000 77 18446744073709551615 1";
        for name in ["python3", "a b", ") R 1 2 3 ("] {
            assert_eq!(read(&format!("42 ({name}) {rest}")), Some((110, 77)), "{name}");
        }
        assert_eq!(read("42 (python3) S 1 2"), None);
    }

    #[test]
    fn this_process_is_among_its_own() {
        let usage = usage(std::process::id()).unwrap();
        assert_eq!(usage.processes[0], std::process::id());
        assert!(usage.memory > 1_000_000, "{usage:?}");
    }
}
