//! Secured connections: rustls with ring, the public authorities, and a private one when the settings name it.

use super::ChannelProblem;
use super::reply::plainly;
use lettre::transport::smtp::client::AsyncTokioStream;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// The certificates of a PEM file.
pub(crate) fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, ChannelProblem> {
    let shown = path.display();
    let bytes = std::fs::read(path)
        .map_err(|error| ChannelProblem(format!("`autorite` : {shown} est illisible ({})", plainly(&error))))?;
    match CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>() {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(ChannelProblem(format!("`autorite` : {shown} ne contient aucun certificat (format PEM attendu)"))),
        Err(_) => Err(ChannelProblem(format!("`autorite` : {shown} est abîmé (format PEM attendu)"))),
    }
}

/// What a client of secured servers needs. The provider is named here: no other crate's choice changes it.
pub(crate) fn client(extra: Vec<CertificateDer<'static>>) -> Result<ClientConfig, ChannelProblem> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in extra {
        let wrong = |error| ChannelProblem(format!("`autorite` : certificat incorrect ({error})"));
        roots.add(certificate).map_err(wrong)?;
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| ChannelProblem(format!("chiffrement indisponible ({error})")))?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

/// A connection secured from its first byte, in the shape that lettre takes.
#[derive(Debug)]
pub(super) struct Secured(pub TlsStream<TcpStream>);

impl AsyncRead for Secured {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}
