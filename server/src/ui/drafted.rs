//! The project as it stands on the disk with the drafts over it, compiled. Reading templates and compiling take a while: what was made
//! last is kept, and made anew as soon as a byte of a file or a draft is another one.

use super::scenarios::over;
use crate::site::Tenant;
use relance_desk::failure::Failure;
use relance_desk::project::Project;
use relance_dsl::Compilation;
use relance_engine::store::Draft;
use ring::digest;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where everything is that scenarios are made of.
const PARTS: [&str; 5] = ["relance.toml", "taux.csv", "scenarios", "modeles", "scripts"];
/// Files that are included from elsewhere are not looked at: with one, nothing is kept.
const OWN: &str = "scenarios/";

/// See the module.
pub struct Drafted {
    /// The project, its sources with the drafts over them.
    pub project: Project,
    /// The drafts.
    pub drafts: Vec<Draft>,
    /// What became of the sources.
    pub compilation: Compilation,
    /// SHA-256 of all that it was made of on the disk.
    of: Option<Vec<u8>>,
}

/// The project with its drafts as of now.
pub async fn drafted(tenant: &Tenant) -> Result<Arc<Drafted>, Failure> {
    let drafts = tenant.store.drafts().await?;
    // Before it is read: what changes meanwhile is another one the next time.
    let of = stamp(&tenant.dir);
    if let Some(known) = tenant.drafted().filter(|known| of.is_some() && known.of == of && known.drafts == drafts) {
        return Ok(known);
    }
    let project = over(Project::open(&tenant.dir, &[])?, &drafts);
    let compilation = project.compile();
    let included = project.sources.iter().flat_map(relance_dsl::includes);
    let own =
        included.chain(project.sources.iter().map(|source| source.path.clone())).all(|path| path.starts_with(OWN));
    let made = Arc::new(Drafted { project, drafts, compilation, of: of.filter(|_| own) });
    tenant.keep_drafted(&made);
    Ok(made)
}

/// SHA-256 of everything below the parts; none when something cannot be read.
fn stamp(dir: &Path) -> Option<Vec<u8>> {
    let mut context = digest::Context::new(&digest::SHA256);
    let mut left: Vec<PathBuf> = PARTS.iter().rev().map(|part| dir.join(part)).collect();
    while let Some(path) = left.pop() {
        context.update(path.as_os_str().as_encoded_bytes());
        let Ok(found) = std::fs::metadata(&path) else {
            context.update(b"\0-");
            continue;
        };
        if found.is_dir() {
            let below: Result<Vec<PathBuf>, _> =
                std::fs::read_dir(&path).ok()?.map(|entry| entry.map(|entry| entry.path())).collect();
            let mut below = below.ok()?;
            below.sort();
            left.extend(below.into_iter().rev());
            context.update(b"\0d");
        } else {
            let bytes = std::fs::read(&path).ok()?;
            context.update(b"\0f");
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(&bytes);
        }
    }
    Some(context.finish().as_ref().to_vec())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::stamp;

    #[test]
    fn whatever_changes_is_another_project() {
        let dir = &std::env::temp_dir().join(format!("relance-empreinte-{}", std::process::id()));
        std::fs::create_dir_all(dir).unwrap();
        let mut seen = vec![stamp(dir).unwrap()];
        let mut again = |what: &str| {
            let now = stamp(dir).unwrap();
            assert!(!seen.contains(&now), "{what}");
            assert_eq!(stamp(dir).unwrap(), now);
            seen.push(now);
        };
        std::fs::write(dir.join("relance.toml"), "a").unwrap();
        again("a file");
        std::fs::create_dir_all(dir.join("modeles/email")).unwrap();
        again("a folder");
        std::fs::write(dir.join("modeles/email/a.md"), "a").unwrap();
        again("a file below");
        std::fs::write(dir.join("modeles/email/a.md"), "b").unwrap();
        again("as long");
        std::fs::rename(dir.join("modeles/email/a.md"), dir.join("modeles/email/b.md")).unwrap();
        again("another name");
        std::fs::remove_file(dir.join("modeles/email/b.md")).unwrap();
        std::fs::write(dir.join("scenarios"), "b").unwrap();
        again("elsewhere");
        std::fs::write(dir.join("donnees.csv"), "c").unwrap();
        assert_eq!(stamp(dir).unwrap(), *seen.last().unwrap(), "what is no part of it");
        std::fs::remove_dir_all(dir).unwrap();
    }
}
