//! The picture of a payment QR code.

use qrcode::{EcLevel, QrCode, Version};
use std::fmt::Write;

/// The largest version that a payment code may have (EPC069-12).
const LARGEST: i16 = 13;
/// The blank around a code, in modules.
const QUIET: usize = 4;

/// A code as SVG, level M, one path, without anything around but its quiet zone; `None` for a text that no payment code can hold.
pub fn svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    if !matches!(code.version(), Version::Normal(version) if version <= LARGEST) {
        return None;
    }
    let width = code.width();
    let side = width + 2 * QUIET;
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        // Dark modules that touch are one rectangle.
        for run in row.chunk_by(|a, b| a == b) {
            if run.first().is_some_and(|color| *color == qrcode::Color::Dark) {
                let _ = write!(path, "M{} {}h{n}v1h-{n}z", x + QUIET, y + QUIET, n = run.len());
            }
            x += run.len();
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_payment_fits_and_no_more() {
        assert!(svg(&"é1".repeat(110)).is_some_and(|svg| svg.contains("viewBox=\"0 0 77 77\"")));
        assert!(svg(&"é1".repeat(111)).is_none());
        assert!(svg("BCD").is_some());
    }
}
