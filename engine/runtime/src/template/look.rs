//! What is the creditor's own in the page of an e-mail: a colour and a logo, from `[creancier]` of `relance.toml`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// A logo is sent with every message.
const LARGEST_LOGO: u64 = 60_000;
/// The place in which a logo is shown, in pixels.
const BOX: (u32, u32) = (220, 56);

/// A colour: red, green, blue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Colour([u8; 3]);

impl Default for Colour {
    fn default() -> Colour {
        Colour::DEFAULT
    }
}

impl Colour {
    /// The colour of a creditor who has named none.
    pub const DEFAULT: Colour = Colour([0x2f, 0x6f, 0xae]);

    /// `#1f4e79`.
    pub fn parse(text: &str) -> Option<Colour> {
        let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Colour([part(0)?, part(2)?, part(4)?]))
    }

    /// As style sheets write it.
    pub fn css(self) -> String {
        let Colour([red, green, blue]) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// White or nearly black, whichever is read better on it.
    pub fn ink(self) -> &'static str {
        // White on a colour of this luminance has a contrast of 4.5, what WCAG 2 asks of a text: 1.05 / (l + 0.05).
        if self.luminance() <= 1.05 / 4.5 - 0.05 { "#ffffff" } else { "#16202c" }
    }

    /// The relative luminance of WCAG 2.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let Colour([red, green, blue]) = self;
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}

/// What is the creditor's own in the page of an e-mail.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Look {
    /// The line above the page, and buttons.
    pub colour: Colour,
    /// Shown instead of the name.
    pub logo: Option<Arc<Logo>>,
}

impl Look {
    /// What the settings say of a project in this folder.
    ///
    /// # Errors
    /// In French, when the logo cannot be shown.
    pub fn read(creditor: &crate::config::Creditor, project: &Path) -> Result<Look, String> {
        let logo = creditor.logo.as_ref().map(|file| Logo::read(project, file)).transpose()?;
        Ok(Look { colour: creditor.colour.unwrap_or_default(), logo: logo.map(Arc::new) })
    }

    /// A page that brings its logo itself, for a browser.
    pub fn shown_in(&self, page: String) -> String {
        let Some(logo) = &self.logo else { return page };
        let data = format!("data:{};base64,{}", logo.kind, STANDARD.encode(&logo.bytes));
        page.replacen(&format!("\"cid:{}\"", Logo::CID), &format!("\"{data}\""), 1)
    }
}

/// A picture that messages bring with them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Logo {
    /// The file.
    pub bytes: Vec<u8>,
    /// `image/png` or `image/jpeg`.
    pub kind: &'static str,
    /// Its size as shown, in pixels.
    shown: (u32, u32),
}

impl Logo {
    /// The name by which a page calls it.
    pub const CID: &'static str = "logo@relance";

    fn read(project: &Path, file: &str) -> Result<Logo, String> {
        let wrong = |why: &str| format!("relance.toml : le logo `{file}` {why}");
        let path = project.join(file);
        let length = fs::metadata(&path).map_err(|_| wrong("n'existe pas dans le dossier du projet"))?.len();
        if length > LARGEST_LOGO {
            return Err(wrong("dépasse 60 ko : il part avec chaque message, réduisez-le"));
        }
        let bytes = fs::read(&path).map_err(|error| wrong(&format!("ne se lit pas : {error}")))?;
        let (kind, size) = measure(&bytes).ok_or_else(|| wrong("n'est ni une image PNG ni une image JPEG"))?;
        Ok(Logo { bytes, kind, shown: fit(size) })
    }

    /// The picture in a page.
    pub(super) fn tag(&self, alt: &str) -> String {
        let (width, height) = self.shown;
        format!(
            "<img src=\"cid:{}\" width=\"{width}\" height=\"{height}\" alt=\"{alt}\" style=\"display:block;border:0;width:{width}px;height:{height}px;background:#ffffff;\">",
            Logo::CID
        )
    }
}

/// The kind of a picture, and its width and height.
fn measure(bytes: &[u8]) -> Option<(&'static str, (u32, u32))> {
    let number = |at: usize, long: usize| {
        let digits = bytes.get(at..at.checked_add(long)?)?;
        Some(digits.iter().fold(0u32, |n, byte| (n << 8) | u32::from(*byte)))
    };
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.get(12..16) == Some(b"IHDR") {
        return Some(("image/png", (number(16, 4)?, number(20, 4)?)));
    }
    if !bytes.starts_with(b"\xff\xd8") {
        return None;
    }
    // JPEG: segments, until the frame that tells the size.
    let mut at = 2;
    loop {
        let marker = number(at, 2)?;
        let length = usize::try_from(number(at + 2, 2)?).ok()?;
        if matches!(marker, 0xffc0..=0xffcf) && !matches!(marker, 0xffc4 | 0xffc8 | 0xffcc) {
            return Some(("image/jpeg", (number(at + 7, 2)?, number(at + 5, 2)?)));
        }
        if marker & 0xff00 != 0xff00 || length < 2 {
            return None;
        }
        at = at.checked_add(2 + length)?;
    }
}

/// The size in which a picture is shown: in the box, never larger than it is.
fn fit((width, height): (u32, u32)) -> (u32, u32) {
    let (width, height) = (width.max(1), height.max(1));
    if width <= BOX.0 && height <= BOX.1 {
        return (width, height);
    }
    let scaled = |by: u32, of: u32, to: u32| {
        let size = u64::from(by) * u64::from(to) / u64::from(of);
        u32::try_from(size.max(1)).unwrap_or(to)
    };
    let by_height = (scaled(width, height, BOX.1), BOX.1);
    if by_height.0 <= BOX.0 { by_height } else { (BOX.0, scaled(height, width, BOX.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_have_a_readable_ink() {
        let ink = |text| Colour::parse(text).map(Colour::ink);
        assert_eq!(ink("#1f4e79"), Some("#ffffff"));
        assert_eq!(ink("#FFD400"), Some("#16202c"));
        assert_eq!(Colour::parse("#0a0B0c").map(Colour::css).as_deref(), Some("#0a0b0c"));
        assert_eq!(["bleu", "#12345", "1f4e79", "#1f4e7é", ""].map(Colour::parse), [None; 5]);
        assert_eq!(Colour::default().ink(), "#ffffff");
    }

    #[test]
    fn pictures_are_measured_and_fit_their_box() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([0, 0, 4, 0, 0, 0, 1, 0]);
        assert_eq!(measure(&png), Some(("image/png", (1024, 256))));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x50\0\xa0";
        assert_eq!(measure(jpeg), Some(("image/jpeg", (160, 80))));
        assert_eq!((measure(b"\xff\xd8\xff\xe0\0\0"), measure(b"GIF89a")), (None, None));
        assert_eq!([(1024, 256), (100, 400), (30, 20), (0, 0)].map(fit), [(220, 55), (14, 56), (30, 20), (1, 1)]);
    }
}
