//! A statechart run as XState runs it, knowing nothing of Relance but what the export documents: parallel regions choose on the same
//! snapshot, the first transition whose guard holds is taken, an inner handler comes before an outer one.

use serde_json::{Value, json};

/// One invoice in a chart.
pub struct Actor<'c> {
    chart: &'c Value,
    pub state: String,
    rung: Option<i64>,
    fired: Vec<u64>,
    repeats: Vec<(u64, i64, i64)>,
    /// What follows in sequences once their first stage is done.
    pending: Vec<Value>,
    /// Contacts that leave when the event has been dealt with.
    outbox: Vec<String>,
    /// Where a sequence has said to go.
    leaving: Option<String>,
    entered_on: i64,
    first_reminder: Option<i64>,
    /// The day, in days past due.
    today: i64,
    balance: i64,
    pub said: Vec<(i64, String)>,
}

impl<'c> Actor<'c> {
    pub fn start(chart: &'c Value, today: i64, balance: i64) -> Actor<'c> {
        let state = chart["initial"].as_str().unwrap().to_owned();
        let mut actor = Actor {
            chart,
            state: String::new(),
            rung: None,
            fired: vec![],
            repeats: vec![],
            pending: vec![],
            outbox: vec![],
            leaving: None,
            entered_on: today,
            first_reminder: None,
            today,
            balance,
            said: vec![],
        };
        actor.enter(&state);
        actor
    }

    fn node(&self) -> &'c Value {
        &self.chart["states"][&self.state]
    }

    /// A day: its event, again after every change of state.
    pub fn day(&mut self, today: i64) {
        self.today = today;
        for _ in 0..20 {
            let before = (self.state.clone(), self.said.len());
            self.send("JOUR");
            self.flush();
            while !self.pending.is_empty() {
                let rest = self.pending.remove(0);
                self.follow(&rest);
                self.leave();
                self.flush();
            }
            if self.state == before.0 && self.said.len() == before.1 {
                return;
            }
        }
    }

    fn flush(&mut self) {
        for message in std::mem::take(&mut self.outbox) {
            if self.today >= 0 {
                self.first_reminder.get_or_insert(self.today);
            }
            self.said.push((self.today, message));
        }
    }

    fn leave(&mut self) {
        if let Some(state) = self.leaving.take() {
            self.send(&format!("aller.{state}"));
        }
    }

    pub fn send(&mut self, event: &str) {
        let regions = self.node()["states"].as_object();
        let inner: Vec<&Value> = regions
            .into_iter()
            .flat_map(|r| r.values())
            .filter_map(|region| self.enabled(&region["on"][event]))
            .collect();
        let outer = || self.enabled(&self.node()["on"][event]).or_else(|| self.enabled(&self.chart["on"][event]));
        let taken: Vec<&Value> = if inner.is_empty() { outer().into_iter().collect() } else { inner };
        for transition in taken {
            // Exit actions come first, then those of the transition, then the entry's.
            if let Some(target) = transition["target"].as_str() {
                // `sortir`
                self.pending.clear();
                self.outbox.clear();
                self.actions(&transition["actions"]);
                self.enter(target.trim_start_matches('.'));
            } else {
                self.actions(&transition["actions"]);
            }
        }
        self.leave();
    }

