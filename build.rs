//! Build facts: the embedded web front end, and the C library that the binary will need.

use std::process::Command;

fn main() {
    // An unbuilt front end is an empty folder; the page then says so.
    std::fs::create_dir_all("web/dist").expect("the checkout is writable");
    println!("cargo:rustc-env=GRIDKEEPER_LIBC={}", libc());
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=web/dist");
}

/// "static (musl)" or "needs glibc >= 2.36", by the machine that links.
fn libc() -> String {
    if std::env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("musl") {
        return "static, musl".to_owned();
    }
    let version = Command::new("getconf")
        .arg("GNU_LIBC_VERSION")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|text| text.split_whitespace().nth(1).map(str::to_owned));
    version.map_or_else(|| "dynamic".to_owned(), |version| format!("needs glibc >= {version}"))
}
