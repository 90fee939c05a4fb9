//! Rows of `clients.csv`.

use super::batch::{CustomerRow, Source};
use super::columns::ContactPart;
use super::custom;
use super::problem::Refusal;
use super::rows::RowReader;
use super::value::{contact, word};
use relance_core::incoming::{Customer, CustomerContact};
use relance_core::phone;
use relance_core::schema::fold;

/// Telephone numbers that are kept, and told.
#[derive(Default)]
pub(super) struct OddPhones {
    /// They could not be read as such.
    pub unread: Vec<String>,
    /// They stand for mobile ones, and are those of fixed lines.
    pub fixed: Vec<String>,
}

/// Reads a row; numbers that are not what they should be are kept and told in `odd`.
pub(super) fn read(row: &mut RowReader<'_, '_>, source: Source, odd: &mut OddPhones) -> Option<CustomerRow> {
    row.check_width();
    let code = row.needed_text("code");
    let name = row.needed_text("nom");
    let segment = row.text("segment").map(|text| word::identifier(&text)).filter(|s| !s.is_empty() && s != "aucun");
    let country = row.word("pays", word::country);
    let language = row.word("langue", word::language);
    let mut phone_of = |text: String| {
        let phone = contact::phone(&text, country.as_deref());
        if !phone.read {
            odd.unread.push(phone.number.clone());
        }
        phone.number
    };
    let mobile = row.text("portable");
    let fixed = row.text("telephone");
    // A text message needs the mobile one, and a call reaches it as well.
    let is_mobile = mobile.is_some();
    let phone = mobile.or(fixed).map(&mut phone_of);
    let email = row.word("email", contact::email);
    let regime = row.word("regime", word::regime);
    let penalty_rate = row.word("taux_penalites", word::penalty_rate);
    let usual_delay = row.word("delai_habituel", word::days);
    let owner = row.text("responsable");
    let address = address(row);
    let fields = custom::values(row, None);
    let mut contacts: Vec<CustomerContact> = Vec::new();
    let layout = row.layout;
    for column in &layout.contacts {
        let Some(text) = row.text_at(column.column) else { continue };
        let at = match contacts.iter().position(|c| fold(&c.role) == fold(&column.role)) {
            Some(at) => at,
            None => {
                contacts.push(CustomerContact { role: column.role.clone(), ..CustomerContact::default() });
                contacts.len() - 1
            }
        };
        let value = match column.part {
            ContactPart::Name => Some(text),
            ContactPart::Phone => Some(phone_of(text)),
            ContactPart::Email => row.checked_at(column.column, contact::email(&text)),
        };
        if let Some(contact) = contacts.get_mut(at) {
            match column.part {
                ContactPart::Name => contact.name = value,
                ContactPart::Phone => contact.phone = value,
                ContactPart::Email => contact.email = value,
            }
        }
    }
    let is_fixed = |number: &&String| phone::read(number, None).is_some_and(|number| number.mobile == Some(false));
    odd.fixed.extend(phone.as_ref().filter(is_fixed).filter(|_| is_mobile).cloned());
    if code.as_deref().is_some_and(|code| code.chars().count() > 100) {
        row.refuse("code", Refusal::bare("un code de plus de 100 caractères n'en est pas un"));
    }
    if !row.good() {
        return None;
    }
    let customer = Customer {
        name: name?,
        segment,
        email,
        phone,
        address,
        country,
        language,
        regime,
        penalty_rate,
        usual_delay,
        owner,
        fields,
        contacts,
    };
    Some(CustomerRow { source, code: code?, customer })
}

/// Street, complement, postcode and town as lines.
fn address(row: &mut RowReader<'_, '_>) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    for field in ["adresse", "complement"] {
        lines.extend(row.text(field).iter().flat_map(|text| text.lines()).map(|line| line.trim().to_owned()));
    }
    let town: Vec<String> = [row.text("code_postal"), row.text("ville")].into_iter().flatten().collect();
    lines.push(town.join(" "));
    lines.retain(|line| !line.is_empty());
    (!lines.is_empty()).then(|| lines.join("\n"))
}
