//! A real browser without a window, driven as a person would drive it.

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);
/// What finds pages that people with other senses, or without a mouse, could not use.
const AXE: &str = include_str!("axe.min.js");

/// A browser, and the program that drives it.
pub struct Browser {
    /// The page.
    pub page: Client,
    driver: Child,
    /// What shut somebody out, page by page: told together at the end.
    faults: RefCell<Vec<String>>,
}

impl Browser {
    /// Opens one; none, told, where the machine has no Chromium or no chromedriver.
    pub async fn open() -> Option<Browser> {
        Browser::with(json!({})).await
    }

    /// One that runs no script of any page.
    pub async fn without_scripts() -> Option<Browser> {
        Browser::with(json!({ "profile.managed_default_content_settings.javascript": 2 })).await
    }

    async fn with(preferences: Value) -> Option<Browser> {
        let driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut driver) = driver else {
            println!("IGNORÉ : chromedriver n’est pas installé");
            return None;
        };
        // It chooses its port itself, which nobody else can take before, and tells it when it listens.
        let mut said = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = said.find_map(|line| line.split_once("successfully on port ").map(|(_, port)| port.to_owned()));
        let port = port.expect("chromedriver never listens");
        std::thread::spawn(move || said.for_each(drop));
        let port = port.trim_end_matches('.');
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-prefers-reduced-motion", "--window-size=1280,1000", "--lang=fr"],
            "prefs": preferences
        });
        let wanted = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
        let page = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Some(Browser { page, driver, faults: RefCell::default() })
    }

    /// Goes to an address.
    pub async fn go(&self, address: &str) {
        self.page.goto(address).await.unwrap();
    }

    /// The element of a selector, as soon as it is there.
    pub async fn find(&self, selector: &str) -> Element {
        let wait = self.page.wait().at_most(PATIENCE);
        match wait.for_element(Locator::Css(selector)).await {
            Ok(found) => found,
            Err(error) => panic!("no `{selector}` on {}: {error}\n{}", self.address().await, self.text().await),
        }
    }

    /// How many elements a selector has now.
    pub async fn count(&self, selector: &str) -> usize {
        self.page.find_all(Locator::Css(selector)).await.unwrap().len()
    }

    /// How many of these elements nobody sees.
    pub async fn hidden(&self, selector: &str) -> usize {
        let mut hidden = 0;
        for element in self.page.find_all(Locator::Css(selector)).await.unwrap() {
            hidden += usize::from(!element.is_displayed().await.unwrap());
        }
        hidden
    }

    /// Sends a form as the Enter key does, and waits for another page.
    pub async fn submit(&self, selector: &str) {
        let field = self.find(&format!("{selector} input")).await;
        self.page.execute("window.before = true", Vec::new()).await.unwrap();
        field.send_keys("\u{e007}").await.unwrap();
        self.turned().await;
    }

    /// Writes into a field.
    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Sets what a field holds, as a picker of days or a list does.
    pub async fn set(&self, selector: &str, value: &str) {
        self.find(selector).await;
        let script = "const field = document.querySelector(arguments[0]); field.value = arguments[1]; \
                      field.dispatchEvent(new Event('input', { bubbles: true }))";
        self.page.execute(script, vec![json!(selector), json!(value)]).await.unwrap();
    }

    /// Presses something and waits for another page.
    pub async fn press(&self, selector: &str) {
        let element = self.find(selector).await;
        self.page.execute("window.before = true", Vec::new()).await.unwrap();
        self.click(&element, selector).await;
        self.turned().await;
    }

    /// Presses something that stays on the page.
    pub async fn touch(&self, selector: &str) {
        let element = self.find(selector).await;
        self.click(&element, selector).await;
    }

    async fn click(&self, element: &Element, selector: &str) {
        if let Err(error) = element.click().await {
            self.picture("raté", &self.address().await).await;
            panic!("nobody can press `{selector}` on {}: {error}", self.address().await);
        }
    }

    /// Types a key, as at the keyboard, and waits for another page.
    pub async fn key(&self, key: &str) {
        self.page.execute("window.before = true", Vec::new()).await.unwrap();
        self.type_key(key).await;
        self.turned().await;
    }

    /// Types a key.
    pub async fn type_key(&self, key: &str) {
        let body = self.page.active_element().await.unwrap();
        body.send_keys(key).await.unwrap();
    }

    /// Waits until another page is there, whole.
    async fn turned(&self) {
        let start = Instant::now();
        loop {
            let script = "return !window.before && document.readyState === 'complete'";
            if self.page.execute(script, Vec::new()).await.is_ok_and(|there| there == json!(true)) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "the page never turned:\n{}", self.text().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Where it is.
    pub async fn address(&self) -> String {
        self.page.current_url().await.unwrap().to_string()
    }

    /// What a person reads.
    pub async fn text(&self) -> String {
        match self.page.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// Fails unless a person can read it on the page.
    pub async fn reads(&self, words: &str) {
        let start = Instant::now();
        while !self.text().await.contains(words) {
            assert!(
                start.elapsed() < PATIENCE,
                "« {words} » is not on {}\n{}",
                self.address().await,
                self.text().await
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Fails when somebody could not use the page, in light or dark colours, on a desk or a phone; and when it scrolls sideways.
    pub async fn is_for_everybody(&self) {
        let address = self.address().await;
        for (width, theme) in [(1280, "clair"), (390, "sombre")] {
            self.resize(width, 1000).await;
            let paint = "document.documentElement.dataset.theme = arguments[0]";
            self.page.execute(paint, vec![json!(theme)]).await.unwrap();
            self.picture(&format!("{width}-{theme}"), &address).await;
            let wide = self.page.execute("return document.documentElement.scrollWidth > innerWidth + 1", Vec::new());
            if wide.await.unwrap() != json!(false) {
                self.fault(format!("{address} scrolls sideways at {width}"));
            }
            self.page.execute(AXE, Vec::new()).await.unwrap();
            let script = "const done = arguments[0]; axe.run({ resultTypes: ['violations'] }).then(found => done(found.violations.map( \
                          one => ({ id: one.id, help: one.help, nodes: one.nodes.slice(0, 3).map(node => node.html) }))))";
            let found = self.page.execute_async(script, Vec::new()).await.unwrap();
            if found != json!([]) {
                self.fault(format!("{address} at {width}, {theme}: {found:#}"));
            }
        }
        self.resize(1280, 1000).await;
        self.page.execute("delete document.documentElement.dataset.theme", Vec::new()).await.unwrap();
    }

    /// Gives the window another size, and waits until the page has it: what is pressed meanwhile stands elsewhere.
    async fn resize(&self, width: u32, height: u32) {
        self.page.set_window_size(width, height).await.unwrap();
        let (mut before, mut same) = (json!(null), 0);
        let start = Instant::now();
        while same < 3 {
            assert!(start.elapsed() < PATIENCE, "the window never has {width} × {height}: {before}");
            tokio::time::sleep(Duration::from_millis(30)).await;
            let now = self.page.execute("return [innerWidth, innerHeight]", Vec::new()).await.unwrap();
            same = if now == before && now[0] == json!(width) { same + 1 } else { 0 };
            before = now;
        }
    }

    /// Keeps a picture of the page where `RELANCE_IMAGES` says.
    async fn picture(&self, name: &str, address: &str) {
        let Some(folder) = std::env::var_os("RELANCE_IMAGES") else { return };
        let height = self.page.execute("return document.documentElement.scrollHeight", Vec::new()).await.unwrap();
        let (width, _) = self.page.get_window_size().await.unwrap();
        let tall = u32::try_from(height.as_u64().unwrap_or(1000).clamp(600, 6000)).unwrap();
        self.resize(u32::try_from(width).unwrap(), tall).await;
        let path: String = address.split('/').skip(3).collect::<Vec<_>>().join("_");
        let path: String =
            path.chars().map(|c| if c.is_alphanumeric() || "-_".contains(c) { c } else { '.' }).take(60).collect();
        let bytes = self.page.screenshot().await.unwrap();
        std::fs::write(PathBuf::from(folder).join(format!("{path}.{name}.png")), bytes).unwrap();
        self.resize(u32::try_from(width).unwrap(), 1000).await;
    }

    /// What the page's own scripts think.
    pub async fn asks(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap()
    }

    fn fault(&self, what: String) {
        eprintln!("{what}");
        self.faults.borrow_mut().push(what);
    }

    /// Closes it, and fails when a page shut somebody out.
    pub async fn close(mut self) {
        let page = self.page.clone();
        let _ = page.close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let faults = self.faults.take();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
