//! What role an account has for which creditor. A role is a word here; what it allows is not the store's to know.

use super::{Accounts, either};
use crate::store::StoreError;

impl Accounts {
    /// Gives an account a role for a creditor, in the place of the one it had; none takes it away.
    pub async fn set_role(&self, entity: &str, account: &str, role: Option<&str>) -> Result<(), StoreError> {
        let give = "INSERT INTO droits(entite, compte, role) VALUES($1, $2, $3) \
                    ON CONFLICT(entite, compte) DO UPDATE SET role = excluded.role";
        let take = "DELETE FROM droits WHERE entite = $1 AND compte = $2";
        either!(self.base, pool => match role {
            Some(role) => sqlx::query(give).bind(entity).bind(account).bind(role).execute(pool).await.map(drop),
            None => sqlx::query(take).bind(entity).bind(account).execute(pool).await.map(drop),
        })?;
        Ok(())
    }

    /// The creditors for which an account has a role, and which.
    pub async fn roles_of(&self, account: &str) -> Result<Vec<(String, String)>, StoreError> {
        let text = "SELECT entite, role FROM droits WHERE compte = $1 ORDER BY entite";
        Ok(either!(self.base, pool => sqlx::query_as(text).bind(account).fetch_all(pool).await)?)
    }

    /// The accounts that have a role for a creditor, and which.
    pub async fn roles_in(&self, entity: &str) -> Result<Vec<(String, String)>, StoreError> {
        let text = "SELECT compte, role FROM droits WHERE entite = $1 ORDER BY compte";
        Ok(either!(self.base, pool => sqlx::query_as(text).bind(entity).fetch_all(pool).await)?)
    }
}
