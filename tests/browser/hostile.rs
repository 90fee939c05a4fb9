//! Visitors who mean harm, or do not know what they are doing: each is refused in its own way, and the server goes on.

use crate::http::{Answer, get, post, raw, send};
use crate::server::{Demo, Server};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    stream
}

/// The first administrator's cookie and form mark.
fn logged_in(server: &Server) -> (String, String) {
    let path = server.first.as_deref().unwrap();
    let path = &path[path.find("/premier-compte/").unwrap()..];
    let form = "nom=Anne&email=anne@exemple.fr&mot_de_passe=correct+cheval+pile&encore=correct+cheval+pile";
    let answer = post(&server.address, path, form);
    let cookie = answer.head_line("set-cookie");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let page = with_cookie(&server.address, &cookie, "GET /e/principale/imports HTTP/1.1", "", b"");
    let mark = page.body.split("name=\"jeton\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    (cookie, mark)
}

fn with_cookie(address: &str, cookie: &str, line: &str, kind: &str, body: &[u8]) -> Answer {
    let length = body.len();
    let head = format!(
        "{line}\r\nHost: essai\r\nConnection: close\r\nCookie: {cookie}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    );
    raw(address, &[head.as_bytes(), body].concat())
}

/// A workbook of a few kilobytes whose only sheet has a gigabyte.
fn bomb() -> Vec<u8> {
    use zip::write::SimpleFileOptions;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut file = |name: &str, text: &[u8], times: usize| {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        for _ in 0..times {
            archive.write_all(text).unwrap();
        }
    };
    let kinds = "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
                 <Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>";
    file("[Content_Types].xml", kinds.as_bytes(), 1);
    let book = "<?xml version=\"1.0\"?><workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
                xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>\
                <sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";
    file("xl/workbook.xml", book.as_bytes(), 1);
    let links = "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
                 <Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
                 Target=\"worksheets/sheet1.xml\"/></Relationships>";
    file("xl/_rels/workbook.xml.rels", links.as_bytes(), 1);
    let row =
        b"<row><c t=\"inlineStr\"><is><t>0000000000000000000000000000000000000000000000000000000000</t></is></c></row>"
            .repeat(1000);
    let start = "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>";
    archive.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
    archive.write_all(start.as_bytes()).unwrap();
    for _ in 0..10_000 {
        archive.write_all(&row).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn hostile_visitors_are_refused_and_others_served() {
    let demo = Demo::new();
    let server = Server::start(&demo);
    let at = server.address.as_str();
    let well = || {
        let answer = get(at, "/sante");
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(get(at, "/pret").status, 200, "{}", get(at, "/pret").body);
    };
    well();

    // Heads and bodies that never end, while the others below are at it.
    let mut slow_heads: Vec<TcpStream> = (0..100).map(|_| connect(at)).collect();
    for stream in &mut slow_heads {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: essai\r\nX-Lent: ").unwrap();
    }
    let mut slow_body = connect(at);
    slow_body
        .write_all(b"POST /connexion HTTP/1.1\r\nHost: essai\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nemail=")
        .unwrap();
    well();

    // Too much.
    let head = "POST /connexion HTTP/1.1\r\nHost: essai\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 104857600\r\n\r\n";
    assert_eq!(raw(at, head.as_bytes()).status, 413);
    let large = vec![b'a'; 3 * 1024 * 1024];
    assert_eq!(send(at, "/connexion", "application/x-www-form-urlencoded", &large).status, 413);
    let chunked = b"POST /connexion HTTP/1.1\r\nHost: essai\r\nTransfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n300000\r\n";
    assert_eq!(raw(at, &[&chunked[..], &large, b"\r\n0\r\n\r\n"].concat()).status, 413);
    let headers: String = (0..10_000).map(|n| format!("X-{n}: a\r\n")).collect();
    let many = raw(at, format!("GET / HTTP/1.1\r\nHost: essai\r\n{headers}\r\n").as_bytes());
    assert!(matches!(many.status, 0 | 400 | 431), "{}", many.status);
    let long = raw(at, format!("GET /{} HTTP/1.1\r\nHost: essai\r\n\r\n", "a".repeat(100_000)).as_bytes());
    assert!(matches!(long.status, 0 | 400 | 414 | 431), "{}", long.status);

    // What is no text.
    assert_eq!(get(at, "/premier-compte/%FF%FE").status, 400);
    assert_eq!(get(at, "/static/%FF/base.css").status, 400);
    for form in [&b"email=%FF%FE&mot_de_passe=%80"[..], b"email=\xff\xfe&mot_de_passe=\x80", b"\x00\x01\x02", b"email"]
    {
        let answer = send(at, "/connexion", "application/x-www-form-urlencoded", form);
        assert!((400..500).contains(&answer.status), "{form:?}: {}", answer.status);
    }

    // What is no request, or more than one.
    for junk in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    ] {
        let answer = raw(at, junk);
        assert!(answer.status == 0 || (400..500).contains(&answer.status), "{junk:?}: {answer:?}");
    }
    let both = raw(at, b"POST /connexion HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /sante HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(both.status < 500, "{both:?}");
    assert_eq!(raw(at, b"GET /sante HTTP/1.0\r\n\r\n").status, 200);
    let piped = raw(at, b"GET /sante HTTP/1.1\r\nHost: a\r\n\r\n\x00\xff\xfe n'importe quoi\r\n\r\n");
    assert_eq!(piped.status, 200);
    assert!(!piped.body.contains("HTTP/1.1 200"), "junk was answered");
    well();

    // Somebody who is let in.
    let (cookie, mark) = logged_in(&server);
    let deep = format!("{{\"texte\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let line = "POST /e/principale/scenarios/verifier HTTP/1.1";
    let answer = with_cookie(at, &cookie, line, "application/json", deep.as_bytes());
    assert!(matches!(answer.status, 400 | 422), "{}", answer.status);
    let bomb = bomb();
    assert!(bomb.len() < 10_000_000, "{}", bomb.len());
    let mut body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"jeton\"\r\n\r\n{mark}\r\n--x\r\nContent-Disposition: form-data; \
         name=\"fichiers\"; filename=\"factures.xlsx\"\r\n\r\n"
    )
    .into_bytes();
    body.extend(&bomb);
    body.extend(b"\r\n--x--\r\n");
    let line = "POST /e/principale/imports HTTP/1.1";
    let answer = with_cookie(at, &cookie, line, "multipart/form-data; boundary=x", &body);
    let answer = if answer.status == 303 {
        let to = answer.head_line("location");
        with_cookie(at, &cookie, &format!("GET {to} HTTP/1.1"), "", b"")
    } else {
        answer
    };
    assert!(
        matches!(answer.status, 200 | 422) && answer.body.contains("factures.xlsx"),
        "{} {}",
        answer.status,
        answer.body
    );
    assert!(answer.body.contains("le classeur contient, décompressé, plus de 600 Mo"), "{}", answer.body);
    well();

    // Those that never ended were ended.
    for mut stream in slow_heads {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(!Answer::of(&rest).head.contains(" 200 "));
    }
    let mut rest = Vec::new();
    let _ = slow_body.read_to_end(&mut rest);
    assert!((400..500).contains(&Answer::of(&rest).status), "{}", String::from_utf8_lossy(&rest));
    well();
    let figures = get(at, "/metrics").body;
    let own = "relance_http_reponses_total{page=\"/premier-compte/{jeton}\",methode=\"POST\",code=\"303\"} 1";
    assert!(figures.contains(own) && figures.contains("relance_passes_total"), "{figures}");
    assert!(figures.contains("relance_http_secondes_bucket{le=\"+Inf\"}"));
    assert_eq!(get(at, "/metriques").status, 200);
}

/// What is under way when the system ends the server is finished first, and nothing new is taken.
#[test]
fn a_server_that_is_ended_finishes_what_it_began() {
    let demo = Demo::new();
    let mut server = Server::start_with(&demo, &["--adresse", "https://relance.exemple.fr"]);
    assert!(server.first.as_deref().unwrap().starts_with("https://relance.exemple.fr/"));
    let at = server.address.clone();
    let path = server.first.as_deref().unwrap().rsplit_once("/premier-compte/").unwrap().1.to_owned();
    let form = "nom=Anne&email=anne@exemple.fr&mot_de_passe=correct+cheval+pile&encore=correct+cheval+pile";
    let (first, rest) = form.split_at(20);
    let mut stream = connect(&at);
    let head = format!(
        "POST /premier-compte/{path} HTTP/1.1\r\nHost: essai\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        form.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // It has begun when the server asks for the rest.
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut asked = vec![0; go_on.len()];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(asked, go_on);
    stream.write_all(first.as_bytes()).unwrap();
    server.ask_to_end();
    std::thread::sleep(Duration::from_millis(300));
    stream.write_all(rest.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let answer = Answer::of(&bytes);
    assert_eq!(answer.status, 303, "{answer:?}");
    // Behind a relay that encrypts, the session travels no other way.
    assert!(
        answer.head_line("set-cookie").starts_with("__Host-relance=") && answer.head.contains("; Secure"),
        "{}",
        answer.head
    );
    assert_eq!(server.ended(), Some(0));
    assert!(TcpStream::connect(at.trim_start_matches("http://")).is_err());
    assert!(demo.prints(&["etat"]).contains("facture"), "the base is whole");
}