    fn enabled(&self, transitions: &'c Value) -> Option<&'c Value> {
        let one = std::slice::from_ref(transitions);
        let all = transitions.as_array().map_or(one, Vec::as_slice);
        let holds = |t: &&Value| !t.is_null() && (t["guard"].is_null() || self.guard(&t["guard"]));
        all.iter().find(holds)
    }

    fn enter(&mut self, state: &str) {
        self.state = state.to_owned();
        self.entered_on = self.today;
        self.said.push((self.today, format!("→ {state}")));
        self.actions(&self.node()["entry"]);
    }

    fn actions(&mut self, actions: &Value) {
        for action in actions.as_array().into_iter().flatten() {
            let params = &action["params"];
            match action["type"].as_str().unwrap() {
                "entrer" => (self.rung, self.fired, self.repeats) = (None, vec![], vec![]),
                "palier" => self.rung = self.latest(&params["bornes"]),
                "suite" => self.suite(params),
                other => panic!("{other}"),
            }
        }
    }

    fn suite(&mut self, params: &Value) {
        if self.leaving.is_some() {
            return;
        }
        let rule = params["regle"].as_u64().unwrap();
        if params["alternatives"].is_null() {
            if !self.holds(&params["si"]) {
                return;
            }
        } else if params["tous_les"].is_object() {
            if !self.repeats(params) {
                return;
            }
            let last = self.multiple(params);
            let count = self.repeats.iter().find(|(id, ..)| *id == rule).map_or(0, |(.., n)| *n);
            self.repeats.retain(|(id, ..)| *id != rule);
            self.repeats.push((rule, last, count + 1));
        } else {
            if !self.rule(params, None) {
                return;
            }
            self.fired.push(rule);
        }
        self.follow(&params["faire"]["stages"]);
    }

    /// Does the first stage; the others follow when the event has been dealt with.
    fn follow(&mut self, stages: &Value) {
        let Some((first, rest)) = stages.as_array().and_then(|stages| stages.split_first()) else { return };
        if !rest.is_empty() {
            self.pending.push(json!(rest));
        }
        for item in first["items"].as_array().unwrap() {
            let action = &item[0];
            match action["faire"].as_str().unwrap() {
                "contact" => self.outbox.push(action["template"].as_str().unwrap().to_owned()),
                "note" => self.said.push((self.today, action["text"].as_str().unwrap().to_owned())),
                "aller_a" => self.leaving = action["state"].as_str().map(str::to_owned),
                other => panic!("{other}"),
            }
        }
    }

    fn guard(&self, guard: &Value) -> bool {
        let params = &guard["params"];
        match guard["type"].as_str().unwrap() {
            "palier" => params["regles"].as_array().unwrap().iter().any(|rule| self.rule(rule, self.rung)),
            "regle" => self.rule(params, None),
            "repetition" => self.repeats(params),
            other => panic!("{other}"),
        }
    }

    fn rule(&self, rule: &Value, not_before: Option<i64>) -> bool {
        !self.fired.contains(&rule["regle"].as_u64().unwrap())
            && self.reminded(rule)
            && rule["alternatives"].as_array().unwrap().iter().any(|one| self.alternative(one, not_before))
    }

    /// Whether the first reminder, if the rule needs one, is old enough.
    fn reminded(&self, rule: &Value) -> bool {
        rule["relance_prealable"].is_null() || self.first_reminder.is_some_and(|first| self.today - first >= 8)
    }

    fn alternative(&self, one: &Value, not_before: Option<i64>) -> bool {
        let free = one["bornes"].as_array().unwrap().is_empty();
        let on_time = match self.latest(&one["bornes"]) {
            None => free,
            Some(day) => {
                let due_clock = one["bornes"][0]["horloge"].is_null();
                self.today >= day && Some(day) >= not_before && !(due_clock && day < 0 && self.today >= 0)
            }
        };
        on_time && self.holds(&one["si"])
    }

    fn latest(&self, bounds: &Value) -> Option<i64> {
        let day = |bound: &Value| {
            let start = if bound["horloge"] == "après" { self.entered_on } else { 0 };
            let extra = bound["extra_days"].as_i64().unwrap_or(0);
            start + extra + bound["offset"]["valeur"]["duree"]["jours"].as_i64().unwrap()
        };
        bounds.as_array().unwrap().iter().map(day).max()
    }

    fn multiple(&self, rule: &Value) -> i64 {
        (self.today - self.entered_on) / rule["tous_les"]["jours"].as_i64().unwrap()
    }

    fn repeats(&self, rule: &Value) -> bool {
        let id = rule["regle"].as_u64().unwrap();
        let (last, count) = self.repeats.iter().find(|(own, ..)| *own == id).map_or((0, 0), |(_, l, c)| (*l, *c));
        self.multiple(rule) > last
            && self.reminded(rule)
            && rule["au_plus"].as_i64().is_none_or(|most| count < most)
            && rule["alternatives"].as_array().unwrap().iter().any(|one| self.holds(&one["si"]))
    }

    /// Conditions of the kind that the tests write: `et`, and `reste_dû >= x`.
    fn holds(&self, condition: &Value) -> bool {
        if let Some(parts) = condition["et"].as_array() {
            return parts.iter().all(|part| self.holds(part));
        }
        let parts = condition["compare"].as_array().unwrap();
        assert_eq!((&parts[0], &parts[1]["fait"]), (&json!(">="), &json!("reste_dû")));
        self.balance >= parts[2]["valeur"]["montant"]["centimes"].as_i64().unwrap()
    }
}
