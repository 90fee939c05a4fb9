//! `[penalites]`: the creditor's own terms.

use super::TOP;
use super::reader::Section;
use relance_core::interest::{Allocation, Clause, Terms, Year};

pub(super) fn penalties(mut section: Section<'_, '_>) -> Terms {
    let clause = section.text("taux").and_then(|text| {
        let clause = Clause::parse(&text.value);
        if clause.is_none() {
            let help = "exemples : taux = \"12 %\", taux = \"3 fois le taux légal\", taux = \"BCE + 12 points\" ; sans cette ligne, \
                        le taux de la loi : BCE + 10 points";
            section.report(text.at, format!("taux de pénalités illisible `{}`", text.value), Some(help.to_owned()));
        }
        clause
    });
    let year = section.choice("base", &[("365", Year::Always365), ("exacte", Year::Exact)]).unwrap_or_default();
    let orders = [("principal_d_abord", Allocation::PrincipalFirst), ("interets_d_abord", Allocation::InterestFirst)];
    let allocation = section.choice("imputation", &orders).unwrap_or_default();
    section.finish(&TOP, &[]);
    Terms { clause, year, allocation }
}
