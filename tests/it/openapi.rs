//! The OpenAPI document is true: it is a snapshot, and every path of it answers.

#[test]
fn the_openapi_document_is_the_committed_one() {
    let document = serde_json::to_string_pretty(&gridkeeper::api::document()).unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/web/api/openapi.json");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &document).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(committed, document, "web/api/openapi.json is stale: run BLESS=1 cargo test --test it openapi");
}
