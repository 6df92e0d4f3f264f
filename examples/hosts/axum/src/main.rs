//! `wardkey-axum-example POLICY [ADDRESS]`: serves until it is told to stop. The decision log goes to standard output, what
//! happens to the service to standard error.

use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal;
use wardkey_axum_example::log::DecisionLog;
use wardkey_axum_example::reload::LivePolicy;
use wardkey_axum_example::{routes, serve};

/// How often the policy's folder is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Decisions that may wait to be logged.
const WAITING: usize = 10_000;
/// How long requests may take that were begun before the service was told to stop.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).init();
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), address, None) = (arguments.next(), arguments.next(), arguments.next()) else {
        tracing::error!("usage: wardkey-axum-example POLICY [ADDRESS]");
        return ExitCode::from(2);
    };
    match run(&folder, address.as_deref().unwrap_or("127.0.0.1:8080")).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(folder: &str, address: &str) -> Result<(), Box<dyn std::error::Error>> {
    let (live, watcher) = LivePolicy::watch(folder, EVERY)?;
    let (log, writer) = DecisionLog::start(WAITING, std::io::stdout());
    let routes = routes(&live, &log)?;
    let listener = TcpListener::bind(address).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let ended = serve(listener, routes, told_to_stop(), PATIENCE).await;
    watcher.stop();
    writer.close();
    tracing::info!("stopped");
    Ok(ended?)
}

/// Ready once the service is interrupted or asked to end.
async fn told_to_stop() {
    let interrupted = async {
        if let Err(error) = signal::ctrl_c().await {
            tracing::error!(%error, "interrupts cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = asked_to_end() => {}
    }
}

#[cfg(unix)]
async fn asked_to_end() {
    match signal::unix::signal(signal::unix::SignalKind::terminate()) {
        Ok(mut asked) => {
            asked.recv().await;
        }
        Err(error) => {
            tracing::error!(%error, "the signal to end cannot be heard");
            std::future::pending().await
        }
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    std::future::pending().await
}
