//! Passwords: what is accepted, and how it is checked without telling who has an account.

use super::super::error::{Error, Result};
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use zxcvbn::Score;

/// Fewest characters (GB/T 22239-2019 in practice; NIST SP 800-63B asks for 8).
pub const MIN_CHARS: usize = 10;
/// Most characters: hashing is not free.
pub const MAX_CHARS: usize = 128;

/// Runs of argon2 since the start: tests compare it, so that no branch of signing in is cheaper.
static RUNS: AtomicU64 = AtomicU64::new(0);

/// How often argon2 ran since the start.
pub fn runs() -> u64 {
    RUNS.load(Ordering::Relaxed)
}

/// Checks a new password: its length, the 30,000 breached passwords and patterns that zxcvbn knows, and that it is
/// not made of the person's own names.
///
/// # Errors
/// `Invalid` with what to do.
pub fn check(password: &str, names: &[&str]) -> Result<()> {
    let chars = password.chars().count();
    if chars < MIN_CHARS {
        return Err(Error::invalid(
            "password_too_short",
            format!("密码至少 {MIN_CHARS} 位，现为 {chars} 位；可用几个不相干的词连起来"),
            format!(
                "a password has at least {MIN_CHARS} characters, this one has {chars}; a few unrelated words make a good one"
            ),
        ));
    }
    if chars > MAX_CHARS {
        return Err(Error::invalid(
            "password_too_long",
            format!("密码最多 {MAX_CHARS} 位"),
            format!("a password has at most {MAX_CHARS} characters"),
        ));
    }
    let folded = password.to_lowercase();
    let own = names.iter().any(|name| {
        let name = name.to_lowercase();
        name.chars().count() >= 3 && folded.contains(&name)
    });
    if own || zxcvbn::zxcvbn(password, names).score() < Score::Three {
        return Err(Error::invalid(
            "password_guessable",
            "密码太容易被猜到（在已泄露的密码表中、有规律，或含有自己的名字）；请用几个不相干的词连起来",
            "the password is easy to guess (leaked, a pattern, or your own name); use a few unrelated words",
        ));
    }
    Ok(())
}

/// Hashes a password with argon2id. Slow on purpose: call it on a blocking thread.
///
/// # Errors
/// `Internal`.
pub fn hash(password: &str) -> Result<String> {
    RUNS.fetch_add(1, Ordering::Relaxed);
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(format!("hashing a password: {error}")))
}

/// Whether a password fits a hash; without one the same work is done for nothing.
pub fn fits(password: &str, hash: Option<&str>) -> bool {
    RUNS.fetch_add(1, Ordering::Relaxed);
    static NOBODY: OnceLock<String> = OnceLock::new();
    let nobody = || {
        NOBODY.get_or_init(|| {
            Argon2::default()
                .hash_password(b"nobody has this password")
                .map(|hash| hash.to_string())
                .unwrap_or_default()
        })
    };
    let text = hash.unwrap_or_else(|| nobody());
    let fits = PasswordHash::new(text).is_ok_and(|parsed| {
        Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok()
    });
    fits && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessable_passwords_are_refused_with_a_reason() {
        let code = |password: &str| match check(password, &["zhangsan", "示例甲01"]) {
            Err(Error::Invalid(problems)) => problems[0].code.clone(),
            _ => "accepted".to_owned(),
        };
        assert_eq!(code("kurz"), "password_too_short");
        assert_eq!(code(&"x".repeat(129)), "password_too_long");
        for known in [
            "qwertyuiop",
            "1234567890",
            "password123",
            "aaaaaaaaaaaa",
            "zhangsan2026!kw",
            "Zhangsan-lamp-otter",
        ] {
            assert_eq!(code(known), "password_guessable", "{known}");
        }
        assert_eq!(code("otter lamp Weide 19"), "accepted");
        assert_eq!(code("春天的河边有七棵柳树"), "accepted");
    }

    #[test]
    fn both_branches_do_the_same_work() {
        let stored = hash("otter lamp Weide 19").unwrap();
        let before = runs();
        assert!(fits("otter lamp Weide 19", Some(&stored)));
        assert!(!fits("otter lamp Weide 20", Some(&stored)));
        assert!(!fits("nobody has this password", None));
        assert!(!fits("x", Some("not a hash")));
        assert!(runs() >= before + 4);
    }
}
