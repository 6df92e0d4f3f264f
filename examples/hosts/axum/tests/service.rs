//! The service as its clients see it: over TCP, while its policy is rewritten, and while it stops.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use axum::routing::get;
use axum::{Extension, Router};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use wardkey::source::Sources;
use wardkey::{Policy, PolicyFiles, suite};
use wardkey_axum_example::guard::{Decided, Gate};
use wardkey_axum_example::log::{DecisionLog, LogWriter, MASK};
use wardkey_axum_example::reload::{LivePolicy, Watcher};
use wardkey_axum_example::{Front, routes, serve};

/// How long anything may take that is waited for.
const DEADLINE: Duration = Duration::from_secs(60);
/// How often the folder is looked at: longer than a tick of the clock that dates files.
const EVERY: Duration = Duration::from_millis(20);

type HttpClient = Client<HttpConnector, Empty<axum::body::Bytes>>;

/// A text that is written by one and read by another.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

/// What the service tells of itself, from all tests of this file.
static TOLD: LazyLock<Paper> = LazyLock::new(|| {
    let paper = Paper::default();
    let writer = paper.clone();
    tracing_subscriber::fmt().with_writer(move || writer.clone()).init();
    paper
});

/// The service, run in this process on a port of its own.
struct Service {
    address: SocketAddr,
    client: HttpClient,
    stop: oneshot::Sender<()>,
    served: JoinHandle<io::Result<()>>,
    live: Arc<LivePolicy>,
    watcher: Watcher,
    log: DecisionLog,
    writer: LogWriter,
    decisions: Paper,
}

impl Service {
    async fn start(policy: &Path) -> Self {
        Self::with(policy, |live, log| routes(live, log).unwrap()).await
    }

    async fn with(policy: &Path, routes: impl FnOnce(&Arc<LivePolicy>, &DecisionLog) -> Router) -> Self {
        LazyLock::force(&TOLD);
        let (live, watcher) = LivePolicy::watch(policy, EVERY).unwrap();
        let decisions = Paper::default();
        let (log, writer) = DecisionLog::start(100_000, decisions.clone());
        let routes = routes(&live, &log);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async move { stopped.await.unwrap_or_default() };
        let served = tokio::spawn(serve(listener, routes, stopped, DEADLINE));
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { address, client, stop, served, live, watcher, log, writer, decisions }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        get_from(&self.client, self.address, path, headers).await
    }

    async fn health(&self) -> Value {
        self.get("/health", &[]).await.body
    }

