//! Sequences of actions.

use super::{Action, Approval, Attempt, Channel, Choice, Expr, Item, Literal, Name, Reader, Sequence, Stage};
use crate::lex::LOST_NAME;
use crate::parse::Rule;
use crate::span::Node;
use pest::iterators::Pair;

impl Reader<'_, '_, '_> {
    /// A `sequence` of the grammar.
    pub fn sequence(&mut self, pair: Pair<'_, Rule>) -> Sequence {
        let mut stages = Vec::new();
        let mut after = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::then => after = self.inner_pause(part),
                Rule::stage => {
                    let mut stage = self.stage(part);
                    stage.after = after.take();
                    stages.push(stage);
                }
                _ => {}
            }
        }
        Sequence { stages }
    }

    fn inner_pause(&mut self, pair: Pair<'_, Rule>) -> Option<Node<Expr>> {
        pair.into_inner().find_map(|p| self.pause(p))
    }

    /// A delay: a duration, a call, the name of a constant.
    pub fn pause(&mut self, pair: Pair<'_, Rule>) -> Option<Node<Expr>> {
        match pair.as_rule() {
            Rule::duration => self.literal(&pair).map(|literal| Node::new(Expr::Literal(literal.value), literal.span)),
            Rule::call => Some(self.primary(pair)),
            Rule::name if pair.as_str() == LOST_NAME => {
                Some(Node::new(Expr::Literal(Literal::Invalid), self.span(&pair)))
            }
            Rule::name => {
                let name = self.name(&pair);
                Some(Node::new(Expr::Word(name.value), name.span))
            }
            _ => None,
        }
    }

    fn stage(&mut self, pair: Pair<'_, Rule>) -> Stage {
        let mut stage = Stage { after: None, wait: None, items: Vec::new() };
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::wait => stage.wait = self.inner_pause(part),
                Rule::item => stage.items.push(self.item(part)),
                _ => {}
            }
        }
        stage
    }

    fn item(&mut self, pair: Pair<'_, Rule>) -> Item {
        let mut attempts = Vec::new();
        for part in pair.into_inner().filter(|p| p.as_rule() == Rule::attempt) {
            attempts.extend(self.attempt(part));
        }
        Item { attempts }
    }

    /// An `attempt` of the grammar.
    pub fn attempt(&mut self, pair: Pair<'_, Rule>) -> Option<Attempt> {
        let mut action = None;
        let mut approval = None;
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::approval => {
                    let span = self.span(&piece);
                    let role = piece.into_inner().find(|p| p.as_rule() == Rule::role);
                    let by = role.filter(|p| p.as_str() != LOST_NAME).map(|p| self.name(&p));
                    approval = Some(Node::new(Approval { by }, span));
                }
                _ => action = Some(self.action(piece)),
            }
        }
        action.map(|action| Attempt { action, approval })
    }

    fn choice(&mut self, pair: Pair<'_, Rule>) -> Option<Choice> {
        let mut call = None;
        let mut among = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::call | Rule::name => call = self.pause(part),
                Rule::template => among.extend(part.into_inner().next().map(|p| self.bare_or_quoted(&p))),
                _ => {}
            }
        }
        call.map(|call| Choice { call, among })
    }

    fn action(&mut self, pair: Pair<'_, Rule>) -> Node<Action> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let mut channel = Node::new(Channel::Email, span);
        let (mut choice, mut pause, mut state) = (None, None, None);
        let (mut template, mut name, mut text) = (None, None, None);
        let (mut to, mut copy) = (Vec::new(), Vec::new());
        for part in pair.into_inner() {
            let place = self.span(&part);
            match part.as_rule() {
                Rule::channel => {
                    channel = Node::new(
                        match part.as_str().trim() {
                            "sms" => Channel::Sms,
                            "appel" => Channel::Call,
                            "courrier" => Channel::Letter,
                            _ => Channel::Email,
                        },
                        place,
                    );
                }
                Rule::kw_lettre_recommandee => channel = Node::new(Channel::RegisteredLetter, place),
                Rule::choice => choice = self.choice(part),
                Rule::state_name if part.as_str().trim() == LOST_NAME => {}
                Rule::state_name => state = Some(self.name(&part)),
                Rule::duration | Rule::call | Rule::name => pause = self.pause(part),
                Rule::template => template = part.into_inner().next().map(|p| self.bare_or_quoted(&p)),
                Rule::to => to = self.roles(part),
                Rule::copy => copy = self.roles(part),
                Rule::text => {
                    text = Some(self.text(&part));
                    name = Some(self.bare_or_quoted(&part));
                }
                Rule::role => name = Some(self.bare_or_quoted(&part)),
                _ => {}
            }
        }
        let action = match rule {
            Rule::contact | Rule::registered => Action::Contact { channel, template, choice, to, copy },
            Rule::task => Action::Task { text, to },
            Rule::alert => Action::Alert(name),
            Rule::note => Action::Note(text),
            Rule::go_to => state.map_or(Action::Invalid, Action::GoTo),
            Rule::suspend => Action::Suspend(pause),
            Rule::resume => Action::Resume,
            Rule::go_on => Action::Continue,
            Rule::hand_over => Action::HandOver(name),
            _ => Action::Invalid,
        };
        Node::new(action, span)
    }

    fn bare_or_quoted(&self, pair: &Pair<'_, Rule>) -> Node<Name> {
        if pair.as_rule() == Rule::text {
            let text = self.text(pair);
            return Node::new(Name::Quoted(text.value), text.span);
        }
        let name = self.name(pair);
        if pair.as_str() == LOST_NAME {
            return Node::new(Name::Invalid, name.span);
        }
        Node::new(Name::Bare(name.value), name.span)
    }

    fn roles(&self, pair: Pair<'_, Rule>) -> Vec<Node<String>> {
        pair.into_inner()
            .filter(|p| p.as_rule() == Rule::role && p.as_str() != LOST_NAME)
            .map(|p| self.name(&p))
            .collect()
    }
}
