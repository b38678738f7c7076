//! GraphQL over HTTP: <https://graphql.github.io/graphql-over-http/draft/>.
//!
//! `POST` with a JSON body, and `GET` for queries. A POST must say that it is JSON: a form on
//! another site cannot, so it cannot speak in the name of a signed-in visitor.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use axum::{
    body::Bytes,
    extract::{RawQuery, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{
    context::{AWAY, UNAVAILABLE},
    engine::{Engine, Executed, Kind},
};
use crate::server::{
    auth::{Asking, AuthError, Caller},
    rates::{Rates, Standing},
    request::SOON,
};

/// The specification's own media type, where errors have a status.
const GRAPHQL: &str = "application/graphql-response+json";
/// The older one: a well-formed request is answered 200 whatever came of it.
const JSON: &str = "application/json";

/// `POST /graphql`.
pub async fn post(
    State(engine): State<Engine>,
    State(rates): State<Arc<Rates>>,
    asking: Asking,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(media) = accepted(&headers) else { return unacceptable() };
    if !is_json(&headers) {
        let message = "send the request as application/json in UTF-8";
        return refuse(media, StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
    }
    let body = match body {
        Ok(body) => body,
        Err(cut_off) => return refuse(media, cut_off.status(), &cut_off.body_text()),
    };
    let request =
        match serde_json::from_slice(&body).map_err(|error| format!("the body is not JSON: {error}")) {
            Ok(Value::Object(parameters)) => request(parameters),
            Ok(_) => Err("the body must be a JSON object".to_owned()),
            Err(message) => Err(message),
        };
    match request {
        Ok(request) => answer(&engine, &rates, asking, request, media).await,
        Err(message) => refuse(media, StatusCode::BAD_REQUEST, &message),
    }
}

/// `GET /graphql`: queries alone, so that following a link changes nothing.
pub async fn get(
    State(engine): State<Engine>,
    State(rates): State<Arc<Rates>>,
    asking: Asking,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(media) = accepted(&headers) else { return unacceptable() };
    let mut request = match parameters(&query.unwrap_or_default()).and_then(request) {
        Ok(request) => request,
        Err(message) => return refuse(media, StatusCode::BAD_REQUEST, &message),
    };
    if matches!(engine.kind(&mut request), Ok(Kind::Mutation | Kind::Subscription)) {
        let mut response = refuse(media, StatusCode::METHOD_NOT_ALLOWED, "only queries may be sent by GET");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    answer(&engine, &rates, asking, request, media).await
}

/// Any other method.
pub async fn other(headers: HeaderMap) -> Response {
    let media = accepted(&headers).unwrap_or(JSON);
    let mut response = refuse(media, StatusCode::METHOD_NOT_ALLOWED, "send a POST, or a GET for queries");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    response
}

/// There is no type to say it in that the client would take.
fn unacceptable() -> Response {
    let message = format!("the Accept header must let {JSON} or {GRAPHQL} through");
    refuse(JSON, StatusCode::NOT_ACCEPTABLE, &message)
}

async fn answer(
    engine: &Engine,
    rates: &Rates,
    asking: Asking,
    request: Request,
    media: &'static str,
) -> Response {
    let caller = match asking {
        Ok(caller) => caller,
        Err(error) => return turn_away(media, &error),
    };
    let standing = match &caller {
        Caller::Publisher(publisher) => rates.publisher(&publisher.name),
        Caller::Person(_) | Caller::Nobody => None,
    };
    let mut response = match standing.filter(Standing::is_over) {
        Some(over) => {
            let body = json!({ "errors": [over.error()] }).to_string();
            respond(media, StatusCode::TOO_MANY_REQUESTS, body.into())
        }
        None => execute(engine, caller, request, media).await,
    };
    if let Some(standing) = standing {
        standing.tell(response.headers_mut());
    }
    response
}

async fn execute(engine: &Engine, caller: Caller, request: Request, media: &'static str) -> Response {
    match engine.execute(caller, request).await {
        Executed::Ran(body) => respond(media, StatusCode::OK, body.into()),
        Executed::Refused(errors) => {
            let status = if media == GRAPHQL { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            let body = format!("{{\"errors\":{errors}}}");
            respond(media, status, body.into())
        }
    }
}

/// The four parameters of a request, each of the type it must have.
fn request(mut parameters: Map<String, Value>) -> Result<Request, String> {
    let Some(Value::String(query)) = parameters.remove("query") else {
        return Err("query must be a string".to_owned());
    };
    let mut request = Request::new(query);
    request.operation_name = match parameters.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err("operationName must be a string".to_owned()),
    };
    request.variables = match parameters.remove("variables") {
        None | Some(Value::Null) => Variables::default(),
        Some(variables @ Value::Object(_)) => Variables::from_json(variables),
        Some(_) => return Err("variables must be an object".to_owned()),
    };
    match parameters.remove("extensions") {
        None | Some(Value::Null | Value::Object(_)) => Ok(request),
        Some(_) => Err("extensions must be an object".to_owned()),
    }
}

/// The parameters of a query string; `variables` and `extensions` are JSON in it.
fn parameters(query: &str) -> Result<Map<String, Value>, String> {
    let mut parameters = Map::new();
    for (name, text) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = match &*name {
            "variables" | "extensions" => {
                serde_json::from_str(&text).map_err(|error| format!("{name} is not JSON: {error}"))?
            }
            _ => Value::String(text.into_owned()),
        };
        parameters.insert(name.into_owned(), value);
    }
    Ok(parameters)
}

/// The media type to answer in, by the client's order of preference (RFC 9110, section 12.5.1).
fn accepted(headers: &HeaderMap) -> Option<&'static str> {
    let Some(accept) = headers.get(header::ACCEPT) else { return Some(JSON) };
    let ranges = accept.to_str().ok()?.split(',');
    let mut best = None;
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let media = match parts.next()? {
            range if range.eq_ignore_ascii_case(GRAPHQL) => GRAPHQL,
            range if range.eq_ignore_ascii_case(JSON) => JSON,
            "*/*" | "application/*" => JSON,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
        let weight = weight.unwrap_or(0.0);
        if weight > 0.0 && best.is_none_or(|(_, heaviest)| weight > heaviest) {
            best = Some((media, weight));
        }
    }
    best.map(|(media, _)| media)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut parts = content_type.unwrap_or_default().split(';').map(|part| part.trim().to_ascii_lowercase());
    let charset =
        |part: String| part.is_empty() || matches!(part.as_str(), "charset=utf-8" | "charset=\"utf-8\"");
    parts.next().is_some_and(|media| media == JSON) && parts.all(charset)
}

fn refuse(media: &'static str, status: StatusCode, message: &str) -> Response {
    tracing::info!(why = message, "refused");
    respond(media, status, json!({ "errors": [{ "message": message }] }).to_string().into())
}

/// The answer to a caller who is not known: their fault or ours.
fn turn_away(media: &'static str, error: &AuthError) -> Response {
    error.note();
    let body = |message: &str, code: &str| {
        json!({ "errors": [{ "message": message, "extensions": { "code": code } }] }).to_string()
    };
    let AuthError::Refused(why) = error else {
        let mut response = respond(media, StatusCode::SERVICE_UNAVAILABLE, body(AWAY, UNAVAILABLE).into());
        response.headers_mut().insert(header::RETRY_AFTER, SOON);
        return response;
    };
    let mut response = respond(media, StatusCode::UNAUTHORIZED, body(why, "UNAUTHENTICATED").into());
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn respond(media: &'static str, status: StatusCode, body: Bytes) -> Response {
    let media = if media == GRAPHQL {
        "application/graphql-response+json; charset=utf-8"
    } else {
        "application/json; charset=utf-8"
    };
    let headers = [(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, "private, no-store")];
    (status, headers, body).into_response()
}
