//! Every request that docs/api.md shows is answered, and every code that it names exists.

use super::{Asked, whole_key};
use crate::company::Company;
use axum::http::Method;
use std::path::Path;

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_guide_shows_is_answered() {
    let company = Company::new("").await;
    let (client, invoice) = company.debt().await;
    let key = whole_key(&company).await;
    let guide = read("docs/api.md");
    let blocks: Vec<&str> = guide.split("```http\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 6, "{}", blocks.len());
    for block in blocks {
        let block = block.replace("F2026-000123", &invoice).replace("C00042", &client);
        let (head, body) = block.split_once("\n\n").unwrap_or((&block, ""));
        let mut lines = head.lines();
        let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
        let mut asked = Asked::get(path.strip_prefix("/api/v1/principale").unwrap(), &key);
        asked.method = method.parse::<Method>().unwrap();
        asked.body = body.trim().as_bytes().to_vec();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            match name {
                "Authorization" => assert!(value.starts_with("Bearer relance_")),
                _ => asked.headers.push((name, value.to_owned())),
            }
        }
        let answer = asked.send(&company).await;
        assert!(answer.status.is_success(), "{block}\n{} {}", answer.status, String::from_utf8_lossy(&answer.bytes));
    }
}

#[test]
fn codes_and_acts_of_the_guide_are_those_of_the_code() {
    let (guide, mut code) = (read("docs/api.md"), String::new());
    for file in ["problem", "caller", "once", "asked", "page", "scenarios", "imports", "templates", "mod"] {
        code += &read(&format!("server/src/api/{file}.rs"));
    }
    let table = guide.split("| statut |").nth(1).unwrap().split("\n\n").next().unwrap();
    let named: Vec<&str> = table
        .lines()
        .filter_map(|line| line.split('|').nth(2))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert!(named.len() > 12, "{named:?}");
    for name in named.iter().filter(|name| **name != "code") {
        assert!(code.contains(&format!("\"{name}\"")), "{name}");
    }
    for act in relance_core::act::ACTS {
        assert!(guide.contains(&format!("`{}`", act.name)), "{}", act.name);
    }
}
