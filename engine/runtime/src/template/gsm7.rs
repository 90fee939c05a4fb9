//! What an SMS costs: the GSM 03.38 alphabet, and how many messages a text fills.

/// The basic alphabet: one unit each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§\
¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The extension: two units each.
const EXTENSION: &str = "^{}\\[~]|€";

/// How a text goes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SmsSize {
    /// Units used: septets of GSM-7, or UTF-16 units.
    pub units: usize,
    /// Messages billed.
    pub segments: usize,
    /// Whether the whole text fits GSM-7.
    pub gsm7: bool,
}

/// Counts the units and messages that a text needs.
pub fn measure(text: &str) -> SmsSize {
    let mut septets = 0;
    let mut gsm7 = true;
    for c in text.chars() {
        if BASIC.contains(c) {
            septets += 1;
        } else if EXTENSION.contains(c) {
            septets += 2;
        } else {
            gsm7 = false;
        }
    }
    let units = if gsm7 { septets } else { text.encode_utf16().count() };
    let (single, joined) = if gsm7 { (160, 153) } else { (70, 67) };
    let segments = if units <= single { 1 } else { units.div_ceil(joined) };
    SmsSize { units, segments, gsm7 }
}

/// The text with what GSM-7 lacks written otherwise where the meaning stays: blanks, quotes, dashes, and the accents that
/// the alphabet does not have (`ê`, `ç`). A single one of them would halve the room. Other alphabets are left alone.
pub fn simplify(text: &str) -> String {
    let mut simple = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if BASIC.contains(c) || EXTENSION.contains(c) => simple.push(c),
            '\u{a0}' | '\u{202f}' | '\u{2009}' | '\t' => simple.push(' '),
            '’' | '‘' | '‛' | '´' | '`' => simple.push('\''),
            '“' | '”' | '„' | '«' | '»' => simple.push('"'),
            '–' | '—' | '‑' | '−' => simple.push('-'),
            '…' => simple.push_str("..."),
            'œ' => simple.push_str("oe"),
            'Œ' => simple.push_str("OE"),
            'ç' => simple.push('c'),
            'â' | 'á' | 'ã' => simple.push('a'),
            'ê' | 'ë' => simple.push('e'),
            'î' | 'ï' | 'í' => simple.push('i'),
            'ô' | 'ó' | 'õ' => simple.push('o'),
            'û' | 'ú' => simple.push('u'),
            'ÿ' => simple.push('y'),
            'À' | 'Â' | 'Á' | 'Ã' => simple.push('A'),
            'È' | 'Ê' | 'Ë' => simple.push('E'),
            'Î' | 'Ï' | 'Í' => simple.push('I'),
            'Ô' | 'Ó' | 'Õ' => simple.push('O'),
            'Ù' | 'Û' | 'Ú' => simple.push('U'),
            other => simple.push(other),
        }
    }
    simple
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_like_the_carriers() {
        let size = |text: &str| {
            let size = measure(text);
            (size.units, size.segments, size.gsm7)
        };
        assert_eq!(size(&"a".repeat(160)), (160, 1, true));
        assert_eq!(size(&"a".repeat(161)), (161, 2, true));
        assert_eq!(size(&"é".repeat(307)), (307, 3, true));
        assert_eq!(size(&"€".repeat(80)), (160, 1, true));
        assert_eq!(size(&"ê".repeat(70)), (70, 1, false));
        assert_eq!(size(&"ê".repeat(71)), (71, 2, false));
        assert_eq!(size("😀"), (2, 1, false));
        assert_eq!(size(""), (0, 1, true));
        assert_eq!(BASIC.chars().count(), 127, "128 less the escape");
    }

    #[test]
    fn simplified_french_fits() {
        let simple = simplify("L’échéance « 1\u{202f}200,00\u{a0}€ » de Benoît, cœur façon — où…");
        assert_eq!(simple, "L'échéance \" 1 200,00 € \" de Benoit, coeur facon - où...");
        assert!(measure(&simple).gsm7);
    }
}
