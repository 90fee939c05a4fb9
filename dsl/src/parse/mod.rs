//! The grammar, one block at a time.

mod expected;
mod grammar;
mod misplaced;

pub(crate) use grammar::Rule;

use crate::ast::{Block, Reader, Tree};
use crate::chunk::{self, Chunk};
use crate::diagnostic::{Code, Sink};
use crate::lex::{self, Kind, Token};
use crate::source::{Plain, Source};
use crate::span::Node;
use grammar::Grammar;
use pest::Parser;

/// Deeper parentheses than this are refused: the parser works recursively.
const MAX_DEPTH: usize = 32;
/// Longer blocks than this are refused.
const MAX_TOKENS: usize = 2_000;

/// The tree of a file; what could not be read is told and left out.
pub(crate) fn parse(source: &Source, sink: &mut Sink<'_>) -> Tree {
    let mut tree = Tree::default();
    let original = match source.decode() {
        Ok(text) => text,
        Err(diagnostic) => {
            sink.push(*diagnostic);
            return tree;
        }
    };
    let (plain, tokens) = lex::read(Plain::new(&original), sink);
    for chunk in chunk::cut(&plain, &tokens) {
        let block = read_chunk(&chunk, &plain, &original, &tokens, sink);
        tree.blocks.push(block);
    }
    if tokens.is_empty() && !sink.has_errors() {
        let start = crate::span::Span::default();
        let found = sink
            .report(Code::EmptyFile, "ce fichier ne contient aucune règle", start)
            .help("une seule ligne suffit : `si retard >= 15j alors email ferme`");
        sink.push(found);
    }
    tree
}

fn read_chunk(chunk: &Chunk, plain: &Plain, original: &str, tokens: &[Token], sink: &mut Sink<'_>) -> Node<Block> {
    let inside = tokens.get(chunk.tokens.clone()).unwrap_or_default();
    let end = inside.last().map_or(chunk.span.start, |token| token.end);
    let place = plain.origin(chunk.span.start, end);
    let failed = match chunk.rule {
        Some(rule) if chunk::is_header(rule) => Block::FailedHeader,
        _ => Block::Failed,
    };
    let failed = Node::new(failed, place);
    let Some(rule) = chunk.rule else {
        let failure = expected::Failure { chunk, plain, original, tokens: inside, at: chunk.span.start, expected: &[] };
        let found = failure.explain(sink);
        sink.push(found);
        return failed;
    };
    if !balanced(inside, plain, sink) {
        return failed;
    }
    let Some(text) = plain.text.get(chunk.span.start..end) else { return failed };
    match Grammar::parse(rule, text) {
        Ok(mut pairs) => {
            let mut reader = Reader { plain, original, base: chunk.span.start, sink };
            pairs.next().map_or(failed, |pair| reader.block(pair))
        }
        Err(error) => {
            // A sign that was refused and taken away explains the failure better than the grammar could.
            let told = sink
                .found
                .iter()
                .filter_map(|d| d.place())
                .any(|l| place.start <= l.span.start && l.span.start < place.end);
            if !told || !sink.found.iter().any(|d| d.code == Code::UnexpectedCharacter || d.code == Code::UnclosedQuote)
            {
                let at = match error.location {
                    pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
                };
                let positives = match &error.variant {
                    pest::error::ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
                    pest::error::ErrorVariant::CustomError { .. } => &[],
                };
                let at = chunk.span.start + at;
                let failure = expected::Failure { chunk, plain, original, tokens: inside, at, expected: positives };
                let found = failure.explain(sink);
                sink.push(found);
            }
            failed
        }
    }
}

/// Checks the parentheses and the size of a block before the recursive parser sees it.
fn balanced(tokens: &[Token], plain: &Plain, sink: &mut Sink<'_>) -> bool {
    let mut open: Vec<&Token> = Vec::new();
    for token in tokens.iter().filter(|token| token.kind == Kind::Sign) {
        match plain.text.get(token.start..token.end) {
            Some("(") => {
                open.push(token);
                if open.len() > MAX_DEPTH {
                    let found = sink
                        .report(
                            Code::TooDeep,
                            "il y a trop de parenthèses imbriquées",
                            plain.origin(token.start, token.end),
                        )
                        .help("répartissez la condition en plusieurs règles");
                    sink.push(found);
                    return false;
                }
            }
            Some(")") if open.pop().is_none() => {
                let found = sink
                    .report(
                        Code::UnclosedParenthesis,
                        "cette parenthèse n'a pas été ouverte",
                        plain.origin(token.start, token.end),
                    )
                    .help("supprimez-la, ou ouvrez-la plus tôt dans la règle");
                sink.push(found);
                return false;
            }
            _ => {}
        }
    }
    if let Some(token) = open.last() {
        let found = sink
            .report(
                Code::UnclosedParenthesis,
                "cette parenthèse n'est pas fermée",
                plain.origin(token.start, token.end),
            )
            .help("ajoutez `)` à la fin de ce qu'elle regroupe");
        sink.push(found);
        return false;
    }
    if tokens.len() > MAX_TOKENS {
        let span = tokens.first().map(|token| plain.origin(token.start, token.end)).unwrap_or_default();
        let found = sink
            .report(Code::TooLong, "cette règle est trop longue", span)
            .help(format!("une règle a {MAX_TOKENS} mots au plus : répartissez-la en plusieurs règles"));
        sink.push(found);
        return false;
    }
    true
}
