//! The conversation with an IMAP server (RFC 3501), as little of it as a mailbox needs: commands, answers of lines and literals. What
//! the server says is not trusted: every command has a time, every answer a size, and memory is taken as bytes come, not as announced.

use super::trouble::Lost;
use std::future::Future;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::{Instant, timeout};

/// A connection, secured or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The longest line: the numbers of some hundred thousand mails.
const LONGEST_LINE: usize = 2 * 1024 * 1024;
/// How much may come beside what was asked for.
const BESIDE: usize = 2 * LONGEST_LINE;
/// How many answers one command may have.
const MOST_ANSWERS: usize = 10_000;

/// A piece of a command.
#[derive(Clone, Copy)]
pub(super) enum Word<'a> {
    /// As it is.
    Plain(&'a str),
    /// A name or a password, whatever it contains.
    Text(&'a str),
}

/// A line, cut where a literal stood: the text before each, and what it held.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub pieces: Vec<(String, Option<Vec<u8>>)>,
}

impl Answer {
    /// The text, up to the first literal.
    pub fn head(&self) -> &str {
        self.pieces.first().map_or("", |(text, _)| text)
    }
}

/// What came of a command that the server has carried out.
#[derive(Debug)]
pub(super) struct Done {
    /// The answers before the last one, without their `* `.
    pub answers: Vec<Answer>,
    /// What the last one says after `OK `.
    pub text: String,
}

/// An open conversation.
pub(super) struct Wire {
    stream: BufReader<Box<dyn Stream>>,
    patience: Duration,
    /// When the whole visit ends.
    end: Instant,
    commands: u32,
    /// How many bytes may still come before the present command ends.
    allowed: usize,
}

impl Wire {
    pub fn new(stream: Box<dyn Stream>, patience: Duration, end: Instant) -> Wire {
        Wire { stream: BufReader::new(stream), patience, end, commands: 0, allowed: BESIDE }
    }

    /// The bare connection again, when nothing has been said on it that was not asked for.
    pub fn into_inner(self) -> Result<Box<dyn Stream>, Lost> {
        if self.stream.buffer().is_empty() { Ok(self.stream.into_inner()) } else { Err(Lost::Nonsense) }
    }

    /// What the server says first: the text after its `* `.
    pub async fn greeting(&mut self) -> Result<String, Lost> {
        let (patience, end) = (self.patience, self.end);
        within(patience, end, async {
            let answer = self.answer().await?;
            answer.head().strip_prefix("* ").map(str::to_owned).ok_or(Lost::Nonsense)
        })
        .await
    }

