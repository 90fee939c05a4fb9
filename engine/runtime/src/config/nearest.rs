//! « vouliez-vous dire … ? »: the known word that a person most probably meant.

use relance_core::schema::fold;

/// The nearest of `known`, when it is near enough to be worth proposing. Case and accents do not count.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = fold(word);
    // A third of the letters may differ: more would propose words that have nothing to do with what was written.
    let limit = (wanted.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let folded = fold(candidate);
        let distance = strsim::osa_distance(&wanted, &folded);
        let beginning = wanted.len() >= 4 && (folded.starts_with(&wanted) || wanted.starts_with(&folded));
        if (distance <= limit || beginning) && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The help that goes with an unknown word: what was probably meant, else the list.
pub(crate) fn help_for(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(candidate) => format!("vouliez-vous dire `{candidate}` ?"),
        None => format!("possibles ici : {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposes_what_is_near_only() {
        let known = ["montant", "reste_du", "numero", "date_echeance"];
        assert_eq!(nearest("montnat", known), Some("montant"));
        assert_eq!(nearest("numéro", known), Some("numero"));
        assert_eq!(nearest("date_ech", known), Some("date_echeance"));
        assert_eq!(nearest("couleur", known), None);
        assert_eq!(nearest("", known), None);
    }
}
