//! Codes that replace the second factor.

use super::{Accounts, Digest, either, together};
use crate::store::StoreError;

impl Accounts {
    /// Replaces the recovery codes of an account.
    pub async fn set_codes(&self, account: &str, codes: &[Digest]) -> Result<(), StoreError> {
        together!(self.base, tx => {
            sqlx::query("DELETE FROM codes_secours WHERE compte = $1").bind(account).execute(&mut *tx).await?;
            for code in codes {
                let text = "INSERT INTO codes_secours(compte, empreinte) VALUES($1, $2)";
                sqlx::query(text).bind(account).bind(&code[..]).execute(&mut *tx).await?;
            }
            Some(())
        });
        Ok(())
    }

    /// Takes a recovery code, once: says whether there was one.
    pub async fn take_code(&self, account: &str, code: &Digest) -> Result<bool, StoreError> {
        let text = "DELETE FROM codes_secours WHERE compte = $1 AND empreinte = $2";
        let taken = either!(self.base, pool => {
            sqlx::query(text).bind(account).bind(&code[..]).execute(pool).await?.rows_affected()
        });
        Ok(taken == 1)
    }

    /// How many recovery codes are left.
    pub async fn codes_left(&self, account: &str) -> Result<i64, StoreError> {
        let text = "SELECT COUNT(*) FROM codes_secours WHERE compte = $1";
        Ok(either!(self.base, pool => sqlx::query_scalar(text).bind(account).fetch_one(pool).await)?)
    }
}
