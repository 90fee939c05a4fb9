//! The grammar, one block at a time.

mod expected;
mod grammar;
mod habits;
mod mend;
mod misplaced;

pub(crate) use grammar::Rule;

use crate::ast::{Block, Reader, Tree};
use crate::chunk::{self, Chunk};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::lex::{self, Kind, Token};
use crate::source::{Edit, Plain, Source};
use crate::span::{Node, Span};
use grammar::Grammar;
use mend::Mend;
use pest::Parser;
use pest::iterators::Pair;

/// Deeper parentheses than this are refused: the parser works recursively.
const MAX_DEPTH: usize = 32;
/// Longer blocks than this are refused.
const MAX_TOKENS: usize = 2_000;

/// A file's words, cut into blocks.
#[derive(Default)]
pub(crate) struct Words {
    /// As written.
    pub original: String,
    /// For the grammar.
    pub plain: Plain,
    pub tokens: Vec<Token>,
    pub chunks: Vec<Chunk>,
}

/// The words of a file; none when it is no text, which is told.
pub(crate) fn words(source: &Source, sink: &mut Sink<'_>) -> Option<Words> {
    let original = match source.decode() {
        Ok(text) => text,
        Err(diagnostic) => {
            sink.push(*diagnostic);
            return None;
        }
    };
    let (plain, tokens) = lex::read(Plain::new(&original), &original, sink);
    let chunks = chunk::cut(&plain, &tokens);
    Some(Words { original, plain, tokens, chunks })
}

/// The tree of a file; what could not be read is told and left out.
pub(crate) fn parse(source: &Source, sink: &mut Sink<'_>) -> Tree {
    let Some(words) = words(source, sink) else { return Tree::default() };
    blocks(&words, sink, |chunk, sink| read_chunk(chunk, &words, sink))
}

