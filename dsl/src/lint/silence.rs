//! `# accepte R0612 : raison`: a comment that accepts a finding. It stands directly above what it concerns, at its end, or anywhere in the
//! lines that open the scenario.

use super::Places;
use crate::check::sends;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lower::without_comment;
use crate::source::Source;
use crate::span::Span;
use relance_core::machine::{Machine, MessageCalls};
use relance_core::proof::TemplateFacts;
use relance_core::schema::fold;

/// A comment that accepts findings.
struct Accepted {
    code: Code,
    /// The comment.
    span: Span,
    /// The lines that it concerns, from 0: what begins on one of them is accepted.
    lines: (usize, usize),
    used: bool,
}

/// How the front matter of a template accepts.
const OF_TEMPLATE: &str = "accepte:";
/// More findings than this are not accepted by one comment.
const MAX_CODES: usize = 20;

/// A file's lines, with what stands on them.
struct Lines<'a> {
    text: &'a str,
    begins: Vec<usize>,
    /// Lines on which a rule begins.
    heads: Vec<usize>,
    /// The first and last lines of what opens a scenario.
    openings: Vec<(usize, usize)>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str, path: &str, places: &[Places]) -> Lines<'a> {
        let begins = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut lines = Lines { text, begins, heads: Vec::new(), openings: Vec::new() };
        for scenario in places.iter().filter(|scenario| scenario.file == path) {
            let heads: Vec<usize> = scenario.heads.iter().map(|head| lines.line(head.start)).collect();
            let first = lines.line(scenario.header.start);
            let stages = scenario.stages.iter().map(|stage| lines.line(stage.start));
            let next = heads.iter().copied().chain(stages).filter(|line| *line > first).min();
            lines.openings.push((first, next.map_or(usize::MAX, |line| line - 1)));
            lines.heads.extend(heads);
        }
        lines.heads.sort_unstable();
        lines
    }

    fn line(&self, at: usize) -> usize {
        self.begins.partition_point(|begin| *begin <= at).saturating_sub(1)
    }

    fn get(&self, line: usize) -> Option<&'a str> {
        let begin = *self.begins.get(line)?;
        let end = self.begins.get(line + 1).copied().unwrap_or(self.text.len());
        self.text.get(begin..end)
    }

    /// The lines that a comment on a line concerns.
    fn concerned(&self, line: usize) -> (usize, usize) {
        let code = |line: usize| self.get(line).map(|text| without_comment(text).trim());
        if code(line).is_some_and(str::is_empty) {
            // Directly above: comments may stand between.
            let comment =
                |line: &usize| code(*line) == Some("") && self.get(*line).is_some_and(|text| text.contains('#'));
            let next = (line + 1..).find(|line| !comment(line)).unwrap_or(line);
            return (next, next);
        }
        let head = self.heads.partition_point(|head| *head <= line).checked_sub(1).and_then(|n| self.heads.get(n));
        (head.copied().unwrap_or(line), line)
    }

    /// The lines that open the scenario of a line, when it is one of them.
    fn opening(&self, line: usize) -> Option<(usize, usize)> {
        self.openings.iter().copied().find(|(first, last)| (*first..=*last).contains(&line))
    }
}

pub(super) fn apply(diagnostics: &mut Vec<Diagnostic>, sources: &[Source], places: &[Places]) {
    let mut told = Vec::new();
    for source in sources {
        let text = source.text();
        let lines = Lines::new(&text, &source.path, places);
        let mut accepted = Vec::new();
        for line in 0..lines.begins.len() {
            read(&lines, line, &source.path, &mut accepted, &mut told);
        }
        diagnostics.retain(|diagnostic| {
            let Some(label) = diagnostic.place().filter(|label| label.file == source.path) else { return true };
            if diagnostic.severity == Severity::Error {
                return true;
            }
            let at = lines.line(label.span.start);
            let mut kept = true;
            for one in accepted.iter_mut().filter(|one| one.code == diagnostic.code) {
                let opening = lines.opening(lines.line(one.span.start));
                let inside = |(first, last): (usize, usize)| (first..=last).contains(&at);
                if inside(one.lines) || opening.is_some_and(inside) {
                    one.used = true;
                    kept = false;
                }
            }
            kept
        });
        for unused in accepted.iter().filter(|one| !one.used) {
            let message = format!("rien à accepter ici : {} n'est pas signalé", unused.code.name());
            let found = Diagnostic::new(Code::UnusedAcceptance, message, &source.path, unused.span);
            let of_template = matches!(
                unused.code,
                Code::RecoveryCosts | Code::SeizureThreat | Code::MissingMentions | Code::NoticeIncomplete
            );
            told.push(found.help(if of_template {
                format!(
                    "ce signalement s'accepte dans l'en-tête du modèle : `accepte: {} : raison`",
                    unused.code.name()
                )
            } else {
                "supprimez ce commentaire, ou placez-le juste au-dessus de la règle qu'il concerne".to_owned()
            }));
        }
    }
    diagnostics.append(&mut told);
}

