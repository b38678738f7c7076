//! The page's reader of JSON against serde_json, which is held to be right.

use belfry::live::json::{Json, quote};
use proptest::prelude::*;
use serde_json::{Value, value::RawValue};

/// The same value by way of the page's reader.
fn read(json: Json<'_>) -> Value {
    match json.kind() {
        "an object" => {
            let keys = serde_json::from_str::<serde_json::Map<String, Value>>(json.text()).unwrap();
            let member = |key: &String| (key.clone(), json.get(key).map_or(Value::Null, read));
            Value::Object(keys.keys().map(member).collect())
        }
        "an array" => json.items().unwrap().into_iter().map(read).collect(),
        "a string" => json.string().unwrap().into(),
        "a boolean" => json.boolean().unwrap().into(),
        "null" => Value::Null,
        _ => json.number().map_or_else(|| serde_json::from_str(json.text()).unwrap(), Value::from),
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..5).prop_map(|it| it.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_as_it_was(value in any_json()) {
        prop_assert_eq!(Json::parse(&value.to_string()).map(read), Some(value.clone()));
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(Json::parse(&pretty).map(read), Some(value));
    }

    #[test]
    fn what_is_json_to_one_is_json_to_the_other(
        text in r#"([\[\]{},:"0-9eE+.\\ \-]|true|false|null|"a"|"a":|\\u[0-9a-fA-F]{3,4}|[\x00-\x20]|é|.){0,12}"#,
    ) {
        let expected = serde_json::from_str::<&RawValue>(&text).ok().map(|raw| raw.get().trim());
        prop_assert_eq!(Json::parse(&text).map(Json::text), expected);
    }

    #[test]
    fn a_string_means_the_same_to_both(inner in r#"(\\["\\/bfnrtu]|\\u[dD][89a-fA-F][0-9a-f]{2}|\\u[0-9a-f]{4}|[a-z\\"é🔔\x00-\x1f]){0,8}"#) {
        let text = format!("\"{inner}\"");
        let expected = serde_json::from_str::<String>(&text).ok();
        prop_assert_eq!(Json::parse(&text).and_then(Json::string), expected);
    }

    #[test]
    fn a_quoted_text_is_the_text(text in ".*|[\\x00-\\x7f]*") {
        prop_assert_eq!(serde_json::from_str::<String>(&quote(&text)).ok(), Some(text));
    }
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Json::parse(&nested(127)).is_some());
    assert!(serde_json::from_str::<Value>(&nested(127)).is_ok());
    for depth in [128, 200_000] {
        assert!(Json::parse(&nested(depth)).is_none());
        assert!(serde_json::from_str::<Value>(&nested(depth)).is_err());
    }
}

#[test]
fn a_member_that_is_null_is_absent_and_the_last_of_a_name_counts() {
    let json = Json::parse(r#" {"a":1,"b":null,"a":{"\u0061":[2,"x"]}} "#).unwrap();
    assert_eq!(json.get("b"), None);
    assert_eq!(json.get("c"), None);
    let items = json.get("a").and_then(|a| a.get("a")).and_then(Json::items).unwrap();
    assert_eq!((items[0].number(), items[1].string()), (Some(2), Some("x".into())));
    assert_eq!((items[0].get("a"), items[0].items(), items[1].number()), (None, None, None));
}
