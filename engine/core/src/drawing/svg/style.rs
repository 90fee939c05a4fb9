//! Colours and letters: light, dark when the reader's screen is, always light on paper.

use super::metrics::Style;

pub(super) const TITLE: Style = Style::new("titre", 22, true);
pub(super) const NOTE: Style = Style::new("note", 12, false);
pub(super) const STATE: Style = Style::new("etape", 16, true);
pub(super) const NAME: Style = Style::new("note", 12, false);
pub(super) const CAPTION: Style = Style::new("legende", 11, true);
pub(super) const STOP: Style = Style::new("jour", 13, true);
pub(super) const ACTION: Style = Style::new("action", 12, false);
pub(super) const CONDITION: Style = Style::new("condition", 12, false);
pub(super) const WHEN: Style = Style::new("quand", 12, false);
pub(super) const TARGET: Style = Style::new("cible", 12, true);
pub(super) const BADGE: Style = Style::new("badge", 11, true);
pub(super) const GONE: Style = Style::new("saute", 12, false);

/// The class of the whole drawing, under which all rules stand, so that a page can hold it without mixing styles.
pub(super) const ROOT: &str = "relance-graphe";

/// What each class looks like, and what is other in the dark.
const LOOKS: [(&str, &str, &str); 38] = [
    (".fond", "fill:#ffffff", "fill:#14181d"),
    (".carte", "fill:#f7f8fa;stroke:#d5dae1", "fill:#1b2128;stroke:#343d48"),
    (".carte-fin", "fill:#f1f2f4;stroke:#8b95a3", "fill:#20252c;stroke:#6d7886"),
    (".carte-ici", "fill:#f2f7ff;stroke:#2563c9;stroke-width:2", "fill:#17243a;stroke:#6ea3f5"),
    (".filet", "stroke:#e2e6eb;fill:none", "stroke:#2c343e"),
    (".palier", "fill:#ffffff;stroke:#cfd6df", "fill:#232b34;stroke:#3e4956"),
    (".palier-parti", "fill:#eef8f1;stroke:#5aa877", "fill:#1b3226;stroke:#3f8a5d"),
    (".palier-saute", "fill:#ffffff;stroke:#b3bac4;stroke-dasharray:4 3", "fill:#1b2128;stroke:#566170"),
    (".palier-ici", "fill:#e9f6ee;stroke:#1c7c45;stroke-width:2", "fill:#1d3b2b;stroke:#5cc98a"),
    (".avant", "stroke:#9fb3cc;stroke-width:2;stroke-dasharray:2 4;fill:none", "stroke:#4f6480"),
    (".apres", "stroke:#3d5a80;stroke-width:2;fill:none", "stroke:#8fb0d8"),
    (".tige", "stroke:#a3b0c0;fill:none", "stroke:#5f6d7c"),
    (".arret", "fill:#3d5a80;stroke:#3d5a80;stroke-width:2", "fill:#8fb0d8;stroke:#8fb0d8"),
    (".arret-libre", "fill:#ffffff;stroke:#3d5a80;stroke-width:2;stroke-dasharray:3 2", "fill:#1b2128;stroke:#8fb0d8"),
    (".arret-parti", "fill:#1c7c45;stroke:#1c7c45;stroke-width:2", "fill:#5cc98a;stroke:#5cc98a"),
    (".arret-saute", "fill:#ffffff;stroke:#98a2b0;stroke-width:2;stroke-dasharray:3 2", "fill:#1b2128;stroke:#78838f"),
    (".anneau", "fill:none;stroke:#1c7c45;stroke-width:2", "stroke:#5cc98a"),
    (".echeance", "fill:#c2410c;stroke:#c2410c", "fill:#f08a4b;stroke:#f08a4b"),
    (".sortie", "fill:#fff7ed;stroke:#e3a76f", "fill:#2f251b;stroke:#8a6237"),
    (".fleche", "stroke:#b4602a;stroke-width:1.5;fill:none", "stroke:#d99a5f"),
    (".pointe", "fill:#b4602a", "fill:#d99a5f"),
    (".pastille", "fill:#e6ebf2", "fill:#2c3642"),
    (".pastille-fin", "fill:#4b5563", "fill:#aab4c0"),
    (".pastille-ici", "fill:#2563c9", "fill:#6ea3f5"),
    (".pastille-alerte", "fill:#fde9c8", "fill:#4a3a17"),
    ("text", "fill:#1f2933", "fill:#e3e8ee"),
    (".titre", "fill:#111827", "fill:#f3f5f8"),
    (".note", "fill:#5b6673", "fill:#9ba6b3"),
    (".legende", "fill:#66717f", "fill:#96a1ae"),
    (".jour", "fill:#22405f", "fill:#b6cdea"),
    (".echu", "fill:#b4380b", "fill:#f5a06c"),
    (".condition", "fill:#5f6b79", "fill:#9fabb8"),
    (".quand", "fill:#44505e", "fill:#bac4cf"),
    (".saute", "fill:#6b7683", "fill:#8e99a5"),
    (".cible", "fill:#8a4413", "fill:#f0bd8c"),
    (".badge", "fill:#33475e", "fill:#c6d2df"),
    (".badge-clair", "fill:#ffffff", "fill:#10151b"),
    (".badge-alerte", "fill:#7a4a06", "fill:#f3cf8a"),
];

/// The style sheet.
pub(super) fn sheet() -> String {
    let mut css = String::new();
    let rule = |name: &str, what: &str| format!(".{ROOT} {name}{{{what}}}\n");
    css.push_str(&format!(".{ROOT}{{font-family:Arial,\"Liberation Sans\",Helvetica,sans-serif}}\n"));
    css.push_str(&format!(".{ROOT} text{{white-space:pre}}\n"));
    LOOKS.iter().for_each(|(name, light, _)| css.push_str(&rule(name, light)));
    for (class, style) in [
        ("titre", TITLE),
        ("note", NOTE),
        ("etape", STATE),
        ("legende", CAPTION),
        ("jour", STOP),
        ("echu", STOP),
        ("action", ACTION),
        ("condition", CONDITION),
        ("quand", WHEN),
        ("cible", TARGET),
        ("badge", BADGE),
        ("badge-clair", BADGE),
        ("badge-alerte", BADGE),
        ("saute", GONE),
    ] {
        let weight = if style.bold { ";font-weight:bold" } else { "" };
        css.push_str(&format!(".{ROOT} .{class}{{font-size:{}px{weight}}}\n", style.size));
    }
    css.push_str(&format!(".{ROOT} .legende{{letter-spacing:.02em}}\n"));
    css.push_str(&format!(".{ROOT} .saute{{text-decoration:line-through}}\n"));
    css.push_str(&format!(".{ROOT} .eteint{{opacity:.55}}\n"));
    css.push_str("@media screen and (prefers-color-scheme:dark){\n");
    LOOKS.iter().for_each(|(name, _, dark)| css.push_str(&rule(name, dark)));
    css.push_str("}\n");
    css
}
