//! What a search asks a language model, and what comes back.

use serde::{Deserialize, Serialize};

use crate::Cost;

/// A question to the study's language model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// The conversation so far, first message first.
    pub messages: Vec<Message>,
    /// JSON schema that the answer shall follow, where the model can enforce one.
    pub schema: Option<serde_json::Value>,
    /// Most tokens that the answer may have.
    pub max_tokens: u32,
}

/// One message of a [`Prompt`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub text: String,
}

/// Who says a [`Message`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Standing instructions.
    System,
    /// The search.
    User,
    /// The model.
    Assistant,
}

/// Names a question that is under way; tickets of one slice differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticket(pub u64);

/// What came back for a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub ticket: Ticket,
    /// The model's text, or why there is none.
    pub text: Result<String, AskError>,
    /// What it cost; failed calls cost too.
    pub cost: Cost,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AskError {
    /// The study has no language model.
    #[error("the study has no language model")]
    NoModel,
    /// The cap on calls, tokens or dollars leaves no room for the question.
    #[error("the cap on the language model's cost is reached")]
    CapReached,
    /// The model failed.
    #[error("the language model failed: {0}")]
    Failed(String),
}