/// The tree of a file whose blocks are read one by one.
pub(crate) fn blocks(
    words: &Words,
    sink: &mut Sink<'_>,
    mut read: impl FnMut(&Chunk, &mut Sink<'_>) -> Vec<Node<Block>>,
) -> Tree {
    let mut tree = Tree::default();
    for chunk in &words.chunks {
        tree.blocks.extend(read(chunk, sink));
    }
    if words.tokens.is_empty() && !sink.has_errors() {
        let start = crate::span::Span::default();
        let found = sink
            .report(Code::EmptyFile, "ce fichier ne contient aucune règle", start)
            .help("une seule ligne suffit : `si retard >= 15j alors email ferme`");
        sink.push(found);
    }
    tree
}

/// A block under repair: its text is its own, so that it can be mended.
struct Piece {
    plain: Plain,
    tokens: Vec<Token>,
    rule: Option<Rule>,
    /// It was opened by a mend: when nothing opens it, that has been told.
    opened: bool,
}

/// More mends than this in one block, and it is given up.
const MAX_MENDS: usize = 40;

/// Reads a block; when it is wrong, tells so, mends it and reads it again, until all of it is checked or given up.
pub(crate) fn read_chunk(chunk: &Chunk, words: &Words, sink: &mut Sink<'_>) -> Vec<Node<Block>> {
    let Words { original, plain, tokens, .. } = words;
    let inside = tokens.get(chunk.tokens.clone()).unwrap_or_default();
    let end = inside.last().map_or(chunk.span.start, |token| token.end);
    if let Attempt::Read(block) = attempt(chunk, plain, original, inside, sink) {
        return vec![block];
    }
    let mut blocks = Vec::new();
    if chunk.rule.is_none() {
        // What stands before the first opening: it may lack a header, so that its scenario is not compared with others.
        blocks.push(Node::new(Block::Failed, plain.origin(chunk.span.start, end)));
    }
    let mut waiting = vec![Piece {
        plain: plain.part(chunk.span.start..end),
        tokens: moved(inside, chunk.span.start),
        rule: chunk.rule,
        opened: false,
    }];
    while let Some(piece) = waiting.pop() {
        let (block, mut opened) = mended(piece, original, sink);
        blocks.push(block);
        opened.reverse();
        waiting.append(&mut opened);
    }
    blocks
}

fn moved(tokens: &[Token], by: usize) -> Vec<Token> {
    tokens
        .iter()
        .map(|token| Token { start: token.start.saturating_sub(by), end: token.end.saturating_sub(by), ..*token })
        .collect()
}

/// Reads one piece with its mends, and gives the pieces that a mend cut off it.
fn mended(mut piece: Piece, original: &str, sink: &mut Sink<'_>) -> (Node<Block>, Vec<Piece>) {
    let place = piece.plain.origin(0, piece.plain.text.len());
    let failed = match piece.rule {
        Some(Rule::scenario_block) => Block::FailedHeader,
        Some(rule) if chunk::is_header(rule) => {
            let name = piece.tokens.get(1).map(|token| piece.plain.origin(token.start, token.end)).unwrap_or_default();
            let name = original.get(name.start..name.end).unwrap_or_default().trim_end().to_owned();
            if rule == Rule::stage_block { Block::FailedStage(name) } else { Block::FailedDefinition(name) }
        }
        _ => Block::Failed,
    };
    let failed = Node::new(failed, place);
    let mut opened = Vec::new();
    let mut reached: Option<usize> = None;
    let mut habits: Vec<Span> = Vec::new();
    if piece.opened && piece.rule.is_none() {
        return (failed, opened);
    }
    for _ in 0..MAX_MENDS {
        let chunk = Chunk { rule: piece.rule, span: 0..piece.plain.text.len(), tokens: 0..piece.tokens.len() };
        let (found, mend) = match attempt(&chunk, &piece.plain, original, &piece.tokens, sink) {
            Attempt::Read(block) => return (block, opened),
            // Nothing more is shown: what is wrong need not be known.
            Attempt::Stopped(..) if sink.is_full() => break,
            Attempt::Refused(found, mend) => (found, mend),
            Attempt::Stopped(at, expected) => {
                let failure = expected::Failure {
                    chunk: &chunk,
                    plain: &piece.plain,
                    original,
                    tokens: &piece.tokens,
                    at,
                    expected: &expected,
                };
                let habit = failure.habit(sink).filter(|(found, _)| {
                    // Once told, it must have gone: what is left is another mistake.
                    found.place().is_some_and(|label| !habits.contains(&label.span))
                });
                if let Some((found, mend)) = habit {
                    habits.extend(found.place().map(|label| label.span));
                    (Some(found), Some(mend))
                } else {
                    let found = failure.explain(sink);
                    let start = found.place().map_or(0, |label| label.span.start);
                    if reached.is_some_and(|before| start <= before) {
                        // The mend did not help: one side of the rule is passed over, silently.
                        (None, failure.give_up_side())
                    } else {
                        let told = failure.told_before(sink);
                        reached = if told { reached } else { Some(start) };
                        let mend = failure.mend(&found);
                        ((!told).then_some(found), mend)
                    }
                }
            }
        };
        if let Some(found) = found {
            sink.push(found);
        }
        let Some(mend) = mend.filter(|_| !sink.is_full()) else { break };
        piece.rule = mend.rule.or(piece.rule);
        let after = mend.opens_at.map(|at| {
            let (before, after): (Vec<_>, Vec<_>) = mend.edits.iter().cloned().partition(|edit| edit.start < at);
            let mut tail = after;
            for edit in &mut tail {
                edit.start -= at;
                edit.end -= at;
            }
            let text = piece.plain.part(at..piece.plain.text.len()).edited(&tail);
            piece.plain = piece.plain.part(0..at).edited(&before);
            text
        });
        match after {
            None => piece.plain = piece.plain.edited(&mend.edits),
            Some(after) => {
                let tokens = lex::read_again(&after);
                for chunk in chunk::cut(&after, &tokens) {
                    let inside = tokens.get(chunk.tokens.clone()).unwrap_or_default();
                    let end = inside.last().map_or(chunk.span.start, |token| token.end);
                    opened.push(Piece {
                        plain: after.part(chunk.span.start..end),
                        tokens: moved(inside, chunk.span.start),
                        rule: chunk.rule,
                        opened: true,
                    });
                }
            }
        }
        piece.tokens = lex::read_again(&piece.plain);
        let end = piece.tokens.last().map_or(0, |token| token.end);
        piece.plain = piece.plain.part(0..end);
        if piece.tokens.is_empty() {
            break;
        }
    }
    (failed, opened)
}

/// What one reading of a block gives.
enum Attempt {
    Read(Node<Block>),
    /// Before the grammar saw it; mended when it can be.
    Refused(Option<Diagnostic>, Option<Mend>),
    /// Where the grammar stopped, and what it could have taken.
    Stopped(usize, Vec<Rule>),
}

fn attempt(chunk: &Chunk, plain: &Plain, original: &str, inside: &[Token], sink: &mut Sink<'_>) -> Attempt {
    let end = inside.last().map_or(chunk.span.start, |token| token.end);
    let stopped = |at| Attempt::Stopped(at, Vec::new());
    let Some(rule) = chunk.rule else { return stopped(chunk.span.start) };
    if let Err((found, mend)) = balanced(inside, plain, sink) {
        return Attempt::Refused(Some(*found), mend);
    }
    let Some(text) = plain.text.get(chunk.span.start..end) else { return stopped(chunk.span.start) };
    match Grammar::parse(rule, text) {
        Ok(mut pairs) => {
            let mut reader = Reader { plain, original, base: chunk.span.start, sink };
            pairs.next().map_or_else(|| stopped(chunk.span.start), |pair| Attempt::Read(reader.block(pair)))
        }
        Err(error) => {
            let at = match error.location {
                pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
            };
            let expected = match error.variant {
                pest::error::ErrorVariant::ParsingError { positives, .. } => positives,
                pest::error::ErrorVariant::CustomError { .. } => Vec::new(),
            };
            Attempt::Stopped(chunk.span.start + at, expected)
        }
    }
}

/// The concrete syntax of a block, when the grammar takes it as it stands.
pub(crate) fn concrete<'a>(chunk: &Chunk, plain: &'a Plain, inside: &[Token]) -> Option<Pair<'a, Rule>> {
    balanced(inside, plain, &Sink::new("")).ok()?;
    let end = inside.last().map_or(chunk.span.start, |token| token.end);
    let pair = Grammar::parse(chunk.rule?, plain.text.get(chunk.span.start..end)?).ok()?.next()?;
    // A test with odd lines is read so that each of them is told, but it is not as it stands.
    let odd =
        pair.as_rule() == Rule::test_block && pair.clone().into_inner().any(|line| line.as_rule() == Rule::test_odd);
    (!odd).then_some(pair)
}