    /// One command, and all that the server says until it is done; `large` bytes may come beside the usual.
    pub async fn command(&mut self, words: &[Word<'_>], large: usize) -> Result<Done, Lost> {
        let (patience, end) = (self.patience, self.end);
        within(patience, end, self.exchange(words, large)).await
    }

    async fn exchange(&mut self, words: &[Word<'_>], large: usize) -> Result<Done, Lost> {
        self.allowed = BESIDE + large;
        self.commands += 1;
        let tag = format!("R{} ", self.commands);
        let mut answers = Vec::new();
        let mut line = tag.clone();
        for (i, word) in words.iter().enumerate() {
            if i > 0 {
                line.push(' ');
            }
            match word {
                Word::Plain(text) => line.push_str(text),
                Word::Text(text) => match quoted(text) {
                    Some(quoted) => line.push_str(&quoted),
                    // The server says when it is ready for the bytes.
                    None => {
                        line.push_str(&format!("{{{}}}\r\n", text.len()));
                        self.send(&line).await?;
                        line.clear();
                        self.until_ready(&tag, &mut answers).await?;
                        line.push_str(text);
                    }
                },
            }
        }
        line.push_str("\r\n");
        self.send(&line).await?;
        loop {
            let answer = self.answer().await?;
            if let Some(done) = sorted(answer, &tag, &mut answers)? {
                return Ok(Done { answers, text: done });
            }
        }
    }

    async fn until_ready(&mut self, tag: &str, answers: &mut Vec<Answer>) -> Result<(), Lost> {
        loop {
            let answer = self.answer().await?;
            if answer.head().starts_with('+') {
                return Ok(());
            }
            if sorted(answer, tag, answers)?.is_some() {
                return Err(Lost::Nonsense);
            }
        }
    }

    async fn send(&mut self, text: &str) -> Result<(), Lost> {
        let stream = self.stream.get_mut();
        stream.write_all(text.as_bytes()).await?;
        Ok(stream.flush().await?)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Lost> {
        self.allowed = self.allowed.checked_sub(bytes).ok_or(Lost::Endless)?;
        Ok(())
    }

    /// One answer: lines, as long as each ends with the announcement of a literal.
    async fn answer(&mut self) -> Result<Answer, Lost> {
        let mut answer = Answer::default();
        loop {
            let line = self.line().await?;
            let text = String::from_utf8_lossy(&line);
            let (text, announced) = announcement(&text);
            let literal = match announced {
                Some(size) => Some(self.literal(size).await?),
                None => None,
            };
            let last = literal.is_none();
            answer.pieces.push((text.to_owned(), literal));
            if last {
                return Ok(answer);
            }
        }
    }

    async fn line(&mut self) -> Result<Vec<u8>, Lost> {
        let mut line = Vec::new();
        loop {
            let there = self.stream.fill_buf().await?;
            if there.is_empty() {
                return Err(Lost::Closed);
            }
            let end = there.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(there.len(), |at| at + 1);
            line.extend(there.iter().take(taken));
            self.stream.consume(taken);
            self.spend(taken)?;
            if line.len() > LONGEST_LINE {
                return Err(Lost::Endless);
            }
            if end.is_some() {
                while line.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                    line.pop();
                }
                return Ok(line);
            }
        }
    }

    async fn literal(&mut self, size: usize) -> Result<Vec<u8>, Lost> {
        self.spend(size)?;
        let mut bytes = Vec::new();
        while bytes.len() < size {
            let there = self.stream.fill_buf().await?;
            if there.is_empty() {
                return Err(Lost::Closed);
            }
            let taken = there.len().min(size - bytes.len());
            bytes.extend(there.iter().take(taken));
            self.stream.consume(taken);
        }
        Ok(bytes)
    }
}

/// Waits for an answer no longer than the settings and the visit allow.
async fn within<T>(patience: Duration, end: Instant, work: impl Future<Output = Result<T, Lost>>) -> Result<T, Lost> {
    let left = end.saturating_duration_since(Instant::now());
    match timeout(patience.min(left), work).await {
        Ok(done) => done,
        Err(_) if left < patience => Err(Lost::TooSlow),
        Err(_) => Err(Lost::Silent(patience.as_secs())),
    }
}

/// Keeps an answer, or says what the last one of a command says.
fn sorted(answer: Answer, tag: &str, answers: &mut Vec<Answer>) -> Result<Option<String>, Lost> {
    let head = answer.head();
    if let Some(end) = head.strip_prefix(tag) {
        let (status, text) = end.split_once(' ').unwrap_or((end, ""));
        return match status.to_ascii_uppercase().as_str() {
            "OK" => Ok(Some(text.to_owned())),
            "NO" | "BAD" => Err(Lost::Refused(text.to_owned())),
            _ => Err(Lost::Nonsense),
        };
    }
    match head.strip_prefix("* ") {
        Some(text) if text.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("BYE ")) => {
            Err(Lost::Bye(text.get(4..).unwrap_or_default().to_owned()))
        }
        Some(_) if answers.len() >= MOST_ANSWERS => Err(Lost::Endless),
        Some(_) => {
            answers.push(answer);
            Ok(None)
        }
        None => Err(Lost::Nonsense),
    }
}

/// A line without the `{12}` at its end, and the number in it.
fn announcement(line: &str) -> (&str, Option<usize>) {
    let found = line.strip_suffix('}').and_then(|rest| rest.rsplit_once('{'));
    let number = found.and_then(|(text, number)| {
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        // A number that does not fit is as endless as any.
        digits.then(|| (text, number.parse().unwrap_or(usize::MAX)))
    });
    number.map_or((line, None), |(text, number)| (text, Some(number)))
}

/// A text between quotes, where they can hold it.
fn quoted(text: &str) -> Option<String> {
    let fits = text.len() <= 500 && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    fits.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_literals() {
        assert_eq!(quoted(r#"a"b\c"#).as_deref(), Some(r#""a\"b\\c""#));
        assert_eq!((quoted("é"), quoted("a\r\nb")), (None, None));
        assert_eq!(announcement("* 1 FETCH (BODY[] {12}"), ("* 1 FETCH (BODY[] ", Some(12)));
        assert_eq!(announcement("* OK {x}"), ("* OK {x}", None));
        assert_eq!(announcement("a {99999999999999999999999}").1, Some(usize::MAX));
    }
}
