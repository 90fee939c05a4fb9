//! Follows the words of a script as rhai reads them: where functions are defined, and chains of `.` too long to be safe.

use rhai::{LexError, Position, Token};
use std::sync::{Arc, Mutex};

/// The longest `a.b.c…`: rhai does not bound such chains, and walking one nests as deep as it is long.
const MAX_CHAIN: usize = 32;

#[derive(Default)]
struct State {
    /// The length of the chain at each level of brackets.
    chains: Vec<usize>,
    after_fn: bool,
    defined: Vec<(String, Position)>,
}

#[derive(Clone, Default)]
pub(super) struct Watch(Arc<Mutex<State>>);

impl Watch {
    /// Forgets what was seen, and returns the names after `fn` with their places.
    pub(super) fn take(&self) -> Vec<(String, Position)> {
        self.0.lock().map(|mut state| std::mem::take(&mut *state).defined).unwrap_or_default()
    }

    /// Sees a word; returns the one that rhai is to go on with.
    pub(super) fn see(&self, token: Token, position: Position) -> Token {
        let Ok(mut state) = self.0.lock() else { return token };
        if std::mem::replace(&mut state.after_fn, matches!(token, Token::Fn))
            && let Token::Identifier(name) = &token
        {
            state.defined.push((name.to_string(), position));
        }
        match &token {
            Token::LeftBrace | Token::LeftParen | Token::LeftBracket | Token::MapStart | Token::QuestionBracket => {
                state.chains.push(0);
            }
            Token::RightBrace | Token::RightParen | Token::RightBracket => {
                state.chains.pop();
            }
            Token::Period | Token::Elvis => {
                if state.chains.is_empty() {
                    state.chains.push(0);
                }
                if let Some(chain) = state.chains.last_mut() {
                    *chain += 1;
                    if *chain > MAX_CHAIN {
                        let message = format!("cette suite de `.` dépasse {MAX_CHAIN} maillons");
                        return Token::LexError(Box::new(LexError::Runtime(message)));
                    }
                }
            }
            Token::Identifier(_) | Token::Reserved(_) | Token::Bang | Token::Unit => {}
            _ => {
                if let Some(chain) = state.chains.last_mut() {
                    *chain = 0;
                }
            }
        }
        token
    }
}