    /// Stops and gives the decision log.
    async fn stop(self) -> Vec<Value> {
        self.stop.send(()).unwrap();
        drop(self.client);
        timeout(DEADLINE, self.served).await.expect("the service ends").unwrap().unwrap();
        self.watcher.stop();
        self.writer.close();
        assert_eq!(self.log.counts().dropped, 0);
        self.decisions.lines()
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    policy: Option<String>,
    request_id: Option<String>,
    cache_control: Option<String>,
    body: Value,
}

async fn get_from(client: &HttpClient, address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = axum::http::Request::get(format!("http://{address}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response =
        timeout(DEADLINE, client.request(request.body(Empty::new()).unwrap())).await.expect("in time").unwrap();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (policy, request_id, cache_control) = (header("x-policy"), header("x-request-id"), header("cache-control"));
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answer { status, policy, request_id, cache_control, body }
}

/// Waits until something is so.
async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let wait = async {
        while !is_so().await {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("in vain: {what}"));
}

fn example_policy() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policy")
}

/// A day not long ago, wherever midnight is.
fn lately() -> String {
    (wardkey_axum_example::now() - Duration::from_secs(48 * 3600)).to_string()[..10].to_owned()
}

/// A nurse's claims.
fn nurse(trained: &str) -> Value {
    json!({"id": "n1", "role": "Nurse", "wards": ["icu", "surgery"], "trained": trained, "device": {"managed": true}})
}

#[test]
fn the_policy_passes_its_own_tests() {
    let policy = Policy::load(example_policy()).unwrap();
    let text = fs::read_to_string(example_policy().join("front.test.yaml")).unwrap();
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let tests = suite::read(sources.add("front.test.yaml", text.clone()), &text, &mut problems).unwrap();
    problems.extend(tests.check(&policy));
    assert!(problems.is_empty(), "{problems:?}");
    let report = tests.run(&policy);
    assert!(report.failed() == 0 && report.passed() > 10, "{report:?}");
}

#[tokio::test]
async fn whom_the_policy_allows_passes_and_the_handler_sees_the_decision() {
    let service = Service::start(&example_policy()).await;
    let claims = ("x-claims", r#"{"id": "d1", "role": "Physician"}"#);
    let answer = service.get("/reports", &[claims, ("x-network", "office"), ("x-request-id", "from-the-front")]).await;
    assert_eq!((answer.status, answer.body), (200, json!({"admissions": 212, "allowed_by": ["figures"]})));
    assert_eq!(answer.policy.as_deref(), Some(service.live.current().policy.hash()));
    assert_eq!(answer.request_id.as_deref(), Some("from-the-front"));
    assert_eq!(answer.cache_control.as_deref(), Some("no-store"));
    service.stop().await;
}

#[tokio::test]
async fn a_refusal_says_why_and_what_is_missing_in_the_readers_language() {
    let service = Service::start(&example_policy()).await;
    let mut claims = nurse(&lately());
    claims["device"] = json!({});
    let claims = claims.to_string();
    let answer = service.get("/records/r1", &[("x-claims", &claims), ("accept-language", "fr, es-MX;q=0.8")]).await;
    assert_eq!(answer.status, 403);
    let expected = json!({
        "outcome": "denied",
        "entitlement": "patient_record.read",
        "because": ["Los expedientes se abren solo en dispositivos del hospital"],
        "missing": ["device.managed"],
        "request_id": answer.request_id,
    });
    assert_eq!(answer.body, expected);

    let answer = service.get("/reports", &[("x-claims", r#"{"role": "Researcher"}"#)]).await;
    assert_eq!((answer.status, &answer.body["outcome"]), (403, &json!("denied")), "the network is not known");
    assert_eq!(answer.body["missing"], json!(["network"]));

    let researcher = [("x-claims", r#"{"role": "Researcher"}"#), ("x-network", "office")];
    let answer = service.get("/reports", &researcher).await;
    assert_eq!((answer.status, &answer.body["outcome"]), (403, &json!("offered")));
    assert_eq!(answer.body["because"], json!(["Ask the head of your department"]));

    let answer = service.get("/reports", &[("x-network", "office")]).await;
    assert_eq!((answer.status, &answer.body["outcome"]), (403, &json!("not_granted")));
    assert_eq!(answer.body["missing"], json!(["role"]));
    assert_ne!(answer.request_id, None);
    service.stop().await;
}

#[tokio::test]
async fn the_record_that_is_handed_out_is_the_one_that_was_decided_about() {
    let service = Service::start(&example_policy()).await;
    let claims = nurse("2999-01-01").to_string();
    let answer = service.get("/records/r1", &[("x-claims", &claims)]).await;
    assert_eq!((answer.status, &answer.body["id"]), (403, &Value::Null), "trained in the future");
    let claims = nurse(&lately()).to_string();
    let answer = service.get("/records/r1", &[("x-claims", &claims)]).await;
    assert_eq!((answer.status, &answer.body["note"]), (200, &json!("Stable, asks for tea")));
    let own = service.get("/records/r2", &[("x-claims", &claims)]).await;
    assert_eq!(own.body["because"], json!(["Ask the records office for your own record"]));

    // what is not there, and what is spelled otherwise, is nothing that is known, whatever the claims say
    let mut claims = nurse(&lately());
    claims["patient_record"] = json!({"ward": "icu", "patient": "p9"});
    let claims = claims.to_string();
    for path in ["/records/r9", "/records/r%31"] {
        let answer = service.get(path, &[("x-claims", &claims)]).await;
        assert_eq!(answer.status, 403, "{path}: {answer:?}");
    }
    service.stop().await;
}

#[tokio::test]
async fn what_cannot_be_understood_is_a_400_with_every_problem() {
    let service = Service::start(&example_policy()).await;
    let claims = r#"{"role": "Nurze", "shoe_size": 42, "trained": "secretly"}"#;
    let answer = service.get("/reports", &[("x-claims", claims), ("x-network", "office")]).await;
    assert_eq!(answer.status, 400);
    let problems = answer.body["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 3, "{problems:?}");
    let of = |name: &str| problems.iter().find(|problem| problem["attribute"] == name).unwrap();
    assert!(of("role")["help"].as_str().unwrap().contains("`Nurse`"));
    assert!(of("shoe_size")["message"].as_str().unwrap().contains("declares no attribute"));
    assert_eq!(of("trained")["message"], "this value cannot be read", "the catalogue does not disclose it");

    for (headers, said) in [
        (vec![("x-claims", "{}"), ("x-claims", "{}")], "given twice"),
        (vec![("x-claims", "role: Nurse")], "not JSON"),
        (vec![("x-claims", "[]")], "object"),
    ] {
        let answer = service.get("/reports", &headers).await;
        assert_eq!(answer.status, 400, "{headers:?}");
        assert!(answer.body["problems"][0]["message"].as_str().unwrap().contains(said), "{answer:?}");
        assert_ne!(answer.request_id, None);
    }
    assert_eq!(service.stop().await, Vec::<Value>::new(), "nothing was decided");
}

#[tokio::test]
async fn the_decision_log_has_a_line_for_each_decision_and_masks() {
    let service = Service::start(&example_policy()).await;
    let nurse = nurse("2999-01-01").to_string();
    let hash = service.live.current().policy.hash().to_owned();
    service.get("/records/r1", &[("x-claims", nurse.as_str()), ("x-request-id", "q1")]).await;
    service.get("/reports", &[("x-claims", nurse.as_str()), ("x-network", "home"), ("x-request-id", "q 2")]).await;
    let lines = service.stop().await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0]["request_id"], "q1");
    assert_ne!(lines[1]["request_id"], "q 2", "an id that is none");
    for (line, entitlement, outcome, rules) in [
        (&lines[0], "patient_record.read", "not_granted", json!([])),
        (&lines[1], "reports", "denied", json!(["at_home"])),
    ] {
        assert_eq!((&line["entitlement"], &line["outcome"]), (&json!(entitlement), &json!(outcome)));
        assert_eq!((&line["rules"], &line["policy"]), (&rules, &json!(hash)));
        assert_eq!(line["context"]["role"], "Nurse");
        assert_eq!(line["context"]["trained"], MASK);
        assert_eq!(line["time"], line["context"]["now"]);
    }
    assert_eq!(lines[0]["context"]["patient_record.ward"], "icu");
    assert_eq!(lines[0]["context"]["patient_record.patient"], MASK);
    assert!(lines[1]["context"].get("patient_record.patient").is_none(), "unknown");
}

/// A policy that gives the reports to one role and denies them to the other, with a text that names its version.
fn version(name: &str, allowed: &str, denied: &str) -> String {
    format!(
        "role = {allowed} -> allow reports, patient_record.read\n\
         role = {denied} -> deny reports because \"denied by {name}\"\n"
    )
}

fn hash_of(rules: &str) -> String {
    PolicyFiles::new().rules("rules.ward", rules).load().unwrap().hash().to_owned()
}

/// Puts a file in the place of another one, all of it at once.
fn put(folder: &Path, text: &str) {
    fs::write(folder.join(".new"), text).unwrap();
    fs::rename(folder.join(".new"), folder.join("rules.ward")).unwrap();
}

/// What the clients of a service under load have seen.
#[derive(Default)]
struct Seen {
    is_over: AtomicBool,
    /// The only version that may answer requests from now on; none while it changes.
    only: Mutex<Option<String>>,
    answers: AtomicUsize,
}

impl Seen {
    fn only(&self) -> MutexGuard<'_, Option<String>> {
        self.only.lock().unwrap()
    }

    /// Waits until the clients have had many more answers.
    async fn many_more(&self) {
        let before = self.answers.load(Ordering::Relaxed);
        until("clients go on", || async { self.answers.load(Ordering::Relaxed) > before + 100 }).await;
    }
}

/// Asks in turn as Nurse and as Sales; checks that each answer is that of one version, and of the right one.
async fn hammer(address: SocketAddr, versions: [(String, &'static str, &'static str); 2], seen: Arc<Seen>) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    for role in ["Nurse", "Sales"].into_iter().cycle() {
        if seen.is_over.load(Ordering::Relaxed) {
            return;
        }
        let before = seen.only().clone();
        let claims = json!({"role": role}).to_string();
        let answer = get_from(&client, address, "/reports", &[("x-claims", &claims)]).await;
        let after = seen.only().clone();
        let by = answer.policy.clone().expect("every answer names its policy");
        let (_, name, allowed) =
            versions.iter().find(|(hash, ..)| *hash == by).expect("a version that came into force");
        if role == *allowed {
            assert_eq!(answer.status, 200, "{name}: {answer:?}");
        } else {
            assert_eq!(answer.status, 403, "{name}: {answer:?}");
            assert_eq!(answer.body["because"], json!([format!("denied by {name}")]));
        }
        if before == after {
            assert!(before.is_none_or(|only| only == by), "{name} is not in force");
        }
        seen.answers.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_policy_is_reloaded_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (version("A", "Nurse", "Sales"), version("B", "Sales", "Nurse"));
    let broken = format!("{b}role == Anybody -> allow all\n");
    let (hash_a, hash_b) = (hash_of(&a), hash_of(&b));
    put(folder.path(), &a);
    let service = Service::start(folder.path()).await;
    assert_eq!(service.live.current().policy.hash(), hash_a);

    let seen = Arc::new(Seen::default());
    *seen.only() = Some(hash_a.clone());
    let mut clients = JoinSet::new();
    for _ in 0..4 {
        let versions = [(hash_a.clone(), "A", "Nurse"), (hash_b.clone(), "B", "Sales")];
        clients.spawn(hammer(service.address, versions, seen.clone()));
    }
    seen.many_more().await;

    for (kept, next_hash, next) in [(&hash_a, &hash_b, &b), (&hash_b, &hash_a, &a), (&hash_a, &hash_b, &b)] {
        let refused_before = service.health().await["last_refusal"]["at"].clone();
        put(folder.path(), &broken);
        until("the broken version is refused", || async {
            service.health().await["last_refusal"]["at"] != refused_before
        })
        .await;
        seen.many_more().await;
        let health = service.health().await;
        assert_eq!(health["policy"]["hash"], **kept);
        let refusal = health["last_refusal"]["text"].as_str().unwrap();
        assert!(refusal.contains("error[WK") && refusal.contains("rules.ward:3:6"), "{refusal}");
        assert!(refusal.contains("write `=` for `==`"), "{refusal}");
        assert!(TOLD.text().contains(refusal), "the log has it in full");

        *seen.only() = None;
        put(folder.path(), next);
        until("the next version is in force", || async { service.health().await["policy"]["hash"] == **next_hash })
            .await;
        *seen.only() = Some(next_hash.clone());
        seen.many_more().await;
    }

    seen.is_over.store(true, Ordering::Relaxed);
    while let Some(ended) = clients.join_next().await {
        ended.expect("every answer was right");
    }
    let answers = seen.answers.load(Ordering::Relaxed);
    let lines = service.stop().await;
    assert_eq!(lines.len(), answers, "each was logged");
    let by = |hash: &str| lines.iter().filter(|line| line["policy"] == hash).count();
    assert!(by(&hash_a) > 100 && by(&hash_b) > 100 && by(&hash_a) + by(&hash_b) == answers);
}

#[tokio::test]
async fn a_version_that_lacks_what_a_route_names_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let a = version("A", "Nurse", "Sales");
    put(folder.path(), &a);
    let service = Service::start(folder.path()).await;
    put(folder.path(), "role = Nurse -> allow patient_record.read");
    until("it is refused", || async { service.live.last_refusal().is_some() }).await;
    let refusal = service.live.last_refusal().unwrap();
    assert!(refusal.text.contains("there is no entitlement `reports`"), "{}", refusal.text);
    assert_eq!(service.live.current().policy.hash(), hash_of(&a));
    service.stop().await;
}

#[tokio::test]
async fn a_folder_that_goes_away_leaves_the_policy_in_force() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("policy");
    fs::create_dir(&folder).unwrap();
    put(&folder, &version("A", "Nurse", "Sales"));
    let service = Service::start(&folder).await;
    fs::remove_dir_all(&folder).unwrap();
    until("it is refused", || async { service.live.last_refusal().is_some() }).await;
    let answer = service.get("/reports", &[("x-claims", r#"{"role": "Nurse"}"#)]).await;
    assert_eq!(answer.status, 200);
    service.stop().await;
}

/// Files that belong together come into force together where the folder is a link that is turned to another folder.
#[cfg(unix)]
#[tokio::test]
async fn a_folder_may_be_a_link_that_is_turned() {
    let parent = tempfile::tempdir().unwrap();
    let at = |name: &str| parent.path().join(name);
    let texts = [("a", version("A", "Nurse", "Sales")), ("b", version("B", "Sales", "Nurse"))];
    for (name, text) in &texts {
        fs::create_dir(at(name)).unwrap();
        put(&at(name), text);
    }
    std::os::unix::fs::symlink("a", at("policy")).unwrap();
    let service = Service::start(&at("policy")).await;
    assert_eq!(service.live.current().policy.hash(), hash_of(&texts[0].1));
    std::os::unix::fs::symlink("b", at("turned")).unwrap();
    fs::rename(at("turned"), at("policy")).unwrap();
    let hash = hash_of(&texts[1].1);
    until("the other folder is in force", || async { service.live.current().policy.hash() == hash }).await;
    service.stop().await;
}

#[tokio::test]
async fn a_request_keeps_the_policy_it_began_with() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (version("A", "Nurse", "Sales"), version("B", "Sales", "Nurse"));
    put(folder.path(), &a);
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let service = slow_service(folder.path(), &entered, &leave).await;
    let (client, address) = (service.client.clone(), service.address);
    let asked =
        tokio::spawn(async move { get_from(&client, address, "/slow", &[("x-claims", r#"{"role": "Nurse"}"#)]).await });
    entered.notified().await;
    put(folder.path(), &b);
    until("B is in force", || async { service.live.current().policy.hash() == hash_of(&b) }).await;
    leave.notify_one();
    let answer = asked.await.unwrap();
    assert_eq!((answer.status, answer.policy), (200, Some(hash_of(&a))));
    assert_eq!(answer.body, "allowed", "decided again at the end, by the policy of the beginning");
    service.stop().await;
}

#[tokio::test]
async fn a_service_that_stops_answers_what_was_begun_and_writes_its_log() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &version("A", "Nurse", "Sales"));
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let service = slow_service(folder.path(), &entered, &leave).await;
    let (client, address) = (service.client.clone(), service.address);
    let asked =
        tokio::spawn(async move { get_from(&client, address, "/slow", &[("x-claims", r#"{"role": "Nurse"}"#)]).await });
    entered.notified().await;
    let stopped = tokio::spawn(service.stop());
    until("nobody is let in", || async { TcpStream::connect(address).await.is_err() }).await;
    assert!(!asked.is_finished() && !stopped.is_finished());
    leave.notify_one();
    assert_eq!(asked.await.unwrap().status, 200);
    assert_eq!(stopped.await.unwrap().len(), 1);
}

/// A service whose one route is left when it is told so, and then says what the decision is.
async fn slow_service(folder: &Path, entered: &Arc<Notify>, leave: &Arc<Notify>) -> Service {
    let (entered, leave) = (entered.clone(), leave.clone());
    let slow = move |Extension(decided): Extension<Arc<Decided>>| async move {
        entered.notify_one();
        leave.notified().await;
        axum::Json(decided.decision().outcome())
    };
    Service::with(folder, |live, log| {
        let gate = Gate::new(live.clone(), Front, log.clone());
        Router::new().route("/slow", get(slow).route_layer(gate.guard("reports").unwrap()))
    })
    .await
}
