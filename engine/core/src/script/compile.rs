//! From files to functions: every file is compiled alone, then all are put together and looked through.

use super::analyse::{self, Known, Summary};
use super::functions::Function;
use super::problem::{Place, ScriptProblem};
use super::source::{Padded, Sources, digest};
use super::views::Names;
use super::watch::Watch;
use super::{Scripts, engine, french};
use crate::machine::ScriptSource;
use crate::schema::{Type, fold};
use rhai::{AST, Engine, FnAccess, Position, ScriptFuncDef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// More problems than this are not looked for.
const MAX_PROBLEMS: usize = 100;

pub(super) fn compile(files: &[ScriptSource], fields: &[(String, Type)]) -> Result<Scripts, Vec<ScriptProblem>> {
    let (engine, watch) = engine::build();
    let (sources, padded, mut problems) = Sources::new(files);
    let names = Arc::new(Names::new(fields));
    let mut ast = AST::empty();
    let mut defined = Vec::new();
    let mut docs = BTreeMap::new();
    for file in &padded {
        match parse(&engine, &watch, &sources, file) {
            Ok((parsed, names)) => {
                docs.extend(names.iter().map(|(_, at)| *at).filter_map(|at| Some((at, doc_before(&file.text, at)?))));
                defined.extend(names);
                problems.extend(top_level(&parsed, &sources));
                ast.combine(parsed);
            }
            Err(problem) => problems.push(*problem),
        }
    }
    let definitions = definitions(&ast, &defined);
    let known = Known { scripts: script_names(&ast), host: host_names(&engine) };
    problems.extend(definition_problems(&padded, &defined, &definitions, &known, &sources));

    let mut summaries: BTreeMap<(String, usize), Summary> = BTreeMap::new();
    let mut unread = 0;
    for def in ast.iter_fn_def() {
        // Whoever reads so many problems mends the first ones first.
        if problems.len() >= MAX_PROBLEMS {
            unread += 1;
            continue;
        }
        let summary = analyse::function(&ast, def, &names, &known);
        for wrong in &summary.wrong {
            let place = sources.place(wrong.at).unwrap_or_else(|| sources.start(0));
            problems.push(ScriptProblem {
                place,
                message: wrong.message.clone(),
                help: wrong.help.clone(),
                other: None,
            });
        }
        summaries.insert((def.name.to_string(), def.params.len()), summary);
    }
    if !problems.is_empty() {
        problems.sort();
        problems.dedup();
        problems.extend(more(&problems, unread));
        return Err(problems);
    }
    follow_calls(&mut summaries);
    let mut functions: Vec<Function> = definitions
        .into_iter()
        .filter_map(|(def, at)| {
            let key = (def.name.to_string(), def.params.len());
            Some(Function {
                params: def.params.iter().map(|p| p.to_string()).collect(),
                place: sources.place(at)?,
                doc: docs.get(&at).cloned(),
                reads: summaries.get(&key).map(|s| s.reads.clone()).unwrap_or_default(),
                private: matches!(def.access, FnAccess::Private),
                name: key.0,
            })
        })
        .collect();
    functions.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(Scripts { engine, ast, sources, functions, names, digest: digest(files) })
}

/// What is said when so many problems were found that the rest was not looked for.
fn more(problems: &[ScriptProblem], unread: usize) -> Option<ScriptProblem> {
    let last = problems.last().filter(|_| problems.len() >= MAX_PROBLEMS)?;
    let what = match unread {
        0 => "il peut y en avoir d'autres dans la même fonction".to_owned(),
        1 => "la fonction qui reste n'a pas été lue".to_owned(),
        n => format!("les {n} fonctions qui restent n'ont pas été lues"),
    };
    let message = format!("la lecture des scripts s'arrête après {} problèmes : {what}", problems.len());
    Some(ScriptProblem::new(last.place.clone(), message).help("corrigez ceux-ci, puis vérifiez de nouveau"))
}

type Named = Vec<(String, Position)>;

fn parse(engine: &Engine, watch: &Watch, sources: &Sources, file: &Padded) -> Result<(AST, Named), Box<ScriptProblem>> {
    watch.take();
    let parsed = engine.compile(&file.text);
    let defined = watch.take();
    if parsed.is_ok() && open_comment(engine, &file.text) {
        let problem =
            ScriptProblem::new(sources.start(file.file), "un commentaire `/*` de ce fichier n'est pas fermé par `*/`");
        return Err(Box::new(problem.help("ce qui le suit ne serait jamais lu")));
    }
    parsed.map(|ast| (ast, defined)).map_err(|error| {
        let (message, help) = french::parse_error(error.err_type(), around(&file.text, error.position()));
        let place = sources.place(error.position()).unwrap_or_else(|| sources.start(file.file));
        Box::new(ScriptProblem { place, message, help, other: None })
    })
}

/// Whether the text ends inside a comment: rhai accepts that, and all functions after the `/*` would be gone without a word.
fn open_comment(engine: &Engine, text: &str) -> bool {
    // A function added at the end is then not seen.
    const LAST: &str = "derniere_fonction_du_fichier";
    text.contains("/*")
        && engine
            .compile(format!("{text}\nfn {LAST}() {{}}"))
            .is_ok_and(|ast| ast.iter_fn_def().all(|def| def.name != LAST))
}

/// The characters before and at a position; without the second at the end of the text.
fn around(text: &str, at: Position) -> (Option<char>, Option<char>) {
    let (Some(line), Some(column)) = (at.line(), at.position()) else { return (None, None) };
    let mut rest = text.split('\n').skip(line - 1);
    let this = rest.next().unwrap_or("");
    let before = column.checked_sub(2).and_then(|index| this.chars().nth(index));
    let here = this.chars().nth(column - 1).filter(|c| !c.is_whitespace());
    let later = || rest.flat_map(str::chars).find(|c| !c.is_whitespace());
    (before, here.or_else(|| this.chars().skip(column).find(|c| !c.is_whitespace())).or_else(later))
}

/// Only functions may stand in a file: what else there is would never run.
fn top_level(ast: &AST, sources: &Sources) -> Option<ScriptProblem> {
    let place = sources.place(ast.statements().first()?.position())?;
    let message = "cette instruction est hors de toute fonction : elle ne serait jamais exécutée";
    Some(ScriptProblem::new(place, message).help("mettez-la dans une fonction : `fn nom() { … }`"))
}

/// The named functions, each with the place of its name: rhai itself keeps only that of the body.
fn definitions(ast: &AST, defined: &Named) -> Vec<(Arc<ScriptFuncDef>, Position)> {
    let mut definitions: Vec<(Arc<ScriptFuncDef>, Position)> = ast
        .iter_fn_def()
        .filter(|def| !def.name.starts_with("anon$"))
        .map(|def| {
            let body = def.body.start_position();
            let before = defined.iter().filter(|(name, at)| *name == def.name.as_str() && *at <= body);
            (def.clone(), before.map(|(_, at)| *at).max().unwrap_or(body))
        })
        .collect();
    definitions.sort_by_key(|(_, at)| *at);
    definitions
}

fn script_names(ast: &AST) -> BTreeSet<(String, usize)> {
    ast.iter_fn_def().map(|def| (def.name.to_string(), def.params.len())).collect()
}

fn host_names(engine: &Engine) -> BTreeSet<(String, usize)> {
    let names = engine.collect_fn_metadata(None, |f| Some((f.metadata.name.to_string(), f.metadata.num_params)), true);
    names.into_iter().filter(|(name, arity)| !engine::REFUSED_FUNCTIONS.contains(&(name.as_str(), *arity))).collect()
}

/// Two functions of one name, names that the host has already, methods of a type.
fn definition_problems(
    files: &[Padded],
    defined: &Named,
    definitions: &[(Arc<ScriptFuncDef>, Position)],
    known: &Known,
    sources: &Sources,
) -> Vec<ScriptProblem> {
    let mut problems = Vec::new();
    let place = |at: Position| sources.place(at).unwrap_or_else(|| sources.start(0));
    let mut seen: BTreeMap<(String, usize), (Place, &str)> = BTreeMap::new();
    for (def, at) in definitions {
        let (name, arity) = (def.name.as_str(), def.params.len());
        if known.host.contains(&(name.to_owned(), arity)) {
            let message = format!("la fonction `{name}` existe déjà dans le langage des scripts");
            problems.push(ScriptProblem::new(place(*at), message).help("choisissez un autre nom"));
        }
        if def.this_type.is_some() {
            let message = format!("la fonction `{name}` est attachée à un type : un scénario ne peut pas l'appeler");
            problems.push(ScriptProblem::new(place(*at), message).help(format!("écrivez `fn {name}(valeur)`")));
        }
        // In a scenario, case and accents do not tell two functions apart.
        let key = (fold(name), arity);
        if let Some((first, other)) = seen.get(&key) {
            problems.push(duplicate(name, other, arity, place(*at), first.clone()));
        } else {
            seen.insert(key, (place(*at), name));
        }
    }
    // The same name and number of values in two files: putting the files together kept only one of them.
    let overwritten = defined.len().saturating_sub(definitions.len());
    if overwritten > 0 {
        problems.extend(duplicates_between(files, sources));
    }
    problems
}

/// Compiles each file alone once more to find which definitions the others hide.
fn duplicates_between(files: &[Padded], sources: &Sources) -> Vec<ScriptProblem> {
    let (engine, watch) = engine::build();
    let mut seen: BTreeMap<(String, usize), Place> = BTreeMap::new();
    let mut problems = Vec::new();
    for file in files {
        let Ok((ast, defined)) = parse(&engine, &watch, sources, file) else { continue };
        for (def, at) in definitions(&ast, &defined) {
            let Some(place) = sources.place(at) else { continue };
            let key = (def.name.to_string(), def.params.len());
            if let Some(first) = seen.get(&key) {
                problems.push(duplicate(&def.name, &def.name, key.1, place, first.clone()));
            } else {
                seen.insert(key, place);
            }
        }
    }
    problems
}

fn duplicate(name: &str, other: &str, arity: usize, place: Place, first: Place) -> ScriptProblem {
    let message = if name == other {
        format!("la fonction `{name}`, qui {}, est déjà définie", french::receives(arity))
    } else {
        format!("la fonction `{name}` ne se distingue pas de `{other}` : casse et accents ne comptent pas")
    };
    let mut problem = ScriptProblem::new(place, message).help("gardez l'une des deux, ou changez un nom");
    problem.other = Some(first);
    problem
}

/// The `///` lines just before the line on which a function is named.
fn doc_before(text: &str, at: Position) -> Option<String> {
    let line = at.line()?.checked_sub(1)?;
    let before: Vec<&str> = text.lines().take(line).collect();
    let mut doc: Vec<&str> =
        before.iter().rev().map_while(|line| line.trim().strip_prefix("///")).map(str::trim).collect();
    doc.reverse();
    (!doc.is_empty()).then(|| doc.join("\n"))
}

/// Adds to each function what the functions it calls read.
fn follow_calls(summaries: &mut BTreeMap<(String, usize), Summary>) {
    let mut by_name: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for (place, (name, arity)) in summaries.keys().enumerate() {
        by_name.entry(name).or_default().push((place, *arity));
    }
    let mut callers: Vec<Vec<usize>> = vec![Vec::new(); summaries.len()];
    for (caller, summary) in summaries.values().enumerate() {
        for (name, arity) in &summary.calls {
            for (called, its) in by_name.get(name.as_str()).into_iter().flatten() {
                if arity.is_none_or(|arity| arity == *its)
                    && let Some(callers) = callers.get_mut(*called)
                {
                    callers.push(caller);
                }
            }
        }
    }
    let mut reads: Vec<super::Reads> = summaries.values().map(|summary| summary.reads.clone()).collect();
    // What grows is handed on to its callers; nothing grows more often than there are facts.
    let mut grown: Vec<usize> = (0..reads.len()).collect();
    while let Some(called) = grown.pop() {
        let Some(read) = reads.get(called).cloned() else { continue };
        for caller in callers.get(called).into_iter().flatten() {
            if reads.get_mut(*caller).is_some_and(|reads| reads.absorb(&read)) {
                grown.push(*caller);
            }
        }
    }
    for (summary, reads) in summaries.values_mut().zip(reads) {
        summary.reads = reads;
    }
}
