//! The parser that pest derives from `relance.pest`.
#![allow(missing_docs)]

#[derive(pest_derive::Parser)]
#[grammar = "relance.pest"]
pub(crate) struct Grammar;

#[cfg(test)]
mod tests {
    use crate::keywords::RESERVED;
    use relance_core::schema::fold;

    #[test]
    fn the_grammar_reserves_the_words_of_the_table() {
        let grammar = include_str!("../relance.pest");
        let from = grammar.find("reserved = @{").unwrap();
        let rule = &grammar[from..from + grammar[from..].find("~ !(wc").unwrap()];
        let mut in_grammar: Vec<String> = rule.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        let mut in_table: Vec<String> = RESERVED.iter().map(|word| fold(word)).collect();
        in_grammar.sort();
        in_table.sort();
        assert_eq!(in_grammar, in_table);
    }
}
