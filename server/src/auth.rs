//! Who may do what (provisional).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Permission {
    See,
    Note,
    Import,
    Approve,
    Publish,
    Manage,
}
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Admin,
}
impl Role {
    pub fn french(self) -> &'static str {
        "administrateur"
    }
    pub fn may(self, _: Permission) -> bool {
        true
    }
}
