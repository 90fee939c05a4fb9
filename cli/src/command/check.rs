//! `verifier`: scenarios and templates.

use super::paper;
use super::portfolio::{self, Portfolio};
use crate::args::{CheckArgs, CheckFormat};
use crate::failure::Failure;
use crate::output::{self, GREEN, YELLOW, count};
use crate::project::{self, Project};
use relance_dsl::{Diagnostic, Finding, Severity};
use relance_engine::channel;
use relance_engine::config::ConfigProblem;
use relance_engine::template::{self, TemplateProblem};
use std::path::Path;

/// Checks a project and tells everything found.
pub async fn run(dir: &Path, base: Option<&str>, args: &CheckArgs) -> Result<(), Failure> {
    if !matches!(args.format, CheckFormat::Texte | CheckFormat::Court | CheckFormat::Machine)
        && let Err(problems) = project::settings(dir)?
    {
        // A program that reads what is told gets this too.
        written(dir, args.format, problems.iter().map(of_settings).collect(), &[])?;
        return Err(project::wrong_settings(&problems));
    }
    let mut project = project::open(dir, &args.fichiers)?;
    project.template_problems.extend(paper::without_letters(&project.library, relance_letters::BUILT));
    if let Some(told) = project.example_name() {
        anstream::eprintln!("{YELLOW}attention{YELLOW:#} : {told}");
    }
    channel::check_signing(&project.config, dir).map_err(|problem| {
        let help = "donnez une clé RSA (2048 bits) ou Ed25519 au format PEM : voyez docs/courriels.md, « Signer »";
        Failure::Outside(problem.to_string(), help.to_owned())
    })?;
    let compilation = project.verify();
    let severity = |s: Severity| compilation.diagnostics.iter().filter(|d| d.severity == s).count();
    let of_templates = |s: template::Severity| project.template_problems.iter().filter(|p| p.severity == s).count();
    let errors = severity(Severity::Error) + of_templates(template::Severity::Error);
    let warnings = severity(Severity::Warning) + of_templates(template::Severity::Warning);
    let portfolio = match &compilation.machines {
        Some(machines) if args.portefeuille && errors == 0 && !machines.is_empty() => {
            Some(portfolio::read(&project, machines.clone(), base, args).await?)
        }
        _ => None,
    };
    let findings = || {
        let mut all = told(&project, &compilation.diagnostics);
        all.extend(portfolio.iter().flat_map(Portfolio::findings));
        all
    };
    match args.format {
        CheckFormat::Json | CheckFormat::Sarif | CheckFormat::Github | CheckFormat::Junit => {
            let files: Vec<String> = project.sources.iter().map(|source| source.path.clone()).collect();
            written(dir, args.format, findings(), &files)?;
        }
        CheckFormat::Machine => {
            if let Some(machines) = &compilation.machines {
                output::json(machines)?;
            } else {
                anstream::eprint!("{}", relance_dsl::render_full(&compilation.diagnostics, &project.texts(), true));
            }
        }
        CheckFormat::Court => {
            let mut text = relance_dsl::render_short(&compilation.diagnostics, &project.texts());
            for problem in &project.template_problems {
                text.push_str(&format!("{problem}\n"));
            }
            text.extend(portfolio.iter().map(Portfolio::short));
            output::print(&text)?;
        }
        CheckFormat::Texte => {
            let mut text =
                output::findings::text(&compilation.diagnostics, &project.texts(), &project.template_problems);
            let day = args.le.unwrap_or_else(|| project.today());
            for file in project.library.unread() {
                text.push_str(&format!(
                    "note : {file} : Relance ne vérifie les mentions qu’en français et en anglais ; faites relire celles-ci.\n"
                ));
            }
            text.extend(portfolio.iter().map(|portfolio| portfolio.text(day)));
            output::print(&text)?;
        }
    }
    if errors > 0 {
        let told = count(errors, "erreur", "erreurs");
        let besides = if warnings > 0 {
            format!(", {}", count(warnings, "avertissement", "avertissements"))
        } else {
            String::new()
        };
        return Err(Failure::Findings(format!("{told}{besides} : ce plan ne peut pas tourner tel quel.")));
    }
    if project.sources.is_empty() {
        return Err(Failure::Findings(format!(
            "aucun fichier `.relance` dans `{}` : il n’y a rien à vérifier.",
            dir.join("scenarios").display()
        )));
    }
    if args.format == CheckFormat::Texte {
        let scenarios = compilation.machines.map_or(0, |m| m.len());
        let templates = project.library.catalog().len();
        let mut told = format!(
            "{GREEN}Tout est en ordre{GREEN:#} : {}, {}",
            count(scenarios, "scénario", "scénarios"),
            count(templates, "modèle", "modèles")
        );
        if warnings > 0 {
            told.push_str(&format!(", {}", count(warnings, "avertissement", "avertissements")));
        }
        output::print(&format!("{told}.\n"))?;
    }
    Ok(())
}

/// What was found in scenarios and templates.
pub fn told(project: &Project, diagnostics: &[Diagnostic]) -> Vec<Finding> {
    let mut all = relance_dsl::findings(diagnostics, &project.texts());
    all.extend(project.template_problems.iter().map(finding));
    all
}

/// Findings in the form of another program. Those that point into a repository do so from where the command runs.
pub fn written(dir: &Path, format: CheckFormat, mut findings: Vec<Finding>, files: &[String]) -> Result<(), Failure> {
    if matches!(format, CheckFormat::Sarif | CheckFormat::Github) {
        for finding in &mut findings {
            finding.file = from_here(dir, &finding.file);
        }
    }
    match format {
        CheckFormat::Sarif => output::json(&relance_dsl::sarif(&findings, env!("CARGO_PKG_VERSION"))),
        CheckFormat::Github => output::print(&relance_dsl::github(&findings)),
        CheckFormat::Junit => output::print(&relance_dsl::junit(&findings, files)),
        _ => output::json(&findings),
    }
}

/// A file of the project as the folder of the command calls it, where it is below.
fn from_here(dir: &Path, file: &str) -> String {
    let below = || {
        let here = std::env::current_dir().ok()?.canonicalize().ok()?;
        Some(dir.canonicalize().ok()?.strip_prefix(here).ok()?.join(file))
    };
    below().map_or_else(|| file.to_owned(), |path| path.to_string_lossy().replace('\\', "/"))
}

/// What is wrong with the settings, in the form of the scenarios' findings.
fn of_settings(problem: &ConfigProblem) -> Finding {
    let (line, column) = (problem.line as usize, problem.column as usize);
    Finding {
        file: problem.file.clone(),
        line,
        column,
        end_line: line,
        end_column: column,
        code: "R0801".to_owned(),
        severity: "erreur",
        message: problem.message.clone(),
        help: problem.help.clone(),
        fix: None,
        held: None,
    }
}

/// What is wrong with a template, in the form of the scenarios' findings.
fn finding(problem: &TemplateProblem) -> Finding {
    let error = problem.severity == template::Severity::Error;
    let (line, column) = (problem.line as usize, problem.column.unwrap_or(1) as usize);
    Finding {
        file: problem.file.clone(),
        line,
        column,
        end_line: line,
        end_column: column,
        code: "R0800".to_owned(),
        severity: if error { "erreur" } else { "avertissement" },
        message: problem.message.clone(),
        help: problem.help.clone(),
        fix: None,
        held: None,
    }
}
