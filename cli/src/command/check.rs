//! `verifier`: scenarios and templates.

use super::portfolio::{self, Portfolio};
use crate::args::{CheckArgs, CheckFormat};
use crate::failure::Failure;
use crate::output::{self, GREEN, count};
use crate::project::Project;
use relance_dsl::{Finding, Severity};
use relance_engine::template::{self, TemplateProblem};
use std::path::Path;

/// Checks a project and tells everything found.
pub async fn run(dir: &Path, base: Option<&str>, args: &CheckArgs) -> Result<(), Failure> {
    let project = Project::open(dir, &args.fichiers)?;
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
        let mut all = relance_dsl::findings(&compilation.diagnostics, &project.texts());
        all.extend(project.template_problems.iter().map(finding));
        all.extend(portfolio.iter().flat_map(Portfolio::findings));
        all
    };
    match args.format {
        CheckFormat::Json => output::json(&findings())?,
        CheckFormat::Sarif => output::json(&relance_dsl::sarif(&findings(), env!("CARGO_PKG_VERSION")))?,
        CheckFormat::Github => output::print(&relance_dsl::github(&findings()))?,
        CheckFormat::Junit => {
            let files: Vec<String> = project.sources.iter().map(|source| source.path.clone()).collect();
            output::print(&relance_dsl::junit(&findings(), &files))?;
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
