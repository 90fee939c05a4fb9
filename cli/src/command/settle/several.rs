//! Many messages in doubt at once: shown first, noted when that is confirmed.

use super::{Answer, note, words};
use crate::args::{Found, SettleArgs, Way};
use crate::failure::Failure;
use crate::output::{DIM, GREEN, YELLOW, count, doubts};
use chrono_tz::Tz;
use relance_core::day::{Instant, civil_date};
use relance_core::machine::Channel;
use relance_engine::store::{Doubt, Store};
use std::fmt::Write;

/// How many messages of each answer are shown.
const SHOWN: usize = 20;

/// The messages that the filters leave, with the one answer for all.
pub(super) fn chosen<'a>(
    doubts: &'a [Doubt],
    args: &SettleArgs,
    found: Found,
    zone: Tz,
) -> Result<Vec<Answer<'a>>, Failure> {
    let channel = args.canal.map(|way| match way {
        Way::Email => Channel::Email,
        Way::Sms => Channel::Sms,
        Way::LettreRecommandee => Channel::RegisteredLetter,
    });
    let wanted = |doubt: &&Doubt| {
        let day = civil_date(doubt.decided, zone);
        channel.is_none_or(|channel| doubt.message.channel == channel)
            && args.client.as_ref().is_none_or(|client| doubt.client == *client)
            && args.du.is_none_or(|from| day >= from)
            && args.au.is_none_or(|to| day <= to)
    };
    let (left, reason) = (found == Found::Parti, words(args.motif.as_deref()));
    let answers: Vec<Answer<'_>> =
        doubts.iter().filter(wanted).map(|doubt| Answer { doubt, left, reason: reason.clone() }).collect();
    if answers.is_empty() {
        let help = match doubts.len() {
            0 => "aucun message n’est en doute : il n’y a rien à trancher".to_owned(),
            n => {
                let in_all = count(n, "message est en doute", "messages sont en doute");
                format!("{in_all} en tout ; `relance trancher`, sans rien d’autre, en donne la liste")
            }
        };
        return Err(Failure::Usage("aucun message en doute ne correspond".to_owned(), help));
    }
    Ok(answers)
}

/// Shows what the answers are; notes them if that is confirmed.
pub(super) async fn settle(
    store: &dyn Store,
    answers: &[Answer<'_>],
    args: &SettleArgs,
    at: Instant,
    zone: Tz,
) -> Result<String, Failure> {
    let (left, stayed): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.left);
    if !args.confirmer {
        let mut out = String::new();
        show(&mut out, &left, "était parti", "étaient partis", zone);
        show(&mut out, &stayed, "n’était pas parti", "n’étaient pas partis", zone);
        let _ = writeln!(
            out,
            "{YELLOW}Rien n’est noté.{YELLOW:#} Ce qui était parti comptera comme un contact ; ce qui ne l’était pas repartira si sa raison \
             tient encore.\nPour le noter : la même commande avec --par NOM --motif TEXTE --confirmer."
        );
        return Ok(out);
    }
    let nameless = words(args.par.as_deref()).is_none();
    if nameless || answers.iter().any(|answer| answer.reason.is_none()) {
        return Err(Failure::Usage(
            format!("il manque {}", if nameless { "--par NOM" } else { "--motif TEXTE" }),
            "le journal garde qui a tranché, et comment il le sait : --par \"Mme Roy\" --motif \"relevé du fournisseur\""
                .to_owned(),
        ));
    }
    note(store, answers, args, at, zone).await?;
    let told: Vec<String> = [
        (left.len(), "message était parti", "messages étaient partis"),
        (stayed.len(), "message n’était pas parti", "messages n’étaient pas partis"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, one, many)| count(n, one, many))
    .collect();
    Ok(format!("{GREEN}Noté{GREEN:#} : {}. La prochaine exécution en tient compte.\n", told.join(", ")))
}

fn show(out: &mut String, answers: &[&Answer<'_>], one: &str, many: &str, zone: Tz) {
    if answers.is_empty() {
        return;
    }
    let (one, many) = (format!("message serait noté : il {one}"), format!("messages seraient notés : ils {many}"));
    let _ = writeln!(out, "{}", count(answers.len(), &one, &many));
    for answer in answers.iter().take(SHOWN) {
        let _ = writeln!(out, "  {}", doubts::line(answer.doubt, zone));
    }
    if let Some(more @ 1..) = answers.len().checked_sub(SHOWN) {
        let rest = count(more, "autre", "autres");
        let _ = writeln!(out, "  {DIM}… et {rest} (`relance trancher` les donne tous){DIM:#}");
    }
}
