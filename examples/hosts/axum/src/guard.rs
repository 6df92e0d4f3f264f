//! A guard before routes: a [`tower::Layer`] that asks the policy whether a request may pass.
//!
//! The one idea: each route names the entitlement it needs, the host says what is known of a request ([`Facts`]), and nothing
//! is passed on unless the outcome is *allowed*. What was decided, and with which version of the policy, goes along in the
//! request's extensions ([`Decided`]).
//!
//! This does not sign anybody in: it believes what [`Facts`] says.

use crate::language;
use crate::log::{DecisionLog, may_disclose};
use crate::now;
use crate::reload::{LivePolicy, Version};
use axum::Json;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{self, Poll};
use tower::{Layer, Service};
use wardkey::eval::Problem;
use wardkey::model::name::fold;
use wardkey::{Context, ContextBuilder, Decision, EntitlementId, Outcome, Policy, Timestamp};

/// Tells requests apart in answers and logs.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Hash of the policy that decided.
pub const POLICY: HeaderName = HeaderName::from_static("x-policy");

/// What the host knows of a request.
pub trait Facts: Send + Sync + 'static {
    /// Sets the attributes of a request, all but `now`, which the guard sets. What is not known is left out: it never opens a
    /// door. What was looked up on the way may be put into the request's extensions, for the handler to use the very same.
    ///
    /// Errors: the request cannot be understood, in words for whoever sent it.
    fn describe<'p>(&self, request: &mut Parts, context: ContextBuilder<'p>) -> Result<ContextBuilder<'p>, String>;
}

/// What all guards of a service share.
#[derive(Clone)]
pub struct Gate {
    shared: Arc<Shared>,
}

struct Shared {
    live: Arc<LivePolicy>,
    facts: Box<dyn Facts>,
    log: DecisionLog,
}

impl Gate {
    /// A gate that asks `live`, believes `facts` and tells `log`.
    pub fn new(live: Arc<LivePolicy>, facts: impl Facts, log: DecisionLog) -> Self {
        Self { shared: Arc::new(Shared { live, facts: Box::new(facts), log }) }
    }

    /// A guard that lets pass whom the policy allows this entitlement. From now on no version of the policy comes into force
    /// that does not know it.
    ///
    /// Errors: the policy in force does not know it.
    pub fn guard(&self, entitlement: &str) -> Result<Guard, wardkey::Error> {
        self.shared.live.require(entitlement)?;
        Ok(Guard { gate: self.clone(), entitlement: entitlement.into() })
    }
}

/// A layer that guards what it is laid around.
#[derive(Clone)]
pub struct Guard {
    gate: Gate,
    entitlement: Arc<str>,
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: self.clone(), inner }
    }
}

/// A service behind a [`Guard`].
#[derive(Clone)]
pub struct Guarded<S> {
    guard: Guard,
    inner: S,
}

impl<S, B> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut task::Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let version = self.guard.gate.shared.live.current();
        let request_id = request_id(&parts);
        let marks = Marks::new(&version.policy, &request_id);
        match self.guard.admit(&mut parts, version, request_id) {
            Ok(decided) => {
                parts.extensions.insert(decided);
                let answer = self.inner.call(Request::from_parts(parts, body));
                Box::pin(async move { answer.await.map(|response| marks.put_on(response)) })
            }
            Err(refusal) => Box::pin(std::future::ready(Ok(marks.put_on(*refusal)))),
        }
    }
}

/// What was decided about a request; in the extensions of a request that passed.
#[derive(Debug)]
pub struct Decided {
    /// The version that decided, kept to the request's end.
    pub version: Arc<Version>,
    /// What was known.
    pub context: Context,
    /// What was asked about.
    pub entitlement: EntitlementId,
    /// In the log and in the answer.
    pub request_id: String,
    /// When; also the context's `now`.
    pub at: Timestamp,
}

impl Decided {
    /// The decision, with everything behind it. Made again each time, which is cheaper than keeping it.
    pub fn decision(&self) -> Decision<'_> {
        self.version.policy.decide(&self.context, self.entitlement)
    }
}

