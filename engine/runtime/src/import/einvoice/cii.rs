//! Invoices in the syntax CII (Factur-X, ZUGFeRD 2, XRechnung): where each business term stands.

use super::said::{Base64, Party, Said, Term};
use super::xml::{all, child, schemed, value};
use roxmltree::Node;

const HEAD: &str = "ExchangedDocument";
const AGREED: &str = "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement";
const DELIVERED: &str = "SupplyChainTradeTransaction/ApplicableHeaderTradeDelivery";
const SETTLED: &str = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement";

/// Reads what a `CrossIndustryInvoice` says.
pub(super) fn read(root: Node<'_, '_>) -> Said {
    let head = |way: &str| value(root, &format!("{HEAD}/{way}"));
    let agreed = |way: &str| value(root, &format!("{AGREED}/{way}"));
    let settled = |way: &str| value(root, &format!("{SETTLED}/{way}"));
    let sum = |name: &str| settled(&format!("SpecifiedTradeSettlementHeaderMonetarySummation/{name}"));
    let terms = all(root, &format!("{SETTLED}/SpecifiedTradePaymentTerms"));
    let term = |node: Node<'_, '_>| Term {
        due: value(node, "DueDateDateTime/DateTimeString"),
        amount: value(node, "PartialPaymentAmount"),
    };
    let origins = all(root, &format!("{SETTLED}/InvoiceReferencedDocument/IssuerAssignedID"));
    let delivered =
        value(root, &format!("{DELIVERED}/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString"));
    Said {
        number: head("ID"),
        kind: head("TypeCode"),
        credit_note: false,
        issued: head("IssueDateTime/DateTimeString"),
        currency: settled("InvoiceCurrencyCode"),
        terms: terms.into_iter().map(term).collect(),
        total: sum("GrandTotalAmount"),
        prepaid: sum("TotalPrepaidAmount"),
        rounding: sum("RoundingAmount"),
        payable: sum("DuePayableAmount"),
        order: agreed("BuyerOrderReferencedDocument/IssuerAssignedID"),
        origins: origins.into_iter().filter_map(super::xml::said).collect(),
        performed: delivered.or_else(|| settled("BillingSpecifiedPeriod/EndDateTime/DateTimeString")),
        seller: party(root, "SellerTradeParty"),
        buyer: party(root, "BuyerTradeParty"),
        papers: all(root, &format!("{AGREED}/AdditionalReferencedDocument")).into_iter().filter_map(paper).collect(),
        ways: [
            "ExchangedDocument/ID",
            "ExchangedDocument/IssueDateTime",
            "ExchangedDocument/TypeCode",
            "ApplicableHeaderTradeSettlement/InvoiceCurrencyCode",
            "SpecifiedTradePaymentTerms/DueDateDateTime",
            "SpecifiedTradeSettlementHeaderMonetarySummation/DuePayableAmount",
        ],
    }
}

fn party(root: Node<'_, '_>, name: &str) -> Party {
    let Some(node) = all(root, &format!("{AGREED}/{name}")).into_iter().next() else { return Party::default() };
    let contact = |way: &str| value(node, &format!("DefinedTradeContact/{way}"));
    let lines = ["LineOne", "LineTwo", "LineThree"];
    let lines = lines.into_iter().filter_map(|line| value(node, &format!("PostalTradeAddress/{line}")));
    let vat = schemed(node, "SpecifiedTaxRegistration/ID").into_iter();
    let mut identifiers = schemed(node, "ID");
    identifiers.extend(schemed(node, "GlobalID"));
    Party {
        name: value(node, "Name"),
        identifiers,
        legal: schemed(node, "SpecifiedLegalOrganization/ID").into_iter().next(),
        vat: vat.filter(|(scheme, _)| scheme.as_deref() != Some("FC")).map(|(_, number)| number).next(),
        electronic: schemed(node, "URIUniversalCommunication/URIID").into_iter().next(),
        email: contact("EmailURIUniversalCommunication/URIID"),
        phone: contact("TelephoneUniversalCommunication/CompleteNumber"),
        lines: lines.collect(),
        postcode: value(node, "PostalTradeAddress/PostcodeCode"),
        town: value(node, "PostalTradeAddress/CityName"),
        country: value(node, "PostalTradeAddress/CountryID"),
    }
}

fn paper(document: Node<'_, '_>) -> Option<Base64> {
    let held = child(document, "AttachmentBinaryObject")?;
    let described = value(document, "Name").unwrap_or_default();
    Some(Base64::of(held, &described))
}
