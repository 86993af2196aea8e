//! [`Model`]: a language model, as the host sees it.

use std::future::Future;
use std::pin::Pin;

use symfolio_core::{AskError, Cost, Prompt};

/// What a model answers: text or why there is none, and the cost.
pub type Answered = (Result<String, AskError>, Cost);

/// A language model that the host asks on behalf of searches. Calls are made from the engine's event loop and must not block it.
pub trait Model: Send + Sync {
    /// Answers one prompt. Dropping the future cancels the call.
    fn answer(&self, prompt: Prompt) -> Pin<Box<dyn Future<Output = Answered> + Send + '_>>;
}
