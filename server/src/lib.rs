//! The server where credit managers work. So far: who may enter, and what each may do ([`auth`]).

pub mod auth;
