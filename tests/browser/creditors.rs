//! One server for several creditors: each has its pages, its scenarios and its own part of one base.

use crate::browser::Browser;
use crate::morning::first_account;
use crate::server::{Demo, Server};

#[tokio::test]
async fn two_creditors_in_one_server() {
    let Some(browser) = Browser::open().await else { return };
    let demo = Demo::new();
    let (other, same) = (demo.project().join("../autre"), demo.project().join("../pareille"));
    for folder in [&other, &same] {
        std::fs::create_dir(folder).unwrap();
        demo.prints(&["--projet", folder.to_str().unwrap(), "init"]);
    }
    let settings = other.join("relance.toml");
    let text =
        std::fs::read_to_string(&settings).unwrap().replace("[creancier]\n", "[creancier]\nentite = \"autre\"\n");
    std::fs::write(&settings, text.replace("Votre société", "Fonderie Autre")).unwrap();

    let mut server = Server::start_with(&demo, &["--avec", other.to_str().unwrap()]);
    first_account(&browser, &server).await;
    // From one to the other, by the menu of one's own name.
    browser.go(&format!("{}/e/principale/clients", server.address)).await;
    browser.reads("Ateliers Morel").await;
    browser.touch("details.pop > summary").await;
    browser.reads("Fonderie Autre").await;
    browser.touch("a[href=\"/e/autre/aujourdhui\"]").await;
    browser.reads("Aujourd’hui").await;
    assert!(browser.address().await.ends_with("/e/autre/aujourdhui"));
    // What is one's is not the other's.
    browser.go(&format!("{}/e/autre/clients", server.address)).await;
    browser.reads("Fonderie Autre").await;
    assert_eq!(browser.count("tbody tr").await, 0);
    assert!(!other.join("relance.db").exists(), "there is one base");
    browser.close().await;
    server.ask_to_end();
    assert_eq!(server.ended(), Some(0));
    // What another base knows to have left would leave again from this one.
    demo.prints(&["--projet", other.to_str().unwrap(), "executer"]);
    assert!(other.join("relance.db").exists());
    let told = demo.refuses(&["serveur", "--ecoute", "127.0.0.1:0", "--avec", other.to_str().unwrap()]);
    assert!(told.contains("a déjà sa propre base"), "{told}");
    // Two folders of one creditor would work on the same rows.
    let told = demo.refuses(&["serveur", "--ecoute", "127.0.0.1:0", "--avec", same.to_str().unwrap()]);
    assert!(told.contains("deux dossiers sont de l’entité `principale`"), "{told}");
}
