//! What templates do with values.

use askama::filters::Safe;
use std::fmt::Display;

/// An icon out of the sprite, for the eye only.
#[askama::filter_fn]
pub fn icon(name: impl Display, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
    let assets = crate::assets::version();
    Ok(Safe(format!(
        "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"/static/{assets}/icons.svg#{name}\"/></svg>"
    )))
}

/// A part of an address.
#[askama::filter_fn]
pub fn encoded(text: impl Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(super::encoded(&text.to_string()))
}

/// A path in an address.
#[askama::filter_fn]
pub fn by_parts(path: impl Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(super::scenarios::by_parts(&path.to_string()))
}

/// « 3 erreurs ».
#[askama::filter_fn]
pub fn plural(n: &usize, _: &dyn askama::Values, one: &str, many: &str) -> askama::Result<String> {
    Ok(relance_desk::words::count(*n, one, many))
}

/// Lines that stay lines.
#[askama::filter_fn]
pub fn paragraphs(text: impl Display, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
    let text = text.to_string();
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    Ok(Safe(escaped.trim().replace('\n', "<br>")))
}

/// With a capital letter.
#[askama::filter_fn]
pub fn capitalized(text: impl Display, _: &dyn askama::Values) -> askama::Result<String> {
    let text = text.to_string();
    let mut letters = text.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    Ok(first + letters.as_str())
}

/// `2026-11-23` as people write it.
#[askama::filter_fn]
pub fn day(text: impl Display, _: &dyn askama::Values) -> askama::Result<String> {
    let text = text.to_string();
    Ok(text.parse().map_or(text, relance_core::day::french_date))
}
