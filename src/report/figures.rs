//! The report, as plain data; it is also its own JSON, with a version.
//!
//! Invariants: everything is in declaration order, where nothing else is said; times are milliseconds; percents have six digits
//! behind the point, rounded half to even, and every one stands beside the counts it was made of.

use crate::units::Number;
use serde::{Deserialize, Serialize};

/// The word at the head of every report.
const FORMAT: &str = "funnelc figures";

/// The version that is written.
const VERSION: u32 = 1;

macro_rules! plain {
    ($(#[$about:meta])* $name:ident { $($(#[$field_about:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_about])* pub $field: $ty,)*
        }
    };
}

plain! {
    /// What became of everybody.
    Report {
        /// Always `funnelc figures`.
        format: String,
        /// The version of this format.
        version: u32,
        /// The first record that was taken.
        from: Option<String>,
        /// The instant up to which the log was run.
        until: Option<String>,
        /// The records of the log.
        records: RecordsReport,
        /// Contacts with a record that was taken.
        contacts: u64,
        /// The property that runs are grouped by, if one was named.
        by: Option<String>,
        /// The funnels.
        funnels: Vec<FunnelReport>,
        /// The messages.
        messages: Vec<MessageReport>,
        /// The messages by channel and day, by day.
        days: Vec<DayReport>,
        /// How often each action was asked for.
        actions: Vec<WayReport>,
        /// What the files say of the world, and whether it was so.
        promises: Vec<PromiseReport>,
        /// How often a run was stopped since it would have entered a stage twice at one instant.
        looping: u64,
    }
}

plain! {
    /// The records of a log.
    RecordsReport {
        /// Those that came.
        read: u64,
        /// Those that were taken.
        taken: u64,
        /// Those that were there already.
        repeated: u64,
        /// Those that were set aside, by reason.
        set_aside: Vec<SetAsideReport>,
    }
}

plain! {
    /// Records that were set aside.
    SetAsideReport {
        /// Why.
        reason: String,
        /// How many.
        records: u64,
    }
}

plain! {
    /// What became of a funnel's runs.
    FunnelReport {
        /// Its name.
        name: String,
        /// Its label.
        label: Option<String>,
        /// How many runs began.
        runs: u64,
        /// Of how many contacts.
        contacts: u64,
        /// How many reached a goal; nothing where the funnel has none.
        goal: Option<GoalReport>,
        /// Its stages.
        stages: Vec<StageReport>,
        /// Where most runs are lost.
        leak: Option<LeakReport>,
        /// Where it would help most that more people went on, the most helpful first.
        levers: Vec<LeverReport>,
        /// Runs by the week in which they began, by time.
        weeks: Vec<GroupReport>,
        /// Runs by the value of a property, the largest group first.
        groups: Vec<GroupReport>,
    }
}

plain! {
    /// Runs that reached a goal.
    GoalReport {
        /// How many.
        runs: u64,
        /// Of all that began.
        percent: Option<Number>,
        /// The median time from the beginning.
        median_ms: Option<i64>,
        /// Nine of ten were no slower.
        p90_ms: Option<i64>,
    }
}

plain! {
    /// What happened in a stage.
    StageReport {
        /// Its name.
        name: String,
        /// Its label.
        label: Option<String>,
        /// Whether success is counted here.
        goal: bool,
        /// Whether it ends runs.
        r#final: bool,
        /// Runs that came here at least once.
        runs: u64,
        /// Visits that began.
        entered: u64,
        /// Who is here at the end.
        now_in: u64,
        /// Visits that ended in another stage.
        moved_on: u64,
        /// Visits that ended outside, and ended runs after which another began.
        left: u64,
        /// Where visits went on to, the most frequent first.
        ways: Vec<WayReport>,
        /// The median length of the visits that ended.
        median_ms: Option<i64>,
        /// Nine of ten visits that ended were no longer.
        p90_ms: Option<i64>,
        /// The share of visits from which a goal was reached so far, in percent, where all go on as those before a goal did.
        chance_percent: Option<Number>,
        /// Its targets.
        targets: Vec<TargetReport>,
    }
}