type Unbalanced = (Box<Diagnostic>, Option<Mend>);

/// Checks the parentheses and the size of a block before the recursive parser sees it.
fn balanced(tokens: &[Token], plain: &Plain, sink: &Sink<'_>) -> Result<(), Unbalanced> {
    if tokens.len() > MAX_TOKENS {
        return Err((Box::new(too_long(tokens, plain, sink)), None));
    }
    let place = |token: &Token| plain.origin(token.start, token.end);
    let mut open: Vec<&Token> = Vec::new();
    for token in tokens.iter().filter(|token| token.kind == Kind::Sign) {
        match plain.text.get(token.start..token.end) {
            Some("(") => {
                open.push(token);
                if open.len() > MAX_DEPTH {
                    let found = sink
                        .report(Code::TooDeep, "il y a trop de parenthèses imbriquées", place(token))
                        .help("répartissez la condition en plusieurs règles");
                    return Err((Box::new(found), None));
                }
            }
            Some(")") if open.pop().is_none() => {
                let found = sink
                    .report(Code::UnclosedParenthesis, "cette parenthèse n'a pas été ouverte", place(token))
                    .help("supprimez-la, ou ouvrez-la plus tôt dans la règle");
                let edits = vec![Edit { start: token.start, end: token.end, text: " ".to_owned() }];
                return Err((Box::new(found), Some(Mend { edits, ..Mend::default() })));
            }
            _ => {}
        }
    }
    let Some(token) = open.last() else { return Ok(()) };
    let found = sink
        .report(Code::UnclosedParenthesis, "cette parenthèse n'est pas fermée", place(token))
        .help("ajoutez `)` à la fin de ce qu'elle regroupe");
    let ends = |t: &&Token| t.start > token.start && matches!(plain.text.get(t.start..t.end), Some("alors" | ":"));
    let end = tokens.iter().find(ends).map_or_else(|| tokens.last().map_or(0, |t| t.end), |t| t.start);
    let edits = vec![Edit { start: end, end, text: ") ".to_owned() }];
    Err((Box::new(found), Some(Mend { edits, ..Mend::default() })))
}

fn too_long(tokens: &[Token], plain: &Plain, sink: &Sink<'_>) -> Diagnostic {
    let span = tokens.first().map(|token| plain.origin(token.start, token.end)).unwrap_or_default();
    sink.report(Code::TooLong, "cette règle est trop longue", span)
        .help(format!("une règle a {MAX_TOKENS} mots au plus : répartissez-la en plusieurs règles"))
}
