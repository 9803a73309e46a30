//! What was found.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, ensure};

use super::{
    cases::{self, Case},
    faults::Fault,
};
use crate::{
    growth, markdown,
    procfs::{open_files, resident_memory},
};

/// So many wrong responses are described.
const MAX_EXAMPLES: usize = 5;

/// The responses.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) requests: u64,
    /// Requests that no fault can have changed.
    pub(super) undisturbed: u64,
    /// A 500 or 503 because of a fault.
    pub(super) failed: u64,
    pub(super) wrong: Vec<String>,
    pub(super) other_users: u64,
}

/// A process that is never killed.
pub(super) struct Observed {
    pub(super) id: u32,
    function: String,
    /// Resident memory in KiB, and open files and connections, after each cycle.
    levels: Vec<(u64, usize)>,
}

pub(super) struct Findings {
    pub(super) tally: Tally,
    pub(super) faults: Vec<Fault>,
    pub(super) observed: Vec<Observed>,
    /// The gateway's log about functions that ended without being killed, hung, or responded with
    /// something that is not a response.
    pub(super) broken: Vec<String>,
}

impl Tally {
    /// Adds a response, which these faults can have changed.
    pub(super) fn add(&mut self, case: &Case, response: &str, faults: &[Fault]) {
        let failure = cases::failure(response, &case.request);
        let explains = |fault: &Fault| match fault {
            Fault::Kill => true,
            Fault::OtherItem => case.reads_a_table,
            Fault::Table(_) => case.reads_a_table && failure == Some(503),
        };
        self.requests += 1;
        self.undisturbed += u64::from(faults.is_empty());
        if response == case.response {
            return;
        }
        if failure.is_some() && faults.iter().any(explains) {
            self.failed += 1;
        } else {
            let email = response.split_once(r#""email":"#).and_then(|(_, it)| it.split(',').next());
            self.other_users += u64::from(email.is_some_and(|it| !case.response.contains(it)));
            self.wrong.push(format!("{}, {faults:?}: {response}", case.name));
        }
    }
}

impl Observed {
    pub(super) fn new(id: u32) -> Result<Self> {
        let name = fs::read_to_string(format!("/proc/{id}/comm"))?;
        Ok(Self { id, function: name.trim().to_owned(), levels: vec![] })
    }

    /// Notes what the process has now. One that has ended has nothing.
    pub(super) fn sample(&mut self) {
        let memory = resident_memory(self.id).unwrap_or_default();
        self.levels.push((memory, open_files(self.id).unwrap_or_default()));
    }

    fn check(&self) -> Result<()> {
        let Self { function, levels, .. } = self;
        let ((early, files), (late, files_late)) =
            levels.first().zip(levels.last()).context("no cycle")?;
        ensure!(*files_late > 0, "{function} ended by itself");
        // The connection to the table may be open or not.
        ensure!(*files_late <= files + 1, "{function} had {files} open files, then {files_late}");
        growth::check(function, *early, *late)
    }
}

impl Findings {
    /// Prints it, and fails if something is wrong.
    pub(super) fn report(self, leaked_processes: usize, leaked_files: usize) -> Result<()> {
        let Self { tally, faults, observed, broken } = self;
        let mut table = markdown(&["what", "count"]);
        let mut row = |what: &str, count: u64| {
            table.add_row([what, &count.to_string()]);
        };
        row("requests", tally.requests);
        row("requests that no fault can have changed", tally.undisturbed);
        row("500 and 503 because of a fault", tally.failed);
        row("faults", faults.len() as u64);
        for fault in BTreeSet::from_iter(&faults) {
            let count = faults.iter().filter(|it| *it == fault).count() as u64;
            match fault {
                Fault::Kill => row("a function is killed", count),
                Fault::OtherItem => row("the table sends another item", count),
                Fault::Table(what) => row(&format!("the table {what}"), count),
            }
        }
        row("wrong responses", tally.wrong.len() as u64);
        row("wrong responses with somebody else's user", tally.other_users);
        row("functions that failed by themselves", broken.len() as u64);
        row("leaked processes", leaked_processes as u64);
        row("leaked files and connections", leaked_files as u64);
        println!("{table}");
        for Observed { function, levels, .. } in &observed {
            println!("{function}, KiB and open files after each cycle: {levels:?}");
        }
        let wrong = tally.wrong.into_iter().take(MAX_EXAMPLES).collect::<Vec<_>>();
        ensure!(wrong.is_empty(), "wrong responses, such as\n{}", wrong.join("\n"));
        ensure!(broken.is_empty(), "functions that failed by themselves:\n{}", broken.join("\n"));
        ensure!(leaked_processes == 0, "{leaked_processes} processes are left over");
        ensure!(leaked_files == 0, "{leaked_files} files or connections are left over");
        observed.iter().try_for_each(Observed::check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\ncache-control: no-store\n\
        connection: close\ncontent-type: application/json\nretry-after: 1\nx-amz-apigw-id: ID\n\
        x-content-type-options: nosniff\nx-request-id: req_ID\n\n";

    #[test]
    fn only_a_fault_that_can_cause_it_excuses_a_failure_and_none_excuses_another_user() {
        let ada = r#"{"data":{"id":"user_1","email":"ada@company.com","name":"Ada"}}"#;
        let mut case = Case {
            name: String::new(),
            request: "HEAD /v1/users/user_1".to_owned(),
            response: ada.to_owned(),
            reads_a_table: true,
        };
        let internal = UNAVAILABLE.replace("503 Service Unavailable", "500 Internal Server Error");
        let internal = internal.replace("retry-after: 1\n", "");
        let table = Fault::Table("fails");
        let all = [Fault::Kill, Fault::OtherItem, table];
        let mut is_right = |response: &str, faults: &[Fault], reads_a_table| {
            let mut tally = Tally::default();
            case.reads_a_table = reads_a_table;
            tally.add(&case, response, faults);
            assert_eq!(tally.other_users, u64::from(response.contains("bob@")), "{response}");
            tally.wrong.is_empty()
        };
        assert!(is_right(ada, &[], true));
        assert!(!is_right(&ada.replace("ada@", "bob@"), &all, true));
        assert!(!is_right(&ada.replace("Ada", "Bob"), &all, true));
        for (failure, fault) in
            [(UNAVAILABLE, table), (UNAVAILABLE, Fault::OtherItem), (&internal, Fault::OtherItem)]
        {
            assert!(is_right(failure, &[fault], true), "{failure} {fault:?}");
            assert!(!is_right(failure, &[], true), "{failure}");
            assert!(!is_right(failure, &[fault], false), "{failure} {fault:?}, without a table");
            assert!(is_right(failure, &[Fault::Kill], false), "{failure}");
            assert!(!is_right(&failure.replace("no-store", "private"), &all, true), "{failure}");
        }
        assert!(!is_right(&internal, &[table], true));
    }
}
