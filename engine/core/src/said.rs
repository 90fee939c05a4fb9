//! Who says something, and why: what a person adds to whatever is noted of a client's file.

use serde::{Deserialize, Serialize};

/// The longest name or reason that goes into the journal, in characters.
pub const LONGEST: usize = 300;

/// The longest text of a comment or of a task, in characters.
pub const LONGEST_TEXT: usize = 2_000;

/// Who says it, and why.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Said {
    /// Who.
    #[serde(default, rename = "par", skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, in the person's own words.
    #[serde(default, rename = "motif", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Said {
    /// What somebody says, cut to what the journal takes; none when it says nothing.
    pub fn of(by: Option<&str>, reason: Option<&str>) -> Option<Said> {
        let said = Said { by: words(by), reason: words(reason) };
        (said != Said::default()).then_some(said)
    }

    /// Why somebody does it, whoever it is.
    pub fn why(reason: Option<&str>) -> Option<Said> {
        Said::of(None, reason)
    }
}

/// Words for the journal: one line, not too long, or none.
pub fn words(text: Option<&str>) -> Option<String> {
    let line = text?.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(line.chars().filter(|c| !c.is_control()).take(LONGEST).collect()).filter(|line: &String| !line.is_empty())
}

/// A text for the journal: its lines stay, blanks at their ends and control characters go; none when nothing is left. Too long a text is cut.
pub fn text(text: &str) -> Option<String> {
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.chars().filter(|c| !c.is_control()).collect::<String>().trim_end().to_owned())
        .collect();
    let whole = lines.join("\n");
    Some(whole.trim().chars().take(LONGEST_TEXT).collect()).filter(|text: &String| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_becomes_words_of_the_journal() {
        assert_eq!(words(Some("  accord\n du\u{7} directeur ")), Some("accord du directeur".to_owned()));
        assert_eq!((words(Some(" \n ")), words(None)), (None, None));
        assert_eq!(words(Some(&"é".repeat(400))).map(|line| line.chars().count()), Some(LONGEST));
        assert_eq!(Said::of(Some(" "), None), None);
        assert_eq!(text(" Vu \r\n\n  au téléphone\u{1b}[31m\n"), Some("Vu\n\n  au téléphone[31m".to_owned()));
        assert_eq!(text("\n\t"), None);
    }
}
