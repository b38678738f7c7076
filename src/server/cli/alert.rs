//! `belfry alert`.

use std::sync::Arc;

use clap::{Args, Subcommand};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{CliError, refuse, say};
use crate::{
    domain::{Severity, new_alert::Draft},
    server::{
        alerts::{Alerts, AlertsError},
        broker::Memory,
        config::Database,
    },
};

/// The name space of the command line's idempotency keys.
const PUBLISHER: &str = "cli";

#[derive(Subcommand)]
pub(super) enum Alert {
    /// Raises an alert, and prints its id.
    #[command(
        after_help = "Example: belfry alert send --to ada --kind build --title 'Build 7 is red' --severity critical"
    )]
    Send {
        #[command(flatten)]
        fields: Box<Fields>,
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Args)]
pub(super) struct Fields {
    /// Who should know: a user id; need not exist yet.
    #[arg(long)]
    to: String,
    /// What sort of thing happened; 1-64 characters.
    #[arg(long)]
    kind: String,
    /// One line of plain text; 1-200 characters.
    #[arg(long)]
    title: String,
    /// Plain text; at most 4,000 characters.
    #[arg(long, default_value = "")]
    body: String,
    /// info, success, warning or critical.
    #[arg(long, default_value = "info", value_parser = severity)]
    severity: Severity,
    /// Where it leads: http, https, or a path of the host.
    #[arg(long)]
    link: Option<String>,
    /// JSON that is passed through.
    #[arg(long, value_parser = json)]
    data: Option<serde_json::Value>,
    /// When it leaves the inbox by itself: RFC 3339, e.g. 2030-01-31T18:00:00Z.
    #[arg(long, value_parser = moment)]
    expires_at: Option<OffsetDateTime>,
    /// The same key with the same content raises one alert, however often sent.
    #[arg(long)]
    idempotency_key: Option<String>,
}

impl Alert {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let Self::Send { fields, database } = self;
        let store = database.open().await?;
        // Nobody listens in this process: a running server hears of it by its sweeper.
        let alerts = Alerts::new(store.clone(), Arc::new(Memory::default()));
        let raised = alerts.raise(PUBLISHER, (*fields).into()).await;
        store.close().await;
        match raised {
            Ok(alert) => say(format_args!("{}", alert.id)),
            Err(AlertsError::Store(error)) => Err(error.into()),
            Err(error) => refuse(error.to_string()),
        }
    }
}

impl From<Fields> for Draft {
    fn from(fields: Fields) -> Self {
        Self {
            recipient_id: fields.to,
            kind: fields.kind,
            severity: fields.severity,
            title: fields.title,
            body: fields.body,
            link: fields.link,
            actor: None,
            data: fields.data,
            expires_at: fields.expires_at,
            idempotency_key: fields.idempotency_key,
        }
    }
}

fn severity(text: &str) -> Result<Severity, String> {
    Severity::named(&text.to_ascii_uppercase())
        .ok_or_else(|| "must be info, success, warning or critical".to_owned())
}

fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))
}

fn moment(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "must be a date and time by RFC 3339".to_owned())
}
