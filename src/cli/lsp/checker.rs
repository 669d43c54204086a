//! The thread that checks while the user goes on typing.
//!
//! The newest texts win: what waits behind them is dropped, and what is being checked stops before its next check.

use super::board::Board;
use crate::{cli::project::Project, editor::Program, workspace::parallel::STACK_BYTES};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A check that takes longer than this waits for the user to pause.
const QUICK: Duration = Duration::from_millis(25);
/// How long a pause is.
const PAUSE: Duration = Duration::from_millis(80);

/// Programs to check.
struct Job {
    number: u64,
    programs: Vec<Arc<Program>>,
    project: Arc<Project>,
}

/// The thread.
pub(super) struct Checker {
    jobs: Option<mpsc::Sender<Job>>,
    newest: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Checker {
    /// Starts the thread.
    pub fn start(board: Arc<Mutex<Board>>) -> Self {
        let (jobs, waiting) = mpsc::channel();
        let newest = Arc::new(AtomicU64::new(0));
        let worker = Worker { board, newest: Arc::clone(&newest), waiting, last: Duration::ZERO };
        let thread = thread::Builder::new().name("checker".to_owned()).stack_size(STACK_BYTES).spawn(move || worker.run()).ok();
        Self { jobs: Some(jobs), newest, thread }
    }

    /// Has these programs checked, and nothing older any more.
    pub fn check(&self, programs: Vec<Arc<Program>>, project: &Arc<Project>) {
        let number = self.newest.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(jobs) = self.jobs.as_ref().filter(|_| !programs.is_empty()) {
            let _ = jobs.send(Job { number, programs, project: Arc::clone(project) });
        }
    }
}

impl Drop for Checker {
    fn drop(&mut self) {
        self.newest.fetch_add(1, Ordering::SeqCst);
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Worker {
    board: Arc<Mutex<Board>>,
    newest: Arc<AtomicU64>,
    waiting: mpsc::Receiver<Job>,
    /// How long the last check took.
    last: Duration,
}

impl Worker {
    fn run(mut self) {
        while let Ok(mut job) = self.waiting.recv() {
            while let Ok(newer) = self.next() {
                job = newer;
            }
            let start = Instant::now();
            for program in &job.programs {
                if !self.check(&job, program) {
                    break;
                }
            }
            self.last = start.elapsed();
        }
    }

    /// A newer job, waited for only where checking takes its time.
    fn next(&self) -> Result<Job, mpsc::RecvTimeoutError> {
        self.waiting.recv_timeout(if self.last > QUICK { PAUSE } else { Duration::ZERO })
    }

    /// Checks a program; whether the job is still wanted.
    fn check(&self, job: &Job, program: &Arc<Program>) -> bool {
        let is_old = || self.newest.load(Ordering::SeqCst) != job.number;
        if is_old() {
            return false;
        }
        let settings = job.project.settings(program.roots());
        let (settings, complaint) = match settings {
            Ok(settings) => (settings, None),
            Err(failure) => (crate::check::Settings::default(), Some(failure.to_string())),
        };
        // A mistake of ours in a check must not end the session: its findings are missing then.
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| program.findings_while(settings, &|| !is_old())));
        let Ok(findings) = found else { return true };
        let Some(findings) = findings else { return false };
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(complaint) = complaint {
            board.complain(&complaint);
        }
        if is_old() {
            return false;
        }
        board.checked(program, findings, &job.project);
        true
    }
}
