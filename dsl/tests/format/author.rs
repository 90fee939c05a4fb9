//! Writes programs that the grammar takes, with any layout, case, accents and typography, and comments anywhere.

use relance_core::schema::fold;

/// A program and the comments in it.
pub struct Program {
    pub text: String,
    pub comments: Vec<String>,
}

/// Takes its decisions from bytes.
pub struct Author<'a> {
    choices: &'a [u8],
    next: usize,
    /// Only what this version executes.
    executed: bool,
    program: Program,
    /// Nothing is on the line yet.
    fresh: bool,
}

impl<'a> Author<'a> {
    pub fn write(choices: &'a [u8], executed: bool) -> Program {
        let program = Program { text: String::new(), comments: Vec::new() };
        let mut author = Author { choices, next: 0, executed, program, fresh: true };
        author.file();
        author.program
    }

    fn pick(&mut self, n: usize) -> usize {
        let choice = self.choices.get(self.next % self.choices.len().max(1)).copied().unwrap_or(0);
        // So that going round does not repeat the same file.
        let round = self.next / self.choices.len().max(1);
        self.next += 1;
        (usize::from(choice) + round * 7) % n
    }

    fn one<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words[self.pick(words.len())]
    }

    fn maybe(&mut self, n: usize) -> bool {
        self.pick(n) == 0
    }

    fn comment(&mut self) {
        let end = self.one(&["", " et puis", " si x alors « y »", " l'ancienne : \"oui", "\u{a0}É"]);
        let comment = format!("# {}{end}", self.program.comments.len());
        self.program.text.push_str(&comment);
        self.program.comments.push(comment);
    }

    fn blank(&mut self) {
        match self.pick(14) {
            0 => self.program.text.push('\n'),
            1 => self.program.text.push_str("\r\n\t"),
            2 => {
                self.program.text.push(' ');
                self.comment();
                self.program.text.push('\n');
            }
            3 if self.maybe(3) => {
                self.program.text.push_str("\n\n  ");
                self.comment();
                self.program.text.push_str("\n\n");
            }
            _ => self.same_line(),
        }
    }

    fn same_line(&mut self) {
        let blank = self.one(&[" ", " ", "  ", "\u{a0}", "\u{202f}", "\t "]);
        self.program.text.push_str(blank);
    }

    fn line(&mut self) {
        if self.maybe(6) {
            self.program.text.push_str("  ");
            self.comment();
        }
        for _ in 0..self.pick(3) {
            let end = self.one(&["\n", "\r\n", "\n \n"]);
            self.program.text.push_str(end);
            if self.maybe(3) {
                let margin = self.one(&["", "   ", "\t"]);
                self.program.text.push_str(margin);
                self.comment();
            }
        }
        let margin = self.one(&["\n", "\n  ", "\n\u{a0}\t"]);
        self.program.text.push_str(margin);
        self.fresh = true;
    }

    /// Words of the language, respelled. `~` keeps the next word on the line.
    fn say(&mut self, words: &str) {
        for word in words.split(' ') {
            let (kept, word) = word.strip_prefix('~').map_or((false, word), |word| (true, word));
            let spelled = match self.pick(6) {
                0 => word.to_uppercase(),
                1 => fold(word),
                2 => word.replace('é', "e\u{301}").replace('à', "a\u{300}").replace('\'', "’"),
                _ => word.to_owned(),
            };
            self.put(&spelled, kept);
        }
    }

    /// Names, values and signs, as they are.
    fn put(&mut self, text: &str, same_line: bool) {
        if !self.fresh && same_line {
            self.same_line();
        } else if !self.fresh {
            self.blank();
        }
        self.fresh = false;
        self.program.text.push_str(text);
    }

    fn sign(&mut self, sign: &str) {
        if self.maybe(2) {
            self.program.text.push_str(sign);
            self.fresh = self.maybe(2);
        } else {
            self.put(sign, false);
        }
    }

    fn name(&mut self, names: &[&str]) {
        let name = self.one(names);
        self.put(name, false);
    }

    fn text(&mut self) {
        let text = self.one(&[
            "\"Appeler\"",
            "« Appeler »",
            "“Appeler  ’”",
            "«dire \"oui\"»",
            "\"# rien\"",
            "« à J+3 : appel »",
        ]);
        self.put(text, true);
    }

    fn duration(&mut self) {
        let n = self.one(&["1", "02", "15", "10"]);
        let unit = self.one(&[
            "j",
            " j",
            " jours",
            "\u{a0}JOUR",
            " jours ouvrés",
            "  jour\tOUVRE",
            " sem",
            " semaines",
            " mois",
        ]);
        self.put(&format!("{n}{unit}"), false);
    }

    fn amount(&mut self) {
        let amount = self.one(&[
            "1500€",
            "1 500,5 €",
            "1\u{202f}500,50 euros",
            "0010 EUR",
            "200 chf",
            "12 345 678,00 €",
            "0,05€",
        ]);
        self.put(amount, false);
    }

    fn condition(&mut self, depth: usize) {
        for i in 0..=self.pick(3) {
            if i > 0 {
                let joint = self.one(&["et", "ou", "et"]);
                self.say(joint);
            }
            if self.maybe(5) {
                self.say("non");
            }
            if depth < 3 && self.maybe(6) {
                self.sign("(");
                self.condition(depth + 1);
                self.sign(")");
            } else {
                self.comparison();
            }
        }
    }

    fn comparison(&mut self) {
        let operator = self.one(&["=", "≠", "<>", "<", "<=", "≤", ">", ">=", "≥"]);
        let order = self.one(&["<", "<=", "≤", ">", ">=", "≥"]);
        match self.pick(if self.executed { 8 } else { 11 }) {
            0 | 1 => {
                self.say("retard");
                self.sign(order);
                self.duration();
            }
            2 => {
                let fact = self.one(&["montant", "reste_dû", "client.encours_échu", "montant_exigible"]);
                self.say(fact);
                self.sign(operator);
                self.amount();
            }
            3 => {
                self.say("segment");
                self.sign(self.one_of_equal());
                self.name(&["vip", "mauvais_payeur", "public"]);
            }
            4 => {
                self.say("segment parmi");
                self.sign("(");
                self.name(&["vip", "public"]);
                self.sign(",");
                self.name(&["mauvais_payeur", "particulier"]);
                self.sign(")");
            }
            5 => self.say("client.email est connu"),
            6 => self.say("en_litige"),
            7 => {
                self.say("client.retard_moyen entre");
                self.put("-", false);
                self.duration();
                self.say("et");
                self.duration();
            }
            8 => {
                self.name(&["secteur", "Note_Interne"]);
                self.sign("=");
                self.text();
            }
            9 => {
                self.name(&["risque_eleve", "f"]);
                self.sign("(");
                self.say("client.encours");
                self.sign(",");
                self.put("12,50  %", false);
                self.sign(")");
            }
            _ => {
                self.say("date_échéance");
                self.put("+", false);
                self.duration();
                self.sign(">=");
                self.put("1/3/2026", false);
            }
        }
    }

    fn one_of_equal(&self) -> &'static str {
        if self.next.is_multiple_of(2) { "=" } else { "≠" }
    }

    fn body(&mut self) {
        for i in 0..=self.pick(3) {
            if i > 0 {
                self.say("puis");
                if self.maybe(3) {
                    self.say("après");
                    self.duration();
                }
            }
            if self.maybe(8) {
                self.say("attendre");
                self.duration();
                continue;
            }
            for j in 0..=self.pick(2) {
                if j > 0 {
                    self.say("et");
                }
                self.action();
                if self.maybe(4) {
                    self.say("à défaut");
                    self.action();
                }
            }
        }
        if self.maybe(5) {
            self.say("sauf si");
            self.condition(2);
        }
    }

    fn action(&mut self) {
        match self.pick(if self.executed { 6 } else { 13 }) {
            0 | 1 => {
                self.say("email");
                self.name(&["ferme", "courtois", "dernier_avis"]);
                if self.maybe(3) {
                    self.say("à");
                    self.name(&["comptabilité", "direction"]);
                    self.say("copie");
                    self.name(&["commercial"]);
                    self.sign(",");
                    self.name(&["direction"]);
                }
            }
            2 => {
                self.say("sms");
                self.name(&["rappel", "ferme"]);
            }
            3 => self.say("appel"),
            4 => {
                self.say("tâche");
                self.text();
            }
            5 => {
                self.say("note");
                self.text();
            }
            6 => {
                self.say("lettre_recommandée");
                self.name(&["mise_en_demeure"]);
                self.say("après validation");
            }
            7 => {
                self.say("aller à");
                self.name(&["contentieux", "Mise_En_Demeure"]);
            }
            8 => {
                self.say("suspendre pendant");
                self.duration();
            }
            9 => self.say("reprendre"),
            10 => self.say("continuer"),
            11 => {
                self.say("transmettre");
                self.text();
            }
            _ => {
                self.say("alerter");
                self.name(&["direction"]);
            }
        }
    }

    fn guard(&mut self) {
        match self.pick(4) {
            0 => {
                self.say("si");
                self.condition(1);
            }
            1 => {
                self.say("sauf si");
                self.condition(1);
            }
            _ => {}
        }
        self.sign(":");
    }

    fn rule(&mut self) {
        match self.pick(if self.executed { 5 } else { 8 }) {
            0 | 1 => {
                self.say("si");
                self.condition(0);
                self.say("alors");
            }
            2 => {
                self.say("à");
                let offset = self.one(&["J+15", "j + 05", "J-5", "J – 3", "J+30\u{a0}jours", "J"]);
                self.put(offset, false);
                if self.maybe(4) {
                    self.say("~fin ~de ~mois");
                }
                self.guard();
            }
            3 => {
                self.say("quand");
                let event = self.one(&["soldée", "promesse rompue", "échéance modifiée", "litige ouvert"]);
                self.say(event);
                self.guard();
            }
            4 => {
                self.say("dès que");
                self.condition(0);
                self.sign(":");
            }
            5 => {
                self.say("à l'entrée");
                self.guard();
            }
            6 => {
                self.say("après");
                self.put(["8 jours ouvrés", "3j", "2 semaines"][self.next % 3], false);
                self.sign(":");
            }
            _ => {
                self.say("tous les");
                self.put(["10 jours", "2 SEMAINES", "1 mois"][self.next % 3], false);
                self.say("~(au ~plus");
                self.put("03", false);
                self.say("fois");
                self.sign(")");
                self.sign(":");
            }
        }
        self.body();
        if self.maybe(5) {
            self.line();
            self.say("sinon");
            self.body();
        }
    }

    fn settings(&mut self) {
        for k in 0..if self.executed { 4 } else { 9 } {
            if !self.maybe(2) {
                continue;
            }
            match k {
                0 => {
                    self.say("pour les factures où");
                    self.condition(1);
                }
                1 => {
                    self.say("priorité");
                    self.put("2", false);
                }
                2 => {
                    self.say("envois du lundi au vendredi de");
                    self.put("09h00", false);
                    self.say("à");
                    self.put("18 h 30", false);
                }
                3 => {
                    self.say("au plus");
                    self.put("1", false);
                    self.say("contact tous les");
                    self.put("3 j", false);
                    self.say("par client");
                }
                4 => self.say("regrouper par client"),
                5 => self.say("rattrapage pas à pas"),
                6 => {
                    self.say("paiements à jour depuis moins de");
                    self.put("24 h", false);
                }
                7 => {
                    self.say("minimum");
                    self.amount();
                }
                _ => self.say("fin"),
            }
            self.line();
        }
    }

    fn header(&mut self, word: &str, name: &str) {
        self.say(word);
        self.put(name, true);
    }

    fn declarations(&mut self) {
        for word in ["script", "inclure", "champ", "segment"] {
            if !self.maybe(2) {
                continue;
            }
            match word {
                "champ" => {
                    self.header(word, "Secteur");
                    self.sign(":");
                    self.say("durée");
                }
                "segment" => {
                    self.header(word, "risque");
                    self.sign(":");
                    self.say("si");
                    self.condition(0);
                }
                _ => {
                    self.say(word);
                    self.text();
                }
            }
            self.line();
        }
    }

    fn test(&mut self) {
        self.say("test");
        self.text();
        self.say("avec");
        self.name(&["mauvais_payeurs"]);
        self.say("facture");
        self.put("F1", false);
        self.say("de");
        self.amount();
        self.say("échue le");
        self.put("3/3/2026", false);
        self.sign(",");
        self.say("segment");
        self.name(&["vip", "De"]);
        for _ in 0..self.pick(3) {
            self.say("le");
            self.put("20/03/2026", false);
            self.sign(":");
            self.say("email");
            self.name(&["ferme", "Paiement"]);
        }
        self.say("ensuite rien état final soldée");
        self.line();
    }

    fn file(&mut self) {
        if self.maybe(3) {
            self.line();
        }
        if !self.executed {
            self.declarations();
        }
        if self.maybe(2) {
            self.header("scénario", "Mauvais_Payeurs");
            if self.maybe(2) {
                self.text();
            }
            self.line();
            self.settings();
        }
        for _ in 0..=self.pick(4) {
            self.rule();
            self.line();
        }
        if !self.executed && self.maybe(2) {
            self.header("étape", "contentieux");
            self.line();
            self.rule();
            self.line();
            self.test();
        }
    }
}
