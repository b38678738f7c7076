//! The scalars of the schema that GraphQL does not bring along.

use async_graphql::{Description, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// A moment as RFC 3339 writes it. Given out in UTC; taken with any offset.
#[derive(Description)]
pub struct DateTime(pub OffsetDateTime);

#[Scalar(use_type_description, specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        moment(&value).map(Self).ok_or_else(|| InputValueError::custom("must be a date and time by RFC 3339"))
    }

    fn is_valid(value: &Value) -> bool {
        moment(value).is_some()
    }

    fn to_value(&self) -> Value {
        // Formatting fails for years past 9999 alone, which parsing did not let in.
        Value::String(self.0.format(&Rfc3339).unwrap_or_default())
    }
}

fn moment(value: &Value) -> Option<OffsetDateTime> {
    let Value::String(text) = value else { return None };
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    moment.checked_to_offset(UtcOffset::UTC).filter(|moment| (1970..=9999).contains(&moment.year()))
}

/// Where a reader of an inbox stands. Opaque: hand it back as it came, and compare by `revision`.
#[derive(Description)]
pub struct Position(pub String);

#[Scalar(use_type_description)]
impl ScalarType for Position {
    /// Lets any text in: whether it is a position is said where it is used, by field.
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
