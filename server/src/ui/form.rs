//! What people send by a form: small texts, and files.

use super::visit::Visit;
use crate::refusal::Refusal;
use crate::site::Site;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use std::sync::Arc;

/// The field that proves where a form was filled in.
const PROOF: &str = "jeton";
/// How many files at once.
const FILES: usize = 50;

/// A form with its visitor, sent from one of our pages.
pub struct Posted {
    /// Who sent it.
    pub visit: Visit,
    fields: Vec<(String, String)>,
}

impl Posted {
    /// Every field, in the order of the form, without blanks around them.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, text)| (name.as_str(), text.trim()))
    }

    /// A field, without blanks around it; none when it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all().find(|(own, text)| *own == name && !text.is_empty()).map(|(_, text)| text)
    }

    /// A field as it was sent.
    pub fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(own, _)| own == name).map_or("", |(_, text)| text)
    }

    /// A field that a form always sends.
    pub fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| {
            Refusal::Wrong(format!("il manque « {name} »"), "Revenez à la page précédente et remplissez-le.".to_owned())
        })
    }
}

impl FromRequest<Arc<Site>> for Posted {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Posted, Refusal> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, site).await?;
        let request = Request::from_parts(parts, body);
        let axum::Form(fields) =
            axum::Form::<Vec<(String, String)>>::from_request(request, &()).await.map_err(|error| {
                if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                    return Refusal::TooLarge;
                }
                Refusal::Wrong(
                    "ce formulaire ne se lit pas".to_owned(),
                    "Rechargez la page, puis recommencez.".to_owned(),
                )
            })?;
        let posted = Posted { visit, fields };
        posted.visit.proves(posted.get(PROOF))?;
        Ok(posted)
    }
}

/// A form with files.
pub struct Dropped {
    /// Who sent it.
    pub visit: Visit,
    /// Name and bytes of each file, in their order.
    pub files: Vec<(String, Vec<u8>)>,
}

impl FromRequest<Arc<Site>> for Dropped {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Dropped, Refusal> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, site).await?;
        let wrong = |why: String| Refusal::Wrong(why, "Choisissez d’autres fichiers, puis recommencez.".to_owned());
        let mut form = Multipart::from_request(Request::from_parts(parts, body), &())
            .await
            .map_err(|_| wrong("cet envoi ne se lit pas".to_owned()))?;
        let (mut files, mut proof) = (Vec::new(), None);
        while let Some(field) = form.next_field().await.map_err(|error| wrong(cut(&error)))? {
            match (field.name(), field.file_name().map(str::to_owned)) {
                (Some(PROOF), _) => proof = field.text().await.ok(),
                (_, Some(name)) if !name.is_empty() => {
                    // Before the files: whoever cannot prove it has nothing read.
                    visit.proves(proof.as_deref())?;
                    if files.len() == FILES {
                        return Err(wrong(format!("il y a plus de {FILES} fichiers")));
                    }
                    let bytes: Bytes = field.bytes().await.map_err(|error| wrong(cut(&error)))?;
                    files.push((plain(&name), bytes.to_vec()));
                }
                _ => {}
            }
        }
        visit.proves(proof.as_deref())?;
        if files.is_empty() {
            return Err(wrong("il n’y a pas de fichier".to_owned()));
        }
        Ok(Dropped { visit, files })
    }
}

fn cut(error: &axum::extract::multipart::MultipartError) -> String {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        "ces fichiers sont trop grands".to_owned()
    } else {
        "l’envoi est coupé, ou ne se lit pas".to_owned()
    }
}

/// The last part of a name, whatever path a browser puts before it.
pub fn plain(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned()
}
