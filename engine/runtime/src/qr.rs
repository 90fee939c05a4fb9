//! The picture of a payment QR code.

use fast_qr::{ECL, Mode, QRBuilder};
use std::fmt::Write;

/// How much a payment code holds: its largest version is 13 (EPC069-12).
const MOST_BYTES: usize = 331;
/// The blank around a code, in modules.
const QUIET: usize = 4;

/// How many pixels a module of a picture has on each side.
const SCALE: usize = 4;

/// Whether a payment code can hold a text: version 13 at level M has room for so many bytes (ISO/IEC 18004, table 7).
pub fn holds(text: &str) -> bool {
    text.len() <= MOST_BYTES
}

/// A code that payments may have, level M: whether each module is dark, row by row, and how many there are in a row.
fn modules(text: &str) -> Option<(Vec<bool>, usize)> {
    if !holds(text) {
        return None;
    }
    let code = QRBuilder::new(text).mode(Mode::Byte).ecl(ECL::M).build().ok()?;
    let dark = code.data.iter().take(code.size * code.size).map(|module| module.value()).collect();
    Some((dark, code.size))
}

/// A code as a PNG of two colours, with its quiet zone, for mail programs; `None` for a text that no payment code can hold.
pub fn png(text: &str) -> Option<Vec<u8>> {
    let (dark, width) = modules(text)?;
    let side = (width + 2 * QUIET) * SCALE;
    let row_bytes = side.div_ceil(8);
    let blank = vec![0xff; row_bytes];
    let mut pixels = blank.repeat(QUIET * SCALE);
    for row in dark.chunks(width) {
        let mut line = blank.clone();
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            for pixel in (x + QUIET) * SCALE..(x + QUIET + 1) * SCALE {
                if let Some(byte) = line.get_mut(pixel / 8) {
                    *byte &= !(0x80 >> (pixel % 8));
                }
            }
        }
        pixels.extend(line.repeat(SCALE));
    }
    pixels.extend(blank.repeat(QUIET * SCALE));
    let side = u32::try_from(side).ok()?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    // One is drawn for each e-mail.
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

/// A code as SVG, level M, one path, without anything around but its quiet zone; `None` for a text that no payment code can hold.
pub fn svg(text: &str) -> Option<String> {
    let (dark, width) = modules(text)?;
    let side = width + 2 * QUIET;
    let mut path = String::new();
    for (y, row) in dark.chunks(width).enumerate() {
        let mut x = 0;
        // Dark modules that touch are one rectangle.
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&true) {
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
        assert!(png("BCD").is_some_and(|png| png.starts_with(b"\x89PNG") && png.len() < 1_000));
        assert!(png(&"é1".repeat(111)).is_none());
    }
}
