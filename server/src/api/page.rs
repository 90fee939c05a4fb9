//! Lists, page by page.

use super::problem::Problem;
use relance_engine::store::{self, Cursor};
use serde::Serialize;
use utoipa::ToSchema;

/// Rows of a page when nobody says how many, and at most.
const USUAL: usize = 50;
const MOST: usize = 200;

/// Une page d’une liste.
#[derive(Serialize, ToSchema)]
#[schema(as = Page)]
pub struct Page<T> {
    /// Les lignes, dans l’ordre demandé.
    pub elements: Vec<T>,
    /// À donner comme `apres` pour la page suivante ; absent : c’est la dernière.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suivant: Option<String>,
    /// À donner comme `apres` pour la page d’avant ; absent : c’est la première.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precedent: Option<String>,
}

impl<T> Page<T> {
    /// A page of the store's, each row as it is told.
    pub fn of<R>(page: store::Page<R>, told: impl Fn(R) -> T) -> Page<T> {
        Page {
            elements: page.rows.into_iter().map(told).collect(),
            suivant: page.next.map(|cursor| cursor.to_string()),
            precedent: page.previous.map(|cursor| cursor.to_string()),
        }
    }
}

/// How many rows are asked for.
pub fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(USUAL),
        Some(n) if (1..=MOST).contains(&n) => Ok(n),
        Some(_) => Err(Problem::unreadable("parametre", format!("« limite » va de 1 à {MOST}"))),
    }
}

/// Where the page begins; what is no place is refused, or a list would begin anew without a word.
pub fn cursor(asked: Option<&str>) -> Result<Option<Cursor>, Problem> {
    let Some(text) = asked.filter(|text| !text.is_empty()) else { return Ok(None) };
    match Cursor::read(text) {
        Some(cursor) => Ok(Some(cursor)),
        None => {
            let what = "« apres » n’est pas une place que cette liste a donnée";
            Err(Problem::refused("place_inconnue", what, "recommencez par la première page, sans « apres »"))
        }
    }
}
