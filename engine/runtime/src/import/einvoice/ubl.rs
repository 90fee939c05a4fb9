//! Invoices and credit notes in the syntax UBL 2.1: where each business term stands.

use super::said::{Base64, Party, Said, Term};
use super::xml::{all, schemed, value};
use roxmltree::Node;

/// Reads what an `Invoice` or a `CreditNote` says.
pub(super) fn read(root: Node<'_, '_>) -> Said {
    let credit_note = root.tag_name().name() == "CreditNote";
    let sum = |name: &str| value(root, &format!("LegalMonetaryTotal/{name}"));
    let mut terms: Vec<Term> = all(root, "PaymentTerms")
        .into_iter()
        .map(|node| Term { due: value(node, "PaymentDueDate"), amount: value(node, "Amount") })
        .filter(|term| term.due.is_some())
        .collect();
    if terms.is_empty() {
        // An invoice has its due date at its head, a credit note with its means of payment.
        let due = value(root, "DueDate").or_else(|| value(root, "PaymentMeans/PaymentDueDate"));
        terms.push(Term { due, amount: None });
    }
    let kind = value(root, if credit_note { "CreditNoteTypeCode" } else { "InvoiceTypeCode" });
    let origins = all(root, "BillingReference/InvoiceDocumentReference/ID");
    let papers = all(root, "AdditionalDocumentReference").into_iter();
    Said {
        number: value(root, "ID"),
        kind,
        credit_note,
        issued: value(root, "IssueDate"),
        currency: value(root, "DocumentCurrencyCode"),
        terms,
        total: sum("TaxInclusiveAmount"),
        prepaid: sum("PrepaidAmount"),
        rounding: sum("PayableRoundingAmount"),
        payable: sum("PayableAmount"),
        order: value(root, "OrderReference/ID"),
        origins: origins.into_iter().filter_map(super::xml::said).collect(),
        performed: value(root, "Delivery/ActualDeliveryDate").or_else(|| value(root, "InvoicePeriod/EndDate")),
        seller: party(root, "AccountingSupplierParty"),
        buyer: party(root, "AccountingCustomerParty"),
        papers: papers.filter_map(paper).collect(),
        ways: [
            "ID",
            "IssueDate",
            if credit_note { "CreditNoteTypeCode" } else { "InvoiceTypeCode" },
            "DocumentCurrencyCode",
            "DueDate",
            "LegalMonetaryTotal/PayableAmount",
        ],
    }
}

fn party(root: Node<'_, '_>, name: &str) -> Party {
    let Some(node) = all(root, &format!("{name}/Party")).into_iter().next() else { return Party::default() };
    let lines = ["StreetName", "AdditionalStreetName", "AddressLine/Line"];
    let lines = lines.into_iter().filter_map(|line| value(node, &format!("PostalAddress/{line}")));
    let taxed = all(node, "PartyTaxScheme").into_iter();
    let vat = taxed.filter(|one| value(*one, "TaxScheme/ID").is_none_or(|id| id == "VAT"));
    Party {
        name: value(node, "PartyLegalEntity/RegistrationName").or_else(|| value(node, "PartyName/Name")),
        identifiers: schemed(node, "PartyIdentification/ID"),
        legal: schemed(node, "PartyLegalEntity/CompanyID").into_iter().next(),
        vat: vat.filter_map(|one| value(one, "CompanyID")).next(),
        electronic: schemed(node, "EndpointID").into_iter().next(),
        email: value(node, "Contact/ElectronicMail"),
        phone: value(node, "Contact/Telephone"),
        lines: lines.collect(),
        postcode: value(node, "PostalAddress/PostalZone"),
        town: value(node, "PostalAddress/CityName"),
        country: value(node, "PostalAddress/Country/IdentificationCode"),
    }
}

fn paper(document: Node<'_, '_>) -> Option<Base64> {
    let held = all(document, "Attachment/EmbeddedDocumentBinaryObject").into_iter().next()?;
    Some(Base64::of(held, &value(document, "DocumentDescription").unwrap_or_default()))
}
