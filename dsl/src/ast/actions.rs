//! Sequences of actions.

use super::{Action, Attempt, Channel, Item, Later, Literal, Name, Reader, Sequence, Stage};
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
                Rule::then => after = self.first_literal(part),
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

    fn first_literal(&mut self, pair: Pair<'_, Rule>) -> Option<Node<Literal>> {
        pair.into_inner().find(|p| p.as_rule() == Rule::duration).and_then(|p| self.literal(&p))
    }

    fn stage(&mut self, pair: Pair<'_, Rule>) -> Stage {
        let mut stage = Stage { after: None, wait: None, items: Vec::new() };
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::wait => stage.wait = self.first_literal(part),
                Rule::item => stage.items.push(self.item(part)),
                _ => {}
            }
        }
        stage
    }

    fn item(&mut self, pair: Pair<'_, Rule>) -> Item {
        let mut attempts = Vec::new();
        for part in pair.into_inner().filter(|p| p.as_rule() == Rule::attempt) {
            let mut action = None;
            let mut approval = None;
            for piece in part.into_inner() {
                match piece.as_rule() {
                    Rule::approval => approval = Some(Node::new((), self.span(&piece))),
                    _ => action = Some(self.action(piece)),
                }
            }
            if let Some(action) = action {
                attempts.push(Attempt { action, approval });
            }
        }
        Item { attempts }
    }

    fn action(&mut self, pair: Pair<'_, Rule>) -> Node<Action> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let mut channel = Node::new(Channel::Email, span);
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
            Rule::contact => Action::Contact { channel, template, to, copy },
            Rule::task => Action::Task { text, to },
            Rule::alert => Action::Alert(name),
            Rule::note => Action::Note(text),
            Rule::registered => Action::Later(Later::RegisteredLetter),
            Rule::go_to => Action::Later(Later::GoTo),
            Rule::suspend => Action::Later(Later::Suspend),
            Rule::resume => Action::Later(Later::Resume),
            Rule::lost_action => Action::Invalid,
            Rule::go_on => Action::Later(Later::Continue),
            _ => Action::Later(Later::HandOver),
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