impl Guard {
    /// Lets a request pass, or says why not. Every decision is logged.
    fn admit(&self, parts: &mut Parts, version: Arc<Version>, id: String) -> Result<Arc<Decided>, Box<Response>> {
        let Shared { facts, log, .. } = &*self.gate.shared;
        let policy = &version.policy;
        let at = now();
        let described = facts.describe(parts, policy.context());
        let described = described.map_err(|problem| not_understood(vec![Stated::text(problem)], &id))?;
        let built = described.set("now", at).build();
        let context = built.map_err(|error| {
            not_understood(error.problems().iter().map(|problem| Stated::of(problem, policy)).collect(), &id)
        })?;
        // every version in force knows what routes name; should one not, nobody passes
        let entitlement = policy.entitlement(&self.entitlement).map_err(|error| {
            tracing::error!(request_id = id, %error, "a route names what the policy does not know");
            Box::new(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        })?;
        let decided = Arc::new(Decided { version, context, entitlement, request_id: id, at });
        log.record(decided.clone());
        let decision = decided.decision();
        if decision.is_allowed() { Ok(decided) } else { Err(not_allowed(&decision, parts, &decided.request_id)) }
    }
}

/// The body of a 403.
#[derive(Serialize)]
struct NotAllowed<'a> {
    outcome: Outcome,
    entitlement: &'a str,
    /// What the deciding rules say to the person.
    because: Vec<&'a str>,
    /// What would have to be known for another outcome.
    missing: Vec<&'a str>,
    request_id: &'a str,
}

fn not_allowed(decision: &Decision<'_>, parts: &Parts, request_id: &str) -> Box<Response> {
    let language = language::best(&parts.headers, decision);
    let body = NotAllowed {
        outcome: decision.outcome(),
        entitlement: decision.entitlement_name(),
        because: decision.because(language.as_deref()),
        missing: decision.missing(),
        request_id,
    };
    Box::new((StatusCode::FORBIDDEN, Json(body)).into_response())
}

/// The body of a 400.
#[derive(Serialize)]
struct NotUnderstood<'a> {
    problems: Vec<Stated>,
    request_id: &'a str,
}

/// A problem of a context, as far as it may be told.
#[derive(Serialize)]
struct Stated {
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Stated {
    fn text(message: String) -> Self {
        Self { attribute: None, message, help: None }
    }

    /// The library's words hold the value, which may be none that is shown.
    fn of(problem: &Problem, policy: &Policy) -> Self {
        let catalogue = &policy.rule_set().catalogue;
        let Problem { attribute, message, help, .. } = problem.clone();
        let named = attribute.as_deref().map(fold);
        let named = named.as_deref().map(|name| name.strip_prefix("user.").unwrap_or(name));
        match named.and_then(|name| catalogue.attributes.get(name)) {
            Some(hidden) if !may_disclose(catalogue, hidden) => {
                Self { attribute, message: "this value cannot be read".to_owned(), help: None }
            }
            _ => Self { attribute, message, help },
        }
    }
}

fn not_understood(problems: Vec<Stated>, request_id: &str) -> Box<Response> {
    let attributes: Vec<&str> = problems.iter().filter_map(|problem| problem.attribute.as_deref()).collect();
    tracing::warn!(request_id, ?attributes, "a request tells nothing that can be decided about");
    Box::new((StatusCode::BAD_REQUEST, Json(NotUnderstood { problems, request_id })).into_response())
}

/// Headers of every answer of a guarded route, whether it was let through or not.
struct Marks {
    policy: Option<HeaderValue>,
    request_id: Option<HeaderValue>,
}

impl Marks {
    fn new(policy: &Policy, request_id: &str) -> Self {
        Self { policy: policy.hash().parse().ok(), request_id: request_id.parse().ok() }
    }

    fn put_on(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        // an answer hangs on who asks, from where and when, of which a cache sees but a part
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let marks = [(POLICY, self.policy), (REQUEST_ID, self.request_id)];
        headers.extend(marks.into_iter().filter_map(|(name, value)| Some((name, value?))));
        response
    }
}

/// The front's id of the request if it has a sensible one, else a new one.
fn request_id(parts: &Parts) -> String {
    let given = parts.headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_sensible = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    given.filter(is_sensible).map_or_else(new_request_id, str::to_owned)
}

/// Differs within a process by a number, between processes by chance.
fn new_request_id() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(now().as_nanosecond()));
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:016x}-{}", *PROCESS, NEXT.fetch_add(1, Ordering::Relaxed))
}
