//! What to do about each finding.

use relance_core::proof::{Kind, Mention};

/// One sentence or two: what to do.
pub(super) fn of(kind: &Kind) -> String {
    match kind {
        Kind::NeverFires => "corrigez la condition ; si la règle ne sert plus, supprimez-la".to_owned(),
        Kind::OutsideSelection => {
            "corrigez la condition, ou placez la règle dans le scénario qui prend ces factures".to_owned()
        }
        Kind::NeverVisited { state } => {
            format!("placez la règle dans une étape qui suit `{state}`, ou écrivez le passage qui ramène ici (`aller à plan`)")
        }
        Kind::PastAtEntry { .. } => {
            "comptez depuis l'entrée (`après 10 jours : …`), ou placez la règle dans le plan : `J+10` compte toujours depuis l'échéance".to_owned()
        }
        Kind::CutOff { .. } => {
            "une facture se tient sur son plus haut palier, qui arrête ce qui reste des autres : donnez à cette action sa propre règle \
             (`à J+35 : …`), ou rapprochez-la"
                .to_owned()
        }
        Kind::Hidden => {
            "reculez cette règle après l'autre palier, ou donnez-leur des conditions qui s'excluent".to_owned()
        }
        Kind::TwoMessages => "si un seul doit partir, ajoutez à l'un `sauf si …`, ou placez-les à des jours différents ; \
             si les deux sont voulus, écrivez-les dans une seule règle, avec `et` ou `puis`"
            .to_owned(),
        Kind::SameMessageTwice => "supprimez l'une des deux règles, ou donnez-leur des conditions qui s'excluent".to_owned(),
        Kind::TwoDestinations { .. } => {
            "donnez à ces deux règles des conditions qui s'excluent : seul le premier passage aurait lieu".to_owned()
        }
        Kind::HeldAndResumed => {
            "gardez l'une des deux, placez-les à des jours différents, ou donnez-leur des conditions qui s'excluent ; \
             `suspendre 10 jours` se termine tout seul"
                .to_owned()
        }
        Kind::CancelledByLeaving { to } => format!(
            "écrivez les deux dans une même règle (`… puis aller à {to}`), ou faites partir le message à l'entrée de l'étape `{to}`"
        ),
        Kind::Unreached => {
            "écrivez la règle qui y mène (`aller à …`), ou supprimez l'étape ; sinon, seule une personne y placera des factures"
                .to_owned()
        }
        Kind::DeadEnd => "dites `fin` si l'histoire s'arrête là, ou ce qui doit suivre (`après 8 jours : …`)".to_owned(),
        Kind::Cycle { .. } => "faites que l'un des passages prenne du temps".to_owned(),
        Kind::WorkCycle { .. } => "tâches, appels, lettres et validations peuvent être faits le jour même : le même travail reviendrait plusieurs fois \
             dans la journée ; faites attendre l'un des passages (`après 8 jours : aller à …`), ou donnez-leur des conditions qui s'excluent"
            .to_owned(),
        Kind::Untaken => {
            "écrivez un scénario sans `pour les factures où` : il prend tout ce que les autres laissent".to_owned()
        }
        Kind::Overlap => "donnez-leur des priorités différentes".to_owned(),
        Kind::Starved => "restreignez les sélections des autres, ou donnez à celui-ci une priorité plus forte (un nombre plus petit)".to_owned(),
        Kind::TimeBarred { years: 2, .. } => {
            "contre un consommateur, l'action en paiement se prescrit par deux ans (code de la consommation, article L218-2) : \
             rapprochez cette règle de l'échéance"
                .to_owned()
        }
        Kind::TimeBarred { .. } => "entre commerçants, l'action en paiement se prescrit par cinq ans (code de commerce, \
             article L110-4) : rapprochez cette règle de l'échéance"
            .to_owned(),
        Kind::Endless => "dites combien de fois (`tous les 30 jours (au plus 6 fois) : …`), ou ce qui met fin à l'étape \
             (`après 180 jours : aller à …`)"
            .to_owned(),
        Kind::AlwaysDelayed { .. } => {
            "espacez les contacts, ou relevez le plafond `au plus … par client` ; sinon le message part quelques jours plus tard"
                .to_owned()
        }
        Kind::NoticeWithoutReminder => {
            "écrivez une relance au moins huit jours avant (`à J+15 : email ferme`) ; \
             si l'absence de relance est voulue, ajoutez `sans relance préalable`"
                .to_owned()
        }
        Kind::NoticeFirst => "c'est permis par `sans relance préalable` ; une relance avant elle suffit souvent".to_owned(),
        Kind::HandOverWithoutNotice { .. } => {
            "faites précéder la transmission d'une étape qui met en demeure à l'entrée, et transmettez depuis cette étape"
                .to_owned()
        }
        Kind::ConsumerClaim { claim: Mention::Compensation | Mention::Penalties, .. } => {
            "entourez ces mots de `{% if b2b %} … {% endif %}` dans le modèle, ou limitez la règle : `sauf si régime = b2c`".to_owned()
        }
        Kind::ConsumerClaim { claim: Mention::Balance, .. } => {
            "entourez le montant de `{% if not b2c %} … {% endif %}` dans le modèle, ou limitez la règle : `sauf si régime = b2c`".to_owned()
        }
        Kind::ConsumerClaim { .. } => {
            "retirez ces mots : sans jugement, les frais de recouvrement restent à la charge du créancier (code des procédures \
             civiles d'exécution, article L111-8)"
                .to_owned()
        }
        Kind::Threat { claim: Mention::Seizure, .. } => {
            "n'annoncez que ce que vous ferez vraiment, et que vous pouvez faire : « nous saisirons le tribunal compétent »".to_owned()
        }
        Kind::Threat { .. } => {
            "entre entreprises, seule l'indemnité de 40 € est due sans justificatif ; le reste, sur justification (code de commerce, \
             article L441-10)"
                .to_owned()
        }
        Kind::MissingMentions { notice, missing, grouped, .. } => {
            let code = if *notice { "R0630" } else { "R0629" };
            let words: Vec<&str> = missing.iter().chain(grouped).map(|mention| mention.written()).collect();
            let words = words.join(", ");
            format!("ajoutez au modèle {words} ; si c'est voulu, à son en-tête : `accepte: {code} : raison`")
        }
        Kind::AfterLeaving { to, .. } => {
            format!("placez ces actions avant `aller à {to}`, ou à l'entrée de l'étape `{to}`")
        }
        Kind::InFinalState { .. } => "retirez `fin`, ou supprimez la règle ; à l'entrée et après `quand …`, une étape finale agit encore".to_owned(),
        Kind::AboveLeaving { to, .. } => format!(
            "la règle ne sert qu'aux factures reprises ou débloquées plus tard ; sinon, placez-la avant, ou dans l'étape `{to}`"
        ),
        Kind::RepeatTooLong { .. } => "raccourcissez la période, ou laissez durer l'étape".to_owned(),
        Kind::SuspendedForEver => {
            "donnez une durée (`suspendre 10 jours`) ou écrivez la règle qui reprend ; sinon, seule une personne pourra le faire"
                .to_owned()
        }
        Kind::ReadDaily { .. } => "rien à faire ; une comparaison écrite dans la règle ne serait relue que le jour où elle change".to_owned(),
    }
}