/// Reads the acceptance on a line, if there is one.
fn read(lines: &Lines<'_>, line: usize, file: &str, accepted: &mut Vec<Accepted>, told: &mut Vec<Diagnostic>) {
    let Some(text) = lines.get(line) else { return };
    let before = without_comment(text);
    let Some(comment) = text.get(before.len()..).and_then(|rest| rest.strip_prefix('#')) else { return };
    let comment = comment.trim_end();
    let mut words = comment.split_whitespace();
    let is_acceptance = words.next().is_some_and(|word| fold(word) == "accepte") && words.next().is_some_and(is_code);
    if !is_acceptance {
        return;
    }
    let begin = lines.begins.get(line).copied().unwrap_or(0) + before.len();
    let span = Span { start: begin, end: begin + 1 + comment.len() };
    accept(comment, (file, span), lines.concerned(line), "# accepte", accepted, told);
}

/// Takes in what an acceptance says: numbers, two dots, a reason.
fn accept(
    said: &str,
    (file, span): (&str, Span),
    lines: (usize, usize),
    form: &str,
    accepted: &mut Vec<Accepted>,
    told: &mut Vec<Diagnostic>,
) {
    let mut wrong = |message: String, help: &str| {
        told.push(Diagnostic::new(Code::BadAcceptance, message, file, span).help(help));
    };
    let (head, reason) = said.split_once(':').unwrap_or((said, ""));
    if reason.trim().is_empty() {
        let help = format!("écrivez la raison après deux-points : `{form} R0612 : le client a demandé ce délai`");
        return wrong("dites pourquoi ce signalement est accepté".to_owned(), &help);
    }
    let names: Vec<&str> = head.split([' ', ',', '\t']).filter(|word| is_code(word)).take(MAX_CODES).collect();
    if names.is_empty() {
        let help = format!("écrivez-le avant la raison : `{form} R0612 : le client a demandé ce délai`");
        return wrong("dites quel signalement est accepté".to_owned(), &help);
    }
    for name in names {
        match Code::ALL.iter().find(|code| code.name().eq_ignore_ascii_case(name)) {
            None => wrong(
                format!("`{name}` n'est le numéro d'aucun signalement"),
                "reprenez le numéro affiché, par exemple `R0604`",
            ),
            // Words of a template are recognised, not understood: who wrote them may know better.
            Some(code)
                if code.severity() == Severity::Error && (*code != Code::ConsumerCosts || form != OF_TEMPLATE) =>
            {
                wrong(
                    format!("{} est une erreur : elle ne s'accepte pas", code.name()),
                    "corrigez ce qu'elle signale, puis supprimez ce commentaire",
                );
            }
            Some(code) => accepted.push(Accepted { code: *code, span, lines, used: false }),
        }
    }
}

/// `accepte: R0629 : raison` in the front matter of a template accepts what is told at its text.
pub(super) fn templates(diagnostics: &mut Vec<Diagnostic>, machines: &[Machine], templates: &[TemplateFacts]) {
    let mut told = Vec::new();
    for template in templates {
        let mut accepted = Vec::new();
        let mut begin = 0;
        for (n, line) in template.text.split_inclusive('\n').enumerate() {
            let bare = line.trim();
            if (n == 0) != (bare == "---") {
                break;
            }
            if let Some((key, rest)) = bare.split_once(':')
                && fold(key.trim()) == "accepte"
            {
                let start = begin + (line.len() - line.trim_start().len());
                let span = Span { start, end: start + bare.len() };
                accept(rest, (&template.file, span), (0, usize::MAX), OF_TEMPLATE, &mut accepted, &mut told);
            }
            begin += line.len();
        }
        diagnostics.retain(|diagnostic| {
            let here = diagnostic.place().is_some_and(|label| label.file == template.file);
            let mut kept = true;
            for one in accepted.iter_mut().filter(|one| here && one.code == diagnostic.code) {
                one.used = true;
                kept = false;
            }
            kept
        });
        // A template that nothing sends is not judged: what it accepts is neither of use nor of none.
        let of = MessageCalls {
            channel: template.channel,
            template: template.name.clone(),
            calls: Vec::new(),
            amounts: false,
        };
        let sent = machines.iter().any(|machine| sends(machine, &of));
        for unused in accepted.iter().filter(|one| sent && !one.used) {
            let message = format!("rien à accepter ici : {} n'est pas signalé", unused.code.name());
            let found = Diagnostic::new(Code::UnusedAcceptance, message, &template.file, unused.span);
            told.push(found.help("supprimez cette ligne de l'en-tête"));
        }
    }
    diagnostics.append(&mut told);
}

fn is_code(word: &str) -> bool {
    let word = word.trim_end_matches([',', ':']);
    let digits = word.strip_prefix(['R', 'r']).unwrap_or_default();
    digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())
}
