//! A small service that links wardkey: routes guarded by a policy, which is reloaded while the service runs, and a log of
//! what was decided.
//!
//! | file | what it is for |
//! |---|---|
//! | [`reload`] | the policy in force, swapped in one go; a broken new version is refused |
//! | [`guard`] | the layer before a route; what a refusal says |
//! | [`log`] | one line for each decision, masked, never waited for |
//! | [`language`] | the language of reasons |
//! | this one | routes, records, and what the front says of a request |
//!
//! It stands behind a front that signs people in and sets two headers, which it must take off whatever comes from outside:
//! `x-claims` with attributes of the person as JSON, and `x-network` with where the request comes from.

pub mod guard;
pub mod language;
pub mod log;
pub mod reload;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Extension, Json, Router};
use guard::{Decided, Facts, Gate};
use log::DecisionLog;
use reload::LivePolicy;
use serde::Serialize;
use serde_json::{Value, json};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use wardkey::{ContextBuilder, Timestamp};

/// The clock of the host. The library reads none.
#[allow(clippy::disallowed_methods, reason = "a host says what time it is")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A patient's record, in place of a database.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Record {
    id: &'static str,
    ward: &'static str,
    #[serde(skip)]
    patient: &'static str,
    note: &'static str,
}

const RECORDS: [Record; 2] = [
    Record { id: "r1", ward: "icu", patient: "p1", note: "Stable, asks for tea" },
    Record { id: "r2", ward: "surgery", patient: "n1", note: "Goes home on Friday" },
];

/// What the front says of a request, and which record it is about.
pub struct Front;

impl Facts for Front {
    fn describe<'p>(&self, request: &mut Parts, mut context: ContextBuilder<'p>) -> Result<ContextBuilder<'p>, String> {
        if let Some(claims) = only(&request.headers, "x-claims")? {
            context = context.json(claims);
        }
        context = context.set("network", only(&request.headers, "x-network")?);
        let Some(id) = request.uri.path().strip_prefix("/records/") else { return Ok(context) };
        let record = RECORDS.iter().find(|record| record.id == id);
        // the handler hands out what was decided about, and nothing else
        request.extensions.insert(record.copied());
        // of a record that is not there nothing is known, whatever the claims say
        Ok(context
            .set("patient_record.ward", record.map(|record| record.ward))
            .set("patient_record.patient", record.map(|record| record.patient)))
    }
}

/// The one value of a header. Of two, one may have come from outside.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, String> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| format!("the header `{name}` is not plain text")),
        (Some(_), Some(_)) => Err(format!("the header `{name}` is given twice")),
    }
}

/// The service's routes.
///
/// Errors: the policy in force does not know an entitlement that a route names.
pub fn routes(live: &Arc<LivePolicy>, log: &DecisionLog) -> Result<Router, wardkey::Error> {
    let gate = Gate::new(live.clone(), Front, log.clone());
    Ok(Router::new()
        .route("/records/{id}", get(read_record).route_layer(gate.guard("patient_record.read")?))
        .route("/reports", get(read_reports).route_layer(gate.guard("reports")?))
        .route("/health", get(health))
        .with_state((live.clone(), log.clone())))
}

async fn read_record(Extension(record): Extension<Option<Record>>) -> Result<Json<Record>, StatusCode> {
    record.map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn read_reports(Extension(decided): Extension<Arc<Decided>>) -> Json<Value> {
    let decision = decided.decision();
    let by: Vec<&str> = decision.rules().iter().map(|fired| &*fired.rule.id).collect();
    Json(json!({"admissions": 212, "allowed_by": by}))
}

/// Which policy is in force since when, what was refused last, what became of the log. For those who run the service: a
/// refusal cites rules.
async fn health(State((live, log)): State<(Arc<LivePolicy>, DecisionLog)>) -> Json<Value> {
    let version = live.current();
    let refusal = live.last_refusal().map(|refusal| json!({"at": refusal.at.to_string(), "text": refusal.text}));
    Json(json!({
        "policy": {"hash": version.policy.hash(), "since": version.since.to_string()},
        "last_refusal": refusal,
        "decision_log": log.counts(),
    }))
}

/// Answers until `stop` is ready, then takes no more and finishes what was begun, for at most `patience`.
///
/// Errors: the listener fails.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    stop: impl Future<Output = ()> + Send + 'static,
    patience: Duration,
) -> std::io::Result<()> {
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let stop = async move {
        stop.await;
        // fails where the service has ended already
        let _ = stopping.send(());
    };
    let impatience = async move {
        match stopped.await {
            Ok(()) => tokio::time::sleep(patience).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = axum::serve(listener, routes).with_graceful_shutdown(stop) => ended,
        () = impatience => {
            tracing::warn!("requests that were still not answered are given up");
            Ok(())
        }
    }
}
