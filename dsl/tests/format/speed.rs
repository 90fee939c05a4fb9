//! Formatting is done at each save.

use crate::formatted;
use std::time::{Duration, Instant};

#[test]
fn a_thousand_rules_are_formatted_at_once() {
    let rules = [
        "si retard>=15j et segment = mauvais_payeur alors EMAIL ferme puis appel  # note\n",
        "à J+30 fin de mois si client.encours > 1500,50 € : email dernier_avis à comptabilité copie commercial, direction à défaut courrier dernier_avis puis tâche \"Appeler le dirigeant\" à direction\n",
        "dès que reste_du >= 10000 € : alerter \"direction\"\n",
        "quand promesse rompue : email promesse_non_tenue à comptabilité copie commercial puis appel\n",
    ];
    let text = rules.concat().repeat(250);
    let best = (0..5).map(|_| {
        let start = Instant::now();
        assert!(formatted(&text).changed);
        start.elapsed()
    });
    let best = best.min().unwrap();
    eprintln!("{best:?}");
    let allowed = if cfg!(debug_assertions) { 2_000 } else { 60 };
    assert!(best < Duration::from_millis(allowed), "{best:?}");
}
