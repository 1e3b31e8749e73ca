//! Which store is damaged? A small one of both models, in two generations, copied for each worker.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The exports of the store, and the file of another load.
pub const EXPORTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/store-1/export");

/// Rows that a second load brings: months touched again, keys replaced, spellings added.
const LATER: &[(&str, &str)] = &[
    (
        "users.csv",
        "user_id,plan_type,company,registration_date\nU001,Pro,Acme,2023-03-16\nU777,Basic,Acme,2025-12-01\nU778,Basic,,1960-05-05\n",
    ),
    (
        "meetings.csv",
        "meeting_id,host_user_id,meeting_type,start_time,end_time,duration_minutes\n\
         M001,U777,Webinar,2025-09-08 05:00:08,2025-09-08 06:00:08,60\n\
         M900,U777,Webinar,2026-01-05 10:00:00,2026-01-05 10:30:00,30\n",
    ),
    // Days before 1970 and after 2149 take more bytes, which damage can turn into any day.
    (
        "licenses.csv",
        "license_id,license_type,start_date,end_date,license_status,assigned_user_id\n\
         L900,Pro,1969-01-01,2190-01-01,Active,U778\n",
    ),
    (
        "subscription.Subscriptions.csv",
        "Id,SubscriberId,OrganizationId,StartDate,EndDate,Price,Currency,IsCancelled,CancellationDate\n\
         900,291905dc-4d13-48f3-bd4f-bdb03ecba96b,3,1969-06-01,2190-01-01,10.00,EUR,true,2189-01-01\n",
    ),
    (
        "economy.PaymentDemands.csv",
        "Id,SubscriberId,OrganizationId,IssueDate,DueDate,SettleDate,Amount,Currency\n\
         900,291905dc-4d13-48f3-bd4f-bdb03ecba96b,3,1969-06-01,2190-01-01,2189-01-01,10.00,EUR\n",
    ),
    (
        "dbo.Tag.csv",
        "Id,Value,ReferenceId,ReferenceType\n8,Store=Oslo,3,SubscriberAccount\n9,Late,1,Subscription\n",
    ),
];

/// Rows that are loaded on top of a damaged store: each kind of table, old keys and new.
const ON_TOP: &[(&str, &str)] = &[
    (
        "users.csv",
        "user_id,plan_type,company,registration_date\nU002,Basic,Birch,2024-01-27\nU888,Free,Birch,2025-12-02\n",
    ),
    (
        "attendees.csv",
        "attendee_id,meeting_id,user_id,join_time,leave_time,connection_quality\n\
         A001,M001,U888,2025-09-08 05:01:19,2025-09-08 05:39:32,Poor\n\
         A990,M900,,2026-01-05 10:00:00,2026-01-05 10:10:00,Fair\n",
    ),
    (
        "licenses.csv",
        "license_id,license_type,start_date,end_date,license_status,assigned_user_id\n\
         L004,Pro,2025-04-18,2026-04-17,Active,U002\n",
    ),
    (
        "subscription.CanceledSubscriptions.csv",
        "Id,SubscriptionId,CancelledOn,EffectiveDate,Reason,Type\n1,9,2025-10-01,2025-10-05,Moved,Regular\n",
    ),
    ("dbo.Tag.csv", "Id,Value,ReferenceId,ReferenceType\n1,Store=Bergen,4,Subscription\n"),
    ("dbo.Products.csv", "Id,Name,Price,ProductCategory\n11,Daily,13.90,News\n"),
];

/// Runs a command in this process: its exit status and what it says to people.
pub fn quipu(arguments: &[&str]) -> (i32, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments: Vec<&str> = std::iter::once("quipu").chain(arguments.iter().copied()).collect();
    let status = quipu::cli::run(&arguments, &mut out, &mut err);
    (status, String::from_utf8_lossy(&err).into_owned())
}

/// The sound store, and the exports of the load on top.
pub struct Sound {
    folder: TempDir,
    /// Paths of the files below the store's folder, in order.
    pub files: Vec<String>,
}

impl Sound {
    pub fn new() -> Sound {
        let sound = Sound { folder: memory_folder(), files: Vec::new() };
        write(&sound.folder.path().join("later"), LATER);
        write(&sound.on_top(), ON_TOP);
        let later = sound.folder.path().join("later");
        for exports in [Path::new(EXPORTS), &later] {
            let (status, said) = quipu(&["load", &text(exports), "--store", &text(&sound.path())]);
            assert_eq!(status, 0, "{said}");
        }
        let files = below(&sound.path(), "").into_iter().filter(|file| file != "LOCK").collect();
        Sound { files, ..sound }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// The exports to load on top.
    pub fn on_top(&self) -> PathBuf {
        self.folder.path().join("on-top")
    }

    pub fn bytes(&self, file: &str) -> Vec<u8> {
        fs::read(self.path().join(file)).expect("the sound store can be read")
    }

    /// A copy to damage.
    pub fn copy(&self) -> TempDir {
        let folder = memory_folder();
        for file in &self.files {
            let to = folder.path().join(file);
            fs::create_dir_all(to.parent().expect("files are in folders")).expect("room");
            fs::copy(self.path().join(file), to).expect("room");
        }
        folder
    }
}

pub fn text(path: &Path) -> String {
    path.to_str().expect("temporary folders have plain names").to_owned()
}

/// A folder in memory, where the system has one.
fn memory_folder() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("there is room for temporary files")
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    fs::create_dir_all(folder).expect("room");
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("room");
    }
}

/// The files below a folder, in order.
pub fn below(folder: &Path, prefix: &str) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files.extend(below(&entry.path(), &format!("{name}/")));
        } else {
            files.push(name);
        }
    }
    files.sort();
    files
}
