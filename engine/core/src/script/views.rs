//! `facture` and `client`: what a script sees of the facts. They come through the call's tag, so nothing of one invoice
//! is ever part of the compiled script.

use super::french_runtime::Stop;
use crate::schema::{Fact, Type, fold};
use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext};
use std::sync::{Arc, Mutex};

/// The invoice's view.
#[derive(Clone, Copy)]
pub(super) struct InvoiceView;

/// The client's view.
#[derive(Clone, Copy)]
pub(super) struct CustomerView;

pub(super) const INVOICE: &str = "facture";
pub(super) const CUSTOMER: &str = "client";

/// Whether a variable of this name is one of the views.
pub(super) fn is_view(name: &str) -> bool {
    name == INVOICE || name == CUSTOMER
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Readable {
    Fact(Fact),
    /// One of the project's own facts, by its index in [`Names`].
    Field(usize),
}

/// The names that scripts can read.
#[derive(Default, Debug)]
pub(super) struct Names {
    fields: Vec<(String, Type)>,
    folded: Vec<String>,
}

impl Names {
    pub(super) fn new(fields: &[(String, Type)]) -> Names {
        Names { fields: fields.to_vec(), folded: fields.iter().map(|(name, _)| fold(name)).collect() }
    }

    /// What `name` of a view means: `facture.reste_du`, `client.encours`.
    pub(super) fn of_view(&self, view: &str, name: &str) -> Option<Readable> {
        if view == CUSTOMER { self.find(&format!("{CUSTOMER}.{name}")) } else { self.find(name) }
    }

    /// What a full name means, as the language writes it; `facture.` before it changes nothing.
    pub(super) fn find(&self, name: &str) -> Option<Readable> {
        let wanted = fold(name);
        let wanted = wanted.strip_prefix("facture.").unwrap_or(&wanted);
        Fact::find(wanted)
            .map(Readable::Fact)
            .or_else(|| self.folded.iter().position(|field| field == wanted).map(Readable::Field))
    }

    pub(super) fn name(&self, readable: Readable) -> &str {
        match readable {
            Readable::Fact(fact) => fact.name(),
            Readable::Field(index) => self.fields.get(index).map_or("", |(name, _)| name),
        }
    }

    pub(super) fn ty(&self, readable: Readable) -> Type {
        match readable {
            Readable::Fact(fact) => fact.ty(),
            Readable::Field(index) => self.fields.get(index).map_or(Type::Text, |(_, ty)| *ty),
        }
    }

    /// Every readable name, as a script writes it.
    pub(super) fn all(&self) -> impl Iterator<Item = String> {
        let names = Fact::ALL.iter().map(|fact| fact.name()).chain(self.fields.iter().map(|(name, _)| name.as_str()));
        names.map(|name| if name.starts_with("client.") { name.to_owned() } else { format!("{INVOICE}.{name}") })
    }

    pub(super) fn field_names(&self) -> impl Iterator<Item = (usize, &str)> {
        self.fields.iter().enumerate().map(|(index, (name, _))| (index, name.as_str()))
    }
}

/// Values by what they are the value of; `None` is unknown. A handful: a list is faster than a map.
pub(super) type Values = Vec<(Readable, Option<Dynamic>)>;

/// What one call sees.
pub(super) struct Context {
    pub names: Arc<Names>,
    pub values: Seen,
}

pub(super) enum Seen {
    /// A call for an invoice: what it may read, taken beforehand.
    Snapshot(Values),
    /// A unit test: what `donne` gave so far; all else is unknown.
    Given(Mutex<Values>),
}

/// The tag of a call.
#[derive(Clone)]
pub(super) struct Tag(pub Arc<Context>);

impl Context {
    fn read(&self, readable: Readable) -> Result<Option<Dynamic>, Stop> {
        let find = |values: &Values| values.iter().find(|(of, _)| *of == readable).map(|(_, value)| value.clone());
        match &self.values {
            Seen::Snapshot(values) => find(values).ok_or_else(|| {
                let name = self.names.name(readable);
                Stop::Refused(format!(
                    "`{name}` n'a pas été vu à la compilation : lisez-le directement, hors d'un calcul de nom"
                ))
            }),
            Seen::Given(values) => Ok(values.lock().ok().and_then(|values| find(&values)).flatten()),
        }
    }

    fn value(&self, readable: Readable) -> Result<Dynamic, Box<EvalAltResult>> {
        match self.read(readable) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(Stop::Unknown(self.names.name(readable).to_owned()).raise()),
            Err(stop) => Err(stop.raise()),
        }
    }

    /// Whether a fact, by its full name, has a value.
    pub(super) fn known(&self, name: &str) -> Result<bool, Box<EvalAltResult>> {
        let readable = self.names.find(name).ok_or_else(|| no_such(name).raise())?;
        self.read(readable).map(|value| value.is_some()).map_err(Stop::raise)
    }
}

pub(super) fn no_such(name: &str) -> Stop {
    Stop::Refused(format!("le fait `{name}` n'existe pas"))
}

/// The context of the running call.
pub(super) fn context(ctx: &NativeCallContext<'_>) -> Result<Arc<Context>, Box<EvalAltResult>> {
    let tag = ctx.tag().and_then(|tag| tag.read_lock::<Tag>().map(|tag| tag.0.clone()));
    tag.ok_or_else(|| Stop::Refused("cette fonction est appelée hors d'une facture".to_owned()).raise())
}

fn of_view(ctx: &NativeCallContext<'_>, view: &str, name: &str) -> Result<Dynamic, Box<EvalAltResult>> {
    let context = context(ctx)?;
    let readable = context.names.of_view(view, name).ok_or_else(|| no_such(&format!("{view}.{name}")).raise())?;
    context.value(readable)
}

/// Makes both views and their properties known to the engine.
#[allow(deprecated)] // rhai marks `on_var` so because its signature may still change
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<InvoiceView>("la vue `facture`");
    engine.register_type_with_name::<CustomerView>("la vue `client`");
    engine.on_var(|name, _, _| {
        Ok(match name {
            INVOICE => Some(Dynamic::from(InvoiceView)),
            CUSTOMER => Some(Dynamic::from(CustomerView)),
            _ => None,
        })
    });
    for fact in Fact::ALL.iter().copied() {
        // The usual spellings get a getter of their own; any other goes through the index below, more slowly.
        let (view, name) = match fact.name().split_once('.') {
            Some((_, name)) => (CUSTOMER, name),
            None => (INVOICE, fact.name()),
        };
        let folded = fold(name);
        let spellings = if folded == name { vec![folded] } else { vec![name.to_owned(), folded] };
        for spelling in spellings {
            if view == CUSTOMER {
                engine.register_get(spelling, move |ctx: NativeCallContext<'_>, _: &mut CustomerView| {
                    context(&ctx)?.value(Readable::Fact(fact))
                });
            } else {
                engine.register_get(spelling, move |ctx: NativeCallContext<'_>, _: &mut InvoiceView| {
                    context(&ctx)?.value(Readable::Fact(fact))
                });
            }
        }
    }
    engine.register_indexer_get(|ctx: NativeCallContext<'_>, _: &mut InvoiceView, name: &str| {
        of_view(&ctx, INVOICE, name)
    });
    engine.register_indexer_get(|ctx: NativeCallContext<'_>, _: &mut CustomerView, name: &str| {
        of_view(&ctx, CUSTOMER, name)
    });
}