plain! {
    /// Where to, or what, and how often.
    WayReport {
        /// The name; of a way, the stage.
        to: String,
        /// How often.
        times: u64,
    }
}

plain! {
    /// How a target was met.
    TargetReport {
        /// The share wished for.
        wished_percent: Number,
        /// Of those in this stage; nothing for those in the stages it is entered from.
        of: Option<String>,
        /// Within so many milliseconds.
        within_ms: i64,
        /// Runs whose time is over.
        due: u64,
        /// Those of them that came in time.
        reached: u64,
        /// Runs whose time is not over.
        open: u64,
        /// The share of those whose time is over.
        percent: Option<Number>,
        /// Whether that is as many as wished for.
        met: Option<bool>,
    }
}

plain! {
    /// Where most runs are lost before a goal.
    LeakReport {
        /// The stage.
        stage: String,
        /// How many.
        runs: u64,
        /// Of so many visits of it before a goal.
        of: u64,
        /// Their share.
        percent: Option<Number>,
        /// Where to, the most frequent first: a stage from which no goal can be reached, `outside`, or `still here` for longer than
        /// nine of ten visits that ended.
        ways: Vec<WayReport>,
    }
}

plain! {
    /// What it would bring if more people went on from a stage.
    LeverReport {
        /// The stage.
        stage: String,
        /// So many more runs would reach a goal if one more in a hundred of its visits went on the better way.
        goals: Number,
        /// The ways from it that lead to a goal more often than the stage itself.
        better: Vec<String>,
        /// The ways that lead there less often, `outside` and `still here` among them.
        worse: Vec<String>,
    }
}

plain! {
    /// Runs that have something in common.
    GroupReport {
        /// The Monday of the week, or the value; nothing where that is unknown.
        group: Option<String>,
        /// How many runs.
        runs: u64,
        /// How many of them reached a goal.
        goals: u64,
        /// Their share.
        percent: Option<Number>,
        /// How many of them came to each stage.
        stages: Vec<u64>,
    }
}

plain! {
    /// How requests for messages ended.
    SendCounts {
        /// Went out.
        sent: u64,
        /// Were held by quiet hours, however they ended.
        held: u64,
        /// Were over the cap.
        capped: u64,
        /// Had no consent.
        no_consent: u64,
        /// Were dropped while held.
        dropped: u64,
    }
}

plain! {
    /// What became of the requests for a message.
    MessageReport {
        /// Its name.
        name: String,
        /// Its label.
        label: Option<String>,
        /// The channel it goes by.
        channel: String,
        /// How they ended.
        requests: SendCounts,
    }
}

plain! {
    /// What became of the requests for messages by a channel on a day of the contact's calendar.
    DayReport {
        /// The day.
        day: String,
        /// The channel.
        channel: String,
        /// How they ended.
        requests: SendCounts,
    }
}

plain! {
    /// Something a file says of the world.
    PromiseReport {
        /// As it stands there.
        sentence: String,
        /// How often it could have been broken: events that came, or times that were over.
        of: u64,
        /// How often it was broken; nothing where that was not watched.
        broken: Option<u64>,
        /// Whose first breach was the earliest.
        first_contact: Option<String>,
        /// When that was.
        first_time: Option<String>,
        /// Those whose time is not over.
        open: u64,
    }
}

impl Report {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self { format: FORMAT.to_owned(), version: VERSION, ..Self::default() }
    }

    /// It as JSON, with a final newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a report is plain JSON");
        text.push('\n');
        text
    }

    /// Reads one that was written as JSON.
    ///
    /// # Errors
    /// What is wrong with the text; also where it is of another format or version.
    pub fn read(text: &str) -> Result<Self, String> {
        let report: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match (report.format.as_str(), report.version) {
            (FORMAT, VERSION) => Ok(report),
            (FORMAT, version) => Err(format!("it is a report of version {version}, and this program reads version {VERSION}")),
            (other, _) => Err(format!("its format is `{other}`")),
        }
    }

    /// How many records were set aside.
    #[must_use]
    pub fn set_aside(&self) -> u64 {
        self.records.set_aside.iter().map(|it| it.records).sum()
    }
}
