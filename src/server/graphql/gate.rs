//! Tells a request that cannot be executed from one that failed while it was.
//!
//! The library coerces variables only where a resolver asks for them, which would make an
//! ill-fitting variable look like a failed field. Here they are checked before anything runs, as
//! the GraphQL specification (section 6.1.2) has it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::{
    Request, Response, ServerError, ServerResult, Value,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest},
    parser::types::OperationDefinition,
    registry::{MetaType, MetaTypeName, Registry},
};

use super::engine::operation;

/// The extension; put it into the schema once.
pub struct Gate;

/// Set in a request's data; true once its operation was begun.
#[derive(Clone, Default)]
pub struct Begun(pub Arc<AtomicBool>);

impl ExtensionFactory for Gate {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Gate {
    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let doc = request.parsed_query()?.clone();
        let name = request.operation_name.clone();
        check(&ctx.schema_env.registry, operation(&doc, name.as_deref())?, &request)?;
        next.run(ctx, request).await
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        if let Some(begun) = ctx.data_opt::<Begun>() {
            begun.0.store(true, Ordering::Relaxed);
        }
        next.run(ctx, operation_name).await
    }
}

fn check(registry: &Registry, operation: &OperationDefinition, request: &Request) -> ServerResult<()> {
    for definition in &operation.variable_definitions {
        let variable = &definition.node;
        let name = variable.name.node.as_str();
        let given = request.variables.get(name).or(variable.default_value.as_ref().map(|it| &it.node));
        let declared = variable.var_type.node.to_string();
        let value = match given {
            None if declared.ends_with('!') => {
                Err(format!("variable \"${name}\" of type \"{declared}\" was not given"))
            }
            None => Ok(()),
            Some(value) => fits(registry, &declared, value, name),
        };
        value.map_err(|message| ServerError::new(message, Some(definition.pos)))?;
    }
    Ok(())
}

/// Whether a value fits a type by its name in SDL; the error says where it does not, and why.
fn fits(registry: &Registry, declared: &str, value: &Value, at: &str) -> Result<(), String> {
    match (MetaTypeName::create(declared), value) {
        (MetaTypeName::NonNull(_), Value::Null) => Err(format!("{at} must be a \"{declared}\", not null")),
        (MetaTypeName::NonNull(inner), value) => fits(registry, inner, value, at),
        (_, Value::Null) => Ok(()),
        (MetaTypeName::List(inner), Value::List(items)) => {
            let mut items = items.iter().enumerate();
            items.try_for_each(|(index, item)| fits(registry, inner, item, &format!("{at}[{index}]")))
        }
        // A single value stands for a list of one (specification, section 3.11).
        (MetaTypeName::List(inner), value) => fits(registry, inner, value, at),
        (MetaTypeName::Named(name), value) => fits_named(registry, name, value, at),
    }
}

/// The library lets 64 bits through here; an `Int` has 32 (specification, section 3.5.1).
fn is_int(value: &Value) -> bool {
    matches!(value, Value::Number(number) if number.as_i64().is_some_and(|it| i32::try_from(it).is_ok()))
}

fn fits_named(registry: &Registry, name: &str, value: &Value, at: &str) -> Result<(), String> {
    let wrong = || format!("{at} must be a \"{name}\"");
    match (registry.types.get(name), value) {
        (Some(MetaType::Scalar { is_valid: Some(valid), .. }), value) => {
            if valid(value) && (name != "Int" || is_int(value)) { Ok(()) } else { Err(wrong()) }
        }
        (Some(MetaType::Scalar { .. }), _) => Ok(()),
        (Some(MetaType::Enum { enum_values, .. }), Value::String(text)) if enum_values.contains_key(text) => {
            Ok(())
        }
        (Some(MetaType::Enum { enum_values, .. }), Value::Enum(text))
            if enum_values.contains_key(text.as_str()) =>
        {
            Ok(())
        }
        (Some(MetaType::InputObject { input_fields, .. }), Value::Object(fields)) => {
            if let Some(unknown) = fields.keys().find(|key| !input_fields.contains_key(key.as_str())) {
                return Err(format!("{at}.{unknown} is not a field of \"{name}\""));
            }
            input_fields.values().try_for_each(|field| {
                let at = format!("{at}.{}", field.name);
                match fields.get(field.name.as_str()) {
                    Some(value) => fits(registry, &field.ty, value, &at),
                    None if field.ty.ends_with('!') && field.default_value.is_none() => {
                        Err(format!("{at} must be given: it is a \"{}\"", field.ty))
                    }
                    None => Ok(()),
                }
            })
        }
        _ => Err(wrong()),
    }
}
