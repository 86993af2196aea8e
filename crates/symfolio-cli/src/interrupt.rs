//! [`Interrupt`]: what a study hears from outside while it runs.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use symfolio::Cancel;
use tokio::runtime::Builder;

use crate::failure::Failure;
use crate::progress::note;

/// Exit code after Ctrl-C: 128 and the number of SIGINT.
const CTRL_C: u8 = 130;
/// Exit code after SIGTERM, which batch systems and `timeout` send.
const TERMINATED: u8 = 143;

/// The first Ctrl-C or SIGTERM ends the study with what there is; the second ends the process.
pub struct Interrupt {
    cancel: Cancel,
    /// The exit code that the first signal asks for; 0 before.
    code: Arc<AtomicU8>,
}

impl Interrupt {
    /// Begins to listen. Until then a signal ends the process at once, which is right while nothing has been found.
    pub fn listen() -> Result<Interrupt, Failure> {
        let interrupt = Interrupt { cancel: Cancel::default(), code: Arc::default() };
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Failure::internal)?;
        let mut signals = {
            let _inside = runtime.enter();
            Signals::new().map_err(Failure::internal)?
        };
        let (cancel, first) = (interrupt.cancel.clone(), interrupt.code.clone());
        #[expect(clippy::disallowed_methods, reason = "the thread does nothing but wait for signals")]
        std::thread::spawn(move || {
            runtime.block_on(async {
                first.store(signals.next().await, Ordering::Release);
                cancel.cancel();
                let second = signals.next().await;
                note("interrupted again: ended without a result");
                #[expect(clippy::disallowed_methods, reason = "somebody insists")]
                std::process::exit(i32::from(second));
            });
        });
        Ok(interrupt)
    }

    /// What the study looks at.
    pub fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }

    /// The exit code of a study that was cancelled.
    pub fn code(&self) -> ExitCode {
        match self.code.load(Ordering::Acquire) {
            0 => ExitCode::from(CTRL_C),
            code => ExitCode::from(code),
        }
    }
}

/// Ends the process at the next signal. Once [`Signals`] were listened to the system does no longer do so by itself, and work that
/// has nothing to keep would go on.
pub fn end_at_signal() -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Failure::internal)?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new().map_err(Failure::internal)?
    };
    #[expect(clippy::disallowed_methods, reason = "the thread does nothing but wait for a signal")]
    std::thread::spawn(move || {
        let code = runtime.block_on(signals.next());
        note("interrupted: ended without a result");
        #[expect(clippy::disallowed_methods, reason = "there is nothing to keep")]
        std::process::exit(i32::from(code));
    });
    Ok(())
}

/// The signals that are listened to.
pub struct Signals {
    #[cfg(unix)]
    interrupts: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminations: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupts: tokio::signal::windows::CtrlC,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on; to be called within a runtime.
    pub fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { interrupts: signal(SignalKind::interrupt())?, terminations: signal(SignalKind::terminate())? })
    }

    /// The exit code that the next signal asks for.
    pub async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupts.recv() => CTRL_C,
            _ = self.terminations.recv() => TERMINATED,
        }
    }
}

#[cfg(windows)]
impl Signals {
    /// Listens from now on; to be called within a runtime.
    pub fn new() -> std::io::Result<Signals> {
        Ok(Signals { interrupts: tokio::signal::windows::ctrl_c()? })
    }

    /// The exit code that the next signal asks for.
    pub async fn next(&mut self) -> u8 {
        self.interrupts.recv().await;
        CTRL_C
    }
}
