//! Network shares: SQLite's write-ahead log needs shared memory, which they do not have.
//!
//! Told by the mount table of Linux; elsewhere, and when in doubt, a file counts as local.

use std::path::{Path, PathBuf};

/// File systems that lie on another computer.
const REMOTE: [&str; 10] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "ncpfs",
    "fuse.sshfs",
    "fuse.davfs2",
    "fuse.rclone",
];

/// The kind of network share that `path` lies on, or `None` when it is local.
pub(super) fn share_of(path: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    share_in(&mounts, &folder.canonicalize().ok()?)
}

/// The same with the text of a mount table (proc(5), `mountinfo`).
fn share_in(mounts: &str, folder: &Path) -> Option<String> {
    let mount = |line: &str| {
        let (left, right) = line.split_once(" - ")?;
        let point = left.split(' ').nth(4)?.replace("\\040", " ");
        Some((PathBuf::from(point), right.split(' ').next()?.to_owned()))
    };
    // The deepest mount point holds the folder; of two on one point, the later.
    let (_, kind) = mounts
        .lines()
        .filter_map(mount)
        .filter(|(point, _)| folder.starts_with(point))
        .max_by_key(|(point, _)| point.components().count())?;
    REMOTE.contains(&kind.as_str()).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n\
        40 22 0:50 / /srv/office\\040files rw shared:1 - cifs //nas/office rw\n\
        41 40 8:2 / /srv/office\\040files/local rw - ext4 /dev/sdb1 rw\n";

    #[test]
    fn the_deepest_mount_point_decides() {
        assert_eq!(
            share_in(MOUNTS, Path::new("/srv/office files/data")),
            Some("cifs".into())
        );
        assert_eq!(
            share_in(MOUNTS, Path::new("/srv/office files/local/x")),
            None
        );
        assert_eq!(share_in(MOUNTS, Path::new("/srv/office filesystem")), None);
        assert_eq!(share_in("", Path::new("/")), None);
    }
}
