"""What schemathesis has to know of Belfry: values of its scalars, and what a fault is."""

import os

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

POSITION = os.environ["BELFRY_POSITION"]
MOMENTS = ["2099-01-01T00:00:00Z", "2020-02-30T00:00:00Z", "9999-12-31T23:59:59-23:59", "+10000-01-01T00:00:00Z"]

# What a caller did wrong; anything else is our fault.
THEIRS = {"BAD_USER_INPUT", "FORBIDDEN", "UNAUTHENTICATED"}

text = st.text(max_size=80)
schemathesis.graphql.scalar("Position", st.one_of(st.just(POSITION), text).map(nodes.String))
schemathesis.graphql.scalar("DateTime", st.one_of(st.sampled_from(MOMENTS), text).map(nodes.String))
schemathesis.graphql.scalar(
    "JSON", st.one_of(text.map(nodes.String), st.integers().map(nodes.Int), st.booleans().map(nodes.Boolean))
)


@schemathesis.check
def no_fault_of_ours(ctx, response, case):
    """An answer is data, a refusal with a code, or a document that was refused as a whole."""
    assert response.status_code in (200, 400), response.status_code
    answer = response.json()
    if response.status_code == 400 or "data" not in answer:
        assert "data" not in answer and answer["errors"], answer
        return
    for error in answer.get("errors", []):
        assert error["extensions"]["code"] in THEIRS, error
