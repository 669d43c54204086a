//! Where funnels are that are looked at together: the places of each, the ways on, and the clocks that run there.

use super::{
    common::Standing,
    decide::Judge,
    route::Hop,
    spans::NEVER,
    threads::{Act, Thread},
};
use crate::model::{FunnelId, Reentry, StageId};

/// As many plays side by side are followed in one stage.
const THREADS_MAX: usize = 4;

/// Where a funnel is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    /// Nobody has come in yet.
    Fresh,
    Out,
    /// A stage, and the place of each of its plays; nothing where that has not begun.
    In(usize, Vec<Option<usize>>),
}

/// A state without its times.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State {
    pub places: Vec<Place>,
    pub standing: Standing,
    /// So many messages are counted.
    pub count: usize,
}

/// A clock: what it measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clock {
    /// The time since the first message that is counted.
    Counted,
    /// Since the funnel was left.
    Pause(usize),
    /// Since the stage was entered.
    Visit(usize),
    /// Since a play came to its place.
    Play(usize, usize),
}

/// A stage as it is followed.
pub struct Room<'m> {
    /// The ways on, each with how soon it can be taken.
    pub hops: Vec<(Hop<'m>, i64)>,
    pub threads: Vec<Thread<'m>>,
    pub most_ms: i64,
}

/// A funnel as it is followed.
pub struct Side<'m> {
    pub rooms: Vec<Room<'m>>,
    pub first: usize,
    pub doors: Vec<Hop<'m>>,
    /// After how long somebody who has left may come again; nothing where they never may.
    pub again_ms: Option<i64>,
}

/// A state in which a play of a funnel has come to another place.
pub fn with_play(state: &State, at: usize, n: usize, place: usize) -> State {
    let mut next = state.clone();
    if let Some(Place::In(_, places)) = next.places.get_mut(at)
        && let Some(now) = places.get_mut(n)
    {
        *now = Some(place);
    }
    next
}

/// A funnel in its stages; nothing where one of them cannot be followed.
pub fn side<'m>(judge: &Judge<'_, 'm>, funnel: FunnelId, matters: &dyn Fn(&Act<'_>) -> bool) -> Option<Side<'m>> {
    let it = &judge.context.model.funnels[funnel];
    let room = |id: &StageId| {
        let stage = &judge.context.model.stages[*id];
        let threads = if judge.routes.is_reached(*id) { stage.nurtures.as_slice() } else { &[] }
            .iter()
            .filter_map(|nurture| Thread::new(&judge.setting, nurture, matters).transpose());
        let threads: Vec<Thread<'m>> = threads.collect::<Result<_, _>>().ok()?;
        let hops = judge.routes.from(*id).iter().map(|hop| (*hop, judge.setting.soonest(*id, hop))).collect();
        let stay = judge.stays.of(*id).filter(|stay| stay.assumed.is_empty());
        (threads.len() <= THREADS_MAX).then(|| Room { hops, threads, most_ms: stay.map_or(NEVER, |stay| stay.most_ms) })
    };
    let rooms = it.stages.iter().map(room).collect::<Option<Vec<_>>>()?;
    let again_ms = match it.reentry {
        None | Some(Reentry::Never) => None,
        Some(Reentry::AfterLeavingMs(ms)) => Some(ms),
        Some(Reentry::AfterLeaving | Reentry::AfterStartingMs(_) | Reentry::RestartFrom(_)) => Some(0),
    };
    let first = it.stages.first().map_or(0, |id| id.index());
    Some(Side { rooms, first, doors: judge.routes.entering(funnel).to_vec(), again_ms })
}
